"""Whose figures an officer may see: the units and agencies of their scope, as they stood on the day of the figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.agencies.queries import Scope, scope_of
from dauchan.coverage.figures import Subject, figures
from dauchan.coverage.models import AGENCY, UNIT, PlaceUse
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.kernel.numbers import row_number
from dauchan.units import agencies, rules
from dauchan.units import queries as units
from dauchan.units.models import Agency, Level, Unit

PERMISSION = "rollout.view"
HAVING_FIGURES = ("registered", "should_exist")


@dataclass(frozen=True)
class Named:
    """A subject with its name, and what it is."""

    subject: Subject
    name: str
    unit: Unit | None = None
    agency: Agency | None = None

    @property
    def path(self) -> str:
        """The address of its page."""
        if self.unit:
            return reverse("coverage:unit", args=[self.unit.code])
        return reverse("coverage:agency", args=[self.subject.id])

    @property
    def short(self) -> str:
        """Its name without the word that says what kind of unit it is."""
        return rules.bare_name(self.name) if self.unit else self.name


def of_unit(unit: Unit, sector: str = "") -> Named:
    return Named(Subject(UNIT, unit.id, sector), unit.name, unit=unit)


def of_agency(agency: Agency, sector: str = "") -> Named:
    return Named(Subject(AGENCY, agency.id, sector), agency.name, agency=agency)


def scope_today(officer: Officer) -> Scope:
    return scope_of(officer, PERMISSION, clock.local_day(clock.now()))


def seen_unit(officer: Officer, code: str, day: date) -> Unit:
    """The unit of a day with this code, within the officer's scope.

    raises   NotFound, for a unit that is not theirs too
    """
    unit = units.unit_by_code(code, day)
    if unit is None or not scope_today(officer).holds_unit(unit.id):
        raise NotFound
    return unit


def seen_agency(officer: Officer, agency_id: int) -> Agency:
    """An agency within the officer's scope.

    raises   NotFound
    """
    agency = agencies.all_agencies().select_related("unit").filter(pk=agency_id).first()
    if agency is None or not scope_today(officer).holds_agency(agency):
        raise NotFound
    return agency


def seen_place(officer: Officer, place_id: int) -> tuple[PlaceUse, Agency | None]:
    """A counted place within the officer's scope, by its unit or by its agency, and this agency.

    raises   NotFound
    """
    use = PlaceUse.objects.filter(pk=place_id).first()
    if use is None:
        raise NotFound
    scope = scope_today(officer)
    agency = agencies.all_agencies().filter(pk=use.agency_id).first() if use.agency_id else None
    if not scope.holds_unit(use.unit_id) and not (agency and scope.holds_agency(agency)):
        raise NotFound
    return use, agency


def roots(officer: Officer, day: date) -> list[Named]:
    """The largest units of the officer's scope on a day, or their agencies where no unit is theirs.

    For somebody who sees everything: the provinces that have figures.
    """
    scope = scope_today(officer)
    if scope.everywhere:
        provinces = [of_unit(unit) for unit in units.provinces(day)]
        found = figures([each.subject for each in provinces], HAVING_FIGURES, day)
        return [each for each in provinces if any(one.value for one in found[each.subject].values())]
    held = units.in_force(day).filter(id__in=scope.unit_ids).order_by("sort_key", "id")
    largest = [of_unit(unit) for unit in held if unit.parent_id not in scope.unit_ids]
    return largest or [of_agency(agency) for agency in _topmost(scope.agency_ids, day)]


def own_agencies(officer: Officer, day: date) -> list[Agency]:
    """The agencies for which the officer may answer, without those below them."""
    reach = reach_of(officer, "agency.act", day)
    return _topmost({number for each in reach.agency_ids if (number := row_number(each))}, day)


def _topmost(ids: Iterable[int], day: date) -> list[Agency]:
    held = set(ids)
    found = agencies.agencies_in_force(day).filter(id__in=held).order_by("search_key", "id")
    return [agency for agency in found.select_related("unit") if agency.parent_id not in held]


def below(unit: Unit, day: date, level: str = "") -> list[Named]:
    """The units directly below a unit on a day, or all of a level below it, in Vietnamese order."""
    if not level:
        return [of_unit(each) for each in units.children(unit, day)]
    within = units.in_force(day).filter(path__startswith=f"{unit.path}.", level=level)
    return [of_unit(each) for each in within.order_by("sort_key", "id")]


def levels_below(unit: Unit | None, day: date) -> list[str]:
    """Which levels of units can be listed below a unit: two in a province of three tiers, else at most one."""
    if unit is None or unit.level == Level.COMMUNE:
        return []
    found = units.in_force(day).filter(path__startswith=f"{unit.path}.").values_list("level", flat=True).distinct()
    return [level for level in Level.values if level in set(found)]


def agencies_below(agency: Agency, day: date) -> list[Named]:
    """The agencies that belong to an agency directly, by name."""
    found = agencies.agencies_in_force(day).filter(parent_id=agency.pk).order_by("search_key", "id")
    return [of_agency(each) for each in found]
