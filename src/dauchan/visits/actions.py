"""The verbs of the ledger: close a day, rebuild the visits, decide on what was kept apart, keep its days in order."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from dauchan.kernel import clock
from dauchan.kernel.keyring import RETENTION_DAYS, Keyring
from dauchan.visits import deriver, partitions

CLOSED = "select day from visits_closed_day"

CLOSE = """
with closed as (
    insert into visits_closed_day (day, closed_at) values (%s, %s)
    on conflict do nothing
    returning day
)
insert into visits_dirty (day, token)
select distinct visit.day, visit.token
from visits_visit visit
join closed on closed.day = visit.day
where visit.continues_after
"""

MARK_EVERYTHING = """
insert into visits_dirty (day, token)
select day, token from visits_scan group by day, token order by day
"""


def derive_all(keyring: Keyring, now: datetime) -> int:
    """Derive until nothing is left to do; closes the days that are over first.

    returns  how many person-days were written, a person-day counting each time
    """
    close_days(now)
    written = 0
    while (round_done := deriver.derive_pending(keyring, now)).taken:
        written += round_done.person_days
    return written


def close_days(now: datetime) -> list[date]:
    """Hand the stays still open at midnight to the next day, for every day that is over and not closed yet."""
    over = {day for day in partitions.days_ready() if day < clock.local_day(now)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [deriver.DERIVER_LOCK])
        cursor.execute(CLOSED)
        days = sorted(over - {row[0] for row in cursor.fetchall()})
        for day in days:
            cursor.execute(CLOSE, [day, now])
    return days


def rebuild(keyring: Keyring, now: datetime) -> int:
    """Forget all visits and derive them again from the scans alone.

    returns  how many person-days were written
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [deriver.DERIVER_LOCK])
        cursor.execute("truncate visits_visit, visits_carry, visits_dirty, visits_closed_day")
        cursor.execute(MARK_EVERYTHING)
    written = 0
    while (round_done := deriver.derive_pending(keyring, now)).taken:
        written += round_done.person_days
    close_days(now)
    return written + derive_all(keyring, now)


def ensure_days(keyring: Keyring, now: datetime) -> None:
    """Keys and partitions for the days that can be read and those that come next."""
    today = clock.local_day(now)
    keyring.ensure_days(today)
    partitions.ensure_partitions(today)


def drop_expired_days(keyring: Keyring, now: datetime) -> list[date]:
    """Destroy the keys of expired days, then their rows.

    returns  the days destroyed
    """
    oldest = clock.local_day(now) - timedelta(days=RETENTION_DAYS)
    for day in keyring.days():
        if day < oldest:
            keyring.destroy_day(day)
    with connection.cursor() as cursor:
        cursor.execute("delete from visits_carry where day < %s", [oldest])
        cursor.execute("delete from visits_kept where received_day < %s", [oldest])
        cursor.execute("delete from visits_closed_day where day < %s", [oldest])
    return partitions.drop_partitions_before(oldest)
