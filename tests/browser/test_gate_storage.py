"""What the gate app keeps, when the device is short of room and when its tab is killed."""

import contextlib
import re

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Route, expect
from support.gate import PIN, code_for, comes_back, eventually, joins, records, scans, stands, types_in
from support.officers import officer_with
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.places.models import Place

BELIEVES_MS = 31_000
"""How long Chromium's IndexedDB goes on with the room that it found before it asks again."""
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def place(database) -> Place:
    return Place.objects.select_related("unit").get(pk=place_of_here(two_communes())["place_id"])


@pytest.fixture(scope="module")
def owner(place: Place) -> Officer:
    return officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))


def waiting_on_disk(page: Page) -> int:
    count = """
    () => new Promise((resolve) => {
      indexedDB.open("dauchan-gate").onsuccess = ({ target: { result } }) => {
        const asked = result.transaction("waiting").objectStore("waiting").count();
        asked.onsuccess = () => { result.close(); resolve(asked.result); };
      };
    })
    """
    return int(page.evaluate(count))


def test_what_finds_no_room_is_not_counted_as_recorded_and_the_keeper_is_told_what_to_do(opened, server, place, owner):
    context = opened([], camera=False)
    page = joins(context, code_for(place, owner))
    stands(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    records(page, 20)
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 20")
    tools = context.new_cdp_session(page)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": server, "quotaSize": 1})
    page.wait_for_timeout(BELIEVES_MS)
    types_in(page, "0912999501")
    expect(page.locator(".result.no .word")).to_have_text("Chưa ghi")
    expect(page.get_by_text("Máy đã đầy, không lưu được. Hãy nối mạng để gửi lượt đang chờ")).to_be_visible()
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 20")
    assert waiting_on_disk(page) == 20
    page.reload()
    page.get_by_role("button", name="Chị Tư").click()
    page.get_by_label("Mã PIN").fill(PIN)
    page.get_by_role("button", name="Bắt đầu trực").click()
    expect(page.locator(".trouble")).to_contain_text("Máy đã đầy")  # who keeps the gate could not be noted either
    tools.send("Storage.overrideQuotaForOrigin", {"origin": server})
    page.get_by_label("Mã PIN").fill(PIN)
    page.get_by_role("button", name="Bắt đầu trực").click()
    types_in(page, "0912999501")
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 21")


@pytest.mark.parametrize("answer", ["true", "false"])
def test_the_browser_is_asked_to_keep_and_the_keeper_is_told_when_it_does_not_promise(opened, place, owner, answer):
    context = opened([], camera=False)
    context.add_init_script(
        f"""
        StorageManager.prototype.persist = () => {{ sessionStorage.asked = "1"; return Promise.resolve({answer}); }};
        StorageManager.prototype.persisted = () => Promise.resolve({answer});
        """
    )
    page = joins(context, code_for(place, owner))
    stands(page)
    assert page.evaluate("sessionStorage.asked") == "1"
    page.locator(".bar").click()
    expect(page.get_by_text("Lượt chờ gửi được niêm phong")).to_be_visible()
    expect(page.get_by_text("Trình duyệt chưa cam kết giữ dữ liệu")).to_have_count(0 if answer == "true" else 1)


def crash(page: Page) -> None:
    """End a tab as a phone short of memory does."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")
    page.close()


def in_another_tab(context: BrowserContext) -> Page:
    page = context.new_page()
    comes_back(page)
    return page


def test_a_killed_tab_leaves_its_queue_to_the_next_one(opened, place, owner):
    context = opened([], camera=False)
    page = joins(context, code_for(place, owner))
    stands(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    before = scans()
    records(page, 50)
    crash(page)
    again = in_another_tab(context)
    expect(again.locator(".bar")).to_contain_text("Chờ gửi: 50")
    context.set_offline(False)
    again.evaluate("dispatchEvent(new Event('online'))")
    eventually(lambda: scans() == before + 50)


def test_a_tab_killed_while_answers_get_lost_sends_again_and_nothing_twice(opened, place, owner):
    context = opened([], camera=False)
    page = joins(context, code_for(place, owner))
    stands(page)
    before = scans()

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(re.compile("/api/v1/scans$"), lose_the_answer)
    records(page, 5)
    eventually(lambda: page.wait_for_timeout(100) is None and scans() > before)  # the route is answered meanwhile
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 5")
    crash(page)
    again = in_another_tab(context)
    expect(again.locator(".bar")).to_have_text("Đã gửi hết")
    assert scans() == before + 5
