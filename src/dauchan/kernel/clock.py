"""What time it is, and where the local day begins.

Instants are aware and UTC; local days are those of Việt Nam (17:00 UTC is midnight). Code above asks `now()` at the
edge only and passes the answer on. The clock can be set for tests and for a try-out, never in production (`doctor`).
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dauchan.kernel.intervals import Interval

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
LAST_DAY = date(2999, 12, 31)
"""No form takes a later day: a few years on, days can no longer be counted. Ours."""


def _system() -> datetime:
    return datetime.now(UTC)


def _started_at(start: datetime) -> Callable[[], datetime]:
    """A clock that showed `start` when this process began, and goes on ticking."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


def _from_environment() -> Callable[[], datetime]:
    start = os.environ.get("DAUCHAN_CLOCK", "")
    return _started_at(datetime.fromisoformat(start).astimezone(UTC)) if start else _system


_source: Callable[[], datetime] = _from_environment()


def now() -> datetime:
    """The present instant, in UTC."""
    return _source()


def use(source: Callable[[], datetime]) -> None:
    """Take the time from `source` from now on."""
    global _source
    _source = source


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Inside this block it is `instant`, and time stands still."""
    before = _source
    use(lambda: instant.astimezone(UTC))
    try:
        yield
    finally:
        use(before)


def local_day(instant: datetime) -> date:
    """The calendar day in Việt Nam at this instant."""
    return instant.astimezone(LOCAL).date()


def day_start(day: date) -> datetime:
    """Local midnight at which the day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)


def day_interval(day: date) -> Interval:
    """The local day as a half-open interval of UTC instants."""
    return Interval(day_start(day), day_start(day + timedelta(days=1)))
