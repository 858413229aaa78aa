"""Who is meant, what of them may be shown, which passes are void, which ids are one human.

Never answers with an identity in clear: that is `actions.reveal_identity`. Nobody is searched by name in the whole
register, only inside a list that the caller already holds.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from dauchan import config
from dauchan.accounts import audit
from dauchan.kernel.clock import day_start
from dauchan.kernel.codes import PassCode, decode_pass, encode_pass
from dauchan.kernel.errors import NotFound
from dauchan.kernel.search import search_key
from dauchan.people import card_number, keystore, rules, vault
from dauchan.people.models import Pass, Person
from dauchan.people.opening import Opened, open_people
from dauchan.people.rules import MaskedDocument, Sex


@dataclass(frozen=True, slots=True)
class Masked:
    """What of a person may stand in a list; `handle` is their id as it may stand in an address."""

    id: UUID
    handle: str
    name: str
    phone: str
    documents: tuple[MaskedDocument, ...]
    sex: Sex
    birth_year: int | None
    residence_id: int | None
    provisional: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class StandingNow:
    """What a gate may know of a person now; without a row in force it is "unknown" and grey."""

    standing: str = "unknown"
    colour: str = "grey"
    action_vi: str = ""
    action_en: str = ""
    until: datetime | None = None


NEVER = (datetime.min.replace(tzinfo=UTC), StandingNow())


@dataclass(frozen=True, slots=True)
class Look:
    """One time that somebody looked at a person's data, as the person may see it."""

    at: datetime
    event: str
    role: str
    agency: str
    purpose: str
    case: str


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A valid pass: its serial, the text that its code shows, and the number on its card, as it is printed."""

    person_id: UUID
    serial: int
    text: str = field(repr=False)
    number: str = field(repr=False)


# --- finding ----------------------------------------------------------------------------------------------------------


def find_by_phone(phone: str) -> list[UUID]:
    """Everybody with exactly this phone, the one that scans are taken for first; a family may share one.

    raises   BadPhone
    """
    return _found("phone", rules.normal_phone(phone))


def find_by_document(number: str, kind: str = "") -> list[UUID]:
    """Everybody with exactly this document, the one that scans are taken for first.

    raises   BadDocument
    """
    return _found("document", rules.normal_document(number, kind).text)


def find_by_pass(text: str) -> UUID:
    """The person of a pass that this installation issued, also of one that was revoked since.

    raises   NotFound, CodeProblem and its kinds
    """
    keyring = vault.the_keyring()
    found = decode_pass(text, lambda number: keyring.named("pass", number), issuer=config.load().issuer)
    if not Pass.objects.filter(person_id=found.person_id, serial=found.serial).exists():
        raise NotFound()
    return found.person_id


FIND = """
select person_id
from people_blind_index
where hash = any(%(hashes)s)
order by leads desc, array_position(%(hashes)s, hash) desc, person_id
"""


def _found(kind: str, value: str) -> list[UUID]:
    hashes = vault.hashes_of(vault.the_keyring(), kind, value)
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"hashes": hashes})
        return list(dict.fromkeys(person for (person,) in cursor.fetchall()))


def handle_of(person: UUID) -> str:
    """A person's id as it may stand in an address."""
    return vault.handle(person)


def by_handle(handle: str) -> Person:
    """The person behind a handle in an address.

    raises   NotFound
    """
    person = Person.objects.filter(pk=vault.person_of_handle(handle)).first()
    if person is None:
        raise NotFound()
    return person


def is_living(person: UUID) -> bool:
    """Whether somebody bears this id and was not erased."""
    return Person.objects.filter(pk=person, tombstoned_at__isnull=True).exists()


def named_among(people: Iterable[UUID], text: str) -> list[UUID]:
    """Those of a list in scope in whose name some words begin so, accents and case forgiven, in the list's order."""
    listed, wanted = list(people), f" {search_key(text)}"
    opened = open_people(listed)
    return [p for p in listed if p in opened and wanted in f" {search_key(opened[p].identity.name)}"]


# --- showing ----------------------------------------------------------------------------------------------------------


def masked(people: Iterable[UUID]) -> dict[UUID, Masked]:
    """People under their masks: "Nguyễn Văn ***", "0912 *** 345"; ids that nobody bears are left out."""
    opened = open_people(people)
    handles = vault.handles(opened)
    return {person: _masked(row, handles[person]) for person, row in opened.items()}


def _masked(row: Opened, handle: str) -> Masked:
    shown = rules.mask(row.identity)
    return Masked(
        id=row.id,
        handle=handle,
        name=shown.name,
        phone=shown.phone,
        documents=shown.documents,
        sex=shown.sex,
        birth_year=shown.birth_year,
        residence_id=row.residence_id,
        provisional=row.provisional,
        erased=row.erased,
    )


RESIDENCES = "select id, residence_id from people_person where id = any(%s) and residence_id is not null"


def residences_of(people: Iterable[UUID]) -> dict[UUID, int]:
    """The residence unit's id of those people of whom it is known, without opening anything."""
    return dict(_pairs(RESIDENCES, list(people)))


def _pairs(sql: str, *parameters: Any) -> list[tuple[Any, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


STANDINGS = """
select distinct on (person_id) person_id, set_at, standing, colour, action_vi, action_en, until
from people_standing
where person_id = any(%s)
order by person_id, set_at desc, id desc
"""


def standings_of(people: Iterable[UUID], now: datetime) -> dict[UUID, StandingNow]:
    """The standing of each person now: of all ids of that human the newest row, if it has not run out, else unknown."""
    canonical = aliases_of(people)
    every_id = expand(canonical)
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, [[person for listed in every_id.values() for person in listed]])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    newest = {human: _newest(rows[person] for person in listed if person in rows) for human, listed in every_id.items()}
    return {person: _in_force(newest[human], now) for person, human in canonical.items()}


def _newest(rows: Iterable[tuple[Any, ...]]) -> StandingNow:
    return max(((set_at, StandingNow(*row)) for set_at, *row in rows), key=lambda dated: dated[0], default=NEVER)[1]


def _in_force(standing: StandingNow, now: datetime) -> StandingNow:
    return standing if standing.until is None or standing.until > now else StandingNow()


def looks_at(person: UUID) -> list[Look]:
    """Everything that was done with this person's data, under any of their ids, newest first."""
    every_id = expand([person])[aliases_of([person])[person]]
    rows = [row for alias in every_id for row in audit.rows_about(alias)]
    looks = [Look(row.at, row.event, row.role, row.agency, row.purpose, row.case_ref) for row in rows]
    return sorted(looks, key=lambda look: look.at, reverse=True)


# --- passes -----------------------------------------------------------------------------------------------------------


def pass_text(person: UUID, serial: int) -> str:
    """The text of a pass, the same each time while the keyring's pass key is."""
    return encode_pass(PassCode(config.load().issuer, person, serial), vault.the_keyring().named("pass"))


def valid_pass(person: UUID) -> IssuedPass | None:
    """The pass that a person can show now, if one was issued."""
    found = Pass.objects.filter(person_id=person, revoked_at__isnull=True).first()
    return as_shown(found) if found else None


def as_shown(issued: Pass) -> IssuedPass:
    """A valid pass as it is shown."""
    text = pass_text(issued.person_id, issued.serial)
    return IssuedPass(issued.person_id, issued.serial, text, card_number.shown(number_of(issued)))


def number_of(valid: Pass) -> str:
    """The number on the card of a valid pass."""
    assert valid.sealed_number is not None
    key = keystore.keys_of(vault.the_keyring(), [valid.person_id])[valid.person_id]
    return vault.open_text(key, valid.person_id, bytes(valid.sealed_number))


REVOKED = """
select person_id, serial, case when reason = 'erased' then timestamptz 'epoch' else revoked_at end
from people_pass
where revoked_at is not null
"""


def has_ended(person: UUID, serial: int) -> bool:
    """Whether a pass was replaced, or its person erased."""
    return not Pass.objects.filter(person_id=person, serial=serial, revoked_at__isnull=True).exists()


def revoked_passes(cursor: Any = None) -> dict[tuple[UUID, int], datetime]:
    """Every pass that opens nothing any more, by person and serial, and since when, for the fast lane's memory.

    A pass replaced today opened the gates yesterday; those of erased people never did.
    It is read again on `NOTIFY dauchan_gateway, 'passes'`, and now and then without.
    cursor   of any psycopg connection, for a process that keeps its own; Django's when left out
    """
    if cursor is None:
        with connection.cursor() as own:
            return revoked_passes(own)
    cursor.execute(REVOKED)
    return {(person, serial): ended_at for person, serial, ended_at in cursor.fetchall()}


# --- keys -------------------------------------------------------------------------------------------------------------


def people_wrapped_by(number: int) -> int:
    """How many people could never be read again without this "person" key of the keyring."""
    return keystore.people_by_kek().get(number, 0)


# --- one human under several ids --------------------------------------------------------------------------------------


CANONICAL = """
with recursive chain(start, person, step) as (
    select given.id, given.id, 0 from unnest(%s::uuid[]) as given(id)
    union all
    select chain.start, alias.canonical_id, chain.step + 1
    from chain join people_alias alias on alias.alias_id = chain.person and alias.undone_at is null
)
select distinct on (start) start, person from chain order by start, step desc
"""


def aliases_of(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each id with its canonical id, chains of merges followed; a person never merged is their own."""
    return dict(_pairs(CANONICAL, list(people)))


MERGED = "select alias_id from people_alias where undone_at is null"


def merged_ids() -> set[UUID]:
    """Every id that stands for another today: few, so that a question about a million people need not ask for each."""
    with connection.cursor() as cursor:
        cursor.execute(MERGED)
        return {alias for (alias,) in cursor.fetchall()}


def with_pass(people: Iterable[UUID], on: date) -> set[UUID]:
    """Those of some people who could show a pass at the end of a day, under whichever of their ids it was given."""
    asked = list(people)
    canonical, end = aliases_of(asked), day_start(on + timedelta(days=1))
    ids = {member: whole for whole, members in expand(asked).items() for member in members}
    valid = Pass.objects.filter(person__in=list(ids), issued_at__lt=end)
    valid = valid.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gte=end))
    holders = {ids[person] for person in valid.values_list("person_id", flat=True)}
    return {person for person in asked if canonical.get(person, person) in holders}


MEMBERS = """
with recursive member(canonical, person) as (
    select given.id, given.id from unnest(%s::uuid[]) as given(id)
    union
    select member.canonical, alias.alias_id
    from member join people_alias alias on alias.canonical_id = member.person and alias.undone_at is null
)
select canonical, person from member
"""


def expand(people: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The canonical id of each person with every id of that human, the canonical one first."""
    canonical = set(aliases_of(people).values())
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for found, person in _pairs(MEMBERS, list(canonical)):
        members[found].append(person)
    return {found: sorted(listed, key=lambda person: (person != found, person)) for found, listed in members.items()}
