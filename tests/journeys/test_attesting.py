"""An agency signs that its list of places is complete: the very list that it saw, for a quarter."""

import re
from datetime import date

import pytest
from support.officers import officer_with, signed_in
from support.registers import begun, bring
from support.tree_of_2021 import LIST, a_place, agency, at_agency, manager, text

from dauchan.agencies import attesting, queries, rules, seeds
from dauchan.agencies.models import Attestation
from dauchan.kernel import clock
from dauchan.places.models import Place
from dauchan.places.of_agencies import place_list
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "tree_of_2021", "full_budgets")


@pytest.fixture(scope="module")
def tree_of_2021(database):
    seeds.seed("dak-nong-2021", now=clock.now())


def test_a_list_is_attested_for_a_quarter_and_we_have_none_is_an_answer(at):
    at("2021-08-17T09:00")
    portal, radio = (
        agency("Ban Biên tập Cổng thông tin điện tử tỉnh Đắk Nông"),
        agency("Đài Phát thanh và Truyền hình Đắk Nông"),
    )
    none, some = at_agency("focal_officer", portal), at_agency("agency_head", radio)
    a_place(radio, "Phòng thu", by=at_agency("focal_officer", radio))
    assert "chúng tôi không có địa điểm" in text(signed_in(none), f"{LIST}/{portal.pk}")
    assert signed_in(none).post(f"{LIST}/{portal.pk}/cam-ket", {"seen": rules.hash_of([])}).status_code == 302
    signed_in(some).post(f"{LIST}/{radio.pk}/cam-ket", {"seen": rules.hash_of([])})
    assert not Attestation.objects.filter(agency=radio).exists(), "the list was another than the one seen"
    signs(some, radio)
    said = Attestation.objects.get(agency=radio)
    assert (said.places, said.due_on) == (1, date(2021, 11, 17))
    both = [portal.pk, radio.pk]
    assert queries.attested(both, date(2021, 8, 16)) == frozenset()
    assert queries.attested(both, date(2021, 11, 16)) == frozenset(both)
    assert queries.attested(both, date(2021, 11, 17)) == frozenset(), "overdue is a gap"
    unit = portal.unit_id
    assert queries.attested_by_unit(date(2021, 8, 17))[unit][0] == 2
    a_place(radio, "Phòng thu hai", by=at_agency("focal_officer", radio))
    assert not attesting.still_holds(said)
    assert "Danh sách đã thay đổi" in text(signed_in(some), f"{LIST}/{radio.pk}")
    at("2021-11-10T09:00")
    assert "Ban Biên tập" in text(signed_in(manager()), f"{LIST}?gap=due-soon")
    at("2021-11-17T09:00")
    assert "Cam kết quá hạn" in text(signed_in(manager()), f"{LIST}/{radio.pk}")
    signs(some, radio)
    assert queries.attested(both, date(2021, 11, 17)) == {radio.pk}


def signs(officer, one: Agency) -> None:
    """Sign the list as the agency's page shows it."""
    client = signed_in(officer)
    (fingerprint,) = re.findall(r'name="seen" value="(\w+)"', text(client, f"{LIST}/{one.pk}"))
    assert client.post(f"{LIST}/{one.pk}/cam-ket", {"seen": fingerprint}).status_code == 302


def test_a_list_of_as_many_other_places_is_not_the_one_that_was_seen(at):
    at("2021-12-01T09:00")
    press, head = agency("Hội Nông dân tỉnh Đắk Nông"), at_agency("agency_head", agency("Hội Nông dân tỉnh Đắk Nông"))
    one = a_place(press, "Tòa soạn", by=at_agency("focal_officer", press))
    client = signed_in(head)
    shown = text(client, f"{LIST}/{press.pk}")
    assert f'href="/dia-diem?listed={press.pk}"' in shown
    assert "Tòa soạn" in text(client, f"/dia-diem?listed={press.pk}")
    assert f'href="/dia-diem?listed={press.pk}"' in text(client, f"{LIST}/{press.pk}/do-phu")
    (fingerprint,) = re.findall(r'name="seen" value="(\w+)"', text(client, f"{LIST}/{press.pk}/do-phu"))
    Place.objects.filter(pk=one.pk).update(agency=None)
    a_place(press, "Nhà in", by=at_agency("focal_officer", press))
    answer = client.post(f"{LIST}/{press.pk}/cam-ket", {"seen": fingerprint}, follow=True)
    assert "Danh sách đã thay đổi từ khi bạn xem: nay có 1 địa điểm." in answer.content.decode()
    assert not Attestation.objects.filter(agency=press).exists()
    signs(head, press)
    assert Attestation.objects.get(agency=press).places == 1
    page = f"{LIST}/{press.pk}/do-phu"
    assert 'class="btn">' in text(client, page).split('name="seen"')[1].split("Ký lại</button>")[0]
    a_place(press, "Kho giấy", by=at_agency("focal_officer", press))
    changed = text(client, page)
    assert "Danh sách đã thay đổi từ khi ký." in changed
    assert "Ký: danh sách 2 địa điểm" in changed


def test_the_list_behind_the_signature_holds_exactly_the_places_that_are_signed_for(at):
    at("2021-12-01T10:00")
    ward = unit_by_code("24611", date(2021, 12, 1))
    committee = Agency.objects.get(unit=ward, kind="committee")
    made = {"kind": "public_service", "unit": ward, "valid_from": date(2021, 7, 1)}
    school = Agency.objects.create(name="Trường Mẫu", parent=committee, search_key="truong mau", **made)
    boss = officer_with("province_health_officer")
    own = [a_place(committee, "Trụ sở", by=boss), a_place(committee, "Nhà văn hóa", by=boss)]
    closed, nobodys = a_place(committee, "Chợ cũ", by=boss), a_place(committee, "Chợ mới", by=boss)
    Place.objects.filter(pk=closed.pk).update(state="closed")
    Place.objects.filter(pk=nobodys.pk).update(agency=None)
    gate = a_place(school, "Cổng trường", by=boss)
    client = signed_in(at_agency("agency_head", committee))
    for path in (f"{LIST}/{committee.pk}", f"{LIST}/{committee.pk}/do-phu"):
        page = text(client, path)
        (there,) = re.findall(r'href="(/dia-diem\?listed=\d+)"', page)
        assert re.search(r">(?:<strong>)?2(?:</strong>)? địa điểm đang ghi", page)
        listed = {int(pk) for pk in re.findall(r'href="/dia-diem/(\d+)"', text(client, there))}
        assert listed == {place.pk for place in own} == set(place_list(committee.pk))
    assert f"Cơ quan quản lý: {committee.name}" in text(client, there)
    wider = re.findall(r'href="/dia-diem/(\d+)"', text(client, f"/dia-diem?agency={committee.pk}"))
    assert {closed.pk, nobodys.pk, gate.pk} < {int(pk) for pk in wider}


def test_whoever_signs_reads_how_many_listed_places_are_not_registered_and_may_sign_all_the_same(at):
    at("2021-12-02T09:00")
    school, boss = agency("Sở Giáo dục và Đào tạo tỉnh Đắk Nông"), officer_with("rollout_manager")
    lines = "".join(f"{n},Trường {n},trường,24611,,,,,,{school.name}\n" for n in range(3))
    bring(begun(name="Trường"), lines, by=boss)
    head = at_agency("agency_head", school)
    for path in (f"{LIST}/{school.pk}", f"{LIST}/{school.pk}/do-phu"):
        assert "Còn 3 nơi trong danh sách nguồn chưa đăng ký" in text(signed_in(head), path)
    signs(head, school)
    assert Attestation.objects.filter(agency=school).exists()


def test_nobody_attests_for_another_agency():
    health = agency("Sở Y tế tỉnh Đắk Nông")
    stranger = at_agency("focal_officer", agency("Báo Đắk Nông"))
    assert signed_in(stranger).post(f"{LIST}/{health.pk}/cam-ket", {"seen": "0"}).status_code == 404
    cdc = officer_with("province_health_officer")
    assert signed_in(cdc).post(f"{LIST}/{health.pk}/cam-ket", {"seen": "0"}).status_code == 403
