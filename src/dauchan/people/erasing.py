"""Forgetting who somebody is for good, again after a restore, and moving keys so that older ones can go."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.people import keystore, queries, vault
from dauchan.people.actions import MOST_AT_ONCE, tell_gateways, told_purpose
from dauchan.people.models import Alias, BlindIndex, Device, MergeProposal, Pass, Person, SealedIdentity, Standing


@transaction.atomic
def erase_person(person_id: UUID, *, purpose: str, by: Officer, now: datetime) -> None:
    """Forget who somebody is for good, under every id that was merged: keys destroyed, tombstones written, passes
    revoked. It can't be undone.

    raises   NotPermitted, NotFound, NoPurpose
    """
    purpose = told_purpose(purpose)
    every_id = queries.expand([person_id])[queries.aliases_of([person_id])[person_id]]
    living = Person.objects.select_for_update().filter(pk__in=every_id, tombstoned_at__isnull=True).order_by("pk")
    people = {person.pk: person.residence_id for person in living}
    if person_id not in people:
        raise NotFound()
    for person, residence in people.items():
        require(by, "person.erase", unit_id=residence, on=clock.local_day(now))
        audit.record("person.erased", by=by, about=person, unit=residence, purpose=purpose, at=now)
    _forget(list(people), now)


def provisional_before(instant: datetime, *, after: UUID | None, most: int) -> list[UUID]:
    """People known from scans alone since before an instant, whom nothing of this slice needs; by id, page by page."""
    people = Person.objects.filter(provisional=True, tombstoned_at__isnull=True, created_at__lt=instant)
    people = people.exclude(pk__in=Device.objects.values("person_id"))
    people = people.exclude(pk__in=Pass.objects.values("person_id"))
    people = people.exclude(pk__in=Standing.objects.values("person_id"))
    for side in ("alias_id", "canonical_id"):
        people = people.exclude(pk__in=Alias.objects.filter(undone_at__isnull=True).values(side))
        people = people.exclude(pk__in=MergeProposal.objects.filter(decided_at__isnull=True).values(side))
    if after is not None:
        people = people.filter(pk__gt=after)
    return list(people.order_by("pk").values_list("pk", flat=True)[:most])


@transaction.atomic
def erase_expired(people: Sequence[UUID], *, now: datetime) -> int:
    """Forget people whose time is over; who else may need them is the caller's question.

    returns  how many
    """
    living = Person.objects.select_for_update().filter(pk__in=people, provisional=True, tombstoned_at__isnull=True)
    found = list(living.order_by("pk").values_list("pk", flat=True))
    if found:
        _forget(found, now)
        audit.record("people.expired", by=None, at=now, count=len(found))
    return len(found)


def _forget(people: Sequence[UUID], now: datetime) -> None:
    keystore.destroy_keys(people, now)
    SealedIdentity.objects.filter(person_id__in=people).delete()
    BlindIndex.objects.filter(person_id__in=people).delete()
    Standing.objects.filter(person_id__in=people).delete()
    Device.objects.filter(person_id__in=people).delete()
    Pass.objects.filter(person_id__in=people).update(revoked_at=Coalesce("revoked_at", Value(now)), reason="erased")
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
