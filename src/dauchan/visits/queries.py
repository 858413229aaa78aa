"""Reads of the ledger: how many days are ready, and the scans that wait for somebody's decision."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import credential_names
from dauchan.kernel import clock
from dauchan.places import queries as places
from dauchan.visits import partitions
from dauchan.visits.models import KeptScan

PAGE_SIZE = 50


def partitions_ahead() -> int:
    """How many days in a row after today can take scans; fewer than 3 is a fault."""
    return partitions.partitions_ahead(clock.local_day(clock.now()))


WAITING = "select count(*) from visits_dirty"
MANY_WAITING = 1000
"""Marks; the deriver works off so many in about a second. Ours."""
BEHIND = "select count(*) from (select from visits_dirty limit %s) waiting"
PARKED = "select count(*) from visits_parked"


def person_days_waiting() -> int:
    """How many marks wait for the deriver: 0 when every accepted scan is a visit."""
    return _counted(WAITING)


def deriving_is_behind() -> bool:
    """Whether so many marks wait (after a rebuild, a crash, a large import) that visits are incomplete for now."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [MANY_WAITING])
        return bool(cursor.fetchone()[0] >= MANY_WAITING)


def person_days_parked() -> int:
    """How many person-days could not be derived: their accepted scans are no visits yet."""
    return _counted(PARKED)


def _counted(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        count: int = cursor.fetchone()[0]
    return count


ROWS_OF_A_DAY = """
select
    (select count(*) from visits_scan where day = %(day)s) as scans,
    (select count(*) from visits_visit where day = %(day)s) as visits
"""


def rows_of(day: date) -> tuple[int, int]:
    """How many scans and day pieces of visits are stored for a local day: what its key can still open."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_OF_A_DAY, {"day": day})
        scans, visits = cursor.fetchone()
    return scans, visits


@dataclass(frozen=True)
class KeptLine:
    """One kept scan as the review page shows it: where, when, from whom, why; never who."""

    id: UUID
    place: str
    unit: str
    point: str
    is_arrival: bool
    at: datetime
    received_at: datetime
    sender: str
    reason: str


@dataclass(frozen=True)
class KeptPage:
    """A page of kept scans and the key of the next ("" after the last)."""

    lines: list[KeptLine]
    next_after: str


def kept_waiting(officer: Officer, on: date, *, after: str = "") -> KeptPage:
    """The kept scans at places where this officer may decide, newest first."""
    kept = kept_among_visible(officer, on)
    if after:
        kept = kept.filter(_older_than(after))
    found = list(kept[: PAGE_SIZE + 1])
    lines = _lines(found[:PAGE_SIZE])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return KeptPage(lines, f"{last.received_at.isoformat()}~{last.id}" if last else "")


def kept_among_visible(officer: Officer, on: date) -> QuerySet[KeptScan]:
    """The kept scans that wait at places where this officer may decide."""
    return KeptScan.objects.filter(state="waiting", point_id__in=places.points_visible_to(officer, "scan.review", on))


def kept_among(officer: Officer, on: date, ids: list[UUID]) -> list[KeptScan]:
    """Those of the given kept scans that still wait and that this officer may decide on, locked."""
    return list(kept_among_visible(officer, on).select_for_update().filter(pk__in=ids).order_by("pk"))


def _older_than(after: str) -> Q:
    received, _, scan_id = after.partition("~")
    try:
        at, key = datetime.fromisoformat(received), UUID(scan_id)
    except ValueError:
        return Q()
    if at.tzinfo is None:
        return Q()
    return Q(received_at__lt=at) | Q(received_at=at, id__lt=key)


def _lines(kept: list[KeptScan]) -> list[KeptLine]:
    points = places.points_by_id(scan.point_id for scan in kept)
    cards = places.place_cards(point.place_id for point in points.values())
    senders = credential_names(scan.credential for scan in kept)
    return [
        KeptLine(
            id=scan.id,
            place=cards[points[scan.point_id].place_id].name,
            unit=cards[points[scan.point_id].place_id].unit,
            point=points[scan.point_id].name,
            is_arrival=scan.direction == 1,
            at=scan.at,
            received_at=scan.received_at,
            sender=senders.get(scan.credential, scan.credential),
            reason=scan.reason,
        )
        for scan in kept
    ]
