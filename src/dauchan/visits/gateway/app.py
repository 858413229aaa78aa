"""The door of the fast lane: `POST /api/v1/scans`, and everything else on to Django.

Raw ASGI, no cookies, one credential a request. Decides how large and how fast a request may be, and what the sender is
told; what becomes of a scan is decided in `judge` and `recorder`.
"""

import asyncio
import contextlib
import gc
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from psycopg.conninfo import make_conninfo

from dauchan.accounts.queries import GatewayCredential
from dauchan.kernel import clock, ids
from dauchan.kernel.errors import NotPermitted, Problem, Unavailable
from dauchan.kernel.keyring import open_keyring
from dauchan.visits.gateway import wire
from dauchan.visits.gateway.answers import judge_all, result_of, unread_result
from dauchan.visits.gateway.intake import (
    LANE,
    PAGES,
    Bounded,
    Receive,
    TooLarge,
    TooSlow,
    Wrapped,
    refuse_at_sight,
)
from dauchan.visits.gateway.judge import WRITE, Ready, UnknownPoint
from dauchan.visits.gateway.known import Known
from dauchan.visits.gateway.ledger import Fates
from dauchan.visits.gateway.recorder import Recorder

PATH = wire.PATH
log = logging.getLogger(__name__)
Scope = dict[str, Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


class NotSignedIn(Problem):
    kind = "credential_unknown"
    vi = "Thiếu hoặc sai khoá truy cập. Hãy gửi «Authorization: Bearer dc_…» còn hiệu lực."
    en = "The credential is missing or not valid. Send “Authorization: Bearer dc_…”."


class WrongMethod(Problem):
    kind = "method_not_allowed"
    vi = "Địa chỉ này chỉ nhận POST."
    en = "This address takes POST only."


class WrongType(Problem):
    kind = "content_type"
    vi = "Chỉ nhận application/json hoặc application/msgpack."
    en = "Only application/json or application/msgpack is taken."


DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, InterfaceError, OperationalError, OSError)
STATUS = {
    "credential_unknown": 401,
    "not_permitted": 403,
    "method_not_allowed": 405,
    "too_slow": 408,
    "too_large": 413,
    "content_type": 415,
    "content_encoding": 415,
    "body_malformed": 400,
    "unavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Scans of one sound request, and where the fates of the group they are written in will stand."""

    scans: list[Ready]
    fates: "asyncio.Future[Fates]"
    known: Known

    def answer(self, content_type: str, language: str) -> bytes:
        """What the sender is told, once the fates are there."""
        fates = self.fates.result()
        results = [result_of(scan.scan, fates[id(scan)], scan, self.known, language) for scan in self.scans]
        return wire.encode(wire.answer(results), content_type)


class Gateway:
    """The ASGI application: scans here, pages behind."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._known: Known | None = None
        self._recorder: Recorder | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._scans(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._behind(scope, receive, send)

    async def start(self) -> tuple[Known, Recorder]:
        """Bring up memory and recorder; safe to call at every request."""
        if self._known is None or self._recorder is None:
            async with self._starting:
                if self._known is None or self._recorder is None:
                    await self._bring_up()
        if self._known is None or self._recorder is None:
            raise Unavailable(seconds=2)
        return self._known, self._recorder

    def take_at_once(self, token: str, content_type: str, body: bytes) -> "Taken | None":
        """Scans on their way into the ledger, when nothing about them needs a second look; None otherwise."""
        if self._known is None or self._recorder is None:
            return None
        now = clock.now()
        credential = self._known.credential(token, now)
        if credential is None or WRITE not in credential.scopes:
            return None
        try:
            scans = wire.decode(body, content_type, self._known.envelope_key)
            judged = judge_all(scans, credential, self._known, now)
            ready = [found for found in judged if isinstance(found, Ready)]
            if len(ready) != len(judged) or len(judged) > wire.MAX_BATCH:
                return None
            return Taken(ready, self._recorder.take(ready), self._known)
        except Problem:
            return None

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._recorder is not None:
            await self._recorder.close()
        self._known = self._recorder = None
        self._tasks = []

    async def _bring_up(self) -> None:
        dsn, installation = _dsn(), settings.INSTALLATION
        known = Known(dsn, open_keyring(installation.keyring_dir), installation.issuer, installation.retention_days)
        await known.refresh()
        recorder = Recorder(dsn, known)
        self._tasks = [asyncio.create_task(known.listen()), asyncio.create_task(recorder.run())]
        self._known, self._recorder = known, recorder

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                with contextlib.suppress(Exception):  # the database may come later; the first request tries again
                    await self.start()
                settle_memory()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request for Django, which reads a body whole before it looks at it, however large."""
        headers = _headers(scope)
        try:
            refuse_at_sight(headers, PAGES)
            await self._pages(scope, Bounded(receive, PAGES), send)
        except (TooLarge, TooSlow, Wrapped) as problem:
            await _refuse(send, problem, _language(headers), as_json=scope["path"].startswith("/api/"))

    async def _scans(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        language = _language(headers)
        try:
            content_type, body = await self._answer(scope, headers, receive, language)
        except Problem as problem:
            await _refuse(send, problem, language)
        except DATABASE_AWAY:
            await _refuse(send, Unavailable(seconds=2), language)
        except Exception:
            await _say_it_broke(send)
        else:
            await _reply(send, 200, content_type, body)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, str], receive: Receive, language: str
    ) -> tuple[str, bytes]:
        if scope["method"] != "POST":
            raise WrongMethod
        content_type = headers.get(b"content-type", wire.Json).lower()
        if not content_type.startswith((wire.Json, wire.MsgPack)):
            raise WrongType
        refuse_at_sight(headers, LANE)
        now = clock.now()
        known, recorder = await self.start()
        credential = await _credential(known, headers, now)
        scans = wire.decode(await _body(receive), content_type, known.envelope_key)
        if len(scans) > wire.MAX_BATCH:
            raise TooLarge(scans=wire.MAX_BATCH, bytes=wire.MAX_BODY)
        results = await _results(scans, credential, known, recorder, now, language)
        return content_type.partition(";")[0], wire.encode(wire.answer(results), content_type)


async def _results(
    scans: list[wire.Scan | wire.Unread],
    credential: GatewayCredential,
    known: Known,
    recorder: Recorder,
    now: datetime,
    language: str,
) -> list[wire.Result]:
    """One result an item; an id that is in the ledger already is `duplicate` or `conflict` whatever else is wrong."""
    judged = await _judged(scans, credential, known, now)
    ready = [found for found in judged if isinstance(found, Ready)]
    fates = await recorder.record(ready) if ready else {}
    refused = [
        scan for scan, found in zip(scans, judged, strict=True) if isinstance(scan, wire.Scan) and _is_refused(found)
    ]
    before = await _bodies_before(refused, recorder)
    results = []
    for scan, found in zip(scans, judged, strict=True):
        if isinstance(scan, wire.Unread):
            results.append(unread_result(scan, language))
        elif isinstance(found, Ready):
            results.append(result_of(scan, fates[id(found)], found, known, language))
        else:
            results.append(result_of(scan, before.get(scan.id, found), None, known, language))
    return results


async def _judged(
    scans: list[wire.Scan | wire.Unread], credential: GatewayCredential, known: Known, now: datetime
) -> list[Ready | Problem]:
    judged = judge_all(scans, credential, known, now)
    if any(isinstance(found, UnknownPoint) for found in judged) and await known.refresh_soon():
        judged = judge_all(scans, credential, known, now)
    return judged


def _is_refused(found: Ready | Problem) -> bool:
    return isinstance(found, Problem)


async def _bodies_before(scans: list[wire.Scan], recorder: Recorder) -> dict[UUID, bytes]:
    keys = [(_day_of(scan.id), scan.id) for scan in scans if ids.is_uuid7(scan.id)]
    return await recorder.known_bodies([(day, scan_id) for day, scan_id in keys if day is not None])


def _day_of(scan_id: UUID) -> date | None:
    try:
        return clock.local_day(ids.instant_of(scan_id))
    except (OverflowError, ValueError):
        return None


async def _credential(known: Known, headers: dict[bytes, str], now: datetime) -> GatewayCredential:
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    found = known.credential(token.strip(), now)
    if found is None and await known.refresh_soon():
        found = known.credential(token.strip(), now)
    if found is None:
        raise NotSignedIn
    if WRITE not in found.scopes:
        raise NotPermitted
    return found


async def _body(receive: Receive) -> bytes:
    """The request's body, given up as soon as it is larger or slower than allowed."""
    receive = Bounded(receive, LANE)
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise wire.BodyProblem(reason="the connection closed early")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def settle_memory() -> None:
    """Take what was loaded at the start out of garbage collection, and collect less often.

    A full collection over Django's half a million objects stood still for 100 ms, in the middle of a queue at a gate.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _headers(scope: Scope) -> dict[bytes, str]:
    return {name: value.decode("latin-1") for name, value in scope["headers"]}


def _language(headers: dict[bytes, str]) -> str:
    return headers.get(b"accept-language", "vi")[:2].lower()


async def _refuse(send: Send, problem: Problem, language: str, *, as_json: bool = True) -> None:
    """Say no; the connection ends with it, since the rest of the body may never come."""
    sentence = problem.text(language)
    body = msgspec.json.encode({"code": problem.kind, "message": sentence}) if as_json else sentence.encode()
    more = [(b"connection", b"close")]
    if "seconds" in problem.detail:
        more.append((b"retry-after", str(problem.detail["seconds"]).encode()))
    await _reply(send, STATUS.get(problem.kind, 400), wire.Json if as_json else "text/plain; charset=utf-8", body, more)


async def _say_it_broke(send: Send) -> None:
    """The answer to a bug: an event id, by which its traceback is found in the log."""
    event = secrets.token_hex(4).upper()
    log.exception("event %s: unexpected error on the fast lane", event)
    await _reply(send, 500, wire.Json, msgspec.json.encode({"code": "unexpected", "event": event}))


async def _reply(
    send: Send, status: int, content_type: str, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    headers = [
        (b"content-type", content_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _dsn() -> str:
    """The address of Django's own database, for connections that the gateway keeps itself."""
    database = connection.settings_dict
    return make_conninfo(
        dbname=database["NAME"],
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        host=database["HOST"] or None,
        port=database["PORT"] or None,
    )
