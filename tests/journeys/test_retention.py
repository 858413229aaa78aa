"""What has expired is destroyed, in time or with an alarm, and nothing of it can be read or linked afterwards."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection
from support.database import Database
from support.officers import browser, officer_with
from support.scene import place_of_here, two_communes

from dauchan.cli import _retention, main
from dauchan.kernel import clock, ids
from dauchan.kernel.keyring import KeyMissing
from dauchan.kernel.sealing import seal, unseal
from dauchan.people import actions, erasing, keystore, subjects, vault
from dauchan.people.models import Person
from dauchan.people.queries import find_by_phone
from dauchan.people.rules import Identity
from dauchan.places.models import Place, Point
from dauchan.visits import recording, retention
from dauchan.visits.actions import derive_all, ensure_days
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, Direction

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")
FIRST = date(2026, 3, 2)


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Point.objects.get(place_id=place_of_here(two_communes())["place_id"])


@pytest.fixture
def keyring(database: Database):
    return vault.the_keyring()


def scanned(phone: str, point: Point, keyring) -> UUID:
    """Somebody known from a scan alone, scanned now."""
    now = clock.now()
    ensure_days(keyring, now)
    subject = subjects.normalise("phone", phone)
    person = subjects.resolve_on_page([subject], keyring=keyring, now=now)[subject]
    recording.record(
        [PageScan(ids.random_uuid7(now), person, point.pk, Direction.IN, Confidence.TYPED)], keyring=keyring, now=now
    )
    derive_all(keyring, now)
    return person


def days_stored() -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute("select day from visits_scan union select day from visits_visit")
        return {day for (day,) in cursor.fetchall()}


def test_a_day_is_kept_for_thirty_days_and_gone_on_the_next(point, keyring, at):
    at("2026-03-02T10:00")
    scanned("0912600001", point, keyring)
    at("2026-04-01T10:00")
    _retention.run(keyring, clock.now())
    assert FIRST in days_stored()
    assert keyring.has_day(FIRST)
    at("2026-04-02T00:30")
    done = _retention.run(keyring, clock.now())
    assert FIRST not in days_stored()
    assert not keyring.has_day(FIRST)
    with pytest.raises(KeyMissing):
        keyring.day_key(FIRST)
    assert done.error == ""
    assert FIRST in keyring.destroyed()


def test_somebody_known_from_scans_alone_goes_with_their_last_scan_and_others_stay(point, keyring, at):
    at("2026-05-04T10:00")
    gone = scanned("0912600002", point, keyring)
    again = scanned("0912600003", point, keyring)
    owner = scanned("0912600004", point, keyring)
    officer = officer_with("province_health_officer")
    known = actions.register_person(Identity(name="Mẫu", phone="0912600005"), None, by=officer, now=clock.now()).pk
    carries = scanned("0912600006", point, keyring)
    actions.issue_pass(Person.objects.get(pk=carries), now=clock.now())
    Place.objects.filter(pk=point.place_id).update(owner_id=owner)
    at("2026-05-20T10:00")
    scanned("0912600003", point, keyring)
    at("2026-06-10T00:30")
    done = _retention.run(keyring, clock.now())
    living = set(Person.objects.filter(tombstoned_at__isnull=True).values_list("pk", flat=True))
    assert gone not in living
    assert {again, owner, known, carries} <= living
    assert done.people_erased >= 1
    assert find_by_phone("0912600002") == []
    assert find_by_phone("0912600003") == [again]


def run_cut_off(keyring, monkeypatch) -> None:
    """A run that loses the database between the keys of expired days and their rows."""

    def cut_off(*_: object, **__: object) -> list[date]:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr("dauchan.visits.partitions.drop_partitions_before", cut_off)
        with pytest.raises(ConnectionError):
            _retention.run(keyring, clock.now())


def test_a_run_that_was_cut_off_is_ended_by_the_next(point, keyring, at, monkeypatch):
    at("2026-07-01T10:00")
    scanned("0912600010", point, keyring)
    day = clock.local_day(clock.now())
    at("2026-08-05T00:30")
    run_cut_off(keyring, monkeypatch)
    assert not keyring.has_day(day), "the key goes first: what is left is noise"
    assert day in days_stored()
    status = retention.status(keyring, clock.now())
    assert status.last_run is not None
    assert status.last_run.error == "ConnectionError"
    assert _retention.run(keyring, clock.now()).error == ""
    assert day not in days_stored()


def test_an_alarm_is_raised_when_nothing_succeeds_for_a_day_and_a_half(database, keyring, at):
    at("2026-08-10T01:00")
    _retention.run(keyring, clock.now())
    assert not retention.status(keyring, clock.now()).overdue
    assert browser().get("/healthz").json()["retention"] is True
    at.tick(hours=37)
    assert retention.status(keyring, clock.now()).overdue
    assert browser().get("/healthz").json()["retention"] is False
    assert retention.is_due(keyring, clock.now())
    said = CliRunner().invoke(main, ["doctor", "--data-dir", str(database.data_dir)])
    assert "What has expired is not destroyed" in said.output
    _retention.run(keyring, clock.now())
    assert not retention.status(keyring, clock.now()).overdue
    assert not retention.is_due(keyring, clock.now())


def test_the_command_runs_it_and_says_how_it_stands(database, keyring, at):
    at("2026-08-13T01:00")
    ran = CliRunner().invoke(main, ["retention", "--data-dir", str(database.data_dir), "run"])
    assert ran.exit_code == 0, ran.output
    assert "days destroyed" in ran.output
    status = CliRunner().invoke(main, ["retention", "--data-dir", str(database.data_dir), "status"])
    assert status.exit_code == 0, status.output
    assert "kept:              30 days besides today, from 2026-07-14" in status.output
    at.tick(days=3)
    late = CliRunner().invoke(main, ["retention", "--data-dir", str(database.data_dir), "status"])
    assert (late.exit_code, "OVERDUE" in late.output) == (1, True)


@pytest.fixture
def restored() -> Iterator[None]:
    """Rows of a day as an older backup has them, in a table of their own."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists scan_of_an_older_backup")


def test_rows_of_an_older_backup_say_nothing_once_their_day_is_gone(point, keyring, at, restored):
    at("2026-09-01T10:00")
    person, other = scanned("0912600020", point, keyring), scanned("0912600021", point, keyring)
    day = clock.local_day(clock.now())
    with connection.cursor() as cursor:
        cursor.execute("create table scan_of_an_older_backup as select * from visits_scan where day = %s", [day])
    assert unseal(keyring.day_key(day), token_of(day, keyring, person)) == person, "before, the key opens it"
    at("2026-10-02T00:30")
    _retention.run(keyring, clock.now())
    with pytest.raises(KeyMissing):
        keyring.day_key(day)
    with connection.cursor() as cursor:
        cursor.execute("select token, proxy_token, group_token from scan_of_an_older_backup")
        tokens = {bytes(value) for row in cursor.fetchall() for value in row if value}
    later = [keyring.day_key(each) for each in keyring.days()]
    for someone in (person, other):
        assert someone.bytes not in tokens
        assert not tokens & {seal(key, someone) for key in later}


def token_of(day: date, keyring, person: UUID) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("select token from scan_of_an_older_backup where day = %s", [day])
        tokens = [bytes(token) for (token,) in cursor.fetchall()]
    return next(token for token in tokens if unseal(keyring.day_key(day), token) == person)


def test_an_expired_person_does_not_come_back_with_an_older_backup(point, keyring, at):
    at("2026-10-10T10:00")
    person = scanned("0912600030", point, keyring)
    with connection.cursor() as cursor:
        cursor.execute("select person_id, kek, wrapped from keystore.person_key where person_id = %s", [person])
        kept = cursor.fetchone()
    at("2026-11-20T00:30")
    _retention.run(keyring, clock.now())
    with connection.cursor() as cursor:
        cursor.execute("insert into keystore.person_key (person_id, kek, wrapped) values (%s, %s, %s)", kept)
    Person.objects.filter(pk=person).update(tombstoned_at=None)
    assert erasing.replay_tombstones(now=clock.now()) == 1
    assert not Person.objects.filter(pk=person, tombstoned_at__isnull=True).exists()


def test_a_shorter_retention_is_told_where_data_is_collected(monkeypatch, settings_retention):
    assert "lượt đến được lưu 14 ngày" in browser().get("/vao").content.decode()


@pytest.fixture
def settings_retention(monkeypatch):
    from dataclasses import replace

    from django.conf import settings

    monkeypatch.setattr(settings, "INSTALLATION", replace(settings.INSTALLATION, retention_days=14))


@pytest.mark.parametrize("days", ["7", "0", "-1", "366", "x"])
def test_a_retention_outside_its_bounds_does_not_start(days, monkeypatch):
    from dauchan import config

    monkeypatch.setenv("DAUCHAN_RETENTION_DAYS", days)
    with pytest.raises(ValueError, match=r"retention_days|invalid literal"):
        config.load()


def test_the_days_of_a_shorter_retention_are_destroyed_by_the_next_run(point, keyring, at, monkeypatch):
    at("2026-12-01T10:00")
    scanned("0912600040", point, keyring)
    day = clock.local_day(clock.now())
    at.tick(days=10)
    _retention.run(keyring, clock.now())
    assert keyring.has_day(day)
    monkeypatch.setenv("DAUCHAN_RETENTION_DAYS", "8")
    assert day + timedelta(days=8) < clock.local_day(clock.now())
    _retention.run(keyring, clock.now())
    assert not keyring.has_day(day)


def test_no_two_runs_work_at_once(database, keyring, at):
    at("2027-01-10T00:30")
    with psycopg.connect(database.dsn) as other:
        other.execute("select pg_advisory_lock(%s)", [retention.RUN_LOCK])
        with pytest.raises(retention.AlreadyRunning):
            _retention.run(keyring, clock.now())
        other.execute("select pg_advisory_unlock(%s)", [retention.RUN_LOCK])  # closing does so a moment later
        assert _retention.run(keyring, clock.now()).error == ""


def test_a_part_that_fails_keeps_no_other_from_its_work_and_the_run_counts_as_failed(point, keyring, at, monkeypatch):
    at("2027-01-12T10:00")
    gone = scanned("0912600060", point, keyring)
    at("2027-02-20T00:30")
    run_cut_off(keyring, monkeypatch)
    assert not Person.objects.filter(pk=gone, tombstoned_at__isnull=True).exists()
    assert retention.is_due(keyring, clock.now()), "it is tried again"


def test_whoever_is_scanned_while_people_are_erased_is_asked_for_again_under_the_lock(point, keyring, at):
    at("2027-03-01T10:00")
    person = scanned("0912600061", point, keyring)
    at("2027-04-10T00:30")
    asked: list[list[UUID]] = []

    def seen_again(people: Sequence[UUID]) -> set[UUID]:
        asked.append(list(people))
        return set(people)

    assert erasing.erase_expired([person], seen_again, now=clock.now()) == 0
    assert asked == [[person]]
    assert Person.objects.filter(pk=person, tombstoned_at__isnull=True).exists()


def test_who_answered_for_somebody_or_waits_for_an_officer_is_still_needed(point, keyring, at):
    at("2027-05-03T10:00")
    proxy, waiting = scanned("0912600062", point, keyring), scanned("0912600063", point, keyring)
    at("2027-05-25T10:00")
    child = scanned("0912600064", point, keyring)
    now, day = clock.now(), clock.local_day(clock.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "update visits_scan set proxy_token = %s where day = %s and token = %s",
            [seal(keyring.day_key(day), proxy), day, seal(keyring.day_key(day), child)],
        )
    kept = PageScan(ids.random_uuid7(now), waiting, point.pk, Direction.IN, Confidence.TYPED)
    recording.keep(kept, "burst", keyring=keyring, now=now)
    at("2027-06-12T00:30")
    assert retention.seen_among([proxy, waiting, child], keyring) == {proxy, waiting, child}
    _retention.run(keyring, clock.now())
    assert Person.objects.filter(pk__in=[proxy, waiting, child], tombstoned_at__isnull=True).count() == 3


def test_a_line_that_an_end_left_unwritten_beside_the_keyring_is_written_by_the_next_run(point, keyring, at):
    at("2027-07-01T10:00")
    _retention.run(keyring, clock.now())
    person = scanned("0912600065", point, keyring)
    keystore.destroy_keys([person], clock.now())
    written = keyring.path / keystore.TOMBSTONES_FILE
    assert str(person) not in written.read_text("ascii")
    at("2027-07-02T00:30")
    _retention.run(keyring, clock.now())
    assert written.read_text("ascii").split().count(str(person)) == 1


def test_days_that_a_backup_brought_back_are_due_at_once(point, keyring, at):
    at("2027-08-01T10:00")
    _retention.run(keyring, clock.now())
    assert not retention.is_due(keyring, clock.now())
    expired = clock.local_day(clock.now()) - timedelta(days=40)
    with connection.cursor() as cursor:
        cursor.execute(f"create table visits_scan_{expired:%Y%m%d} (like visits_scan)")
    assert retention.is_due(keyring, clock.now())
    _retention.run(keyring, clock.now())
    assert not retention.is_due(keyring, clock.now())


def test_two_parts_that_fail_are_both_told(keyring, at, monkeypatch):
    at("2027-09-01T10:00")

    def broken() -> None:
        raise ValueError

    monkeypatch.setattr(keystore, "vacuum", broken)
    monkeypatch.setattr(retention, "vacuum", broken)
    with pytest.raises(ExceptionGroup):
        _retention.run(keyring, clock.now())
    last = retention.status(keyring, clock.now()).last_run
    assert last is not None
    assert last.error == "ValueError, ValueError"
