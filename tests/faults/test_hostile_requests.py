"""Whatever is sent to the API is answered at once: a code for programs, a sentence in the caller's language, no 5xx."""

import gzip
import json
import re
import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from support.town import GIA_NGHIA, Town, build

from dauchan.kernel import clock, codes
from dauchan.people import queries as people
from dauchan.people.opening import open_people
from dauchan.places.models import Place

CLOCK = "2026-11-20T12:00+07:00"
DISSOLVED = "24619"
"""Phường Quảng Thành, on the list of 2021 and not on that of 2025."""
LANGUAGES = ("vi", "en")
SLOW_SECONDS = 2.0
HTTP = httpx.Client(timeout=30)
BOMB = gzip.compress(b'{"scans": [' + b" " * 50_000_000 + b"]}", 9)


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    made = build(server, database)
    warm = {"external_code": "warm", "name": "Quán đầu", "unit": GIA_NGHIA, "category": "cafe"}
    headers = {"authorization": f"Bearer {made.integrator_token}"}
    HTTP.post(f"{server}/api/v1/places", json={"places": [warm]}, headers=headers)  # reads 10,000 communes, once
    return made


def is_vietnamese(text: str) -> bool:
    return bool(re.search("[ạảãàáâậầấẩẫăắằặẳẵđêệềếểễôộồốổỗơớờợởỡưứừựửữíìỉĩịúùủũụýỳỷỹỵ]", text.lower()))


def send(town: Town, path: str, content: bytes, language: str = "en", **headers: str) -> httpx.Response:
    """A body as it stands; whatever comes back must have come quickly and be no 5xx."""
    began = time.monotonic()
    answer = HTTP.post(
        f"{town.address}{path}",
        content=content,
        headers={
            "authorization": f"Bearer {town.integrator_token}",
            "accept-language": language,
            "content-type": "application/json",
            **headers,
        },
    )
    assert answer.status_code < 500, answer.text
    assert time.monotonic() - began < SLOW_SECONDS
    return answer


def refusal(answer: httpx.Response, language: str) -> str:
    """The code of a refusal, after its sentence was seen to be in the right language."""
    told = answer.json()
    assert is_vietnamese(told["message"]) == (language == "vi"), told
    return f"{answer.status_code} {told['code']}"


# --- one bad scan among good ones -------------------------------------------------------------------------------------


def forged(town: Town) -> str:
    code = town.passes["ana"]
    return f"{code[:-10]}{'0' if code[-10] != '0' else '1'}{code[-9:]}"


def place_code(town: Town, issuer: int = 67, point: str = "market", *, flip: bool = False) -> str:
    code = codes.encode_place(
        codes.PlaceCode(issuer, town.places["market"], town.points[point]), town.database.keyring.named("place")
    )
    return code[:20] + ("0" if code[20] != "0" else "1") + code[21:] if flip else code


BAD_SCANS: dict[str, tuple[Callable[[Town], dict[str, Any]], str]] = {
    "a code that is none": (lambda town: {"subject": {"kind": "pass", "code": "HELLO"}}, "code_malformed"),
    "a pass altered": (lambda town: {"subject": {"kind": "pass", "code": forged(town)}}, "code_altered"),
    "a place code altered": (lambda town: {"point": place_code(town, flip=True)}, "code_altered"),
    "a place code of another province": (lambda town: {"point": place_code(town, 1)}, "code_foreign_issuer"),
    "a code of the wrong kind": (lambda town: {"point": town.passes["ana"]}, "code_malformed"),
    "a point that is not there": (lambda town: {"point": 4_000_000_000}, "unknown_point"),
    "a point beyond all numbers": (lambda town: {"point": 2**70}, "scan_malformed"),
    "a document of another kind": (
        lambda town: {"subject": {"kind": "document", "type": "cccd", "number": "123456789"}},
        "bad_document",
    ),
    "NUL in a reference": (lambda town: {"subject": {"kind": "reference", "value": "a\0b"}}, "bad_text"),
    "a reference of marks": (lambda town: {"subject": {"kind": "reference", "value": "\u202e\u0301"}}, "bad_text"),
    "NUL in a number": (lambda town: {"subject": {"kind": "phone", "number": "091200000\0"}}, "bad_phone"),
    "digits of another script": (
        lambda town: {"subject": {"kind": "phone", "number": "０９１２００００００"}},
        "bad_phone",
    ),
    "a direction of its own": (lambda town: {"direction": "sideways"}, "scan_malformed"),
    "an instant that is none": (lambda town: {"at": "yesterday"}, "scan_malformed"),
    "an instant without offset": (lambda town: {"at": "2026-11-20T08:00:00"}, "times_differ"),
    "the last instant of all": (lambda town: {"at": "9999-12-31T23:59:59.999+00:00"}, "times_differ"),
    "the first instant of all": (lambda town: {"at": "0001-01-01T00:00:00+14:00"}, "times_differ"),
    "the end of UUIDv7 time": (lambda town: {"id": "ffffffff-ffff-7fff-bfff-ffffffffffff"}, "future_time"),
    "the beginning of UUIDv7 time": (lambda town: {"id": "00000000-0000-7000-8000-000000000000"}, "too_old"),
    "an id of another kind": (lambda town: {"id": "7e6f1a2e-8d7c-4c3e-9f0a-000000000000"}, "id_not_uuid7"),
    "a field that does not exist": (lambda town: {"recorder": "somebody else"}, "scan_malformed"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", BAD_SCANS)
def test_a_bad_scan_is_refused_alone_with_a_code_and_a_sentence(town, what, language):
    change, code = BAD_SCANS[what]
    bad, good = town.scan("ana", "market", "08:00") | change(town), town.scan("ben", "market", "08:01")
    answer = send(town, "/api/v1/scans", json.dumps({"scans": [bad, good]}).encode(), language)
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["rejected", "accepted"]
    assert results[0]["code"] == code
    assert is_vietnamese(results[0]["message"]) == (language == "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scan_from_the_future_is_refused_with_what_to_do(town, language):
    scan = town.scan("ana", "market", clock.now() + timedelta(minutes=6))
    (result,) = town.post({"scans": [scan]}, language=language).json()["results"]
    assert (result["code"], "đồng hồ" in result["message"]) == ("future_time", language == "vi")


# --- whole requests ---------------------------------------------------------------------------------------------------

DEEP = 10_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "half an object": b'{"scans": [',
    "ten megabytes": b"x" * (10 * 1024 * 1024),
    "ten thousand brackets": b"[" * DEEP + b"]" * DEEP,
    "ten thousand objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "NUL": b"\0" * 100,
    "no UTF-8": b'{"scans": "\xff\xfe"}',
    "a mark of byte order": b'\xef\xbb\xbf{"scans": []}',
    "half a character as a key": b'{"\\ud800": 1}',
    "a number without end": b'{"scans": ' + b"9" * 100_000 + b"}",
    "NaN": b'{"scans": NaN}',
    "the same key twice": b'{"scans": 1, "scans": 2}',
    "a number as exponent": b'{"scans": 1e999999}',
}
DOORS = ("/api/v1/scans", "/api/v1/people", "/api/v1/places")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_no_request_is_refused_clearly(town, what, door, language):
    code = refusal(send(town, door, BODIES[what], language), language)
    assert code.split()[0] in ("400", "413", "422"), code


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrapping", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_compressed_body_is_refused_before_it_could_swell(town, door, wrapping):
    answer = send(town, door, BOMB, **{"content-encoding": wrapping})
    assert refusal(answer, "en") == "415 content_encoding"


PEOPLE: dict[str, tuple[dict[str, Any], str]] = {
    "NUL in a name": ({"name": "Nguyễn\0An"}, "bad_name"),
    "a name of half characters": ({"name": "\ud800\udfff"}, "bad_name"),
    "a name of marks alone": ({"name": "\u0301\u0323"}, "bad_name"),
    "a name that turns direction": ({"name": "An\u202eBình"}, "bad_name"),
    "a name of ten thousand letters": ({"name": "a" * 10_000}, "422"),
    "a phone of letters": ({"name": "An", "phone": "không có"}, "bad_phone"),
    "a birth in the future": ({"name": "An", "birth_date": "2126-01-01"}, "bad_birth"),
    "the first day of all": ({"name": "An", "birth_date": "0001-01-01"}, "bad_birth"),
    "a residence that is none": ({"name": "An", "residence": "99999"}, "not_found"),
    "a residence dissolved": ({"name": "An", "residence": DISSOLVED}, "not_found"),
    "NUL in a residence": ({"name": "An", "residence": "24\0611"}, "not_found|"),
    "a reference of NUL": ({"reference": "\0", "name": "An"}, "bad_text"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", PEOPLE)
def test_a_bad_person_is_refused_with_a_sentence_that_does_not_repeat_it(town, what, language):
    fields, expected = PEOPLE[what]
    body = json.dumps({"people": [{"reference": f"bad {what}"} | fields]}).encode()
    answer = send(town, "/api/v1/people", body, language)
    if expected == "422":
        assert refusal(answer, language).startswith("422")
        return
    (result,) = answer.json()["results"]
    assert result["code"] in expected.split("|"), result
    if result["code"]:
        assert is_vietnamese(result["message"]) == (language == "vi"), result


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_names_with_combining_marks_are_taken_and_kept_composed(town, form):
    name = "Nguyễn Thị Ửng Đặng"
    told = {"reference": f"form {form}", "name": unicodedata.normalize(form, name), "phone": f"098700{ord(form[2]):04}"}
    answer = send(town, "/api/v1/people", json.dumps({"people": [told]}).encode())
    assert answer.json()["created"] == 1, answer.text
    (person,) = people.find_by_phone(told["phone"])
    assert open_people([person])[person].identity.name == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_in_a_dissolved_unit_is_told_so_or_stands_in_its_successor(town, language):
    place = {"external_code": f"old-{language}", "name": "Quán cũ", "unit": DISSOLVED, "category": "cafe"}
    (result,) = send(town, "/api/v1/places", json.dumps({"places": [place]}).encode(), language).json()["results"]
    if result["outcome"] == "rejected":
        assert is_vietnamese(result["message"]) == (language == "vi")
    else:
        assert Place.objects.get(external_code=place["external_code"]).unit.valid_to is None


PLACES: dict[str, dict[str, Any]] = {
    "NUL in a name": {"name": "Chợ\0"},
    "half a character": {"name": "\ud800"},
    "infinity": {"latitude": float("inf"), "longitude": 1.0},
    "no number": {"latitude": float("nan"), "longitude": 1.0},
    "beyond the earth": {"latitude": 1e300, "longitude": 0.0},
    "hours that are none": {"opening_hours": "99:99-100:00"},
    "hours without end": {"opening_hours": "07:00-" * 60},
    "a unit of NUL": {"unit": "\0"},
    "a unit of wildcards": {"unit": "%_%\\"},
    "a category of NUL": {"category": "ca\0fe"},
    "an agency of NUL": {"agency": "\0"},
    "an owner of NUL": {"owner_name": "\0", "owner_phone": "0912000000"},
    "a point of NUL": {"points": [{"name": "\0"}]},
    "points of one code": {"points": [{"external_code": "1"}, {"external_code": "1"}]},
    "a code of NUL": {"external_code": "\0"},
    "SQL": {"name": "'; drop table places_place; --", "unit": "'; drop table places_place; --"},
    "a format": {"unit": "{field}{0}%s%n${7*7}"},
}


@pytest.mark.parametrize("what", PLACES)
def test_a_bad_place_is_refused_with_its_field_or_stored_as_harmless_text(town, what):
    place = {"external_code": f"bad {what}", "name": "Quán", "unit": GIA_NGHIA, "category": "cafe"} | PLACES[what]
    answer = send(town, "/api/v1/places", json.dumps({"places": [place]}).encode())
    if answer.status_code == 200:
        (result,) = answer.json()["results"]
        assert result["outcome"] == "rejected", result
        assert result["message"]
    else:
        assert refusal(answer, "en").split()[0] in ("400", "422")
