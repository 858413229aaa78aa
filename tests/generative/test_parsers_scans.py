"""Whatever reaches the scan decoder and the code reader is read or refused, quickly: nothing else can be thrown."""

import base64
import string
import struct
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from dauchan.kernel import base32, codes, ids
from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import KeyMissing, Keyring
from dauchan.kernel.sealing import seal_envelope
from dauchan.visits.gateway import wire

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
PERSON = UUID(int=77)
VERY = settings(max_examples=400, deadline=1000)
"""A second an example at most; in truth they take less than a millisecond."""

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SUBJECTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("pass"), "code": st.text(max_size=600)}),
    st.fixed_dictionaries({"kind": st.just("phone"), "number": st.text(max_size=70)}),
    st.fixed_dictionaries({"kind": st.just("document"), "type": st.text(max_size=8), "number": st.text(max_size=70)}),
    st.fixed_dictionaries({"kind": st.just("reference"), "value": st.text(max_size=70)}),
    st.fixed_dictionaries({"kind": st.text(max_size=10)}),
    JSON_VALUES,
)
SCANS = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str) | st.text(max_size=40) | JSON_VALUES,
        "subject": SUBJECTS,
        "point": st.integers() | st.text(max_size=600) | JSON_VALUES,
        "direction": st.sampled_from(["in", "out", "IN", ""]) | JSON_VALUES,
    },
    optional={
        "at": st.datetimes().map(str) | JSON_VALUES,
        "capture": st.text(max_size=8),
        "group": st.uuids().map(str),
        "proxy": SUBJECTS,
        "surprise": JSON_VALUES,
    },
)
REQUESTS = SCANS | st.fixed_dictionaries({"scans": st.lists(SCANS | JSON_VALUES, max_size=5) | JSON_VALUES})


@pytest.fixture(scope="module")
def keyring(tmp_path_factory) -> Keyring:
    return Keyring.create(tmp_path_factory.mktemp("ring") / "keyring")


def good_scan(number: int = 1) -> dict[str, object]:
    scan_id = ids.uuid7(NOW, number.to_bytes(10, "big"))
    subject = {"kind": "phone", "number": "0912000000"}
    return {"id": str(scan_id), "subject": subject, "point": 3, "direction": "in"}


def packed(value: object, content_type: str) -> bytes:
    encoder = msgspec.msgpack if content_type == wire.MsgPack else msgspec.json
    try:
        return encoder.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return encoder.encode(repr(value).encode("utf-8", "replace").decode())


def speaks(problem: Problem) -> None:
    """A refusal says what to do, in both languages."""
    assert problem.text("vi")
    assert problem.text("en")
    assert problem.text("vi") != problem.text("en")


def read(body: bytes, content_type: str, keyring: Keyring) -> list[wire.Scan | wire.Unread]:
    """What the decoder makes of a body; a refusal is an empty list. Every sentence can be said in both languages."""
    try:
        found = wire.decode(body, content_type, partial(keyring.named, "envelope"))
    except Problem as problem:
        speaks(problem)
        return []
    for each in found:
        assert isinstance(each, wire.Scan | wire.Unread)
        if isinstance(each, wire.Unread):
            assert len(each.id) <= 64
            assert len(each.reason) <= 200
            result = wire.Result(each.id, "rejected", "scan_malformed", each.reason)
            for spoken in (wire.Json, wire.MsgPack):
                assert wire.encode(wire.answer([result]), spoken)
    return found


@pytest.mark.parametrize("content_type", [wire.Json, wire.MsgPack])
class TestAnything:
    @VERY
    @given(body=st.binary(max_size=2000))
    def test_any_bytes_are_read_or_refused(self, content_type, keyring, body):
        read(body, content_type, keyring)

    @VERY
    @given(value=REQUESTS)
    def test_any_value_in_the_shape_of_scans_is_read_or_refused_item_by_item(self, content_type, keyring, value):
        read(packed(value, content_type), content_type, keyring)

    @VERY
    @given(place=st.integers(0, 10_000), put=st.binary(max_size=6), cut=st.integers(0, 6))
    def test_a_good_batch_with_some_bytes_changed_is_read_or_refused(self, content_type, keyring, place, put, cut):
        body = packed({"scans": [good_scan(1), good_scan(2)]}, content_type)
        start = place % len(body)
        read(body[:start] + put + body[start + cut :], content_type, keyring)

    def test_a_bad_item_among_good_ones_is_refused_alone(self, content_type, keyring):
        scans = [good_scan(1), {"id": "x"}, good_scan(2)]
        kinds = [type(each).__name__ for each in read(packed({"scans": scans}, content_type), content_type, keyring)]
        assert kinds == ["Scan", "Unread", "Scan"]

    @pytest.mark.parametrize("depth", [100, 10_000, 400_000])
    def test_depth_is_refused_at_any_level(self, content_type, keyring, depth):
        for opening, closing in {
            wire.Json: [(b"[", b"]"), (b'{"a":', b"}"), (b'{"scans":[', b"]}"), (b'{"subject":', b"}")],
            wire.MsgPack: [(b"\x91", b""), (b"\x81\xa1a", b""), (b"\x81\xa5scans\x91", b""), (b"\xc9", b"")],
        }[content_type]:
            found = read(opening * depth + b"1" + closing * depth, content_type, keyring)
            assert all(isinstance(each, wire.Unread) for each in found)


@pytest.mark.parametrize(
    "body",
    [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\x81\xa5scans\xdd\x7f\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xd6\xff\x00\x00\x00\x00",
    ],
)
def test_a_messagepack_header_that_promises_gigabytes_allocates_nothing(keyring, body):
    assert read(body, wire.MsgPack, keyring) == []


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff\\ud800", "\\u0000", "a\\u0000b", "\\ud83d\\ude00", "\\uffff"])
def test_halves_of_characters_and_nul_in_any_field_are_read_or_refused(keyring, text):
    for field in ("id", "subject", "point", "direction", "at", "group"):
        body = b'{"scans": [{"%s": "%s", "direction": "in"}]}' % (field.encode(), text.encode())
        (unread,) = read(body, wire.Json, keyring) or [wire.Unread("", "")]
        assert isinstance(unread, wire.Unread)


@VERY
@given(inside=st.binary(max_size=300), key=st.integers(), ids_told=st.lists(st.uuids().map(str), max_size=3))
def test_an_envelope_of_anything_is_opened_or_refused(keyring, inside, key, ids_told):
    real = keyring.named("envelope")
    sealed = seal_envelope(real.opening.public_key(), inside, wire.ENVELOPE_CONTEXT)
    for envelope, number in ((sealed, real.id), (inside, real.id), (sealed, key), (sealed[:-1], real.id)):
        told = {"ids": ids_told, "envelope": base64.b64encode(envelope).decode(), "key": number}
        body = msgspec.json.encode(told) if -(2**63) <= number < 2**64 else str(told).replace("'", '"').encode()
        read(body, wire.Json, keyring)


def test_envelopes_within_envelopes_end(keyring):
    real = keyring.named("envelope")
    body = b'{"scans": []}'
    for _ in range(20):
        sealed = base64.b64encode(seal_envelope(real.opening.public_key(), body, wire.ENVELOPE_CONTEXT)).decode()
        body = msgspec.json.encode({"ids": [], "envelope": sealed, "key": real.id})
    assert read(body, wire.Json, keyring) == []


# --- codes ------------------------------------------------------------------------------------------------------------


def readers(keyring: Keyring) -> list:
    place, passes, standing, ticket = (partial(keyring.named, name) for name in ("place", "pass", "standing", "ticket"))
    return [
        partial(codes.decode_place, key_of=place, issuer=67),
        partial(codes.decode_pass, key_of=passes, issuer=67),
        partial(codes.decode_rotating_pass, pass_key_of=passes, standing_key_of=standing, issuer=67, now=NOW),
        partial(codes.decode_ticket, key_of=ticket, issuer=67, now=NOW),
    ]


@pytest.fixture(scope="module")
def good_codes(keyring) -> list[str]:
    pass_code = codes.PassCode(67, PERSON, 1)
    device = ec.generate_private_key(ec.SECP256R1())
    point = device.public_key().public_numbers()
    compressed = bytes([2 + (point.y & 1)]) + point.x.to_bytes(32, "big")
    until = datetime(2026, 11, 21, tzinfo=UTC)
    certificate = codes.encode_certificate(
        codes.PassCertificate(pass_code, compressed, 0, until), keyring.named("pass"), keyring.named("standing")
    )
    return [
        codes.encode_place(codes.PlaceCode(67, 5, 9), keyring.named("place")),
        codes.encode_pass(pass_code, keyring.named("pass")),
        codes.encode_rotating_pass(certificate, device, NOW),
        codes.encode_ticket(codes.Ticket(67, PERSON, 9, until, b"12345678"), keyring.named("ticket")),
    ]


def refused(reader, text: str) -> bool:
    try:
        reader(text)
    except codes.CodeProblem as problem:
        speaks(problem)
        return True
    return False


def test_each_good_code_is_read_by_its_own_reader_alone(keyring, good_codes):
    outcomes = [[not refused(reader, code) for reader in readers(keyring)] for code in good_codes]
    assert outcomes == [[number == other for other in range(4)] for number in range(4)]


@VERY
@given(text=st.text(st.characters(exclude_categories=()), max_size=700) | st.text(base32.ALPHABET, max_size=700))
def test_any_text_is_refused_as_a_code(keyring, text):
    assert all(refused(reader, text) for reader in readers(keyring))


@VERY
@given(which=st.integers(0, 3), place=st.integers(0, 400), put=st.text(string.printable + "đОΩ０", max_size=3))
def test_a_code_with_any_letter_changed_is_refused_or_the_same_code(keyring, good_codes, which, place, put):
    code, reader = good_codes[which], readers(keyring)[which]
    start = place % len(code)
    changed = code[:start] + put + code[start + 1 :]
    if not refused(reader, changed):
        assert reader(changed) == reader(code), "another reading of the same letters at most (o for 0, l for 1)"


def test_every_single_bit_of_every_code_is_protected(keyring, good_codes):
    for code, reader in zip(good_codes, readers(keyring), strict=True):
        content = base32.decode(code)
        for bit in range(0, 8 * len(content), 3 if len(content) > 100 else 1):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            assert refused(reader, base32.encode(bytes(flipped))), bit


@VERY
@given(kind=st.integers(0, 15), body=st.binary(max_size=260), number=st.integers(0, 255))
def test_headers_of_all_kinds_around_anything_are_refused(keyring, kind, body, number):
    text = base32.encode(struct.pack(">BHB", 1 << 4 | kind, 67, number) + body)
    assert all(refused(reader, text) for reader in readers(keyring))


def test_a_key_that_is_gone_and_a_foreign_issuer_are_told_apart(keyring):
    def gone(number: int):
        raise KeyMissing

    code = codes.encode_place(codes.PlaceCode(67, 5, 9), keyring.named("place"))
    with pytest.raises(codes.CodeKeyUnknown):
        codes.decode_place(code, gone, issuer=67)
    with pytest.raises(codes.CodeForeign):
        codes.decode_place(code, partial(keyring.named, "place"), issuer=1)
