"""The verbs of requests about one's data: ask, answer, extend once, close; each with its audit row.

Whoever handles requests holds `person.erase`: the data-protection officer, for people of their units and those of none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.citizens import clocks
from dauchan.citizens.models import DataRequest, Kind, Outcome
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.notify.budgets import Budget
from dauchan.people import erasing, own
from dauchan.people.models import Device
from dauchan.people.queries import is_living
from dauchan.people.rules import normal_text

LONGEST_WORDS, LONGEST_REASON = 1000, 300
ASKING = Budget("citizens.requests", capacity=5, per_hour=0.25)


class TooManyRequests(Conflict):
    vi = "Bạn vừa gửi nhiều yêu cầu. Hãy chờ những yêu cầu đó được trả lời."
    en = "You sent several requests just now. Wait until they are answered."


class RequestClosed(Conflict):
    vi = "Yêu cầu này đã xong, hoặc đã gia hạn một lần rồi."
    en = "This request is closed, or was extended once already."


class WhyMissing(BadInput):
    vi = "Hãy ghi lý do; người gửi yêu cầu sẽ đọc được."
    en = "Give the reason; whoever asked will read it."


@dataclass(frozen=True, slots=True)
class Told:
    """One request as its own person or the officer sees it: with its words, None once they can't be opened."""

    row: DataRequest
    words: str | None
    late: bool


def ask(device: Device, kind: str, words: str, *, now: datetime) -> DataRequest:
    """Ask something about one's own data.

    raises   NotProved, BadInput, BadText, TooManyRequests
    """
    if kind not in Kind.values:
        raise BadInput(field="kind")
    told = normal_text(words, field="words", longest=LONGEST_WORDS)
    own.require_proved(device)
    if not ASKING.take(device.person_id.hex, now=now):
        raise TooManyRequests
    today = clock.local_day(now)
    with transaction.atomic():
        made = DataRequest.objects.create(
            person_id=device.person_id,
            kind=kind,
            sealed=own.seal_words(device.person_id, told),
            made_at=now,
            answer_by=clocks.answer_by(today),
            do_by=clocks.do_by(today, kind),
        )
        audit.record("person.asked", by=None, about=device.person_id, at=now, detail={"kind": kind})
    return made


def requests_of(device: Device, now: datetime) -> list[Told]:
    """One's own requests, the newest first."""
    return [told(row, now) for row in DataRequest.objects.filter(person_id=device.person_id).order_by("-made_at")[:50]]


def told(row: DataRequest, now: datetime) -> Told:
    """A request with its words, and whether something about it is late."""
    today = clock.local_day(now)
    unanswered = row.answered_at is None and row.answer_by < today
    late = row.closed_at is None and (unanswered or row.do_by < today)
    return Told(row, own.words_of(row.person_id, bytes(row.sealed)), late)


def open_for(officer: Officer, on: date) -> QuerySet[DataRequest]:
    """The open requests that this officer handles, those due first in front."""
    waiting = DataRequest.objects.filter(closed_at__isnull=True)
    reach = reach_of(officer, "person.erase", on)
    if reach.everywhere:
        return waiting.order_by("do_by", "pk")
    here = Q(person__residence__in=reach.unit_ids) | Q(person__residence__isnull=True)
    return (waiting.filter(here) if reach.unit_ids else waiting.none()).order_by("do_by", "pk")


@transaction.atomic
def read(rows: Iterable[DataRequest], *, by: Officer, now: datetime) -> list[Told]:
    """Requests with their words for whoever handles them; whoever asked sees that they were read."""
    listed = [told(row, now) for row in rows]
    for one in listed:
        if one.words is not None:
            audit.record("request.read", by=by, about=one.row.person_id, at=now)
    return listed


def asking_among(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people who wait for an answer."""
    waiting = DataRequest.objects.filter(person__in=people, closed_at__isnull=True)
    return set(waiting.values_list("person_id", flat=True))


@transaction.atomic
def answer(number: int, *, by: Officer, now: datetime) -> None:
    """Say that the request was received and how it goes on; the person sees when.

    raises   NotFound
    """
    row = _locked(number, by, now)
    row.answered_at, row.answered_by = row.answered_at or now, row.answered_by or by
    row.save(update_fields=["answered_at", "answered_by"])
    audit.record("request.answered", by=by, about=row.person_id, at=now)


@transaction.atomic
def extend(number: int, why: str, *, by: Officer, now: datetime) -> None:
    """Take the one extension, with its reason.

    raises   NotFound, WhyMissing, RequestClosed
    """
    row, reason = _locked(number, by, now), _reason(why)
    if row.extended_at is not None:
        raise RequestClosed
    row.do_by = clocks.extended(row.do_by, clock.local_day(row.made_at), row.kind)
    row.extended_at, row.extended_why = now, reason
    row.save(update_fields=["do_by", "extended_at", "extended_why"])
    audit.record("request.extended", by=by, about=row.person_id, at=now, purpose=reason)


@transaction.atomic
def close(number: int, outcome: str, why: str, *, by: Officer, now: datetime) -> None:
    """Close a request: done, or refused with the reason (a legal hold, somebody else's rights). Erasing is done here.

    raises   NotFound, NotPermitted, BadInput, WhyMissing
    """
    row = _locked(number, by, now)
    if outcome not in Outcome.values:
        raise BadInput(field="outcome")
    reason = _reason(why) if outcome == Outcome.REFUSED else why.strip()[:LONGEST_REASON]
    row.closed_at, row.closed_by, row.outcome, row.outcome_why = now, by, outcome, reason
    row.answered_at, row.answered_by = row.answered_at or now, row.answered_by or by
    row.save()
    audit.record("request.closed", by=by, about=row.person_id, at=now, detail={"outcome": outcome}, purpose=reason)
    if row.kind == Kind.ERASE and outcome == Outcome.DONE and is_living(row.person_id):
        erasing.erase_person(row.person_id, purpose=f"YC {row.pk}", by=by, now=now)


def _locked(number: int, by: Officer, now: datetime) -> DataRequest:
    row = open_for(by, clock.local_day(now)).select_for_update(of=("self",)).filter(pk=number).first()
    if row is None:
        raise NotFound
    return row


def _reason(why: str) -> str:
    reason = normal_text(why, field="why", longest=LONGEST_REASON)
    if not reason:
        raise WhyMissing(field="why")
    return reason
