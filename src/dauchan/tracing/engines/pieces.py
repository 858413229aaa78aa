"""Day pieces of stays and the spans in which they matter: opened, joined over midnight, merged; no database here.

Decides how pieces become stays again, and who of many stood at a point at an instant.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from heapq import heappop, heappush
from operator import or_
from uuid import UUID

from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.tracing.engines.base import Stay
from dauchan.visits.rules import Confidence, DepartedBy, Doubt

DEPARTED_BY = {kind.value: kind.name.lower() for kind in DepartedBy}


@dataclass(frozen=True, slots=True)
class Piece:
    """One day's part of a stay, opened: `record` is the id in the row, `person` the one that stands for the human."""

    record: UUID
    person: UUID
    place: int
    point: int
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    departed_at: datetime
    departed_by: int
    continues_before: bool
    continues_after: bool
    confidence: int
    doubts: int


@dataclass(frozen=True, slots=True)
class TellStay:
    """A stay that no scan proves, only somebody's word: wholly possible, not certain."""

    person: UUID
    place: int
    point: int
    window: Interval


@dataclass(frozen=True, slots=True)
class Span:
    """The time for which one piece matters: the piece cut to its person's time."""

    piece: Piece
    start: datetime
    end: datetime

    @property
    def comes_in(self) -> bool:
        """Whether the stay went on before midnight, and that edge was not cut away."""
        return self.piece.continues_before and self.start == self.piece.arrived_at

    @property
    def goes_out(self) -> bool:
        return self.piece.continues_after and self.end == self.piece.latest_departure


class Carriers:
    """Who was where when, to name the lowest person present at an instant (backward: about to leave at it)."""

    def __init__(self, spans: Iterable[Span], *, forward: bool) -> None:
        by_point: dict[int, list[Span]] = defaultdict(list)
        for span in spans:
            by_point[span.piece.point].append(span)
        self._segments = {point: _lowest_by_time(here) for point, here in by_point.items()}
        self._find = bisect_right if forward else bisect_left

    def lowest(self, point: int, at: datetime) -> UUID:
        """The lowest person there.

        raises   LookupError when nobody was
        """
        breaks, lowest = self._segments[point]
        person = lowest[self._find(breaks, at) - 1]
        if person is None:
            raise LookupError("a meeting without a carrier")
        return person


def _lowest_by_time(spans: list[Span]) -> tuple[list[datetime], list[UUID | None]]:
    """The instants at which somebody comes or goes, and who is the lowest present from each of them on."""
    breaks = sorted({instant for span in spans for instant in (span.start, span.end)})
    coming, present = sorted(spans, key=lambda each: each.start), list[tuple[UUID, datetime]]()
    lowest: list[UUID | None] = []
    number = 0
    for instant in breaks:
        while number < len(coming) and coming[number].start <= instant:
            heappush(present, (coming[number].piece.person, coming[number].end))
            number += 1
        while present and present[0][1] <= instant:
            heappop(present)
        lowest.append(present[0][0] if present else None)
    return breaks, lowest


def local_days(time: Interval) -> list[date]:
    """The local days that a time touches; it must not be empty."""
    first, last = clock.local_day(time.start), clock.local_day(time.end - timedelta(microseconds=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def touches(piece: Piece, time: Interval) -> bool:
    """Whether a piece shares time with this one."""
    return piece.arrived_at < time.end and piece.latest_departure > time.start


def with_margin(time: Interval, days: int) -> Interval:
    """The time with so many days more on both sides."""
    return Interval(time.start - timedelta(days=days), time.end + timedelta(days=days))


def goes_beyond(piece: Piece, time: Interval) -> bool:
    """Whether a stay may have more pieces outside this time."""
    before = piece.continues_before and piece.arrived_at <= time.start
    return before or (piece.continues_after and piece.latest_departure >= time.end)


def told_pieces(stay: TellStay) -> Iterator[Piece]:
    """The day pieces of a stay that was told."""
    record = UUID(int=stay.point)
    for day in local_days(stay.window):
        part = clock.day_interval(day).overlap(stay.window)
        if part is not None:
            yield Piece(
                record,
                stay.person,
                place=stay.place,
                point=stay.point,
                arrived_at=part.start,
                seen_until=part.start,
                latest_departure=part.end,
                departed_at=part.end,
                departed_by=DepartedBy.ASSUMED,
                continues_before=part.start > stay.window.start,
                continues_after=part.end < stay.window.end,
                confidence=Confidence.ROTATING_PASS,  # what is told is marked as told; the other's stay decides here
                doubts=0,
            )


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time at each point without overlaps, so that a crowd of carriers asks about it once."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.piece.point, each.start)):
        last = found[-1] if found else None
        if last and last.piece.point == span.piece.point and span.start <= last.end:
            found[-1] = replace(last, end=max(last.end, span.end))
        else:
            found.append(span)
    return found


def joined(pieces: Iterable[Piece]) -> list[Stay]:
    """Whole stays from day pieces: same record and point, one going on where the other begins."""
    stays: list[list[Piece]] = []
    ordered = sorted(pieces, key=lambda each: (each.record, each.place, each.point, each.arrived_at))
    for piece in ordered:
        last = stays[-1][-1] if stays else None
        if last is not None and _goes_on(last, piece):
            stays[-1].append(piece)
        else:
            stays.append([piece])
    return [_stay(parts) for parts in stays]


def _goes_on(earlier: Piece, later: Piece) -> bool:
    same = (earlier.record, earlier.place, earlier.point) == (later.record, later.place, later.point)
    return same and earlier.continues_after and later.continues_before and earlier.latest_departure == later.arrived_at


def _stay(parts: Sequence[Piece]) -> Stay:
    """`seen_until` ends the unbroken proof: a later piece counts only when the earlier one was proven to its end."""
    first, last, seen = parts[0], parts[-1], parts[0].seen_until
    for part in parts[1:]:
        if seen < part.arrived_at:
            break
        seen = part.seen_until
    return Stay(
        person=first.person,
        place=first.place,
        point=first.point,
        arrived_at=first.arrived_at.astimezone(UTC),
        seen_until=seen.astimezone(UTC),
        latest_departure=last.latest_departure.astimezone(UTC),
        departed_at=last.departed_at.astimezone(UTC),
        departed_by=DEPARTED_BY[last.departed_by],
        confidence=Confidence(min(part.confidence for part in parts)),
        doubts=reduce(or_, (Doubt(part.doubts) for part in parts)),
    )
