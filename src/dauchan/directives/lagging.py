"""Who lags: units, agencies and places as a list hands them in, with the figures that a reminder shows of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dauchan.accounts.models import Officer
from dauchan.agencies.queries import Scope, scope_of
from dauchan.coverage import uses
from dauchan.coverage.figures import Figure, Subject, counted_on, figures, latest_day
from dauchan.directives import scope as scopes
from dauchan.directives.models import Lag
from dauchan.kernel.errors import BadInput
from dauchan.kernel.numbers import row_number
from dauchan.places.queries import PlaceCard, place_cards, visible_to
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Agency, AgencyKind, Unit

SHOWN = ("should_exist", "registered", "coverage", "active_day_share", "silent_places")
"""What the annex of a reminder shows of units and agencies, beside the figure by which they lag."""
MOST = 500


class NobodyChosen(BadInput):
    vi = "Hãy chọn ít nhất một nơi trong phạm vi của bạn, nhiều nhất {limit}."
    en = "Choose at least one within your scope, at most {limit}."


@dataclass(frozen=True)
class Laggard:
    """One who lags: its name, where it lies, which agency answers, its figures as {code: {value, as_of}}."""

    kind: str
    id: int
    name: str
    unit: Unit
    agency: Agency | None
    figures: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.id}"


@dataclass(frozen=True)
class Chosen:
    """Ids as a list sends them."""

    unit: tuple[int, ...] = ()
    agency: tuple[int, ...] = ()
    place: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.unit) + len(self.agency) + len(self.place)

    @property
    def keys(self) -> list[str]:
        """Each as `Laggard.key` names it."""
        return [f"{kind}-{number}" for kind in Lag.values for number in getattr(self, kind)]


def chosen(given: Mapping[str, Sequence[str]]) -> Chosen:
    """The ids of a form's fields `unit`, `agency` and `place`; what is no number names nobody."""
    named = {
        kind: tuple(dict.fromkeys(number for text in given.get(kind, ()) if (number := row_number(text)) is not None))
        for kind in Lag.values
    }
    return Chosen(**named)


def shown_by(code: str) -> list[str]:
    """The indicators of a reminder by this one, which comes first."""
    return list(dict.fromkeys((code, *SHOWN)))


def laggards(wanted: Chosen, code: str, by: Officer, on: date) -> list[Laggard]:
    """Those chosen who lie within the officer's scope, with their newest figures.

    code     the indicator by which they lag
    raises   NobodyChosen, UnknownIndicator
    """
    if not 0 < wanted.count <= MOST:
        raise NobodyChosen(field="unit", limit=MOST)
    reach = scope_of(by, scopes.ISSUE, on)
    found = [
        *_units(wanted.unit, code, reach, on),
        *_agencies(wanted.agency, code, reach, on),
        *_places(wanted.place, reach, by, on),
    ]
    if not found:
        raise NobodyChosen(field="unit", limit=MOST)
    return found


def _units(ids: Sequence[int], code: str, reach: Scope, on: date) -> list[Laggard]:
    there = [unit for unit in units.units_of(ids) if reach.holds_unit(unit.pk)]
    committees = committees_of(there, on)
    shown = _figures([Subject("unit", unit.pk) for unit in there], code)
    return [
        Laggard(Lag.UNIT, unit.pk, unit.name, unit, committees.get(unit.pk), shown[Subject("unit", unit.pk)])
        for unit in there
    ]


def committees_of(asked: Iterable[Unit], on: date) -> dict[int, Agency]:
    """The People's Committee of each of these units."""
    ids = [unit.pk for unit in asked]
    found = agencies.agencies_in_force(on).filter(kind=AgencyKind.COMMITTEE, unit_id__in=ids).select_related("unit")
    return {agency.unit_id: agency for agency in found}


def _agencies(ids: Sequence[int], code: str, reach: Scope, on: date) -> list[Laggard]:
    named = agencies.agencies_in_force(on).filter(id__in=ids).select_related("unit").order_by("search_key", "id")
    there = [agency for agency in named if reach.holds_agency(agency)]
    shown = _figures([Subject("agency", agency.pk) for agency in there], code)
    return [
        Laggard(Lag.AGENCY, agency.pk, agency.name, agency.unit, agency, shown[Subject("agency", agency.pk)])
        for agency in there
    ]


def _places(ids: Sequence[int], reach: Scope, by: Officer, on: date) -> list[Laggard]:
    cards = place_cards(ids)
    seen = set(visible_to(by, scopes.ISSUE, on).filter(pk__in=ids).values_list("pk", flat=True))
    there = {card.unit_id for card in cards.values()}
    lying = {unit.pk: unit for unit in units.units_of(there)}
    answering = _answering(cards.values(), lying.values(), on)
    silence = _silence(cards)
    return [
        Laggard(
            Lag.PLACE,
            card.place_id,
            card.name,
            lying[card.unit_id],
            answering[card.place_id],
            {"address": card.address, **silence[card.place_id]},
        )
        for card in cards.values()
        if card.place_id in seen or reach.holds_unit(card.unit_id) or card.agency_id in reach.agency_ids
    ]


def _silence(place_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """For how many days each of some places is without a check-in, as it is frozen with a reminder."""
    asked, day = list(place_ids), latest_day()
    used, silent = uses.last_days(asked), uses.silent_days(asked, day) if day else {}
    as_of = counted_on(day) if day else None
    return {
        place: {
            "last_scan": last.isoformat() if (last := used[place]) else None,
            "silent": silent.get(place),
            "as_of": as_of.isoformat() if as_of else None,
        }
        for place in asked
    }


def _answering(cards: Iterable[PlaceCard], lying: Iterable[Unit], on: date) -> dict[int, Agency | None]:
    """Who answers for each of these places: its agency or who took that over, else the committee of where it lies."""
    listed, committees = list(cards), committees_of(lying, on)
    heirs = agencies.heirs({card.agency_id for card in listed if card.agency_id}, on)
    standing = agencies.agencies_in_force(on).select_related("unit").in_bulk(list(heirs.values()))
    return {
        card.place_id: standing.get(heirs.get(card.agency_id or 0, 0)) or committees.get(card.unit_id)
        for card in listed
    }


def _figures(subjects: Sequence[Subject], code: str) -> dict[Subject, dict[str, Any]]:
    """The newest figures as they are frozen with a reminder; one that is hidden or unknown has no value."""
    day = latest_day()
    if day is None or not subjects:
        return {subject: {} for subject in subjects}
    found = figures(subjects, shown_by(code), day)
    return {subject: {name: _frozen(figure) for name, figure in found[subject].items()} for subject in subjects}


def _frozen(figure: Figure) -> dict[str, Any]:
    as_of: datetime | None = figure.as_of
    return {
        "value": None if figure.value is None else round(figure.value, 1),
        "day": figure.day.isoformat(),
        "as_of": as_of.isoformat() if as_of else None,
    }
