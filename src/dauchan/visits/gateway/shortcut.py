"""The short way of a sound request that comes whole in one packet: no task, no scope, no ASGI messages.

At a gate that is the usual one, and tasks and messages around it cost as much as the work itself (docs/benchmarks.md).
Nothing is decided here. Whatever is unusual about a request - an odd header, a credential or a scan that must be
refused, a full queue - goes the long way through `app` with the very same bytes.
"""

import asyncio
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dauchan.kernel.errors import Unavailable
from dauchan.visits.gateway import wire
from dauchan.visits.gateway.patience import PatientProtocol

if TYPE_CHECKING:  # uvicorn needs this module before Django is ready for models
    from dauchan.visits.gateway.app import Gateway, Taken

START = f"POST {wire.PATH} HTTP/1.1\r\n".encode()
HEADERS = re.compile(rb"(?:[A-Za-z0-9-]+:[ \t]*[\x20-\x7e]*\r\n)+")
PLAIN = frozenset((wire.Json, wire.MsgPack))
UNUSUAL = frozenset((b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"trailer", b"te"))
LONGEST_HEAD = 4096
KEPT = (
    b"HTTP/1.1 200 OK\r\n%scontent-type: %s\r\ncontent-length: %d\r\n"
    b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers of a usual request say."""

    length: int
    token: str
    content_type: str
    language: str


class ShortcutProtocol(PatientProtocol):
    """A connection whose usual requests take the short way, one at a time; all others go on to uvicorn."""

    _gateway: "Gateway | None" = None
    _between_requests = True
    _taken: "Taken | None" = None
    _head: Head | None = None
    _packet = b""
    _held = b""
    _used_at = 0.0
    _ending = False

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self._gateway = _gateway_behind(self.app)

    def data_received(self, data: bytes) -> None:
        if self._taken is not None:  # a sender who doesn't wait for the answer waits here
            self._held += data
            self.transport.pause_reading()
        elif not self._take(data):
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._between_requests = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._between_requests = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._taken = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._ending = True
        if self._taken is None:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close when nothing came for a while; the short way doesn't wind this clock up, it is looked at here."""
        left = self.timeout_keep_alive - (self.loop.time() - self._used_at)
        if self._taken is not None or left > 0:
            self._watch_idling(max(left, 1.0))
        else:
            super().timeout_keep_alive_handler()

    def _take(self, packet: bytes) -> bool:
        """Take a packet that is one usual request, and send its scans to the ledger; False leaves it to others."""
        if not packet.startswith(START) or self._gateway is None or not self._is_free():
            return False
        head, end, body = packet.partition(b"\r\n\r\n")
        read = read_head(head[len(START) :] + b"\r\n") if end and len(head) <= LONGEST_HEAD else None
        if read is None or read.length != len(body):
            return False
        self._taken = self._gateway.take_at_once(read.token, read.content_type, body)
        if self._taken is None:
            return False
        self._head, self._packet = read, packet
        self._stop_waiting()
        self._taken.fates.add_done_callback(self._written)
        return True

    def _is_free(self) -> bool:
        """Whether no request is under way here, and the server has room for one."""
        answered = self.cycle is None or self.cycle.response_complete
        crowded = self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency
        return answered and self._between_requests and not crowded

    def _written(self, fates: "asyncio.Future[Any]") -> None:
        taken, head, packet = self._taken, self._head, self._packet
        self._taken, self._head, self._packet = None, None, b""
        if taken is None or head is None or self.transport.is_closing():
            return
        self._used_at = self.loop.time()
        if isinstance(fates.exception(), Unavailable):
            super().data_received(packet)
        else:
            self._reply(head.content_type, taken.answer(head.content_type, head.language))
        self._go_on()

    def _reply(self, content_type: str, body: bytes) -> None:
        usual = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        self.transport.write(KEPT % (usual, content_type.encode(), len(body)) + body)
        self.server_state.total_requests += 1
        if self._ending:
            self.transport.close()
        elif self.timeout_keep_alive_task is None:
            self._watch_idling(self.timeout_keep_alive)

    def _go_on(self) -> None:
        held, self._held = self._held, b""
        if held:
            self.transport.resume_reading()
            self.data_received(held)

    def _watch_idling(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


@lru_cache(maxsize=4096)
def read_head(lines: bytes) -> Head | None:
    """What header lines say when there is nothing unusual about them; remembered, for a gate sends the same ones."""
    if not HEADERS.fullmatch(lines):
        return None
    pairs = [line.partition(b":") for line in lines.split(b"\r\n")[:-1]]
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    content_type = headers.get(b"content-type", wire.Json.encode()).decode().lower()
    length = headers.get(b"content-length", b"")
    usual = (
        len(headers) == len(pairs)
        and UNUSUAL.isdisjoint(headers)
        and headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
        and content_type in PLAIN
        and scheme.lower() == b"bearer"
        and length.isdigit()
        and len(length) < 9
    )
    if not usual:
        return None
    language = headers.get(b"accept-language", b"vi").decode()[:2].lower()
    return Head(int(length), token.decode().strip(), content_type, language)


@lru_cache(maxsize=1)
def _gateway_behind(application: Any) -> "Gateway | None":
    """The gateway within uvicorn's own wrappers around it."""
    from dauchan.visits.gateway.app import Gateway

    while application is not None and not isinstance(application, Gateway):
        application = getattr(application, "app", None)
    return application
