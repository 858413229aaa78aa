"""Stays written straight into the sealed visit table, for tests that are not about scanning."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal
from dauchan.visits.partitions import ensure_partitions
from dauchan.visits.rules import Confidence, Doubt

INSERT = """
insert into visits_visit (
    day, token, point_id, place_id, arrived_at, seen_until, departed_at, latest_departure,
    departed_by, continues_before, continues_after, confidence, doubts
) values (%s, %s, %s, %s, %s, %s, %s, %s, 4, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class SealedStay:
    """One stay of a person: certain until `seen_until`, possible until `latest`."""

    person: UUID
    place_id: int
    point_id: int
    arrived_at: datetime
    seen_until: datetime
    latest: datetime
    confidence: Confidence = Confidence.STAFF_SCANNED
    doubts: Doubt = Doubt.NONE


def rows_of(keyring: Keyring, stay: SealedStay) -> list[tuple[Any, ...]]:
    """The day pieces of a stay as rows of the visit table."""
    rows: list[tuple[Any, ...]] = []
    for day in _days(stay.arrived_at, stay.latest):
        within = clock.day_interval(day)
        start, end = max(stay.arrived_at, within.start), min(stay.latest, within.end)
        seen = min(max(stay.seen_until, start), end)
        goes_on = (start > stay.arrived_at, end < stay.latest)
        token = seal(_key(keyring, day), stay.person)
        rows.append(
            (day, token, stay.point_id, stay.place_id, start, seen, seen, end, *goes_on, stay.confidence, stay.doubts)
        )
    return rows


def write_stays(keyring: Keyring, stays: Iterable[SealedStay]) -> None:
    """Add these stays to the visits."""
    write_rows([row for stay in stays for row in rows_of(keyring, stay)])


def write_rows(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)


def _days(start: datetime, end: datetime) -> list[date]:
    first = clock.local_day(start)
    last = clock.local_day(max(start, end - timedelta(microseconds=1)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _key(keyring: Keyring, day: date) -> bytes:
    """The day's key; key and partition are made when a stay reaches the day first."""
    if not keyring.has_day(day):
        keyring.ensure_days(day, back=0, ahead=0)
        ensure_partitions(day, back=0, ahead=0)
    return keyring.day_key(day)
