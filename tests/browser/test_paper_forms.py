"""The page that takes a paper form, by keyboard alone, at a phone's and a desk's width."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from support.officers import officer_with
from support.scene import place_of_here, two_communes

from dauchan.accounts.models import Officer

CLOCK = "2026-03-02T18:00+07:00"
PHONE, DESK = 360, 1280
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def path(database) -> str:
    return f"/dia-diem/{place_of_here(two_communes())['place_id']}/phieu"


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def test_a_sheet_is_typed_with_the_keyboard_alone(look, officer, path):
    page = look(DESK, officer=officer)
    page.goto(path)
    page.focus("#line-1-time")
    for typed in ("0745", "Trần Thị Giấy", "1956", "067156000001"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    assert focused(page) == "line-1-direction"
    page.keyboard.press("Enter")
    assert focused(page) == "line-2-time"
    page.keyboard.type("8h")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[role=alert]")
    assert "Đã ghi 1 dòng." in page.inner_text("main")
    page.click("[role=alert] a")
    assert focused(page) == "line-2-time"
    page.keyboard.press("Control+A")
    page.keyboard.type("0810")
    for _ in range(3):
        page.keyboard.press("Enter")
    page.keyboard.type("0912345345")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/phieu?**")
    assert "Đã ghi 1 dòng." in page.inner_text("main")
    assert page.input_value("#line-1-time") == ""


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_is_wrong_stands_at_its_line_and_nothing_is_too_wide_pale_or_small(look, officer, path, width, language):
    page = look(width, language=language, officer=officer)
    page.goto(path)
    page.fill("#line-1-time", "7:45")
    page.fill("#line-1-name", "Trần Thị Giấy")
    page.fill("#line-2-time", "7:50")
    page.fill("#line-2-who", "0912345345")
    page.click("main form .btn-primary")
    page.wait_for_selector("[aria-invalid=true]")
    assert page.locator("#line-1-who").get_attribute("aria-describedby") == "trouble-1"
    assert page.evaluate(FAULTS) == []
