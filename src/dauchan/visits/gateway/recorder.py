"""Group commit: whatever scans wait are written by one statement and one commit, and only then acknowledged.

One statement writes the ledger and marks the person-days dirty; ids that were there before come back unwritten and are
compared. A batch that PostgreSQL refuses is halved until the bad scan stands alone. When the commit's fate is unknown
the sender is told to send again: the ids make that harmless.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg

from dauchan.kernel import clock
from dauchan.kernel.errors import Problem, Unavailable
from dauchan.kernel.keyring import KeyMissing
from dauchan.kernel.sealing import seal_all
from dauchan.people import subjects
from dauchan.visits.gateway import arrays
from dauchan.visits.gateway.judge import DIRECTIONS, Ready
from dauchan.visits.gateway.known import Known

GROUP = 2000
"""Scans written by one commit at most. Ours."""
WAITING = 20_000
"""Scans that may wait for a commit before senders are turned away with 503. Ours: about three seconds' work."""
RETRY_SECONDS = 2
log = logging.getLogger(__name__)

RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, body_hash,
                             group_id, proxy_token, backfilled)
    select *
    from unnest(%s::date[], %s::uuid[], %s::bytea[], %s::bigint[], %s::smallint[], %s::timestamptz[],
                %s::timestamptz[], %s::text[], %s::smallint[], %s::bytea[], %s::uuid[], %s::bytea[], %s::boolean[])
    on conflict (day, id) do nothing
    returning day, token, id
), marked as (
    insert into visits_dirty (day, token)
    select distinct day, token from recorded
)
select uuid_send(id) from recorded
"""

KEEP = """
insert into visits_kept (received_day, id, token, point_id, direction, at, received_at, credential, confidence,
                         body_hash, group_id, proxy_token, reason)
select *
from unnest(%s::date[], %s::uuid[], %s::bytea[], %s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
            %s::text[], %s::smallint[], %s::bytea[], %s::uuid[], %s::bytea[], %s::text[])
on conflict (id) do nothing
returning uuid_send(id)
"""

BODIES = """
select uuid_send(scan.id), scan.body_hash
from unnest(%s::date[], %s::uuid[]) as wanted (day, id)
join visits_scan scan on scan.day = wanted.day and scan.id = wanted.id
union all
select uuid_send(kept.id), kept.body_hash
from visits_kept kept
where kept.id = any(%s)
"""


@dataclass(slots=True)
class Waiting:
    """Scans of one request, and where their fates go: 'recorded', 'kept', the hash found before, or a Problem."""

    scans: list[Ready]
    done: "asyncio.Future[dict[int, Fate]]"


class Unstorable(Problem):
    kind = "unstorable"
    vi = "Máy chủ không ghi được lượt quét này. Hãy báo cho quản trị viên."
    en = "The server can't store this scan. Tell the administrator."


Fate = str | bytes | Problem
RECORDED, KEPT = "recorded", "kept"


class Recorder:
    """Takes scans from many requests and writes them in groups over its own connection."""

    def __init__(self, dsn: str, known: Known) -> None:
        self._dsn, self._known = dsn, known
        self._queue: list[Waiting] = []
        self._size = 0
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def record(self, scans: list[Ready]) -> dict[int, Fate]:
        """Write these scans durably.

        returns  what became of each, by the identity of its object: one id may stand twice in a request
        raises   Unavailable when too many wait already, or the database is away
        """
        if self._size + len(scans) > WAITING:
            raise Unavailable(seconds=RETRY_SECONDS)
        waiting = Waiting(scans, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._size += len(scans)
        self._wake.set()
        return await waiting.done

    async def known_bodies(self, keys: Sequence[tuple[date, UUID]]) -> dict[UUID, bytes]:
        """The body hashes of ids that are in the ledger or kept apart already."""
        if not keys:
            return {}
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            return {UUID(bytes=key): body for key, body in (await _bodies(connection, keys)).items()}

    async def run(self) -> None:
        """Write groups until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._write(self._take())

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    def _take(self) -> list[Waiting]:
        group: list[Waiting] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].scans) <= GROUP):
            group.append(self._queue.pop(0))
            size += len(group[-1].scans)
        self._size -= size
        return group

    async def _write(self, group: list[Waiting]) -> None:
        scans = [scan for waiting in group for scan in waiting.scans]
        try:
            fates = await self._fates(scans)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            log.warning("gateway lost the database: %s", type(error).__name__)
            self._answer(group, Unavailable(seconds=RETRY_SECONDS))
        except KeyMissing:  # a day ended a moment ago: forget it, and let the senders find that out
            await self._known.refresh_soon()
            self._answer(group, Unavailable(seconds=RETRY_SECONDS))
        except Exception:
            log.exception("gateway could not write a group")
            self._answer(group, Unavailable(seconds=RETRY_SECONDS))
        else:
            self._answer(group, fates)

    def _answer(self, group: list[Waiting], outcome: "dict[int, Fate] | Unavailable") -> None:
        for waiting in group:
            if waiting.done.done():
                continue
            if isinstance(outcome, Unavailable):
                waiting.done.set_exception(outcome)
            else:
                waiting.done.set_result({id(scan): outcome[id(scan)] for scan in waiting.scans})

    async def _fates(self, scans: list[Ready]) -> dict[int, Fate]:
        connection = await self._connected()
        try:
            return await self._commit(connection, scans)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(scans) == 1:
                log.exception("a scan can't be stored: %s", type(error).__name__)
                return {id(scans[0]): Unstorable()}
            middle = len(scans) // 2
            return await self._fates(scans[:middle]) | await self._fates(scans[middle:])

    async def _commit(self, connection: psycopg.AsyncConnection[Any], scans: list[Ready]) -> dict[int, Fate]:
        first: dict[bytes, Ready] = {}
        for scan in scans:
            first.setdefault(scan.scan.id.bytes, scan)
        # By id is by day too, since ids begin with their time: every writer takes its rows in one order.
        wanted = [first[key] for key in sorted(first)]
        unresolved = [scan for scan in wanted if scan.subject or scan.proxy_subject]
        kept = [scan for scan in wanted if scan.kept_reason]
        recorded = [scan for scan in wanted if not scan.kept_reason] if kept else wanted
        async with connection.transaction() if unresolved or kept else _Alone():
            if unresolved:
                await self._resolve(connection, unresolved)
            written = await self._insert(connection, RECORD, recorded) if recorded else set()
            put_aside = await self._insert(connection, KEEP, kept) if kept else set()
        known = [(scan.day, scan.scan.id) for key, scan in first.items() if key not in written and key not in put_aside]
        before = await _bodies(connection, known)
        return {id(scan): _fate(scan, first, written, put_aside, before) for scan in scans}

    async def _resolve(self, connection: psycopg.AsyncConnection[Any], scans: list[Ready]) -> None:
        wanted = {scan.subject for scan in scans} | {scan.proxy_subject for scan in scans}
        people = await subjects.resolve(
            connection,
            [subject for subject in wanted if subject is not None],
            keyring=self._known.keyring,
            now=clock.now(),
        )
        for scan in scans:
            if scan.subject is not None:
                scan.person = people[scan.subject]
            if scan.proxy_subject is not None:
                scan.proxy = people[scan.proxy_subject]

    async def _insert(self, connection: psycopg.AsyncConnection[Any], statement: str, scans: list[Ready]) -> set[bytes]:
        """Write these scans.

        returns  the ids, as bytes, of those that were new
        """
        keep = statement is KEEP
        tokens, proxies = self._tokens(scans, by_received_day=keep)
        columns = [
            arrays.dates(clock.local_day(scan.received_at) if keep else scan.day for scan in scans),
            arrays.uuids(scan.scan.id for scan in scans),
            arrays.binaries(tokens),
            arrays.bigints(scan.point_id for scan in scans),
            arrays.smallints(DIRECTIONS[scan.scan.direction] for scan in scans),
            arrays.instants(scan.at for scan in scans),
            arrays.instants(scan.received_at for scan in scans),
            arrays.texts(scan.credential for scan in scans),
            arrays.smallints(scan.confidence for scan in scans),
            arrays.binaries(scan.body_hash for scan in scans),
            arrays.uuids(scan.scan.group for scan in scans),
            arrays.binaries(proxies),
            arrays.texts(scan.kept_reason for scan in scans)
            if keep
            else arrays.booleans(scan.backfilled for scan in scans),
        ]
        cursor = await connection.execute(statement, columns, prepare=True, binary=True)
        return {row[0] for row in await cursor.fetchall()}

    def _tokens(self, scans: list[Ready], *, by_received_day: bool) -> tuple[list[bytes], list[bytes | None]]:
        """Everybody's token of the right day, and that of whoever answered for them."""
        tokens: dict[int, bytes] = {}
        proxies: dict[int, bytes] = {}
        days: dict[date, list[Ready]] = {}
        for scan in scans:
            days.setdefault(clock.local_day(scan.received_at) if by_received_day else scan.day, []).append(scan)
        for day, group in days.items():
            key = self._known.keyring.day_key(day)
            people = [scan.person for scan in group if scan.person is not None]
            tokens.update(zip(map(id, group), seal_all(key, people), strict=True))
            for_others = [scan for scan in group if scan.proxy is not None]
            guardians = [scan.proxy for scan in for_others if scan.proxy is not None]
            proxies.update(zip(map(id, for_others), seal_all(key, guardians), strict=True))
        return [tokens[id(scan)] for scan in scans], [proxies.get(id(scan)) for scan in scans]

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn,
                autocommit=True,
                prepare_threshold=1,
                connect_timeout=int(timedelta(seconds=5).total_seconds()),
            )
            arrays.teach(self._connection)
            await self._connection.execute("set synchronous_commit = on")
        return self._connection


class _Alone:
    """One statement is its own transaction: nothing to begin or end around it."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


async def _bodies(connection: psycopg.AsyncConnection[Any], keys: Sequence[tuple[date, UUID]]) -> dict[bytes, bytes]:
    if not keys:
        return {}
    days, ids = [key[0] for key in keys], [key[1] for key in keys]
    cursor = await connection.execute(BODIES, [days, ids, ids], binary=True)
    return dict(await cursor.fetchall())


def _fate(
    scan: Ready, first: dict[bytes, Ready], written: set[bytes], put_aside: set[bytes], before: dict[bytes, bytes]
) -> Fate:
    """The first of several scans with one id is the one written; the others are told what stands in the ledger."""
    key = scan.scan.id.bytes
    if first[key] is not scan and (key in written or key in put_aside):
        return first[key].body_hash
    if key in written:
        return RECORDED
    if key in put_aside:
        return KEPT
    return before.get(key) or Unstorable()
