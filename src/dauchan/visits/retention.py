"""What the retention has done: each run with what it destroyed, when one last succeeded, and who is still needed.

A run destroys first the keys of days that have expired, then their rows: cut off anywhere, it leaves rows that nobody
can open, never a key without rows to show for it. Every step can be done again; the next run ends what this one began.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all
from dauchan.visits import actions, partitions, recording

RUN_LOCK = 0x64616372
"""The advisory lock of the one run at work: "dacr"."""
OVERDUE_AFTER = timedelta(hours=36)
"""A run is due each night; half a day later without one, something is wrong. Ours."""
KEPT = timedelta(days=400)
"""How long it is known what each run did. Ours: more than a year's audit."""


class AlreadyRunning(Conflict):
    kind = "retention_running"
    vi = "Một lượt xóa dữ liệu hết hạn đang chạy. Hãy đợi lượt đó xong."
    en = "A run of the retention is at work already. Wait until it has ended."


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
    next_due: datetime
    overdue: bool
    """Nothing has succeeded for too long, or a day can be read that should have gone a day ago or earlier."""


@contextmanager
def alone() -> Iterator[None]:
    """For as long as a run lasts, no other one works; the lock goes with the connection.

    raises   AlreadyRunning
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [RUN_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [RUN_LOCK])


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


LAST = """
select started_at, finished_at, days_destroyed, people_erased, error
from visits_retention_run
order by id desc
limit 1
"""
SUCCESS_AND_FIRST = """
select max(finished_at) filter (where error = ''), min(started_at) from visits_retention_run
"""


def is_due(keyring: Keyring, now: datetime) -> bool:
    """Whether no run has succeeded on this local day, or something has come back since: from a backup, mostly."""
    found = status(keyring, now)
    if found.last_success is None or clock.local_day(found.last_success) < clock.local_day(now):
        return True
    oldest = [day for day in (found.oldest_readable, found.oldest_stored) if day]
    return min(oldest, default=found.oldest_kept) < found.oldest_kept


def last_success() -> datetime | None:
    """When a run last succeeded; None for never."""
    return _success_and_first()[0]


def _success_and_first() -> tuple[datetime | None, datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute(SUCCESS_AND_FIRST)
        success, first = cursor.fetchone()
    return success, first


def status(keyring: Keyring, now: datetime) -> Status:
    """How the retention stands: overdue when no run succeeded lately, or a day is readable that should not be."""
    oldest_kept = actions.oldest_day(now)
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        last = cursor.fetchone()
    success, first = _success_and_first()
    readable = min(keyring.days(), default=None)
    tomorrow = clock.day_start(clock.local_day(now) + timedelta(days=1))
    begun = success or first
    late = begun is not None and begun < now - OVERDUE_AFTER
    unkept = readable is not None and readable < oldest_kept - timedelta(days=1)
    return Status(
        oldest_kept=oldest_kept,
        oldest_readable=readable,
        oldest_stored=min(
            (day for table in partitions.PARTITIONED for day in partitions.standing(table)), default=None
        ),
        last_success=success,
        last_run=Run(*last) if last else None,
        next_due=tomorrow if success and clock.local_day(success) == clock.local_day(now) else now,
        overdue=late or unkept,
    )


VACUUM = "vacuum (skip_locked) visits_carry, visits_dirty, visits_parked, visits_kept"


def vacuum() -> None:
    """Give the room of tokens back that stood in tables without a day of their own; outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(VACUUM)


SEEN = """
select token from visits_scan where day = %(day)s and token = any(%(tokens)s)
union
select proxy_token from visits_scan where day = %(day)s and proxy_token = any(%(tokens)s)
union
select token from visits_visit where day = %(day)s and token = any(%(tokens)s)
union
select token from visits_carry where day = %(day)s and token = any(%(tokens)s)
union
select token from visits_kept where received_day = %(day)s and token = any(%(tokens)s) and state = 'waiting'
union
select proxy_token from visits_kept where received_day = %(day)s and proxy_token = any(%(tokens)s)
"""


def seen_among(people: Sequence[UUID], keyring: Keyring) -> set[UUID]:
    """Those of some people of whom something can still be read: a scan, a stay that began the night before, a scan that
    waits for an officer, or that they answered for somebody.
    """
    unseen, seen = list(people), set[UUID]()
    with connection.cursor() as cursor:
        for day in sorted(recording.ready_days(keyring), reverse=True):  # most are seen lately, if at all
            whose = dict(zip(seal_all(keyring.day_key(day), unseen), unseen, strict=True))
            cursor.execute(SEEN, {"day": day, "tokens": list(whose)})
            seen |= {whose[bytes(token)] for (token,) in cursor.fetchall()}
            unseen = [person for person in unseen if person not in seen]
    return seen
