"""How much a request may send, how slowly, and in which wrapping: one door for the fast lane and for the pages.

Nothing is parsed before it was received whole, and nobody holds the server by sending a byte now and then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dauchan.kernel.errors import Problem
from dauchan.visits.gateway import wire

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class TooLarge(Problem):
    kind = "too_large"
    vi = "Gói gửi quá lớn: tối đa {scans} lượt quét và {bytes} byte. Hãy chia nhỏ."
    en = "Too large: at most {scans} scans and {bytes} bytes a request. Split it."


class PageTooLarge(TooLarge):
    vi = "Nội dung gửi lên quá lớn: tối đa {bytes} byte. Hãy chia nhỏ."
    en = "Too large: at most {bytes} bytes a request. Split it."


class TooSlow(Problem):
    kind = "too_slow"
    vi = "Nội dung đến quá chậm nên máy chủ đã ngừng chờ. Chưa có gì được ghi; hãy gửi lại, mỗi lần ít hơn."
    en = "The request came too slowly and was given up. Nothing was recorded; send it again, less at a time."


class Wrapped(Problem):
    kind = "content_encoding"
    vi = "Không nhận nội dung nén. Hãy gửi không có Content-Encoding."
    en = "Compressed bodies are not taken. Send it without Content-Encoding."


@dataclass(frozen=True)
class Allowance:
    """What a body may cost: `bytes` at most; `seconds` to begin with, and one more for each `rate` bytes that came."""

    bytes: int
    seconds: float
    rate: int
    problem: type[Problem]

    def too_large(self) -> Problem:
        return self.problem(scans=wire.MAX_BATCH, bytes=self.bytes)


LANE = Allowance(wire.MAX_BODY, 10, 16_384, TooLarge)
PAGES = Allowance(24 * 1024 * 1024, 15, 8_192, PageTooLarge)
"""Files to import are 20 MB at most; beside them stand the fields of their form. Times and rates are ours."""


def refuse_at_sight(headers: dict[bytes, str], allowance: Allowance) -> None:
    """Refuse what the headers alone show to be unacceptable.

    raises   TooLarge, Wrapped
    """
    length = headers.get(b"content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > allowance.bytes:
        raise allowance.too_large()
    if headers.get(b"content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Wrapped


class Bounded:
    """`receive` of one request, that gives up on a body too large or too slow; what follows the body is let through.

    raises   TooLarge, TooSlow
    """

    def __init__(self, receive: Receive, allowance: Allowance) -> None:
        self._receive, self._allowance = receive, allowance
        self._size, self._more = 0, True
        self._began = asyncio.get_running_loop().time()

    async def __call__(self) -> Mapping[str, Any]:
        if not self._more:
            return await self._receive()
        allowed = self._allowance
        try:
            async with asyncio.timeout_at(self._began + allowed.seconds + self._size / allowed.rate):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow from error
        self._size += len(message.get("body", b""))
        self._more = message["type"] == "http.request" and bool(message.get("more_body", False))
        if self._size > allowed.bytes:
            raise allowed.too_large()
        return message
