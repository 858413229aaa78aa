"""Whom a scan is about: subjects become person ids in the fast lane, a batch at a time.

A subject that nobody is known by yet becomes a provisional person in the caller's transaction. Ids are given as they
were found: that two of them are one human (`models.Alias`) is expanded by questions, never written into visits.
Runs under READ COMMITTED: a shared lock against whoever erases people (`erasing.erase_expired`), so that nobody found
is gone before the scan stands; then two statements a batch, a third when another batch was faster.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from psycopg import AsyncConnection

from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import blind_index
from dauchan.people import rules, vault
from dauchan.people.rules import Identity

SubjectKind = Literal["phone", "document", "reference"]
FIRST_CLAIMED = {"reference": 0, "document": 1, "phone": 2}
"""The order in which every writer claims hashes, and within a kind by hash: so no two writers wait for each other."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody as a scan names them, written as `normalise` writes it; `scope` is the credential of a reference."""

    kind: SubjectKind
    value: str
    scope: str = ""

    @property
    def index_kind(self) -> str:
        return vault.reference_kind(self.scope) if self.kind == "reference" else self.kind


class BadSubject(BadInput):
    kind = "bad_subject"
    vi = "Không rõ lượt quét của ai: cần điện thoại, giấy tờ hoặc mã tham chiếu."
    en = "Whom the scan is about is not clear: it needs a phone, a document or a reference."


def normalise(kind: str, value: str, scope: str = "") -> Subject:
    """A subject written one way only; `scope` is the id of the credential that sent a reference.

    raises   BadInput (BadPhone, BadDocument, BadText, BadSubject)
    """
    if kind == "phone":
        return Subject("phone", rules.normal_phone(value))
    if kind == "document":
        return Subject("document", rules.normal_document(value).text)
    if kind == "reference" and scope:
        return Subject("reference", rules.normal_reference(value), scope)
    raise BadSubject(field="subject")


RESOLVING_LOCK = 0x64616365
"""Shared by all who resolve, alone for whoever erases what expired: "dace"."""
SHARE = "select pg_advisory_xact_lock_shared(%(lock)s)"

LOOK_UP = """
select hash, person_id from people_blind_index where leads and hash = any(%(hashes)s)
"""


CREATE = """
with candidate as (
    select * from unnest(
        %(hashes)s::bytea[], %(kinds)s::text[], %(people)s::uuid[],
        %(keks)s::smallint[], %(wrapped)s::bytea[], %(sealed)s::bytea[]
    ) with ordinality as given(hash, kind, person_id, kek, wrapped, sealed, position)
),
claimed as (
    insert into people_blind_index (hash, person_id, kind, leads)
    select hash, person_id, kind, true from candidate order by position
    on conflict (hash) where leads do nothing
    returning hash, person_id
),
person as (
    insert into people_person (id, created_on, provisional)
    select person_id, %(today)s, true from claimed
),
key as (
    insert into keystore.person_key (person_id, kek, wrapped)
    select person_id, kek, wrapped from candidate join claimed using (person_id)
),
identity as (
    insert into people_identity (person_id, sealed)
    select person_id, sealed from candidate join claimed using (person_id)
)
select hash, person_id from claimed
"""


Ask = tuple[str, dict[str, Any]]
Rows = Iterable[tuple[Any, ...]]
Resolving = Generator[Ask, Rows, dict[Subject, UUID]]
"""A look for people that asks its statements one by one of whoever holds the connection, and is sent the rows."""


async def resolve(
    connection: AsyncConnection[Any], subjects: Sequence[Subject], *, keyring: Keyring, now: datetime
) -> dict[Subject, UUID]:
    """The person behind each subject, new provisional people included, within the caller's transaction.

    returns  one entry a distinct subject; the empty case is an empty dict
    """
    steps, rows = _resolving(subjects, keyring, now), None
    try:
        while True:
            statement, values = steps.send(rows)  # type: ignore[arg-type]  # a generator is begun with None
            rows = await (await connection.execute(statement, values)).fetchall()
    except StopIteration as done:
        found: dict[Subject, UUID] = done.value
        return found


def resolve_on_page(subjects: Sequence[Subject], *, keyring: Keyring, now: datetime) -> dict[Subject, UUID]:
    """As `resolve`, over Django's connection, inside the transaction of a page's action."""
    steps, rows = _resolving(subjects, keyring, now), None
    try:
        with connection.cursor() as cursor:
            while True:
                cursor.execute(*steps.send(rows))  # type: ignore[arg-type]  # a generator is begun with None
                rows = cursor.fetchall()
    except StopIteration as done:
        found: dict[Subject, UUID] = done.value
        return found


def _resolving(subjects: Sequence[Subject], keyring: Keyring, now: datetime) -> Resolving:
    secrets = vault.index_secrets(keyring)  # the oldest last: who leads under it came first
    by_hash = {_hash(secret, subject): subject for secret in secrets for subject in subjects}
    if by_hash:
        yield SHARE, {"lock": RESOLVING_LOCK}
    found = yield from _looking_up(by_hash)
    missing = _in_claiming_order({_hash(secrets[0], subject): subject for subject in subjects if subject not in found})
    if missing:
        found |= _by_subject((yield CREATE, _provisional(missing, keyring, now)), missing)
    found |= yield from _looking_up({hashed: subject for hashed, subject in missing.items() if subject not in found})
    return found


def _hash(secret: bytes, subject: Subject) -> bytes:
    return blind_index(secret, subject.index_kind, subject.value)


def _in_claiming_order(missing: dict[bytes, Subject]) -> dict[bytes, Subject]:
    return dict(sorted(missing.items(), key=lambda item: (FIRST_CLAIMED[item[1].kind], item[0])))


def _looking_up(by_hash: dict[bytes, Subject]) -> Resolving:
    return _by_subject((yield LOOK_UP, {"hashes": list(by_hash)}), by_hash) if by_hash else {}


def _provisional(missing: dict[bytes, Subject], keyring: Keyring, now: datetime) -> dict[str, Any]:
    """Provisional people for these subjects; `CREATE` leaves out those whom another transaction has just made."""
    wrapping = keyring.named("person")
    people = [vault.new_person(wrapping, _told(subject)) for subject in missing.values()]
    return {
        "hashes": list(missing),
        "kinds": [subject.index_kind for subject in missing.values()],
        "people": [person.id for person in people],
        "keks": [person.kek for person in people],
        "wrapped": [person.wrapped for person in people],
        "sealed": [person.sealed for person in people],
        "today": clock.local_day(now),
    }


def _by_subject(rows: Rows, by_hash: dict[bytes, Subject]) -> dict[Subject, UUID]:
    """Who was found for each subject; where its hashes have different people, the one of the last hash."""
    leading = {bytes(hashed): person for hashed, person in rows}
    return {subject: leading[hashed] for hashed, subject in by_hash.items() if hashed in leading}


def _told(subject: Subject) -> Identity:
    """What a subject alone tells of an identity; a reference and a card's number tell nothing."""
    if subject.kind == "phone":
        return Identity(phone=subject.value)
    if subject.kind == "document":
        document = rules.normal_document(subject.value)
        return Identity(documents=() if document.kind == "card" else (document,))
    return Identity()
