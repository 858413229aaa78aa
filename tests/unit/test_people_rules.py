"""How phones, documents and names are written one way only, and what a mask leaves to see."""

from datetime import date

import pytest

from dauchan.people import rules
from dauchan.people.rules import Document, Identity

TODAY = date(2021, 8, 17)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0912345345", "0912345345"),
        ("0912 345 345", "0912345345"),
        ("0912.345.345", "0912345345"),
        ("+84912345345", "0912345345"),
        ("+84 912-345-345", "0912345345"),
        ("84912345345", "0912345345"),
        ("0084912345345", "0912345345"),
        ("+840912345345", "0912345345"),
        ("0871234567", "0871234567"),
        ("0551234567", "0551234567"),
    ],
)
def test_a_phone_is_ten_digits_however_it_was_typed(typed: str, stored: str) -> None:
    assert rules.normal_phone(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "912345345", "0112345345", "09123453456", "+85512345678", "09123x5345", "0912345345\x00", "٠٩١٢٣٤٥٣٤٥"],
)
def test_what_is_no_mobile_number_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(rules.BadPhone) as refused:
        rules.normal_phone(typed)
    assert "10 chữ số" in refused.value.text("vi")


@pytest.mark.parametrize(
    ("typed", "kind", "stored"),
    [
        ("067156000001", "", Document("cccd", "067156000001")),
        ("067 156 000 001", "cccd", Document("cccd", "067156000001")),
        ("245000001", "", Document("cmnd", "245000001")),
        ("GD4676700000001", "", Document("bhyt", "6700000001")),
        ("gd 4 67 6700000001", "bhyt", Document("bhyt", "6700000001")),
        ("6700000001", "", Document("bhyt", "6700000001")),
        ("B1234567", "", Document("passport", "B1234567")),
        ("passport:123456789", "", Document("passport", "123456789")),
        ("cmnd:123456789", "", Document("cmnd", "123456789")),
    ],
)
def test_a_document_is_known_by_its_shape_or_its_kind(typed: str, kind: str, stored: Document) -> None:
    assert rules.normal_document(typed, kind) == stored


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("06715600001", ""), ("0671560000011", ""), ("", ""), ("ABCDEFG", ""), ("245000001", "cccd"), ("1", "x")],
)
def test_a_number_of_no_known_shape_is_refused(typed: str, kind: str) -> None:
    with pytest.raises(rules.BadDocument):
        rules.normal_document(typed, kind)


@pytest.mark.parametrize(
    ("number", "sex", "year", "warnings"),
    [
        ("067156000001", "female", 1956, []),
        ("067156000001", "male", 1956, ["cccd_sex"]),
        ("067156000001", "female", 1957, ["cccd_year"]),
        ("067204000001", "male", 2004, []),
        ("067304000001", "female", 2004, []),
        ("067156000001", "", None, []),
        ("067956000001", "", None, ["cccd_century"]),
    ],
)
def test_a_cccd_that_contradicts_sex_or_birth_year_asks_for_a_second_look(
    number: str, sex: rules.Sex, year: int | None, warnings: list[str]
) -> None:
    assert rules.document_warnings(Document("cccd", number), sex=sex, year=year) == warnings


def test_a_name_typed_in_either_unicode_form_is_the_same_name() -> None:
    assert rules.normal_name("Nguye\u0302\u0303n  Va\u0306n An ") == "Nguyễn Văn An"


def test_a_name_may_carry_marks_that_have_no_single_letter() -> None:
    assert rules.normal_name("H’Bi\u0323\u0308 Ê\u030cban") == "H’B\u1ecb\u0308 Ê\u030cban"


@pytest.mark.parametrize("typed", ["An\x00", "An\x1b[31m", "An\ud800", "An\u202etxt", "123 456", "A" * 101])
def test_a_name_with_control_characters_or_without_letters_is_refused(typed: str) -> None:
    with pytest.raises(rules.BadName):
        rules.normal_name(typed)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn ***"),
        ("Nguyễn Thị Mai Anh", "Nguyễn Thị ***"),
        ("Trần An", "Trần ***"),
        ("An", "***"),
        ("", ""),
    ],
)
def test_a_masked_name_keeps_the_given_name_hidden(name: str, masked: str) -> None:
    assert rules.mask_name(name) == masked


def test_a_masked_phone_hides_its_middle() -> None:
    assert rules.mask_phone("0912345345") == "0912 *** 345"


def test_a_masked_cccd_hides_sex_and_year_of_birth() -> None:
    shown = rules.mask_document(Document("cccd", "067156000001"))
    assert shown.number == "067 *** 001"


def test_a_masked_cmnd_shows_two_digits_at_each_end() -> None:
    assert rules.mask_document(Document("cmnd", "245000001")).number == "24 *** 01"


def test_a_birth_in_the_future_or_too_long_ago_is_refused() -> None:
    for identity in (
        Identity(name="An", birth_date=date(2021, 8, 18)),
        Identity(name="An", birth_year=1895),
        Identity(name="An", birth_year=2022),
    ):
        with pytest.raises(rules.BadBirth):
            rules.normal_identity(identity, today=TODAY)


def test_the_same_document_twice_is_kept_once() -> None:
    both = (Document("bhyt", "GD4676700000001"), Document("bhyt", "6700000001"))
    assert rules.normal_identity(Identity(documents=both), today=TODAY).documents == (Document("bhyt", "6700000001"),)


def test_what_is_told_later_completes_what_was_known_and_forgets_nothing() -> None:
    known = Identity(phone="0912345345", documents=(Document("cmnd", "245000001"),), birth_year=1956)
    told = Identity(name="Trần Thị Mẫu", documents=(Document("cccd", "067156000001"),), birth_date=date(1956, 8, 15))
    assert rules.completed(known, told) == Identity(
        name="Trần Thị Mẫu",
        phone="0912345345",
        documents=(Document("cmnd", "245000001"), Document("cccd", "067156000001")),
        birth_date=date(1956, 8, 15),
        birth_year=1956,
    )


def test_twins_in_the_register_are_noticed_by_folded_name_and_birth_date() -> None:
    one = Identity(name="TRAN THI MAU", birth_date=date(1956, 8, 15))
    other = Identity(name="Trần Thị Mẫu", birth_date=date(1956, 8, 15))
    assert rules.name_and_birth(one) == rules.name_and_birth(other) != ""
    assert rules.name_and_birth(Identity(name="Trần Thị Mẫu", birth_year=1956)) == ""
