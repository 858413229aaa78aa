"""Days of the ledger as they come and go: made by two at once, missing, expired, removed half-way."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from dauchan.kernel import clock
from dauchan.visits import partitions
from dauchan.visits.actions import drop_expired_days

CLOCK = "2026-11-20T12:00+07:00"
TODAY = date(2026, 11, 20)

SCAN = """
insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                         body_hash)
values (%s, gen_random_uuid(), 'abcdefghijklmnop', 1, 1, now(), now(), 'TEST', 3, false, '')
"""


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def count(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def standing(table: str, day: date) -> bool:
    return count("select count(*) from pg_class where relname = %s", f"{table}_{day:%Y%m%d}") == 1


def test_whoever_makes_a_day_that_another_process_has_just_made_leaves_its_scans_alone(database):
    execute(SCAN, TODAY)
    partitions._attach("visits_scan", TODAY)
    assert count("select count(*) from visits_scan where day = %s", TODAY) == 1


def test_a_table_left_alone_between_making_and_attaching_becomes_the_day(database):
    day = TODAY + timedelta(days=20)
    execute(f"create table visits_scan_{day:%Y%m%d} (like visits_scan including all)")
    partitions.ensure_partitions(day, back=0, ahead=0)
    assert day in partitions.days_ready()


@pytest.fixture
def expired(database) -> date:
    day = TODAY - timedelta(days=40)
    partitions.ensure_partitions(day, back=0, ahead=0)
    return day


def test_a_detaching_that_was_cut_off_is_finished_later(database, expired):
    name = sql.Identifier(f"visits_scan_{expired:%Y%m%d}")
    with psycopg.connect(database.dsn) as reader, psycopg.connect(database.dsn, autocommit=True) as remover:
        reader.execute("select count(*) from visits_scan")
        remover.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.OperationalError):
            remover.execute(sql.SQL("alter table visits_scan detach partition {} concurrently").format(name))
    assert expired in drop_expired_days(database.keyring, clock.now())
    assert not standing("visits_scan", expired)


def test_a_day_detached_but_not_dropped_is_dropped_later(database, expired):
    execute(f"alter table visits_scan detach partition visits_scan_{expired:%Y%m%d}")
    drop_expired_days(database.keyring, clock.now())
    assert not standing("visits_scan", expired)
    assert not standing("visits_visit", expired)
