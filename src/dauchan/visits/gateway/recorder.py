"""Group commit: whatever scans wait are written together, and only then acknowledged.

When a commit's fate is unknown the sender is told to send again: the ids make that harmless.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from dauchan.kernel.errors import Unavailable
from dauchan.kernel.keyring import KeyMissing
from dauchan.visits.gateway.judge import Ready
from dauchan.visits.gateway.known import Known
from dauchan.visits.gateway.ledger import Fates, Ledger

WRITERS = 3
"""Connections that write: one prepares its group while the others' commits wait for the disk. Ours."""
GROUP = 2000
"""Scans written by one commit at most. Ours."""
WAITING = 20_000
"""Scans that may wait for a commit before senders are turned away with 503. Ours: about three seconds' work."""
RETRY_SECONDS = 2
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """The scans of one request, and where the fates of the group they were written in go."""

    scans: list[Ready]
    done: "asyncio.Future[Fates]"


class Recorder:
    """Takes scans from many requests and has them written in groups."""

    def __init__(self, dsn: str, known: Known) -> None:
        self._dsn, self._known = dsn, known
        self._ledgers = [Ledger(dsn, known) for _ in range(WRITERS)]
        self._reader, self._reading = Ledger(dsn, known), asyncio.Lock()
        self._queue: deque[Waiting] = deque()
        self._size = 0
        self._wake = asyncio.Event()

    async def record(self, scans: list[Ready]) -> Fates:
        """Write these scans durably.

        returns  what became of each, among those of others
        raises   Unavailable when too many wait already, or the database is away
        """
        return await self.take(scans)

    def take(self, scans: list[Ready]) -> "asyncio.Future[Fates]":
        """As `record`, without waiting for it.

        raises   Unavailable when too many wait already; the future does when the database is away
        """
        if self._size + len(scans) > WAITING:
            raise Unavailable(seconds=RETRY_SECONDS)
        waiting = Waiting(scans, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._size += len(scans)
        self._wake.set()
        return waiting.done

    async def known_bodies(self, keys: Sequence[tuple[date, UUID]]) -> dict[UUID, bytes]:
        """The body hashes of ids that are in the ledger or kept apart already."""
        if not keys:
            return {}
        async with self._reading:
            return await self._reader.look_up(keys)

    async def run(self) -> None:
        """Write groups until cancelled."""
        await asyncio.gather(*(self._write_on(ledger) for ledger in self._ledgers))

    async def close(self) -> None:
        for ledger in (*self._ledgers, self._reader):
            await ledger.close()

    async def _write_on(self, ledger: Ledger) -> None:
        while True:
            while not self._queue:
                self._wake.clear()
                await self._wake.wait()
            await self._write(ledger, self._take())

    def _take(self) -> list[Waiting]:
        group: list[Waiting] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].scans) <= GROUP):
            group.append(self._queue.popleft())
            size += len(group[-1].scans)
        self._size -= size
        return group

    async def _write(self, ledger: Ledger, group: list[Waiting]) -> None:
        outcome: Fates | Unavailable = Unavailable(seconds=RETRY_SECONDS)
        try:
            outcome = await ledger.write([scan for waiting in group for scan in waiting.scans])
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            log.warning("gateway lost the database: %s", type(error).__name__)
        except KeyMissing:  # a day ended a moment ago: forget it, and let the senders find that out
            with contextlib.suppress(Exception):  # the database may be away just now; the ear logs that
                await self._known.refresh_soon()
        except Exception:
            log.exception("gateway could not write a group")
        finally:
            _answer(group, outcome)


def _answer(group: list[Waiting], outcome: Fates | Unavailable) -> None:
    for waiting in group:
        if waiting.done.done():
            continue
        if isinstance(outcome, Unavailable):
            waiting.done.set_exception(outcome)
        else:
            waiting.done.set_result(outcome)
