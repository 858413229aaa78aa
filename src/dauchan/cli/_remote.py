"""Speaks to an installation through its public API as an integrator does: connections kept open, patient with a server
that is busy or starting again. Decides nothing about what is sent.
"""

import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from dauchan.kernel.errors import Problem

PATIENCE_SECONDS = 300.0
"""How long a server that answers "busy", or not at all, is asked again. Ours: a restart takes seconds."""
LONGEST_PAUSE = 30.0
ANSWER_SECONDS = 60.0
TRY_AGAIN = frozenset({429, 502, 503, 504})
IN_FLIGHT = 3
"""Requests under way at a time. Ours: enough to keep one gateway's commits full."""

Given = TypeVar("Given")
Answered = TypeVar("Answered")


class BadAddress(Problem):
    kind = "bad_address"
    vi = "Địa chỉ máy chủ phải có dạng https://máy-chủ hoặc http://máy:cổng."
    en = "The server's address must look like https://host or http://host:port."


class ServerAway(Problem):
    kind = "server_away"
    vi = "Máy chủ không trả lời sau nhiều lần thử ({reason}). Gửi lại sau không làm trùng dữ liệu."
    en = "The server did not answer after many tries ({reason}). Sending again later doubles nothing."


class Refused(Problem):
    kind = "refused"
    vi = "Máy chủ từ chối ({status} {code}): {message}"
    en = "The server refused ({status} {code}): {message}"


class Remote:
    """One installation at an address. Threads share it, each with a connection of its own."""

    def __init__(self, url: str, token: str = "", *, patience: float = PATIENCE_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadAddress
        self._parts, self._patience = parts, patience
        self._headers = {"content-type": "application/json", "accept": "application/json", "accept-language": "en"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        self._own = threading.local()

    def get(self, path: str) -> Any:
        """The JSON at a path.

        raises   Refused, ServerAway
        """
        return self._ask("GET", path, b"")

    def post(self, path: str, body: object) -> Any:
        """The JSON answer to a JSON body. What is sent must be harmless to send twice: it is, when an answer is lost.

        raises   Refused, ServerAway
        """
        return self._ask("POST", path, msgspec.json.encode(body))

    def _ask(self, method: str, path: str, body: bytes) -> Any:
        deadline, pause = time.monotonic() + self._patience, 0.25
        while True:
            try:
                status, asked_pause, answer = self._once(method, path, body)
                reason = f"{status}"
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                status, asked_pause, answer, reason = 0, 0.0, b"", type(error).__name__
            if status and status not in TRY_AGAIN:
                return _read(status, answer)
            wait = min(max(asked_pause, pause), LONGEST_PAUSE)
            if time.monotonic() + wait > deadline:
                raise ServerAway(reason=reason)
            time.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _once(self, method: str, path: str, body: bytes) -> tuple[int, float, bytes]:
        connection = self._connection()
        connection.request(method, self._parts.path.rstrip("/") + path, body or None, self._headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self._hang_up()
        asked_pause = answer.headers.get("retry-after", "")
        return answer.status, float(asked_pause) if asked_pause.isdecimal() else 0.0, content

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            secure = self._parts.scheme == "https"
            make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            kept = self._own.connection = make(self._parts.hostname or "", self._parts.port, timeout=ANSWER_SECONDS)
        return kept

    def _hang_up(self) -> None:
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is not None:
            kept.close()
            self._own.connection = None


def _read(status: int, answer: bytes) -> Any:
    try:
        content = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        content = {}
    if status >= 400 or content == {}:
        told = content if isinstance(content, dict) else {}
        raise Refused(status=status, code=told.get("code", ""), message=told.get("message", ""))
    return content


def in_flight(
    given: Iterable[Given], ask: Callable[[Given], Answered], width: int = IN_FLIGHT
) -> Iterator[tuple[Given, Answered]]:
    """Ask about each, a few at a time, and answer in the order given; `given` is drawn from only as far as needed."""
    with ThreadPoolExecutor(width) as pool:
        under_way: deque[tuple[Given, Future[Answered]]] = deque()
        try:
            for each in given:
                under_way.append((each, pool.submit(ask, each)))
                if len(under_way) > width:
                    first, answer = under_way.popleft()
                    yield first, answer.result()
            while under_way:
                first, answer = under_way.popleft()
                yield first, answer.result()
        finally:
            for _, answer in under_way:
                answer.cancel()
