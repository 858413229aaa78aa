"""A citizen's rotating pass on a phone: read by a camera, true to the server, shown without network, new each step."""

import time
from datetime import date
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect
from support.camera import read_from_screen
from support.citizens import code_sent_to
from support.officers import officer_with

from dauchan.kernel import clock, codes
from dauchan.people import vault
from dauchan.people.actions import register_person
from dauchan.people.queries import find_by_phone
from dauchan.people.rules import Identity

pytestmark = pytest.mark.usefixtures("database")
PHONE = "0912800001"


def signed_in_phone(chromium: Browser, server: str, language: str = "vi-VN") -> Page:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale=language, base_url=server)
    page = context.new_page()
    signs_in(page, PHONE)
    return page


def signs_in(page: Page, number: str) -> None:
    page.goto("/vao?next=/app/toi")
    page.locator("input[name=phone]").fill(number)
    page.locator("main form button.btn-primary").click()
    page.locator("input[name=code]").wait_for()
    page.locator("input[name=code]").fill(code_sent_to(number))
    page.locator("main form button.btn-primary").click()


def opened(text: str) -> codes.PassCertificate:
    keyring = vault.the_keyring()
    return codes.decode_rotating_pass(
        text, partial(keyring.named, "pass"), partial(keyring.named, "standing"), issuer=67, now=clock.now()
    )


def test_the_rotating_pass_is_read_from_the_screen_and_goes_on_without_network(chromium, server):
    page = signed_in_phone(chromium, server)
    expect(page.locator("canvas.pass")).to_be_visible()
    expect(page.get_by_text("Mã đổi mỗi 30 giây")).to_be_visible()
    first = read_from_screen(page)
    own = opened(first).pass_code
    assert [own.person_id] == find_by_phone(PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_timeout(1000 * (30 - time.time() % 30) + 700)
    later = read_from_screen(page)
    assert later != first
    assert opened(later).pass_code == own
    page.context.close()


def test_a_phone_that_is_not_signed_in_is_asked_to(chromium, server):
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-US", base_url=server)
    page = context.new_page()
    page.goto("/app/toi")
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(f"{server}/vao?next=/app/toi")
    context.close()


def test_a_phone_that_was_signed_out_shows_nobodys_pass_and_then_that_of_whoever_signs_in(chromium, server):
    page = signed_in_phone(chromium, server)
    expect(page.locator("canvas.pass")).to_be_visible()
    page.context.clear_cookies(name="dc_me")
    page.goto("/app/toi")
    expect(page.get_by_role("link", name="Đăng nhập")).to_be_visible()
    expect(page.locator("canvas.pass")).to_have_count(0)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("canvas.pass")).to_have_count(0)
    page.context.set_offline(False)
    signs_in(page, "0912800002")
    expect(page.locator("canvas.pass")).to_be_visible()
    assert [opened(read_from_screen(page)).pass_code.person_id] == find_by_phone("0912800002")
    page.context.close()


def test_a_phone_whose_number_may_have_changed_hands_proves_first_and_comes_back(chromium, server):
    known = Identity(name="Mẫu", phone="0912800077", birth_date=date(1956, 8, 15))
    register_person(known, None, by=officer_with("province_health_officer"), now=clock.now())
    page = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN", base_url=server).new_page()
    signs_in(page, known.phone)
    page.get_by_role("link", name="Chứng minh").click()
    page.locator("input[name=birth_date]").fill("15/08/1956")
    page.locator("main form button.btn-primary").click()
    expect(page.locator("canvas.pass")).to_be_visible()
    page.context.close()
