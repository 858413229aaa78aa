"""How a person's scans of one local day become stays at points.

Decides when a stay began, when it surely still lasted, when it probably and when it latest ended. It decides nothing
about contacts, and it never looks at the clock: the same scans give the same stays, in whatever order they came.

A stay has two ends: `seen_until`, the last instant at which a scan proves presence, and `latest_departure`, the last at
which the person may still have been there. `departed_at` between them is the best guess. Imputed instants are whole
minutes, since more would be false precision; those handed over midnight are whole hours, since a minute would let the
pieces of a night's stay be matched across days.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, IntFlag
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from dauchan.kernel.intervals import Interval
from dauchan.places.rules import StayPolicy

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a scan may lie ahead of the server's clock. Ours."""
GATE_BACKLOG = timedelta(days=7)
"""How long a gate may be offline. Ours: threats.md, row 39."""


class Direction(IntEnum):
    IN = 1
    OUT = 2


class DepartedBy(IntEnum):
    """How the end of a stay is known."""

    SCAN = 1
    NEXT_SCAN = 2
    CLOSING = 3
    ASSUMED = 4
    BEACON = 5


class Confidence(IntEnum):
    """How sure it is that this person was at this point, least first.

    TYPED           a phone or document that nobody verified: typed at a gate, by the visitor, or from paper
    POSTER          a signed-in phone at a printed code, which can be photographed and used from elsewhere
    INTEGRATOR      whatever another system recorded
    SCREEN          a signed-in phone at a code that a screen showed just then
    STAFF_SCANNED   a gate keeper's device read a pass or card
    ROTATING_PASS   the same, and the code was made on the bearer's phone just then
    """

    TYPED = 1
    POSTER = 2
    INTEGRATOR = 3
    SCREEN = 4
    STAFF_SCANNED = 5
    ROTATING_PASS = 6


class Doubt(IntFlag):
    """What speaks against a stay. It is kept and shown beside it: a person judges, nothing is left out.

    SHUT   the place was shut when they came
    FAR    nobody gets there in that time from where they were scanned before
    """

    NONE = 0
    SHUT = 1
    FAR = 2


FASTEST_KM_PER_HOUR = 150.0
"""Faster than this nobody goes by road between two places of a province. Ours."""
POSITION_SLACK_KM = 2.0
"""By how much the positions of two places, set by hand on a map, may be wrong together. Ours."""
CLOCK_SLACK = timedelta(minutes=5)
"""By how much the clocks of two gates may differ. Ours."""
EARTH_RADIUS_KM = 6371.0


def receipt(now: datetime, *, same_day: bool) -> datetime:
    """When a scan came in, as the ledger keeps it: to the hour for one of another day.

    Kept exactly, the scans of one late sending would hang together over days.
    """
    return now if same_day else now.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class ScanFact:
    """One accepted scan, as the rules see it."""

    id: UUID
    at: datetime
    point_id: int
    direction: Direction
    confidence: Confidence
    doubts: Doubt = Doubt.NONE


@dataclass(frozen=True, slots=True)
class Carry:
    """A stay still open at midnight, as the next day needs it. `seen_after`: that day proves that it went on."""

    point_id: int
    place_id: int
    assumed_until: datetime
    latest_until: datetime
    departed_by: DepartedBy
    confidence: Confidence
    doubts: Doubt = Doubt.NONE
    seen_after: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One stay's part within one local day."""

    point_id: int
    place_id: int
    arrived_at: datetime
    seen_until: datetime
    departed_at: datetime
    latest_departure: datetime
    departed_by: DepartedBy
    continues_before: bool
    continues_after: bool
    confidence: Confidence
    doubts: Doubt = Doubt.NONE


@dataclass(frozen=True, slots=True)
class DayOfVisits:
    """A person's pieces of one day, the stay handed to the next, and whether the one handed in was seen again."""

    pieces: tuple[Piece, ...]
    carried_out: Carry | None
    carried_in_seen: bool


@dataclass(frozen=True, slots=True)
class _Open:
    point_id: int
    place_id: int
    arrived_at: datetime
    seen_until: datetime
    assumed_until: datetime
    latest_until: datetime
    departed_by: DepartedBy
    confidence: Confidence
    doubts: Doubt
    continues_before: bool = False


def visits_of_day(
    day: Interval, scans: Sequence[ScanFact], carried_in: Carry | None, policies: Mapping[int, StayPolicy]
) -> DayOfVisits:
    """All stays of one person on one local day. One stay is open at a time; a new arrival closes the old.

    `policies` has every point of `scans`. A departure without an arrival is a stay of no length.
    """
    pieces: list[Piece] = []
    current = _carried(day, carried_in)
    waiting = deque(_doubted(sorted(_surest(scans), key=lambda scan: (scan.at, scan.id)), policies))
    while waiting:
        scan = _next_of(waiting, current, policies)
        policy = policies[scan.point_id]
        if current and scan.at >= current.latest_until:
            pieces.append(_ended_by_assumption(current, current.latest_until))
            current = None
        if scan.direction is Direction.IN:
            current = _arrive(current, scan, policy, pieces)
        else:
            _leave(current, scan, policy, pieces)
            current = None
    carried_out = _carry_out(day, current)
    if current:
        pieces.append(_last_of_day(day, current))
    return DayOfVisits(_without_echoes(pieces), carried_out, _proves_the_night(day, pieces))


def _surest(scans: Sequence[ScanFact]) -> Iterable[ScanFact]:
    """Of scans that say the same of one instant, the surest: a code read twice is one arrival that one leaving ends."""
    ranked = sorted(scans, key=lambda scan: (scan.confidence, scan.id))
    return {(scan.at, scan.point_id, scan.direction): scan for scan in ranked}.values()


def _doubted(scans: Sequence[ScanFact], policies: Mapping[int, StayPolicy]) -> Iterable[ScanFact]:
    """The same scans, by time, each with what speaks against it; one is compared with the last of a known position."""
    before: ScanFact | None = None
    for scan in scans:
        policy = policies[scan.point_id]
        doubts = Doubt.SHUT if scan.direction is Direction.IN and policy.was_shut(scan.at) else Doubt.NONE
        if before and _too_far(policies[before.point_id], policy, scan.at - before.at):
            doubts |= Doubt.FAR
        yield replace(scan, doubts=doubts) if doubts else scan
        before = scan if policy.position else before


def _too_far(here: StayPolicy, there: StayPolicy, taken: timedelta) -> bool:
    """Whether nobody gets from one place to the other in this time; never where a position isn't known."""
    if here.place_id == there.place_id or here.position is None or there.position is None:
        return False
    hours = (taken + CLOCK_SLACK) / timedelta(hours=1)
    return distance_km(here.position, there.position) > POSITION_SLACK_KM + FASTEST_KM_PER_HOUR * hours


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Along the earth's surface, as a sphere, between two (latitude, longitude) in degrees."""
    (north, east), (other_north, other_east) = (tuple(map(radians, position)) for position in (here, there))
    half_north, half_east = sin((other_north - north) / 2), sin((other_east - east) / 2)
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half_north**2 + cos(north) * cos(other_north) * half_east**2))


def _proves_the_night(day: Interval, pieces: Sequence[Piece]) -> bool:
    """Whether the stay handed in was seen again: after midnight, or leaving at that very instant."""
    handed_in = [piece for piece in pieces if piece.continues_before]
    return any(piece.seen_until > day.start or piece.departed_by is DepartedBy.SCAN for piece in handed_in)


def _next_of(waiting: deque[ScanFact], current: _Open | None, policies: Mapping[int, StayPolicy]) -> ScanFact:
    """Take the scan that comes next; of one instant, first the one that leaves where the person is, then arrivals.

    Timetables and spreadsheets know minutes only: who leaves one place and arrives at the next at 10:00 is in the next.
    A departure from elsewhere comes before the arrivals, unless it leaves a place arrived at in that same instant.
    """
    at = waiting[0].at
    if len(waiting) == 1 or waiting[1].at > at:
        return waiting.popleft()
    same = [scan for scan in waiting if scan.at == at]
    here = current.place_id if current else None
    arriving = {policies[scan.point_id].place_id for scan in same if scan.direction is Direction.IN}

    def turn(scan: ScanFact) -> int:
        place = policies[scan.point_id].place_id
        if scan.direction is Direction.IN:
            return 2
        return 0 if place == here else 3 if place in arriving else 1

    chosen = min(same, key=turn)
    waiting.remove(chosen)
    return chosen


def _without_echoes(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Of several stays at one point that began in the same instant, the longest: the others have no length."""
    longest: dict[tuple[datetime, int], Piece] = {}
    for piece in pieces:
        key = (piece.arrived_at, piece.point_id)
        if key not in longest or piece.latest_departure >= longest[key].latest_departure:
            longest[key] = piece
    return tuple(sorted(longest.values(), key=lambda piece: (piece.arrived_at, piece.latest_departure, piece.point_id)))


def seen_past_midnight(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The same day once the next one has proved that its last stay went on past midnight."""
    *before, last = pieces
    return (*before, replace(last, seen_until=last.latest_departure, departed_at=last.latest_departure))


def _carried(day: Interval, carry: Carry | None) -> _Open | None:
    if carry is None:
        return None
    return _Open(
        carry.point_id,
        carry.place_id,
        arrived_at=day.start,
        seen_until=day.start,
        assumed_until=max(carry.assumed_until, day.start),
        latest_until=carry.latest_until,
        departed_by=carry.departed_by,
        confidence=carry.confidence,
        doubts=carry.doubts,
        continues_before=True,
    )


def _arrive(current: _Open | None, scan: ScanFact, policy: StayPolicy, pieces: list[Piece]) -> _Open:
    seen_again = current and current.point_id == scan.point_id and scan.at <= current.assumed_until
    if current and seen_again:
        still = _expected(scan, policy)
        return replace(
            still,
            arrived_at=current.arrived_at,
            confidence=max(current.confidence, scan.confidence),
            doubts=current.doubts | scan.doubts,
            continues_before=current.continues_before,
        )
    if current:
        pieces.append(_ended_by_next_scan(current, scan.at))
    return _expected(scan, policy)


def _leave(current: _Open | None, scan: ScanFact, policy: StayPolicy, pieces: list[Piece]) -> None:
    if current and current.place_id == policy.place_id:
        pieces.append(_piece(current, scan.at, scan.at, scan.at, DepartedBy.SCAN))
        return
    if current:
        pieces.append(_ended_by_next_scan(current, scan.at))
    only = replace(_expected(scan, policy), assumed_until=scan.at, latest_until=scan.at)
    pieces.append(_piece(only, scan.at, scan.at, scan.at, DepartedBy.SCAN))


def _expected(scan: ScanFact, policy: StayPolicy) -> _Open:
    """A stay seen at this scan, with the end that must be assumed until a later scan tells."""
    assumed = _imputed(scan.at, policy.default_minutes)
    latest = max(_imputed(scan.at, policy.longest_minutes), assumed)
    departed_by = DepartedBy.ASSUMED
    closing = policy.closing_after(scan.at)
    if closing and closing < latest:
        latest = closing
        if closing < assumed:
            assumed, departed_by = closing, DepartedBy.CLOSING
    return _Open(
        scan.point_id,
        policy.place_id,
        arrived_at=scan.at,
        seen_until=scan.at,
        assumed_until=assumed,
        latest_until=latest,
        departed_by=departed_by,
        confidence=scan.confidence,
        doubts=scan.doubts,
    )


def _imputed(at: datetime, minutes: int) -> datetime:
    return max(at, (at + timedelta(minutes=minutes)).replace(second=0, microsecond=0))


def _ended_by_assumption(current: _Open, latest: datetime) -> Piece:
    departed = min(current.assumed_until, latest)
    return _piece(current, current.seen_until, departed, latest, current.departed_by)


def _ended_by_next_scan(current: _Open, at: datetime) -> Piece:
    if at > current.assumed_until:
        return _ended_by_assumption(current, min(current.latest_until, at))
    return _piece(current, current.seen_until, at, at, DepartedBy.NEXT_SCAN)


def _last_of_day(day: Interval, current: _Open) -> Piece:
    ended = _ended_by_assumption(current, min(current.latest_until, day.end))
    return replace(ended, continues_after=current.latest_until > day.end)


def _carry_out(day: Interval, current: _Open | None) -> Carry | None:
    if current is None or current.latest_until <= day.end:
        return None
    closing = current.departed_by is DepartedBy.CLOSING
    return Carry(
        current.point_id,
        current.place_id,
        max(current.assumed_until if closing else _blurred(current.assumed_until), day.end),
        current.latest_until if closing else _blurred(current.latest_until),
        current.departed_by,
        current.confidence,
        current.doubts,
    )


def _blurred(at: datetime) -> datetime:
    """The next whole hour: to the minute, an end assumed for the next day would tell which arrival it counts from."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour if hour == at else hour + timedelta(hours=1)


def _piece(
    current: _Open, seen_until: datetime, departed_at: datetime, latest: datetime, departed_by: DepartedBy
) -> Piece:
    return Piece(
        current.point_id,
        current.place_id,
        current.arrived_at,
        seen_until,
        departed_at,
        latest,
        departed_by,
        current.continues_before,
        continues_after=False,
        confidence=current.confidence,
        doubts=current.doubts,
    )
