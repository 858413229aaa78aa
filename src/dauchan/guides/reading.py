"""Read and understood: officers say so of a version, and everybody who urges sees who has not.

Counted by *seat*: an officer at two agencies is asked for each. A new version asks again; earlier answers stay.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Holder, holders, roles_of
from dauchan.agencies.queries import scope_of, visible_to
from dauchan.guides import rules
from dauchan.guides.models import Reading, State, Version
from dauchan.guides.queries import guide_named, in_use
from dauchan.kernel import clock
from dauchan.units.models import Agency
from dauchan.units.queries import units_of

AT = ("agency", "unit")


class Seat(NamedTuple):
    """Where an officer answers from: an agency, a unit, or ("all", 0) the whole installation."""

    kind: str
    id: int


EVERYWHERE = Seat("all", 0)


@dataclass
class Share:
    """Of the officers who are expected to have read something: how many there are, and who has not."""

    expected: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.expected - len(self.missing)

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that 100 means all; None when nobody is expected."""
        return self.read * 100 // self.expected if self.expected else None


def seats_of(officer: Officer, on: date) -> set[Seat]:
    """The seats that an officer answers from: agencies and units of their roles, else the whole installation."""
    roles = roles_of(officer, on)
    return {_seat(role.scope_kind, role.scope_id) for role in roles if role.scope_kind in AT} or {EVERYWHERE}


def _seat(kind: str, scope_id: str) -> Seat:
    return Seat(kind, int(scope_id)) if kind in AT else EVERYWHERE


@transaction.atomic
def confirm(slug: str, number: int, *, by: Officer, now: datetime) -> Version:
    """Say that one has read and understood the version in use, for all of one's seats; twice counts once.

    raises   NotPermitted, NotFound, NotInState when another version is in use by now
    """
    on = clock.local_day(now)
    require(by, "rollout.view", on=on)
    version = in_use(guide_named(slug))
    if version is None or version.number != number:
        raise rules.NotInState
    said = [Reading(version=version, officer=by, at=now, **_columns(seat)) for seat in seats_of(by, on)]
    made = _not_yet(said, version, by)
    Reading.objects.bulk_create(made, ignore_conflicts=True)
    if made:
        audit.record("guide.read", by=by, at=now, detail={"guide": slug, "version": number})
    return version


def _not_yet(said: list[Reading], version: Version, by: Officer) -> list[Reading]:
    there = set(version.readings.filter(officer=by).values_list("agency_id", "unit_id"))
    return [one for one in said if (one.agency_id, one.unit_id) not in there]


def _columns(seat: Seat) -> dict[str, int]:
    return {f"{seat.kind}_id": seat.id} if seat.kind in AT else {}


def confirmed(version: Version, officer: Officer, on: date) -> datetime | None:
    """When an officer confirmed a version for every seat that they have that day; None while one is missing."""
    said = {_reading_seat(*row[:2]): row[2] for row in version.readings.filter(officer=officer).values_list(*_SEAT_AT)}
    seats = seats_of(officer, on)
    return max(said[seat] for seat in seats) if seats <= said.keys() else None


_SEAT_AT = ("agency_id", "unit_id", "at")


def _reading_seat(agency_id: int | None, unit_id: int | None) -> Seat:
    if agency_id is not None:
        return Seat("agency", agency_id)
    return Seat("unit", unit_id) if unit_id is not None else EVERYWHERE


def shares(versions: Iterable[Version], on: date) -> dict[int, dict[Seat, Share]]:
    """By version (guides along) and seat: who is expected to have read it that day, and who has not, by name."""
    asked = list(versions)
    rows = Reading.objects.filter(version__in=asked).values_list("version_id", "officer_id", "agency_id", "unit_id")
    said = {(version, officer, _reading_seat(agency, unit)) for version, officer, agency, unit in rows}
    everybody = holders(frozenset().union(*rules.READERS.values()), on)
    return {version.pk: _by_seat(version, everybody, said) for version in asked}


def _by_seat(version: Version, everybody: list[Holder], said: set[tuple[int, int, Seat]]) -> dict[Seat, Share]:
    found: dict[Seat, Share] = defaultdict(Share)
    asked = set()
    for one in everybody:
        seat = _seat(one.scope_kind, one.scope_id)
        if one.role not in rules.READERS[version.guide.audience] or one.scope_kind == "place":
            continue
        if (one.officer_id, seat) in asked:
            continue
        asked.add((one.officer_id, seat))
        found[seat].expected += 1
        if (version.pk, one.officer_id, seat) not in said:
            found[seat].missing.append(one.name)
    return dict(found)


def total(shares_by_seat: dict[Seat, Share]) -> Share:
    """Several seats as one."""
    whole = Share()
    for share in shares_by_seat.values():
        whole.expected += share.expected
        whole.missing.extend(share.missing)
    return whole


def seen_by(officer: Officer, seats: Iterable[Seat], on: date, permission: str = "rollout.view") -> dict[Seat, str]:
    """Those of some seats in an officer's scope, with their names."""
    asked = list(seats)
    scope = scope_of(officer, permission, on)
    agencies = [seat.id for seat in asked if seat.kind == "agency"]
    visible = visible_to(officer, permission, on).filter(pk__in=agencies)
    names = {Seat("agency", agency.pk): agency.name for agency in visible}
    units = units_of(seat.id for seat in asked if seat.kind == "unit" and scope.holds_unit(seat.id))
    names |= {Seat("unit", unit.pk): unit.full_name for unit in units}
    if scope.everywhere and EVERYWHERE in asked:
        names[EVERYWHERE] = ""
    return names


def versions_in_use() -> list[Version]:
    """The published version of each guide, its guide along."""
    return list(Version.objects.filter(state=State.PUBLISHED).select_related("guide").order_by("guide__position", "pk"))


def read_by_agency(agencies: Iterable[Agency], on: date) -> dict[int, Share]:
    """For coverage and reports: over all guides in use, the confirmations expected from and given at each agency.

    returns  by agency id; agencies that nobody expected reads for are missing. Names stand once a guide.
    """
    return _read_by("agency", {agency.pk for agency in agencies}, on)


def read_by_unit(unit_ids: Iterable[int], on: date) -> dict[int, Share]:
    """The same for officers whose roles are held at these units themselves."""
    return _read_by("unit", set(unit_ids), on)


def _read_by(kind: str, ids: set[int], on: date) -> dict[int, Share]:
    found: dict[int, Share] = defaultdict(Share)
    for by_seat in shares(versions_in_use(), on).values():
        for seat, share in by_seat.items():
            if seat.kind == kind and seat.id in ids:
                found[seat.id].expected += share.expected
                found[seat.id].missing.extend(share.missing)
    return dict(found)
