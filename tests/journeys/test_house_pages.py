"""The pages of no slice: the first page, the morning page, error pages, languages, health."""

import re

import pytest
from django.test import Client

from dauchan.accounts.actions import create_officer
from dauchan.kernel import clock

pytestmark = pytest.mark.usefixtures("database")
CLOCK = "2026-11-23T08:00+07:00"


@pytest.fixture
def visitor() -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


@pytest.fixture(scope="module")
def officer(database):
    return create_officer(email="lan@example.org", name="Lan", password="sông-núi-biển-rừng-9", now=clock.now())


def test_the_first_page_says_what_this_is_and_lets_officers_in(visitor) -> None:
    page = visitor.get("/").content.decode()
    assert '<html lang="vi">' in page
    assert 'href="/dang-nhap"' in page


def test_a_visitor_chooses_english_and_stays_on_the_page(visitor) -> None:
    answer = visitor.post("/ngon-ngu", {"language": "en", "next": "/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert '<html lang="en">' in visitor.get("/").content.decode()


def test_the_language_switch_sends_nobody_to_another_site(visitor) -> None:
    answer = visitor.post("/ngon-ngu", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_static_files_carry_their_hash(visitor) -> None:
    page = visitor.get("/").content.decode()
    assert re.search(r'href="/static/built/dauchan\.[0-9a-f]{12}\.css"', page)


def test_a_page_allows_no_script_but_its_own(visitor) -> None:
    policy = visitor.get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_an_unknown_address_is_answered_with_what_to_do_and_an_event_code(visitor) -> None:
    answer = visitor.get("/khong-co-trang-nay")
    assert answer.status_code == 404
    assert re.search(r"<code>[0-9A-F]{8}</code>", answer.content.decode())


def test_a_program_gets_its_errors_as_json_in_its_language(visitor) -> None:
    answer = visitor.get("/api/v1/nothing", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found", "message": "Not found, or outside your scope."}


def test_a_form_without_its_token_is_told_to_reload() -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    answer = strict.post("/ngon-ngu", {"language": "en"})
    assert answer.status_code == 403
    assert "tải lại trang" in answer.content.decode()


def test_a_method_that_a_page_does_not_know_is_refused(visitor) -> None:
    answer = visitor.delete("/")
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]


def test_a_stranger_at_the_desk_is_asked_to_sign_in_first(visitor) -> None:
    answer = visitor.get("/ban-lam-viec")
    assert (answer.status_code, answer["Location"]) == (302, "/dang-nhap?next=/ban-lam-viec")


def test_an_officer_without_a_role_is_told_whom_to_ask(visitor, officer) -> None:
    visitor.force_login(officer)
    page = visitor.get("/ban-lam-viec").content.decode()
    assert "Bạn chưa được giao quyền nào" in page


def test_the_system_is_well_while_the_coming_days_are_prepared(visitor) -> None:
    answer = visitor.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True
