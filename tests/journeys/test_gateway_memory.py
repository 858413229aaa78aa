"""What a running gateway holds in memory follows the keyring and the database, and its writers outlive both."""

import asyncio
import time
from datetime import date, timedelta

import msgspec
import psycopg
import pytest
from django.db import connection
from support.town import Town, build, eventually

from dauchan.accounts.actions import create_credential
from dauchan.accounts.models import Credential
from dauchan.kernel import clock, codes
from dauchan.kernel.errors import Unavailable
from dauchan.visits.gateway import wire
from dauchan.visits.gateway.judge import Ready, body_hash, is_same_body, judge
from dauchan.visits.gateway.known import Known
from dauchan.visits.gateway.recorder import Recorder

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def test_a_retry_stays_a_duplicate_after_the_key_of_bodies_was_rotated(town):
    scan = msgspec.convert(town.scan("ana", "market", "08:23"), wire.Scan)
    before = body_hash(scan, Known(town.database.dsn, town.database.keyring, 67, 30))
    town.database.keyring.rotate("body")
    after = Known(town.database.dsn, town.database.keyring, 67, 30)
    assert is_same_body(scan, before, after)
    assert body_hash(scan, after) != before


def test_a_code_opens_nothing_at_a_running_gateway_once_its_key_is_destroyed(town):
    keyring = town.database.keyring
    old = keyring.named("place")
    code = codes.encode_place(codes.PlaceCode(67, town.places["cafe"], town.points["cafe"]), old)
    assert town.statuses({**town.scan("ana", "cafe", "08:30"), "point": code}) == ["accepted"]
    keyring.rotate("place")
    keyring.destroy_named("place", old.id)
    eventually(
        lambda: town.statuses({**town.scan("ana", "cafe", "08:30"), "point": code}) == ["rejected code_unknown_key"],
        seconds=12,
    )


def test_a_running_gateway_follows_a_rotated_key_of_bodies_so_that_the_older_one_can_go(town):
    keyring = town.database.keyring
    old = keyring.named("body")
    assert town.statuses(town.scan("ana", "market", "08:31")) == ["accepted"]
    keyring.rotate("body")
    keyring.destroy_named("body", old.id)

    def retry_is_a_duplicate() -> bool:
        scan = town.scan("ana", "market", "08:32")
        return town.statuses(scan, scan) == ["accepted", "duplicate"]

    eventually(retry_is_a_duplicate, seconds=12)


def test_a_writer_that_finds_neither_a_day_s_key_nor_the_database_answers_and_writes_on(town):
    async def told(recorder: Recorder, scan: Ready) -> object:
        try:
            return (await asyncio.wait_for(recorder.take([scan]), 5))[id(scan)]
        except Unavailable:
            return "send again"

    async def story() -> list[object]:
        known = Known(town.database.dsn, town.database.keyring, 67, 30)
        await known.refresh()
        credential, now = known.credential(town.integrator_token, clock.now()), clock.now()
        scans = [msgspec.convert(town.scan("ana", "market", "08:33"), wire.Scan) for _ in range(8)]
        lost, sound = [
            [judge(scan, credential, known, now, clock.local_day(now)) for scan in half]
            for half in (scans[:4], scans[4:])
        ]
        for scan in lost:
            scan.day = date(2020, 1, 1)  # its key is gone
        recorder = Recorder(town.database.dsn, known)
        writing, answers = asyncio.create_task(recorder.run()), []
        with psycopg.connect(town.database.dsn, autocommit=True) as owner:
            owner.execute("alter table places_point rename to away")  # nothing can be read again
            for scan in lost:  # one more than there are writers
                known._asked_at = float("-inf")
                answers.append(await told(recorder, scan))
            owner.execute("alter table away rename to places_point")
        answers += [await told(recorder, scan) for scan in sound]
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await recorder.close()
        return answers

    assert asyncio.run(story()) == ["send again"] * 4 + ["recorded"] * 4


def test_a_scan_of_a_day_that_should_be_ready_and_is_not_is_to_be_sent_again_not_thrown_away(town):
    today = clock.local_day(clock.now())
    file = town.database.keyring.path / "days" / f"{today}.key"
    away = file.with_name("away")
    file.rename(away)
    try:
        eventually(lambda: town.post(town.scan("ana", "market", "08:24")).status_code == 503, seconds=12)
        answer = town.post(town.scan("ana", "market", "08:24"))
        assert (answer.json()["code"], "retry-after" in answer.headers) == ("unavailable", True)
    finally:
        away.rename(file)
    eventually(lambda: town.post(town.scan("ana", "market", "08:24")).status_code == 200, seconds=12)


def test_a_gateway_whose_reading_failed_once_still_hears_of_a_credential_that_ended(town):
    credential, token = create_credential(
        kind="integrator", name="Ứng dụng khác", scopes=["scans:write"], by=None, now=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    assert town.statuses(town.scan("ana", "market", "08:25"), token=token) == ["accepted"]
    with connection.cursor() as cursor:
        cursor.execute("alter table places_point rename to away")
        cursor.execute("notify dauchan_gateway")
        time.sleep(1)
        cursor.execute("alter table away rename to places_point")
    Credential.objects.filter(pk=credential.pk).update(revoked_at=clock.now())
    eventually(lambda: town.post(town.scan("ana", "market", "08:26"), token=token).status_code == 401, seconds=12)


def test_looking_up_the_ids_of_refused_scans_opens_no_connection_each_time(town):
    def sessions() -> int:
        time.sleep(1.2)  # statistics are written once a second
        with connection.cursor() as cursor:
            cursor.execute("select sessions from pg_stat_database where datname = current_database()")
            return cursor.fetchone()[0]

    bad = {**town.scan("ana", "market", "08:27"), "point": 4_000_000_000}
    before = sessions()
    assert {town.post(bad).status_code for _ in range(20)} == {200}
    assert sessions() - before < 10
