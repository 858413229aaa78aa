"""What somebody tries who is inside with too few rights, or outside with none: each is refused without a crash."""

import os
import subprocess
import sys
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from support.officers import PASSWORD, browser, officer_with, signed_in

from dauchan.accounts import actions, invitations, queries, rules
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import NotPermitted
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


def district(code: str) -> Scope:
    unit = unit_by_code(code, clock.local_day(clock.now()))
    assert unit is not None
    return Scope("unit", str(unit.pk))


# --- rights wider than one's own --------------------------------------------------------------------------------------


def test_a_district_administrator_cannot_reopen_or_reset_a_switched_off_officer_of_the_province():
    everywhere, boss = officer_with("administrator"), officer_with("administrator", district("660"))
    officer = officer_with("province_health_officer")
    actions.grant_role(officer, "investigator", district("660"), by=everywhere, now=clock.now())
    actions.switch_off(officer, by=everywhere, now=clock.now())
    officer.refresh_from_db()
    for attempt in (actions.switch_on, invitations.reset_link, actions.switch_off):
        with pytest.raises(NotPermitted):
            attempt(officer, by=boss, now=clock.now())


def test_two_administrators_who_shut_each_other_out_at_once_leave_one():
    first, second = officer_with("administrator"), officer_with("administrator")
    others = Officer.objects.filter(roles__role="administrator").exclude(pk__in=[first.pk, second.pk])
    others.update(is_active=False)
    meet, outcomes = threading.Barrier(2, timeout=20), []

    def shuts_out(by, officer):
        try:
            meet.wait()
            actions.switch_off(Officer.objects.get(pk=officer.pk), by=Officer.objects.get(pk=by.pk), now=clock.now())
            outcomes.append("done")
        except (NotPermitted, rules.LastAdministrator):
            outcomes.append("refused")
        finally:
            connection.close()

    both = [threading.Thread(target=shuts_out, args=pair) for pair in ((first, second), (second, first))]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    assert sorted(outcomes) == ["done", "refused"]
    assert queries.installation_has_administrator(clock.local_day(clock.now()))


def test_a_reset_link_dies_when_the_officer_outgrows_who_made_it():
    everywhere, boss = officer_with("administrator"), officer_with("administrator", district("660"))
    officer = officer_with("investigator", district("660"), password=PASSWORD)
    path = invitations.reset_link(officer, by=boss, now=clock.now())
    actions.grant_role(officer, "province_health_officer", Scope("all"), by=everywhere, now=clock.now())
    fresh = "một câu của kẻ khác"
    answer = browser().post(path, {"password": fresh, "again": fresh})
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)
    assert "đã thu hồi" in answer.content.decode()


# --- numbers and letters that no page sends ---------------------------------------------------------------------------

LONG = "9" * 5000
GETS = (
    f"/quan-tri/can-bo?after={LONG}",
    f"/quan-tri/nhat-ky?before={LONG}",
    f"/quan-tri/nhat-ky?officer={LONG}",
    "/quan-tri/nhat-ky?before=99999999999999999999999&officer=99999999999999999999999",
    "/quan-tri/nhat-ky?event=%00",
    f"/don-vi/67?after={LONG}",
    f"/don-vi/67?after={'9' * 30}",
    "/don-vi/%00",
    "/don-vi?q=%00",
    "/don-vi?on=9999-12-31",
    "/don-vi?on=0001-01-01",
    f"/quan-tri/can-bo/{LONG}",
    f"/quan-tri/can-bo/{'9' * 30}",
    "/loi-moi/%00",
    "/vao-thu/-",
    "/api/v1/units?q=%00",
    "/api/v1/units?q=a&on=9999-12-31",
    "/api/v1/units/%00",
)
CREDENTIAL = {"kind": "gate", "name": "Cổng", "scopes": ["scans:write"], "place_id": "1", "expires_on": "2021-12-31"}
POSTS = (
    ("/quan-tri/can-bo", {"after": LONG}),
    ("/quan-tri/can-bo", {"q": "\0"}),
    ("/quan-tri/can-bo", {"q": "%" * 500}),
    ("/quan-tri/vai-tro/1/ket-thuc", {"officer": LONG}),
    ("/quan-tri/ung-dung/%00/thu-hoi", {}),
    ("/quan-tri/ung-dung", {**CREDENTIAL, "place_id": "9" * 30}),
    ("/quan-tri/ung-dung", {**CREDENTIAL, "expires_on": "9999-12-31"}),
    ("/quan-tri/ung-dung", {**CREDENTIAL, "expires_on": "0001-01-01"}),
    (
        "/quan-tri/can-bo/moi",
        {"email": "x@dauchan.test", "role": "auditor", "scope_kind": "place", "scope_name": LONG[:120]},
    ),
    ("/dang-nhap", {"login": "\0", "password": "\0"}),
    ("/dang-nhap?next=//ke-xau.test", {"login": "a@b.c", "password": "x"}),
    ("/ngon-ngu", {"language": "\0", "next": "//ke-xau.test"}),
)


def boss_and_auditor() -> Client:
    officer = officer_with("administrator")
    actions.grant_role(officer, "auditor", Scope("all"), by=None, now=clock.now())
    client = signed_in(officer)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("path", GETS, ids=lambda path: path[:40])
def test_no_address_breaks_a_page(path):
    assert boss_and_auditor().get(path).status_code < 500


@pytest.mark.parametrize(("path", "said"), POSTS, ids=lambda value: str(value)[:40])
def test_no_form_breaks_a_page(path, said):
    assert boss_and_auditor().post(path, said).status_code < 500


# --- from outside -----------------------------------------------------------------------------------------------------


def test_counters_of_attempts_outlive_a_flood_of_other_counters():
    with connection.cursor() as cursor:
        cursor.execute("delete from accounts_counter")
    cache.set("a guessed account", 5, 300)
    for number in range(1000):
        cache.set(f"b{number}", 1, 300)
    assert cache.get("a guessed account") == 5


@pytest.mark.parametrize("target", ["//ke-xau.test", "https://ke-xau.test/", "/\\ke-xau.test", "javascript:alert(1)"])
def test_signing_in_or_changing_the_language_never_leads_to_another_site(target):
    officer = officer_with("place_owner", password=PASSWORD, second_factor=False)
    said = {"login": officer.email, "password": PASSWORD, "next": target}
    assert browser().post("/dang-nhap", said).headers["location"] == "/ban-lam-viec"
    assert browser().post("/ngon-ngu", {"language": "en", "next": target}).headers["location"] == "/"
    client = signed_in(officer)
    assert client.post("/dang-xuat", {"next": target}).headers["location"] == "/"


def test_another_host_name_is_refused():
    assert Client(SERVER_NAME="ke-xau.test").get("/dang-nhap").status_code == 400


def test_a_program_in_the_browser_needs_the_token_of_the_form():
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(officer_with("investigator"))
    said = {"kind": "phone", "value": "0912345678"}
    assert client.post("/api/v1/people/find", said, content_type="application/json").status_code == 403


def test_a_program_of_an_officer_without_the_second_factor_is_refused():
    client = signed_in(officer_with("investigator", second_factor=False))
    said = {"kind": "phone", "value": "0912345678"}
    answer = client.post("/api/v1/people/find", said, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_missing")


def test_what_signed_in_officers_saw_stays_in_no_cache():
    client = boss_and_auditor()
    for path in ("/ban-lam-viec", "/quan-tri", "/quan-tri/can-bo", "/quan-tri/nhat-ky", "/dia-diem", "/tai-khoan"):
        assert "no-store" in client.get(path, follow=True).headers.get("cache-control", ""), path
    assert "no-store" not in browser().get("/don-vi").headers.get("cache-control", "")


SHOWN = "s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, hasattr(s, 'SECURE_PROXY_SSL_HEADER')"


@pytest.mark.parametrize(
    ("try_out", "wanted"), [("false", "31536000 True True False"), ("true", "0 False False False")]
)
def test_an_installation_with_a_name_asks_browsers_for_https_alone_and_believes_no_header(try_out, wanted, tmp_path):
    marks = {"DAUCHAN_PUBLIC_HOST": "a.test", "DAUCHAN_TRY_OUT": try_out, "DAUCHAN_DATA_DIR": str(tmp_path)}
    program = f"from dauchan import settings as s; print({SHOWN})"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **marks}, capture_output=True, check=True)
    assert done.stdout.decode().strip() == wanted
