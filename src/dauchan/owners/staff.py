"""Who besides its owner looks after a place: staff, named by a phone number, until a day.

Staff see how many come and run the gates; who came, the particulars, handing over and the staff stay with the owner.
Whether a number is known here changes nothing that the owner sees: the list shows what the owner typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Least

from dauchan.accounts import audit
from dauchan.gates import actions as gates
from dauchan.kernel.errors import BadInput, Conflict, NotFound, TooMany
from dauchan.notify.budgets import Budget
from dauchan.owners.models import Staff
from dauchan.people import own as people
from dauchan.people import subjects, vault
from dauchan.people.rules import mask_phone, normal_phone, normal_text
from dauchan.places import actions as places
from dauchan.places.models import Place
from dauchan.places.own import own_place

LONGEST_NAME = 80
LONGEST = timedelta(days=366)
"""How far off rights may end: whoever still works there then is named again. Ours."""
MOST_STAFF = 100
KEPT = timedelta(days=30)
"""How long the list still says whose rights are over, so that they can be given anew. Ours."""
GIVING = Budget("owners.staff", capacity=60, per_hour=20)
"""Numbers that one owner names: each may begin a person of the register. Ours."""


class UntilUnclear(BadInput):
    vi = "Ngày kết thúc chưa đúng: từ hôm nay, xa nhất một năm."
    en = "The last day is not right: from today on, a year off at most."


class TooManyStaff(Conflict):
    vi = "Địa điểm này đã có {limit} nhân viên. Hãy kết thúc quyền của người không còn làm trước."
    en = "This place has {limit} staff already. End the rights of those who left first."


class TooManyGiven(TooMany):
    vi = "Bạn vừa thêm nhiều người. Hãy thử lại sau một giờ."
    en = "You added many people just now. Try again in an hour."


@dataclass(frozen=True, slots=True)
class Hands:
    """A place in somebody's hands: its owner's, or those of staff by a right that ends."""

    place: Place
    person: UUID
    right: Staff | None = None

    @property
    def are_owners(self) -> bool:
        return self.right is None

    def no_longer_than(self, until: datetime) -> datetime:
        """When what these hands make must end: never after their own right."""
        return until if self.right is None else min(until, self.right.until)


# --- who may ----------------------------------------------------------------------------------------------------------


def hands_at(place_id: int, mine: Sequence[UUID], *, now: datetime) -> Hands:
    """A place that somebody owns or works at today.

    mine     every id of that human, the canonical one first
    raises   NotFound
    """
    works = _in_force(now).filter(place=place_id, person__in=mine).order_by("-until").first()
    try:
        return Hands(own_place(place_id, mine), mine[0])
    except NotFound:
        if works is None:
            raise
    return Hands(works.place, mine[0], works)


def works_at(mine: Sequence[UUID], *, now: datetime) -> list[Staff]:
    """Where somebody works as staff and until when, by the places' names."""
    return list(_in_force(now).filter(person__in=mine).order_by("place__sort_key", "pk"))


def _in_force(now: datetime) -> QuerySet[Staff]:
    found = Staff.objects.filter(until__gt=now, ended_at__isnull=True)
    return found.select_related("place__unit", "place__category")


# --- what the owner does ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the staff as the owner told of them; `name` is "" once the person was erased."""

    row: Staff
    name: str
    phone: str
    in_force: bool


def staff_of(place: Place, now: datetime) -> list[Listed]:
    """The staff of a place, those with rights first, then those whose rights are over."""
    listed = [_listed(row, now) for row in Staff.objects.filter(place=place).order_by("-until", "-pk")]
    return sorted(listed, key=lambda one: not one.in_force)


def _listed(row: Staff, now: datetime) -> Listed:
    name, _, phone = (people.words_of(row.person_id, bytes(row.sealed)) or "").partition("\n")
    return Listed(row, name, phone, row.ended_at is None and row.until > now)


def give(place: Place, phone: str, name: str, *, until: datetime, by: UUID, now: datetime) -> Staff:
    """Let whoever has this number look after a place; named again, they get the new day.

    raises   BadPhone, BadText, BadInput, UntilUnclear, TooManyStaff, TooManyGiven
    """
    phone, called = normal_phone(phone), normal_text(name, field="name", longest=LONGEST_NAME)
    if not called:
        raise BadInput(field="name")
    if not now < until <= now + LONGEST:
        raise UntilUnclear(field="until")
    if not GIVING.take(by.hex, now=now):
        raise TooManyGiven(seconds=3600)
    with transaction.atomic():
        places.hold(place)
        subject = subjects.normalise("phone", phone)
        person = subjects.resolve_on_page([subject], keyring=vault.the_keyring(), now=now)[subject]
        _require_room(place, person, now)
        words = people.seal_words(person, f"{called}\n{mask_phone(phone)}")
        given, _ = Staff.objects.update_or_create(
            place=place,
            person_id=person,
            defaults={"sealed": words, "given_at": now, "until": until, "ended_at": None},
        )
        audit.record("place.staff_given", by=None, about=person, unit=place.unit_id, at=now, detail=_detail(given))
    return given


def _require_room(place: Place, person: UUID, now: datetime) -> None:
    if _in_force(now).filter(place=place).exclude(person=person).count() >= MOST_STAFF:
        raise TooManyStaff(limit=MOST_STAFF)


@transaction.atomic
def end(place: Place, staff_id: int, *, now: datetime) -> None:
    """Take somebody's rights at a place away, from their next click on, and every join code that they may have made.

    raises   NotFound
    """
    row = Staff.objects.select_for_update().filter(pk=staff_id, place=place).first()
    if row is None:
        raise NotFound
    if row.ended_at is not None or row.until <= now:
        return
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    gates.withdraw_codes(place)
    audit.record("place.staff_ended", by=None, about=row.person_id, unit=place.unit_id, at=now, detail=_detail(row))


def _detail(row: Staff) -> dict[str, object]:
    return {"place": row.place_id, "until": row.until.isoformat()}


# --- what staff do ----------------------------------------------------------------------------------------------------


def note_act(hands: Hands, act: str, *, now: datetime) -> None:
    """Write down, in the transaction of the act, which of the staff did it; an owner's own needs no second row."""
    if not hands.are_owners:
        detail = {"place": hands.place.pk, "act": act}
        audit.record("place.staff_acted", by=None, about=hands.person, unit=hands.place.unit_id, at=now, detail=detail)


# --- forgetting -------------------------------------------------------------------------------------------------------


def working_among(some: Sequence[UUID]) -> set[UUID]:
    """Those of some people who look after a place, or did lately."""
    return set(Staff.objects.filter(person__in=some).values_list("person_id", flat=True))


def forget_over(now: datetime) -> int:
    """Delete the rows of rights that were over `KEPT` ago; how many."""
    over = Staff.objects.annotate(over_at=Least("until", "ended_at")).filter(over_at__lte=now - KEPT)
    return over.delete()[0]
