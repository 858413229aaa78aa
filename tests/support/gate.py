"""A gate keeper at the app: joins, stands at a point, types, comes back; and what became of it on the server."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect

from dauchan.accounts.models import Officer
from dauchan.gates import actions
from dauchan.kernel import clock
from dauchan.places.models import Place

PIN = "2468"


def code_for(place: Place, owner: Officer) -> str:
    until = clock.now() + timedelta(days=30)
    return actions.offer_device(place, "Cổng trước", until=until, takes_paper=False, by=owner, now=clock.now())[1]


def page_of(context: BrowserContext) -> Page:
    return context.pages[0] if context.pages else context.new_page()


def joins(context: BrowserContext, code: str, *, keeper: str = "Chị Tư") -> Page:
    page = page_of(context)
    page.goto(f"/app/cong#{code}")
    page.get_by_label("Tên người trực").fill(keeper)
    page.get_by_label("Đặt mã PIN của bạn").fill(PIN)
    page.get_by_label("Gõ lại mã PIN").fill(PIN)
    page.get_by_role("button", name="Tham gia", exact=True).click()
    return page


def stands(page: Page) -> None:
    page.get_by_role("button", name="Vào").click()
    expect(page.locator(".stage")).to_be_visible()


def types_in(page: Page, number: str) -> None:
    """A number typed by the keeper."""
    page.get_by_role("button", name="Nhập tay").click()
    page.get_by_label("Số điện thoại, căn cước hoặc mã thẻ").fill(number)
    page.get_by_role("button", name="Ghi", exact=True).click()


def comes_back(page: Page) -> None:
    page.goto("/app/cong")
    page.get_by_role("button", name="Chị Tư").click()
    page.get_by_label("Mã PIN").fill(PIN)
    page.get_by_role("button", name="Bắt đầu trực").click()


def scans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from visits_scan")
        return int(cursor.fetchone()[0])


def eventually(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.1)


def kill(profile: Path) -> None:
    """End the browser that holds a profile, as a flat battery would."""
    (number,) = [number for number, command in commands() if f"={profile}" in command and "--type=" not in command]
    os.kill(number, signal.SIGKILL)
    eventually(lambda: not any(f"={profile}" in command for _, command in commands()))


def commands() -> Iterator[tuple[int, str]]:
    """Every process with its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().decode(errors="replace")


RECORD = """
async ([from, to]) => {
  const { device } = await import(document.querySelector("script[type=module]").src);
  for (let number = from; number < to; number++) await device.record({ kind: "phone", number: `09${number}` }, "typed");
}
"""


def records(page: Page, count: int, *, start: int = 10_000_000) -> None:
    """So many people, each recorded by the app's own way, as fast as the device can."""
    page.evaluate(RECORD, [start, start + count])
