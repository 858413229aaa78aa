"""Scans that pages write: check-ins by visitors, sheets typed in at a desk, and kept scans that an officer accepts.

One statement writes the ledger and marks the person-days dirty, within the caller's transaction: whoever answers a
person does so after that has committed. Gates and integrators come by the fast lane instead (`visits.gateway`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock, ids
from dauchan.kernel.errors import Unavailable
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal
from dauchan.visits.partitions import days_ready
from dauchan.visits.rules import Confidence, Direction, receipt

PAGE = "page"
"""What stands in the ledger for the credential of a scan that a page wrote."""


@dataclass(frozen=True, slots=True)
class PageScan:
    """One scan of a page; its instant is the time within its UUIDv7 `id`."""

    id: UUID
    person: UUID
    point_id: int
    direction: Direction
    confidence: Confidence
    group: UUID | None = None
    proxy: UUID | None = None
    backfilled: bool = False

    @property
    def at(self) -> datetime:
        return ids.instant_of(self.id)

    @property
    def day(self) -> date:
        return clock.local_day(self.at)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One scan as the ledger keeps it: nobody's id, the token of its day."""

    day: date
    id: UUID
    token: bytes
    point_id: int
    direction: int
    at: datetime
    received_at: datetime
    credential: str
    confidence: int
    backfilled: bool
    body_hash: bytes
    group_token: bytes | None
    proxy_token: bytes | None


ENTER = """
with entered as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash, group_token, proxy_token)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    on conflict (day, id) do nothing
    returning day, token
)
insert into visits_dirty (day, token) select day, token from entered
"""


def enter(rows: Iterable[LedgerRow]) -> int:
    """Write rows into the ledger, in the order of their ids as every writer does.

    returns  how many were new
    """
    new = 0
    with connection.cursor() as cursor:
        for row in sorted(rows, key=attrgetter("id")):
            cursor.execute(ENTER, astuple(row))
            new += cursor.rowcount
    return new


def record(scans: Sequence[PageScan], *, keyring: Keyring, now: datetime) -> int:
    """Write a page's scans into the ledger.

    returns  how many were new: a scan sent again under its id is written once
    raises   Unavailable, when a day has no key or no partition
    """
    if not {scan.day for scan in scans} <= ready_days(keyring):
        raise Unavailable(seconds=2)
    return enter([_row(scan, keyring, now, under=scan.day) for scan in scans])


BEFORE = """
select scan.id, scan.body_hash
from unnest(%s::date[], %s::uuid[]) as wanted (day, id)
join visits_scan scan on scan.day = wanted.day and scan.id = wanted.id
union all
select kept.id, kept.body_hash from visits_kept kept where kept.id = any(%s)
"""


def same_before(scans: Sequence[PageScan], *, keyring: Keyring) -> dict[UUID, bool]:
    """Those ids that are in the ledger or kept apart already, and whether the same scan stands there."""
    ids_asked = [scan.id for scan in scans]
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, [[scan.day for scan in scans], ids_asked, ids_asked])
        bodies = {found: bytes(body) for found, body in cursor.fetchall()}
    return {scan.id: bodies[scan.id] == _body_hash(scan, keyring) for scan in scans if scan.id in bodies}


KEEP = """
insert into visits_kept (received_day, id, token, point_id, direction, at, received_at, credential, confidence,
                         body_hash, group_token, proxy_token, reason)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (id) do nothing
"""


def keep(scan: PageScan, reason: str, *, keyring: Keyring, now: datetime) -> None:
    """Put a scan apart under the day it came in, for an officer to take or leave.

    raises   Unavailable, when today has no key or no partition
    """
    today = clock.local_day(now)
    if today not in ready_days(keyring):
        raise Unavailable(seconds=2)
    row = replace(_row(scan, keyring, now, under=today), day=today)
    values: list[Any] = [
        row.day, row.id, row.token, row.point_id, row.direction, row.at, row.received_at, row.credential,
        row.confidence, row.body_hash, row.group_token, row.proxy_token, reason,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)


def ready_days(keyring: Keyring) -> set[date]:
    """The days that can be written to and read: those with both a partition and a key."""
    return {day for day in days_ready() if keyring.has_day(day)}


def _row(scan: PageScan, keyring: Keyring, now: datetime, *, under: date) -> LedgerRow:
    key = keyring.day_key(under)
    return LedgerRow(
        day=scan.day,
        id=scan.id,
        token=seal(key, scan.person),
        point_id=scan.point_id,
        direction=scan.direction,
        at=scan.at,
        received_at=receipt(now, same_day=clock.local_day(now) == scan.day),
        credential=PAGE,
        confidence=scan.confidence,
        backfilled=scan.backfilled,
        body_hash=_body_hash(scan, keyring),
        group_token=seal(key, scan.group) if scan.group else None,
        proxy_token=seal(key, scan.proxy) if scan.proxy else None,
    )


def _body_hash(scan: PageScan, keyring: Keyring) -> bytes:
    """16 bytes that tell this scan from another under its id, as the lane's do (docs/reference/scans.md)."""
    body = f"{PAGE}:{scan.id}:{scan.person}:{scan.point_id}:{scan.direction}".encode()
    return hashlib.blake2b(body, key=keyring.named("body").secret, digest_size=16).digest()
