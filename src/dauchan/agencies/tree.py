"""The verbs on the tree of agencies, within an officer's reach; each leaves a row of history and one of audit."""

from datetime import date, datetime

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, lies_within, reach_of
from dauchan.agencies.models import AgencyChange
from dauchan.agencies.queries import scope_of, visible_to
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted
from dauchan.places.of_agencies import lie_within
from dauchan.units import actions as units
from dauchan.units import agencies
from dauchan.units.models import Agency, Guidance, Unit
from dauchan.units.queries import unit_ids_within


def require_at(by: Officer, permission: str, agency: Agency, on: date) -> None:
    """Let an officer go on only who holds the permission at this agency.

    raises   NotFound for an agency that the officer doesn't even see, NotPermitted
    """
    if scope_of(by, permission, on).holds_agency(agency):
        return
    raise NotPermitted() if visible_to(by, "rollout.view", on).filter(pk=agency.pk).exists() else NotFound()


def require_all(by: Officer, agency: Agency, on: date, *, guided: bool = False) -> None:
    """Let go on only who edits agencies wherever this one reaches, by all that belong to it, their units and places.

    An agency may sit in one's unit and reach far beyond it.

    guided   by all that it guides too
    raises   NotFound, NotPermitted
    """
    require_at(by, "agency.edit", agency, on)
    reach, below = reach_of(by, "agency.edit", on), agencies.agency_ids_below(agency)
    others = below - frozenset(int(held) for held in reach.agency_ids)
    inside = lies_within(reach, below | agencies.agency_ids_guided(below, on) if guided else below, on)
    if not (inside and (reach.everywhere or lie_within(others, reach.unit_ids))):
        raise NotPermitted()


def _require_governed(reach: Reach, agency: Agency, on: date) -> None:
    """Nobody makes a People's Committee of a unit where they don't edit agencies: its officers reach all of that unit.

    reach    as it was before
    """
    governed = agencies.units_governed(agencies.agency_ids_below(agency), on)
    if not (reach.everywhere or governed <= reach.unit_ids):
        raise NotPermitted()


def note(event: str, agency: Agency, *, by: Officer | None, now: datetime, detail: str = "") -> None:
    """Write one thing down that was done to an agency, in its history and in the audit log."""
    AgencyChange.objects.create(agency=agency, at=now, by=by, event=event, detail=detail[:300])
    said = {"agency": agency.pk, "what": detail[:300]} if detail else {"agency": agency.pk}
    audit.record(f"agency.{event}", by=by, at=now, unit=agency.unit_id, detail=said)


def _require_room(by: Officer, unit: Unit, parent: Agency | None, on: date) -> None:
    """An agency may be put where one edits agencies: in a unit of one's own, or below an agency of one's own and no
    farther than that one's unit.
    """
    scope = scope_of(by, "agency.edit", on)
    if not (scope.holds_unit(unit.pk) or (parent is not None and unit.pk in unit_ids_within(parent.unit, on))):
        raise NotPermitted()
    if parent is not None and not scope.holds_agency(parent):
        raise NotPermitted()


def _checked(name: str) -> str:
    clean = " ".join(name.replace("\0", " ").split())
    if not 2 <= len(clean) <= 200:
        raise BadInput(field="name")
    return clean


@transaction.atomic
def add_agency(
    name: str,
    kind: str,
    sector: str,
    *,
    unit: Unit,
    parent: Agency | None,
    begins: date,
    by: Officer | None,
    now: datetime,
) -> Agency:
    """Record an agency; `by` is None for the installation itself.

    raises   NotPermitted, BadInput, AgencyExists
    """
    today = clock.local_day(now)
    reach = reach_of(by, "agency.edit", today) if by is not None else Reach(everywhere=True)
    if by is not None:
        _require_room(by, unit, parent, today)
    made = units.add_agency(_checked(name), kind, unit=unit, begins=begins, parent=parent, sector=sector)
    _require_governed(reach, made, today)
    note("added", made, by=by, now=now)
    return made


@transaction.atomic
def edit_agency(
    agency: Agency, *, name: str, kind: str, sector: str, unit: Unit, parent: Agency | None, by: Officer, now: datetime
) -> list[str]:
    """Give an agency other particulars; moving it takes the right over all of it and over where it goes.

    raises   NotFound, NotPermitted, BadInput, AgencyExists, BelongsToItself
    """
    today = clock.local_day(now)
    require_at(by, "agency.edit", agency, today)
    reach = reach_of(by, "agency.edit", today)
    if (kind, unit, parent) != (agency.kind, agency.unit, agency.parent):
        require_all(by, agency, today)
    if unit != agency.unit or parent != agency.parent:
        _require_room(by, unit, parent, today)
    changed = units.edit_agency(agency, name=_checked(name), kind=kind, sector=sector, unit=unit, parent=parent)
    _require_governed(reach, agency, today)
    if changed:
        note("edited", agency, by=by, now=now, detail=", ".join(changed))
    return changed


@transaction.atomic
def close_agency(agency: Agency, *, ends: date, by: Officer | None, now: datetime) -> None:
    """Dissolve an agency on a day: its officers lose their rights that day, its history stays; `by` as with adding.

    raises   NotFound, NotPermitted, ClosedBeforeItBegan
    """
    if by is not None:
        require_all(by, agency, clock.local_day(now))
    units.close_agency(agency, ends=ends)
    note("closed", agency, by=by, now=now, detail=ends.isoformat())


@transaction.atomic
def add_guidance(guide: Agency, guided: Agency, *, by: Officer | None, now: datetime, begins: date) -> Guidance:
    """Have one agency see and urge another, and all below it; takes the right over the one and all of the other.

    raises   NotFound, NotPermitted, GuidesItself
    """
    if by is not None:
        require_at(by, "agency.edit", guide, clock.local_day(now))
        require_all(by, guided, clock.local_day(now), guided=True)
    made = units.guide(guide, guided, begins=begins)
    note("guided", guided, by=by, now=now, detail=f"{guide.pk}")
    return made


@transaction.atomic
def end_guidance(guidance_id: int, *, by: Officer, now: datetime) -> Guidance:
    """End guidance today; takes the right over one of the two.

    raises   NotFound
    """
    today = clock.local_day(now)
    scope = scope_of(by, "agency.edit", today)
    found = agencies.guidance_by_id(guidance_id)
    if found is None or not (scope.holds_agency(found.guide) or scope.holds_agency(found.guided)):
        raise NotFound()
    units.end_guidance(found, ends=today)
    note("guidance_ended", found.guided, by=by, now=now, detail=f"{found.guide_id}")
    return found
