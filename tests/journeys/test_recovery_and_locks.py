"""A lost second factor takes two officers above; a shared computer locks itself and goes on where it was."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from support.citizens import send_messages
from support.officers import PASSWORD, browser, officer_with, signed_in

from dauchan.accounts import recovery, rules
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Recovery
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.notify.queries import on_the_try_out_phone
from dauchan.units.queries import unit_by_code
from dauchan.web.middleware import LOOKS
from dauchan.web.routes import methods_of

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets", "no_limits")
PAGE, DESK = "/quan-tri/khoi-phuc", "/ban-lam-viec"


@pytest.fixture
def no_limits(database):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("delete from accounts_counter")


def scope(code: str) -> Scope:
    return Scope("unit", str(unit_by_code(code, clock.local_day(clock.now())).pk))


def two_above():
    return administrator_since(2), administrator_since(2)


def administrator_since(days: int):
    officer, since = officer_with("administrator", scope("68")), clock.now() - timedelta(days=days)
    officer.roles.update(valid_from=clock.local_day(since), granted_at=since)
    return officer


def asked(by, officer) -> Recovery:
    answer = signed_in(by).post(PAGE, {"email": officer.email, "reason": "mất điện thoại, đã gặp"})
    assert answer.status_code == 302, answer.content.decode()
    return Recovery.objects.get(officer=officer, decided_at=None)


def test_one_asks_another_approves_and_the_officer_is_told():
    officer = officer_with("commune_health_officer", scope("24611"), password=PASSWORD)
    first, second = two_above()
    one = asked(first, officer)
    alone = signed_in(first).post(f"{PAGE}/{one.pk}", {"answer": "approve"})
    assert alone.status_code == 403
    assert "cần hai người" in alone.content.decode()
    assert "đề nghị cấp lại" in signed_in(officer).get("/tai-khoan").content.decode()
    page = signed_in(second).post(f"{PAGE}/{one.pk}", {"answer": "approve"}).content.decode()
    path = re.search(r"/loi-moi/[0-9A-Z]+", page)[0]
    send_messages()
    told = [each.envelope for each in on_the_try_out_phone(clock.now()) if each.envelope.to == officer.email]
    assert len(told) == 2
    fresh = "một câu hoàn toàn mới"
    assert browser().post(path, {"password": fresh, "again": fresh}).headers["location"] == "/tai-khoan"
    assert not Authenticator.objects.filter(user_id=officer.pk).exists()
    assert browser().get(path).status_code == 410
    events = AuditRow.objects.filter(event__startswith="recovery.").values_list("event", flat=True)
    assert {"recovery.asked", "recovery.approved", "recovery.accepted"} <= set(events)


def test_only_those_above_may_and_only_one_question_is_open_at_a_time():
    officer = officer_with("province_health_officer")
    boss = officer_with("administrator", scope("24611"))
    assert "dưới quyền" in signed_in(boss).post(PAGE, {"email": officer.email, "reason": "x"}).content.decode()
    manager, focal = officer_with("rollout_manager", scope("68")), officer_with("focal_officer", scope("24611"))
    first = asked(manager, focal)
    with pytest.raises(recovery.AlreadyAsked):
        recovery.ask(focal.email, "nữa", by=officer_with("administrator"), now=clock.now())
    with pytest.raises(NotFound):
        recovery.decide(first.pk, approve=True, by=boss_elsewhere(), now=clock.now())
    with pytest.raises(NotFound):
        recovery.ask(officer.email, "leo thang", by=manager, now=clock.now())
    with pytest.raises(rules.RecoveryNeedsTwo):
        recovery.decide(first.pk, approve=True, by=focal, now=clock.now())


def test_nobody_names_an_accomplice_and_approves_with_their_account():
    officer = officer_with("commune_health_officer", scope("24611"))
    one = asked(administrator_since(2), officer)
    page = signed_in(administrator_since(1)).post(f"{PAGE}/{one.pk}", {"answer": "approve"})
    assert page.status_code == 403
    assert "ít nhất 2 ngày" in page.content.decode()
    assert recovery.decide(one.pk, approve=True, by=administrator_since(2), now=clock.now())


def test_two_days_are_forty_eight_hours(at):
    at("2026-03-02T23:30")
    officer, late = officer_with("commune_health_officer", scope("24611")), administrator_since(0)
    at("2026-03-04T00:30")
    one = asked(administrator_since(3), officer)
    for moment in ("2026-03-04T00:30", "2026-03-04T23:29"):
        at(moment)
        with pytest.raises(rules.RecoveryTooNew):
            recovery.decide(one.pk, approve=True, by=late, now=clock.now())
    at("2026-03-04T23:30")
    assert recovery.decide(one.pk, approve=True, by=late, now=clock.now())


def boss_elsewhere():
    return officer_with("administrator", scope("24617"))


def test_the_officer_refuses_what_they_did_not_ask_for(at):
    at("2026-03-02T09:00")
    officer = officer_with("commune_health_officer", scope("24611"))
    one = asked(two_above()[0], officer)
    assert signed_in(officer).post(f"{PAGE}/{one.pk}", {"answer": "refuse", "own": "1"}).status_code == 302
    one.refresh_from_db()
    assert one.approved is False


def test_a_question_that_nobody_answers_in_three_days_is_refused_by_itself(at):
    at("2026-03-02T09:00")
    officer = officer_with("commune_health_officer", scope("24611"))
    first, second = two_above()
    one = asked(first, officer)
    at("2026-03-05T09:00")
    with pytest.raises(NotFound):
        recovery.decide(one.pk, approve=True, by=second, now=clock.now())
    assert asked(first, officer).pk != one.pk


def test_an_approved_link_dies_when_one_of_the_two_is_no_longer_above():
    from dauchan.accounts.actions import switch_off

    officer = officer_with("commune_health_officer", scope("24611"), password=PASSWORD)
    first, second = two_above()
    one = asked(first, officer)
    path = recovery.decide(one.pk, approve=True, by=second, now=clock.now())
    switch_off(first, by=officer_with("administrator"), now=clock.now())
    fresh = "một câu của kẻ khác"
    browser().post(path, {"password": fresh, "again": fresh})
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)
    assert Authenticator.objects.filter(user_id=officer.pk).exists()


# --- shared computers -------------------------------------------------------------------------------------------------


def focal():
    return officer_with("focal_officer", scope("24611"), password=PASSWORD, second_factor=False)


def test_a_shared_computer_locks_after_five_minutes_and_a_password_unlocks_it(at):
    at("2026-03-02T09:00")
    officer, client = focal(), browser()
    signs = {"login": officer.email, "password": PASSWORD, "shared": "on"}
    assert client.post("/dang-nhap", signs).status_code == 302
    assert 'id="lock"' in client.get(DESK).content.decode()
    at("2026-03-02T09:05")
    locked = client.get("/trien-khai/co-quan?q=so")
    assert locked.headers["location"].startswith("/tai-khoan/xac-nhan/mat-khau?next=%2Ftrien-khai")
    assert client.get("/tai-khoan/con-day").json() == {"locked": True}
    sent = client.post("/dia-diem/them", {"name": "Chợ"})
    assert sent.status_code == 302, "nothing is done while it is locked"
    assert client.get("/tai-khoan").status_code == 302, "nor is the lock taken off"
    assert client.post("/tai-khoan/may-dung-chung", {"shared": "0"}).status_code == 302
    assert client.get("/tai-khoan/con-day").json() == {"locked": True}
    page = client.post("/tai-khoan/xac-nhan/mat-khau", {"password": "sai"}).content.decode()
    assert "chữ đã gõ vẫn còn" in page
    assert client.get("/tai-khoan/con-day").json() == {"locked": True}
    there = {"password": PASSWORD, "next": "/trien-khai/co-quan"}
    back = client.post("/tai-khoan/xac-nhan/mat-khau", there)
    assert back.headers["location"] == "/trien-khai/co-quan"
    assert client.get("/trien-khai/co-quan").status_code == 200


def test_no_other_door_opens_a_locked_session_without_a_proof(at):
    at("2026-03-02T09:00")
    officer, client = focal(), browser()
    client.post("/dang-nhap", {"login": officer.email, "password": PASSWORD, "shared": "on"})
    at("2026-03-02T09:05")
    others = focal()
    session = client.cookies["sessionid"].value
    for path, sent in (
        ("/dang-nhap/khoa-thiet-bi", {}),
        ("/dang-nhap/khoa-thiet-bi", {"credential": "{}"}),
        ("/dang-nhap", {"login": officer.email, "password": PASSWORD}),
        ("/dang-nhap", {"login": others.email, "password": PASSWORD}),
        ("/dang-nhap/buoc-hai", {"code": "123456"}),
        ("/ngon-ngu", {"language": "en", "next": DESK}),
        ("/loi-moi", {"code": "ABCD-EFGH-JKLM-NPQR"}),
        ("/tai-khoan/may-dung-chung", {"shared": "0"}),
        ("/tai-khoan/con-day", {}),
        ("/tai-khoan/xac-nhan/ma", {"code": "123456"}),
    ):
        assert client.post(path, sent).status_code < 500, path
        assert client.post("/tai-khoan/con-day").json() == {"locked": True}, path
        assert client.get(DESK).status_code == 302, path
    assert client.cookies["sessionid"].value == session
    client.post("/tai-khoan/xac-nhan/mat-khau", {"password": PASSWORD})
    assert client.get(DESK).status_code == 200
    at("2026-03-02T09:10")
    assert client.get("/tai-khoan/con-day").json() == {"locked": True}, "others still use this computer"
    client.post("/dang-xuat")
    assert client.get(DESK).headers["location"].startswith("/dang-nhap?")


def test_typing_keeps_a_shared_computer_awake_and_looking_does_not(at):
    at("2026-03-02T09:00")
    officer, client = focal(), browser()
    client.post("/dang-nhap", {"login": officer.email, "password": PASSWORD, "shared": "on"})
    at("2026-03-02T09:04")
    assert client.post("/tai-khoan/con-day").json() == {"locked": False}
    at("2026-03-02T09:08")
    assert client.get("/tai-khoan/con-day").json() == {"locked": False}
    assert client.get(reverse("try-out-phone")).status_code == 200, "a page that renews itself, as a running count does"
    at("2026-03-02T09:09")
    assert client.get("/tai-khoan/con-day").json() == {"locked": True}
    assert all(methods_of(name) for name in LOOKS)


def test_a_page_left_alone_is_covered_when_the_whole_session_was_left_alone_and_on_a_shared_computer_alone(at):
    at("2026-03-02T09:00")
    officer, shared, own = focal(), browser(), browser()
    shared.post("/dang-nhap", {"login": officer.email, "password": PASSWORD, "shared": "on"})
    own.post("/dang-nhap", {"login": officer.email, "password": PASSWORD})
    at("2026-03-02T09:04")
    assert shared.get(DESK).status_code == 200, "somebody works in another page"
    at("2026-03-02T09:08")
    assert shared.get("/tai-khoan/con-day").json() == {"locked": False}, "so the page left alone stays open"
    at("2026-03-02T09:09")
    assert shared.get("/tai-khoan/con-day").json() == {"locked": True}
    assert shared.get("/tai-khoan").status_code == 302
    assert own.get("/tai-khoan/con-day").json() == {"locked": False}


def test_a_computer_of_ones_own_stays_open_for_half_an_hour_and_the_account_page_changes_it(at):
    at("2026-03-02T09:00")
    officer, client = focal(), browser()
    client.post("/dang-nhap", {"login": officer.email, "password": PASSWORD})
    at("2026-03-02T09:20")
    assert client.get(DESK).status_code == 200
    client.post("/tai-khoan/may-dung-chung", {"shared": "1"})
    assert "tự khóa sau 5 phút" in client.get("/tai-khoan").content.decode()
    at("2026-03-02T09:26")
    assert client.get(DESK).status_code == 302
