"""What the owner of a place does with a signed-in phone, and what the passing of time approves.

A place that its owner registers works at once, waiting for approval. It is approved by an officer, or after some days
by itself, when nothing like it stands in its commune.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from dauchan.kernel.errors import Conflict, NotFound
from dauchan.kernel.search import search_key
from dauchan.notify.budgets import Budget
from dauchan.places import rules
from dauchan.places.actions import change_place, make_place, record
from dauchan.places.models import Place
from dauchan.places.rules import PlaceInput

APPROVED_AFTER = timedelta(days=7)
"""How long a place that nothing resembles waits for an officer. Ours: a week holds an office's every weekday."""
AT_ONCE = 500
REGISTERING = Budget("places.own", capacity=10, per_hour=2)
"""Places that one phone registers. Ours: an owner of a chain asks an officer to import them."""
MOST_ALIKE = 5
LOOKED_AT = ("name", "category_id", "unit_id")
"""What an officer's approval was about."""


class TooManyPlaces(Conflict):
    vi = "Bạn vừa đăng ký nhiều địa điểm. Hãy nhờ cán bộ xã nhập danh sách giúp."
    en = "You registered many places just now. Ask a commune officer to import the list."


def own_places(people: Sequence[UUID]) -> list[Place]:
    """The places of an owner, under any of their ids, by name."""
    found = Place.objects.filter(owner__in=people).select_related("unit", "category")
    return list(found.order_by("sort_key", "pk"))


def own_place(place_id: int, people: Sequence[UUID]) -> Place:
    """One of an owner's places.

    raises   NotFound
    """
    place = Place.objects.filter(pk=place_id, owner__in=people).select_related("unit", "category", "owner").first()
    if place is None:
        raise NotFound
    return place


def alike(given: PlaceInput, *, owners: Sequence[UUID] = (), besides: int | None = None) -> list[Place]:
    """Places of the same commune that may be this one: by name, by address, or of the same setting and owner.

    owners   every id of whoever is in charge; those whose phone was given, when an officer registers
    """
    name, address = search_key(given.name), search_key(given.address)
    near = Place.objects.filter(unit_id=given.unit_id).exclude(state=rules.REJECTED)
    near = near.exclude(pk=besides) if besides is not None else near
    worded = Q(search_key__contains=name) | (Q(search_key__contains=address) if address else Q(pk__in=[]))
    owned = Q(owner__in=owners, category_id=given.category_id)
    same = [
        place
        for place in near.filter(worded | owned).order_by("sort_key", "pk")
        if search_key(place.name) == name
        or (address and search_key(place.address) == address)
        or (place.owner_id in owners and place.category_id == given.category_id)
    ]
    return same[:MOST_ALIKE]


def register_own(given: PlaceInput, *, owner: UUID, now: datetime) -> Place:
    """Register a place as its owner; it works at once and waits for approval.

    raises   BadInput and its kinds, TooManyPlaces
    """
    clean = rules.checked(given)
    if not REGISTERING.take(owner.hex, now=now):
        raise TooManyPlaces
    with transaction.atomic():
        return make_place(clean, owner_id=owner, state=rules.PENDING, by=None, now=now)


@transaction.atomic
def change_own(place_id: int, given: PlaceInput, *, people: Sequence[UUID], now: datetime) -> Place:
    """Give one's place new particulars; its code stays, posters show the new name once they are printed again.

    An approved place that becomes another by name, setting or commune goes on working and waits for a new look.

    raises   NotFound, BadInput and its kinds
    """
    clean = rules.checked(replace(given, points=()))
    place = Place.objects.select_for_update().filter(pk=place_id, owner__in=people).first()
    if place is None:
        raise NotFound
    before = [getattr(place, column) for column in LOOKED_AT]
    place = change_place(place, replace(clean, agency_id=place.agency_id), owner_id=place.owner_id, by=None, now=now)
    if place.state == rules.APPROVED and before != [getattr(place, column) for column in LOOKED_AT]:
        _set_state(place, rules.PENDING, "changed_by_owner", now)
    return place


def approve_waited(now: datetime) -> int:
    """Approve places that have waited long enough, whose owner is known and which nothing resembles.

    returns  how many
    """
    waiting = Place.objects.filter(state=rules.PENDING, created_at__lte=now - APPROVED_AFTER, owner__isnull=False)
    approved = 0
    for place in waiting.order_by("pk")[:AT_ONCE]:
        given = PlaceInput(place.name, place.unit_id, place.category_id, address=place.address)
        if not alike(given, besides=place.pk):
            approved += _approve(place.pk, now)
    return approved


@transaction.atomic
def _approve(place_id: int, now: datetime) -> int:
    place = Place.objects.select_for_update().filter(pk=place_id, state=rules.PENDING).first()
    if place is None:
        return 0
    _set_state(place, rules.APPROVED, "approved_by_time", now)
    return 1


def _set_state(place: Place, state: str, event: str, now: datetime) -> None:
    before, place.state, place.updated_at = place.state, state, now
    place.save(update_fields=["state", "updated_at"])
    record(event, place, by=None, now=now, before=before)
