"""A hundred gates come back after seven days without network, all at once, over a line that is cut at random.

Each sends as the app does: one sealed scan a request, the oldest first, again until it is answered. The line is reset
before the server hears of a request, or after it has committed and before its answer arrives. 100 scans a gate, 1,000
with --long; the seed is printed.
"""

import asyncio
import base64
import random
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
import psycopg
import pytest
from support.town import Town, build

from dauchan.accounts.actions import create_credential
from dauchan.kernel import clock, ids
from dauchan.kernel.sealing import seal_envelope
from dauchan.visits.gateway.wire import ENVELOPE_CONTEXT

CLOCK = "2026-11-20T12:00+07:00"
GATES, AT_ONCE = 100, 8
BACKLOG = timedelta(days=7) - timedelta(minutes=5)
HEARD_AND_CUT, CUT_BEFORE, SENT_TWICE = 0.04, 0.02, 0.05
"""Shares of answers that are lost after the server gave them, of requests that never arrive, of scans queued twice."""
STRANGERS = 40
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends a reset."""


@dataclass
class BadLine:
    """A relay on loopback that resets connections at random."""

    server: tuple[str, int]
    chance: random.Random
    cut: Counter[str] = field(default_factory=Counter)
    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: both ways until either ends or the line is cut."""
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        there, back = await asyncio.open_connection(*self.server)
        ways = [
            asyncio.ensure_future(self._one_way(reader, back, "before", CUT_BEFORE)),
            asyncio.ensure_future(self._one_way(there, writer, "after", HEARD_AND_CUT)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        back.close()
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.close()

    async def _one_way(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, name: str, risk: float) -> None:
        while part := await source.read(65_536):
            if self.chance.random() < risk:
                self.cut[name] += 1
                return
            sink.write(part)
            await sink.drain()


@dataclass
class Gate:
    """One device: its token, what waits on it, and what it was told."""

    token: str
    queue: list[dict[str, Any]]
    accepted: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def empty(self, address: str, turns: asyncio.Semaphore) -> None:
        """Send until nothing waits."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as line:
            for sealed in self.queue:
                async with turns:
                    while not await self._answered(line, sealed):
                        await asyncio.sleep(0.01)

    async def _answered(self, line: httpx.AsyncClient, sealed: dict[str, Any]) -> bool:
        try:
            answer = await line.post("/api/v1/scans", json=sealed)
        except httpx.TransportError:
            return False
        if answer.status_code == 503:
            return False
        if answer.status_code != 200:
            self.wrong.append(answer.text)
            return True
        (result,) = answer.json()["results"]
        told = {"accepted": self.accepted, "duplicate": self.duplicates}.get(result["status"])
        if told is None:
            self.wrong.append(str(result))
        else:
            told[result["id"]] += 1
        return True


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def _gates(town: Town, each: int, chance: random.Random) -> list[Gate]:
    places = ["market", "cafe", "ward"]
    tokens = [
        create_credential(
            kind="gate",
            name=f"Cổng {number}",
            scopes=["scans:write"],
            expires_at=clock.now() + timedelta(days=1),
            place_id=town.places[places[number % len(places)]],
            by=None,
            now=clock.now(),
        )[1]
        for number in range(GATES)
    ]
    return [Gate(token, _queue(town, places[n % len(places)], each, chance)) for n, token in enumerate(tokens)]


def _queue(town: Town, place: str, each: int, chance: random.Random) -> list[dict[str, Any]]:
    """The scans of one gate, the oldest first, each sealed as the app does; a few of them wait twice, sealed anew."""
    ages = sorted((chance.random() * BACKLOG for _ in range(each)), reverse=True)
    scans = [_scan(town, place, age, chance) for age in ages]
    again = [scan for scan in scans if chance.random() < SENT_TWICE]
    return [_sealed(town, scan) for scan in [*scans, *again]]


def _scan(town: Town, place: str, age: timedelta, chance: random.Random) -> dict[str, Any]:
    at = clock.now() - age
    if chance.random() < 0.5:
        return town.scan(chance.choice(list(town.passes)), place, at, chance.choice(["in", "out"]))
    stranger = {"kind": "phone", "number": f"09330000{chance.randrange(STRANGERS):02}"}
    return {"id": str(ids.random_uuid7(at)), "subject": stranger, "point": town.points[place], "direction": "in"}


def _sealed(town: Town, scan: dict[str, Any]) -> dict[str, Any]:
    key = town.database.keyring.named("envelope")
    envelope = seal_envelope(key.opening.public_key(), msgspec.json.encode({"scans": [scan]}), ENVELOPE_CONTEXT)
    return {"ids": [scan["id"]], "envelope": base64.b64encode(envelope).decode(), "key": key.id}


async def _all_at_once(gates: list[Gate], line: BadLine) -> None:
    relay = await asyncio.start_server(line.relay, "127.0.0.1", 0)
    async with relay:
        address = f"http://127.0.0.1:{relay.sockets[0].getsockname()[1]}"
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(gate.empty(address, turns) for gate in gates))
        await asyncio.gather(*line.open)


def test_every_scan_of_a_hundred_gates_is_stored_once_however_often_the_line_is_cut(town, request):
    each = 1000 if request.config.getoption("--long") else 100
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    gates = _gates(town, each, chance)
    parts = urlsplit(town.address)
    line = BadLine((str(parts.hostname), int(parts.port or 80)), chance)
    asyncio.run(_all_at_once(gates, line))

    assert [wrong for gate in gates for wrong in gate.wrong] == []
    assert line.cut["before"] > each / 2
    assert line.cut["after"] > each
    sent = {sealed["ids"][0] for gate in gates for sealed in gate.queue}
    accepted = sum((gate.accepted for gate in gates), Counter[str]())
    duplicates = sum((gate.duplicates for gate in gates), Counter[str]())
    assert set(accepted) | set(duplicates) == sent, "a gate was left without an answer"
    assert max(accepted.values()) == 1, "accepted twice"
    with psycopg.connect(town.database.dsn) as connection:
        stored = [row[0] for row in connection.execute("select id from visits_scan").fetchall()]
        strangers = connection.execute("select count(*) from people_person where provisional").fetchone()
    assert len(stored) == len(sent) == GATES * each
    assert set(stored) == {UUID(one) for one in sent}
    assert strangers == (STRANGERS,), "one number is one person, whoever sent it first"
    print(f"{len(sent)} scans, {len(duplicates)} told twice, cut {dict(line.cut)}")
