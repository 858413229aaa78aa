"""How areas hang together when lists change, on a small literal map.

List of 2021: province 1 (districts 11: communes 111, 112; 12: commune 121), province 2 (district 21: commune 211, 212).
List of 2025: province 5 took 1 and 2; commune 51 = 111 + 112, 52 = 121 + a part of 211, 53 = the rest of 211.
No source says where 212 went. List of 2026: province 5 and its communes go on as 6, 61, 62, 63.
"""

from datetime import date

import pytest

from dauchan.units import rules

FIRST, MERGED, RENAMED = date(2021, 11, 1), date(2025, 7, 1), date(2026, 4, 30)
PARENTS = {
    (FIRST, MERGED): {1: None, 2: None, 11: 1, 12: 1, 21: 2, 111: 11, 112: 11, 121: 12, 211: 21, 212: 21},
    (MERGED, RENAMED): {5: None, 51: 5, 52: 5, 53: 5},
    (RENAMED, None): {6: None, 61: 6, 62: 6, 63: 6},
}
LINKS = [(1, 5), (2, 5), (111, 51), (112, 51), (121, 52), (211, 52), (211, 53)]
RENAMINGS = [(5, 6), (51, 61), (52, 62), (53, 63)]
BEFORE, AFTER, NOW = date(2021, 8, 1), date(2025, 8, 1), date(2026, 11, 1)


@pytest.fixture(scope="module")
def atlas() -> rules.Atlas:
    nodes = [rules.Node(unit, up, *days) for days, units in PARENTS.items() for unit, up in units.items()]
    merged = [rules.Link(old, new, continues=False) for old, new in LINKS]
    return rules.Atlas(nodes, merged + [rules.Link(old, new, continues=True) for old, new in RENAMINGS])


def test_a_day_before_the_oldest_list_uses_the_oldest_list(atlas: rules.Atlas) -> None:
    assert atlas.list_day(date(2008, 1, 1)) == FIRST


def test_the_day_a_list_begins_is_answered_with_that_list(atlas: rules.Atlas) -> None:
    assert [atlas.list_day(day) for day in (date(2025, 6, 30), MERGED)] == [FIRST, MERGED]


def test_a_merged_province_holds_everything_that_went_into_it_even_communes_nobody_traced(atlas: rules.Atlas) -> None:
    assert {1, 2, 11, 12, 21, 111, 112, 121, 211, 212} < set(atlas.within(5, AFTER))


def test_a_commune_holds_the_whole_district_only_when_all_its_communes_went_into_it(atlas: rules.Atlas) -> None:
    assert atlas.within(51, AFTER) == (11, 51, 61, 111, 112)


def test_a_divided_commune_belongs_to_each_commune_that_took_a_part(atlas: rules.Atlas) -> None:
    assert 211 in atlas.within(52, AFTER)
    assert 211 in atlas.within(53, AFTER)


def test_going_back_through_a_divided_commune_does_not_reach_its_other_part(atlas: rules.Atlas) -> None:
    assert atlas.within(53, AFTER) == (53, 63, 211)


def test_an_old_province_holds_the_new_communes_of_its_area_but_not_the_merged_province(atlas: rules.Atlas) -> None:
    assert atlas.within(1, BEFORE) == (1, 11, 12, 51, 52, 61, 62, 111, 112, 121)


def test_a_dissolved_unit_has_nothing(atlas: rules.Atlas) -> None:
    assert atlas.within(1, AFTER) == ()
    assert atlas.within(5, BEFORE) == ()


def test_a_renamed_unit_keeps_what_it_had(atlas: rules.Atlas) -> None:
    assert atlas.within(5, NOW) == atlas.within(6, NOW) == atlas.within(5, AFTER)


def test_the_equivalent_of_a_district_is_that_of_its_communes(atlas: rules.Atlas) -> None:
    assert [atlas.equivalents(unit, NOW) for unit in (11, 12, 21)] == [[61], [62], [62, 63]]


def test_the_equivalent_on_an_earlier_day_goes_back_through_both_changes(atlas: rules.Atlas) -> None:
    assert atlas.equivalents(62, BEFORE) == [121, 211]
    assert atlas.equivalents(6, BEFORE) == [1, 2]


def test_a_commune_that_nobody_traced_has_no_equivalent(atlas: rules.Atlas) -> None:
    assert atlas.equivalents(212, AFTER) == []


@pytest.mark.parametrize(
    ("name", "kind", "bare"),
    [
        ("Phường Bắc Gia Nghĩa", "phường", "Bắc Gia Nghĩa"),
        ("Thị xã Gia Nghĩa", "thị xã", "Gia Nghĩa"),
        ("Xã Xã Phiên", "xã", "Xã Phiên"),
        ("Quận 1", "quận", "Quận 1"),
        ("Đặc khu Phú Quý", "đặc khu", "Phú Quý"),
    ],
)
def test_a_name_is_its_type_word_and_the_rest_unless_a_number_follows(name: str, kind: str, bare: str) -> None:
    assert (rules.kind_of(name), rules.bare_name(name)) == (kind, bare)


def test_a_full_name_ends_with_the_province_without_its_type_word() -> None:
    names = ["Xã Đắk Ha", "Huyện Đăk Glong", "Tỉnh Đắk Nông"]
    assert rules.full_name(names) == "Xã Đắk Ha, Huyện Đăk Glong, Đắk Nông"
    assert rules.full_name(names[2:]) == "Tỉnh Đắk Nông"


def test_the_common_path_of_units_is_that_of_the_smallest_unit_around_them() -> None:
    assert rules.common_path(["67.660.24611", "67.660.24614"]) == "67.660"
    assert rules.common_path(["67.660.24611", "67.661.24616"]) == "67"
    assert rules.common_path(["67", "68"]) == ""


def test_a_day_is_read_in_both_ways_of_writing_it() -> None:
    assert rules.day_from("01/07/2025", otherwise=NOW) == rules.day_from("2025-07-01", otherwise=NOW) == MERGED
    assert rules.day_from(" ", otherwise=NOW) == NOW


@pytest.mark.parametrize("text", ["31/02/2025", "hôm qua", "2025-13-01", "\0"])
def test_a_day_that_is_none_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(rules.NotADay) as refused:
        rules.day_from(text, otherwise=NOW)
    assert "01/07/2025" in refused.value.text("vi")
