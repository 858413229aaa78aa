"""A real Chromium, one a run; each test gets pages of its own, and a page that complains fails its test.

`look(width)` opens a page for a visitor; `look(width, officer=...)` for an officer who has signed in.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

if TYPE_CHECKING:
    from dauchan.accounts.models import Officer

# Playwright keeps an event loop in this thread, and Django refuses its ORM beside one unless told that nothing awaits.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PHONE, DESK = 360, 1280
EXPECTED = "Failed to load resource: the server responded with a status of 4"

Look = Callable[..., Page]


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
