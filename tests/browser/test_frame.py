"""The frame around every page, in a real browser: it fits a phone, answers to keys, and asks nobody outside."""

from urllib.parse import urlsplit

import pytest
from support.officers import officer_with

CLOCK = "2026-11-23T08:00+07:00"
PHONE, DESK = 360, 1280
PAGES = ("/", "/ban-lam-viec", "/don-vi", "/dang-nhap", "/khong-co-trang-nay")


@pytest.fixture(scope="module")
def officer(database):
    return officer_with("province_health_officer")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_page_is_never_wider_than_the_window(look, officer, path, width) -> None:
    page = look(width, officer=officer)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_buttons_on_a_phone_are_big_enough_for_a_thumb(look, officer) -> None:
    page = look(PHONE, officer=officer)
    page.goto("/ban-lam-viec")
    boxes = [button.bounding_box() for button in page.locator("a.tile:visible, .btn:visible").all()]
    assert boxes
    assert [box for box in boxes if box["height"] < 44 or box["width"] < 44] == []


def test_a_page_loads_nothing_from_anywhere_else(look, server) -> None:
    page = look()
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto("/", wait_until="networkidle")
    assert hosts == {urlsplit(server).netloc}


def test_vietnamese_is_drawn_in_the_font_that_comes_along(look) -> None:
    page = look()
    page.goto("/", wait_until="networkidle")
    drawn = page.evaluate("document.fonts.check('400 16px \"Be Vietnam Pro\"', 'Đắk Nông ễ ộ ử')")
    assert drawn is True


def test_the_menu_of_a_phone_opens_and_closes(look, officer) -> None:
    page = look(PHONE, officer=officer)
    page.goto("/ban-lam-viec")
    menu, button = page.locator("#navigation"), page.locator(".menu-button")
    assert not menu.is_visible()
    button.tap()
    assert menu.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    button.tap()
    assert not menu.is_visible()


def test_a_slash_leads_to_the_search_field(look) -> None:
    page = look()
    page.goto("/don-vi")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_the_first_tab_offers_to_skip_to_the_content(look) -> None:
    page = look()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"


def test_the_language_switch_changes_the_page_and_back(look) -> None:
    page = look(PHONE)
    page.goto("/")
    page.locator(".language button").tap()
    page.wait_for_selector("html[lang=en]")
    assert "Officers sign in" in page.content()
    page.locator(".language button").tap()
    page.wait_for_selector("html[lang=vi]")


BULK_PAGE = """
<form data-bulk action="/khong-co-trang-nay" data-confirm="Thông báo cho {count} người?">
  <input type="checkbox" data-bulk-all>
  <table data-rows><tbody>
    <tr><td><input type="checkbox" data-bulk-item><a href="#mot">Một</a></td></tr>
    <tr><td><input type="checkbox" data-bulk-item><a href="#hai">Hai</a></td></tr>
    <tr><td><input type="checkbox" data-bulk-item><a href="#ba">Ba</a></td></tr>
  </tbody></table>
  <span data-bulk-count></span>
  <button data-bulk-act>Thông báo</button>
</form>
"""


@pytest.fixture
def bulk(look):
    """A list as `docs/pages.md` tells to write it, put into a page of ours."""
    page = look()
    page.goto("/")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", BULK_PAGE)
    return page


def test_a_selection_shows_its_number_while_it_grows(bulk) -> None:
    bulk.locator("[data-bulk-item]").nth(0).check()
    bulk.locator("[data-bulk-item]").nth(2).check()
    assert bulk.locator("[data-bulk-count]").text_content() == "2"
    assert bulk.evaluate("document.querySelector('[data-bulk-all]').indeterminate") is True
    bulk.locator("[data-bulk-all]").check()
    assert bulk.locator("[data-bulk-count]").text_content() == "3"


def test_an_act_without_a_selection_cannot_be_pressed(bulk) -> None:
    bulk.locator("[data-bulk-all]").check()
    bulk.locator("[data-bulk-all]").uncheck()
    assert bulk.locator("[data-bulk-act]").is_disabled()


def test_an_act_on_many_asks_first_and_names_the_number(bulk) -> None:
    bulk.locator("[data-bulk-all]").check()
    bulk.locator("[data-bulk-act]").click()
    assert bulk.locator("#confirm-question").text_content() == "Thông báo cho 3 người?"
    bulk.locator("#confirm button[value=no]").click()
    assert urlsplit(bulk.url).path == "/"
    bulk.locator("[data-bulk-act]").click()
    bulk.locator("#confirm button[value=yes]").click()
    bulk.wait_for_url("**/khong-co-trang-nay*")


def test_rows_are_walked_and_opened_by_keys(bulk) -> None:
    for key in ("j", "j", "j", "k"):
        bulk.keyboard.press(key)
    assert bulk.locator("[data-current-row] a").text_content() == "Hai"
    bulk.keyboard.press("x")
    assert bulk.locator("[data-bulk-count]").text_content() == "1"
    bulk.keyboard.press("Enter")
    assert urlsplit(bulk.url).fragment == "hai"
