"""Places that were registered elsewhere need our poster, until it was printed or a visitor opened its code."""

import pytest
from support.citizens import Phone
from support.officers import officer_with, signed_in
from support.owners import registers, signed, text

from dauchan.accounts.actions import Scope, create_credential
from dauchan.kernel import clock
from dauchan.places import posters, queries
from dauchan.places.importing import import_file
from dauchan.places.models import Place, Point
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
HEADER = "Mã,Tên địa điểm,Xã phường,Điện thoại,Người phụ trách,Điểm quét\n"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    found = unit_by_code("24611", clock.local_day(clock.now()))
    assert found
    return found


@pytest.fixture(scope="module")
def officer(here):
    return officer_with("commune_health_officer", Scope("unit", str(here.pk)))


def brings(lines: str) -> None:
    assert import_file((HEADER + lines).encode(), by=None, mode="fill", now=clock.now(), dry_run=False).failed == 0


def needing(officer) -> set[str]:
    today = clock.local_day(clock.now())
    found = queries.search(officer, queries.Filters(poster=queries.NEEDED), on=today)
    assert queries.needing_poster(officer, today) == len(found.places)
    return {place.name for place in found.places}


def test_an_imported_place_needs_our_poster_until_every_point_has_one(officer):
    brings("N1,Chợ Nhập,24611,,,A; B\nN2,Quán Nhập,24611,,,\n")
    assert needing(officer) == {"Chợ Nhập", "Quán Nhập"}
    desk, place = signed_in(officer), Place.objects.get(name="Chợ Nhập")
    listed = text(desk, "/dia-diem")
    assert "<strong>2</strong>" in listed
    first, second = Point.objects.filter(place=place)
    assert desk.get(f"/dia-diem/{place.pk}/ma/a4?point={first.pk}").status_code == 200
    page = text(desk, f"/dia-diem/{place.pk}")
    assert page.count("Cần áp phích của ta") == 1, "the second point still does"
    assert needing(officer) == {"Chợ Nhập", "Quán Nhập"}
    desk.get(f"/dia-diem/{place.pk}/ma/a5?point={second.pk}")
    assert needing(officer) == {"Quán Nhập"}
    assert "Chợ Nhập" not in text(desk, "/dia-diem?poster=needed")


def test_printing_the_filtered_list_empties_it(officer):
    brings("L1,Hàng Một,24611,,,\nL2,Hàng Hai,24611,,,\n")
    desk = signed_in(officer)
    assert {"Hàng Một", "Hàng Hai"} <= needing(officer)
    assert desk.get("/dia-diem/ma?sheet=a4&poster=needed").status_code == 200
    assert needing(officer) == set()
    assert "Cần áp phích của ta: <strong>" not in text(desk, "/dia-diem")


def test_a_visitor_who_opens_the_code_has_seen_it_and_an_officer_who_looks_has_not(officer):
    brings("V1,Quán Đã Dán,24611,,,\n")
    point = Point.objects.select_related("place").get(place__name="Quán Đã Dán")
    signed_in(officer).get(f"/P/{posters.code_text(point)}")
    assert "Quán Đã Dán" in needing(officer)
    Phone("0912650001").opens(point)
    assert "Quán Đã Dán" not in needing(officer)


def test_the_owner_of_an_imported_place_is_told_and_prints(officer):
    brings("O1,Tiệm Có Chủ,24611,0912650002,Trần Văn Chủ,\n")
    owner, place = signed("0912650002"), Place.objects.get(name="Tiệm Có Chủ")
    words = "cần áp phích của ta: in rồi dán ở cửa"
    assert words in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    owner.get(f"/cua-toi/dia-diem/{place.pk}/ma/a4")
    assert words not in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    assert "Tiệm Có Chủ" not in needing(officer)


def test_what_integrators_register_needs_it_too_and_what_is_registered_here_does_not(officer, here):
    _, token = create_credential(
        kind="integrator",
        name="Ứng dụng khác",
        scopes=["places:register"],
        expires_at=clock.now().replace(year=2027),
        by=None,
        now=clock.now(),
    )
    sent = {"places": [{"name": "Nơi Ứng Dụng", "unit": "24611", "category": "market", "external_code": "X1"}]}
    answer = signed_in(officer).post(
        "/api/v1/places", sent, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code < 300, answer.content.decode()
    registers(signed("0912650003"), here, "Nơi Tự Đăng Ký")
    assert "Nơi Ứng Dụng" in needing(officer)
    assert "Nơi Tự Đăng Ký" not in needing(officer)


def test_one_point_without_it_is_enough_and_a_closed_place_needs_none(officer):
    brings("P1,Chợ Thêm Cổng,24611,,,\n")
    place = Place.objects.get(name="Chợ Thêm Cổng")
    posters.hangs(place.points.all())
    assert "Chợ Thêm Cổng" not in needing(officer)
    Point.objects.create(place=place, number=2, name="Cổng B", active_from=clock.now(), needs_poster=True)
    assert "Chợ Thêm Cổng" in needing(officer)
    Place.objects.filter(pk=place.pk).update(state="closed")
    assert "Chợ Thêm Cổng" not in needing(officer)


def test_a_poster_that_could_not_be_printed_is_still_needed(officer):
    brings("H1,Quán Chưa In,24611,,,\n")
    place = Place.objects.get(name="Quán Chưa In")
    assert signed_in(officer).get(f"/dia-diem/{place.pk}/ma/a3").status_code == 400
    assert "Quán Chưa In" in needing(officer)


def test_places_outside_an_officers_scope_are_neither_counted_nor_listed(officer):
    brings("S1,Quán Xã Khác,24617,,,\n")
    assert "Quán Xã Khác" not in needing(officer)
    elsewhere = officer_with("province_health_officer")
    assert "Quán Xã Khác" in needing(elsewhere)
