"""The gate app as it is built reads codes and cards as the server does: both are held against the same vectors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page

from dauchan.kernel.keyring import NamedKey
from dauchan.kernel.sealing import open_envelope

VECTORS = Path(__file__).parents[2] / "docs/reference/vectors"
CODES = json.loads((VECTORS / "codes.json").read_text("utf-8"))
ON_CARDS = json.loads((VECTORS / "cards.json").read_text("utf-8"))
CARDS, TYPED = ON_CARDS["cards"], ON_CARDS["typed"]
ENDED = json.loads((VECTORS / "ended.json").read_text("utf-8"))
SHOWN_AT = 1629162123456
BEGIN = """
async () => {
  window.gate = await import(document.querySelector("script[type=module]").src);
  window.bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  window.keys = (said) => ({
    place: said.place.map(({ id, hex }) => ({ id, key: bytes(hex) })),
    standing: said.standing.map(({ id, hex }) => ({ id, key: bytes(hex) })),
  });
  window.saw = async ([text, issuer, said, now]) => {
    const seen = await gate.see(text, issuer, keys(said), now);
    if (typeof seen === "string") return seen;
    return "sealed" in seen ? { ...seen, sealed: [...seen.sealed] } : seen;
  };
}
"""


@pytest.fixture(scope="module")
def app(chromium: Browser, server: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=server)
    page = context.new_page()
    page.goto("/app/cong")
    page.evaluate(BEGIN)
    yield page
    context.close()


def key_of(purpose: str) -> dict[str, Any]:
    secret = bytes.fromhex(CODES["keys"][purpose]["secret_hex"])
    public = NamedKey(1, secret).verifying.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"id": 1, "hex": public.hex()}


KEYS = {"place": [key_of("place")], "standing": [key_of("standing")]}


def saw(app: Page, text: str, *, issuer: int = 67, keys: dict[str, Any] = KEYS, now: int = SHOWN_AT) -> Any:
    return app.evaluate("saw", [text, issuer, keys, now])


def test_place_codes_and_passes_are_told_apart_and_a_rotating_one_shows_its_colour(app):
    assert saw(app, CODES["place"]["url"]) == {"kind": "place", "pointId": 34}
    assert saw(app, CODES["screen"]["text"]) == {"kind": "place", "pointId": 34}
    assert saw(app, CODES["pass"]["text"].lower())["kind"] == "pass"
    rotating = saw(app, CODES["rotating_pass"]["text"])
    assert (rotating["kind"], rotating["colour"]) == ("rotating", "green")
    assert rotating["sealed"] == saw(app, CODES["pass"]["text"])["sealed"], "one entry of the list ends both"


@pytest.mark.parametrize(("seconds", "seen"), [(-30, "rotating"), (40, "rotating"), (-65, "late"), (65, "late")])
def test_a_rotating_pass_is_refused_a_minute_after_it_was_shown(app, seconds, seen):
    found = saw(app, CODES["rotating_pass"]["text"], now=SHOWN_AT + seconds * 1000)
    assert (found if seen == "late" else found["kind"]) == ("code_expired" if seen == "late" else seen)


def test_what_is_foreign_unknown_or_altered_is_refused_by_its_kind(app):
    text = CODES["place"]["text"]
    assert saw(app, text, issuer=1) == "code_foreign_issuer"
    assert saw(app, text, keys={"place": [], "standing": []}) == "code_unknown_key"
    assert saw(app, "xin chào") == "code_malformed"
    assert saw(app, text[:-2]) == "code_malformed"


@pytest.mark.parametrize("name", ["place", "rotating_pass"])
def test_no_changed_letter_passes_for_true(app, name):
    text = CODES[name]["text"]
    taken = []
    for place in range(6, len(text) - 1, 3 if name == "place" else 11):
        other = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        found = saw(app, other)
        if not isinstance(found, str):
            taken.append((place, found))
    assert taken == []


@pytest.mark.parametrize("vector", CARDS, ids=range(len(CARDS)))
def test_a_card_says_the_same_here_and_there(app, vector):
    found = app.evaluate(
        "(text) => { const card = gate.readCard(text); return card && { ...card, masked_name: gate.maskName(card.name),"
        " masked_numbers: card.documents.map((one) => gate.maskNumber(one.number)) }; }",
        vector["text"],
    )
    assert found == vector["says"]


def test_a_number_that_is_typed_is_the_same_document_here_and_there(app):
    found = app.evaluate(
        "(texts) => texts.map(gate.guessed).map((one) => one && `${one.kind}:${one.number}`)",
        [typed["text"] for typed in TYPED],
    )
    assert found == [typed["document"] for typed in TYPED]


def test_ended_passes_are_found_in_the_signed_list_and_an_altered_list_is_not_read(app):
    ask = """async ([hex, issuer, said, texts]) => {
      const list = await gate.EndedPasses.read(bytes(hex), issuer, keys(said));
      if (!list) return null;
      const seen = await Promise.all(texts.map((text) => gate.see(text, issuer, keys(said), 0)));
      return Promise.all(seen.map((one) => list.has(one.sealed)));
    }"""
    keys = {"place": [], "standing": [{"id": 1, "hex": ENDED["standing_key"]["public_hex"]}]}
    texts = [*ENDED["ended"], *ENDED["valid"]]
    assert app.evaluate(ask, [ENDED["list_hex"], 67, keys, texts]) == [True] * 5 + [False]
    for place in (0, 2, 8, 30, len(ENDED["list_hex"]) // 2 - 1):
        content = bytearray.fromhex(ENDED["list_hex"])
        content[place] ^= 1
        assert app.evaluate(ask, [content.hex(), 67, keys, texts]) is None, place


def test_what_the_app_seals_the_server_opens(app):
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(CODES["keys"]["envelope"]["secret_hex"]))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    plain = '{"scans":[{"name":"Trần"}]}'
    sealed = app.evaluate("async ([hex, plain]) => [...(await gate.seal(bytes(hex), plain))]", [public, plain])
    assert open_envelope(private, bytes(sealed), b"dauchan/scans/1").decode() == plain
