"""The number on a card: what is drawn is read back however it is typed, and what is mistyped is nobody's."""

import json
from datetime import date
from pathlib import Path

import pytest

from dauchan.kernel.base32 import ALPHABET
from dauchan.people import card_number, rules
from dauchan.people.rules import BadDocument, Document, Identity, NoIdentityDocument

TYPED = json.loads((Path(__file__).parents[2] / "docs/reference/vectors/cards.json").read_text("utf-8"))["typed"]
DRAWN = [card_number.draw() for _ in range(20)]


def read(text: str, kind: str = "") -> str | None:
    try:
        return rules.normal_document(text, kind).text
    except BadDocument:
        return None


@pytest.mark.parametrize("number", DRAWN, ids=range(len(DRAWN)))
def test_a_number_is_read_back_however_it_is_typed(number: str) -> None:
    shown = card_number.shown(number)
    assert [len(part) for part in shown.split(" ")] == [2, 4, 4, 1]
    confused = number[:2] + number[2:].replace("1", "l").replace("0", "o")
    for typed in (number, shown, shown.lower(), shown.replace(" ", "-"), f" {number[:5]}.{number[5:]}", confused):
        assert rules.normal_document(typed) == Document("card", number)
    assert read(number, "card") == read(f"card:{number}") == f"card:{number}"
    assert read(number, "passport") is None


@pytest.mark.parametrize("number", DRAWN, ids=range(len(DRAWN)))
def test_one_wrong_letter_is_refused_wherever_it_stands(number: str) -> None:
    wrong = [
        number[:place] + letter + number[place + 1 :]
        for place in range(len(number))
        for letter in ALPHABET + "U"
        if letter != number[place]
    ]
    assert {text: read(text) for text in wrong if read(text)} == {}


def test_two_neighbours_swapped_are_refused_but_for_the_one_pair_that_luhn_can_not_tell() -> None:
    taken = set()
    for first in ALPHABET:
        for second in ALPHABET:
            check = card_number.check_letter(f"K7M{first}{second}3QX")
            if first != second and read(f"DCK7M{second}{first}3QX{check}"):
                taken.add(first + second)
    assert taken == {"0Z", "Z0"}


@pytest.mark.parametrize("typed", TYPED, ids=[typed["text"] for typed in TYPED])
def test_typed_numbers_are_read_as_the_published_vectors_say(typed: dict[str, str | None]) -> None:
    assert read(str(typed["text"])) == typed["document"]


@pytest.mark.parametrize("kind", ["", "card"])
def test_it_says_nothing_of_who_somebody_is_so_no_identity_holds_one(kind: str) -> None:
    document = Document(kind, card_number.shown(DRAWN[0]))  # type: ignore[arg-type]  # as a program may send it
    with pytest.raises(NoIdentityDocument) as refused:
        rules.normal_identity(Identity(name="Trần Thị Mẫu", documents=(document,)), today=date(2026, 1, 1))
    assert "thẻ mã cá nhân" in refused.value.text("vi")
    assert DRAWN[0] not in str(refused.value)


def test_it_is_shown_under_a_mask_as_other_documents_are() -> None:
    assert rules.mask_document(Document("card", "DCK7MP3QXRY")).number == "DC *** RY"
