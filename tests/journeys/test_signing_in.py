"""A citizen's phone is signed in by a one-time code; whoever floods, guesses or sprays codes gets nowhere."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support.citizens import code_sent_to, messages_to
from support.officers import browser, officer_with, signed_in

from dauchan.accounts.actions import create_credential
from dauchan.accounts.models import AuditRow
from dauchan.kernel import clock
from dauchan.kernel.errors import NotPermitted
from dauchan.notify.actions import SmsBudgetSpent, sweep
from dauchan.notify.gateways import NoSms
from dauchan.people import signing_in
from dauchan.people.models import Device, SignInCode
from dauchan.people.queries import find_by_phone, looks_at
from dauchan.people.signing_in import Asker, CodeTooShort, SignedIn, TooManyCodes, WrongCode

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
HERE = Asker("a-secret-of-this-browser", "10.0.0.0/24")


def ask(phone: str, asker: Asker = HERE) -> None:
    signing_in.ask_for_code(phone, asker, language="vi", host="dauchan.test", now=clock.now())


def give(phone: str, code: str, asker: Asker = HERE) -> SignedIn:
    return signing_in.sign_in(phone, code, asker, now=clock.now())


def refused(phone: str, code: str, asker: Asker = HERE) -> type[Exception]:
    with pytest.raises((WrongCode, CodeTooShort)) as caught:
        give(phone, code, asker)
    return caught.type


def other(code: str) -> str:
    """A code that is not this one."""
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


def test_the_right_code_signs_in_once_and_makes_somebody_of_a_new_number():
    ask("0912345001")
    code = code_sent_to("0912345001")
    signed_in = give("0912 345 001", f" {code[:3]} {code[3:]} ")
    assert find_by_phone("0912345001") == [signed_in.device.person_id]
    assert signing_in.device_of(signed_in.secret, clock.now()) == signed_in.device
    assert refused("0912345001", code) is WrongCode


def test_a_code_is_good_in_the_browser_that_asked_and_nowhere_else():
    ask("0912345002")
    code = code_sent_to("0912345002")
    assert refused("0912345002", code, Asker("another-browser", HERE.network)) is WrongCode
    assert refused("0912345999", code) is WrongCode
    assert give("0912345002", code)


def test_after_five_tries_even_the_right_code_is_refused():
    ask("0912345003")
    code = code_sent_to("0912345003")
    for _ in range(5):
        refused("0912345003", other(code))
    assert refused("0912345003", code) is WrongCode
    assert SignInCode.objects.get(phone_hash=signing_in._phone_hashes("0912345003")[0]).tries == 5


def test_a_hundred_guesses_at_once_are_five_tries():
    ask("0912345004")
    code = int(code_sent_to("0912345004"))
    guesses = [str((code + 1 + step) % 1_000_000).zfill(6) for step in range(99)]

    def guess(text: str) -> bool:
        try:
            give("0912345004", text)
        except WrongCode:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(guess, guesses))
    assert SignInCode.objects.get(phone_hash=signing_in._phone_hashes("0912345004")[0]).tries == 5


def test_a_code_ends_after_ten_minutes_and_is_swept(at):
    at("2026-03-02T08:00")
    ask("0912345005")
    code = code_sent_to("0912345005")
    at.tick(minutes=10)
    assert refused("0912345005", code) is WrongCode
    at.tick(seconds=1)
    assert signing_in.sweep(clock.now()) >= 1
    assert not SignInCode.objects.filter(phone_hash=signing_in._phone_hashes("0912345005")[0]).exists()


def test_one_phone_gets_five_codes_an_hour_whoever_asks_from_wherever(at):
    at("2026-03-02T08:00")
    sent = 0
    for number in range(1000):
        at.tick(seconds=3.6)
        try:
            ask("0912345006", Asker(f"browser {number}", f"10.{number // 250}.{number % 250}.0/24"))
            sent += 1
        except TooManyCodes:
            continue
    assert sent <= 5
    assert len(messages_to("0912345006")) <= 5


def test_numbers_beside_one_another_soon_get_no_more_messages_and_others_do(at):
    at("2026-03-02T08:00")
    sent = 0
    for number in range(100):
        try:
            ask(f"0911222{number:03d}", Asker(f"browser {number}", f"10.9.{number}.0/24"))
            sent += 1
        except SmsBudgetSpent:
            continue
    assert sent == 20
    ask("0977333001")
    assert messages_to("0977333001")


def test_a_spray_over_many_numbers_trips_and_legitimate_people_still_get_in(at, monkeypatch):
    at("2026-03-02T08:00")
    monkeypatch.setattr(signing_in, "FAILURES", signing_in.Budget("codes.failed", capacity=40, per_hour=20))
    victims = [f"09{number:08d}" for number in range(10000000, 12000000, 100000)]
    asker = Asker("sprayer", "10.7.0.0/24")
    for phone in victims:
        ask(phone, asker)
    for phone in victims[:8]:
        for guess in range(5):
            refused(phone, other(code_sent_to(phone)) if guess else "000000", asker)
    right = code_sent_to(victims[-1])
    assert refused(victims[-1], right, asker) is CodeTooShort, "six digits are no longer taken, not even the right ones"
    ask("0912345007")
    code = code_sent_to("0912345007")
    assert len(code) == 8
    assert give("0912345007", code)


def statements_of(phone: str) -> list[str]:
    """What the database is asked when somebody asks for a code, without the values."""
    with CaptureQueriesContext(connection) as seen:
        ask(phone)
    return [re.sub(r"'[^']*'|\\\\x[0-9a-f]+|[0-9]+", "?", query["sql"]) for query in seen.captured_queries]


def test_asking_looks_nobody_up_so_known_and_unknown_numbers_are_the_same():
    ask("0912345008")
    give("0912345008", code_sent_to("0912345008"))
    assert statements_of("0912345008") == statements_of("0912345009") != []


def test_nothing_of_number_or_code_stands_in_clear(database):
    ask("0912345010")
    code = code_sent_to("0912345010")
    give("0912345010", code)
    with connection.cursor() as cursor:
        for table in ("people_code", "people_device", "notify_message", "notify_budget", "procrastinate_jobs"):
            cursor.execute(f"select coalesce(string_agg({table}::text, ' '), '') from {table}")
            (text,) = cursor.fetchone()
            for secret in ("0912345010", code, b"0912345010".hex(), code.encode().hex()):
                assert secret not in text, table


def test_a_device_ends_by_date_by_signing_out_and_with_its_person(at):
    at("2026-03-02T08:00")
    ask("0912345011")
    first = give("0912345011", code_sent_to("0912345011"))
    ask("0912345011")
    second = give("0912345011", code_sent_to("0912345011"))
    assert [device.pk for device in signing_in.devices_of(first.device.person_id, clock.now())] == [
        second.device.pk,
        first.device.pk,
    ]
    signing_in.sign_out(first.device, by=second.device, now=clock.now())
    assert signing_in.device_of(first.secret, clock.now()) is None
    assert signing_in.device_of(second.secret, clock.now())
    at.tick(days=181)
    assert signing_in.device_of(second.secret, clock.now()) is None
    signing_in.sweep(clock.now())
    assert not Device.objects.filter(pk=second.device.pk).exists()


def test_a_message_that_could_not_be_sent_in_time_is_emptied(at, monkeypatch):
    from dauchan.notify import actions, gateways
    from dauchan.notify.models import Message, State

    class Away:
        def send(self, phone: str, text: str, *, reference: str) -> str:
            raise gateways.NotNow("away")

    at("2026-03-02T08:00")
    ask("0912345012")
    message = Message.objects.latest("pk")
    monkeypatch.setattr(gateways, "the_gateway", Away)
    assert actions.deliver(message.pk, now=clock.now()) == timedelta(seconds=3)
    assert actions.deliver(message.pk, now=clock.now()) == timedelta(seconds=9)
    at.tick(minutes=11)
    assert actions.deliver(message.pk, now=clock.now()) is None
    message.refresh_from_db()
    assert (message.state, message.sealed, message.tries) == (State.EXPIRED, None, 2)
    at.tick(days=8)
    sweep(clock.now())
    assert not Message.objects.filter(pk=message.pk).exists()


def test_a_code_that_an_officer_speaks_signs_in_any_browser_that_knows_the_number():
    officer = officer_with("commune_health_officer")
    code = signing_in.speak_code("0912345020", by=officer, now=clock.now())
    assert len(code) == 8
    assert refused("0912345021", code) is WrongCode
    assert give("0912345020", code, Asker("whoever", "10.3.0.0/24"))
    assert refused("0912345020", code) is WrongCode
    with pytest.raises(NotPermitted):
        signing_in.speak_code("0912345020", by=officer_with("auditor"), now=clock.now())


def test_a_gate_speaks_a_few_codes_an_hour_and_each_is_written_down(at):
    at("2026-03-02T11:00")
    until = clock.now() + timedelta(days=1)
    gate, token = create_credential(
        kind="gate", name="Cổng", scopes=["scans:write"], expires_at=until, place_id=1, by=None, now=clock.now()
    )
    assert token
    codes = [signing_in.speak_code(f"09123460{number:02d}", by=gate, now=clock.now()) for number in range(10)]
    assert len(set(codes)) == 10
    with pytest.raises(TooManyCodes):
        signing_in.speak_code("0912346099", by=gate, now=clock.now())
    assert AuditRow.objects.filter(event="code.spoken", credential_id=gate.pk).count() == 10


def test_the_desk_gives_a_code_once_the_papers_were_seen():
    desk = signed_in(officer_with("commune_health_officer"))
    assert desk.post("/nguoi-dan/ma-dang-nhap", {"phone": "0912345022"}).status_code == 400
    page = desk.post("/nguoi-dan/ma-dang-nhap", {"phone": "0912345022", "seen": "on"}).content.decode()
    code = page.split('class="join-code"><strong>')[1].split("</strong>")[0]
    citizen = browser()
    answer = citizen.post("/vao", {"phone": "0912345022", "code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/toi")


def test_where_no_message_can_be_sent_a_spoken_code_can_still_be_typed(monkeypatch):
    def nothing(*_: object, **__: object) -> None:
        raise NoSms(seconds=600)

    monkeypatch.setattr(signing_in, "spend_on_sms", nothing)
    page = browser().post("/vao", {"phone": "0912345023"}).content.decode()
    assert "chưa gửi được tin nhắn" in page
    assert 'name="code"' in page


def test_guesses_where_no_code_is_out_spend_nothing_of_everybodys(at):
    at("2026-03-02T12:00")
    before = signing_in.FAILURES.left(now=clock.now())
    for number in range(10):
        assert refused(f"09123470{number:02d}", "123456") is WrongCode
    assert signing_in.FAILURES.left(now=clock.now()) == before
    ask("0912347050")
    refused("0912347050", other(code_sent_to("0912347050")))
    assert signing_in.FAILURES.left(now=clock.now()) == before - 1


def test_whoever_is_known_by_a_number_sees_that_a_code_was_spoken_for_it():
    ask("0912345077")
    known = give("0912345077", code_sent_to("0912345077")).device.person_id
    signing_in.speak_code("0912345077", by=officer_with("commune_health_officer"), now=clock.now())
    assert "code.spoken" in [look.event for look in looks_at(known)]
