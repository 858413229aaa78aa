"""Half-open stretches of time, `[start, end)`, in UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)`; empty when both are equal.

    raises   ValueError when an instant has no time zone, or the end lies before the start
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs instants with a time zone")
        if self.end < self.start:
            raise ValueError("an interval ends before it starts")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> float:
        """Length in minutes, exact to the microsecond."""
        return self.length.total_seconds() / 60

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def overlap(self, other: "Interval") -> "Interval | None":
        """The time both share; None when they only touch or lie apart."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None


def without(interval: Interval, taken: Iterable[Interval]) -> list[Interval]:
    """What is left of an interval when others are cut out of it, in order of time; [] when nothing is."""
    left, start = [], interval.start
    for each in sorted(taken, key=lambda each: each.start):
        if each.start > start:
            left.append(Interval(start, min(each.start, interval.end)))
        start = max(start, each.end)
        if start >= interval.end:
            return left
    return [*left, Interval(start, interval.end)]
