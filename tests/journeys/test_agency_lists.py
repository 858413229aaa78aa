"""Lists of agencies: the ones that ship, and those that officers bring in."""

from datetime import date

import pytest
from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.agencies import listing, seeds
from dauchan.agencies.sheets import UnitNotClear, UnitNotFound, unit_named
from dauchan.kernel import clock
from dauchan.units import agencies
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")
TODAY = date(2021, 8, 17)


@pytest.fixture(scope="module")
def dak_nong(database):
    return seeds.seed("dak-nong-2021", now=clock.now())


def test_the_tree_of_the_letter_comes_whole_and_again_changes_nothing(dak_nong):
    assert dak_nong.faults == []
    assert (dak_nong.created, dak_nong.known, dak_nong.guided) == (dak_nong.lines, 0, 79)
    kinds = [agency.kind for agency in agencies.agencies_in_force(TODAY)]
    assert kinds.count("committee") == 1 + 8 + 71
    assert kinds.count("culture_office") == 8
    assert kinds.count("party_committee") == 1 + 8
    assert {"party_board", "party_office", "council_office", "committee_office", "mass_organisation"} <= set(kinds)
    assert {"department", "newspaper", "broadcaster", "portal_board"} <= set(kinds)
    again = seeds.seed("dak-nong-2021", now=clock.now())
    assert (again.created, again.known, again.guided, again.faults) == (0, dak_nong.lines, 0, [])


def test_the_department_guides_the_communes_through_the_culture_offices(dak_nong):
    (department,) = agencies.agencies_named("so thong tin va truyen thong tinh dak nong", TODAY)
    guided = agencies.agency_ids_guided([department.pk], TODAY)
    communes = Agency.objects.filter(kind="committee", unit__level="commune")
    assert communes.count() == 71
    assert set(communes.values_list("pk", flat=True)) <= guided
    assert not Agency.objects.filter(pk__in=guided, name__startswith="Ủy ban nhân dân huyện").exists()


def test_the_old_tree_ends_with_the_province_and_todays_begins(dak_nong):
    before = agencies.agencies_in_force(date(2025, 6, 30)).count()
    made = seeds.seed("lam-dong-2025", now=clock.now())
    assert made.faults == []
    assert before == dak_nong.lines
    names = set(agencies.agencies_in_force(date(2025, 7, 1)).values_list("name", flat=True))
    assert "Ủy ban nhân dân tỉnh Lâm Đồng" in names
    assert not any("Đắk Nông" in name for name in names)


FILE = """Tên cơ quan,Loại,Lĩnh vực,Đơn vị hành chính,Thuộc,Được hướng dẫn bởi,Từ ngày
Trường Một,Đơn vị sự nghiệp công lập,Giáo dục,24611,Phòng Giáo dục,,01/08/2021
Phòng Giáo dục,Sở ban ngành,education,660,Ủy ban nhân dân thành phố Gia Nghĩa,,
Trường Hai,Trường học,Giáo dục,24611,Phòng Giáo dục,,
Trường Ba,public_service,Giáo dục,không đâu,Phòng Không Có,,31/02/2021
,public_service,,24611,,,
"""


def test_a_list_is_tried_then_taken_in_part_with_line_numbers(dak_nong):
    gia_nghia = unit_by_code("660", TODAY)
    by = officer_with("rollout_manager", Scope("unit", str(gia_nghia.pk)))
    tried = listing.bring_in(FILE.encode(), by=by, now=clock.now(), dry_run=True)
    assert (tried.lines, tried.created) == (5, 2)
    assert [(line, column) for line, column, _ in tried.faults] == [
        (4, "Loại"),
        (5, "Từ ngày"),
        (5, "Đơn vị hành chính"),
        (6, "Tên cơ quan"),
    ]
    assert not Agency.objects.filter(name="Trường Một").exists()
    taken = listing.bring_in(FILE.encode(), by=by, now=clock.now(), dry_run=False)
    school = Agency.objects.get(name="Trường Một")
    assert (taken.created, school.parent.name, school.valid_from) == (2, "Phòng Giáo dục", date(2021, 8, 1))


def test_nobody_brings_agencies_in_where_they_edit_none(dak_nong):
    commune = unit_by_code("24611", TODAY)
    by = officer_with("rollout_manager", Scope("unit", str(commune.pk)))
    text = "Tên cơ quan,Loại,Đơn vị hành chính\nPhòng Lạ,department,660\n"
    refused = listing.bring_in(text.encode(), by=by, now=clock.now(), dry_run=False)
    assert (refused.created, [line for line, _, _ in refused.faults]) == (0, [2])


def test_a_list_names_units_as_every_form_takes_them_and_hears_which_of_several_it_may_mean(database):
    today = date(2026, 3, 2)
    mil = unit_named("Xã Đắk Mil", today)
    assert str(mil) == "Xã Đắk Mil, Lâm Đồng"
    for text in ("Đắk Mil", "dak mil", " xã ĐẮK MIL ", "Xã Đắk Mil, tỉnh Lâm Đồng", "Xã Đắk Mil (Lâm Đồng)", mil.code):
        assert unit_named(text, today) == mil, text
    with pytest.raises(UnitNotClear) as several:
        unit_named("Đắk Mil", TODAY)
    assert "Huyện Đắk Mil" in several.value.text("vi")
    assert "Thị trấn Đắk Mil" in several.value.text("vi")
    with pytest.raises(UnitNotFound, match="zzz"):
        unit_named("zzz", today)
