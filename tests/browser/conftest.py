"""A real Chromium, one a run; each test gets pages of its own, and a page that complains fails its test.

`look(width)` opens a page for a visitor; `look(width, officer=...)` for an officer who has signed in. `opened(texts)`
opens a browser of its own whose camera sees these codes.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from support.camera import film

if TYPE_CHECKING:
    from dauchan.accounts.models import Officer

# Playwright keeps an event loop in this thread, and Django refuses its ORM beside one unless told that nothing awaits.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PHONE, DESK = 360, 1280
EXPECTED = "Failed to load resource: the server responded with a status of 4"

Look = Callable[..., Page]
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def look(chromium: Browser, server: str) -> Iterator[Look]:
    """Opens a page of the server in a window of this width, in this language."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    def open_page(width: int = DESK, *, language: str = "vi-VN", officer: "Officer | None" = None) -> Page:
        size = {"width": width, "height": 740 if width < 600 else 800}
        context = chromium.new_context(viewport=size, locale=language, base_url=server, has_touch=width < 600)
        contexts.append(context)
        if officer:
            context.add_cookies([{"name": "sessionid", "value": session_of(officer), "url": server}])
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def session_of(officer: "Officer") -> str:
    from support.officers import signed_in

    return str(signed_in(officer).cookies["sessionid"].value)


@pytest.fixture
def opened(chromium: Browser, server: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a browser with a profile of its own on disk, and a camera that plays a film."""
    contexts: list[BrowserContext] = []

    def open_browser(
        texts: list[str],
        *,
        profile: str = "profile",
        language: str = "vi-VN",
        camera: bool = True,
        seconds: float = 2.0,
        blank: float = 0.5,
        at: str = server,
    ) -> BrowserContext:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        if camera:
            shown = film(tmp_path / f"{len(contexts)}.y4m", texts, seconds=seconds, blank=blank)
            arguments += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
            arguments += [f"--use-file-for-fake-video-capture={shown}"]
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / profile,
            executable_path="/usr/bin/chromium",
            args=arguments,
            viewport={"width": 360, "height": 740},
            locale=language,
            base_url=at,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield open_browser
    for context in contexts:
        context.close()
