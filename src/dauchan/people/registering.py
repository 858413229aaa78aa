"""Registering people, one or a thousand, in a fixed number of statements; sent twice, it changes nothing more.

Who is whom: the same reference of the same integrator is the same person; the same document is, when the name and date
of birth agree or nothing but scans knew it. A phone never joins two people: families share one. Everything else is for
an officer to merge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, Problem
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import blind_index
from dauchan.people import rules, vault
from dauchan.people.opening import open_people
from dauchan.people.rules import Identity
from dauchan.people.subjects import FIRST_CLAIMED
from dauchan.people.vault import Entry, NewPerson


class ReferenceTwice(Conflict):
    kind = "reference_twice"
    vi = "Mã tham chiếu này có hai lần trong cùng một lần gửi."
    en = "This reference stands twice in one request."


class DocumentTaken(Conflict):
    kind = "document_taken"
    vi = (
        "Số giấy tờ này đã thuộc về một người khác tên hoặc khác ngày sinh. Hãy kiểm tra lại, hoặc nhờ cán bộ y tế xem."
    )
    en = "This document belongs to somebody with another name or birth date. Check it, or ask a health officer to look."


@dataclass(frozen=True, slots=True)
class Registration:
    """One person to be registered; the reference is the sender's own, empty when an officer registers."""

    identity: Identity = field(repr=False)
    reference: str = field(default="", repr=False)
    residence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one registration, in the order they were given."""

    outcome: Literal["created", "matched", "rejected"]
    person_id: UUID | None = None
    reason: Problem | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Item:
    """A registration on its way: the ways to find the person, and in the end who it is."""

    registration: Registration
    reference: Entry | None
    entries: list[Entry]
    person: UUID | None = None
    fresh: NewPerson | None = None
    completes: bool = False

    @property
    def entries_all(self) -> list[Entry]:
        return [*([self.reference] if self.reference else []), *self.entries]

    @property
    def documents(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == "document"]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows of the hashes of a batch."""

    leading: Mapping[bytes, UUID]
    bearing: frozenset[tuple[bytes, UUID]]
    provisional: frozenset[UUID]


def register(
    registrations: Sequence[Registration], *, scope: str, keyring: Keyring, now: datetime, today: date
) -> list[Outcome]:
    """Register people inside the caller's transaction; `scope` is the credential whose references these are.

    returns  one outcome a registration, in order
    """
    outcomes: dict[int, Outcome] = {}
    items = _readable(registrations, outcomes, scope=scope, keyring=keyring, today=today)
    known = _known_of(items.values(), scope=scope, keyring=keyring)
    _decide(items, known, outcomes, keyring)
    _claim_references(items, keyring)
    _write(items.values(), known, keyring=keyring, now=now)
    for position, item in items.items():
        warnings = tuple(rules.all_warnings(item.registration.identity))
        outcomes[position] = Outcome("created" if item.fresh else "matched", item.person, warnings=warnings)
    return [outcomes[position] for position in range(len(registrations))]


def _readable(
    registrations: Sequence[Registration], outcomes: dict[int, Outcome], *, scope: str, keyring: Keyring, today: date
) -> dict[int, _Item]:
    """The registrations that are in order, by position; the others are rejected with the reason."""
    secret, items, seen = vault.index_secrets(keyring)[0], {}, set[str]()
    for position, given in enumerate(registrations):
        try:
            items[position] = _item(given, secret, scope=scope, today=today)
            if given.reference and items[position].registration.reference in seen:
                raise ReferenceTwice
            seen.add(items[position].registration.reference)
        except Problem as problem:
            items.pop(position, None)
            outcomes[position] = Outcome("rejected", reason=problem)
    return items


def _item(given: Registration, secret: bytes, *, scope: str, today: date) -> _Item:
    identity = rules.normal_identity(given.identity, today=today)
    reference = rules.normal_reference(given.reference) if scope else ""
    told = replace(given, identity=identity, reference=reference)
    return _Item(told, _reference_entry(secret, scope, reference), vault.entries_of(secret, identity))


def _reference_entry(secret: bytes, scope: str, reference: str) -> Entry | None:
    kind = vault.reference_kind(scope)
    return Entry(kind, blind_index(secret, kind, reference), may_lead=True) if scope else None


KNOWN = """
select found.hash, found.person_id, found.leads, person.provisional
from people_blind_index found join people_person person on person.id = found.person_id
where found.hash = any(%s) and (found.leads or found.kind <> 'phone')
"""


def _known_of(items: Iterable[_Item], *, scope: str, keyring: Keyring) -> _Known:
    """Who bears the hashes of a batch, also under older index keys, told by the hashes of the newest.

    Where two lead because they came at once with a rotation, it is whoever does under the older key.
    """
    newest = {entry_hash: now for item in items for entry_hash, now in _hashes(item, scope, keyring)}
    position = {hashed: number for number, hashed in enumerate(newest)}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(newest)])
        found = sorted(cursor.fetchall(), key=lambda row: position[bytes(row[0])])
    rows = [(newest[bytes(row[0])], *row[1:]) for row in found]
    return _Known(
        leading={hashed: person for hashed, person, leads, _ in rows if leads},
        bearing=frozenset((hashed, person) for hashed, person, *_ in rows),
        provisional=frozenset(person for _, person, _, provisional in rows if provisional),
    )


def _hashes(item: _Item, scope: str, keyring: Keyring) -> Iterable[tuple[bytes, bytes]]:
    """Each hash of an item under every index key, with its hash under the newest."""
    newest = item.entries_all
    yield from ((entry.hash, entry.hash) for entry in newest)
    for secret in vault.index_secrets(keyring)[1:]:
        reference = _reference_entry(secret, scope, item.registration.reference)
        older = [*([reference] if reference else []), *vault.entries_of(secret, item.registration.identity)]
        yield from ((entry.hash, now.hash) for entry, now in zip(older, newest, strict=True))


def _decide(items: dict[int, _Item], known: _Known, outcomes: dict[int, Outcome], keyring: Keyring) -> None:
    """Say of each item who it is: somebody known, somebody new, or a contradiction that is rejected."""
    wrapping, taken = keyring.named("person"), set[bytes]()
    for position, item in list(items.items()):
        documents = {entry.hash for entry in item.documents}
        by_reference = known.leading.get(item.reference.hash) if item.reference else None
        owners = {known.leading[hashed] for hashed in documents if hashed in known.leading}
        if by_reference is None and (documents & taken or not _agree(item, owners, known)):
            outcomes[position] = Outcome("rejected", reason=DocumentTaken(people=sorted(map(str, owners))))
            del items[position]
            continue
        taken |= documents
        item.person = by_reference or next(iter(owners), None)
        item.completes = item.person in known.provisional
        if item.person is None:
            item.fresh = vault.new_person(wrapping, item.registration.identity)
            item.person = item.fresh.id


def _agree(item: _Item, owners: set[UUID], known: _Known) -> bool:
    """Whether the one owner of the item's documents is plausibly this person: two identifiers, or nothing but scans."""
    if not owners:
        return True
    owner = next(iter(owners))
    twins = {(entry.hash, owner) for entry in item.entries if entry.kind == "name_birth"}
    return len(owners) == 1 and (owner in known.provisional or bool(twins & known.bearing))


CLAIM = """
insert into people_blind_index (hash, person_id, kind, leads)
select hash, person_id, kind, true
from unnest(%s::bytea[], %s::uuid[], %s::text[]) with ordinality as given(hash, person_id, kind, position)
order by position
on conflict do nothing
returning hash, person_id
"""
LEADING = "select hash, person_id from people_blind_index where leads and hash = any(%s)"
BEAR = """
insert into people_blind_index (hash, person_id, kind, leads)
select hash, person_id, kind, false from unnest(%s::bytea[], %s::uuid[], %s::text[]) as given(hash, person_id, kind)
on conflict do nothing
"""

Claim = tuple[bytes, UUID, str]


def _columns(claims: Sequence[Claim]) -> list[list[object]]:
    return [[claim[column] for claim in claims] for column in range(3)]


def claim(claims: Iterable[Claim]) -> set[tuple[bytes, UUID]]:
    """Make people lead for hashes that nobody leads for yet, in the order that every writer keeps; who succeeded."""
    ordered = sorted(claims, key=lambda claim: (FIRST_CLAIMED.get(claim[2], 0), claim[0]))
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, _columns(ordered))
        return {(bytes(hashed), person) for hashed, person in cursor.fetchall()}


def index(person: UUID, identity: Identity, keyring: Keyring, *, may_lead: bool = True) -> None:
    """Make a person findable by an identity, leading where nobody does yet, or never."""
    entries = vault.entries_of(vault.index_secrets(keyring)[0], identity)
    entries = [replace(entry, may_lead=entry.may_lead and may_lead) for entry in entries]
    item = _Item(Registration(identity), None, entries, person)
    _make_findable([item], _known_of([item], scope="", keyring=keyring))


def _make_findable(items: Sequence[_Item], known: _Known) -> None:
    """Store every way to find these people, leading where nobody else does yet under any index key."""
    claims = [(entry.hash, item.person, entry.kind) for item in items for entry in item.entries if item.person]
    may_lead = {entry.hash for item in items for entry in item.entries if entry.may_lead}
    won = claim(row for row in claims if row[0] in may_lead and known.leading.get(row[0], row[1]) == row[1])
    with connection.cursor() as cursor:
        cursor.execute(BEAR, _columns([row for row in claims if (row[0], row[1]) not in won]))


def _claim_references(items: dict[int, _Item], keyring: Keyring) -> None:
    """Tie references to people; where a scan with the same reference was a moment faster, that person is meant."""
    wanted = {item.reference.hash: item for item in items.values() if item.reference and item.person}
    won = claim(
        (hashed, item.person, item.reference.kind) for hashed, item in wanted.items() if item.person and item.reference
    )
    lost = [hashed for hashed, item in wanted.items() if item.fresh and (hashed, item.person) not in won]
    if not lost:
        return
    with connection.cursor() as cursor:
        cursor.execute(LEADING, [lost])
        for hashed, person in cursor.fetchall():
            item = wanted[bytes(hashed)]
            item.person, item.fresh, item.completes = person, None, True


def _write(items: Iterable[_Item], known: _Known, *, keyring: Keyring, now: datetime) -> None:
    """Store new people, complete provisional ones, and make both findable."""
    written = [item for item in items if item.fresh or item.completes]
    _make_findable(written, known)
    _create([item for item in written if item.fresh], now)
    complete({item.person: item.registration for item in written if item.completes and item.person}, keyring)


CREATE = """
with given as (
    select * from unnest(%s::uuid[], %s::bigint[], %s::smallint[], %s::bytea[], %s::bytea[])
        as given(id, residence_id, kek, wrapped, sealed)
),
person as (
    insert into people_person (id, created_on, provisional, residence_id)
    select id, %s, false, residence_id from given
),
key as (
    insert into keystore.person_key (person_id, kek, wrapped) select id, kek, wrapped from given
)
insert into people_identity (person_id, sealed) select id, sealed from given
"""


def _create(items: Sequence[_Item], now: datetime) -> None:
    rows = [
        (item.fresh.id, item.registration.residence_id, item.fresh.kek, item.fresh.wrapped, item.fresh.sealed)
        for item in items
        if item.fresh
    ]
    with connection.cursor() as cursor:
        cursor.execute(CREATE, [*([row[column] for row in rows] for column in range(5)), clock.local_day(now)])


LOCK = "select id from people_person where id = any(%s) order by id for update"
COMPLETE = """
with given as (
    select * from unnest(%s::uuid[], %s::bigint[], %s::bytea[]) as given(id, residence_id, sealed)
),
person as (
    update people_person as person
    set provisional = person.provisional and %s, residence_id = coalesce(given.residence_id, person.residence_id)
    from given where person.id = given.id
)
update people_identity as identity set sealed = given.sealed from given where identity.person_id = given.id
"""


def complete(told: Mapping[UUID, Registration], keyring: Keyring, *, stay_provisional: bool = False) -> None:
    """Add what is told now to what was known of people, who are no longer provisional, or stay so."""
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(told)])
    rows = []
    for person, known in open_people(told).items():
        if known.key is not None:
            identity = rules.completed(known.identity, told[person].identity)
            rows.append((person, told[person].residence_id, vault.seal_identity(known.key, person, identity)))
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE, [*([row[column] for row in rows] for column in range(3)), stay_provisional])
