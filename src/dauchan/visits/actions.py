"""The verbs of the ledger: close a day, rebuild the visits, decide on what was kept apart, keep its days in order."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from dauchan import config
from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.visits import deriver, partitions

CLOSED = "select day from visits_closed_day"

CLOSE = "insert into visits_closed_day (day, closed_at) values (%s, %s) on conflict do nothing"

MARK_OPEN_STAYS = """
insert into visits_dirty (day, token)
select distinct day, token from visits_visit where day = %s and continues_after
"""

MARK_EVERYTHING = """
insert into visits_dirty (day, token)
select day, token from visits_scan
union
select day, token from visits_carry
union
select day, token from visits_visit
order by day
"""

FORGET_BEFORE = (
    "delete from visits_dirty where day < %s",
    "delete from visits_parked where day < %s",
    "delete from visits_carry where day < %s",
    "delete from visits_kept where received_day < %s",
    "delete from visits_closed_day where day < %s",
)

MARK_PARKED = "insert into visits_dirty (day, token) select day, token from visits_parked"


def derive_some(keyring: Keyring, now: datetime) -> int:
    """Close the days that are over, then derive what has changed, one batch at most.

    returns  how many marks were worked off; 0 when nothing is left to do
    """
    close_days(keyring, now)
    return deriver.derive_pending(keyring)


def derive_all(keyring: Keyring, now: datetime, tell: Callable[[int], None] = lambda done: None) -> int:
    """Derive until nothing is left to do; `tell` is told after each batch how many marks are worked off.

    returns  how many marks were worked off
    """
    done = 0
    while taken := derive_some(keyring, now):
        done += taken
        tell(done)
    return done


def close_days(keyring: Keyring, now: datetime) -> list[date]:
    """Hand the stays still open at midnight to the next day, for every day that is over and not closed yet.

    A day stays open until the next one has its key and its partition, or its nights would go nowhere.
    """
    days = _days_to_close(keyring, clock.local_day(now))
    if days:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(deriver.LOCK, [deriver.DERIVER_LOCK])
            for day in days:
                cursor.execute(CLOSE, [day, now])
                cursor.execute(MARK_OPEN_STAYS, [day])
    return days


def _days_to_close(keyring: Keyring, today: date) -> list[date]:
    ready = set(partitions.days_ready())
    with connection.cursor() as cursor:
        cursor.execute(CLOSED)
        closed = {row[0] for row in cursor.fetchall()}
    nexts = {day: day + timedelta(days=1) for day in ready - closed if day < today}
    return sorted(day for day, after in nexts.items() if after in ready and keyring.has_day(after))


def rebuild(keyring: Keyring, now: datetime, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Derive every person-day again from the scans: what is missing comes back, what no scan tells of goes.

    Nothing is emptied beforehand: each person-day is replaced whole, so whoever reads meanwhile misses nobody.
    What a day handed over whose scans or key are gone since is all that is known of that night: it is kept.
    tell     is told after each batch how many marks are worked off, and how many there are for sure
    returns  how many marks were worked off
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deriver.LOCK, [deriver.DERIVER_LOCK])
        cursor.execute(MARK_EVERYTHING)
        total = cursor.rowcount
        deriver.mark_evenings(keyring)
    return derive_all(keyring, now, lambda done: tell(done, total))


def try_parked_again() -> None:
    """Have the person-days derived again that could not be; those that can be now leave the list."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_PARKED)


def ensure_days(keyring: Keyring, now: datetime) -> None:
    """Keys and partitions for the days that can be read and those that come next."""
    today, back = clock.local_day(now), config.load().retention_days
    keyring.ensure_days(today, back=back)
    partitions.ensure_partitions(today, back=back)


def oldest_day(now: datetime) -> date:
    """The first local day whose visits are kept."""
    return clock.local_day(now) - timedelta(days=config.load().retention_days)


def drop_expired_days(keyring: Keyring, now: datetime) -> list[date]:
    """Destroy the keys of expired days, then their rows.

    returns  the days of which a key or rows went now, oldest first
    """
    oldest = oldest_day(now)
    gone = keyring.destroy_before(oldest)
    with connection.cursor() as cursor:
        for statement in FORGET_BEFORE:
            cursor.execute(statement, [oldest])
    return sorted({*gone, *partitions.drop_partitions_before(oldest)})
