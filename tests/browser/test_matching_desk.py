"""The matching desk by keyboard alone, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect
from support.officers import officer_with, signed_in
from support.registers import begun, bring, entry

from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput
from dauchan.registers import decisions
from dauchan.registers.models import Entry
from dauchan.units.queries import unit_by_code

NAMES = ("Quán Cô Một", "Quán Cô Hai", "Quán Cô Ba")


@pytest.fixture(scope="module")
def manager(database):
    officer, unit = officer_with("rollout_manager"), unit_by_code("24611", clock.local_day(clock.now()))
    category = Category.objects.get(code="restaurant").pk
    for number, name in enumerate(NAMES):
        given = PlaceInput(name, unit.pk, category, address=f"{number}7 Lê Duẩn")
        register_place(given, by=officer, now=clock.now())
    register = begun(officer)
    lines = "".join(f"{n},{name},quán ăn,24611,{n}7 Lê Duẩn,,,,,\n" for n, name in enumerate(NAMES))
    bring(register, lines, by=officer)
    return officer, register


def pages(chromium, server, officer, width):
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="vi-VN", base_url=server)
    kept = signed_in(officer).cookies.items()
    context.add_cookies([{"name": name, "value": each.value, "url": server} for name, each in kept])
    return context.new_page()


def test_y_confirms_n_rejects_and_u_takes_back_and_the_next_entry_comes_by_itself(chromium, server, manager):
    officer, register = manager
    page = pages(chromium, server, officer, 1280)
    page.goto(f"/trien-khai/nguon/{register.pk}/ban-doi-chieu")
    first = page.locator("h1").inner_text()
    page.keyboard.press("y")
    expect(page.locator("h1")).not_to_have_text(first)
    assert entry(first).place.name == first
    second = page.locator("h1").inner_text()
    proposed = page.locator("[data-row]").count()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.wait_for_load_state()
    if proposed > 1:
        expect(page.locator("[data-row]")).to_have_count(proposed - 1)
    page.keyboard.press("u")
    expect(page.locator(".alert").first).to_contain_text("Đã hoàn tác cho 1 mục.")
    assert entry(second).place is None
    assert entry(second).candidates.filter(rejected_by__isnull=True).count() == proposed
    page.context.close()


def test_the_desk_fits_a_phone(chromium, server, manager):
    officer, register = manager
    page = pages(chromium, server, officer, 360)
    waiting, other = Entry.objects.filter(register=register, place__isnull=True)[:2]
    word = decisions.Word("exempt", reason="Thử")
    decisions.say(word, Entry.objects.filter(pk=other.pk), by=officer, now=clock.now())
    for path in (f"/trien-khai/nguon/muc/{waiting.pk}", f"/trien-khai/nguon/{register.pk}", "/trien-khai/nguon"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        ends = page.locator("[data-undo]").evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
        assert all(end <= 360 for end in ends), path
    page.context.close()
