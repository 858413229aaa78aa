"""One connection to the ledger: writes a group of scans by one statement and one commit, and says what became of each.

One statement writes the ledger and marks the person-days dirty; ids that were there before come back unwritten and are
compared. A group that PostgreSQL refuses is halved until the bad scan stands alone.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg

from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.sealing import seal_all
from dauchan.people import subjects
from dauchan.visits.gateway import arrays
from dauchan.visits.gateway.judge import DIRECTIONS, Ready
from dauchan.visits.gateway.known import Known

log = logging.getLogger(__name__)

RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, body_hash,
                             group_token, proxy_token, backfilled)
    select *
    from unnest(%s::date[], %s::uuid[], %s::bytea[], %s::bigint[], %s::smallint[], %s::timestamptz[],
                %s::timestamptz[], %s::text[], %s::smallint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::boolean[])
         as given (day, id)
    where not exists (select from visits_kept kept where kept.id = given.id)
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
                         body_hash, group_token, proxy_token, reason)
select *
from unnest(%s::date[], %s::uuid[], %s::bytea[], %s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
            %s::text[], %s::smallint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::text[])
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


class Unstorable(Problem):
    kind = "unstorable"
    vi = "Máy chủ không ghi được lượt quét này. Hãy báo cho quản trị viên."
    en = "The server can't store this scan. Tell the administrator."


Fate = str | bytes | Problem
"""What became of a scan: `RECORDED`, `KEPT`, the hash of what stood there before under its id, or a problem."""
RECORDED, KEPT = "recorded", "kept"
Fates = dict[int, Fate]
"""By the identity of the scan's object: one id may stand twice in a request."""


class Ledger:
    """Writes scans over a connection of its own, opened when first needed and again after it was lost."""

    def __init__(self, dsn: str, known: Known) -> None:
        self._dsn, self._known = dsn, known
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def write(self, scans: list[Ready]) -> Fates:
        """Write these scans durably.

        raises   psycopg.OperationalError and its like when the database is away; KeyMissing when a day has just ended
        """
        connection = await self._connected()
        try:
            return await self._commit(connection, scans)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(scans) == 1:
                log.exception("a scan can't be stored: %s", type(error).__name__)
                return {id(scans[0]): Unstorable()}
            middle = len(scans) // 2
            return await self.write(scans[:middle]) | await self.write(scans[middle:])

    async def look_up(self, keys: Sequence[tuple[date, UUID]]) -> dict[UUID, bytes]:
        """The body hashes of these ids, as far as they are in the ledger or kept apart."""
        found = await bodies(await self._connected(), keys)
        return {UUID(bytes=key): body for key, body in found.items()}

    async def _commit(self, connection: psycopg.AsyncConnection[Any], scans: list[Ready]) -> Fates:
        first: dict[bytes, Ready] = {}
        for scan in scans:
            first.setdefault(scan.scan.id.bytes, scan)
        # By id is by day too, since ids begin with their time: every writer takes its rows in one order.
        wanted = [first[key] for key in sorted(first)]
        # What would be kept, or make a new person, must not be there already: somewhere else, or under another body.
        before = await bodies(connection, _keys(scan for scan in wanted if scan.kept_reason or _names_someone(scan)))
        if before:
            wanted = [scan for scan in wanted if scan.scan.id.bytes not in before]
        unresolved = [scan for scan in wanted if _names_someone(scan)]
        kept = [scan for scan in wanted if scan.kept_reason]
        recorded = [scan for scan in wanted if not scan.kept_reason] if kept else wanted
        async with connection.transaction() if unresolved or kept else _Alone():
            if unresolved:
                await self._resolve(connection, unresolved)
            written = await self._insert(connection, RECORD, recorded) if recorded else set()
            put_aside = await self._insert(connection, KEEP, kept) if kept else set()
        new = written | put_aside
        before |= await bodies(connection, _keys(scan for scan in wanted if scan.scan.id.bytes not in new))
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
        tokens, groups, proxies = self._tokens(scans, by_received_day=keep)
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
            arrays.binaries(groups),
            arrays.binaries(proxies),
            arrays.texts(scan.kept_reason for scan in scans)
            if keep
            else arrays.booleans(scan.backfilled for scan in scans),
        ]
        cursor = await connection.execute(statement, columns, prepare=True, binary=True)
        return {row[0] for row in await cursor.fetchall()}

    def _tokens(self, scans: list[Ready], *, by_received_day: bool) -> tuple[list[bytes | None], ...]:
        """Everybody's token of the right day, then those of their groups and of whoever answered for them."""
        days: dict[date, list[Ready]] = {}
        for scan in scans:
            days.setdefault(clock.local_day(scan.received_at) if by_received_day else scan.day, []).append(scan)
        found: tuple[dict[int, bytes], ...] = ({}, {}, {})
        for day, those in days.items():
            key = self._known.keyring.day_key(day)
            for tokens, whom in zip(found, (_person, _group, _proxy), strict=True):
                tokens.update(_sealed(key, {id(scan): whom(scan) for scan in those}))
        return tuple([tokens.get(id(scan)) for scan in scans] for tokens in found)

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


_person: Callable[[Ready], UUID | None] = attrgetter("person")
_group: Callable[[Ready], UUID | None] = attrgetter("scan.group")
_proxy: Callable[[Ready], UUID | None] = attrgetter("proxy")


def _names_someone(scan: Ready) -> bool:
    """Whether its subject or proxy may be somebody not known yet."""
    return scan.subject is not None or scan.proxy_subject is not None


def _keys(scans: Iterable[Ready]) -> list[tuple[date, UUID]]:
    return [(scan.day, scan.scan.id) for scan in scans]


def _sealed(key: bytes, ids: Mapping[int, UUID | None]) -> dict[int, bytes]:
    """The tokens of those that there are, by the same numbers."""
    there = {number: one for number, one in ids.items() if one is not None}
    return dict(zip(there, seal_all(key, there.values()), strict=True)) if there else {}


class _Alone:
    """One statement is its own transaction: nothing to begin or end around it."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


async def bodies(connection: psycopg.AsyncConnection[Any], keys: Sequence[tuple[date, UUID]]) -> dict[bytes, bytes]:
    """The body hashes of these ids, as bytes, as far as they are in the ledger or kept apart."""
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
