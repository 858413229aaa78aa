"""How officers come in, what they may do, and how they are shut out: through the pages."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from support.officers import PASSWORD, add_second_factor, browser, code_now, officer_with, signed_in

from dauchan.accounts import actions, invitations, links, queries, rules
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Officer, OneTimeLink, Role
from dauchan.kernel import clock
from dauchan.kernel.errors import NotPermitted
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
DESK = "/ban-lam-viec"
SET_UP = "/tai-khoan"


@pytest.fixture
def no_limits(database):
    """Every test starts with fresh counters of attempts."""
    with connection.cursor() as cursor:
        cursor.execute("delete from accounts_counter")


def sign_in(client: Client, officer: Officer, password: str = PASSWORD):
    return client.post("/dang-nhap", {"login": officer.email, "password": password})


def test_a_fresh_installation_has_no_account_and_one_link_to_make_the_first(database, no_limits):
    assert Officer.objects.count() == 0
    first = invitations.bootstrap_link("http://dauchan.test", clock.now())
    link = invitations.bootstrap_link("http://dauchan.test", clock.now())
    assert link is not None
    client = browser()
    assert client.get(first.removeprefix("http://dauchan.test")).status_code == 410, "the older link stopped working"
    path = link.removeprefix("http://dauchan.test")
    assert "quản trị viên đầu tiên" in client.get(path).content.decode()
    answer = client.post(
        path, {"name": "Nguyễn An", "email": "An@Dauchan.test", "password": PASSWORD, "again": PASSWORD}
    )
    assert answer.headers["location"] == SET_UP
    assert client.get("/quan-tri").headers["location"] == SET_UP, "nothing else before the second factor"
    page = client.get("/tai-khoan/ung-dung-ma").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page)[1]
    answer = client.post("/tai-khoan/ung-dung-ma", {"code": code_now(secret)})
    assert answer.headers["location"] == "/tai-khoan/ma-du-phong"
    assert client.get("/tai-khoan/ma-du-phong").status_code == 200
    assert client.get("/quan-tri/can-bo").status_code == 200
    assert client.get(path).status_code == 410, "a link opens once"
    assert invitations.bootstrap_link("http://dauchan.test", clock.now()) is None
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored


def test_a_password_alone_does_not_sign_in_and_a_code_does(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD, second_factor=False)
    secret = add_second_factor(officer)
    client = browser()
    assert sign_in(client, officer).headers["location"] == "/dang-nhap/buoc-hai"
    assert client.get(DESK).headers["location"].startswith("/dang-nhap")
    assert client.post("/dang-nhap/buoc-hai", {"code": "000000"}).status_code == 200
    before = client.session.session_key
    assert client.post("/dang-nhap/buoc-hai", {"code": code_now(secret)}).headers["location"] == DESK
    assert client.session.session_key != before, "the session's name changes at sign-in"
    assert client.get(DESK).status_code == 200
    events = set(AuditRow.objects.filter(at__gte=officer.created_at).values_list("event", flat=True))
    assert {"officer.signed_in", "officer.second_factor_failed"} <= events


def test_known_and_unknown_addresses_get_the_same_answer(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD)
    off = officer_with("investigator", password=PASSWORD)
    Officer.objects.filter(pk=off.pk).update(is_active=False)
    said = []
    for email in (officer.email, "nobody.at.all@dauchan.test", off.email):
        page = browser().post("/dang-nhap", {"login": email, "password": "sai mật khẩu rồi"})
        said.append((page.status_code, re.sub(r"value=\"[^\"]*\"", "", page.content.decode())))
    assert said[0] == said[1] == said[2]
    assert "không đúng" in said[0][1]
    page = sign_in(browser(), off)
    assert page.headers["location"] == "/dang-nhap"


def test_guessing_is_stopped_for_all_processes_alike(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD)
    for _ in range(5):
        sign_in(browser(), officer, "sai mật khẩu rồi")
    page = sign_in(browser(), officer)
    assert page.status_code == 200
    assert "Thử quá nhiều lần" in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_counter")
        assert cursor.fetchone()[0] > 0


def test_a_session_holds_nothing_personal(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD, second_factor=False)
    secret = add_second_factor(officer)
    client = browser()
    sign_in(client, officer)
    client.post("/dang-nhap/buoc-hai", {"code": code_now(secret)})
    everything = str([session.get_decoded() for session in Session.objects.all()])
    assert officer.email not in everything
    assert officer.name not in everything


def test_a_session_ends_after_half_an_hour_alone_and_after_a_shift(database, at, no_limits):
    at("2021-08-17T08:00")
    officer = officer_with("investigator")
    client = signed_in(officer)
    for _ in range(35):
        assert client.get(DESK).status_code == 200
        at.tick(minutes=20)
    assert client.get(DESK).status_code == 200
    at.tick(minutes=20)
    assert client.get(DESK).status_code == 302, "twelve hours"
    client = signed_in(officer)
    assert client.get(DESK).status_code == 200
    at.tick(minutes=31)
    assert client.get(DESK).status_code == 302, "half an hour alone"


def test_an_officer_switched_off_is_out_with_the_next_request(database, no_limits):
    boss, officer = officer_with("administrator"), officer_with("investigator")
    clients = [signed_in(officer), signed_in(officer)]
    assert all(client.get(DESK).status_code == 200 for client in clients)
    signed_in(boss).post(f"/quan-tri/can-bo/{officer.pk}/khoa")
    assert all(client.get(DESK).status_code == 302 for client in clients)
    signed_in(boss).post(f"/quan-tri/can-bo/{officer.pk}/mo")
    assert clients[0].get(DESK).status_code == 302, "an old session does not come back to life"


def test_a_role_that_ended_opens_nothing_from_the_next_request(database, no_limits):
    boss, officer = officer_with("administrator"), officer_with("auditor")
    client = signed_in(officer)
    assert client.get("/quan-tri/nhat-ky").status_code == 200
    grant = officer.roles.get()
    signed_in(boss).post(f"/quan-tri/vai-tro/{grant.pk}/ket-thuc", {"officer": officer.pk})
    assert client.get("/quan-tri/nhat-ky").status_code == 403


def test_officers_lose_their_rights_on_the_day_their_unit_is_dissolved(database, no_limits):
    commune = unit_by_code("24611", clock.local_day(clock.now()))
    officer = officer_with("commune_health_officer", Scope("unit", str(commune.pk)))
    last_day = commune.valid_to - timedelta(days=1)
    assert queries.has_permission(officer, "case.view", last_day)
    assert commune.pk in queries.scope_unit_ids(officer, "case.view", last_day)
    assert not queries.has_permission(officer, "case.view", commune.valid_to)
    assert queries.scope_unit_ids(officer, "case.view", commune.valid_to) == []
    with pytest.raises(NotPermitted):
        actions.require(officer, "case.view", on=commune.valid_to)


def test_an_invitation_makes_an_officer_with_the_promised_role(database, no_limits):
    boss = signed_in(officer_with("administrator"))
    page = boss.post(
        "/quan-tri/can-bo/moi",
        {"email": "binh@dauchan.test", "role": "district_health_officer", "scope_kind": "unit", "scope_name": "660"},
    ).content.decode()
    path = re.search(r"/loi-moi/[0-9A-Z]+", page)[0]
    assert path not in boss.get("/quan-tri/can-bo").content.decode(), "shown once"
    client = browser()
    assert client.get(path).status_code == 200
    client.post(path, {"name": "Trần Bình", "password": "ngắn", "again": "ngắn"})
    assert not Officer.objects.filter(email="binh@dauchan.test").exists()
    client.post(path, {"name": "Trần Bình", "password": PASSWORD, "again": PASSWORD})
    grant = Role.objects.get(officer__email="binh@dauchan.test")
    unit = unit_by_code("660", clock.local_day(clock.now()))
    assert (grant.role, grant.scope_kind, grant.scope_id) == ("district_health_officer", "unit", str(unit.pk))
    assert browser().get(path).status_code == 410


def test_a_link_dies_by_time_and_by_being_revoked(database, at, no_limits):
    boss = officer_with("administrator")
    old = invitations.invite("c@dauchan.test", "auditor", Scope("all"), by=boss, now=clock.now())
    taken_back = invitations.invite("d@dauchan.test", "auditor", Scope("all"), by=boss, now=clock.now())
    link = OneTimeLink.objects.latest("pk")
    signed_in(boss).post(f"/quan-tri/loi-moi/{link.pk}/thu-hoi")
    assert browser().get(taken_back).status_code == 410
    assert browser().get(old).status_code == 200
    at.tick(hours=24)
    assert browser().get(old).status_code == 410


def test_an_administrator_of_a_district_manages_nobody_outside(database, no_limits):
    today = clock.local_day(clock.now())
    inside, outside = unit_by_code("660", today), unit_by_code("661", today)
    boss = officer_with("administrator", Scope("unit", str(inside.pk)))
    stranger = officer_with("investigator", Scope("unit", str(outside.pk)))
    everywhere = officer_with("investigator")
    colleague = officer_with("investigator", Scope("unit", str(inside.pk)))
    client = signed_in(boss)
    listed = client.get("/quan-tri/can-bo").content.decode()
    assert [who.email in listed for who in (colleague, stranger, everywhere)] == [True, False, False]
    assert client.get(f"/quan-tri/can-bo/{stranger.pk}").status_code == 404
    assert client.post(f"/quan-tri/can-bo/{everywhere.pk}/khoa").status_code == 404
    answer = client.post(
        "/quan-tri/can-bo/moi",
        {"email": "e@dauchan.test", "role": "investigator", "scope_kind": "unit", "scope_name": "661"},
    )
    assert "không có quyền" in answer.content.decode()
    assert not OneTimeLink.objects.filter(email="e@dauchan.test").exists()


def test_nobody_grants_themselves_a_role_and_the_last_administrator_stays(database, no_limits):
    boss = officer_with("administrator")
    with pytest.raises(rules.NotForYourself):
        actions.grant_role(boss, "province_health_officer", Scope("all"), by=boss, now=clock.now())
    with pytest.raises(rules.NotForYourself):
        actions.switch_off(boss, by=boss, now=clock.now())
    others = Officer.objects.filter(roles__role="administrator", roles__scope_kind="all").exclude(pk=boss.pk)
    others.update(is_active=False)
    second = officer_with("administrator")
    Officer.objects.filter(pk=boss.pk).update(is_active=False)
    boss.refresh_from_db()
    third = officer_with("administrator")
    actions.switch_off(third, by=second, now=clock.now())
    assert queries.installation_has_administrator(clock.local_day(clock.now()))


def test_a_reset_link_gives_a_new_password_and_keeps_the_second_factor(database, no_limits):
    boss, officer = officer_with("administrator"), officer_with("investigator", password=PASSWORD)
    client = signed_in(officer)
    page = signed_in(boss).post(f"/quan-tri/can-bo/{officer.pk}/dat-lai").content.decode()
    path = re.search(r"/loi-moi/[0-9A-Z]+", page)[0]
    fresh = "một câu hoàn toàn khác"
    assert browser().post(path, {"password": fresh, "again": fresh}).headers["location"] == "/dang-nhap"
    assert client.get(DESK).status_code == 302, "older sessions end"
    assert Authenticator.objects.filter(user_id=officer.pk).exists()
    client = browser()
    assert sign_in(client, officer, fresh).headers["location"].startswith("/dang-nhap/buoc-hai")


def test_a_credential_is_shown_once_works_until_revoked_and_fits_its_hash_only(database, no_limits):
    boss = signed_in(officer_with("administrator"))
    said = {"kind": "integrator", "name": "Ứng dụng tỉnh", "scopes": ["scans:write"], "expires_on": "2021-12-31"}
    page = boss.post("/quan-tri/ung-dung", said).content.decode()
    token = re.search(r"dc_[0-9A-Z]{8}_[0-9A-Z]{52}", page)[0]
    assert token not in boss.get("/quan-tri/ung-dung").content.decode()
    credential = queries.authenticate_credential(token, clock.now())
    assert credential is not None
    assert credential.allows("scans:write")
    assert not credential.allows("scans:backfill")
    wrong = [
        token[:-1] + ("0" if token[-1] != "0" else "4"),
        token.lower(),
        token[:-1],
        f"{token} ",
        "dc__",
        "x" * 5000,
    ]
    assert [queries.authenticate_credential(text, clock.now()) for text in wrong] == [None] * len(wrong)
    assert queries.authenticate_credential(token, clock.now() + timedelta(days=400)) is None
    assert credential.pk in {row.id for row in queries.credentials_for_gateway(clock.now())}
    boss.post(f"/quan-tri/ung-dung/{credential.pk}/thu-hoi")
    assert queries.authenticate_credential(token, clock.now()) is None
    assert credential.pk not in {row.id for row in queries.credentials_for_gateway(clock.now())}


def test_gateways_hear_of_a_credential_at_once(database, no_limits):
    import psycopg

    with psycopg.connect(database.dsn, autocommit=True) as listener:
        listener.execute("listen dauchan_gateway")
        boss = officer_with("administrator")
        made, _ = actions.create_credential(
            kind="gate",
            name="Cổng",
            scopes=["scans:write"],
            place_id=1,
            expires_at=clock.now() + timedelta(days=1),
            by=boss,
            now=clock.now(),
        )
        actions.revoke_credential(made.pk, by=boss, now=clock.now())
        heard = [notice.payload for notice in listener.notifies(timeout=5, stop_after=2)]
    assert heard == ["credentials", "credentials"]


def test_another_browser_without_the_second_factor_is_signed_out_when_it_is_added(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD, second_factor=False)
    thief, owner = browser(), browser()
    sign_in(thief, officer)
    sign_in(owner, officer)
    confirm = owner.get("/tai-khoan/ung-dung-ma").headers["location"]
    assert confirm.startswith("/tai-khoan/xac-nhan/mat-khau"), "a session found open adds nothing without the password"
    page = owner.post(confirm, {"password": PASSWORD}, follow=True).content.decode()
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page)[1]
    owner.post("/tai-khoan/ung-dung-ma", {"code": code_now(secret)})
    assert owner.get(DESK).status_code == 200
    assert thief.get(DESK).headers["location"].startswith("/dang-nhap")


def test_the_time_to_refuse_says_nothing_about_an_address(database, no_limits):
    officer = officer_with("investigator", password=PASSWORD)
    from django.contrib.auth import authenticate

    took: dict[str, list[float]] = {officer.email: [], "nobody@dauchan.test": []}
    for _ in range(5):
        for email, times in took.items():
            started = time.perf_counter()
            authenticate(None, email=email, password="sai mật khẩu rồi")
            times.append(time.perf_counter() - started)
    known, unknown = (sorted(times)[2] for times in took.values())
    assert 0.5 < known / unknown < 2


def test_the_lists_of_the_administration_show_every_kind_of_link_and_act(database, no_limits):
    boss = signed_in(officer_with("administrator"))
    for kind in ("administrator", "invitation", "reset", "try_out"):
        links.make_link(kind, by=None, now=clock.now())
    assert "Vào bản chạy thử" in boss.get("/quan-tri/can-bo").content.decode()
    found = boss.post("/quan-tri/can-bo", {"q": "ADMINISTRATOR"})
    assert found.status_code == 200
    log = signed_in(officer_with("auditor"))
    page = log.get("/quan-tri/nhat-ky?event=role.granted").content.decode()
    assert "Giao vai trò" in page
    assert "role: auditor" in page
    assert log.get("/quan-tri/nhat-ky?before=x&officer=y").status_code == 200
