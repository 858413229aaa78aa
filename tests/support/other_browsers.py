"""Firefox and WebKitGTK, where the machine has them, each by the protocol that it speaks itself; no other package.

Firefox: WebDriver BiDi over its own port. WebKitGTK: its WebDriver, with a display of its own that nobody sees.
"""

import contextlib
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx
from support.web import free_port
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60
MINI_BROWSER = next(iter(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), None)


class OtherBrowser(Protocol):
    """A browser with one page."""

    version: str

    def open(self, address: str) -> None:
        """Go there, until it is loaded."""

    def run(self, script: str) -> Any:
        """What a function's body gives back, through JSON."""


class Firefox:
    def __init__(self, wire: ClientConnection) -> None:
        self._wire, self._numbers = wire, itertools.count(1)
        self.version = str(self._ask("session.new", capabilities={})["capabilities"]["browserVersion"])
        self._page = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        self._ask("browsingContext.setViewport", context=self._page, viewport={"width": 360, "height": 740})

    def _ask(self, method: str, **said: Any) -> Any:
        number = next(self._numbers)
        self._wire.send(json.dumps({"id": number, "method": method, "params": said}))
        while True:
            answer = json.loads(self._wire.recv(timeout=PATIENCE_S))
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, address: str) -> None:
        self._ask("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def run(self, script: str) -> Any:
        text = f"(async () => JSON.stringify((await (async () => {{ {script} }})()) ?? null))()"
        said = {"expression": text, "target": {"context": self._page}, "awaitPromise": True}
        return json.loads(self._ask("script.evaluate", **said)["result"]["value"])


class WebKit:
    def __init__(self, client: httpx.Client) -> None:
        options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        made = client.post("/session", json=asked).raise_for_status().json()["value"]
        self._client, self._session = client, f"/session/{made['sessionId']}"
        self.version = str(made["capabilities"]["browserVersion"])
        self._ask("window/rect", width=360, height=740)

    def _ask(self, what: str, **said: Any) -> Any:
        answer = self._client.post(f"{self._session}/{what}", json=said)
        assert answer.is_success, answer.text
        return answer.json()["value"]

    def open(self, address: str) -> None:
        self._ask("url", url=address)

    def run(self, script: str) -> Any:
        text = f"(async () => {{ {script} }})().then(arguments[arguments.length - 1])"
        return self._ask("execute/async", script=text, args=[])


@contextlib.contextmanager
def firefox(home: Path) -> Iterator[OtherBrowser]:
    port = free_port()
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(home), f"--remote-debugging-port={port}"]
    with _running(command, home), contextlib.ExitStack() as stack:
        address = f"ws://127.0.0.1:{port}/session"
        wire = _patiently(lambda: connect(address, max_size=None, proxy=None), OSError, WebSocketException)
        yield Firefox(stack.enter_context(wire))


@contextlib.contextmanager
def webkit(home: Path) -> Iterator[OtherBrowser]:
    port = free_port()
    command = ["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"]
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False)
    with _running(command, home), client:
        _patiently(lambda: client.get("/status"), httpx.TransportError)
        yield WebKit(client)


@contextlib.contextmanager
def _running(command: list[str], home: Path) -> Iterator[None]:
    """A program with a home of its own, and all it starts, for as long as the block lasts."""
    surroundings = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "WEBKIT_FORCE_SANDBOX": "0"}
    process = subprocess.Popen(
        command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        subprocess.run(["kill", "--", f"-{process.pid}"], check=False)
        process.wait(PATIENCE_S)


def _patiently(attempt: Callable[[], Any], *faults: type[Exception]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except faults:
            assert time.monotonic() < deadline, "it did not come up"
            time.sleep(0.2)


KNOWN = {"firefox": firefox, "webkit": webkit}


def missing(name: str) -> str:
    """Why a browser can't be had here; "" when it can."""
    wanted = {"firefox": ["firefox-esr"], "webkit": ["WebKitWebDriver", "xvfb-run"]}[name]
    absent = [program for program in wanted if not shutil.which(program)]
    return f"{', '.join(absent)} is not installed" if absent else ""
