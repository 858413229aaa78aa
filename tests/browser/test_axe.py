"""axe-core looks at every page of the product on a phone, in both languages; nothing serious or critical may be there.

The pages are those of the route table: a new route joins by itself, and needs a line in `support.everything` for what
stands in its address, or one below for why it is no page.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, expect
from support.axe import grave_faults
from support.citizens import code_sent_to
from support.everything import Everything, one_of_everything, who_opens
from support.gate import PIN, code_for, page_of

from dauchan.web.routes import ROUTES

CCCD = "067156000901|245000001|Trần Thị Mẫu|15081956|Nữ|Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông|02072021"
FILE, FRAGMENT, NO_HTML = "a file to keep", "a piece of a page, looked at inside it", "read by programs"
NOT_PAGES = {
    "account_logout": "a form in the header; opened by its address it goes to the first page",
    "mfa_login_webauthn": NO_HTML,
    "health": NO_HTML,
    "units:suggest": FRAGMENT,
    "units:outlines": NO_HTML,
    "places:on-map": NO_HTML,
    "places:export": FILE,
    "places:posters": FILE,
    "places:poster": FILE,
    "places:paper": FILE,
    "owners:paper": FILE,
    "inspections:latest": FRAGMENT,
    "reports:file": FILE,
    "places:import-template": FILE,
    "places:import-progress": FRAGMENT,
    "places:import-faults": FILE,
    "registers:import-template": FILE,
    "registers:import-progress": FRAGMENT,
    "registers:import-faults": FILE,
    "registers:export": FILE,
    "registers:search-progress": FRAGMENT,
    "registers:desk": "leads to registers:entry",
    "citizens:lower-code": "leads to citizens:place",
    "citizens:pass-pdf": FILE,
    "citizens:member-card": FILE,
    "citizens:take-data": FILE,
    "owners:poster": FILE,
    "gates:manifest": NO_HTML,
    "gates:worker": NO_HTML,
    "gates:decoder": NO_HTML,
    "coverage:export": FILE,
    "coverage:silent-export": FILE,
    "coverage:supplied-template": FILE,
    "tracing:progress": FRAGMENT,
    "tracing:export": FILE,
    "directives:printed": FILE,
    "directives:file": FILE,
    "directives:progress": FILE,
    "directives:ladders-export": FILE,
    "guides:paper": FILE,
    "guides:script": FILE,
    "guides:file": FILE,
    "agencies:export": FILE,
    "agencies:list-template": FILE,
    "agencies:invite-template": FILE,
    "accounts:here": NO_HTML,
}
"""Routes that can be opened and show no page, each with what it is instead."""
PAGES = [
    route
    for route in ROUTES
    if "GET" in route.methods and not route.name.startswith(("api:", "lane:")) and route.name not in NOT_PAGES
]


@pytest.fixture(scope="module")
def everything(database) -> Everything:
    return one_of_everything()


def test_a_route_without_a_page_has_its_reason_and_still_exists():
    assert NOT_PAGES.keys() - {route.name for route in ROUTES} == set()


def test_axe_sees_a_button_without_a_name(look):
    page = look()
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [fault.partition(":")[0] for fault in grave_faults(page)] == ["button-name"]


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
def test_no_page_of_the_route_table_locks_anybody_out(chromium, server, everything, language):
    faults = []
    with everything.phones(chromium, server, language) as phones:
        for route in PAGES:
            page = phones[who_opens(route)]
            answer = page.goto(everything.path(route))
            assert (resolve(urlsplit(page.url).path).view_name, answer.status) == (route.name, 200), page.url
            assert page.locator("html").get_attribute("lang") == language[:2], route.name
            faults += [f"{route.name}: {fault}" for fault in grave_faults(page)]
    assert faults == []


# --- what a form answers, and what the app draws by itself ------------------------------------------------------------


def test_what_a_form_answers_locks_nobody_out_either(chromium, server, everything):
    faults = []
    with everything.phones(chromium, server, "vi-VN") as phones:
        for name, page in (*checking_in(everything, phones), *at_the_desk(everything, phones["officer"])):
            faults += [f"{name}: {fault}" for fault in grave_faults(page)]
    assert faults == []


def checking_in(everything: Everything, phones: dict[str, Page]) -> Iterator[tuple[str, Page]]:
    """A phone that is not signed in, with a wrong number and with a right one, then one tap of an owner's."""
    page, own = phones["visitor"], phones["owner"]
    page.goto(f"/P/{everything.blanks['citizens']['code']}")
    page.get_by_label("Số điện thoại").fill("123")
    page.get_by_role("button", name="Vào").click()
    yield "a wrong number", page
    page.get_by_label("Số điện thoại").fill("0912700009")
    page.get_by_role("button", name="Vào").click()
    expect(page.get_by_role("heading", name="Để lần sau chỉ chạm một lần")).to_be_visible()
    yield "recorded", page
    page.get_by_label("Mã").fill(code_sent_to("0912700009"))
    page.get_by_role("button", name="Xác nhận số điện thoại").click()
    expect(page.get_by_text("Từ nay trên điện thoại này bạn chỉ chạm một lần")).to_be_visible()
    yield "signed in there", page
    own.goto(f"/P/{everything.blanks['citizens']['code']}")
    own.get_by_role("button", name="Vào").click()
    expect(own.locator(".recorded-in")).to_be_visible()
    yield "recorded by one tap", own


def at_the_desk(everything: Everything, page: Page) -> Iterator[tuple[str, Page]]:
    """Pages that an officer sees after a form, and those that say no."""
    page.goto("/quan-tri/can-bo/moi")
    page.locator("main form button.btn-primary").click()
    yield "an empty form", page
    page.goto(f"/ca-benh/{everything.blanks['tracing']['code']}/danh-tinh")
    page.locator("[name=purpose]").fill("gọi điện")
    page.locator("main form button").click()
    expect(page.get_by_text("Lần xem này đã được ghi lại")).to_be_visible()
    yield "an identity", page
    page.goto(f"/danh-sach-goi/{everything.blanks['tracing']['release_id']}")
    page.get_by_role("button", name="Mở để in").click()
    expect(page).to_have_url(re.compile("/in$"))
    yield "a call sheet", page
    page.goto("/khong-co-trang-nay")
    yield "no such page", page


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
def test_no_screen_of_the_gate_app_locks_anybody_out(opened, server, everything, language):
    code = code_for(everything.point.place, everything.officer)
    page = page_of(opened([CCCD], seconds=8.0, blank=0.1, language=language))
    faults = []
    for name in gate_screens(page, code):
        faults += [f"{name}: {fault}" for fault in grave_faults(page)]
    assert faults == []
    assert page.locator("html").get_attribute("lang") == language[:2]


def gate_screens(page: Page, code: str) -> Iterator[str]:
    """Every screen in turn, by what it is made of: its words differ with the language."""
    page.goto(f"/app/cong#{code}")
    expect(page.locator("form input")).to_have_count(4)
    yield "joining"
    for place, text in ((1, "Chị Tư"), (2, PIN), (3, "9999")):
        page.locator("form input").nth(place).fill(text)
    page.locator("form .button.main").click()
    expect(page.locator(".trouble")).not_to_be_empty()
    yield "joining, with two PINs that differ"
    page.locator("form input").nth(3).fill(PIN)
    page.locator("form .button.main").click()
    expect(page.locator(".card")).to_have_count(1)
    yield "where it stands"
    page.locator(".card .button").nth(2).click()
    expect(page.locator("canvas.pass")).to_be_visible()
    yield "a code on a screen"
    page.locator(".button").last.click()
    page.locator(".card .button.main").click()
    expect(page.locator(".result")).to_be_visible()
    yield "the scanner with an answer"
    page.locator(".keys .button.main").click()
    page.locator("summary").click()
    yield "typing a number"
    page.locator(".button").last.click()
    page.locator(".bar").click()
    expect(page.locator(".large")).to_be_visible()
    yield "the queue"
    page.goto("/app/cong")
    expect(page.locator(".button.wide")).to_have_count(1)
    yield "who keeps it"
    page.locator(".button.wide").click()
    page.locator("form input").fill("0000")
    page.locator("form .button.main").click()
    expect(page.locator(".trouble")).not_to_be_empty()
    yield "a wrong PIN"
