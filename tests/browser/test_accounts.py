"""Signing in with a passkey in a real browser, under the strict content policy; the first administrator's way in."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page
from support.officers import PASSWORD, code_now, officer_with

from dauchan.accounts import invitations
from dauchan.kernel import clock

CLOCK = "2026-11-23T08:00+07:00"
PHONE, DESK = 360, 1280
PAGES = ("/quan-tri", "/quan-tri/can-bo", "/quan-tri/can-bo/moi", "/quan-tri/ung-dung", "/tai-khoan")


@pytest.fixture(scope="module")
def localhost(server) -> str:
    """Passkeys belong to a name; an address of numbers has none."""
    return server.replace("127.0.0.1", "localhost")


def with_a_fingerprint_reader(page: Page) -> Page:
    """A machine with a platform authenticator that always recognises its owner."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    reader = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": reader})
    return page


def sign_in(page: Page, localhost: str, email: str) -> None:
    page.goto(f"{localhost}/dang-nhap")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/dang-nhap'] button")


def test_a_passkey_is_added_and_then_signs_in_without_a_password(look, localhost):
    officer = officer_with("investigator", password=PASSWORD, second_factor=False)
    page = with_a_fingerprint_reader(look())
    sign_in(page, localhost, officer.email)
    page.goto(f"{localhost}/tai-khoan/khoa-thiet-bi/them")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/tai-khoan/ma-du-phong")
    page.goto(f"{localhost}/ban-lam-viec")
    page.click("header form[action='/dang-xuat'] button")
    page.wait_for_url(f"{localhost}/")
    page.goto(f"{localhost}/dang-nhap")
    page.check("#shared_passkey")
    page.click("#passkey_login")
    page.wait_for_url("**/ban-lam-viec")
    assert page.locator("#lock").count() == 1, "this computer locks itself"


def test_a_passkey_is_the_second_factor_after_a_password(look, localhost):
    officer = officer_with("investigator", password=PASSWORD, second_factor=False)
    page = with_a_fingerprint_reader(look())
    sign_in(page, localhost, officer.email)
    page.goto(f"{localhost}/tai-khoan/khoa-thiet-bi/them")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/tai-khoan/ma-du-phong")
    page.context.clear_cookies()
    sign_in(page, localhost, officer.email)
    page.wait_for_url("**/dang-nhap/buoc-hai")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url("**/ban-lam-viec")


@pytest.fixture
def shared(look) -> Page:
    """A letter that somebody types at a computer that others use too; the page's clock is the test's."""
    page = look(PHONE, officer=officer_with("rollout_manager", password=PASSWORD))
    page.clock.install()
    page.goto("/tai-khoan")
    page.get_by_role("button", name="Máy này nhiều người dùng chung").click()
    page.get_by_text("tự khóa sau 5 phút").first.wait_for()
    page.goto("/trien-khai/van-ban/moi")
    page.get_by_label("Trích yếu").fill("về việc quét mã")
    asks(page)
    return page


def asks(page: Page, after: int = 21_000) -> None:
    """So many milliseconds later the page asks the server, and has its answer."""
    with page.expect_response("**/tai-khoan/con-day"):
        page.clock.fast_forward(after)


def seen_earlier(page: Page, minutes: int) -> None:
    """As if the server had heard of this session's officer so much earlier."""
    session = SessionStore(next(each["value"] for each in page.context.cookies() if each["name"] == "sessionid"))
    session["seen_at"] = (datetime.fromisoformat(session["seen_at"]) - timedelta(minutes=minutes)).isoformat()
    session.save()


def test_a_shared_computer_covers_the_page_and_what_was_typed_is_there_after_unlocking(shared):
    page = shared
    seen_earlier(page, 4)
    asks(page, 4 * 60_000)
    assert not page.locator("#lock").is_visible()
    seen_earlier(page, 1)
    asks(page)
    page.locator("#lock").wait_for()
    asks(page)
    page.keyboard.press("Escape")
    assert page.locator("#lock").is_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Mở khóa").click()
    opened.value.fill("[name=password]", PASSWORD)
    opened.value.click("main form button")
    opened.value.wait_for_url("**/tai-khoan/da-mo-khoa")
    page.bring_to_front()
    page.clock.fast_forward(21_000)
    page.locator("#lock").wait_for(state="hidden")
    assert page.get_by_label("Trích yếu").input_value() == "về việc quét mã"


def test_a_page_left_alone_locks_nobody_out_who_works_in_another(shared):
    other = shared.context.new_page()
    other.goto("/trien-khai/van-ban/moi")
    seen_earlier(shared, 4)
    other.get_by_label("Trích yếu").press("a")
    asks(other)
    seen_earlier(shared, 2)
    asks(shared, 6 * 60_000)
    assert not shared.locator("#lock").is_visible()
    other.goto("/trien-khai/van-ban")
    assert other.url.endswith("/trien-khai/van-ban")


def test_without_network_a_shared_computer_covers_itself(shared):
    shared.evaluate("() => { window.kept = fetch; window.fetch = () => Promise.reject(new TypeError()); }")
    shared.clock.fast_forward(4 * 60_000)
    shared.wait_for_timeout(500)
    assert not shared.locator("#lock").is_visible()
    shared.clock.fast_forward(60_000)
    shared.locator("#lock").wait_for()
    shared.evaluate("() => { window.fetch = window.kept; }")
    asks(shared)
    shared.locator("#lock").wait_for(state="hidden")


def test_the_first_administrator_comes_in_by_the_printed_link_on_a_phone(look, localhost, database):
    link = invitations.bootstrap_link(localhost, clock.now())
    page = look(PHONE)
    page.goto(link)
    page.fill("[name=name]", "Nguyễn An")
    page.fill("[name=email]", "an@dauchan.test")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("main form button")
    page.click("text=Cài ứng dụng tạo mã")
    page.fill("[name=code]", code_now(page.inner_text("#secret")))
    page.click("main form button")
    page.click("text=Tôi đã cất các mã")
    page.wait_for_url("**/ban-lam-viec")


@pytest.mark.parametrize("path", PAGES)
def test_the_administration_fits_a_phone(look, path):
    page = look(PHONE, officer=officer_with("administrator"))
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    small = [
        box
        for part in page.locator("main a.btn:visible, main button:visible, main input.form-control:visible").all()
        if (box := part.bounding_box()) and box["height"] < 44
    ]
    assert small == []
