"""Whole stays written into the visit table as sealed day pieces, without scans: for files that are only looked at.

The table may stand alone, in a schema made for the file; keys and partitions are made for exactly the stays' days. What
becomes of scans is not decided here: that is `rules` and `deriver`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from operator import attrgetter
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all
from dauchan.visits.partitions import ensure_partitions
from dauchan.visits.rules import Confidence, DepartedBy, Doubt, Piece

TABLE = "visits_visit"
MOST_DAYS = 1000
"""Days that one table may hold here, each a partition; more would exhaust a server's default locks. Ours."""


class TooManyDays(BadInput):
    kind = "too_many_days"
    vi = "Các lượt đến nằm trên hơn {most} ngày, bảng này không nhận nhiều hơn. Hãy tính trong bộ nhớ."
    en = "The stays lie on more than {most} days, which is all that this table takes. Work them out in memory."


@dataclass(frozen=True, slots=True)
class WholeStay:
    """One stay of a person at a point, from arrival to the latest possible departure; the ends as in `rules`."""

    person: UUID
    place_id: int
    point_id: int
    arrived_at: datetime
    seen_until: datetime
    departed_at: datetime
    latest_departure: datetime
    departed_by: DepartedBy
    confidence: Confidence = Confidence.INTEGRATOR
    doubts: Doubt = Doubt.NONE


def create_visit_table() -> None:
    """Make the product's own visit table, without partitions, in the current schema: the migration's statement."""
    ledger = import_module("dauchan.visits.migrations.0001_ledger")
    with connection.cursor() as cursor:
        cursor.execute(ledger.VISIT)


ADD = """
copy visits_visit (day, token, point_id, place_id, arrived_at, seen_until, departed_at, latest_departure,
                   departed_by, continues_before, continues_after, confidence, doubts)
from stdin
"""
_columns = attrgetter(*Piece.__slots__)


def load_stays(stays: Iterable[WholeStay], keyring: Keyring) -> int:
    """Write these stays, which must not overlap for one person at one point; those of no length are left out.

    returns  how many day pieces were written
    raises   TooManyDays
    """
    by_day: dict[date, list[tuple[UUID, Piece]]] = defaultdict(list)
    for stay in stays:
        _check_days(len(by_day), stay)
        for day, piece in _pieces(stay):
            by_day[day].append((stay.person, piece))
    _check_number(len(by_day))
    for day in sorted(by_day):
        keyring.ensure_days(day, back=0, ahead=0)
        ensure_partitions(day, back=0, ahead=0, tables=[TABLE])
        _write(day, by_day[day], keyring.day_key(day))
    with connection.cursor() as cursor:
        cursor.execute("analyze visits_visit")
    return sum(map(len, by_day.values()))


def _check_number(days: int) -> None:
    if days > MOST_DAYS:
        raise TooManyDays(most=MOST_DAYS)


def _check_days(known: int, stay: WholeStay) -> None:
    """Refuse a stay of years before it is cut into its days."""
    _check_number(known)
    _check_number((stay.latest_departure - stay.arrived_at).days)


def _write(day: date, pieces: Sequence[tuple[UUID, Piece]], key: bytes) -> None:
    tokens = seal_all(key, (person for person, _ in pieces))
    with connection.cursor() as cursor, cursor.copy(ADD) as copy:
        for token, (_, piece) in zip(tokens, pieces, strict=True):
            copy.write_row((day, token, *_columns(piece)))


def _pieces(stay: WholeStay) -> Iterator[tuple[date, Piece]]:
    """The stay cut at every local midnight."""
    whole = Interval(stay.arrived_at, stay.latest_departure)
    day = clock.local_day(whole.start)
    while (part := clock.day_interval(day).overlap(whole)) is not None:
        yield day, _piece(stay, part)
        day += timedelta(days=1)


def _piece(stay: WholeStay, part: Interval) -> Piece:
    return Piece(
        stay.point_id,
        stay.place_id,
        arrived_at=part.start,
        seen_until=_within(part, stay.seen_until),
        departed_at=_within(part, stay.departed_at),
        latest_departure=part.end,
        departed_by=stay.departed_by,
        continues_before=part.start > stay.arrived_at,
        continues_after=part.end < stay.latest_departure,
        confidence=stay.confidence,
        doubts=stay.doubts,
    )


def _within(part: Interval, at: datetime) -> datetime:
    return min(max(at, part.start), part.end)
