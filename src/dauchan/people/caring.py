"""Households: somebody looks after a child or somebody old, from a day on and until a day, and both are dated.

A carer makes the person whom they look after; nobody gets into care who was known before. So a document that the carer
tells finds nobody and is found by no scan: who shows it at a gate is not seen by whoever typed its number. That two are
one human is proposed to an officer, and what a carer sees stays what was recorded under the person of this care.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.kernel.numbers import row_number
from dauchan.notify.budgets import Budget
from dauchan.people import actions, own, queries, registering, rules, vault
from dauchan.people.models import Care, Device, Person
from dauchan.people.opening import open_people
from dauchan.people.own import NotProved
from dauchan.people.queries import IssuedPass
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity, Sex

MOST = 12
"""People that one looks after at once; a home for many is a place with a gate. Ours."""
ADDING = Budget("people.care", capacity=12, per_hour=1)


class TooManyInCare(Conflict):
    kind = "too_many_in_care"
    vi = "Đã đủ số người nhà ghi được. Hãy kết thúc phần của người bạn không còn chăm sóc, hoặc chờ vài giờ."
    en = "No more people can be added. End the care of somebody whom you no longer look after, or wait some hours."


class BirthMissing(BadInput):
    vi = "Hãy nhập ngày sinh, hoặc chỉ năm sinh."
    en = "Enter the date of birth, or the year alone."


@dataclass(frozen=True, slots=True)
class InCare:
    """Somebody as their carer sees them: by the name that the carer told, since when."""

    number: int
    carer: UUID
    person: UUID
    name: str = field(repr=False)
    sex: Sex
    birth_year: int | None
    begins_at: datetime

    @property
    def short(self) -> str:
        """The given name with the year of birth, as a family tells its members apart: "An (2015)"."""
        given = self.name.rpartition(" ")[2]
        return f"{given} ({self.birth_year})" if self.birth_year else given


def household_of(device: Device) -> list[InCare]:
    """Whom the bearer of a device looks after now, in the order that they were added; nobody before it is proved."""
    if not own.is_proved(device):
        return []
    cares = list(_open(device))
    opened = open_people(care.cared_id for care in cares)
    return [_in_care(care, device, opened[care.cared_id].identity) for care in cares]


def one_of(device: Device, number: int) -> InCare:
    """Somebody whom the bearer of a device looks after now.

    raises   NotFound
    """
    found = next((one for one in household_of(device) if one.number == number), None)
    if found is None:
        raise NotFound
    return found


def among(device: Device, numbers: Iterable[str]) -> list[InCare]:
    """Those of the household that a form names; whatever else it names is left out."""
    chosen = {row_number(text) for text in numbers}
    return [one for one in household_of(device) if one.number in chosen] if chosen else []


def _open(device: Device) -> QuerySet[Care]:
    mine = queries.expand([device.person_id])[queries.aliases_of([device.person_id])[device.person_id]]
    found = Care.objects.filter(carer__in=mine, ends_at__isnull=True, cared__tombstoned_at__isnull=True)
    return found.order_by("pk")


def _in_care(care: Care, device: Device, told: Identity) -> InCare:
    return InCare(care.pk, device.person_id, care.cared_id, told.name, told.sex, told.year, care.begins_at)


@transaction.atomic
def begin_care(device: Device, identity: Identity, *, now: datetime) -> InCare:
    """Add somebody to one's household.

    raises   NotProved, TooManyInCare, BadInput and its kinds
    """
    if not own.is_proved(device):
        raise NotProved
    identity = rules.normal_identity(replace(identity, phone=""), today=clock.local_day(now))
    if not identity.name:
        raise rules.NobodyToldOf(field="name")
    if identity.year is None:
        raise BirthMissing(field="birth")
    carer = Person.objects.select_for_update().get(pk=device.person_id)
    if _open(device).count() >= MOST or not ADDING.take(carer.pk.hex, now=now):
        raise TooManyInCare
    cared = _make(identity, carer.residence_id, now)
    care = Care.objects.create(carer=carer, cared_id=cared, begins_at=now)
    audit.record("care.begun", by=None, about=cared, unit=carer.residence_id, at=now)
    audit.record("care.begun", by=None, about=carer.pk, unit=carer.residence_id, at=now)
    return _in_care(care, device, identity)


def _make(identity: Identity, residence_id: int | None, now: datetime) -> UUID:
    """A new person whose documents find them for officers, and never for a scan."""
    keyring = vault.the_keyring()
    bare = Registration(replace(identity, documents=()), residence_id=residence_id)
    (made,) = registering.register([bare], scope="", keyring=keyring, now=now, today=clock.local_day(now))
    if made.person_id is None:
        raise AssertionError("somebody without documents is always new")
    for document, other in own.known_of_others(identity, made.person_id).items():
        own.propose_same(other, made.person_id, document, now)
    registering.complete({made.person_id: Registration(identity)}, keyring)
    registering.index(made.person_id, identity, keyring, may_lead=False)
    return made.person_id


@transaction.atomic
def end_care(device: Device, number: int, *, now: datetime) -> None:
    """End one's care of somebody now: from this instant on nothing of them is seen.

    raises   NotFound
    """
    care = _open(device).select_for_update(of=("self",)).filter(pk=number).first() if own.is_proved(device) else None
    if care is None:
        raise NotFound
    care.ends_at = now
    care.save(update_fields=["ends_at"])
    for person in (care.cared_id, care.carer_id):
        audit.record("care.ended", by=None, about=person, at=now)


def pass_of(one: InCare, *, now: datetime) -> IssuedPass:
    """Their pass, a first one when there was none."""
    return actions.issue_pass(Person.objects.get(pk=one.person), now=now)


@transaction.atomic
def replace_pass_of(one: InCare, *, now: datetime) -> IssuedPass:
    """End their pass, because their card was lost, and give another.

    raises   TooManyPasses
    """
    return own.replace_lost(one.person, now=now)


def note_look(one: InCare, *, now: datetime) -> None:
    """Write down that a carer looked at the visits of somebody."""
    audit.record("care.visits_seen", by=None, about=one.person, at=now)
