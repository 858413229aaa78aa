"""Read and understood: officers say so of a version, and everybody who urges sees who has not.

Counted by *seat*: an officer at two agencies is asked for each. A new version asks again; earlier answers stay.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import holders, officer_names, roles_of
from dauchan.agencies.queries import scope_of, visible_to
from dauchan.guides import rules
from dauchan.guides.models import Reading, State, Version
from dauchan.guides.queries import guide_named, in_use
from dauchan.kernel import clock
from dauchan.units.agencies import agencies_among, all_agencies
from dauchan.units.queries import units_of

AT = ("agency", "unit")


class Seat(NamedTuple):
    """Where an officer answers from: an agency, a unit, or ("all", 0) the whole installation."""

    kind: str
    id: int


EVERYWHERE = Seat("all", 0)


@dataclass(frozen=True)
class Share:
    """Of the officers who are expected to have read something: how many there are, and how many have."""

    expected: int = 0
    read: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.expected + other.expected, self.read + other.read)

    @property
    def missing(self) -> int:
        return self.expected - self.read


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


class Reader(NamedTuple):
    """An officer who is expected to have read something, at one of their seats."""

    officer_id: int
    seat: Seat


def _seated(roles: frozenset[str], on: date, seats: Container[Seat] | None) -> list[tuple[str, Reader]]:
    """Everybody who holds one of these roles that day at these seats or everywhere, each with the role."""
    held = (one for one in holders(roles, on) if one.scope_kind != "place")
    found = ((one.role, Reader(one.officer_id, _seat(one.scope_kind, one.scope_id))) for one in held)
    return [(role, reader) for role, reader in found if seats is None or reader.seat in seats]


READ = """
select {keys}, count(*)
from guides_reading reading
join unnest(%(officers)s::bigint[], %(agencies)s::bigint[], %(units)s::bigint[])
    as seat (officer_id, agency_id, unit_id)
    on seat.officer_id = reading.officer_id
    and seat.agency_id = coalesce(reading.agency_id, 0)
    and seat.unit_id = coalesce(reading.unit_id, 0)
where reading.version_id = any(%(versions)s)
group by {keys}
"""
READ_OF_EACH = READ.format(keys="reading.version_id")
READ_AT_EACH = READ.format(keys="seat.agency_id, seat.unit_id")


def _read(sql: str, versions: Iterable[Version], readers: Iterable[Reader]) -> list[Any]:
    asked = list(readers)
    told = {
        "versions": [version.pk for version in versions],
        "officers": [one.officer_id for one in asked],
        "agencies": [one.seat.id if one.seat.kind == "agency" else 0 for one in asked],
        "units": [one.seat.id if one.seat.kind == "unit" else 0 for one in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall())


def _by_readers(
    versions: Iterable[Version], on: date, seats: Container[Seat] | None
) -> Iterator[tuple[set[Reader], list[Version]]]:
    """Versions (guides along) that the same people are expected to read, with these people."""
    found: dict[frozenset[str], list[Version]] = defaultdict(list)
    for version in versions:
        found[rules.READERS[version.guide.audience]].append(version)
    seated = _seated(frozenset().union(*found), on, seats)
    for roles, alike in found.items():
        yield {reader for role, reader in seated if role in roles}, alike


def totals(versions: Iterable[Version], on: date, seats: Container[Seat] | None = None) -> dict[int, Share]:
    """By version (guides along): of all who are expected to have read it that day, at these seats or everywhere."""
    found: dict[int, Share] = {}
    for readers, alike in _by_readers(versions, on, seats):
        read: dict[int, int] = dict(_read(READ_OF_EACH, alike, readers))
        found |= {version.pk: Share(len(readers), read.get(version.pk, 0)) for version in alike}
    return found


def shares(versions: Iterable[Version], on: date, seats: Container[Seat] | None = None) -> dict[Seat, Share]:
    """By seat: over these versions (guides along), the confirmations that are expected, and those given."""
    found: dict[Seat, Share] = defaultdict(Share)
    for readers, alike in _by_readers(versions, on, seats):
        for seat, count in Counter(one.seat for one in readers).items():
            found[seat] += Share(expected=count * len(alike))
        for agency, unit, count in _read(READ_AT_EACH, alike, readers):
            found[_reading_seat(agency or None, unit or None)] += Share(read=count)
    return dict(found)


def missing_names(version: Version, on: date, seats: Container[Seat]) -> dict[Seat, list[str]]:
    """Who is expected to have read a version (guide along) and has not said so, by name, at each of these seats."""
    readers = {reader for _role, reader in _seated(rules.READERS[version.guide.audience], on, seats)}
    rows = version.readings.filter(officer__in={one.officer_id for one in readers})
    said = {(row[0], _reading_seat(*row[1:])) for row in rows.values_list("officer_id", "agency_id", "unit_id")}
    late = [one for one in readers if one not in said]
    names = officer_names(one.officer_id for one in late)
    found: dict[Seat, list[str]] = defaultdict(list)
    for one in sorted(late, key=lambda one: names[one.officer_id]):
        found[one.seat].append(names[one.officer_id])
    return dict(found)


class Named(NamedTuple):
    """A seat with its name ("" for the whole installation), in the order of names."""

    key: str
    name: str
    seat: Seat


def seats_seen(officer: Officer, on: date, permission: str = "rollout.view") -> Container[Seat] | None:
    """The seats in an officer's scope; None means every one."""
    scope = scope_of(officer, permission, on)
    if scope.everywhere:
        return None
    agencies = visible_to(officer, permission, on).values_list("pk", flat=True)
    return {Seat("agency", agency) for agency in agencies} | {Seat("unit", unit) for unit in scope.unit_ids}


def named(seats: Iterable[Seat]) -> list[Named]:
    """Seats by their names' order."""
    asked = list(seats)
    agencies = all_agencies().filter(pk__in=[seat.id for seat in asked if seat.kind == "agency"])
    found = [Named(key, name, Seat("agency", pk)) for key, name, pk in agencies.values_list("search_key", "name", "pk")]
    units = units_of(seat.id for seat in asked if seat.kind == "unit")
    found += [Named(unit.search_key, unit.full_name, Seat("unit", unit.pk)) for unit in units]
    return sorted([*found, *(Named("", "", seat) for seat in asked if seat == EVERYWHERE)])


def versions_in_use() -> list[Version]:
    """The published version of each guide, its guide along."""
    return list(Version.objects.filter(state=State.PUBLISHED).select_related("guide").order_by("guide__position", "pk"))


def read_within(unit_ids: Iterable[int], agency_ids: Iterable[int], on: date) -> Share:
    """For reports: over all guides in use, the confirmations expected from and given by officers of these units, of the
    agencies that sit in them, and of these agencies.
    """
    units = list(unit_ids)
    agencies = agencies_among(agency_ids, units).values_list("pk", flat=True)
    seats = {Seat("agency", agency) for agency in agencies} | {Seat("unit", unit) for unit in units}
    return sum(shares(versions_in_use(), on, seats).values(), Share())
