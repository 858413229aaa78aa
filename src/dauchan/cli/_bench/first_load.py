"""What a browser that has nothing kept fetches for one page: requests, and kilobytes as they come over the line."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fetched:
    """One file: its kind as the browser names it, and its kilobytes with headers."""

    kind: str
    kilobytes: float


def first_load(browser: Any, address: str) -> list[Fetched]:
    """Everything that a phone fetches for the page at this address."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    kinds: dict[str, str] = {}
    fetched: list[Fetched] = []
    tools = context.new_cdp_session(page)
    tools.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
    tools.on(
        "Network.loadingFinished",
        lambda told: fetched.append(Fetched(kinds[told["requestId"]], told["encodedDataLength"] / 1000)),
    )
    tools.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    context.close()
    return fetched


def by_kind(fetched: list[Fetched]) -> list[list[str]]:
    """A row for each kind: what it is, how many, how large together."""
    kinds = sorted({one.kind for one in fetched})
    of = {kind: [one.kilobytes for one in fetched if one.kind == kind] for kind in kinds}
    return [[kind.lower(), str(len(of[kind])), f"{sum(of[kind]):.1f} kB"] for kind in kinds]
