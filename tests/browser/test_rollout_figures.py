"""The figures of the rollout by keyboard alone and on a phone: from the province down to a commune and back."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.axe import grave_faults
from support.figures import made_up_days
from support.officers import officer_with

from dauchan.accounts.models import Officer
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T16:40+07:00"
TODAY, OLD_DAY = date(2026, 3, 2), date(2021, 12, 16)
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
WITHOUT_OUTLINES = """() => {
  if (document.querySelectorAll(".picture-map rect").length < 30)
    for (const link of document.querySelectorAll(".picture-map a")) link.remove();
}"""
"""A commune's outline may be smaller than a thumb: each stands in the league too. Tiles are never too small."""
PHONE, DESK = 360, 1280
PAGES = (
    "/trien-khai",
    "/trien-khai/dia-ban/68",
    "/trien-khai/dia-ban/67?day=2021-12-16&level=commune",
    "/trien-khai/dia-ban/67/bang?day=2021-12-16&units=today",
    "/trien-khai/chi-so",
)


@pytest.fixture(scope="module")
def manager(server, database) -> Officer:
    for code, day in (("68", TODAY), ("67", OLD_DAY)):
        province = unit_by_code(code, day)
        assert province
        made_up_days(province, [day, day - timedelta(days=1)])
    return officer_with("rollout_manager")


def tab_to(page: Page, href: str, most: int = 250) -> None:
    """Go on with the Tab key until the link to this address has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == href:
            return
    raise AssertionError(f"no way to {href} by keyboard")


def test_the_map_leads_down_and_the_path_back_by_keyboard_alone(look, manager):
    page = look(DESK, officer=manager)
    page.goto("/trien-khai/dia-ban/68")
    tab_to(page, "/trien-khai/dia-ban/24611")
    assert page.evaluate("document.activeElement.closest('svg') !== null")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Phường Bắc Gia Nghĩa")
    tab_to(page, "/trien-khai/dia-ban/68")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Tỉnh Lâm Đồng")


def test_three_tiers_of_2021_are_walked_on_a_phone(look, manager):
    page = look(PHONE, officer=manager)
    page.goto("/trien-khai/dia-ban/67?day=2021-12-16")
    page.locator("svg a", has_text="Gia Nghĩa").click()
    expect(page.locator("h1")).to_have_text("Thành phố Gia Nghĩa")
    page.locator("svg a", has_text="Nghĩa Đức").click()
    expect(page.locator("h1")).to_have_text("Phường Nghĩa Đức")
    page.locator(".crumbs a", has_text="Tỉnh Đắk Nông").click()
    expect(page.locator("h1")).to_have_text("Tỉnh Đắk Nông")
    expect(page.locator(".day-steps strong")).to_have_text("16/12/2021")


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
def test_pages_full_of_figures_fit_a_phone_and_lock_nobody_out(look, manager, language):
    page = look(PHONE, language=language, officer=manager)
    faults = {}
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        faults[path] = grave_faults(page)
        page.evaluate(WITHOUT_OUTLINES)
        faults[path] += page.evaluate(FAULTS)
    assert {path: found for path, found in faults.items() if found} == {}


def test_classes_of_the_map_differ_without_colour(look, manager):
    page = look(DESK, officer=manager)
    page.goto("/trien-khai/dia-ban/68")
    fills = page.evaluate("[...document.querySelectorAll('.picture-map g rect')].map(one => one.getAttribute('fill'))")
    patterns = [fill for fill in fills if fill.startswith("url(")]
    plain = [fill for fill in fills if not fill.startswith("url(")]
    assert len(fills) == len(set(fills)) >= 5
    assert len(patterns) >= 3
    lightness = sorted(sum(int(fill[at : at + 2], 16) for at in (1, 3, 5)) for fill in plain)
    assert all(later - earlier > 150 for earlier, later in pairwise(lightness))
