"""Somebody fills in who they are from their card's code, read by their own phone's camera; no picture leaves it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.camera import film
from support.citizens import code_sent_to

pytestmark = pytest.mark.usefixtures("database")
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
CCCD = "067156000901|245000001|Trần Thị Mẫu|15081956|Nữ|Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông|02072021"
NUMBERS = iter(range(912920001, 912920099))
STORED = """
async () => [JSON.stringify(localStorage), JSON.stringify(sessionStorage),
  ...(await indexedDB.databases()).map((one) => one.name), ...(await caches.keys())]
"""
Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, server: str, tmp_path: Path) -> Iterator[Open]:
    """A phone signed in, on the page about its bearer, whose camera plays a film of codes; or has none."""
    contexts = []

    def open_page(texts: list[str], *, width: int = 360, language: str = "vi-VN", script: bool = True) -> Page:
        arguments = ["--no-sandbox"]
        if texts:
            shown = film(tmp_path / f"{len(contexts)}.y4m", texts)
            arguments += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
            arguments += [f"--use-file-for-fake-video-capture={shown}"]
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / f"profile{len(contexts)}",
            executable_path="/usr/bin/chromium",
            args=arguments,
            viewport={"width": width, "height": 740},
            locale=language,
            base_url=server,
            java_script_enabled=script,
        )
        contexts.append(context)
        page, number = context.pages[0], f"0{next(NUMBERS)}"
        page.goto("/vao")
        page.fill("input[name=phone]", number)
        page.click("main form .btn-primary")
        page.fill("input[name=code]", code_sent_to(number))
        page.click("main form .btn-primary")
        page.goto("/toi/danh-tinh")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_form_is_filled_from_the_card_and_nothing_leaves_the_phone(opened):
    page, asked, said = opened(["https://example.org/", CCCD]), [], []
    page.on("request", lambda request: asked.append((request.method, request.url.rpartition("/")[2])))
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("button", name="Quét thẻ bằng camera").click()
    expect(page.locator("[data-card-said]")).to_contain_text("không phải của thẻ")
    expect(page.locator("[data-card-said]")).to_contain_text("Đã điền từ thẻ", timeout=15_000)
    fields = {name: page.locator(f"main form [name={name}]").input_value() for name in ("name", "document", "birth")}
    assert fields == {"name": "Trần Thị Mẫu", "document": "067156000901", "birth": "15/08/1956"}
    assert page.locator("[name=sex]").input_value() == "female"
    assert page.locator("[name=old_document]").input_value() == "245000001"
    assert page.locator("[name=address]").input_value() == "Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông"
    expect(page.locator("video")).to_have_count(0)
    assert {method for method, _ in asked} <= {"GET"}
    assert all(name.startswith(("decoder", "zxing_reader")) for _, name in asked), asked
    stored = " ".join(page.evaluate(STORED))
    assert [canary for canary in ("Mẫu", "067156000901", "245000001") if canary in stored] == []
    assert said == []
    page.click("main form .btn-primary")
    page.wait_for_url("**/toi")
    assert "Trần Thị ***" in page.inner_text("h1")


def test_without_a_camera_the_page_says_so_and_typing_stays(opened):
    page = opened([])
    page.get_by_role("button", name="Quét thẻ bằng camera").click()
    expect(page.locator("[data-card-said]")).to_contain_text("Hãy gõ vào các ô dưới đây")
    page.fill("[name=name]", "Lê Văn Gõ")
    page.click("main form .btn-primary")
    page.wait_for_url("**/toi")


def test_without_script_there_is_no_button_and_typing_stays(opened):
    page = opened([], script=False)
    expect(page.get_by_role("button", name="Quét thẻ bằng camera")).to_have_count(0)
    page.fill("[name=name]", "Lê Văn Gõ")
    page.click("main form .btn-primary")
    assert page.url.endswith("/toi")


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_open_camera_leaves_nothing_too_wide_pale_or_small(opened, width, language):
    page = opened(["https://example.org/"], width=width, language=language)
    page.locator("[data-card-open]").click()
    expect(page.locator("[data-card-said]")).not_to_be_empty()
    expect(page.locator("video")).to_be_visible()
    assert page.evaluate(FAULTS) == []
    page.locator("[data-card-close]").click()
    expect(page.locator("[data-card-open]")).to_be_visible()
