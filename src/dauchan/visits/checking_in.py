"""A visitor's own arrivals and departures, told on a page that a place's code leads to.

One stay is open at a time, as everywhere: arriving elsewhere ends the one before. What a form sends twice is recorded
once, at the first instant: the form's nonce makes up the random part of the scan's id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from dauchan.kernel import clock, ids
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal
from dauchan.people.queries import expand
from dauchan.places.queries import place_cards, point_names, points_by_id, stay_policies
from dauchan.visits import recording
from dauchan.visits.questions import pieces_of
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, DepartedBy, Direction

FORM_LIFETIME = timedelta(minutes=10)
"""How long ago a form that is sent again may have been sent first: the lifetime of its ticket."""


@dataclass(frozen=True, slots=True)
class OwnScan:
    """One of a visitor's own latest scans, as the ledger has it."""

    id: UUID
    at: datetime
    point_id: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What was recorded, and whether that had been done before by the same form."""

    scan: PageScan
    again: bool

    @property
    def at(self) -> datetime:
        return self.scan.at


def check_in(
    person: UUID,
    point_id: int,
    direction: Direction,
    *,
    confidence: Confidence,
    nonce: str,
    keyring: Keyring,
    now: datetime,
    kept_reason: str = "",
    along: Sequence[UUID] = (),
) -> CheckedIn:
    """Record an arrival or a departure, once for each nonce; with a reason, keep it apart for an officer instead.

    along    who comes or goes with the visitor, who answers for them: one group, at the same instant
    raises   Unavailable, when the day has no key or no partition
    """
    random10 = hashlib.blake2b(nonce.encode(), digest_size=10).digest()
    group = _group(nonce) if along else None
    scan = PageScan(ids.uuid7(now, random10), person, point_id, direction, confidence, group)
    with transaction.atomic():
        _one_at_a_time(nonce)
        sent = [*latest_scans(_every_id(person), keyring, now - FORM_LIFETIME, now), *_kept_today(person, keyring, now)]
        before = [own for own in sent if _same_form(own, scan)]
        if before:
            scan = replace(scan, id=before[0].id)
            recording.record(_along(along, scan, nonce), keyring=keyring, now=now)
        elif kept_reason:
            recording.keep(scan, kept_reason, keyring=keyring, now=now)
        else:
            recording.record([scan, *_along(along, scan, nonce)], keyring=keyring, now=now)
    return CheckedIn(scan, again=bool(before))


def _group(nonce: str) -> UUID:
    return UUID(bytes=hashlib.blake2b(nonce.encode(), digest_size=16).digest())


def _along(people: Sequence[UUID], told: PageScan, nonce: str) -> list[PageScan]:
    """The scans of those who come or go with somebody; a form sent again gives the same ones."""
    return [
        replace(told, id=ids.uuid7(told.at, _own_bits(nonce, one)), person=one, proxy=told.person) for one in people
    ]


def _own_bits(nonce: str, person: UUID) -> bytes:
    return hashlib.blake2b(nonce.encode(), key=person.bytes, digest_size=10).digest()


def vouch(told: PageScan, person: UUID, *, nonce: str, keyring: Keyring, now: datetime) -> None:
    """Record again what an unverified visitor told, now that the phone number is proved to be theirs.

    The same instant, point and direction: the surer scan counts (`rules.visits_of_day`), and it is one arrival.
    """
    random10 = hashlib.blake2b(f"{nonce}:vouched".encode(), digest_size=10).digest()
    surer = replace(told, id=ids.uuid7(told.at, random10), person=person, confidence=Confidence.POSTER)
    with transaction.atomic():
        recording.record([surer], keyring=keyring, now=now)


def _one_at_a_time(nonce: str) -> None:
    """Whoever sends one form twice at once waits for the first answer."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [nonce])


def _same_form(own: OwnScan, scan: PageScan) -> bool:
    return ids.share_random_bits(own.id, scan.id) and (own.point_id, own.direction) == (scan.point_id, scan.direction)


LATEST = """
select scan.id, scan.at, scan.point_id, scan.direction
from unnest(%s::date[], %s::bytea[]) asked (day, token)
join visits_scan scan on scan.day = asked.day and scan.token = asked.token
where scan.day = any(%s::date[]) and scan.at >= %s
order by scan.at desc, scan.id desc
"""


def _every_id(person: UUID) -> list[UUID]:
    return [one for ids_of_one in expand([person]).values() for one in ids_of_one]


def latest_scans(every_id: Sequence[UUID], keyring: Keyring, since: datetime, now: datetime) -> list[OwnScan]:
    """The scans recorded under exactly these ids from an instant on, the newest first."""
    pairs = [
        (day, seal(keyring.day_key(day), one)) for day in _days(since, now) if keyring.has_day(day) for one in every_id
    ]
    days = [day for day, _ in pairs]
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [days, [token for _, token in pairs], sorted(set(days)), since])
        return [OwnScan(pk, at, point, Direction(way)) for pk, at, point, way in cursor.fetchall()]


KEPT = """
select id, at, point_id, direction from visits_kept where token = %s and received_day = %s and state = 'waiting'
"""


def _kept_today(person: UUID, keyring: Keyring, now: datetime) -> list[OwnScan]:
    today = clock.local_day(now)
    if not keyring.has_day(today):
        return []
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [seal(keyring.day_key(today), person), today])
        return [OwnScan(pk, at, point, Direction(way)) for pk, at, point, way in cursor.fetchall()]


def _days(since: datetime, now: datetime) -> Sequence[date]:
    first, last = clock.local_day(since), clock.local_day(now)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class OpenStay:
    """Where a visitor is now, as far as their own scans tell."""

    point_id: int
    place_id: int
    since: datetime


LONGEST_LOOK = timedelta(hours=24)
"""How far back an arrival may lie that nothing has ended: longer than the longest stay but a night's lodging. Ours."""


def open_stay(person: UUID, keyring: Keyring, now: datetime) -> OpenStay | None:
    """The stay that the visitor's last scan began, while it may still last; None after a departure."""
    return open_stay_under(_every_id(person), keyring, now)


def open_stay_under(every_id: Sequence[UUID], keyring: Keyring, now: datetime) -> OpenStay | None:
    """The stay begun under exactly these ids; else as `open_stay`."""
    scans = latest_scans(every_id, keyring, now - LONGEST_LOOK, now)
    if not scans or scans[0].direction is Direction.OUT:
        return None
    point = points_by_id([scans[0].point_id]).get(scans[0].point_id)
    policy = stay_policies([scans[0].point_id], clock.local_day(scans[0].at)).get(scans[0].point_id)
    if point is None or policy is None or now > scans[0].at + timedelta(minutes=policy.longest_minutes):
        return None
    return OpenStay(point.pk, point.place_id, since=_arrival(scans, timedelta(minutes=policy.default_minutes)).at)


def _arrival(scans: Sequence[OwnScan], usual: timedelta) -> OwnScan:
    """The first of the arrivals at one point that the newest scan goes on, as `rules.visits_of_day` joins them."""
    first = scans[0]
    for scan in scans[1:]:
        if scan.direction is Direction.OUT or scan.point_id != first.point_id or first.at - scan.at > usual:
            break
        first = scan
    return first


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """One of a visitor's own stays, within one local day."""

    place: str
    address: str
    point: str
    arrived_at: datetime
    departed_at: datetime
    still: bool
    """Whether nothing has told yet that it ended."""
    confidence: int


def own_visits(person: UUID, keyring: Keyring, *, since: datetime | None, now: datetime) -> list[OwnVisit]:
    """The stays of one human on every day that can still be read, the newest first; `since` leaves out earlier ones."""
    return visits_under(_every_id(person), keyring, since=since, now=now)


def visits_under(
    every_id: Sequence[UUID], keyring: Keyring, *, since: datetime | None, now: datetime
) -> list[OwnVisit]:
    """The stays recorded under exactly these ids; else as `own_visits`."""
    days = sorted(recording.ready_days(keyring))
    pairs = [(day, seal(keyring.day_key(day), one)) for day in days for one in every_id]
    pieces = pieces_of([day for day, _ in pairs], [token for _, token in pairs])
    cards, points = place_cards({piece.place_id for piece in pieces}), point_names({piece.point_id for piece in pieces})
    told = [
        OwnVisit(
            place=cards[piece.place_id].name,
            address=", ".join(part for part in (cards[piece.place_id].address, cards[piece.place_id].unit) if part),
            point=points[piece.point_id],
            arrived_at=piece.arrived_at,
            departed_at=piece.departed_at,
            still=piece.departed_by != DepartedBy.SCAN and piece.latest_departure > now,
            confidence=piece.confidence,
        )
        for piece in pieces
        if piece.place_id in cards and piece.point_id in points and (since is None or piece.arrived_at >= since)
    ]
    return sorted(told, key=lambda visit: visit.arrived_at, reverse=True)
