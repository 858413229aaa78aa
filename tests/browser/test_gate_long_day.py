"""A shift of eight hours at a gate, in minutes: memory stays where it was, and every person shown is in the ledger.

The phone's clock begins in the morning and is moved on a minute after each twenty people, so that what the app does
from time to time is done too. A detector in the browser's place sees a new card as soon as the answer to the last one
is shown; all behind it is the app: judging, sealing, disk, sending, the server's word, the card on the screen.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from support.gate import code_for, eventually, joins, page_of, scans, stands
from support.officers import officer_with
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.places.models import Place

pytestmark = pytest.mark.usefixtures("database")
A_MINUTE = 20
WARM_UP_MINUTES = 5
FACTOR = 1.5
"""How much the heap and the nodes of the page may have grown by the end; our number."""
DETECTOR = """
globalThis.seen = 0;
globalThis.until = 0;
const letters = (number) => String(number).replace(/[0-9]/g, (digit) => "abcdefghij"[digit]);
const card = (number) =>
  `06715${6_000_000 + number}|245000001|Trần X${letters(number)} Mẫu|15081956|Nữ|Gia Nghĩa, Đắk Nông|02072021`;
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() {
    if (document.querySelector(".who")?.textContent.startsWith(`Trần X${letters(seen)} ***`)) seen++;
    return seen < until ? [{ rawValue: card(seen) }] : [];
  }
};
"""


@pytest.fixture
def page(opened, database) -> Page:
    """A phone on duty, whose clock is eight hours and a little behind."""
    place = Place.objects.select_related("unit").get(pk=place_of_here(two_communes())["place_id"])
    owner = officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))
    context = opened(["."])
    context.add_init_script(DETECTOR)
    found = page_of(context)
    found.clock.install(time=clock.now() - timedelta(hours=8, minutes=WARM_UP_MINUTES + 1))
    joins(context, code_for(place, owner))
    stands(found)
    return found


def pass_by(page: Page, minutes: int) -> None:
    """So many minutes with twenty people each."""
    for _ in range(minutes):
        page.evaluate(f"until += {A_MINUTE}")
        eventually(lambda: bool(page.evaluate("seen === until")), 60)
        page.clock.fast_forward(60_000)


def held(page: Page) -> dict[str, int]:
    """Bytes of the page's heap, and its nodes and listeners, after garbage was collected."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    counters = tools.send("Memory.getDOMCounters")
    heap = int(tools.send("Runtime.getHeapUsage")["usedSize"])
    tools.detach()
    return {"heap": heap, "nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}


def stays_the_same(page: Page, minutes: int) -> None:
    before = scans()
    pass_by(page, WARM_UP_MINUTES)
    at_start = held(page)
    pass_by(page, minutes)
    eventually(lambda: scans() == before + (WARM_UP_MINUTES + minutes) * A_MINUTE, 120)
    at_end = held(page)
    print(f"{minutes} minutes: {at_start} -> {at_end}")
    grown = {what: at_end[what] / at_start[what] for what in at_end}
    assert {what: times for what, times in grown.items() if times > FACTOR} == {}


def test_memory_stays_the_same_over_a_quarter_of_an_hour_at_a_gate(page):
    stays_the_same(page, 15)


@pytest.mark.long
def test_memory_stays_the_same_over_eight_hours_at_a_gate(page):
    stays_the_same(page, 8 * 60)
