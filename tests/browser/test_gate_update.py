"""A new version of the gate app comes while a phone has a queue and no network: nothing of the queue is lost."""

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.gate import code_for, comes_back, eventually, joins, page_of, records, scans, stands
from support.officers import officer_with
from support.scene import place_of_here, two_communes
from support.static_files import PLACE
from support.web import free_port, serving

from dauchan.accounts.actions import Scope
from dauchan.places.models import Place

pytestmark = pytest.mark.usefixtures("database")
QUEUE = 300
OPENS = "indexedDB.open("
VERSION = "JSON.parse(document.querySelector('#told').textContent).version"


def newer(static: Path, built: Path) -> Path:
    """The static files of a version whose script differs and whose database has a higher number."""
    shutil.copytree(built, static)
    manifest = static / "staticfiles.json"
    told = json.loads(manifest.read_text("utf-8"))
    old = static / told["paths"]["built/gate.js"]
    before, opening, after = old.read_text("utf-8").partition(OPENS)
    arguments, rest = after.split(")", 1)
    name, number = arguments.split(",")
    (static / "built/gate.newer.js").write_text(f"{before}{opening}{name},{int(number) + 1}){rest}", "utf-8")
    old.unlink()
    told["paths"]["built/gate.js"] = "built/gate.newer.js"
    manifest.write_text(json.dumps(told), "utf-8")
    return static


def waits(page: Page, count: int) -> None:
    expect(page.locator(".bar")).to_contain_text(f"Chờ gửi: {count}")


def test_a_new_version_with_a_full_queue_and_no_network_loses_nothing(opened, database, tmp_path):
    place = Place.objects.select_related("unit").get(pk=place_of_here(two_communes())["place_id"])
    owner = officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))
    port, log = free_port(), tmp_path / "web.log"
    before = scans()
    with serving(database, log, port=port) as address:
        context = opened([], camera=False, at=address)
        page = joins(context, code_for(place, owner))
        stands(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()  # from here on the worker controls the page
        comes_back(page)
        first = page.evaluate(VERSION)
        context.set_offline(True)
        records(page, QUEUE)
        waits(page, QUEUE)
    files = newer(tmp_path / "static", Path(os.environ[PLACE]))
    with serving(database, log, port=port, **{PLACE: str(files)}):
        page.route("**/api/v1/**", lambda route: route.abort())  # a line that lets the new version through and no scan
        context.set_offline(False)
        page.evaluate("navigator.serviceWorker.addEventListener('controllerchange', () => (window.changed = true))")
        page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => true)")
        eventually(lambda: bool(page.evaluate("window.changed")), 30)
        assert len(page.evaluate("caches.keys()")) == 2
        records(page, 5, start=20_000_000)  # the page of the old version goes on
        waits(page, QUEUE + 5)
        with page.expect_navigation():  # the next keeper: now the new version is taken up
            page.locator(".top .button").last.click()
        assert page.evaluate(VERSION) != first
        comes_back(page)
        waits(page, QUEUE + 5)
        records(page, 5, start=30_000_000)
        waits(page, QUEUE + 10)
        assert scans() == before
        page.unroute("**/api/v1/**")
        page.evaluate("dispatchEvent(new Event('online'))")
        eventually(lambda: scans() == before + QUEUE + 10, 60)
        expect(page.locator(".bar")).to_have_text("Đã gửi hết")
        names = page.evaluate("indexedDB.databases().then((all) => all.map(({ version }) => version))")
        assert names == [3]
        assert page_of(context) is page


def test_the_version_before_stays_for_open_pages_and_the_one_before_that_goes(opened, server):
    page = page_of(opened([], camera=False))
    page.goto("/app/cong")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("Promise.all(['a', 'b'].map((name) => caches.open(`dauchan-gate-${name}`))).then(() => true)")
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.unregister())")
    page.goto("/app/cong")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    eventually(lambda: len(page.evaluate("caches.keys()")) == 2)
    assert page.evaluate("caches.keys().then((all) => all.includes('dauchan-gate-b'))") is True
