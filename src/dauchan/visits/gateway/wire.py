"""The wire format of scans: what a gate or an integrator sends, and what it is told for each item.

Fixed with the codes, in `docs/reference/scans.md`. JSON or MessagePack; one scan, or a batch of up to 1,000 plain or in
one HPKE envelope with its ids in clear. An item that can't be read is rejected alone; the others are not.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import KeyMissing, NamedKey
from dauchan.kernel.sealing import CannotOpen, open_envelope

PATH = "/api/v1/scans"
MAX_BATCH = 1000
MAX_BODY = 2 * 1024 * 1024
"""The largest request, in bytes: a batch of 1,000 rotating passes is about 0.6 MB. Ours."""
ENVELOPE_CONTEXT = b"dauchan/scans/1"

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Json = "application/json"
MsgPack = "application/msgpack"
_VALUE = re.compile(r""" (['"]).*\1""", re.DOTALL)
_STRANGE_FIELD = re.compile(r"unknown field `(?![a-z_]{1,20}`).*`", re.DOTALL)


class BodyProblem(Problem):
    kind = "body_malformed"
    vi = "Không đọc được nội dung gửi lên: {reason}. Không có lượt quét nào được ghi."
    en = "The request can't be read: {reason}. No scan was recorded."


class PassSubject(msgspec.Struct, tag_field="kind", tag="pass", forbid_unknown_fields=True, frozen=True):
    """A person's static or rotating pass."""

    code: Code


class DocumentSubject(msgspec.Struct, tag_field="kind", tag="document", forbid_unknown_fields=True, frozen=True):
    """A document, or the number on a personal card ("card"); an unknown one makes a provisional person."""

    type: Literal["cccd", "cmnd", "bhyt", "passport", "card"]
    number: Short


class PhoneSubject(msgspec.Struct, tag_field="kind", tag="phone", forbid_unknown_fields=True, frozen=True):
    """A phone number typed at the gate, recorded at once and verified later."""

    number: Short


class ReferenceSubject(msgspec.Struct, tag_field="kind", tag="reference", forbid_unknown_fields=True, frozen=True):
    """An integrator's own opaque reference to a person."""

    value: Short


Subject = PassSubject | DocumentSubject | PhoneSubject | ReferenceSubject


class Scan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One scan as sent. Its instant is the time within its UUIDv7 `id`; `at`, when given, must agree to the ms.

    `point` is a point's number or the whole text of its place code.
    """

    id: UUID
    subject: Subject
    point: Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)] | Code
    direction: Literal["in", "out"]
    at: datetime | None = None
    capture: Literal["scanned", "typed", "paper"] = "scanned"
    group: UUID | None = None
    proxy: Subject | None = None


class Unread(msgspec.Struct, frozen=True):
    """An item that is no scan: its id where it had one, and what is wrong."""

    id: str
    reason: str


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item; kept means: for review. A code and a sentence where it was not simply taken."""

    id: str
    status: Literal["accepted", "duplicate", "conflict", "kept", "rejected"]
    code: str = ""
    message: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The answer to a whole request, one result an item, in the order they came."""

    results: list[Result]
    accepted: int
    duplicate: int
    conflict: int
    kept: int
    rejected: int


class _Plain(msgspec.Struct):
    scans: list[msgspec.Raw]


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """Up to 1,000 scans in clear."""

    scans: list[Scan]


class SealedBatch(msgspec.Struct, forbid_unknown_fields=True):
    """A batch in one HPKE envelope, in base 64, sealed to the server's key of that number; its ids stand in clear."""

    ids: list[UUID]
    envelope: str
    key: Annotated[int, msgspec.Meta(ge=1, le=255)]


_json_one, _json_many = msgspec.json.Decoder(Scan), msgspec.json.Decoder(Batch)
_pack_one, _pack_many = msgspec.msgpack.Decoder(Scan), msgspec.msgpack.Decoder(Batch)
_encode_json, _encode_pack = msgspec.json.Encoder(), msgspec.msgpack.Encoder()


def decode(body: bytes, content_type: str, envelope_key: Callable[[int], NamedKey]) -> list[Scan | Unread]:
    """The scans of a request, each item read or said to be unreadable.

    raises   BodyProblem when the request as a whole is no scan and no batch
    """
    packed = content_type.startswith(MsgPack)
    one, many = (_pack_one, _pack_many) if packed else (_json_one, _json_many)
    try:
        return list(many.decode(body).scans) if _is_batch(body) else [one.decode(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _slowly(body, packed, envelope_key)


def encode(answer: Answer, content_type: str) -> bytes:
    """The answer in the format that was asked in."""
    return (_encode_pack if content_type.startswith(MsgPack) else _encode_json).encode(answer)


def answer(results: Sequence[Result]) -> Answer:
    """Results with their counts."""
    counts = {"accepted": 0, "duplicate": 0, "conflict": 0, "kept": 0, "rejected": 0}
    for result in results:
        counts[result.status] += 1
    return Answer(list(results), **counts)


def body_of(scan: Scan) -> bytes:
    """What makes two sendings of one id the same scan, as bytes for a keyed hash.

    The id is among them, or the hash of somebody's daily way would be the same each day.
    """
    return _encode_json.encode(
        (scan.id, scan.subject, scan.point, scan.direction, scan.capture, scan.group, scan.proxy)
    )


def hash_of(scan: Scan, key: bytes) -> bytes:
    """The body under a key, in 16 bytes: what the ledger keeps of it."""
    return hashlib.blake2b(body_of(scan), key=key, digest_size=16).digest()


def _is_batch(body: bytes) -> bool:
    """A batch is told from a single scan by the name of its first members, near the start."""
    return b"scans" in body[:32] or b"envelope" in body


def _slowly(body: bytes, packed: bool, envelope_key: Callable[[int], NamedKey]) -> list[Scan | Unread]:
    """Read a request that isn't sound as a whole: an envelope, or a batch with bad items."""
    decoder: Any = msgspec.msgpack if packed else msgspec.json
    try:
        shape = decoder.decode(body, type=dict[str, msgspec.Raw])
        if "envelope" in shape:
            return _opened(decoder.decode(body, type=SealedBatch), envelope_key)
        raw = decoder.decode(body, type=_Plain).scans if "scans" in shape else [msgspec.Raw(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BodyProblem(reason=_reason(error)) from error
    return [_item(decoder, bytes(item)) for item in raw]


def _item(decoder: Any, raw: bytes) -> Scan | Unread:
    try:
        scan: Scan = decoder.decode(raw, type=Scan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Unread(_id_within(decoder, raw), _reason(error))
    return scan


def _id_within(decoder: Any, raw: bytes) -> str:
    try:
        found = decoder.decode(raw, type=dict[str, msgspec.Raw]).get("id", b'""')
        text = decoder.decode(bytes(found))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return text[:64] if isinstance(text, str) else ""


def _opened(sealed: SealedBatch, envelope_key: Callable[[int], NamedKey]) -> list[Scan | Unread]:
    try:
        envelope = base64.b64decode(sealed.envelope, validate=True)
        plain = open_envelope(envelope_key(sealed.key).opening, envelope, ENVELOPE_CONTEXT)
    except (binascii.Error, CannotOpen, KeyMissing, ValueError) as error:
        raise BodyProblem(reason="the envelope does not open with this server's key") from error
    scans = decode(plain, Json, envelope_key)
    if [str(scan.id) for scan in scans] != [str(scan_id) for scan_id in sealed.ids]:
        raise BodyProblem(reason="the ids beside the envelope are not those inside it")
    return scans


def _reason(error: Exception) -> str:
    """What is wrong with the input and where, without repeating any of it but a plain word for a field."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return _STRANGE_FIELD.sub("unknown field", _VALUE.sub("", str(error)))[:200]
