"""Whoever has the database and no key can't tell that somebody of one day is somebody of another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from support.officers import officer_with
from support.town import Town, build

from dauchan.kernel import clock
from dauchan.visits.review import decide_kept

CLOCK = "2026-11-20T12:00+07:00"
PERSONAL = ("token", "body_hash", "group_token", "proxy_token", "received_at")
"""Everything in a scan's row that comes from its person or its sending, not from its place."""


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def rows(*scans: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(PERSONAL)} from visits_scan where id = any(%s::uuid[]) order by day",
            [[scan["id"] for scan in scans]],
        )
        return cursor.fetchall()


def test_one_familys_same_way_on_three_days_leaves_nothing_equal_but_the_place(town):
    family = {"group": str(uuid4()), "proxy": {"kind": "pass", "code": town.passes["ben"]}}
    days = [town.scan("ana", "market", clock.now() - timedelta(days=back, minutes=5), **family) for back in (3, 2, 1)]
    assert town.statuses(*days) == ["accepted"] * 3
    for column, values in zip(PERSONAL[:-1], zip(*rows(*days), strict=True), strict=False):
        assert None not in values, column
        assert len({bytes(value) for value in values}) == 3, column


def test_what_was_sent_late_says_the_hour_of_its_receipt_only(town):
    late, fresh = (town.scan("ana", "market", clock.now() - timedelta(hours=back)) for back in (30, 1))
    assert town.statuses(late, fresh) == ["accepted"] * 2
    (*_, at_hour), (*_, exactly) = rows(late, fresh)
    assert at_hour == at_hour.replace(minute=0, second=0, microsecond=0) <= exactly != at_hour


def test_a_group_of_one_day_stays_a_group(town):
    family = {"group": str(uuid4())}
    together = [town.scan(who, "market", clock.now() - timedelta(minutes=9), **family) for who in ("ana", "chi")]
    assert town.statuses(*together) == ["accepted"] * 2
    first, second = (bytes(row[2]) for row in rows(*together))
    assert first == second


@pytest.mark.parametrize("accept", [True, False])
def test_a_kept_scan_once_decided_says_no_more_whose_it_was(town, accept):
    scan = town.scan("ana", "market", clock.now() - timedelta(days=9), group=str(uuid4()))
    assert town.statuses(scan, token=town.gate_token) == ["kept backlog"]
    reviewer = officer_with("province_health_officer")
    decide_kept(
        [scan["id"]], accept=accept, reason="đã hỏi", by=reviewer, keyring=town.database.keyring, now=clock.now()
    )
    with connection.cursor() as cursor:
        cursor.execute("select token, group_token, proxy_token from visits_kept where id = %s", [scan["id"]])
        assert cursor.fetchone() == (None, None, None)
    assert town.statuses(scan, token=town.gate_token) == ["duplicate"]
