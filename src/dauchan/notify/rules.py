"""How a token bucket fills, and how long to wait before a message is tried again. Values in, values out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(minutes=2)
"""A code is waited for by somebody who stands at a gate. Ours."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a bucket held at an instant."""

    tokens: float
    at: datetime


def filled(left: Left | None, *, capacity: float, per_hour: float, now: datetime) -> float:
    """What a bucket holds now: full when it was never asked; a clock that went back adds nothing."""
    if left is None:
        return capacity
    hours = max((now - left.at).total_seconds(), 0.0) / 3600
    return min(capacity, left.tokens + hours * per_hour)


def full_at(now: datetime, *, capacity: float, per_hour: float) -> datetime:
    """When a bucket just asked is surely full again, and can be forgotten."""
    return now + timedelta(hours=capacity / per_hour)


def pause_before(tries: int) -> timedelta:
    """How long to wait after that many tries."""
    pause: timedelta = FIRST_PAUSE * 3 ** max(tries - 1, 0)
    return min(pause, LONGEST_PAUSE)
