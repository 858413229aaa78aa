"""How alike an entry of a register and a registered place are: a table to check by eye, and what holds for any text."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dauchan.kernel.search import search_key
from dauchan.registers import rules
from dauchan.registers.rules import Described, likeness

HERE = (12.0042, 107.6907)
CAFE, MARKET = 1, 2


def described(name: str, address: str = "", *, metres: float | None = None, category: int = CAFE) -> Described:
    """A premise so many metres north of HERE; None for an unknown position."""
    north = None if metres is None else HERE[0] + math.degrees(metres / rules.EARTH_M)
    return Described(name, address, north, None if metres is None else HERE[1], category, "trade")


TABLE = [
    # the entry, the place, the same phone, and the score that the page shows
    (("Cà phê Ánh Dương", "12 Lê Duẩn"), ("CA PHE ANH DUONG", "số 12 Lê Duẩn"), False, 100),
    (("Cà phê Ánh Dương", "12 Lê Duẩn"), ("Ánh Dương Coffee", "12 Lê Duẩn"), False, 88),
    (("Cà phê Ánh Dương", "12 Lê Duẩn"), ("Cà phê Ánh Dương", "210 Trần Phú"), False, 75),
    (("Cà phê Ánh Dương",), ("Cà phê Ánh Dương",), False, 85),
    (("Cà phê Ánh Dương",), ("Quán Bảy Hồng",), False, 16),
    (("Cà phê Ánh Dương",), ("Quán Bảy Hồng",), True, 47),
    (("Trường Tiểu học Số 1",), ("Trường Tiểu học Số 2",), False, 18),
    (("Trạm y tế Đắk Ha",), ("Trạm Y tế xã Đắk Ha",), False, 81),
]


@pytest.mark.parametrize(("entry", "place", "phone", "score"), TABLE)
def test_the_score_of_a_pair_is_what_the_table_says(entry, place, phone, score):
    assert likeness(described(*entry), described(*place), same_phone=phone).score == score


def test_being_near_speaks_for_a_place_and_being_far_against_it():
    entry = described("Quán Bảy Hồng", metres=0)
    scores = [likeness(entry, described("Bảy Hồng", metres=metres)).score for metres in (10, 100, 200, 5000)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] - scores[-1] > 20
    assert rules.nearness(30) == 1
    assert rules.nearness(165) == pytest.approx(0.5)
    assert rules.nearness(300) == 0


def test_another_house_number_is_another_address():
    assert rules.address_likeness("12 Lê Duẩn", "12 Le Duan, phường Bắc Gia Nghĩa") == 1
    assert rules.address_likeness("12 Lê Duẩn", "14 Lê Duẩn") < 0.5
    assert rules.address_likeness("Lê Duẩn", "14 Lê Duẩn") == 1
    assert rules.address_likeness("", "14 Lê Duẩn") is None


def test_only_likely_places_are_proposed_and_the_likest_come_first():
    entry = described("Cà phê Ánh Dương", "12 Lê Duẩn")
    names = ["Quán Bảy Hồng", "Ánh Dương", "Cà phê Ánh Dương", "Cà phê Ánh Dương 2", "Cafe Ánh Dương"]
    found = rules.best([(number, likeness(entry, described(name))) for number, name in enumerate(names)])
    assert [number for number, _ in found] == [2, 4, 1]


SOME = ("Cà", "phê", "Ánh", "Dương", "Chợ", "Đắk", "Nông", "số", "12", "Trường", "học", "Hoà")
WORDS = st.lists(st.sampled_from(SOME), min_size=1, max_size=6)
UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""A busy machine is no reason to fail."""
ANY = st.text(max_size=40)
POSITIONS = st.one_of(st.none(), st.floats(0, 2000))


@UNHURRIED
@given(WORDS, st.randoms(use_true_random=False), WORDS)
def test_the_order_of_words_does_not_matter_for_a_name(name, chance, other):
    shuffled = list(name)
    chance.shuffle(shuffled)
    one = rules.name_likeness(" ".join(name), " ".join(other))
    assert one == rules.name_likeness(" ".join(shuffled), " ".join(other))
    assert rules.name_key(" ".join(name)) == rules.name_key(" ".join(shuffled))


@UNHURRIED
@given(WORDS, WORDS)
def test_accents_and_capitals_do_not_matter(name, other):
    plain, loud = search_key(" ".join(name)), " ".join(name).upper()
    told = " ".join(other)
    assert rules.name_likeness(plain, told) == rules.name_likeness(" ".join(name), told)
    assert rules.name_likeness(loud, told) == rules.name_likeness(" ".join(name), told)


@UNHURRIED
@given(ANY, ANY, ANY, ANY, POSITIONS, POSITIONS, st.booleans())
def test_a_score_is_of_a_hundred_and_the_same_in_both_directions(one, other, street, road, here, there, phone):
    first, second = described(one, street, metres=here), described(other, road, metres=there, category=MARKET)
    found = likeness(first, second, same_phone=phone)
    back = likeness(second, first, same_phone=phone)
    assert 0 <= found.score <= 100
    assert (found.score, found.name, found.address) == (back.score, back.name, back.address)


@UNHURRIED
@given(WORDS, ANY, st.floats(0, 2000))
def test_nothing_is_liker_than_the_same_with_a_phone_and_a_known_position(name, address, metres):
    same = described(" ".join(name), address, metres=metres)
    assert likeness(same, same, same_phone=True).score == 100
