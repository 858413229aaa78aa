"""The page behind a place's code on a phone with JavaScript off, as in some browsers inside other apps."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from support.citizens import code_sent_to
from support.gate import scans
from support.scene import place_of_here, two_communes

from dauchan.places import posters
from dauchan.places.models import Point

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Point.objects.select_related("place").get(place_id=place_of_here(two_communes())["place_id"])


@pytest.fixture
def page(chromium: Browser, server: str, point: Point) -> Iterator[Page]:
    """A phone that has just opened the page."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, locale="vi-VN", base_url=server, java_script_enabled=False
    )
    opened = context.new_page()
    opened.goto(f"/P/{posters.code_text(point)}")
    yield opened
    context.close()


def taps(page: Page, direction: str, *, phone: str = "") -> None:
    if phone:
        page.get_by_label("Số điện thoại").fill(phone)
    page.get_by_role("button", name=direction, exact=True).click()


def is_recorded(page: Page, word: str) -> None:
    expect(page.locator(".recorded-word")).to_have_text(word)
    expect(page.locator(".recorded-time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_new_phone_is_recorded_in_and_out_and_can_leave_the_code_undone(page, point):
    before = scans()
    expect(page.get_by_role("heading", name=point.place.name)).to_be_visible()
    taps(page, "Vào", phone="0912600001")
    is_recorded(page, "Đã vào")
    assert scans() == before + 1
    taps(page, "Ra")
    is_recorded(page, "Đã ra")
    assert scans() == before + 2


def test_a_wrong_number_comes_back_with_what_is_wrong_and_nothing_is_recorded(page):
    before = scans()
    taps(page, "Vào", phone="12345")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Số điện thoại")).to_have_value("12345")
    assert scans() == before


def test_a_phone_that_gave_the_code_back_is_known_and_taps_once(page, point):
    before = scans()
    taps(page, "Vào", phone="0912600002")
    page.locator("input[name=code]").fill(code_sent_to("0912600002"))
    page.get_by_role("button", name="Xác nhận số điện thoại").click()
    expect(page.get_by_text("Từ nay trên điện thoại này bạn chỉ chạm một lần")).to_be_visible()
    page.goto(f"/P/{posters.code_text(point)}")
    expect(page.get_by_text("Bạn đang ở đây từ")).to_be_visible()
    expect(page.get_by_label("Số điện thoại")).to_have_count(0)
    taps(page, "Ra")
    is_recorded(page, "Đã ra")
    assert scans() == before + 3  # arrived, arrived with the number proved, left
    page.get_by_role("link", name="Của tôi").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_page_speaks_english_without_script_too(page):
    page.locator(".language button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_label("Phone number")).to_be_visible()


def test_nothing_of_the_page_is_hidden_or_out_of_reach_without_script(page):
    for button in page.locator("main button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert (box["height"] >= 44, box["x"] + box["width"] <= 360) == (True, True)
    assert page.locator("main form button:visible").count() == 2
