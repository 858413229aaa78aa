"""Days of the ledger: partitions made ahead of time, and removed when their day has expired.

A partition is created standalone and then attached, and detached before it is dropped, so that no scan ever waits for
either. There is no default partition: a day without one is a fault that `doctor` and `/healthz` report beforehand.
Making a day never drops anything; a removal that was cut off is taken up where it stopped.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.db import OperationalError, connection, transaction
from psycopg import sql

from dauchan.kernel.keyring import RETENTION_DAYS

PARTITIONED = ("visits_scan", "visits_visit")
DAYS_AHEAD = 14
LOCK_TIMEOUT = "2s"
TRIES = 5
PARTITION_LOCK = 0x64616370
"""The advisory lock of whoever makes a day: "dacp"."""
log = logging.getLogger(__name__)

PARTITIONS = """
select to_date(right(child.relname, 8), 'YYYYMMDD')
from pg_inherits
join pg_class parent on parent.oid = pg_inherits.inhparent
join pg_class child on child.oid = pg_inherits.inhrelid
where parent.relname = %s
  and parent.relnamespace = current_schema()::regnamespace
  and not pg_inherits.inhdetachpending
order by 1
"""

STANDING = """
select to_date(right(child.relname, 8), 'YYYYMMDD'), pg_inherits.inhdetachpending
from pg_class child
left join pg_inherits on pg_inherits.inhrelid = child.oid
where child.relname ~ ('^' || %s || '_[0-9]{8}$')
  and child.relnamespace = current_schema()::regnamespace
  and child.relkind = 'r'
order by 1
"""


def partitions_of(table: str) -> list[date]:
    """The days that a partitioned table can hold, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS, [table])
        return [row[0] for row in cursor.fetchall()]


def standing(table: str) -> dict[date, bool | None]:
    """Every day whose own table stands, oldest first: False while attached, True half detached, None alone."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [table])
        return dict(cursor.fetchall())


def days_ready() -> list[date]:
    """The days that every partitioned table can hold."""
    return sorted(set.intersection(*(set(partitions_of(table)) for table in PARTITIONED)))


def partitions_ahead(today: date) -> int:
    """How many days in a row after today are ready; fewer than 3 is a fault."""
    ready = set(days_ready())
    ahead = 0
    while today + timedelta(days=ahead + 1) in ready:
        ahead += 1
    return ahead


def ensure_partitions(
    today: date, *, back: int = RETENTION_DAYS, ahead: int = DAYS_AHEAD, tables: Sequence[str] = PARTITIONED
) -> int:
    """Make the partitions still missing from `today - back` to `today + ahead`.

    returns  how many were made
    """
    made = 0
    for table in tables:
        present = set(partitions_of(table))
        for offset in range(-back, ahead + 1):
            day = today + timedelta(days=offset)
            if day not in present:
                _patiently(table, day, _attach)
                made += 1
    return made


def drop_partitions_before(oldest: date) -> list[date]:
    """Remove the days before `oldest` from the ledger and the visits.

    returns  the days removed
    """
    expired = [(table, day) for table in PARTITIONED for day in standing(table) if day < oldest]
    for table, day in expired:
        _patiently(table, day, _detach_and_drop)
    return sorted({day for _, day in expired})


def _attach(table: str, day: date) -> None:
    parent, child = sql.Identifier(table), sql.Identifier(f"{table}_{day:%Y%m%d}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [PARTITION_LOCK])
        if day in partitions_of(table):  # another process was faster
            return
        cursor.execute(
            sql.SQL("create table if not exists {child} (like {parent} including all)").format(
                child=child, parent=parent
            )
        )
        cursor.execute(
            sql.SQL("alter table {parent} attach partition {child} for values from ({start}) to ({end})").format(
                parent=parent, child=child, start=sql.Literal(day), end=sql.Literal(day + timedelta(days=1))
            )
        )


def _detach_and_drop(table: str, day: date) -> None:
    parent, child = sql.Identifier(table), sql.Identifier(f"{table}_{day:%Y%m%d}")
    half_detached = standing(table).get(day)
    with connection.cursor() as cursor:
        if half_detached is not None:
            how = sql.SQL("finalize" if half_detached else "concurrently")
            cursor.execute(
                sql.SQL("alter table {parent} detach partition {child} {how}").format(
                    parent=parent, child=child, how=how
                )
            )
        cursor.execute(sql.SQL("drop table if exists {child}").format(child=child))


def _patiently(table: str, day: date, step: Callable[[str, date], None]) -> None:
    """Run a step outside any transaction, waiting little for locks and trying again rather than queueing others."""
    for attempt in range(TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
            step(table, day)
        except OperationalError:
            log.warning("partition step waits for a lock: table=%s day=%s attempt=%s", table, day, attempt)
            if attempt == TRIES - 1:
                raise
            time.sleep(0.2 * 2**attempt)
        else:
            return
        finally:
            with connection.cursor() as cursor:
                cursor.execute("reset lock_timeout")
