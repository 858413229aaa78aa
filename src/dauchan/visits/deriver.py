"""From scans to visits: takes the person-days that changed, derives each one whole, and writes both in one commit.

One deriver is active at a time (an advisory lock). What is in the ledger decides alone: a rebuild gives the same rows.
A day hands its nights over once it is closed (`actions.close_days`); no clock is asked here. Tokens are opened in
memory, where a stay crosses midnight, and nowhere else. A person-day that can't be derived is put aside, the log says
so, and nobody else waits for it.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all, unseal_all
from dauchan.places.queries import stay_policies
from dauchan.visits.rules import (
    Carry,
    Confidence,
    DayOfVisits,
    DepartedBy,
    Direction,
    Doubt,
    Piece,
    ScanFact,
    seen_past_midnight,
    visits_of_day,
)

DERIVER_LOCK = 0x64616368
"""The advisory lock of the one active deriver: "dach"."""
BATCH = 4000
"""Dirty rows taken at once. Ours: about a second's work."""

log = logging.getLogger(__name__)

PersonDay = tuple[date, bytes]


class NoStayPolicy(LookupError):
    """For a day on which somebody was scanned at a point, nothing says how long people stay there."""


LOCK = "select pg_advisory_xact_lock(%s)"

TAKE_DIRTY = """
select id, day, token
from visits_dirty
order by id
limit %s
for update skip locked
"""

SCANS_OF = """
select scan.day, scan.token, scan.id, scan.at, scan.point_id, scan.direction, scan.confidence
from unnest(%s::date[], %s::bytea[]) as wanted (day, token)
join visits_scan scan on scan.day = wanted.day and scan.token = wanted.token
"""

CARRIES_OF = """
select carry.day, carry.token, carry.point_id, carry.place_id, carry.assumed_until, carry.latest_until,
       carry.departed_by, carry.confidence, carry.doubts, carry.seen_after
from unnest(%s::date[], %s::bytea[]) as wanted (day, token)
join visits_carry carry on carry.day = wanted.day and carry.token = wanted.token
"""

REMOVE_VISITS = """
delete from visits_visit visit
using unnest(%s::date[], %s::bytea[]) as wanted (day, token)
where visit.day = wanted.day and visit.token = wanted.token
"""

ADD_VISITS = """
insert into visits_visit (day, token, point_id, place_id, arrived_at, seen_until, departed_at, latest_departure,
                          departed_by, continues_before, continues_after, confidence, doubts)
select *
from unnest(%s::date[], %s::bytea[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::smallint[], %s::boolean[], %s::boolean[], %s::smallint[],
            %s::smallint[])
"""

REMOVE_CARRIES = """
delete from visits_carry carry
using unnest(%s::date[], %s::bytea[]) as wanted (day, token)
where carry.day = wanted.day and carry.token = wanted.token
"""

SAVE_CARRIES = """
insert into visits_carry (day, token, point_id, place_id, assumed_until, latest_until, departed_by, confidence,
                          doubts, seen_after)
select *
from unnest(%s::date[], %s::bytea[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::smallint[],
            %s::smallint[], %s::smallint[], %s::boolean[])
on conflict (day, token) do update
set point_id = excluded.point_id, place_id = excluded.place_id, assumed_until = excluded.assumed_until,
    latest_until = excluded.latest_until, departed_by = excluded.departed_by, confidence = excluded.confidence,
    doubts = excluded.doubts, seen_after = excluded.seen_after
"""

MARK_DIRTY = """
insert into visits_dirty (day, token)
select * from unnest(%s::date[], %s::bytea[])
"""

DONE = "delete from visits_dirty where id = any(%s)"

NIGHTS_SEEN = """
select visit.day, visit.token, visit.arrived_at, visit.point_id
from unnest(%s::date[], %s::bytea[]) as wanted (day, token)
join visits_visit visit on visit.day = wanted.day and visit.token = wanted.token
where visit.continues_after and visit.seen_until = visit.latest_departure
"""

CARRIED = "select day, token from visits_carry"

CLOSED_AMONG = "select day from visits_closed_day where day = any(%s)"

UNPARK = """
delete from visits_parked parked
using unnest(%s::date[], %s::bytea[]) as wanted (day, token)
where parked.day = wanted.day and parked.token = wanted.token
"""

PARK = """
insert into visits_parked (day, token)
select * from unnest(%s::date[], %s::bytea[])
on conflict do nothing
"""


def derive_pending(keyring: Keyring, *, limit: int = BATCH) -> int:
    """Derive the person-days that changed, at most `limit` marks at once, in one commit.

    returns  how many marks were worked off; 0 when nothing is left to do
    """
    with transaction.atomic():
        _execute(LOCK, [DERIVER_LOCK])
        marks = _rows(TAKE_DIRTY, [limit])
        if marks:
            person_days = sorted({(day, bytes(token)) for _, day, token in marks})
            _execute(UNPARK, _columns(person_days, 2))
            _park(_derive_or_halve(person_days, keyring))
            _execute(DONE, [[mark for mark, _, _ in marks]])
        return len(marks)


def mark_evenings(keyring: Keyring) -> None:
    """Have every person-day derived again that handed a stay to the next, as far as keys can tell which it was."""
    carried = sorted((day, bytes(token)) for day, token in _rows(CARRIED, []))
    _mark_dirty(_tomorrows(carried, keyring, step=-1).values())


def _derive_or_halve(person_days: Sequence[PersonDay], keyring: Keyring) -> dict[PersonDay, str]:
    """Derive these together, or else in halves.

    returns  those that can't be derived even alone, and the kind of error that each meets
    raises   OperationalError, InterfaceError when the database is away or busy: then all of them are tried again
    """
    try:
        with transaction.atomic():
            _derive(person_days, keyring)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever a single row brings up must not stop the others
        if len(person_days) == 1:
            return {person_days[0]: type(error).__name__}
    else:
        return {}
    middle = len(person_days) // 2
    return _derive_or_halve(person_days[:middle], keyring) | _derive_or_halve(person_days[middle:], keyring)


def _park(failed: Mapping[PersonDay, str]) -> None:
    if failed:
        _execute(PARK, _columns(list(failed), 2))
    for (day, error), count in Counter((day, error) for (day, _), error in failed.items()).items():
        log.error("visits.parked day=%s error=%s person_days=%d", day, error, count)


def _derive(person_days: Sequence[PersonDay], keyring: Keyring) -> None:
    scans = _scans_of(person_days)
    carried_in = _carries_of(person_days)
    closed_days = {day for (day,) in _rows(CLOSED_AMONG, [sorted({day for day, _ in person_days})])}
    closed = [person_day for person_day in person_days if person_day[0] in closed_days]
    tomorrows = _tomorrows(closed, keyring)
    carried_out = _carries_of(tomorrows.values())
    cut_off = _nights_seen([person_day for person_day in closed if person_day not in tomorrows])
    results: dict[PersonDay, DayOfVisits] = {}
    for day, tokens in _by_day(person_days).items():
        policies = stay_policies({scan.point_id for token in tokens for scan in scans.get((day, token), ())}, day)
        for token in tokens:
            facts = scans.get((day, token), [])
            if any(scan.point_id not in policies for scan in facts):
                raise NoStayPolicy(day)
            results[day, token] = visits_of_day(clock.day_interval(day), facts, carried_in.get((day, token)), policies)
    nights = {each for each, tomorrow in tomorrows.items() if _seen_after(carried_out.get(tomorrow))}
    nights |= {each for each, last in cut_off.items() if _last_stay(results[each]) == last}
    results = {each: _with_tomorrow(result) if each in nights else result for each, result in results.items()}
    _write_visits(results)
    _note_seen(results, carried_in, keyring)
    _hand_over(results, tomorrows, carried_out)


def _scans_of(person_days: Sequence[PersonDay]) -> Mapping[PersonDay, list[ScanFact]]:
    found: dict[PersonDay, list[ScanFact]] = defaultdict(list)
    for day, token, scan_id, at, point_id, direction, confidence in _rows(SCANS_OF, _columns(person_days, 2)):
        fact = ScanFact(scan_id, at, point_id, Direction(direction), Confidence(confidence))
        found[day, bytes(token)].append(fact)
    return found


def _carries_of(person_days: Iterable[PersonDay]) -> dict[PersonDay, Carry]:
    wanted = list(person_days)
    return {
        (day, bytes(token)): Carry(
            point, place, assumed, latest, DepartedBy(by), Confidence(confidence), Doubt(doubts), seen_after
        )
        for day, token, point, place, assumed, latest, by, confidence, doubts, seen_after in (
            _rows(CARRIES_OF, _columns(wanted, 2)) if wanted else ()
        )
    }


def _tomorrows(person_days: Sequence[PersonDay], keyring: Keyring, step: int = 1) -> dict[PersonDay, PersonDay]:
    """The same people on the next day (or the one before, `step` -1), as far as both days' keys still stand."""
    neighbours: dict[PersonDay, PersonDay] = {}
    for day, tokens in _by_day(person_days).items():
        other = day + timedelta(days=step)
        if keyring.has_day(day) and keyring.has_day(other):
            people = unseal_all(keyring.day_key(day), tokens)
            sealed = seal_all(keyring.day_key(other), people)
            neighbours.update(((day, token), (other, new)) for token, new in zip(tokens, sealed, strict=True))
    return neighbours


def _nights_seen(person_days: Sequence[PersonDay]) -> dict[PersonDay, tuple[datetime, int]]:
    """Of days cut off from the next by a key that is gone: the stays (arrival, point) known to have passed midnight.

    The next day can't be asked any more, so that what it once told stands in the visits alone.
    """
    found = _rows(NIGHTS_SEEN, _columns(person_days, 2)) if person_days else ()
    return {(day, bytes(token)): (arrived_at, point_id) for day, token, arrived_at, point_id in found}


def _last_stay(result: DayOfVisits) -> tuple[datetime, int] | None:
    return (result.pieces[-1].arrived_at, result.pieces[-1].point_id) if result.pieces else None


def _seen_after(handed_over: Carry | None) -> bool:
    return handed_over is not None and handed_over.seen_after


def _with_tomorrow(result: DayOfVisits) -> DayOfVisits:
    """The day once the next one has seen its last stay: it lasted past midnight, if need be all day."""
    if result.carried_out is None:
        return result
    pieces = seen_past_midnight(result.pieces)
    return replace(result, pieces=pieces, carried_in_seen=result.carried_in_seen or pieces[-1].continues_before)


def _write_visits(results: Mapping[PersonDay, DayOfVisits]) -> None:
    rows = [(*person_day, *astuple(piece)) for person_day, result in results.items() for piece in result.pieces]
    _execute(REMOVE_VISITS, _columns(list(results), 2))
    _execute(ADD_VISITS, _columns(rows, 2 + len(Piece.__slots__)))


def _note_seen(
    results: Mapping[PersonDay, DayOfVisits], carried_in: Mapping[PersonDay, Carry], keyring: Keyring
) -> None:
    """Tell the day before when a stay handed over was, or is no longer, seen after midnight."""
    changed = {
        person_day: carry
        for person_day, carry in carried_in.items()
        if carry.seen_after != results[person_day].carried_in_seen
    }
    _save_carries(
        {
            person_day: replace(carry, seen_after=results[person_day].carried_in_seen)
            for person_day, carry in changed.items()
        }
    )
    _mark_dirty(_tomorrows(sorted(changed), keyring, step=-1).values())


def _hand_over(
    results: Mapping[PersonDay, DayOfVisits],
    tomorrows: Mapping[PersonDay, PersonDay],
    before: Mapping[PersonDay, Carry],
) -> None:
    """Write what changed in the stays handed to the next day, and have those days derived again."""
    saved: dict[PersonDay, Carry] = {}
    removed: list[PersonDay] = []
    for person_day, tomorrow in tomorrows.items():
        carry, old = results[person_day].carried_out, before.get(tomorrow)
        if carry is None and old is not None:
            removed.append(tomorrow)
        elif carry is not None and (old is None or carry != replace(old, seen_after=False)):
            saved[tomorrow] = replace(carry, seen_after=old is not None and old.seen_after)
    _save_carries(saved)
    if removed:
        _execute(REMOVE_CARRIES, _columns(removed, 2))
    _mark_dirty([*saved, *removed])


def _save_carries(carries: Mapping[PersonDay, Carry]) -> None:
    """Write these in the order of their own tokens: in another, a row's place would tell whose evening it continues."""
    if carries:
        rows = [(*person_day, *astuple(carries[person_day])) for person_day in sorted(carries)]
        _execute(SAVE_CARRIES, _columns(rows, 2 + len(Carry.__slots__)))


def _mark_dirty(person_days: Iterable[PersonDay]) -> None:
    marked = sorted(set(person_days))
    if marked:
        _execute(MARK_DIRTY, _columns(marked, 2))


def _by_day(person_days: Iterable[PersonDay]) -> dict[date, list[bytes]]:
    days: dict[date, list[bytes]] = defaultdict(list)
    for day, token in person_days:
        days[day].append(token)
    return days


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _execute(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
