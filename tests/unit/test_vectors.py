"""Posters can't be called back: the published vectors still come out, bit for bit, and any flipped bit is refused."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dauchan.kernel import base32, clock, codes, ids
from dauchan.kernel.keyring import KeyMissing, NamedKey
from dauchan.kernel.sealing import CannotOpen, blind_index, decrypt, open_envelope, seal, unseal
from dauchan.visits.gateway import wire

VECTORS = Path(__file__).parents[2] / "docs" / "reference" / "vectors"
CODES = json.loads((VECTORS / "codes.json").read_text("utf-8"))
SEALING = json.loads((VECTORS / "sealing.json").read_text("utf-8"))
SCANS = json.loads((VECTORS / "scans.json").read_text("utf-8"))
BODY_KEY = bytes.fromhex(SCANS["keys"]["body"]["secret_hex"])
ISSUER = CODES["issuer"]
PERSON = UUID(CODES["pass"]["person_id"])


def key(purpose: str):
    stored = CODES["keys"][purpose]

    def key_of(number: int) -> NamedKey:
        if number != stored["id"]:
            raise KeyMissing(name=f"{purpose}-{number}")
        return NamedKey(stored["id"], bytes.fromhex(stored["secret_hex"]))

    return key_of


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_the_place_code_comes_out_and_is_read_back_from_its_poster_address():
    vector = CODES["place"]
    code = codes.PlaceCode(ISSUER, vector["place_id"], vector["point_id"], vector["serial"])
    assert codes.encode_place(code, key("place")(1)) == vector["text"]
    assert codes.decode_place(vector["url"], key("place"), issuer=ISSUER) == code


def test_the_code_of_a_screen_comes_out_and_is_on_it_for_its_half_minute_and_one_more_either_way():
    vector = CODES["screen"]
    code = codes.PlaceCode(ISSUER, vector["place_id"], vector["point_id"], vector["serial"], vector["step"])
    assert codes.encode_place(code, key("place")(1)) == vector["text"]
    found = codes.decode_place(f"HTTPS://HOST/P/{vector['text']}", key("place"), issuer=ISSUER)
    assert found == code
    begins = instant(vector["begins_at"])
    assert found.begins_at == begins
    shown = [found.is_on_screen(begins + timedelta(seconds=seconds)) for seconds in (-61, -60, 0, 89, 90)]
    assert shown == [False, True, True, True, False]
    assert not codes.decode_place(CODES["place"]["text"], key("place"), issuer=ISSUER).is_on_screen(begins)


def test_the_pass_comes_out_and_is_read_back_however_it_is_typed():
    vector = CODES["pass"]
    code = codes.PassCode(ISSUER, PERSON, vector["serial"])
    assert codes.encode_pass(code, key("pass")(1)) == vector["text"]
    typed = "-".join(vector["text"][start : start + 4].lower() for start in range(0, 64, 4))
    assert codes.decode_pass(typed, key("pass"), issuer=ISSUER) == code


def test_the_rotating_pass_is_good_for_its_step_and_one_either_way_and_a_screenshot_is_not():
    vector = CODES["rotating_pass"]
    shown = instant(vector["shown_at"])

    def read(seconds: int) -> codes.PassCertificate:
        now = datetime.fromtimestamp(shown.timestamp() + seconds, UTC)
        return codes.decode_rotating_pass(vector["text"], key("pass"), key("standing"), issuer=ISSUER, now=now)

    assert read(0).pass_code.person_id == PERSON
    assert read(0).until == instant(vector["until"])
    assert read(40) == read(-20) == read(0)
    for seconds in (90, -90):
        with pytest.raises(codes.CodeExpired):
            read(seconds)


def test_the_ticket_comes_out_and_ends_after_its_ten_minutes():
    vector = CODES["ticket"]
    ticket = codes.Ticket(
        ISSUER, PERSON, vector["point_id"], instant(vector["expires_at"]), bytes.fromhex(vector["nonce_hex"])
    )
    assert codes.encode_ticket(ticket, key("ticket")(1)) == vector["text"]
    before, after = datetime(2021, 8, 17, 1, 11, tzinfo=UTC), datetime(2021, 8, 17, 1, 12, tzinfo=UTC)
    assert codes.decode_ticket(vector["text"], key("ticket"), issuer=ISSUER, now=before) == ticket
    with pytest.raises(codes.CodeExpired):
        codes.decode_ticket(vector["text"], key("ticket"), issuer=ISSUER, now=after)


@pytest.mark.parametrize(
    ("vector", "kind", "decode"),
    [
        ("place", "place", codes.decode_place),
        ("screen", "place", codes.decode_place),
        ("pass", "pass", codes.decode_pass),
    ],
)
def test_every_single_flipped_bit_is_refused(vector, kind, decode):
    content = base32.decode(CODES[vector]["text"])
    for bit in range(len(content) * 8):
        flipped = (int.from_bytes(content, "big") ^ 1 << bit).to_bytes(len(content), "big")
        with pytest.raises(codes.CodeProblem):
            decode(base32.encode(flipped), key(kind), issuer=ISSUER)


def test_every_single_flipped_bit_of_a_rotating_pass_is_refused():
    vector = CODES["rotating_pass"]
    content = base32.decode(vector["text"])
    for bit in range(len(content) * 8):
        flipped = (int.from_bytes(content, "big") ^ 1 << bit).to_bytes(len(content), "big")
        with pytest.raises(codes.CodeProblem):
            codes.decode_rotating_pass(
                base32.encode(flipped), key("pass"), key("standing"), issuer=ISSUER, now=instant(vector["shown_at"])
            )


def test_another_issuers_code_is_named_as_such():
    with pytest.raises(codes.CodeForeign):
        codes.decode_pass(CODES["pass"]["text"], key("pass"), issuer=66)


def test_no_code_shows_the_person_in_clear():
    for kind in ("pass", "rotating_pass", "ticket"):
        assert PERSON.bytes not in base32.decode(CODES[kind]["text"])


def test_the_token_of_a_day_comes_out_and_is_opened():
    vector = SEALING["token"]
    day_key = bytes.fromhex(vector["day_key_hex"])
    assert seal(day_key, PERSON).hex() == vector["token_hex"]
    assert unseal(day_key, bytes.fromhex(vector["token_hex"])) == PERSON


def test_the_scan_id_comes_out_and_carries_its_instant():
    vector = SEALING["scan_id"]
    made = ids.deterministic_uuid7(instant(vector["at"]), *vector["parts"])
    assert str(made) == vector["id"]
    assert ids.instant_of(made) == instant(vector["at"])
    assert ids.is_uuid7(made)


def test_the_blind_index_comes_out():
    vector = SEALING["blind_index"]
    assert blind_index(bytes.fromhex(vector["key_hex"]), vector["kind"], vector["value"]).hex() == vector["hash_hex"]


def test_the_envelope_opens_with_its_context_only():
    vector = SEALING["envelope"]
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_key_hex"]))
    envelope = bytes.fromhex(vector["envelope_hex"])
    assert open_envelope(private, envelope, vector["context"].encode()) == vector["plain"].encode()
    with pytest.raises(CannotOpen):
        open_envelope(private, envelope, b"another context")


def test_sealed_text_opens_with_its_context_only():
    vector = SEALING["aead"]
    sealed, context = bytes.fromhex(vector["sealed_hex"]), bytes.fromhex(vector["context_hex"])
    assert decrypt(bytes.fromhex(vector["key_hex"]), sealed, context).decode() == vector["plain"]
    with pytest.raises(CannotOpen):
        decrypt(bytes.fromhex(vector["key_hex"]), sealed, b"person:another")


def envelope_key(number: int) -> NamedKey:
    stored = SCANS["keys"]["envelope"]
    assert number == stored["id"]
    return NamedKey(number, bytes.fromhex(stored["secret_hex"]))


def read(body: bytes, media_type: str = wire.Json) -> list[wire.Scan | wire.Unread]:
    return wire.decode(body, media_type, envelope_key)


@pytest.mark.parametrize("vector", SCANS["scans"], ids=lambda vector: vector["id"])
def test_the_id_of_an_imported_scan_follows_from_source_line_and_direction_and_decides_its_day(vector):
    at = instant(vector["at"])
    assert str(ids.deterministic_uuid7(at, *vector["id_from"])) == vector["id"]
    assert ids.instant_of(UUID(vector["id"])) == at
    assert str(clock.local_day(at)) == vector["local_day"]


@pytest.mark.parametrize("vector", SCANS["scans"], ids=lambda vector: vector["id"])
def test_a_scan_is_read_alike_in_both_formats_and_its_body_and_hash_come_out(vector):
    (scan,) = read(vector["json"].encode())
    assert read(bytes.fromhex(vector["msgpack_hex"]), wire.MsgPack) == [scan]
    assert (str(scan.id), scan.direction) == (vector["id"], vector["id_from"][-1])
    assert scan.at in (None, instant(vector["at"]))
    assert wire.body_of(scan).decode() == vector["body"]
    assert wire.hash_of(scan, BODY_KEY).hex() == vector["body_hash_hex"]


def test_a_batch_is_the_same_scans_in_json_in_messagepack_and_sealed():
    alone = [scan for vector in SCANS["scans"] for scan in read(vector["json"].encode())]
    assert read(SCANS["batch"]["json"].encode()) == alone
    assert read(bytes.fromhex(SCANS["batch"]["msgpack_hex"]), wire.MsgPack) == alone
    assert read(SCANS["sealed_batch"]["json"].encode()) == alone


@pytest.mark.parametrize("vector", SCANS["scans"], ids=lambda vector: vector["id"])
def test_another_spelling_of_a_scan_is_a_duplicate_and_any_other_content_a_conflict(vector):
    sent = json.loads(vector["json"])
    at = {} if "at" in sent else {"at": vector["at"]}
    respelled = {"capture": "scanned", "group": None, "proxy": None} | sent | at | {"id": sent["id"].upper()}
    assert hashed(dict(reversed(respelled.items()))) == vector["body_hash_hex"]
    others = [
        {"point": 35},
        {"direction": "out" if sent["direction"] == "in" else "in"},
        {"subject": {"kind": "phone", "number": "0912345679"}},
        {"capture": "typed" if sent.get("capture") == "paper" else "paper"},
        {"group": "8d3f1c52-6a0b-4e77-9a41-5b0c2d9e7f11"},
        {"proxy": {"kind": "phone", "number": "0912345679"}},
    ]
    assert len({vector["body_hash_hex"], *(hashed(sent | other) for other in others)}) == 1 + len(others)


def hashed(sent: dict[str, object]) -> str:
    (scan,) = read(json.dumps(sent, indent=1).encode())
    return wire.hash_of(scan, BODY_KEY).hex()
