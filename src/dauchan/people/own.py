"""What somebody does about themselves with a signed-in phone: say who they are, prove it, have a pass, ask for more.

A phone number alone is weak proof: numbers change hands. So a device may complete an identity that nobody told yet, but
sees nothing older than itself and changes nothing that was told before its bearer has proved who they are; and a
document that is known already never joins two people here: that is proposed to an officer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from dauchan import config
from dauchan.accounts import audit
from dauchan.kernel import clock, codes
from dauchan.kernel.errors import BadInput, NotPermitted, TooMany
from dauchan.notify.budgets import Budget
from dauchan.people import actions, keystore, queries, registering, rules, vault
from dauchan.people.models import Device, MergeProposal, Person
from dauchan.people.opening import open_people
from dauchan.people.queries import IssuedPass
from dauchan.people.registering import Registration
from dauchan.people.rules import Document, Identity

COMPRESSED = 33
PROOFS = Budget("people.proofs", capacity=5, per_hour=0.5)
"""Guesses at who somebody is, for each person: a year of birth alone would be found in ninety. Ours."""


INTRODUCING = Budget("people.introduced", capacity=5, per_hour=0.5)
"""Times that somebody tells their documents: an answer says whether one is known, and numbers can be guessed. Ours."""


REPLACING = Budget("people.replaced", capacity=5, per_hour=1)
"""Passes of one person that end: every gate carries the list of them for good. Ours."""


class NotProved(NotPermitted):
    kind = "not_proved"
    vi = "Điện thoại này chưa chứng minh là của bạn. Hãy nhập ngày sinh hoặc số giấy tờ đã đăng ký trước."
    en = "This phone has not proved that it is yours. First enter the date of birth or a document number registered."


class ProofWrong(BadInput):
    kind = "proof_wrong"
    vi = "Không khớp với danh tính đã đăng ký. Hãy xem lại, hoặc đến trạm y tế xã."
    en = "This does not match what is registered. Look again, or go to the commune's health station."


class TooManyProofs(TooMany):
    vi = "Đã thử quá nhiều lần. Hãy chờ vài giờ, hoặc đến trạm y tế xã."
    en = "Too many tries. Wait some hours, or go to the commune's health station."


class TooManyPasses(TooMany):
    vi = "Bạn vừa đổi mã nhiều lần. Mã mới nhất vẫn dùng được; hãy chờ một giờ."
    en = "The code was replaced many times just now. The newest one works; wait an hour."


TOLD_BEFORE = timedelta(minutes=20)
"""How long after an arrival was told under a number the code may be given back that signs its phone in. Ours."""


def known_since(device: Device) -> datetime | None:
    """From when on a device may see what is kept; None when from the beginning, because its bearer proved it.

    What it told itself while it waited for its code is its own. Of somebody who told by phone who they are, nothing is
    shown from before that phone had the number: nobody could prove whose that was.
    """
    own_since = device.made_at - TOLD_BEFORE
    if not is_proved(device):
        return own_since
    told_from = device.person.told_from
    return min(own_since, clock.day_start(told_from)) if told_from else None


def is_proved(device: Device) -> bool:
    return device.proved_at is not None


@transaction.atomic
def introduce(device: Device, identity: Identity, residence_id: int | None, *, now: datetime) -> list[Document]:
    """Say who one is, once; documents that somebody else already has are left out and proposed to be the same person.

    returns  those documents
    raises   NotProved for a person who is registered already, TooManyProofs, BadInput and its kinds
    """
    person = Person.objects.select_for_update().get(pk=device.person_id)
    known = open_people([person.pk])[person.pk].identity
    if not person.provisional and not is_proved(device):
        raise NotProved
    identity = rules.normal_identity(identity, today=clock.local_day(now))
    if not identity.name:
        raise rules.NobodyToldOf(field="name")
    if identity.documents and not INTRODUCING.take(person.pk.hex, now=now):
        raise TooManyProofs(seconds=7200)
    taken = known_of_others(identity, person.pk)
    kept = tuple(document for document in identity.documents if document not in taken)
    told = rules.completed(known, replace(identity, documents=kept))
    keyring = vault.the_keyring()
    registering.index(person.pk, told, keyring)
    registering.complete({person.pk: Registration(told, residence_id=residence_id)}, keyring)
    for document, other in taken.items():
        propose_same(other, person.pk, document, now)
    Device.objects.filter(pk=device.pk, proved_at__isnull=True).update(proved_at=now)
    if person.provisional:
        Person.objects.filter(pk=person.pk).update(told_from=clock.local_day(device.made_at))
    audit.record("person.introduced", by=None, about=person.pk, unit=residence_id, at=now)
    return list(taken)


def known_of_others(identity: Identity, me: UUID) -> dict[Document, UUID]:
    """The documents that lead to somebody else, and to whom."""
    mine = set(queries.expand([me])[queries.aliases_of([me])[me]])
    found = {document: queries.find_by_document(document.text) for document in identity.documents}
    return {document: people[0] for document, people in found.items() if people and not mine & set(people)}


def propose_same(alias: UUID, canonical: UUID, document: Document, now: datetime) -> None:
    """Have an officer look whether two are one human, since one told a document of the other."""
    MergeProposal.objects.get_or_create(
        alias_id=alias, canonical_id=canonical, decided_at=None, defaults={"kind": document.kind, "made_at": now}
    )


def prove(device: Device, *, birth_date: str = "", document: str = "", now: datetime) -> None:
    """Prove by a date of birth (dd/mm/yyyy) or a whole document number that the person is oneself.

    raises   ProofWrong, TooManyProofs
    """
    if not PROOFS.take(device.person_id.hex, now=now):
        raise TooManyProofs(seconds=7200)
    identity = open_people([device.person_id])[device.person_id].identity
    if not (_is_birth(identity, birth_date) or _is_document(identity, document)):
        raise ProofWrong(field="document" if document else "birth_date")
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(proved_at=now)
        audit.record("device.proved", by=None, about=device.person_id, at=now)


def _is_birth(identity: Identity, told: str) -> bool:
    return bool(identity.birth_date and told.strip() == identity.birth_date.strftime("%d/%m/%Y"))


def _is_document(identity: Identity, told: str) -> bool:
    try:
        return bool(told) and rules.normal_document(told) in identity.documents
    except rules.BadDocument:
        return False


def can_be_proved(person: UUID) -> bool:
    """Whether enough is known of somebody that a stranger with their number could be told from them."""
    identity = open_people([person])[person].identity
    return bool(identity.birth_date or identity.documents)


def require_proved(device: Device) -> None:
    """Let only a device through that has proved whose it is, or whose person nobody could be told from.

    raises   NotProved
    """
    if not is_proved(device) and can_be_proved(device.person_id):
        raise NotProved


def seal_words(person: UUID, text: str) -> bytes:
    """Somebody's own words under their own key; they go when the person is erased.

    raises   KeyError for somebody erased
    """
    return vault.seal_text(keystore.keys_of(vault.the_keyring(), [person])[person], person, text)


def words_of(person: UUID, sealed: bytes) -> str | None:
    """What `seal_words` sealed; None once the person was erased."""
    key = keystore.keys_of(vault.the_keyring(), [person]).get(person)
    return vault.open_text(key, person, sealed) if key else None


def own_identity(device: Device) -> Identity:
    """Everything that is kept of who one is, in clear, for oneself alone.

    raises   NotProved
    """
    if not is_proved(device):
        raise NotProved
    return open_people([device.person_id])[device.person_id].identity


def own_pass(device: Device, *, now: datetime) -> IssuedPass:
    """One's pass, a first one when there was none.

    raises   NotProved: it shows a name and a standing, which a number that changed hands must not
    """
    require_proved(device)
    return actions.issue_pass(device.person, now=now)


@dataclass(frozen=True, slots=True)
class Certified:
    """What a phone may show by itself: the certificate, the colour signed into it, and until when."""

    certificate: bytes
    colour: str
    until: datetime


CERTIFIED_FOR = timedelta(hours=24)
"""How long a phone without network goes on showing a colour. Ours: a day out of reach, and no longer wrong."""
COLOUR_CODES = {"grey": 0, "green": 1, "yellow": 2, "orange": 3, "red": 4}


def certify(device: Device, device_key: bytes, *, now: datetime) -> Certified:
    """Let a phone show a rotating pass with its own key, in the colour of now.

    device_key   a point of P-256 in its compressed form, 33 bytes
    raises       BadInput for bytes that are none, NotProved
    """
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device_key)
    except ValueError as error:
        raise BadInput(field="key") from error
    if len(device_key) != COMPRESSED:
        raise BadInput(field="key")
    issued, keyring = own_pass(device, now=now), vault.the_keyring()
    standing = queries.standings_of([device.person_id], now)[device.person_id]
    until = min(now + CERTIFIED_FOR, standing.until or now + CERTIFIED_FOR)
    pass_code = codes.PassCode(config.load().issuer, issued.person_id, issued.serial)
    said = codes.PassCertificate(pass_code, device_key, COLOUR_CODES[standing.colour], until)
    made = codes.encode_certificate(said, keyring.named("pass"), keyring.named("standing"))
    return Certified(made, standing.colour, until)


@transaction.atomic
def replace_own_pass(device: Device, *, now: datetime) -> IssuedPass:
    """End one's pass, because somebody else may have it, and have another; gates refuse the old one within seconds.

    raises   NotProved, TooManyPasses
    """
    require_proved(device)
    return replace_lost(device.person_id, now=now)


def replace_lost(person: UUID, *, now: datetime) -> IssuedPass:
    """End the pass of somebody who lost it, inside the caller's transaction; who may is the caller's question.

    raises   TooManyPasses
    """
    if not REPLACING.take(person.hex, now=now):
        raise TooManyPasses(seconds=3600)
    return actions.replace_pass(person, reason="lost", by=None, now=now)
