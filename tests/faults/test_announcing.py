"""A document goes out once to each, also when the worker is killed in the middle or no more SMS may go out for now."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from support.keeper import ROOT
from support.killed import missed
from support.officers import officer_with
from support.scene import two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer, Role
from dauchan.directives import announcing, writing
from dauchan.directives.models import Directive, Recipient
from dauchan.kernel import clock
from dauchan.notify import actions as notify
from dauchan.notify.budgets import Budget
from dauchan.notify.models import Message
from dauchan.units.models import Agency, Unit

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


def letter_to(kind: str, unit: Unit, *more: str) -> Directive:
    """A document sent to all agencies of a kind, then of others, in the unit."""
    now, today = clock.now(), clock.local_day(clock.now())
    by = officer_with("rollout_manager", Scope("unit", str(unit.pk)))
    issuer = Agency.objects.create(
        name=f"Phòng {kind}", kind="department", unit=unit, valid_from=date(2025, 7, 1), search_key=f"phong {kind}"
    )
    words = writing.Words("letter", "PPH", "Gia Nghĩa", "gửi mọi nơi", number="1", dated=today)
    made = writing.draft(issuer, words, by=by, now=now)
    for each in (kind, *more):
        writing.address(made.pk, writing.Group("execute", "Các cơ quan", kind=each), by=by, now=now)
    writing.add_order(made.pk, writing.Wanted("Đăng ký", today), by=by, now=now)
    return writing.send(made.pk, by=by, now=now)


def test_each_of_500_agencies_is_told_once_when_the_worker_is_killed_in_the_middle(database, request):
    unit = two_communes().here
    an_officer_each(agencies(unit))
    made = letter_to("other", unit)
    assert made.recipients.count() == AGENCIES
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


FULL_BLOCK = "0911222"
PHONES = (("0977333001",), ("0977333002", f"{FULL_BLOCK}001"), (f"{FULL_BLOCK}002",), ("0977333003",))
"""The officers' numbers of each agency, in the order in which they are told."""


def sms_sent() -> list[str]:
    found = [notify.opened(message) for message in Message.objects.filter(purpose="directive", channel="sms")]
    return sorted(envelope.to for envelope in found if envelope)


def test_an_agency_that_must_wait_for_sms_is_told_whole_and_once_later_and_keeps_nobody_waiting(database, monkeypatch):
    monkeypatch.setattr(announcing, "can_mail", lambda: False)  # an installation without e-mail
    unit, now = two_communes().here, clock.now()
    for number, phones in enumerate(PHONES):
        key = f"truong {number}"
        agency = Agency.objects.create(
            name=f"Trường {number}", kind="public_service", unit=unit, valid_from=date(2025, 7, 1), search_key=key
        )
        for phone in phones:
            officer = officer_with("focal_officer", Scope("agency", str(agency.pk)))
            Officer.objects.filter(pk=officer.pk).update(phone=phone)
    made = letter_to("public_service", unit)
    while notify.BLOCK.take(FULL_BLOCK, now=now):
        pass
    left = notify.EVERYBODY.left(now=now)
    with pytest.raises(notify.SmsBudgetSpent):
        announcing.announce(made.pk, now=now)
    assert sms_sent() == ["0977333001", "0977333003"]
    assert notify.EVERYBODY.left(now=now) == left - 2  # what wasn't sent was given back
    assert announcing.announce(made.pk, now=now + timedelta(hours=1)) == 2
    assert sms_sent() == sorted(phone for phones in PHONES for phone in phones)


def test_an_agency_with_more_numbers_in_one_block_than_an_hour_takes_is_told_by_as_many_as_that(database, monkeypatch):
    monkeypatch.setattr(announcing, "can_mail", lambda: False)
    unit, now = two_communes().here, clock.now()
    agency = Agency.objects.create(
        name="Sở đông người", kind="party_board", unit=unit, valid_from=date(2025, 7, 1), search_key="so dong nguoi"
    )
    officers = [officer_with("focal_officer", Scope("agency", str(agency.pk))) for _ in range(23)]
    for number, officer in enumerate(officers):
        Officer.objects.filter(pk=officer.pk).update(phone=f"0966555{number:03}")
    assert announcing.announce(letter_to("party_board", unit).pk, now=now) == 1
    assert len([phone for phone in sms_sent() if phone.startswith("0966555")]) == announcing.MOST_TEXTS


def test_agencies_that_somebody_else_holds_meanwhile_are_told_by_a_later_run(database):
    unit, now = two_communes().here, clock.now()
    for number in range(30):
        key = f"chi nhanh {number}"
        Agency.objects.create(name=key, kind="enterprise", unit=unit, valid_from=date(2025, 7, 1), search_key=key)
    made = letter_to("enterprise", unit)

    def announced() -> None:
        try:
            with pytest.raises(notify.SmsBudgetSpent):
                announcing.announce(made.pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        held = made.recipients.select_for_update().order_by("id")[:25]
        assert len(held) == 25
        thread.submit(announced).result()
    assert made.recipients.filter(notified_at__isnull=True).count() == 25
    assert announcing.announce(made.pk, now=now) == 25


def test_two_letters_to_the_same_agencies_in_opposite_order_go_out_at_the_same_time(database, monkeypatch):
    monkeypatch.setattr(announcing, "can_mail", lambda: False)
    unit, now = two_communes().here, clock.now()
    for kind in ("party_office", "newspaper"):
        Agency.objects.create(name=kind, kind=kind, unit=unit, valid_from=date(2025, 7, 1), search_key=kind)
    made = letter_to("party_office", unit, "newspaper"), letter_to("newspaper", unit, "party_office")
    for number, agency in enumerate(row.agency for row in made[0].recipients.all()):
        officer = officer_with("focal_officer", Scope("agency", str(agency.pk)))
        Officer.objects.filter(pk=officer.pk).update(phone=f"097744{number}001")
    both, waited, take = threading.Barrier(2, timeout=3), threading.local(), Budget.take

    def take_and_wait(self: Budget, of: str = "", *, now: datetime, cost: float = 1.0) -> bool:
        taken = take(self, of, now=now, cost=cost)
        if not hasattr(waited, "once"):
            waited.once = True
            both.wait()
        return taken

    def announced(directive: Directive) -> int:
        try:
            return announcing.announce(directive.pk, now=now)
        finally:
            connection.close()

    monkeypatch.setattr(Budget, "take", take_and_wait)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(announced, made)) == [2, 2]
