"""Half-open stretches of time, `[start, end)`, in UTC."""

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
