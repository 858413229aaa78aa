"""What a gate is told about whoever stands before it: a colour and what to do, and for a pass a masked name.

A pass can't be guessed, so whoever shows one may be compared with its name, sex and year of birth. Numbers can be
guessed: for a document, a phone or the number on a card a gate learns the colour alone, and its app shows what the card
itself says; where nobody has approved the place, not even that: whoever likes could have made it up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from dauchan import config
from dauchan.gates import rules
from dauchan.gates.models import Device
from dauchan.gates.rules import TooManyFaces
from dauchan.kernel import codes
from dauchan.people import vault
from dauchan.people.queries import (
    StandingNow,
    find_by_document,
    find_by_phone,
    has_ended,
    masked,
    standings_of,
)
from dauchan.places.queries import officer_approved
from dauchan.visits.gateway.judge import PassEnded

SubjectKind = Literal["pass", "document", "phone"]


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody as a gate may see them; nobody known is grey."""

    known: bool
    standing: StandingNow
    name: str = ""
    sex: str = ""
    birth_year: int | None = None


def face_of(kind: SubjectKind, value: str, *, device: Device, now: datetime) -> Face:
    """The face of the bearer of a pass, document or phone number.

    raises   TooManyFaces, PassEnded, CodeProblem and its kinds, BadInput and its kinds
    """
    if not rules.FACES.take(device.pk, now=now):
        raise TooManyFaces(seconds=60)
    if kind == "pass":
        return _bearer(_person_of_pass(value, now), now)
    if not officer_approved(device.place):
        return Face(known=False, standing=StandingNow())
    find: Callable[[str], list[UUID]] = find_by_document if kind == "document" else find_by_phone
    found = find(value)
    if not found:
        return Face(known=False, standing=StandingNow())
    return Face(known=True, standing=standings_of(found[:1], now)[found[0]])


def _bearer(person: UUID, now: datetime) -> Face:
    shown = masked([person]).get(person)
    if shown is None or shown.erased:
        return Face(known=False, standing=StandingNow())
    return Face(True, standings_of([person], now)[person], shown.name, shown.sex, shown.birth_year)


def _person_of_pass(text: str, now: datetime) -> UUID:
    keyring, issuer = vault.the_keyring(), config.load().issuer
    key_of = partial(keyring.named, "pass")
    if len(text) > codes.LONGEST_PASS:
        standing_key_of = partial(keyring.named, "standing")
        shown = codes.decode_rotating_pass(text, key_of, standing_key_of, issuer=issuer, now=now).pass_code
    else:
        shown = codes.decode_pass(text, key_of, issuer=issuer)
    if has_ended(shown.person_id, shown.serial):
        raise PassEnded
    return shown.person_id
