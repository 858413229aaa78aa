"""Firefox and WebKitGTK, where the machine has them: checking in, one's own pages, and a gate joined and working.

Says nothing of Safari on iOS or of the browser inside Zalo: neither can be had here (docs/reference/gates.md).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.citizens import code_sent_to
from support.gate import PIN, code_for, eventually, scans
from support.officers import officer_with
from support.other_browsers import KNOWN, OtherBrowser, missing
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.places import posters
from dauchan.places.models import Point

pytestmark = pytest.mark.usefixtures("database")
OWN_PAGES = ("/toi", "/toi/ma", "/toi/luot-den", "/toi/ai-da-xem", "/toi/danh-tinh", "/toi/du-lieu", "/toi/yeu-cau")
SHOWN = """
return { path: location.pathname, heading: document.querySelector("h1")?.textContent.trim() ?? "",
  wide: document.documentElement.scrollWidth > innerWidth };
"""


@pytest.fixture(params=KNOWN)
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OtherBrowser]:
    why_not = missing(request.param)
    if why_not:
        pytest.skip(why_not)
    with KNOWN[request.param](tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Point.objects.select_related("place__unit").get(place_id=place_of_here(two_communes())["place_id"])


def presses(browser: OtherBrowser, chosen: str, fields: dict[str, str] | None = None) -> None:
    """Fill fields by their selectors, then press the button that a selector finds."""
    script = """
    for (const [name, value] of Object.entries(%s)) document.querySelector(name).value = value;
    document.querySelector(%s).click();
    """
    browser.run(script % (json.dumps(fields or {}), json.dumps(chosen)))


def comes(browser: OtherBrowser, chosen: str) -> None:
    eventually(lambda: bool(browser.run(f"return document.querySelector({json.dumps(chosen)}) !== null")), 60)


def test_checking_in_and_ones_own_pages(browser, server, point):
    before, phone = scans(), f"09126{browser.version.replace('.', '')[:2]}001"
    browser.open(f"{server}/P/{posters.code_text(point)}")
    assert browser.run(SHOWN)["wide"] is False
    presses(browser, "button[value=in]", {"input[name=phone]": phone})
    comes(browser, ".recorded-in")
    assert scans() == before + 1
    presses(browser, "form[action$='/ma'] button", {"input[name=code]": code_sent_to(phone)})
    comes(browser, "main .alert-success")
    for path in OWN_PAGES:
        browser.open(server + path)
        shown = browser.run(SHOWN)
        assert (shown["path"], shown["wide"], shown["heading"] != "") == (path, False, True)
    browser.open(f"{server}/app/toi")
    comes(browser, "canvas.pass")


def test_a_gate_is_joined_and_a_typed_number_reaches_the_ledger(browser, server, point):
    owner = officer_with("commune_health_officer", Scope("unit", str(point.place.unit_id)))
    before = scans()
    browser.open(f"{server}/app/cong#{code_for(point.place, owner)}")
    comes(browser, "form input[maxlength='80']")
    fields = {"form input[maxlength='80']": "Chị Tư"}
    browser.run(f"for (const pin of document.querySelectorAll('input[type=password]')) pin.value = '{PIN}';")
    presses(browser, "form .button.main", fields)
    comes(browser, ".card .button.main")
    presses(browser, ".card .button.main")
    comes(browser, ".stage")
    presses(browser, ".keys .button.main")
    comes(browser, "form .field.code")
    presses(browser, "form .button.main", {"form .field.code": "0912999888"})
    comes(browser, ".result")
    eventually(lambda: scans() == before + 1, 60)
    assert browser.run(SHOWN)["wide"] is False
