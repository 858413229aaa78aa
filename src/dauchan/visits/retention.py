"""What the retention has done: each run with what it destroyed, and when one last succeeded.

A run destroys first the keys of days that have expired, then their rows: cut off anywhere, it leaves rows that nobody
can open, never a key without rows to show for it. Every step can be done again; the next run ends what this one began.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all
from dauchan.visits import actions, partitions, recording

OVERDUE_AFTER = timedelta(hours=36)
"""A run is due each night; a day later without one, something is wrong. Ours."""
KEPT = timedelta(days=400)
"""How long it is known what each run did. Ours: more than a year's audit."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it destroyed, and what kind of error ended it, "" for none."""

    started_at: datetime
    finished_at: datetime | None
    days_destroyed: int
    people_erased: int
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the retention stands."""

    oldest_kept: date
    oldest_readable: date | None
    """The oldest day with a key; None without any."""
    oldest_stored: date | None
    last_success: datetime | None
    last_run: Run | None
    overdue: bool


BEGIN = "insert into visits_retention_run (started_at) values (%s) returning id"
END = """
update visits_retention_run
set finished_at = %s, days_destroyed = %s, people_erased = %s, error = %s
where id = %s
"""
FORGET = "delete from visits_retention_run where started_at < %s"


def begin(now: datetime) -> int:
    """Note that a run begins; its number."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT])
        cursor.execute(BEGIN, [now])
        return int(cursor.fetchone()[0])


def end(number: int, now: datetime, *, days: int = 0, people: int = 0, error: str = "") -> None:
    """Note what a run did."""
    with connection.cursor() as cursor:
        cursor.execute(END, [now, days, people, error, number])


def is_due(now: datetime) -> bool:
    """Whether no run has succeeded on this local day."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_SUCCESS)
        (success,) = cursor.fetchone()
    return success is None or clock.local_day(success) < clock.local_day(now)


LAST = """
select started_at, finished_at, days_destroyed, people_erased, error
from visits_retention_run
order by id desc
limit 1
"""
LAST_SUCCESS = "select max(finished_at) from visits_retention_run where error = '' and finished_at is not null"


def status(keyring: Keyring, now: datetime) -> Status:
    """How the retention stands: overdue when no run succeeded lately, or a day is readable that should not be."""
    oldest_kept = actions.oldest_day(now)
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        last = cursor.fetchone()
        cursor.execute(LAST_SUCCESS)
        (success,) = cursor.fetchone()
    readable = min(keyring.days(), default=None)
    stored = min((day for table in partitions.PARTITIONED for day in partitions.partitions_of(table)), default=None)
    late = success is not None and success < now - OVERDUE_AFTER
    unkept = readable is not None and readable < oldest_kept - timedelta(days=1)
    return Status(oldest_kept, readable, stored, success, Run(*last) if last else None, late or unkept)


SEEN = """
select distinct asked.number
from unnest(%s::date[], %s::bytea[], %s::integer[]) asked (day, token, number)
join visits_scan scan on scan.day = asked.day and scan.token = asked.token
"""


def seen_among(people: Sequence[UUID], keyring: Keyring) -> set[UUID]:
    """Those of some people who were scanned on a day that can still be read."""
    days = sorted(recording.ready_days(keyring))
    asked: list[tuple[date, bytes, int]] = []
    for day in days:
        tokens = seal_all(keyring.day_key(day), people)
        asked += [(day, token, number) for number, token in enumerate(tokens)]
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [[row[column] for row in asked] for column in range(3)])
        return {people[number] for (number,) in cursor.fetchall()}
