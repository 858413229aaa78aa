"""Forgetting who somebody is for good, again after a restore, and moving keys so that older ones can go."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.people import holding, keystore, queries, subjects, vault
from dauchan.people.actions import MOST_AT_ONCE, tell_gateways, told_purpose
from dauchan.people.models import (
    Alias,
    BlindIndex,
    Care,
    Device,
    Hold,
    MergeProposal,
    Pass,
    Person,
    SealedIdentity,
    Standing,
)


@transaction.atomic
def erase_person(person_id: UUID, *, purpose: str, by: Officer, now: datetime) -> None:
    """Forget who somebody is for good, under every id that was merged: keys destroyed, tombstones written, passes
    revoked. It can't be undone.

    raises   NotPermitted, NotFound, NoPurpose, PersonHeld
    """
    purpose = told_purpose(purpose)
    every_id = queries.expand([person_id])[queries.aliases_of([person_id])[person_id]]
    living = Person.objects.select_for_update().filter(pk__in=every_id, tombstoned_at__isnull=True).order_by("pk")
    people = {person.pk: person.residence_id for person in living}
    if person_id not in people:
        raise NotFound()
    for residence in people.values():
        require(by, "person.erase", unit_id=residence, on=clock.local_day(now))
    holding.check_nobody_held(people, clock.local_day(now))
    for person, residence in people.items():
        audit.record("person.erased", by=by, about=person, unit=residence, purpose=purpose, at=now)
    _forget(list(people), now)


Needed = Callable[[Sequence[UUID]], set[UUID]]
"""Asks a slice which of some people it still needs."""


def provisional_before(day: date, *, after: UUID | None, most: int, now: datetime) -> list[UUID]:
    """People known from scans alone since before a day, whom nothing of this slice needs; by id, page by page."""
    people = _known_from_scans_alone(now).filter(created_on__lt=day)
    if after is not None:
        people = people.filter(pk__gt=after)
    return list(people.order_by("pk").values_list("pk", flat=True)[:most])


def _known_from_scans_alone(now: datetime) -> QuerySet[Person]:
    people = Person.objects.filter(provisional=True, tombstoned_at__isnull=True)
    people = people.exclude(pk__in=Hold.objects.filter(until__gte=clock.local_day(now)).values("person_id"))
    people = people.exclude(pk__in=Device.objects.values("person_id"))
    people = people.exclude(pk__in=Pass.objects.values("person_id"))
    in_force = Standing.objects.filter(Q(until__isnull=True) | Q(until__gt=now))
    people = people.exclude(pk__in=in_force.values("person_id"))
    for side in ("alias_id", "canonical_id"):
        people = people.exclude(pk__in=Alias.objects.filter(undone_at__isnull=True).values(side))
        people = people.exclude(pk__in=MergeProposal.objects.filter(decided_at__isnull=True).values(side))
    return people


@transaction.atomic
def erase_expired(people: Sequence[UUID], needed: Needed, *, now: datetime) -> int:
    """Forget those of some people whom nobody needs now that no scan can come in between.

    returns  how many
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [subjects.RESOLVING_LOCK])
    living = _known_from_scans_alone(now).select_for_update().filter(pk__in=people).order_by("pk")
    found = list(living.values_list("pk", flat=True))
    kept = needed(found) | holding.held_until(found, clock.local_day(now)).keys()  # an order may have come just now
    gone = [person for person in found if person not in kept]
    if gone:
        _forget(gone, now)
        audit.record("people.expired", by=None, at=now, count=len(gone))
    return len(gone)


def _forget(people: Sequence[UUID], now: datetime) -> None:
    keystore.destroy_keys(people, now)
    SealedIdentity.objects.filter(person_id__in=people).delete()
    BlindIndex.objects.filter(person_id__in=people).delete()
    Standing.objects.filter(person_id__in=people).delete()
    Device.objects.filter(person_id__in=people).delete()
    Care.objects.filter(Q(carer_id__in=people) | Q(cared_id__in=people)).delete()
    ended = Coalesce("revoked_at", Value(now))
    Pass.objects.filter(person_id__in=people).update(revoked_at=ended, reason="erased", sealed_number=None)
    Person.objects.filter(pk__in=people).update(tombstoned_at=now, residence=None, provisional=False)
    tell_gateways("passes")
    transaction.on_commit(lambda: keystore.write_tombstones(vault.the_keyring(), people))


@transaction.atomic
def replay_tombstones(*, now: datetime) -> int:
    """After a restore, forget again everybody who was erased before it, wherever their tombstone was kept.

    returns  how many people had come back
    """
    stored, written = keystore.tombstones(vault.the_keyring())
    returned = keystore.with_anything_left(stored | written)
    if returned:
        _forget(sorted(returned), now)
    keystore.bury(stored | written, now)
    keystore.write_tombstones(vault.the_keyring(), stored - written)
    return len(returned)


def rewrap_person_keys() -> int:
    """Wrap every person's key by the keyring's newest "person" key, so that older ones can go; how many moved."""
    moved = 0
    while some := keystore.rewrap(vault.the_keyring(), MOST_AT_ONCE):
        moved += some
    return moved
