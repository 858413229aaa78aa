"""Owners of places as people of the register: the same name and phone are the same person, however often they come.

A place never holds a name or a number; whoever may see the place sees its owner under the mask.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.search import search_key
from dauchan.people import registering, rules, vault
from dauchan.people.rules import HIDDEN, Identity
from dauchan.places.rules import PlaceInput

SCOPE = "places"


def owners_of(places: Mapping[int, PlaceInput], now: datetime) -> tuple[dict[int, UUID], dict[int, Problem]]:
    """The people who own these places, registered where they weren't yet, inside the caller's transaction.

    returns  the owner by position, and the problem by position where the name or the phone is not right
    """
    references = {position: _reference(place) for position, place in places.items() if _has_owner(place)}
    first = {reference: position for position, reference in reversed(references.items())}
    registrations = [
        registering.Registration(_identity(places[position]), reference) for reference, position in first.items()
    ]
    if not registrations:
        return {}, {}
    outcomes = registering.register(
        registrations, scope=SCOPE, keyring=vault.the_keyring(), now=now, today=clock.local_day(now)
    )
    by_reference = dict(zip(first, outcomes, strict=True))
    people = {position: by_reference[reference].person_id for position, reference in references.items()}
    problems = {position: by_reference[reference].reason for position, reference in references.items()}
    return (
        {position: person for position, person in people.items() if person is not None},
        {position: problem for position, problem in problems.items() if problem is not None},
    )


def check_phone(text: str) -> str:
    """A phone number in its one form; "" stays "". A number that lost its zero in a spreadsheet gets it back.

    raises   BadPhone
    """
    digits = "".join(unmasked(text).split())
    if not digits:
        return ""
    lost_zero = len(digits) == 9 and digits.isdigit() and digits[0] in "35789"
    return rules.normal_phone(f"0{digits}" if lost_zero else digits)


def unmasked(text: str) -> str:
    """The text, or "" for one that our own exports masked: it says nothing new."""
    return "" if HIDDEN in text else text


def _has_owner(place: PlaceInput) -> bool:
    return bool(place.owner_name or place.owner_phone)


def _identity(place: PlaceInput) -> Identity:
    return Identity(name=place.owner_name, phone=place.owner_phone)


def _reference(place: PlaceInput) -> str:
    """What makes two owners the same: name and phone; without a phone the place belongs to it as well."""
    where = "" if place.owner_phone else f"{place.unit_id}|{place.external_code or search_key(place.name)}"
    parts = "\x1f".join((place.owner_phone, search_key(place.owner_name), where))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()
