"""Units as they were listed on 1 November 2021, 1 July 2025 and 30 April 2026, counted and asked."""

import time
from collections import Counter
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from support.database import Database

from dauchan.units import actions, agencies, loading, positions, queries
from dauchan.units.models import AgencyKind, Unit, UnitBoundary, UnitSuccession

pytestmark = pytest.mark.usefixtures("database")

OLD, NEW, NOW = date(2021, 11, 1), date(2025, 7, 1), date(2026, 11, 23)


def unit(code: str, on: date) -> Unit:
    found = queries.unit_by_code(code, on)
    assert found, f"no unit {code} on {on}"
    return found


def names(units: list[Unit]) -> list[str]:
    return [str(each) for each in units]


def levels(on: date) -> Counter[str]:
    return Counter(queries.in_force(on).values_list("level", flat=True))


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (OLD, {"province": 63, "district": 705, "commune": 10_599}),
        (date(2021, 7, 15), {"province": 63, "district": 705, "commune": 10_599}),
        (date(2025, 6, 30), {"province": 63, "district": 705, "commune": 10_599}),
        (NEW, {"province": 34, "commune": 3_321}),
        (date(2026, 4, 29), {"province": 34, "commune": 3_321}),
        (NOW, {"province": 34, "commune": 3_321}),
    ],
)
def test_every_day_has_one_whole_list(day: date, counts: dict[str, int]) -> None:
    assert levels(day) == counts


def test_a_day_before_the_oldest_list_says_that_it_is_not_exact() -> None:
    assert queries.tree_on(date(2021, 7, 15)) == queries.Tree(OLD, NEW, exact=False)
    assert queries.tree_on(OLD).exact


def test_dak_nong_had_eight_districts_and_seventy_one_communes() -> None:
    dak_nong = unit("67", OLD)
    below = {str(district.name): len(queries.children(district, OLD)) for district in queries.children(dak_nong, OLD)}
    assert below == {
        "Huyện Cư Jút": 8,
        "Huyện Krông Nô": 12,
        "Huyện Tuy Đức": 6,
        "Huyện Đăk Glong": 7,
        "Huyện Đắk R'Lấp": 11,
        "Huyện Đắk Song": 9,
        "Huyện Đắk Mil": 10,
        "Thành phố Gia Nghĩa": 8,
    }


def test_the_communes_of_dak_nong_became_28_communes_of_lam_dong_none_divided() -> None:
    old = Unit.objects.filter(path__startswith="67.", level="commune", valid_from=OLD)
    links = UnitSuccession.objects.filter(old__in=old).select_related("new")
    assert old.count() == len(links) == 71
    assert len({link.new_id for link in links}) == 28
    assert {link.new.path[:3] for link in links} == {"68."}
    assert not any(link.divided for link in links)


def test_the_old_communes_without_a_known_successor_are_568_and_none_is_of_dak_nong() -> None:
    lost = queries.unresolved(NEW)
    assert sum(len(communes) for communes in lost.values()) == 568
    assert "67" not in lost


def test_a_divided_commune_has_several_successors_and_no_invented_share() -> None:
    divided = UnitSuccession.objects.filter(divided=True)
    assert (divided.count(), divided.exclude(share=None).count()) == (1_031, 0)
    assert divided.values("old").distinct().count() < divided.count()


def test_loading_the_lists_a_second_time_changes_nothing() -> None:
    before = (Unit.objects.count(), UnitSuccession.objects.count(), UnitBoundary.objects.count())
    ends = Counter(Unit.objects.values_list("valid_from", "valid_to"))
    with transaction.atomic(), connection.cursor() as cursor:
        loading.load_list(cursor, OLD, NEW)
        loading.load_list(cursor, NEW, None)
        loading.load_successions(cursor, NEW)
        loading.load_boundaries(cursor, NEW)
    assert (Unit.objects.count(), UnitSuccession.objects.count(), UnitBoundary.objects.count()) == before
    assert Counter(Unit.objects.values_list("valid_from", "valid_to")) == ends


def test_the_database_refuses_a_second_row_of_one_unit_in_one_list() -> None:
    twin = unit("68", NEW)
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


@pytest.mark.parametrize(
    ("text", "day", "first"),
    [
        ("bac gia nghia", NEW, "Phường Bắc Gia Nghĩa, Lâm Đồng"),
        ("nghia gia lam dong bac", NEW, "Phường Bắc Gia Nghĩa, Lâm Đồng"),
        ("Phường Bắc Gia Nghĩa, Lâm Đồng", NEW, "Phường Bắc Gia Nghĩa, Lâm Đồng"),
        ("24611", NEW, "Phường Bắc Gia Nghĩa, Lâm Đồng"),
        ("24611", OLD, "Phường Nghĩa Đức, Thành phố Gia Nghĩa, Đắk Nông"),
        ("gia nghia", OLD, "Thành phố Gia Nghĩa, Đắk Nông"),
        ("dak nong", OLD, "Tỉnh Đắk Nông"),
        ("ĐẮK LẮK", NEW, "Tỉnh Đắk Lắk"),
        ("tp hcm", NEW, "Thành phố Hồ Chí Minh"),
        ("quan 1 ho chi minh", OLD, "Quận 1, Hồ Chí Minh"),
        ("d'ran", NEW, "Xã D'Ran, Lâm Đồng"),
    ],
)
def test_a_unit_is_found_without_accents_in_any_order_of_words(text: str, day: date, first: str) -> None:
    assert names(queries.search_units(text, day, limit=1)) == [first]


def test_an_old_name_finds_the_present_unit_and_says_by_which_name() -> None:
    found = {str(each): each.found_by for each in queries.search_units("nghia duc gia nghia", NOW)}
    assert found["Phường Bắc Gia Nghĩa, Lâm Đồng"] == "Phường Nghĩa Đức, Thành phố Gia Nghĩa, Đắk Nông"


def test_a_new_name_finds_the_old_units_on_an_old_day() -> None:
    found = queries.search_units("phuong bac gia nghia", OLD)
    assert "Xã Đắk Ha, Huyện Đăk Glong, Đắk Nông" in names(found)


def test_a_search_can_be_kept_to_a_level_and_to_an_area() -> None:
    inside = queries.search_units("quang", NEW, level="commune", within=unit("68", NEW), limit=50)
    assert inside
    assert {(each.level, each.path[:3]) for each in inside} == {("commune", "68.")}


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "'", '"; drop table', "\0", "zzzz", "̣" * 50, "x" * 5_000])
def test_a_search_for_nonsense_finds_nothing_and_breaks_nothing(text: str) -> None:
    assert queries.search_units(text, NOW) == []


def test_lam_dong_of_2025_holds_the_old_communes_of_dak_nong_and_not_those_of_dak_lak() -> None:
    within = set(queries.unit_ids_within(unit("68", NEW), NEW))
    old = Unit.objects.filter(valid_from=OLD)
    dak_nong = set(old.filter(path__regex=r"^67(\.|$)").values_list("id", flat=True))
    dak_lak = set(old.filter(path__regex=r"^66(\.|$)").values_list("id", flat=True))
    assert len(dak_nong) == 1 + 8 + 71
    assert dak_nong <= within
    assert not dak_lak & within


def test_provinces_never_share_an_area() -> None:
    seen: Counter[int] = Counter()
    for province in queries.provinces(NOW):
        seen.update(queries.unit_ids_within(province, NOW))
    assert max(seen.values()) == 1
    assert len(seen) == Unit.objects.count()


def test_dak_nong_has_nothing_from_the_day_it_was_dissolved() -> None:
    dak_nong = unit("67", OLD)
    assert len(queries.unit_ids_within(dak_nong, date(2025, 6, 30))) == 1 + 8 + 71 + 28
    assert queries.unit_ids_within(dak_nong, NEW) == []
    assert queries.unit_by_code("67", NEW) is None
    assert names(queries.successors(dak_nong, NOW)) == ["Tỉnh Lâm Đồng"]


def test_lam_dong_of_2025_is_another_unit_than_lam_dong_of_2021_though_the_code_is_the_same() -> None:
    assert queries.unit_ids_within(unit("68", OLD), NEW) == []


def test_dong_nai_goes_on_when_it_becomes_a_city() -> None:
    province = unit("75", NEW)
    assert names(queries.equivalent(province, NOW)) == ["Thành phố Đồng Nai"]
    assert queries.unit_ids_within(province, NOW) == queries.unit_ids_within(unit("75", NOW), NOW)
    assert (str(unit("26485", NEW)), str(unit("26485", NOW))) == (
        "Xã Nhơn Trạch, Đồng Nai",
        "Phường Nhơn Trạch, Đồng Nai",
    )


def test_of_several_units_those_still_stand_that_were_not_dissolved() -> None:
    asked = [unit("67", OLD).id, unit("68", OLD).id, unit("68", NEW).id, unit("75", NEW).id, 10**9]
    stand = queries.standing(asked, NOW)
    assert {each: str(found) for each, found in stand.items()} == {
        asked[2]: "Tỉnh Lâm Đồng",
        asked[3]: "Thành phố Đồng Nai",
    }


def test_the_ids_within_a_province_take_under_ten_milliseconds_at_first_and_nothing_after() -> None:
    queries.forget_atlas()
    queries.atlas()
    largest = unit("79", NOW)
    started = time.perf_counter()
    first = queries.unit_ids_within(largest, NOW)
    between = time.perf_counter()
    queries.unit_ids_within(largest, NOW)
    assert len(first) > 500
    assert between - started < 0.010
    assert time.perf_counter() - between < 0.002


def test_predecessors_and_equivalents_go_both_ways() -> None:
    ward = unit("24611", NEW)
    old = queries.predecessors(ward, OLD)
    assert [each.name for each in old] == ["Xã Đắk Ha", "Phường Nghĩa Đức", "Phường Nghĩa Thành", "Phường Quảng Thành"]
    assert {str(each) for one in old for each in queries.equivalent(one, NEW)} == {str(ward)}
    assert queries.predecessors(ward, NEW) == queries.successors(ward, NOW) == []


def test_island_districts_without_communes_became_special_zones() -> None:
    assert names(queries.equivalent(unit("755", OLD), NEW)) == ["Đặc khu Côn Đảo, Hồ Chí Minh"]


def test_children_come_page_by_page_in_vietnamese_order_without_loss() -> None:
    province, after, seen = unit("01", NOW), "", []
    while True:
        page = queries.children_page(province, NOW, after=after, size=50)
        seen += page.units
        after = page.next_after
        if not after:
            break
    assert seen == queries.children(province, NOW)
    assert len(seen) == 126
    first, second = names(seen).index("Phường Ba Đình, Hà Nội"), names(seen).index("Xã Đan Phượng, Hà Nội")
    assert first < second


def test_names_and_ancestors_of_a_unit_end_with_its_province() -> None:
    commune = unit("24611", OLD)
    assert queries.path_names(commune) == ["Phường Nghĩa Đức", "Thành phố Gia Nghĩa", "Đắk Nông"]
    assert names(queries.ancestors(commune)) == ["Tỉnh Đắk Nông", "Thành phố Gia Nghĩa, Đắk Nông"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "day", "name"),
    [
        (12.0, 107.69, NEW, "Phường Đông Gia Nghĩa, Lâm Đồng"),
        (12.0, 107.69, NOW, "Phường Đông Gia Nghĩa, Lâm Đồng"),
        (12.0, 107.69, OLD, "Thành phố Gia Nghĩa, Đắk Nông"),
        (21.0285, 105.8542, NOW, "Phường Hoàn Kiếm, Hà Nội"),
        (48.85, 2.35, NOW, None),
    ],
)
def test_a_position_lies_in_one_unit(latitude: float, longitude: float, day: date, name: str | None) -> None:
    found = positions.unit_at_position(latitude, longitude, day)
    assert (str(found) if found else None) == name


def test_the_position_that_the_source_gives_each_commune_lies_in_it_nearly_always() -> None:
    communes = list(queries.in_force(NOW).filter(level="commune", path__startswith="68."))
    assert len(communes) == 124
    right = sum(positions.unit_at_position(c.latitude or 0, c.longitude or 0, NOW) == c for c in communes)
    assert right >= 118


def test_every_unit_since_2025_has_an_outline_and_none_before() -> None:
    assert not UnitBoundary.objects.filter(unit__valid_from=OLD).exists()
    assert not Unit.objects.filter(valid_from__gte=NEW, boundary=None).exists()
    assert '"coordinates"' in (positions.outline(unit("68", NOW)) or "")


def test_population_is_kept_where_the_source_has_a_number() -> None:
    communes = queries.in_force(NEW).filter(level="commune")
    assert communes.filter(population=None).count() == 66
    assert sum(communes.exclude(population=None).values_list("population", flat=True)) == 107_695_453


def test_an_agency_is_found_by_its_name_while_it_is_in_force() -> None:
    ward = unit("24611", NEW)
    agency = actions.add_agency("Trạm Y tế  phường Bắc Gia Nghĩa", AgencyKind.PUBLIC_SERVICE, unit=ward, begins=NEW)
    assert agencies.search_agencies("tram bac gia", NOW, within=unit("68", NOW)) == [agency]
    with pytest.raises(actions.AgencyExists):
        actions.add_agency("trạm y tế phường Bắc Gia Nghĩa", AgencyKind.PUBLIC_SERVICE, unit=ward, begins=NEW)
    actions.close_agency(agency, ends=date(2026, 1, 1))
    assert agencies.search_agencies("tram", NOW) == []


def test_the_inventory_names_every_column(database: Database) -> None:
    from dauchan.units.inventory import TABLES

    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name from information_schema.columns where table_name like 'units\\_%'"
        )
        real = set(cursor.fetchall())
    assert real == {(table.name, column) for table in TABLES for column in table.columns}
