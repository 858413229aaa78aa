"""Whatever a scanner hands over as a card is read or refused in words, and nothing else happens."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dauchan.people.cards import WARNINGS, Card, NotACard, read_card
from dauchan.people.rules import normal_document, normal_identity

TODAY = date(2026, 11, 25)
PARTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["067156000001", "245000001", "GD4676700000001", "6700000001", "-", "", "$", "0", "1", "2", "Nam", "Nữ"]
    ),
    st.from_regex(r"\d{8}|\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}", fullmatch=True),
    st.binary(max_size=40).map(bytes.hex),
    st.lists(st.text(max_size=12), max_size=6).map("<".join),
)
CODES = st.one_of(st.text(max_size=400), st.lists(PARTS, max_size=18).map("|".join))


def read(text: str) -> Card | str:
    """The card, or the sentence it is refused with."""
    try:
        return read_card(text, today=TODAY)
    except NotACard as problem:
        return problem.text("en")


@given(CODES)
def test_a_card_read_holds_only_what_an_identity_may_hold(text: str) -> None:
    card = read(text)
    if isinstance(card, str):
        assert len(text) < 8 or text not in card
        return
    assert set(card.warnings) <= WARNINGS.keys()
    assert normal_identity(card.identity, today=TODAY).documents == card.identity.documents
    assert all(normal_document(each.number, each.kind) == each for each in card.identity.documents)


@given(CODES)
def test_blanks_around_fields_change_nothing(text: str) -> None:
    assert read("|".join(f" {part} " for part in text.split("|"))) == read(text)
