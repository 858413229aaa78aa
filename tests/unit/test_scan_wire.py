"""What a sender is told of scans that can't be read names the place and never repeats what was sent."""

import msgspec
import pytest

from dauchan.kernel.keyring import KeyMissing
from dauchan.visits.gateway import wire

SCAN = {
    "id": "019aa0c4-8c00-7abc-8def-0123456789ab",
    "subject": {"kind": "pass", "code": "X"},
    "point": 1,
    "direction": "in",
}
PERSONAL = "Nguyễn' 0987`654"


def no_key(number: int) -> None:
    raise KeyMissing(name=str(number))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"direction": PERSONAL}, "Invalid enum value - at `$.direction`"),
        ({"subject": {"kind": PERSONAL}}, "Invalid value - at `$.subject.kind`"),
        (
            {"subject": {"kind": "document", "type": PERSONAL, "number": "1"}},
            "Invalid enum value - at `$.subject.type`",
        ),
        ({PERSONAL: 1}, "Object contains unknown field"),
        ({"subject": {"kind": "phone", "number": "1", PERSONAL: 1}}, "Object contains unknown field"),
        ({"surprise": 1}, "Object contains unknown field `surprise`"),
        ({"point": -1}, "Expected `int` >= 1 - at `$.point`"),
    ],
)
def test_the_reason_names_the_place_and_repeats_nothing_personal(wrong, reason):
    for media_type, encode in ((wire.Json, msgspec.json.encode), (wire.MsgPack, msgspec.msgpack.encode)):
        (unread,) = wire.decode(encode({"scans": [{**SCAN, **wrong}]}), media_type, no_key)
        assert isinstance(unread, wire.Unread)
        assert unread.reason == reason


@pytest.mark.parametrize("number", ["0", "-1", "256", "9" * 300, '"1"'])
def test_an_envelope_to_a_key_of_no_possible_number_is_bad_input(number):
    body = b'{"ids": [], "envelope": "AAAA", "key": ' + number.encode() + b"}"
    with pytest.raises(wire.BodyProblem):
        wire.decode(body, wire.Json, no_key)


def test_the_hash_of_a_body_differs_with_its_id_alone():
    first = msgspec.convert(SCAN, wire.Scan)
    second = msgspec.convert({**SCAN, "id": "019aa0c4-8c01-7abc-8def-0123456789ab"}, wire.Scan)
    assert wire.body_of(first) != wire.body_of(second)
