"""The verbs on people: register, give a pass, set a standing, merge, reveal, erase; each one transaction, its audit
row inside. `reveal_identity` and `reveal_many` are the only ways to see an identity; the caller obtains the grant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Credential, Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound
from dauchan.kernel.keyring import Keyring
from dauchan.people import card_number, keystore, queries, registering, rules, vault
from dauchan.people.models import COLOURS, STANDINGS, Alias, BlindIndex, Pass, Person, Standing
from dauchan.people.opening import open_people
from dauchan.people.queries import IssuedPass, Masked
from dauchan.people.registering import DocumentTaken, Outcome, Registration
from dauchan.people.rules import AlreadyMerged, Identity, NobodyToldOf, NoPurpose, NotProvisional, TooManyPeople

MOST_AT_ONCE = 1000
LONGEST_ACTION = 120
LONGEST_REASON = 500
REVOKING_REASONS = ("reissued", "lost", "stolen")


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to see identities: the officer, why, in which case. Whoever makes one has checked the right to it."""

    officer: Officer
    purpose: str
    at: datetime
    case: object = None
    unit_id: int | None = None


# --- registering ------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_person(
    identity: Identity, residence_id: int | None, *, by: Officer, now: datetime, adopt: UUID | None = None
) -> Person:
    """Register somebody at an officer's desk; `adopt` names the provisional person who they are.

    raises   NotPermitted, BadInput and its kinds, DocumentTaken (detail `people`), NotProvisional
    """
    today = clock.local_day(now)
    require(by, "person.register", unit_id=residence_id, on=today)
    identity = rules.normal_identity(identity, today=today)
    if not (identity.name or identity.phone or identity.documents):
        raise NobodyToldOf(field="name")
    registration = Registration(identity, residence_id=residence_id)
    person_id = _complete(registration, adopt) if adopt else _register_one(registration, now)
    audit.record("person.registered", by=by, about=person_id, unit=residence_id, at=now)
    return Person.objects.get(pk=person_id)


def _register_one(registration: Registration, now: datetime) -> UUID:
    outcome = registering.register(
        [registration], scope="", keyring=vault.the_keyring(), now=now, today=clock.local_day(now)
    )[0]
    if outcome.reason is not None:
        raise outcome.reason
    assert outcome.person_id is not None
    return outcome.person_id


def _complete(registration: Registration, adopt: UUID) -> UUID:
    """Make a provisional person a registered one."""
    if not _lock(adopt).provisional:
        raise NotProvisional()
    keyring = vault.the_keyring()
    owners = {
        person for document in registration.identity.documents for person in queries.find_by_document(document.text)
    }
    if owners - {adopt}:
        raise DocumentTaken(people=sorted(map(str, owners)))
    registering.index(adopt, registration.identity, keyring)
    registering.complete({adopt: registration}, keyring)
    return adopt


@transaction.atomic
def register_people(registrations: Sequence[Registration], *, credential: Credential, now: datetime) -> list[Outcome]:
    """Register an integrator's people, each by the integrator's own reference; sent again, all are "matched".

    returns  one outcome a registration, in order: created, matched or rejected with the reason
    raises   TooManyPeople
    """
    if len(registrations) > MOST_AT_ONCE:
        raise TooManyPeople(field="people", most=MOST_AT_ONCE)
    outcomes = registering.register(
        registrations, scope=credential.pk, keyring=vault.the_keyring(), now=now, today=clock.local_day(now)
    )
    counts = {name: sum(each.outcome == name for each in outcomes) for name in ("created", "matched", "rejected")}
    audit.record("people.registered", by=credential, at=now, detail=counts, count=len(outcomes))
    return outcomes


# --- passes and standings ---------------------------------------------------------------------------------------------


@transaction.atomic
def issue_pass(person: Person, *, now: datetime, by: Officer | Credential | None = None) -> IssuedPass:
    """The person's valid pass, a new one when there is none; an officer needs the right to register them.

    raises   NotPermitted, NotFound for an erased person
    """
    if isinstance(by, Officer):
        require(by, "person.register", unit_id=person.residence_id, on=clock.local_day(now))
    _lock(person.pk)
    valid = Pass.objects.filter(person=person, revoked_at__isnull=True).first()
    if valid is None:
        valid = _next_pass(person.pk, now)
        audit.record("pass.issued", by=by, about=person.pk, unit=person.residence_id, at=now)
    return queries.as_shown(valid)


@transaction.atomic
def reissue_pass(person: Person, *, by: Officer, now: datetime, reason: str = "reissued") -> IssuedPass:
    """End the person's pass and give the next; gates refuse the old one within seconds.

    raises   NotPermitted, NotFound, BadInput
    """
    require(by, "person.register", unit_id=person.residence_id, on=clock.local_day(now))
    return replace_pass(person.pk, reason=reason, by=by, now=now)


def replace_pass(person_id: UUID, *, reason: str, by: Officer | None, now: datetime) -> IssuedPass:
    """End a pass and give the next, inside the caller's transaction; who may is the caller's question.

    raises   NotFound, BadInput
    """
    if reason not in REVOKING_REASONS:
        raise BadInput(field="reason")
    residence = _lock(person_id).residence_id
    for valid in Pass.objects.filter(person_id=person_id, revoked_at__isnull=True):
        _end_pass(valid, reason, now)
    fresh = _next_pass(person_id, now)
    audit.record("pass.reissued", by=by, about=person_id, unit=residence, at=now, detail={"reason": reason})
    tell_gateways("passes")
    return queries.as_shown(fresh)


@transaction.atomic
def issue_passes(people: Iterable[UUID], *, now: datetime) -> int:
    """Give those of some living people a pass who never had one, for the installation itself; how many."""
    living = Person.objects.select_for_update().filter(pk__in=list(people), tombstoned_at__isnull=True)
    without = living.exclude(pk__in=Pass.objects.values("person_id")).order_by("pk")
    new, keyring = list(without.values_list("pk", flat=True)), vault.the_keyring()
    keys, numbers = keystore.keys_of(keyring, new), _claim_numbers(new, keyring)
    sealed = {person: vault.seal_text(keys[person], person, numbers[person]) for person in new}
    Pass.objects.bulk_create(
        Pass(person_id=person, serial=1, issued_at=now, sealed_number=sealed[person]) for person in new
    )
    audit.record("pass.issued", by=None, at=now, count=len(new))
    return len(new)


def _lock(person_id: UUID) -> Person:
    """The living person, locked until the transaction ends.

    raises   NotFound
    """
    person = Person.objects.select_for_update().filter(pk=person_id, tombstoned_at__isnull=True).first()
    if person is None:
        raise NotFound()
    return person


def _next_pass(person_id: UUID, now: datetime) -> Pass:
    last = Pass.objects.filter(person_id=person_id).aggregate(last=Max("serial"))["last"] or 0
    keyring = vault.the_keyring()
    key = keystore.keys_of(keyring, [person_id])[person_id]
    sealed = vault.seal_text(key, person_id, _claim_numbers([person_id], keyring)[person_id])
    return Pass.objects.create(person_id=person_id, serial=last + 1, issued_at=now, sealed_number=sealed)


def _claim_numbers(people: Iterable[UUID], keyring: Keyring) -> dict[UUID, str]:
    """A number for each card that finds its person alone: drawn again in the one case that somebody has it."""
    left, numbers = set(people), dict[UUID, str]()
    while left:
        drawn = {person: rules.normal_document(card_number.draw()) for person in left}
        hashes = {person: vault.hashes_of(keyring, "document", each.text) for person, each in drawn.items()}
        asked = [each for some in hashes.values() for each in some]
        taken = {bytes(each) for each in BlindIndex.objects.filter(hash__in=asked).values_list("hash", flat=True)}
        free = [(some[0], person, "document") for person, some in hashes.items() if taken.isdisjoint(some)]
        numbers |= {person: drawn[person].number for _, person in registering.claim(free)}
        left -= numbers.keys()
    return numbers


def _end_pass(valid: Pass, reason: str, now: datetime) -> None:
    """Neither the code nor the number on the card leads to the person any more."""
    number = rules.normal_document(queries.number_of(valid))
    hashes = vault.hashes_of(vault.the_keyring(), "document", number.text)
    BlindIndex.objects.filter(person_id=valid.person_id, hash__in=hashes).delete()
    valid.revoked_at, valid.reason, valid.sealed_number = now, reason, None
    valid.save(update_fields=["revoked_at", "reason", "sealed_number"])


def tell_gateways(what: str) -> None:
    """Fast lanes read this part of their memory again when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('dauchan_gateway', %s)", [what])


@transaction.atomic
def set_standing(
    person: Person,
    standing: str,
    *,
    colour: str,
    action_vi: str = "",
    action_en: str = "",
    until: datetime | None = None,
    reason: str,
    by: Officer,
    now: datetime,
) -> Standing:
    """Write down what gates may know of a person until an instant; "unknown" takes an earlier one back.

    raises   NotPermitted, NotFound, BadInput
    """
    require(by, "person.standing", unit_id=person.residence_id, on=clock.local_day(now))
    reason = rules.normal_text(reason, field="reason", longest=LONGEST_REASON)
    if standing not in STANDINGS or colour not in COLOURS or not reason or (until is not None and until <= now):
        raise BadInput(field="standing" if reason else "reason")
    _lock(person.pk)
    key = keystore.keys_of(vault.the_keyring(), [person.pk])[person.pk]
    row = Standing.objects.create(
        person=person,
        standing=standing,
        colour=colour,
        action_vi=rules.normal_text(action_vi, field="action_vi", longest=LONGEST_ACTION),
        action_en=rules.normal_text(action_en, field="action_en", longest=LONGEST_ACTION),
        until=until,
        set_by=by,
        set_at=now,
        sealed_reason=vault.seal_text(key, person.pk, reason),
    )
    audit.record("standing.set", by=by, about=person.pk, unit=person.residence_id, at=now, detail={"colour": colour})
    tell_gateways("standings")
    return row


# --- one human under two ids ------------------------------------------------------------------------------------------


MERGES_ONE_BY_ONE = "select pg_advisory_xact_lock(hashtext('people.merge'))"


@transaction.atomic
def merge(alias: UUID, *, into: UUID, by: Officer, now: datetime) -> Alias:
    """Say that `alias` is the same human as `into`; nothing is rewritten, and `undo_merge` takes it back.

    raises   NotPermitted, NotFound, AlreadyMerged
    """
    people = _living([alias, into])
    for person in people:
        require(by, "person.register", unit_id=person.residence_id, on=clock.local_day(now))
    with connection.cursor() as cursor:
        cursor.execute(MERGES_ONE_BY_ONE)
    if queries.aliases_of([alias])[alias] != alias or queries.aliases_of([into])[into] == alias:
        raise AlreadyMerged()
    row = Alias.objects.create(alias_id=alias, canonical_id=into, merged_at=now, merged_by=by)
    for person in people:
        audit.record("person.merged", by=by, about=person.pk, unit=person.residence_id, at=now)
    return row


def _living(people: Sequence[UUID]) -> list[Person]:
    """These people.

    raises   NotFound when one of them is unknown or erased
    """
    found = list(Person.objects.filter(pk__in=people, tombstoned_at__isnull=True))
    if len(found) < len(set(people)):
        raise NotFound()
    return found


@transaction.atomic
def undo_merge(alias: UUID, *, by: Officer, now: datetime) -> None:
    """Take a merge back: both are two people again, with everything that each had.

    raises   NotPermitted, NotFound
    """
    for one in _living([alias]):
        require(by, "person.register", unit_id=one.residence_id, on=clock.local_day(now))
    row = Alias.objects.select_for_update().filter(alias_id=alias, undone_at__isnull=True).first()
    if row is None:
        raise NotFound()
    row.undone_at, row.undone_by = now, by
    row.save(update_fields=["undone_at", "undone_by"])
    for person in (row.alias, row.canonical):
        audit.record("person.merge_undone", by=by, about=person.pk, unit=person.residence_id, at=now)


# --- looking somebody up ----------------------------------------------------------------------------------------------


@transaction.atomic
def search(kind: str, value: str, *, by: Officer, now: datetime, permission: str = "person.register") -> list[Masked]:
    """Everybody with exactly this pass, phone or document, masked, each under one id; the look is written down.

    raises   NotPermitted, BadInput and its kinds (also a code that is no pass of ours)
    """
    require(by, permission, on=clock.local_day(now))
    found = _exactly(kind, value)
    canonical = list(dict.fromkeys(queries.aliases_of(found).values()))
    for person in canonical:
        audit.record("person.searched", by=by, about=person, at=now, detail={"by": kind})
    if not canonical:
        audit.record("person.searched", by=by, at=now, detail={"by": kind}, count=0)
    shown = queries.masked(canonical)
    return [shown[person] for person in canonical if not shown[person].erased]


def _exactly(kind: str, value: str) -> list[UUID]:
    if kind == "phone":
        return queries.find_by_phone(value)
    if kind == "document":
        return queries.find_by_document(value)
    if kind != "pass":
        raise BadInput(field="kind")
    try:
        return [queries.find_by_pass(value.strip())]
    except NotFound:
        return []


@transaction.atomic
def open_page(person: Person, *, by: Officer, now: datetime) -> Masked:
    """The masked view of one person for an officer, who is written down as having looked.

    raises   NotPermitted, NotFound for an erased person
    """
    require(by, "person.register", unit_id=person.residence_id, on=clock.local_day(now))
    shown = queries.masked([person.pk])[person.pk]
    if shown.erased:
        raise NotFound()
    audit.record("person.opened", by=by, about=person.pk, unit=person.residence_id, at=now)
    return shown


# --- revealing --------------------------------------------------------------------------------------------------------


def reveal_identity(person_id: UUID, grant: Grant) -> Identity:
    """One person's identity, written down where the person can read it.

    raises   NotFound (also for an erased person), NoPurpose
    """
    found = reveal_many([person_id], grant)
    if person_id not in found:
        raise NotFound()
    return found[person_id]


@transaction.atomic
def reveal_many(people: Iterable[UUID], grant: Grant) -> dict[UUID, Identity]:
    """The identities of people, one audit row each; those erased or unknown are left out.

    raises   NoPurpose
    """
    purpose = told_purpose(grant.purpose)
    seen = {person: row.identity for person, row in open_people(people).items() if not row.erased}
    for person in seen:
        audit.record(
            "person.revealed",
            by=grant.officer,
            about=person,
            case=grant.case,
            unit=grant.unit_id,
            purpose=purpose,
            at=grant.at,
        )
    return seen


def told_purpose(text: str) -> str:
    purpose = rules.normal_text(text, field="purpose", longest=LONGEST_REASON)
    if not purpose:
        raise NoPurpose(field="purpose")
    return purpose
