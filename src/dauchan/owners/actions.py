"""The verbs of owners beside those of places: hand a window of time over to the health authority, and take it there."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan import config
from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import base32
from dauchan.kernel.errors import BadInput, NotFound, TooMany
from dauchan.notify.budgets import Budget
from dauchan.owners.models import HandOver, Word
from dauchan.people.rules import normal_text
from dauchan.places.models import Place
from dauchan.places.queries import visible_to

LONGEST_WINDOW = timedelta(days=3)
"""How much time one hand-over may cover: who suspects more says so in more of them. Ours."""

HANDING_OVER = Budget("owners.handed_over", capacity=10, per_hour=2)
"""Windows that one owner hands over: officers read them all. Ours."""


class TooManyHandedOver(TooMany):
    vi = "Bạn vừa chuyển nhiều lần. Cơ quan y tế đã nhận được; hãy gọi họ nếu gấp, hoặc thử lại sau một giờ."
    en = "You handed over many times just now. The health authority has them; call it if urgent, or wait an hour."


class WindowUnclear(BadInput):
    vi = "Khoảng thời gian chưa đúng: kết thúc sau bắt đầu, không ở tương lai, dài nhất 3 ngày, trong {days} ngày qua."
    en = "The window is not right: it ends after it begins, not in the future, 3 days at most, in the last {days} days."


class ReasonMissing(BadInput):
    vi = "Hãy ghi vì sao, ví dụ: có khách báo dương tính."
    en = "Say why, for example: a guest told of a positive test."


def hand_over(place: Place, begins: datetime, ends: datetime, reason: str, *, by: UUID, now: datetime) -> HandOver:
    """Ask the health authority to look at a place and time; the receipt is what the owner keeps.

    raises   WindowUnclear, ReasonMissing, BadText, TooManyHandedOver
    """
    days = config.load().retention_days
    if not now - timedelta(days=days + 1) <= begins < ends <= now or ends - begins > LONGEST_WINDOW:
        raise WindowUnclear(field="begins", days=days)
    told = normal_text(reason, field="reason", longest=300)
    if not told:
        raise ReasonMissing(field="reason")
    if not HANDING_OVER.take(by.hex, now=now):
        raise TooManyHandedOver(seconds=3600)
    receipt = base32.encode(secrets.token_bytes(5))
    with transaction.atomic():
        made = HandOver.objects.create(
            receipt=receipt, place=place, by_id=by, begins=begins, ends=ends, reason=told, made_at=now
        )
        audit.record("place.handed_over", by=None, about=by, unit=place.unit_id, at=now, detail={"place": place.pk})
    return made


def waiting_for(officer: Officer, on: date) -> QuerySet[HandOver]:
    """What waits to be taken, at places where this officer sees cases."""
    return HandOver.objects.filter(taken_at__isnull=True, place__in=visible_to(officer, "case.view", on))


def handing_over_among(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people whose word about their place nobody has taken yet."""
    waiting = HandOver.objects.filter(by__in=people, taken_at__isnull=True)
    return set(waiting.values_list("by_id", flat=True))


@transaction.atomic
def take(receipt: str, *, by: Officer, on: date, now: datetime) -> HandOver:
    """Take a hand-over: the owner sees that somebody has it.

    raises   NotFound
    """
    found = waiting_for(by, on).select_for_update(of=("self",)).filter(receipt=receipt).first()
    if found is None:
        raise NotFound
    found.taken_at, found.taken_by = now, by
    found.save(update_fields=["taken_at", "taken_by"])
    audit.record("place.hand_over_taken", by=by, unit=found.place.unit_id, at=now, detail={"receipt": receipt})
    return found


WORDS_SHOWN = timedelta(days=30)
"""For how long an owner sees what an officer asked to mend. Ours."""


def tell_owner(place: Place, words: str, *, by: Officer, now: datetime) -> Word:
    """Put what an officer asks to mend on the owner's page of a place; who may is the caller's to know."""
    told = normal_text(words, field="words", longest=600)
    made = Word.objects.create(place=place, words=told, told_at=now, told_by=by)
    audit.record("place.owner_told", by=by, unit=place.unit_id, at=now, detail={"place": place.pk})
    return made


def words_for(place: Place, now: datetime) -> list[Word]:
    """What officers asked to mend lately at a place, newest first."""
    return list(Word.objects.filter(place=place, told_at__gt=now - WORDS_SHOWN).order_by("-told_at")[:3])


def forget_words(now: datetime) -> int:
    """Delete what is no longer shown; how many."""
    return Word.objects.filter(told_at__lte=now - WORDS_SHOWN).delete()[0]
