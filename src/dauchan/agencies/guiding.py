"""Guidance that officers gave, and what places ask: asked by an owner or noted on the phone, answered by an officer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies import rules
from dauchan.agencies.models import GuidanceGiven, Question, SessionKind
from dauchan.agencies.tree import note, require_at
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, TooMany
from dauchan.notify.budgets import Budget
from dauchan.places import queries as places
from dauchan.places.models import Place
from dauchan.units.models import Agency

ASKING = Budget("agencies.ask", capacity=10, per_hour=5)
"""Questions that one owner asks. Ours."""
MOST_REACHED = 1_000_000


class WordsWrong(BadInput):
    vi = "Hãy viết từ 1 đến {limit} chữ."
    en = "Write between 1 and {limit} letters."


class NotHeldYet(BadInput):
    vi = "Chỉ ghi buổi đã diễn ra: hãy chọn hôm nay hoặc ngày trước đó."
    en = "Only what has been held is written down: choose today or an earlier day."


@dataclass(frozen=True)
class Session:
    """What was held: how, about what, for whom, how many it reached, when, where."""

    kind: str
    subject: str
    audience: str
    reached: int
    held_on: date
    where: str = ""


def _words(text: str, field: str, limit: int, *, needed: bool = True) -> str:
    clean = text.replace("\0", " ").strip()
    if len(clean) > limit or (needed and not clean):
        raise WordsWrong(field=field, limit=limit)
    return clean


@transaction.atomic
def log_session(agency: Agency, given: Session, *, by: Officer, now: datetime) -> GuidanceGiven:
    """Write down guidance that was given; never for a day to come.

    raises   NotFound, NotPermitted, BadInput, NotHeldYet, WordsWrong
    """
    today = clock.local_day(now)
    require_at(by, "agency.act", agency, today)
    if given.held_on > today:
        raise NotHeldYet(field="held_on")
    if given.kind not in SessionKind.values or not 0 <= given.reached <= MOST_REACHED:
        raise BadInput(field="reached")
    made = GuidanceGiven.objects.create(
        agency=agency,
        kind=given.kind,
        subject=_words(given.subject, "subject", 200),
        audience=_words(given.audience, "audience", 200),
        reached=given.reached,
        held_on=given.held_on,
        where=_words(given.where, "where", 200, needed=False),
        by=by,
        at=now,
    )
    note("guidance_given", agency, by=by, now=now, detail=f"{given.reached}")
    return made


def ask(place: Place, text: str, *, person: UUID, now: datetime) -> Question:
    """An owner asks; that the place is theirs is the caller's question.

    raises   WordsWrong, TooMany
    """
    clean = _words(text, "text", rules.QUESTION_LENGTH)
    if not ASKING.take(person.hex, now=now):
        raise TooMany(seconds=720)
    return Question.objects.create(place=place, text=clean, asked_by_id=person, asked_at=now)


@transaction.atomic
def note_question(place_id: int, text: str, *, by: Officer, now: datetime) -> Question:
    """An officer writes down what a place asked on the phone.

    raises   NotFound, WordsWrong
    """
    place = places.visible_to(by, "agency.act", clock.local_day(now)).filter(pk=place_id).first()
    if place is None:
        raise NotFound()
    clean = _words(text, "text", rules.QUESTION_LENGTH)
    made = Question.objects.create(place=place, text=clean, noted_by=by, asked_at=now)
    audit.record("question.noted", by=by, at=now, unit=place.unit_id, detail={"question": made.pk, "place": place.pk})
    return made


def questions_for(officer: Officer, permission: str, on: date) -> QuerySet[Question]:
    """The questions of the places where an officer holds the permission."""
    seen = places.visible_to(officer, permission, on)
    return Question.objects.filter(place__in=seen).select_related("place__unit", "answered_by", "noted_by")


@transaction.atomic
def answer(question_id: int, text: str, *, for_guide: bool, by: Officer, now: datetime) -> Question:
    """Answer a question, or better an answer; mark it where others should read it in a guide.

    raises   NotFound, WordsWrong
    """
    today = clock.local_day(now)
    found = questions_for(by, "agency.act", today).select_for_update(of=("self",)).filter(pk=question_id).first()
    if found is None:
        raise NotFound()
    found.answer, found.for_guide = _words(text, "answer", rules.ANSWER_LENGTH), for_guide
    found.answered_by, found.answered_at = by, now
    found.save(update_fields=["answer", "for_guide", "answered_by", "answered_at"])
    said = {"question": found.pk, "for_guide": for_guide}
    audit.record("question.answered", by=by, at=now, unit=found.place.unit_id, detail=said)
    return found


def questions_of(place_id: int) -> list[Question]:
    """What a place asked and was answered, the newest first."""
    return list(Question.objects.filter(place=place_id).order_by("-pk")[:50])


@dataclass(frozen=True)
class Asked:
    """A question with its answer that should become a guide; nothing tells whose place it was."""

    question_id: int
    text: str
    answer: str
    answered_on: date


def questions_for_guides(limit: int = 100) -> Sequence[Asked]:
    """The answers marked "should become a guide", the newest first: for the slice of guides."""
    return [_asked(one) for one in _for_guides().order_by("-answered_at")[:limit]]


def question_for_guide(question_id: int) -> Asked | None:
    """One of those answers; None for another question."""
    found = _for_guides().filter(pk=question_id).first()
    return _asked(found) if found else None


def _for_guides() -> QuerySet[Question]:
    return Question.objects.filter(for_guide=True, answered_at__isnull=False)


def _asked(one: Question) -> Asked:
    assert one.answered_at is not None
    return Asked(one.pk, one.text, one.answer, clock.local_day(one.answered_at))


@dataclass(frozen=True)
class Given:
    """How many sessions were held, and how many people they reached as was told."""

    sessions: int
    people: int


def given_between(unit_ids: Iterable[int], agency_ids: Iterable[int], first: date, last: date) -> Given:
    """What these agencies, and those that sit in these units, held from the first day to the last."""
    by = Q(agency__in=list(agency_ids)) | Q(agency__unit__in=list(unit_ids))
    held = GuidanceGiven.objects.filter(by, held_on__range=(first, last))
    told = held.aggregate(sessions=Count("pk"), people=Sum("reached"))
    return Given(told["sessions"], told["people"] or 0)
