"""What the deriver does when things go wrong: one bad row, a late midnight, a key that is missing, a day gone."""

import logging
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from support.town import Town, build, local

from dauchan.cli._examination import look_at_ledger
from dauchan.kernel import clock, ids
from dauchan.kernel.sealing import seal, unseal
from dauchan.places.models import CategoryStay
from dauchan.visits import queries
from dauchan.visits.actions import close_days, derive_all, drop_expired_days, ensure_days, rebuild, try_parked_again

CLOCK = "2026-11-20T12:00+07:00"

RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash)
    values (%s, %s, %s, %s, %s, %s, %s, 'TEST', %s, false, '')
    returning day, token
)
insert into visits_dirty (day, token) select day, token from recorded
"""
VISITS = """
select day, token, latest_departure from visits_visit
"""


@pytest.fixture(scope="module")
def town(database) -> Town:
    return build("", database)


@pytest.fixture(autouse=True)
def empty_ledger(town):
    execute("truncate visits_scan, visits_visit, visits_carry, visits_dirty, visits_closed_day, visits_parked")


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def record(town: Town, who: str, at: datetime, *, confidence: int = 3, place: str = "ward") -> None:
    day, keyring = clock.local_day(at), town.database.keyring
    token = seal(keyring.day_key(day), town.people[who])
    execute(RECORD, day, ids.random_uuid7(at), token, town.points[place], 1, at, at, confidence)


def nights(town: Town) -> list[tuple[str, date, str]]:
    """Whose pieces there are, of which day, and until when at the latest."""
    names = {person: who for who, person in town.people.items()}
    with connection.cursor() as cursor:
        cursor.execute(VISITS)
        found = cursor.fetchall()
    key = town.database.keyring.day_key
    return sorted((names[unseal(key(day), bytes(token))], day, local_time(latest)) for day, token, latest in found)


def local_time(instant: datetime) -> str:
    return f"{instant.astimezone(clock.LOCAL):%H:%M}"


def test_one_scan_that_no_rule_understands_parks_its_person_day_and_stops_nobody_else(town, caplog):
    keyring, now = town.database.keyring, clock.now()
    record(town, "ana", local("08:00"))
    record(town, "ben", local("08:00"), confidence=99)
    record(town, "chi", local("08:00"))
    with caplog.at_level(logging.ERROR):
        derive_all(keyring, now)
    assert [who for who, *_ in nights(town)] == ["ana", "chi"]
    assert (queries.person_days_waiting(), queries.person_days_parked()) == (0, 1)
    assert [message for message in caplog.messages if message.startswith("visits.parked")] == [
        "visits.parked day=2026-11-20 error=ValueError person_days=1"
    ]
    assert any("1 person-days" in finding.what for finding in look_at_ledger(settings.INSTALLATION))


def test_what_was_parked_is_tried_again_and_leaves_once_it_works(town):
    keyring, now = town.database.keyring, clock.now()
    record(town, "ben", local("08:00"), confidence=99)
    derive_all(keyring, now)
    execute("update visits_scan set confidence = 3")
    try_parked_again()
    derive_all(keyring, now)
    assert [who for who, *_ in nights(town)] == ["ben"]
    assert queries.person_days_parked() == 0


def test_scans_of_a_day_for_which_no_length_of_stay_is_set_are_put_aside_and_not_dropped(town):
    keyring, now, stays = town.database.keyring, clock.now(), CategoryStay.objects.filter(category__code="hospital")
    record(town, "ana", local("08:00"))
    record(town, "ben", local("08:00"), place="cafe")
    stays.update(valid_to=clock.local_day(now))
    derive_all(keyring, now)
    stays.update(valid_to=None)
    assert [who for who, *_ in nights(town)] == ["ben"]
    assert queries.person_days_parked() == 1
    assert any("1 person-days" in finding.what for finding in look_at_ledger(settings.INSTALLATION))
    try_parked_again()
    derive_all(keyring, now)
    assert [who for who, *_ in nights(town)] == ["ana", "ben"]


def test_a_deriver_whose_clock_is_behind_still_hands_over_a_night_that_another_has_closed(town):
    keyring = town.database.keyring
    before, after = local("2026-11-20T23:59"), local("2026-11-21T00:01")
    close_days(keyring, after)
    record(town, "ana", local("2026-11-20T20:00"))
    derive_all(keyring, before)
    assert [(who, day.day) for who, day, _ in nights(town)] == [("ana", 20), ("ana", 21)]


def test_a_night_waits_for_the_key_of_the_next_day(town):
    keyring, later = town.database.keyring, local("2026-11-26T12:00")
    record(town, "ana", local("2026-11-23T20:00"))
    derive_all(keyring, later)
    ensure_days(keyring, later)
    derive_all(keyring, later)
    assert [(who, day.day) for who, day, _ in nights(town)] == [("ana", 23), ("ana", 24)]


def test_a_rebuild_keeps_the_night_that_began_on_a_day_gone_since(town):
    keyring = town.database.keyring
    record(town, "ana", local("2026-11-20T20:00"))
    later = local("2026-11-20T12:00") + timedelta(days=31)
    ensure_days(keyring, later)
    derive_all(keyring, later)
    drop_expired_days(keyring, later)
    kept = nights(town)
    rebuild(keyring, later)
    assert nights(town) == kept
    assert [(who, day.day) for who, day, _ in kept] == [("ana", 21)]


def test_marks_of_a_day_whose_key_and_rows_are_gone_are_worked_off(town):
    keyring, now = town.database.keyring, clock.now()
    execute("insert into visits_dirty (day, token) values ('2026-01-01', 'abcdefghijklmnop')")
    derive_all(keyring, now)
    assert (queries.person_days_waiting(), queries.person_days_parked()) == (0, 0)
