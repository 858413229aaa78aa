"""Whom the lines of a paper form name: by a number where there is one, else by name and year of birth.

What a gate keeper wrote is nobody's own word: whoever is new stays provisional, and a name is kept only where none was
known. A phone that somebody with another given name has already is a family's: the line gets a person of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from dauchan.kernel.keyring import Keyring
from dauchan.kernel.search import search_key
from dauchan.people import registering, subjects
from dauchan.people.opening import open_people
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.people.subjects import Subject

PAPER = "paper"
"""What stands for the credential in references of people who are known from one sheet alone."""


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody as a line names them; without a number it needs both name and year of birth."""

    name: str = field(repr=False)
    birth_year: int | None
    number: Subject | None = field(repr=False)


def people_of(lines: Sequence[Written], *, sheet: str, keyring: Keyring, now: datetime) -> list[UUID]:
    """The person of each line, new provisional ones included, within the caller's transaction.

    sheet   place and day: there, lines without a number with one name and year of birth mean one person
    """
    numbers = list({line.number for line in lines if line.number})
    found = subjects.resolve_on_page(numbers, keyring=keyring, now=now)
    meant = _meant(lines, found, sheet)
    of_this_sheet = list({subject for subject in meant if subject not in found})
    found |= subjects.resolve_on_page(of_this_sheet, keyring=keyring, now=now)
    people = [found[subject] for subject in meant]
    _keep_names(dict(zip(reversed(people), reversed(lines), strict=True)), keyring)
    return people


def _meant(lines: Sequence[Written], found: Mapping[Subject, UUID], sheet: str) -> list[Subject]:
    """By what each line's person is known: its number, or the line's own words where that is somebody else's."""
    names = {person: opened.identity.name for person, opened in open_people(found.values()).items()}
    meant = []
    for line in lines:
        if line.number is None or _is_of_another(line, names[found[line.number]]):
            meant.append(_by_words(line, sheet))
        else:
            names[found[line.number]] = names[found[line.number]] or line.name
            meant.append(line.number)
    return meant


def _is_of_another(line: Written, known: str) -> bool:
    """Whether a phone's bearer has another given name, the last word, than who is named beside it."""
    phone = line.number is not None and line.number.kind == "phone"
    return bool(phone and known and line.name and _given(known) != _given(line.name))


def _given(name: str) -> str:
    return search_key(name).rpartition(" ")[2]


def _by_words(line: Written, sheet: str) -> Subject:
    phone = line.number.value if line.number else ""
    return Subject("reference", "\x1f".join((sheet, search_key(line.name), str(line.birth_year), phone)), PAPER)


def _keep_names(lines: Mapping[UUID, Written], keyring: Keyring) -> None:
    """Keep what a line says of people of whom no name was known; of two lines on one the first counts."""
    told = {}
    for person, opened in open_people(lines).items():
        line = lines[person]
        identity = Identity(name=line.name, birth_year=line.birth_year, phone=_phone(line))
        if opened.provisional and not opened.identity.name and identity != Identity(phone=opened.identity.phone):
            told[person] = identity
    registering.complete({person: Registration(one) for person, one in told.items()}, keyring, stay_provisional=True)
    for person, identity in told.items():
        if identity.phone:
            registering.index(person, replace(identity, name=""), keyring)


def _phone(line: Written) -> str:
    return line.number.value if line.number and line.number.kind == "phone" else ""
