"""The built files belong to these sources, and every icon that a page names is among them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "dauchan" / "web" / "static" / "built"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook as a module; the interface that hatchling gives it is not needed here."""
    text = (ROOT / "hatch_build.py").read_text("utf-8")
    text = re.sub(r"^from hatchling.*$", "BuildHookInterface = object", text, flags=re.MULTILINE)
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("hatch_build", None))
    exec(compile(text, "hatch_build.py", "exec"), module.__dict__)
    return module


def test_the_built_front_end_is_of_these_sources(hook: ModuleType) -> None:
    assert (BUILT / "sources.sha256").read_text() == hook.fingerprint(ROOT), "run script/bootstrap"


def test_every_icon_that_a_page_names_is_in_the_sprite(hook: ModuleType) -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (BUILT / "icons.svg").read_text("utf-8")))
    assert set(hook.icons_used(ROOT)) == sprite


def test_an_unknown_icon_is_found_by_both_readers_of_the_pattern(hook: ModuleType) -> None:
    vite = (ROOT / "frontend" / "vite.config.js").read_text("utf-8")
    written = re.search(r"ICON_USE = /(.*)/g;", vite)
    assert written is not None
    assert written[1] == hook.ICON_USE.pattern


def test_the_style_sheet_asks_nobody_else_for_fonts_or_pictures() -> None:
    sheet = (BUILT / "dauchan.css").read_text("utf-8")
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet)
    assert [address for address in addresses if not address.startswith(("./", "data:", "#"))] == []


@pytest.mark.parametrize("name", ["map-pane", "overlay-pane", "marker-pane", "marker-icon", "top", "left"])
def test_the_maps_sheet_keeps_classes_whose_names_leaflet_puts_together(name: str) -> None:
    assert re.search(rf"\.leaflet-{name}\b", (BUILT / "map.css").read_text("utf-8"))


def test_no_page_puts_the_name_of_a_class_together() -> None:
    """Built sheets have only rules whose words stand in a page; `alert-…` and Leaflet's are kept (vite.config.js)."""
    together = re.compile(r'class="[^"]*?([\w-]*-)\{[{%]')
    files = sorted((ROOT / "src" / "dauchan").rglob("templates/**/*.html"))
    found = {(file.name, name) for file in files for name in together.findall(file.read_text("utf-8"))}
    assert found == {("messages.html", "alert-")}
