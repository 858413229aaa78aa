"""The pages of a household and the check-in with it, at a phone's and a desk's width, in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from support.citizens import code_sent_to
from support.scene import place_of_here, two_communes

from dauchan.places import posters
from dauchan.places.models import Place, Point

CLOCK = "2026-03-02T08:00+07:00"
PHONE, DESK = 360, 1280
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
NUMBERS = iter(range(912910001, 912910099))


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Place.objects.get(pk=place_of_here(two_communes())["place_id"]).points.get()


def carer(page: Page) -> str:
    """Sign a phone in, and say who its bearer is; their number."""
    number = f"0{next(NUMBERS)}"
    page.goto("/vao")
    page.fill("input[name=phone]", number)
    page.click("main form .btn-primary")
    page.fill("input[name=code]", code_sent_to(number))
    page.click("main form .btn-primary")
    page.goto("/toi/danh-tinh")
    page.fill("input[name=name]", "Nguyễn Thị Mẹ")
    page.fill("input[name=birth]", "12/03/1985")
    page.click("main form .btn-primary")
    page.wait_for_url("**/toi")
    return number


def adds(page: Page, name: str, year: str) -> None:
    page.goto("/toi/nguoi-nha/them")
    page.fill("input[name=name]", name)
    page.fill("input[name=birth]", year)
    page.click("main form .btn-primary")
    page.wait_for_selector("text=" + name)


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_family_checks_in_with_two_taps_and_every_page_is_right(look, point, width, language):
    page = look(width, language=language)
    carer(page)
    faults = {}
    page.goto("/toi/nguoi-nha")
    faults["empty"] = page.evaluate(FAULTS)
    page.goto("/toi/nguoi-nha/them")
    faults["form"] = page.evaluate(FAULTS)
    adds(page, "Nguyễn Văn An", "2016")
    faults["member"] = page.evaluate(FAULTS)
    adds(page, "Nguyễn Thị Bà", "1940")
    page.goto("/toi/nguoi-nha")
    faults["household"] = page.evaluate(FAULTS)
    page.goto(f"/P/{posters.code_text(point)}")
    page.get_by_label("An (2016)").check()
    faults["place"] = page.evaluate(FAULTS)
    page.click("button[value=in]")
    page.wait_for_selector("text=An (2016)")
    faults["recorded"] = page.evaluate(FAULTS)
    assert {name: found for name, found in faults.items() if found} == {}
    page.goto(f"/P/{posters.code_text(point)}")
    assert page.get_by_label("An (2016)").is_checked()
    assert not page.get_by_label("Bà (1940)").is_checked()
