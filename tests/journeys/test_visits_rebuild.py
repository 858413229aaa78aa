"""`dauchan visits rebuild`: everything derived is derived again, and comes back the same."""

from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import connection
from support.town import Town, build, local

from dauchan.cli.visits import command as visits
from dauchan.kernel import clock
from dauchan.kernel.sealing import seal
from dauchan.visits import deriver
from dauchan.visits.actions import derive_all, rebuild

CLOCK = "2026-11-20T12:00+07:00"
DERIVED = "select * from visits_visit order by day, token, arrived_at"
RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash)
    values (%s, gen_random_uuid(), %s, %s, %s, %s, %s, 'TEST', 3, false, '')
    returning day, token
)
insert into visits_dirty (day, token) select day, token from recorded
"""
CROWD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash)
    select %s, gen_random_uuid(), decode(md5(number::text), 'hex'), %s, 1, %s, %s, 'TEST', 3, false, ''
    from generate_series(1, %s) as number
    returning day, token
)
insert into visits_dirty (day, token) select day, token from recorded
"""
INVENT_A_VISIT = """
insert into visits_visit
select day, %s, point_id, place_id, arrived_at, seen_until, departed_at, latest_departure, departed_by, false, false,
       confidence, doubts
from visits_visit
where day = %s
limit 1
"""
INVENT_A_NIGHT = """
insert into visits_carry
select day, %s, point_id, place_id, assumed_until, latest_until, departed_by, confidence, doubts, true
from visits_carry
where day = %s
limit 1
"""


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


@pytest.fixture(autouse=True)
def empty_ledger(town):
    execute("truncate visits_scan, visits_visit, visits_carry, visits_dirty, visits_closed_day, visits_parked")


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def record(town: Town, who: str, at: datetime, direction: int = 1) -> None:
    day = clock.local_day(at)
    token = seal(town.database.keyring.day_key(day), town.people[who])
    execute(RECORD, day, token, town.points["ward"], direction, at, at)


def record_nights(town: Town, middle: date) -> None:
    """Ana is in the ward for two nights around a day, with a scan in it; Ben for the night after it."""
    before, after = middle - timedelta(days=1), middle + timedelta(days=1)
    record(town, "ana", local(f"{before}T20:00"))
    record(town, "ana", local(f"{middle}T12:00"))
    record(town, "ana", local(f"{after}T07:00"), direction=2)
    record(town, "ben", local(f"{middle}T20:00"))
    record(town, "ben", local(f"{after}T07:00"), direction=2)


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_visits_come_back_the_same_with_what_was_spoiled_in_between(town, derive, database):
    town.statuses(
        town.scan("ana", "cafe", "10:00"),
        town.scan("ben", "cafe", "10:20"),
        town.scan("ana", "cafe", "11:00", "out"),
        town.scan("dung", "ward", local("2026-11-17T20:00")),
        town.scan("dung", "ward", local("2026-11-19T07:00"), "out"),
    )
    derive()
    before = rows(DERIVED)
    assert len(before) == 5
    with connection.cursor() as cursor:
        cursor.execute("delete from visits_visit where day < date '2026-11-20'")
    done = CliRunner().invoke(visits, ["--data-dir", str(database.data_dir), "rebuild"])
    assert (done.exit_code, done.stdout.strip()) == (0, "rebuilt")
    assert rows(DERIVED) == before
    assert rows("select count(*) from visits_dirty") == [(0,)]


@pytest.mark.parametrize(("middle", "destroyed"), [(6, 5), (10, 10), (14, 15)])
def test_the_nights_around_a_day_whose_key_was_destroyed_come_back_the_same(town, middle, destroyed):
    keyring, now = town.database.keyring, clock.now()
    record_nights(town, date(2026, 11, middle))
    derive_all(keyring, now)
    before = rows(DERIVED)
    assert len(before) == 6
    keyring.destroy_day(date(2026, 11, destroyed))
    rebuild(keyring, now)
    assert rows(DERIVED) == before


def test_who_reads_while_visits_are_rebuilt_misses_nobody(town):
    keyring, now, morning = town.database.keyring, clock.now(), local("2026-11-19T08:00")
    crowd, seen = deriver.BATCH + 100, []
    execute(CROWD, date(2026, 11, 19), town.points["market"], morning, morning, crowd)
    derive_all(keyring, now)
    rebuild(keyring, now, lambda done, total: seen.append(rows("select count(*) from visits_visit")))
    assert len(seen) > 1
    assert seen == [[(crowd,)]] * len(seen)


def test_what_no_scan_tells_of_goes_and_what_a_scan_tells_of_comes_back(town):
    keyring, now, middle = town.database.keyring, clock.now(), date(2026, 11, 18)
    record_nights(town, middle)
    derive_all(keyring, now)
    before = rows(DERIVED)
    execute(INVENT_A_VISIT, seal(keyring.day_key(date(2026, 11, 17)), town.people["chi"]), date(2026, 11, 17))
    execute(INVENT_A_NIGHT, seal(keyring.day_key(middle), town.people["chi"]), middle)
    execute("delete from visits_visit where day = '2026-11-19'")
    execute("update visits_carry set seen_after = not seen_after where day = '2026-11-19'")
    rebuild(keyring, now)
    assert rows(DERIVED) == before
