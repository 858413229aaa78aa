"""The map on the form of a place: a pin on outlines, on a phone and a desk, in both languages; nobody else is asked."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from support.axe import grave_faults
from support.officers import officer_with
from support.owners import registers, signed

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.places.models import Place
from dauchan.units.models import UnitBoundary
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-23T16:40+07:00"
PHONE, DESK = 360, 1280
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
OPEN = {"vi-VN": "Chọn trên bản đồ", "en-US": "Choose on the map"}
HEIGHT = """() => document.querySelector(".map-view").getBoundingClientRect().bottom
    - document.querySelector(".map-pin").getBoundingClientRect().bottom"""
WITHIN = {"vi-VN": "Ghim nằm trong Phường Bắc Gia Nghĩa.", "en-US": "The pin is in Phường Bắc Gia Nghĩa."}
pytestmark = pytest.mark.usefixtures("database")


class Scene:
    """A place in phường Bắc Gia Nghĩa with a position, its owner's cookie, and an officer."""

    def __init__(self) -> None:
        here = unit_by_code("24611", clock.local_day(clock.now()))
        assert here
        boss = signed("0912500001")
        self.place = registers(boss, here, "Quán cà phê Gió")
        Place.objects.filter(pk=self.place.pk).update(latitude=12.01, longitude=107.69)
        self.owner = boss.cookies["dc_me"].value
        self.desk: Officer = officer_with("province_health_officer")


@pytest.fixture(scope="module")
def scene(server, database) -> Scene:
    return Scene()


def owner_on(page: Page, scene: Scene, server: str, path: str) -> Page:
    page.context.add_cookies([{"name": "dc_me", "value": scene.owner, "url": server}])
    page.goto(path)
    page.locator("summary").first.click()
    return page


def said(page: Page) -> Locator:
    return page.locator("[data-map] [role=status]")


def pin(page: Page) -> Locator:
    return page.locator(".map-pin")


def height_on_map(page: Page) -> float:
    """How far the pin stands above the lower edge of its map, in pixels."""
    return float(page.evaluate(HEIGHT))


def degrees(page: Page) -> tuple[float, float]:
    latitude, longitude = (page.locator(f"[name={name}]").input_value() for name in ("latitude", "longitude"))
    return float(latitude), float(longitude)


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_map_of_owner_and_officer_locks_nobody_out_and_asks_nobody_else(
    look, server, scene, width, language
) -> None:
    page, desk = look(width, language=language), look(width, language=language, officer=scene.desk)
    asked: list[str] = []
    for each in (page, desk):
        each.on("request", lambda request: asked.append(request.url))
    owner_on(page, scene, server, f"/cua-toi/dia-diem/{scene.place.pk}/sua")
    desk.goto(f"/dia-diem/{scene.place.pk}/sua")
    assert [url for url in asked if "/map." in url or "vien.json" in url] == []
    for each in (page, desk):
        each.get_by_role("button", name=OPEN[language]).click()
        expect(said(each)).to_contain_text(WITHIN[language])
        assert each.locator(".map-view path.map-beside").count() > 3
        expect(each.locator(".map-name", has_text="Nam Gia Nghĩa")).to_be_visible()
        assert (each.evaluate(FAULTS), grave_faults(each)) == ([], [])
        view, zoom, point = (each.locator(at).bounding_box() for at in (".map-view", ".leaflet-bar", ".map-pin"))
        assert view
        assert zoom
        assert point
        assert all(0 < zoom[side] - view[side] < 20 for side in ("x", "y"))
        assert view["y"] + view["height"] / 2 < point["y"] < view["y"] + view["height"], "in the south of the commune"
    expect(desk.locator(".map-name", has_text="Quán cà phê Gió")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(server).netloc}


def test_tap_keys_and_typing_keep_pin_and_degrees_together(look, server, scene) -> None:
    page = owner_on(look(PHONE), scene, server, f"/cua-toi/dia-diem/{scene.place.pk}/sua")
    page.get_by_role("button", name="Chọn trên bản đồ").click()
    expect(pin(page)).to_be_visible()
    assert degrees(page) == (12.01, 107.69)
    pin(page).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    latitude, longitude = degrees(page)
    assert latitude > 12.01
    assert longitude > 107.69
    page.keyboard.press("Shift+ArrowDown")
    assert 12.01 < degrees(page)[0] < latitude
    before = height_on_map(page)
    page.locator("[name=latitude]").fill("12,05")
    assert height_on_map(page) > before + 20
    page.locator(".map-view").tap(position={"x": 160, "y": 160})
    assert degrees(page)[0] != 12.05
    start, (latitude, longitude) = pin(page).bounding_box(), degrees(page)
    assert start
    page.mouse.move(start["x"] + 22, start["y"] + 22)
    page.mouse.down()
    page.mouse.move(start["x"] + 62, start["y"] + 52, steps=5)
    page.mouse.up()
    assert degrees(page)[0] < latitude
    assert degrees(page)[1] > longitude


def test_a_pin_outside_is_remarked_on_and_saved(look, server, scene) -> None:
    page = owner_on(look(PHONE), scene, server, f"/cua-toi/dia-diem/{scene.place.pk}/sua")
    page.get_by_role("button", name="Chọn trên bản đồ").click()
    expect(pin(page)).to_be_visible()
    page.locator("[name=latitude]").fill("11.95")
    expect(said(page)).to_contain_text("Ghim có vẻ nằm ở Phường")
    page.locator("[name=latitude]").fill("21.02")
    expect(said(page)).to_contain_text("Ghim nằm ngoài Phường Bắc Gia Nghĩa")
    page.get_by_role("button", name="Lưu").click()
    page.wait_for_url(f"**/cua-toi/dia-diem/{scene.place.pk}")
    assert Place.objects.get(pk=scene.place.pk).latitude == 21.02
    Place.objects.filter(pk=scene.place.pk).update(latitude=12.01)


def test_the_map_follows_the_commune_and_says_in_words_where_there_is_none(look, server, scene) -> None:
    page = owner_on(look(PHONE), scene, server, "/cua-toi/dia-diem/them")
    button = page.get_by_role("button", name="Chọn trên bản đồ")
    button.click()
    expect(said(page)).to_have_text("Hãy chọn xã, phường trong danh sách trước, rồi mở bản đồ.")

    def choose(text: str, name: str) -> None:
        page.get_by_role("combobox", name="Xã, phường").fill(text)
        page.get_by_role("option", name=name).click()

    choose("bac gia nghia", "Phường Bắc Gia Nghĩa")
    button.click()
    expect(said(page)).to_have_text("Chưa có vị trí: chạm vào bản đồ để đặt ghim.")
    assert page.locator("[name=latitude]").input_value() == ""
    choose("nam gia nghia", "Phường Nam Gia Nghĩa")
    expect(page.get_by_role("group", name="Bản đồ Phường Nam Gia Nghĩa")).to_be_visible()
    pin(page).focus()
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Ghim nằm trong Phường Nam Gia Nghĩa.")
    dong = unit_by_code("24617", clock.local_day(clock.now()))
    assert dong
    UnitBoundary.objects.filter(unit=dong).delete()
    choose("24617", dong.name)
    expect(said(page)).to_contain_text(f"Chưa có ranh giới của {dong.name}")
    assert not page.locator(".map-view").is_visible()
