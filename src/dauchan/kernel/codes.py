"""Codes that people carry and posters show: `version · kind · issuer · key id · payload · tag`, as base 32 text.

Posters can't be called back, so this format is fixed; `docs/reference/codes.md` describes it byte by byte and
`docs/reference/vectors/codes.json` holds its test vectors. No code holds personal data that can be read without a key,
and none opens any history.

| kind | payload | protected by |
|---|---|---|
| 1 place | place uint32, point uint32, poster serial uint16 | Ed25519, 64 bytes: anybody verifies offline |
| 2 pass | AES-SIV(person id 16, serial uint32) | the tag of AES-SIV: opens without a database |
| 3 rotating pass | pass, device key P-256, standing, until, server's Ed25519; 30 s step, device's ECDSA | both |
| 4 ticket | AES-SIV(person id, point uint32, expires uint32, nonce 8) | the tag: made by a page, spent at a gateway |
| 5 screen | as 1, then a 30 s step uint32 | as 1: a place code for a screen, another one at each step |

All numbers are big-endian; times are UNIX seconds.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256

from dauchan.kernel import base32
from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import KeyMissing, NamedKey
from dauchan.kernel.sealing import person_of

VERSION = 1
HEADER = struct.Struct(">BHB")
PLACE = struct.Struct(">IIH")
PASS = struct.Struct(">16sI")
TICKET = struct.Struct(">16sII8s")
SCREEN = struct.Struct(">I")
CERTIFICATE = struct.Struct(">B36s33sBI")
SIGNATURE = 64
SIV = 16
STEP_SECONDS = 30
"""How long one picture of a rotating pass is good, in seconds."""
STEPS_TOLERATED = 1
"""How many steps the device's clock may differ either way."""

SCREEN_SLACK = timedelta(seconds=60)
"""How long before and after its step a screen's code still counts as seen there: slow networks, clocks. Ours."""

KeyOf = Callable[[int], NamedKey]
"""Finds a purpose's key by its number; raises KeyMissing."""


class Kind(IntEnum):
    PLACE = 1
    PASS = 2
    ROTATING_PASS = 3
    TICKET = 4
    SCREEN = 5


LONGEST_PASS = 2 * (HEADER.size + SIV + PASS.size)
"""Letters of a static pass, with what may stand between them; any other pass has more."""


class CodeProblem(Problem):
    kind = "code_malformed"
    vi = "Mã này không phải mã của hệ thống, hoặc bị đọc thiếu. Hãy quét lại."
    en = "This is not a code of this system, or was read incompletely. Scan again."


class CodeAltered(CodeProblem):
    kind = "code_altered"
    vi = "Mã này đã bị sửa đổi hoặc làm giả. Đừng dùng; hãy báo cho người phụ trách địa điểm."
    en = "This code was altered or forged. Do not use it; tell whoever is in charge of the place."


class CodeForeign(CodeProblem):
    kind = "code_foreign_issuer"
    vi = "Mã này do tỉnh khác hoặc hệ thống khác cấp ({issuer}); ở đây không dùng được."
    en = "This code was issued by another province or system ({issuer}) and can't be used here."


class CodeKeyUnknown(CodeProblem):
    kind = "code_unknown_key"
    vi = "Mã này ký bằng khóa không còn dùng. Hãy xin mã mới."
    en = "This code was made with a key that is no longer in use. Ask for a new one."


class CodeExpired(CodeProblem):
    kind = "code_expired"
    vi = "Mã này đã hết hạn. Hãy mở lại để lấy mã mới."
    en = "This code is out of date. Open it again for a fresh one."


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A point of a place, and which printing of its poster; `step` for a code that a screen shows, None on paper.

    Steps are counted in 30 s since 1970.
    """

    issuer: int
    place_id: int
    point_id: int
    serial: int = 1
    step: int | None = None

    def is_on_screen(self, now: datetime) -> bool:
        """Whether a screen shows it now, or did a moment ago: whoever has it stands before the screen."""
        if self.step is None:
            return False
        ends_at = self.begins_at + timedelta(seconds=STEP_SECONDS)
        return self.begins_at - SCREEN_SLACK <= now < ends_at + SCREEN_SLACK

    @property
    def begins_at(self) -> datetime:
        """When a screen begins to show it."""
        return datetime.fromtimestamp((self.step or 0) * STEP_SECONDS, UTC)


@dataclass(frozen=True, slots=True)
class PassCode:
    """A person's pass; a re-issue raises the serial and so ends the old one."""

    issuer: int
    person_id: UUID
    serial: int


@dataclass(frozen=True, slots=True)
class PassCertificate:
    """What the server grants to a device: which pass, whose key (compressed P-256), which standing, until when."""

    pass_code: PassCode
    device_key: bytes
    standing: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A signed-in person's right to one check-in at one point, for ten minutes."""

    issuer: int
    person_id: UUID
    point_id: int
    expires_at: datetime
    nonce: bytes


def encode_place(code: PlaceCode, key: NamedKey) -> str:
    """The text of a place code, 125 letters on paper and 132 on a screen."""
    kind = Kind.PLACE if code.step is None else Kind.SCREEN
    body = _header(kind, code.issuer, key.id) + PLACE.pack(code.place_id, code.point_id, code.serial)
    if code.step is not None:
        body += SCREEN.pack(code.step)
    return base32.encode(body + key.signing.sign(body))


def decode_place(text: str, key_of: KeyOf, *, issuer: int) -> PlaceCode:
    """The point behind a code or its whole address, from a poster or a screen; whether it is still shown isn't decided.

    raises   CodeProblem (malformed), CodeAltered, CodeForeign, CodeKeyUnknown
    """
    on_paper = HEADER.size + PLACE.size + SIGNATURE
    sizes = {Kind.PLACE: on_paper, Kind.SCREEN: on_paper + SCREEN.size}
    content, number = _open(text.rpartition("/")[2], sizes, issuer)
    body, signature = content[:-SIGNATURE], content[-SIGNATURE:]
    try:
        _key(key_of, number).verifying.verify(signature, body)
    except InvalidSignature as error:
        raise CodeAltered from error
    step = None if len(content) == on_paper else SCREEN.unpack(body[-SCREEN.size :])[0]
    place_id, point_id, serial = PLACE.unpack_from(body, HEADER.size)
    return PlaceCode(issuer, place_id, point_id, serial, step)


def place_url(host: str, code: str) -> str:
    """The address on a poster, all in letters of QR's alphanumeric mode."""
    return f"HTTPS://{host.upper()}/P/{code}"


def encode_pass(code: PassCode, key: NamedKey) -> str:
    """The text of a pass, 64 letters; the same pass always gives the same text."""
    return base32.encode(_pass_bytes(code, key))


def decode_pass(text: str, key_of: KeyOf, *, issuer: int) -> PassCode:
    """The person and serial of a static pass; whether it was revoked is not decided here.

    raises   CodeProblem (malformed), CodeAltered, CodeForeign, CodeKeyUnknown
    """
    content, number = _open(text, {Kind.PASS: HEADER.size + SIV + PASS.size}, issuer)
    return _opened_pass(content, issuer, _key(key_of, number))


def encode_certificate(certificate: PassCertificate, pass_key: NamedKey, standing_key: NamedKey) -> bytes:
    """What the server hands to a device that may show a rotating pass, 143 bytes."""
    issuer = certificate.pass_code.issuer
    sealed = _pass_bytes(certificate.pass_code, pass_key)[HEADER.size :]
    body = _header(Kind.ROTATING_PASS, issuer, pass_key.id) + CERTIFICATE.pack(
        standing_key.id, sealed, certificate.device_key, certificate.standing, _seconds(certificate.until)
    )
    return body + standing_key.signing.sign(body)


def encode_rotating_pass(certificate: bytes, device: ec.EllipticCurvePrivateKey, now: datetime) -> str:
    """What a device shows during one step of 30 s, 338 letters."""
    body = certificate + struct.pack(">I", _seconds(now) // STEP_SECONDS)
    r, s = decode_dss_signature(device.sign(body, ec.ECDSA(SHA256())))
    return base32.encode(body + r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def decode_rotating_pass(
    text: str, pass_key_of: KeyOf, standing_key_of: KeyOf, *, issuer: int, now: datetime
) -> PassCertificate:
    """The certificate behind a rotating pass shown just now.

    raises   CodeProblem (malformed), CodeAltered, CodeForeign, CodeKeyUnknown, CodeExpired (screenshot, old standing)
    """
    size = HEADER.size + CERTIFICATE.size + SIGNATURE + 4 + SIGNATURE
    content, number = _open(text, {Kind.ROTATING_PASS: size}, issuer)
    certificate, step, shown = content[: -SIGNATURE - 4], content[-SIGNATURE - 4 : -SIGNATURE], content[-SIGNATURE:]
    body = certificate[:-SIGNATURE]
    standing_number, sealed, device_key, standing, until = CERTIFICATE.unpack(body[HEADER.size :])
    try:
        _key(standing_key_of, standing_number).verifying.verify(certificate[-SIGNATURE:], body)
        _verify_device(device_key, shown, content[:-SIGNATURE])
    except (InvalidSignature, ValueError) as error:
        raise CodeAltered from error
    pass_code = _opened_pass(_header(Kind.PASS, issuer, number) + sealed, issuer, _key(pass_key_of, number))
    if abs(int.from_bytes(step, "big") - _seconds(now) // STEP_SECONDS) > STEPS_TOLERATED or until < _seconds(now):
        raise CodeExpired
    return PassCertificate(pass_code, device_key, standing, datetime.fromtimestamp(until, UTC))


def encode_ticket(ticket: Ticket, key: NamedKey) -> str:
    """The text of a ticket, 84 letters, opaque to whoever holds it."""
    header = _header(Kind.TICKET, ticket.issuer, key.id)
    plain = TICKET.pack(ticket.person_id.bytes, ticket.point_id, _seconds(ticket.expires_at), ticket.nonce)
    return base32.encode(header + _cipher(key.secret).encrypt(plain, [header]))


def decode_ticket(text: str, key_of: KeyOf, *, issuer: int, now: datetime) -> Ticket:
    """The ticket behind a text; that its nonce is spent once is not decided here.

    raises   CodeProblem (malformed), CodeAltered, CodeForeign, CodeKeyUnknown, CodeExpired
    """
    content, number = _open(text, {Kind.TICKET: HEADER.size + SIV + TICKET.size}, issuer)
    person, point_id, expires, nonce = TICKET.unpack(_decrypt(content, _key(key_of, number)))
    if expires <= _seconds(now):
        raise CodeExpired
    return Ticket(issuer, UUID(bytes=person), point_id, datetime.fromtimestamp(expires, UTC), nonce)


def _header(kind: Kind, issuer: int, number: int) -> bytes:
    return HEADER.pack(VERSION << 4 | kind, issuer, number)


def _open(text: str, sizes: Mapping[Kind, int], issuer: int) -> tuple[bytes, int]:
    """The bytes of a code of one of these kinds, of its size and this issuer, and its key's number."""
    if len(text) > 2 * max(sizes.values()):
        raise CodeProblem
    try:
        content = base32.decode(text)
    except ValueError as error:
        raise CodeProblem from error
    if content[:1] not in {bytes([VERSION << 4 | kind]) for kind, size in sizes.items() if size == len(content)}:
        raise CodeProblem
    _, found, number = HEADER.unpack_from(content)
    if found != issuer:
        raise CodeForeign(issuer=found)
    return content, number


def _key(key_of: KeyOf, number: int) -> NamedKey:
    try:
        return key_of(number)
    except KeyMissing as error:
        raise CodeKeyUnknown from error


def _pass_bytes(code: PassCode, key: NamedKey) -> bytes:
    header = _header(Kind.PASS, code.issuer, key.id)
    return header + _cipher(key.secret).encrypt(PASS.pack(code.person_id.bytes, code.serial), [header])


def _opened_pass(content: bytes, issuer: int, key: NamedKey) -> PassCode:
    person, serial = PASS.unpack(_decrypt(content, key))
    return PassCode(issuer, person_of(person), serial)


@lru_cache(maxsize=64)
def _cipher(secret: bytes) -> AESSIV:
    """A key's cipher, made ready once: that takes longer than opening a pass with it."""
    return AESSIV(secret)


def _decrypt(content: bytes, key: NamedKey) -> bytes:
    try:
        return _cipher(key.secret).decrypt(content[HEADER.size :], [content[: HEADER.size]])
    except InvalidTag as error:
        raise CodeAltered from error


def _verify_device(device_key: bytes, signature: bytes, message: bytes) -> None:
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device_key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
