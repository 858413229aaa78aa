"""Legal holds: what a case needs is copied under its key before its days go, and its people are not erased meanwhile.

A hold never delays a day's key. What is copied are the stays of the case, from the days of its exposure on, and those
of whoever an officer made its contact, from its infectious period on; their encounters are evidence already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Max, Sum

from dauchan import config
from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.cases.actions import lock_case
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import open_keyring
from dauchan.people import holding as people
from dauchan.people.queries import Masked, aliases_of, masked
from dauchan.people.rules import normal_text
from dauchan.places.queries import PlaceCard, place_cards, point_names
from dauchan.tracing.engines.base import Pieces, Stay
from dauchan.tracing.engines.postgres import PostgresEngine
from dauchan.tracing.finding import canonical_person, exposed_in
from dauchan.tracing.models import Grade, HeldStay, Hold
from dauchan.tracing.rules import NoPeriodInRuleset

LONGEST = timedelta(days=730)
"""Two years: as long as data must be stored when an authority asks for it. Longer needs a new order."""
LONGEST_REASON = 500
PAGE = 100
KIND = "held"


class HoldUntilWrong(BadInput):
    kind = "hold_until_wrong"
    vi = "Ngày cuối của lệnh giữ phải từ hôm nay đến {last}."
    en = "The last day of a hold is from today to {last}."


class HoldReasonMissing(BadInput):
    kind = "hold_reason_missing"
    vi = "Hãy ghi lý do: văn bản nào, của ai."
    en = "Give the reason: which document, whose."


class HoldEnded(Conflict):
    kind = "hold_ended"
    vi = "Lệnh giữ này đã hết."
    en = "This hold has ended."


class HoldNotFound(NotFound):
    kind = "hold_not_found"


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One stay as copied: names too, for when the place is gone."""

    person: UUID
    place_id: int
    place: str
    point: str
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    confidence: int
    doubts: int


@dataclass(frozen=True)
class Line:
    """One copied stay for a page."""

    stay: Kept
    who: Masked | None


@dataclass(frozen=True)
class Tally:
    """How many holds are in force, and what they keep."""

    holds: int
    people: int
    stays: int


@transaction.atomic
def order_hold(case: Case, reason: str, until: date, *, by: Officer, now: datetime) -> Hold:
    """Copy what the case needs and hold its people to the end of a day.

    raises   NotPermitted, HoldReasonMissing, HoldUntilWrong, BadText, CaseBusy
    """
    today = clock.local_day(now)
    require_on(case, "case.hold", by, today)
    told = _reason(reason)
    if not today <= until <= today + LONGEST:
        raise HoldUntilWrong(last=f"{today + LONGEST:%d/%m/%Y}", field="until")
    case = lock_case(case)
    asked = _whom(case, now)
    stays = _stays(asked)
    made = Hold.objects.create(
        case=case, reason=told, until=until, people=len(asked), stays=len(stays), ordered_by=by, ordered_at=now
    )
    people.hold(asked, made.pk, until=until)
    _copy(made, stays)
    said = {"hold": made.pk, "until": until.isoformat(), "stays": len(stays)}
    audit.record(
        "hold.ordered", by=by, case=case.code, unit=case.unit_id, at=now, purpose=told, detail=said, count=len(asked)
    )
    return made


def _whom(case: Case, now: datetime) -> dict[UUID, Interval]:
    """The case and its contacts with the time that matters of each."""
    contacts = case.contacts.exclude(grade=Grade.NOT_CONTACT).values_list("person_id", flat=True)
    end = max(now, case.period_end)
    whom = dict.fromkeys(aliases_of(contacts).values(), Interval(case.period_start, end))
    return whom | {canonical_person(case): Interval(_since(case), end)}


def _since(case: Case) -> datetime:
    try:
        return min(exposed_in(case).start, case.period_start)
    except NoPeriodInRuleset:
        return case.period_start


def _stays(asked: Mapping[UUID, Interval]) -> Sequence[Stay]:
    whole = Interval(min(time.start for time in asked.values()), max(time.end for time in asked.values()))
    engine = PostgresEngine(open_keyring(config.load().keyring_dir))
    return engine.places_of(cast("Pieces", asked), whole)


def _copy(hold: Hold, stays: Sequence[Stay]) -> None:
    vault = vault_of(hold.case)
    cards = place_cards({cast("int", stay.place) for stay in stays})
    points = point_names({cast("int", stay.point) for stay in stays})
    rows = []
    for stay in sorted(stays, key=lambda each: (each.arrived_at, each.latest_departure)):
        kept = _kept(stay, cards, points)
        key = vault.index(KIND, hold.pk, kept.person, stay.point, stay.arrived_at.isoformat())
        rows.append(HeldStay(hold=hold, key=key, evidence=vault.seal(KIND, key, kept)))
    HeldStay.objects.bulk_create(rows, batch_size=1000)


def _kept(stay: Stay, cards: Mapping[int, PlaceCard], points: Mapping[int, str]) -> Kept:
    place = cast("int", stay.place)
    return Kept(
        person=cast("UUID", stay.person),
        place_id=place,
        place=cards[place].name if place in cards else "",
        point=points.get(cast("int", stay.point), ""),
        arrived_at=stay.arrived_at,
        seen_until=stay.seen_until,
        latest_departure=stay.latest_departure,
        confidence=int(stay.confidence),
        doubts=int(stay.doubts),
    )


@transaction.atomic
def release_hold(case: Case, number: int, why: str, *, by: Officer, now: datetime) -> None:
    """End a hold before its day; its copies go at once.

    raises   NotPermitted, HoldNotFound, HoldReasonMissing, BadText, HoldEnded
    """
    require_on(case, "case.hold", by, clock.local_day(now))
    told, found = _reason(why), case.holds.select_for_update().filter(pk=number).first()
    if found is None:
        raise HoldNotFound
    if found.ended_at is not None:
        raise HoldEnded
    found.ended_by, found.ended_why = by, told
    _end([found], now)
    audit.record(
        "hold.released", by=by, case=case.code, unit=case.unit_id, at=now, purpose=told, detail={"hold": number}
    )


@transaction.atomic
def end_expired(now: datetime) -> int:
    """End the holds whose day has passed; how many."""
    over = Hold.objects.select_for_update(of=("self",)).filter(ended_at__isnull=True, until__lt=clock.local_day(now))
    found = list(over.select_related("case").order_by("pk"))
    _end(found, now)
    for hold in found:
        said = {"hold": hold.pk}
        audit.record("hold.expired", by=None, case=hold.case.code, unit=hold.case.unit_id, at=now, detail=said)
    return len(found)


def _end(holds: Sequence[Hold], now: datetime) -> None:
    numbers = [hold.pk for hold in holds]
    HeldStay.objects.filter(hold__in=numbers).delete()
    people.let_go(numbers)
    for hold in holds:
        hold.ended_at = now
        hold.save(update_fields=["ended_at", "ended_by", "ended_why"])


def _reason(text: str) -> str:
    told = normal_text(text, field="reason", longest=LONGEST_REASON)
    if not told:
        raise HoldReasonMissing(field="reason")
    return told


def open_hold(
    case: Case, number: int, *, after: int, by: Officer, now: datetime
) -> tuple[Hold, list[Line], int | None]:
    """One page of what a hold keeps, by arrival; every opening is written down.

    after    the last row of the page before, 0 for the first page
    returns  the hold, its lines, and the last row when there are more
    raises   NotPermitted, HoldNotFound
    """
    require_on(case, "case.hold", by, clock.local_day(now))
    hold = case.holds.filter(pk=number).first()
    if hold is None:
        raise HoldNotFound
    rows = list(hold.copies.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    vault = vault_of(case)
    kept = [vault.open(KIND, bytes(row.key), row.evidence, Kept) for row in rows[:PAGE]]
    names = masked({each.person for each in kept})
    audit.record("hold.opened", by=by, case=case.code, unit=case.unit_id, at=now, count=len(names))
    return hold, [Line(each, names.get(each.person)) for each in kept], rows[PAGE - 1].pk if len(rows) > PAGE else None


def case_held_until(case: Case) -> date | None:
    """To the end of which day a case is held; None when it is not."""
    last: date | None = case.holds.filter(ended_at__isnull=True).aggregate(last=Max("until"))["last"]
    return last


def in_force() -> Tally:
    """What all holds together keep now."""
    holds = Hold.objects.filter(ended_at__isnull=True)
    found = holds.aggregate(people=Sum("people", default=0), stays=Sum("stays", default=0))
    return Tally(holds.count(), found["people"], found["stays"])
