"""What the visits of one place say in numbers, and its list of a day under masks.

For whoever is in charge of a place: counts, and who came only as far as a mask shows it. Tracing asks `questions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.numbers import row_number
from dauchan.kernel.sealing import unseal_all
from dauchan.people.queries import Masked, masked
from dauchan.visits.rules import Confidence

PAGE_SIZE = 50
DAYS = 14


@dataclass(frozen=True)
class Counts:
    """A day at a place: how many came, how many are probably there now; `present` never exceeds `total`."""

    total: int
    present: int
    by_hour: tuple[int, ...]
    by_day: tuple[tuple[date, int], ...]
    """The last days up to this one, those without visits too."""


TODAY = """
select extract(hour from arrived_at at time zone 'Asia/Ho_Chi_Minh')::integer,
       count(*),
       count(*) filter (where departed_at > %(now)s)
from visits_visit
where point_id = any(%(points)s) and day = %(day)s and arrived_at <= %(now)s
group by 1
"""
BY_DAY = """
select day, count(*)
from visits_visit
where point_id = any(%(points)s) and day = any(%(days)s)
group by 1
"""


def counts(points: Sequence[int], now: datetime) -> Counts:
    """The present local day at some points of one place, hour by hour, and the days before it."""
    today = clock.local_day(now)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    with connection.cursor() as cursor:
        cursor.execute(TODAY, {"points": list(points), "day": today, "now": now})
        hours = {hour: (total, present) for hour, total, present in cursor.fetchall()}
        cursor.execute(BY_DAY, {"points": list(points), "days": days})
        daily = dict(cursor.fetchall())
    return Counts(
        total=sum(total for total, _ in hours.values()),
        present=sum(present for _, present in hours.values()),
        by_hour=tuple(hours.get(hour, (0, 0))[0] for hour in range(24)),
        by_day=tuple((day, daily.get(day, 0)) for day in days),
    )


@dataclass(frozen=True)
class Visitor:
    """One line of a place's list: somebody under a mask; None for a person who was erased."""

    who: Masked | None
    point_id: int
    arrived_at: datetime
    departed_at: datetime
    confidence: int
    doubts: int


@dataclass(frozen=True)
class VisitorPage:
    """A page of a place's list, and the key of the next one ("" after the last)."""

    visitors: list[Visitor]
    next_after: str


LIST = """
select token, point_id, arrived_at, departed_at, confidence, doubts
from visits_visit
where point_id = any(%(points)s) and day = %(day)s
  and arrived_at <= %(at)s
order by arrived_at desc, token desc
limit %(most)s
offset %(before)s
"""
FIRST_PAGE = (datetime.max.replace(tzinfo=clock.LOCAL), 0)


def visitors(
    points: Sequence[int], day: date, keyring: Keyring, *, after: str = "", approved: bool = True
) -> VisitorPage:
    """Who came to a place on a day, the newest first, under masks; nobody on a day that can't be opened.

    approved   whether somebody looked at the place: the gate of one that is made up may send any number as scanned
    """
    if not keyring.has_day(day):
        return VisitorPage([], "")
    at, before = _key(after)
    asked: dict[str, Any] = {"points": list(points), "day": day, "at": at, "before": before, "most": PAGE_SIZE + 1}
    with connection.cursor() as cursor:
        cursor.execute(LIST, asked)
        rows = [(bytes(row[0]), *row[1:]) for row in cursor.fetchall()]
    people: list[UUID] = unseal_all(keyring.day_key(day), [row[0] for row in rows[:PAGE_SIZE]]) if rows else []
    shown, guessable = masked(people), {Confidence.TYPED} if approved else {Confidence.TYPED, Confidence.STAFF_SCANNED}
    listed = [
        Visitor(_as_listed(shown.get(who), sure=told[3] not in guessable), *told)
        for who, (_, *told) in zip(people, rows[:PAGE_SIZE], strict=True)
    ]
    return VisitorPage(listed, _key_after(listed, at, before) if len(rows) > PAGE_SIZE else "")


def _as_listed(who: Masked | None, *, sure: bool) -> Masked | None:
    """A number that somebody typed tells nothing of whom the register knows by it: they may have typed any."""
    if who is None or who.erased:
        return None
    return who if sure or who.provisional else replace(who, name="")


def _key_after(listed: Sequence[Visitor], at: datetime, before: int) -> str:
    """Where the next page begins: an instant, and how many who came then were shown; it stands in an address, and so
    says of nobody who they are.
    """
    last = listed[-1].arrived_at
    shown = sum(line.arrived_at == last for line in listed) + (before if last == at else 0)
    return f"{last.isoformat()}~{shown}"


def _key(after: str) -> tuple[datetime, int]:
    instant, _, shown = after.partition("~")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return FIRST_PAGE
    return (at, row_number(shown) or 0) if at.tzinfo else FIRST_PAGE


ARRIVALS = """
select count(*)
from visits_visit
where point_id = any(%(points)s)
  and day = any(%(days)s)
  and arrived_at >= %(start)s
  and arrived_at < %(end)s
  and not continues_before
"""


def arrivals(points: Sequence[int], start: datetime, end: datetime) -> int:
    """How many arrivals scans tell at some points in a window of time; those who were there before don't count."""
    days = sorted({clock.local_day(start), clock.local_day(end)})
    with connection.cursor() as cursor:
        cursor.execute(ARRIVALS, {"points": list(points), "days": days, "start": start, "end": end})
        return int(cursor.fetchone()[0])


VISITED = """
select distinct place_id
from visits_visit
where place_id = any(%(places)s)
  and point_id = any(%(points)s)
  and day = any(%(days)s)
"""


def visited_among(points: dict[int, int], days: Sequence[date]) -> set[int]:
    """Those places at which anybody was on some days.

    points   the place of each point that is asked about
    """
    asked: dict[str, Any] = {"places": sorted(set(points.values())), "points": list(points), "days": list(days)}
    with connection.cursor() as cursor:
        cursor.execute(VISITED, asked)
        return {place for (place,) in cursor.fetchall()}
