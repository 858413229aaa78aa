"""From a tap on a place's page to a scan in the ledger: who taps, how sure that is, and how often it may be done.

Decides what is taken at once and what is kept apart for an officer; that one stay is open at a time, and that a form
sent twice counts once, is decided in `visits.checking_in`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare

from dauchan import config
from dauchan.kernel import clock, codes, ids
from dauchan.kernel.errors import TooMany
from dauchan.notify.budgets import Budget
from dauchan.people import caring, own, subjects, vault
from dauchan.people.caring import InCare
from dauchan.people.models import Device
from dauchan.people.queries import is_living
from dauchan.places import rules as places
from dauchan.places.models import Point
from dauchan.places.queries import stay_policies
from dauchan.visits import checking_in
from dauchan.visits.checking_in import OpenStay
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, Direction

SCREEN = "dauchan.citizens.screen"
TICKET_LIFETIME = checking_in.FORM_LIFETIME
UNVERIFIED_FROM = Budget("arrivals.from", capacity=300, per_hour=600)
"""Arrivals that nobody verified from one network; mobile networks put thousands of phones behind one. Ours."""
UNVERIFIED_OPEN, UNVERIFIED_SHUT = 200, 10
"""Arrivals an hour that nobody verified at one place of unknown size, while it is open and while it is shut; what comes
beyond is kept apart. A place of known size may have twice its capacity. Ours."""


class TooManyArrivals(TooMany):
    vi = "Mạng này vừa gửi quá nhiều lượt chưa xác minh. Hãy nhờ người trực quét thẻ hoặc giấy tờ của bạn."
    en = "This network sent too many unverified arrivals. Let the gate keeper scan your card or papers."


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The point that a page speaks of, under the code that led there: an older printing, or on a screen just now."""

    point: Point
    code: str
    older: bool = False
    on_screen: bool = False

    @property
    def in_use(self) -> bool:
        return self.point.place.state in places.RECORDS_SCANS and self.point.active_to is None

    @property
    def is_pending(self) -> bool:
        return self.point.place.state == places.PENDING

    @property
    def takes_in(self) -> bool:
        return self.point.direction != "out"

    @property
    def takes_out(self) -> bool:
        return self.point.direction != "in"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded; it says nothing of whom, so that a page can carry it."""

    scan_id: UUID
    point_id: int
    direction: Direction
    nonce: str
    again: bool = False

    @property
    def at(self) -> datetime:
        return ids.instant_of(self.scan_id)

    def written(self) -> list[Any]:
        return [str(self.scan_id), self.point_id, int(self.direction), self.nonce]

    @classmethod
    def read(cls, written: list[Any]) -> "Receipt":
        return cls(UUID(written[0]), written[1], Direction(written[2]), written[3])


def new_nonce() -> str:
    """What makes two sendings of one form the same arrival."""
    return secrets.token_hex(8)


def offer(device: Device, here: AtPoint, *, now: datetime) -> dict[str, Any]:
    """What a signed-in visitor can do here: the ticket of the next tap, where they are now, who may be with them.

    Where they have been since before their phone may know is not told: the number may have changed hands.
    Of the household those are ticked who are here together with the visitor: they are likely to leave together.
    """
    person, keyring = device.person_id, vault.the_keyring()
    stay, ticket = checking_in.open_stay(person, keyring, now), _ticket(person, here.point.pk, now)
    since = own.known_since(device)
    stay = None if stay and since and stay.since < since else stay
    proof, is_here = _proof(ticket) if here.on_screen else "", _is_here(stay, here)
    household = [
        (one, is_here and _is_here(checking_in.open_stay_under([one.person], keyring, now), here))
        for one in caring.household_of(device)
    ]
    return {"ticket": ticket, "proof": proof, "stay": stay, "is_here": is_here, "household": household}


def _is_here(stay: OpenStay | None, here: AtPoint) -> bool:
    return stay is not None and stay.place_id == here.point.place_id


def _ticket(person: UUID, point_id: int, now: datetime) -> str:
    issuer, key = config.load().issuer, vault.the_keyring().named("ticket")
    ticket = codes.Ticket(issuer, person, point_id, now + TICKET_LIFETIME, secrets.token_bytes(8))
    return codes.encode_ticket(ticket, key)


def _proof(ticket: str) -> str:
    """That whoever was given this ticket stood before a screen; it is worth nothing beside another ticket."""
    return signing.Signer(salt=SCREEN).signature(ticket)


def by_ticket(
    text: str, here: AtPoint, direction: Direction, *, proof: str, along: Sequence[InCare] = (), now: datetime
) -> Receipt:
    """Record what the bearer of a ticket taps; with the page's proof as seen at a screen, else as from a poster.

    along    who of the bearer's household is with them
    raises   CodeProblem and its kinds, CodeExpired among them; Unavailable
    """
    keyring = vault.the_keyring()
    ticket = codes.decode_ticket(
        text, lambda number: keyring.named("ticket", number), issuer=config.load().issuer, now=now
    )
    if ticket.point_id != here.point.pk or not is_living(ticket.person_id):
        raise codes.CodeAltered
    if any(one.carer != ticket.person_id for one in along):
        raise codes.CodeAltered
    on_screen = constant_time_compare(proof, _proof(text))
    done = checking_in.check_in(
        ticket.person_id,
        here.point.pk,
        direction,
        confidence=Confidence.SCREEN if on_screen else Confidence.POSTER,
        nonce=ticket.nonce.hex(),
        keyring=keyring,
        now=now,
        along=[one.person for one in along],
    )
    return Receipt(done.scan.id, here.point.pk, direction, ticket.nonce.hex(), done.again)


def by_phone(phone: str, here: AtPoint, direction: Direction, *, nonce: str, network: str, now: datetime) -> Receipt:
    """Record what somebody tells under a number that nobody verified; beyond what a place can hold it is kept apart.

    raises   BadPhone, TooManyArrivals, Unavailable
    """
    if not UNVERIFIED_FROM.take(network, now=now):
        raise TooManyArrivals(seconds=600)
    nonce = nonce if len(nonce) == 16 and nonce.isalnum() else new_nonce()
    keyring, subject = vault.the_keyring(), subjects.normalise("phone", phone)
    kept_reason = "" if _has_room(here, now) else "burst"
    with transaction.atomic():  # so that whoever is found does not expire before the scan stands
        person = subjects.resolve_on_page([subject], keyring=keyring, now=now)[subject]
        done = checking_in.check_in(
            person,
            here.point.pk,
            direction,
            confidence=Confidence.TYPED,
            nonce=nonce,
            keyring=keyring,
            now=now,
            kept_reason=kept_reason,
        )
    return Receipt(done.scan.id, here.point.pk, direction, nonce, done.again)


def _has_room(here: AtPoint, now: datetime) -> bool:
    """Whether a place takes one more unverified arrival this hour."""
    capacity = here.point.place.capacity
    hourly = (2 * capacity if capacity else UNVERIFIED_OPEN) if _is_open(here, now) else UNVERIFIED_SHUT
    room = Budget("arrivals.at", capacity=hourly, per_hour=hourly)
    return room.take(f"{here.point.place_id}:{hourly}", now=now)


def _is_open(here: AtPoint, now: datetime) -> bool:
    policy = stay_policies([here.point.pk], clock.local_day(now)).get(here.point.pk)
    return policy is None or not policy.was_shut(now)


def vouch(receipt: Receipt, person: UUID, *, now: datetime) -> None:
    """Let what was told under a number count as sure, now that its bearer proved to have it."""
    told = PageScan(receipt.scan_id, person, receipt.point_id, receipt.direction, Confidence.TYPED)
    checking_in.vouch(told, person, nonce=receipt.nonce, keyring=vault.the_keyring(), now=now)
