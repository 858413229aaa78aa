"""A document goes out to 500 agencies once each, also when the worker is killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date

import pytest
from support.keeper import ROOT
from support.killed import missed
from support.officers import officer_with
from support.scene import two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer, Role
from dauchan.directives import writing
from dauchan.directives.models import Recipient
from dauchan.kernel import clock
from dauchan.notify.models import Message
from dauchan.units.models import Agency

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")
AGENCIES = 500
TAKEN_UP_AGAIN = 240
"""Seconds: a silent worker counts as dead after 30, the queue looks once a minute, and test machines are slow."""


def wait_until(done: Callable[[], bool], seconds: float, pause: float = 0.02) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it took too long"
        time.sleep(pause)


def agencies(unit: object) -> list[Agency]:
    rows = [
        Agency(name=f"Cơ quan {n}", kind="other", unit=unit, valid_from=date(2025, 7, 1), search_key=f"co quan {n}")
        for n in range(AGENCIES)
    ]
    return Agency.objects.bulk_create(rows)


def an_officer_each(told: list[Agency]) -> None:
    now = clock.now()
    officers = [Officer(email=f"dau.moi.{agency.pk}@dauchan.test", name="Mẫu", created_at=now) for agency in told]
    made = Officer.objects.bulk_create(officers)
    roles = [
        Role(
            officer=officer,
            role="focal_officer",
            scope_kind="agency",
            scope_id=str(agency.pk),
            valid_from=clock.local_day(now),
            granted_at=now,
        )
        for officer, agency in zip(made, told, strict=True)
    ]
    Role.objects.bulk_create(roles)


def worker(database) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, **database.environment, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-m", "dauchan", "worker"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_each_of_500_agencies_is_told_once_when_the_worker_is_killed_in_the_middle(database, request):
    unit = two_communes().here
    told, now = agencies(unit), clock.now()
    an_officer_each(told)
    by = officer_with("rollout_manager", Scope("unit", str(unit.pk)))
    issuer = Agency.objects.create(
        name="Phòng Phát hành", kind="department", unit=unit, valid_from=date(2025, 7, 1), search_key="phong phat hanh"
    )
    today = clock.local_day(now)
    words = writing.Words("letter", "PPH", "Gia Nghĩa", "gửi năm trăm nơi", number="1", dated=today)
    made = writing.draft(issuer, words, by=by, now=now)
    assert writing.address(made.pk, writing.Group("execute", "Các cơ quan", kind="other"), by=by, now=now) == AGENCIES
    writing.add_order(made.pk, writing.Wanted("Đăng ký", today), by=by, now=now)
    writing.send(made.pk, by=by, now=now)
    done = Recipient.objects.filter(directive=made, notified_at__isnull=False)

    first = worker(database)
    wait_until(lambda: done.count() > 0, 120)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    in_the_middle = done.count()
    assert 0 < in_the_middle < AGENCIES
    if not request.config.getoption("--long"):  # else the queue itself misses it, in its own time
        missed()

    second = worker(database)
    try:
        wait_until(lambda: done.count() == AGENCIES, TAKEN_UP_AGAIN, pause=0.5)
    finally:
        os.killpg(second.pid, signal.SIGTERM)
        second.wait(60)
    assert Message.objects.filter(purpose="directive").count() == AGENCIES
    assert set(done.values_list("notified", flat=True)) == {1}
