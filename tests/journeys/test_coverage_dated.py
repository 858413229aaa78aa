"""Figures of 2021 in the units of today: by the real lists, nothing lost and nothing twice."""

from datetime import date, datetime, timedelta

import pytest
from support.database import Database
from support.rollout import unit

from dauchan.coverage.dated import in_units_of
from dauchan.coverage.figures import Subject
from dauchan.coverage.models import DayCounts
from dauchan.coverage.supplying import Told, supply
from dauchan.kernel import clock
from dauchan.units import mapping
from dauchan.units.models import Unit
from dauchan.units.queries import atlas

CLOCK = "2026-11-20T09:00+07:00"
THEN, NOW = date(2021, 12, 16), date(2026, 11, 20)
DAK_NONG, LAM_DONG, NGHIA_DUC, DAK_NIA = "67", "68", "24611", "24622"
pytestmark = pytest.mark.usefixtures("database")


def communes_of(province: Unit) -> list[Unit]:
    within = Unit.objects.filter(path__startswith=f"{province.path}.", level="commune")
    return list(within.filter(valid_from=province.valid_from).order_by("code"))


@pytest.fixture(scope="module")
def dak_nong(database: Database) -> list[Unit]:
    """The 71 communes of Đắk Nông, each with 10 places, 7 scans and 60 people that day; one is without a scan."""
    communes = communes_of(unit(DAK_NONG, THEN))
    as_of = clock.day_start(THEN) + timedelta(hours=20)
    DayCounts.objects.bulk_create(
        DayCounts(
            day=THEN, kind="unit", subject_id=commune.pk, as_of=as_of, registered=10, approved=10, active_day=3,
            scans=0 if commune.code == DAK_NIA else 7, people=60,
        )
        for commune in communes
    )  # fmt: skip
    return communes


def shown(code: str, unit: Unit) -> float | None:
    return all_shown(code, [unit])[0]


def all_shown(code: str, units: list[Unit]) -> list[float | None]:
    asked = [Subject("unit", unit.pk) for unit in units]
    found = in_units_of(NOW, asked, [code], THEN)
    return [found[each][code].value for each in asked]


def test_dak_nongs_figures_of_2021_stand_in_lam_dongs_communes_of_today(dak_nong: list[Unit]) -> None:
    lam_dong = unit(LAM_DONG, NOW)
    assert len(dak_nong) == 71
    assert shown("registered", lam_dong) == 710
    assert shown("active_day_share", lam_dong) == pytest.approx(30)
    today = [scans for scans in all_shown("scans", communes_of(lam_dong)) if scans is not None]
    assert len(today) == 28
    assert sum(today) == shown("scans", lam_dong) == 7 * 70


def test_a_ward_of_today_has_the_counts_of_the_communes_it_was_made_of(dak_nong: list[Unit]) -> None:
    ward = unit(NGHIA_DUC, NOW)
    counted = mapping.counted_in([commune.pk for commune in dak_nong], NOW)
    old = [commune for commune in dak_nong if counted[commune.pk] == ward.pk]
    assert len(old) > 1
    assert shown("registered", ward) == 10 * len(old)


def test_people_are_not_added_where_several_communes_became_one(dak_nong: list[Unit]) -> None:
    assert shown("people", unit(LAM_DONG, NOW)) is None
    counted = mapping.counted_in([commune.pk for commune in dak_nong], NOW)
    alone = [new for new in set(counted.values()) if list(counted.values()).count(new) == 1]
    for new in alone:
        assert shown("people", Unit.objects.get(pk=new)) == 60


def test_supplied_figures_of_old_communes_are_added_once_all_are_known(dak_nong: list[Unit]) -> None:
    ward = unit(NGHIA_DUC, NOW)
    counted = mapping.counted_in([commune.pk for commune in dak_nong], NOW)
    *most, last = [commune for commune in dak_nong if counted[commune.pk] == ward.pk]
    DayCounts.objects.filter(subject_id__in=[each.pk for each in (*most, last)]).update(residents_with_pass=1_000)
    for commune in most:
        supply(Told("unit", commune.pk, "population", 4_000, THEN, "Niên giám 2020"), by=None, now=clock.now())
    assert shown("population", ward) is shown("pass_share", ward) is None
    supply(Told("unit", last.pk, "population", 4_000, THEN, "Niên giám 2020"), by=None, now=clock.now())
    assert (shown("population", ward), shown("pass_share", ward)) == (4_000 * (len(most) + 1), pytest.approx(25))
    DayCounts.objects.filter(subject_id=last.pk).update(residents_with_pass=None)
    assert shown("residents_with_pass", ward) is shown("pass_share", ward) is None


def test_the_day_a_figure_was_counted_is_the_oldest_of_its_parts(dak_nong: list[Unit]) -> None:
    ward = unit(NGHIA_DUC, NOW)
    asked = Subject("unit", ward.pk)
    counted = mapping.counted_in([commune.pk for commune in dak_nong], NOW)
    old = next(commune for commune in dak_nong if counted[commune.pk] == ward.pk)
    earlier = datetime(2021, 12, 16, 9, tzinfo=clock.LOCAL)
    DayCounts.objects.filter(subject_id=old.pk).update(as_of=earlier)
    assert in_units_of(NOW, [asked], ["scans"], THEN)[asked]["scans"].as_of == earlier


def test_every_unit_of_2021_counts_in_exactly_one_unit_of_today_and_in_its_own_province() -> None:
    old = [unit_id for unit_id, node in atlas().nodes.items() if node.alive(date(2021, 11, 1))]
    counted = mapping.counted_in(old, NOW)
    assert counted.keys() == set(old)
    provinces = {unit_id: mapping.chain(unit_id)[-1] for unit_id in old}
    whole = mapping.counted_in(set(provinces.values()), NOW)
    assert all(mapping.chain(counted[unit_id])[-1] == whole[provinces[unit_id]] for unit_id in old)


def test_a_divided_commune_counts_whole_in_the_part_that_bears_its_code_or_in_the_lowest() -> None:
    divided = Unit.objects.filter(later__divided=True, valid_from=date(2021, 11, 1)).distinct()
    counted = mapping.counted_in([old.pk for old in divided], date(2025, 7, 1))
    codes = dict(Unit.objects.filter(pk__in=counted.values()).values_list("pk", "code"))
    assert len(divided) > 400
    for old in divided.prefetch_related("later__new"):
        parts = sorted(link.new.code for link in old.later.all())
        assert codes[counted[old.pk]] == (old.code if old.code in parts else parts[0])


def test_a_commune_without_a_known_successor_counts_in_its_province_alone() -> None:
    lost = Unit.objects.filter(valid_from=date(2021, 11, 1), level="commune", later__isnull=True)
    counted = mapping.counted_in(lost.values_list("pk", flat=True), NOW)
    assert len(counted) == 568
    assert set(Unit.objects.filter(pk__in=counted.values()).values_list("level", flat=True)) == {"province"}
