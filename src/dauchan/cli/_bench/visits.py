"""Made-up visits, many millions: people at zipf-distributed points over three weeks, sealed under the real day keys.

What makes them like a province: a person goes out about three times in two days; the busiest of N/500 points takes two
in a hundred of all visits (exponent 0.75); stays last 40 minutes on average; four in ten have no scan at leaving, so
that they are certain for no time and possible for hours. Written by binary COPY into the logged, partitioned table.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from dauchan.cli._bench.scratch import Scratch
from dauchan.kernel import clock
from dauchan.kernel.sealing import seal_blocks
from dauchan.visits.rules import Confidence, DepartedBy

DAYS = 21
VISITS_A_PERSON = 33
VISITS_A_POINT = 500
EXPONENT = 0.75
OPEN_MINUTES = (6 * 60, 21 * 60)
MEAN_STAY, LONGEST_STAY = 40, 180
WITHOUT_LEAVING = 0.4
ASSUMED_STAY, LATEST = 60, 180
"""Minutes; what a place's setting says of a stay without a scan at leaving. All numbers here are ours."""
CHUNK = 250_000
MINUTE = 60_000_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Where PostgreSQL's days and microseconds begin."""

COLUMNS: tuple[tuple[str, str], ...] = (
    ("day", ">i4"), ("token", "V16"), ("point_id", ">i8"), ("place_id", ">i8"), ("arrived_at", ">i8"),
    ("seen_until", ">i8"), ("departed_at", ">i8"), ("latest_departure", ">i8"), ("departed_by", ">i2"),
    ("continues_before", "?"), ("continues_after", "?"), ("confidence", ">i2"), ("doubts", ">i2"),
)  # fmt: skip
COPY = f"copy visits_visit ({', '.join(name for name, _ in COLUMNS)}) from stdin (format binary)"
COPY_HEAD, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


@dataclass(frozen=True)
class Town:
    """Who can be visited by whom: people's ids, 16 bytes each; points, busiest first; each point's place."""

    people: bytes
    points: Sequence[int]
    places: Sequence[int]


def sizes(visits: int) -> tuple[int, int]:
    """How many people and points this many visits need."""
    return max(visits // VISITS_A_PERSON, 50), max(visits // VISITS_A_POINT, 10)


def generate(
    scratch: Scratch, town: Town, visits: int, now: datetime, say: Callable[[str], None], *, seed: int
) -> list[date]:
    """Write this many visits on the days before today, and let PostgreSQL look at what it has.

    returns  the days
    """
    today = clock.local_day(now)
    days = [today - timedelta(days=number) for number in range(DAYS, 0, -1)]
    random = np.random.default_rng(seed)
    shares = _zipf(len(town.points))
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        for number, day in enumerate(days, 1):
            count = visits * number // DAYS - visits * (number - 1) // DAYS
            tokens = np.frombuffer(seal_blocks(scratch.keyring.day_key(day), town.people), "V16")
            with connection.cursor().copy(COPY) as copy:
                copy.write(COPY_HEAD)
                for rows in _day(random, day, count, tokens, town, shares):
                    copy.write(rows.tobytes())
                copy.write(COPY_END)
            say(f"visits: {visits * number // DAYS:,} of {visits:,}")
        connection.execute("vacuum (analyze) visits_visit")
        connection.execute("checkpoint")
    return days


def _zipf(points: int) -> Any:
    """For each point the share of visits that go to it or to a busier one."""
    weights = np.arange(1, points + 1) ** -EXPONENT
    return np.cumsum(weights) / weights.sum()


def _day(random: np.random.Generator, day: date, count: int, tokens: Any, town: Town, shares: Any) -> Iterator[Any]:
    """One day's visits by time of arrival, a chunk at a time, in the bytes of binary COPY."""
    start = (clock.day_start(day) - EPOCH) // timedelta(microseconds=1)
    arrivals = np.sort(random.integers(OPEN_MINUTES[0] * MINUTE, OPEN_MINUTES[1] * MINUTE, count)) + start
    points, places = np.array(town.points), np.array(town.places)
    for first in range(0, count, CHUNK):
        arrived = arrivals[first : first + CHUNK]
        rows = np.zeros(len(arrived), _record())
        rows["fields"] = len(COLUMNS)
        for name, kind in COLUMNS:
            rows[f"{name} length"] = np.dtype(kind).itemsize
        spot = np.minimum(np.searchsorted(shares, random.random(len(arrived))), len(points) - 1)
        rows["day"], rows["token"] = (day - EPOCH.date()).days, tokens[random.integers(0, len(tokens), len(arrived))]
        rows["point_id"], rows["place_id"], rows["arrived_at"] = points[spot], places[spot], arrived
        _fill_ends(random, rows, arrived)
        yield rows


def _fill_ends(random: np.random.Generator, rows: Any, arrived: Any) -> None:
    """When each stay ended, certainly and at the latest."""
    left = arrived + np.clip(random.exponential(MEAN_STAY, len(arrived)), 1, LONGEST_STAY) * MINUTE
    scanned = random.random(len(arrived)) >= WITHOUT_LEAVING
    rows["seen_until"] = np.where(scanned, left, arrived)
    rows["departed_at"] = np.where(scanned, left, arrived + ASSUMED_STAY * MINUTE)
    rows["latest_departure"] = np.where(scanned, left, arrived + LATEST * MINUTE)
    rows["departed_by"] = np.where(scanned, DepartedBy.SCAN, DepartedBy.ASSUMED)
    rows["confidence"] = Confidence.STAFF_SCANNED


def _record() -> np.dtype[Any]:
    """One row as COPY takes it: the number of fields, then each field behind its length."""
    fields = [part for name, kind in COLUMNS for part in ((f"{name} length", ">i4"), (name, kind))]
    return np.dtype([("fields", ">i2"), *fields])
