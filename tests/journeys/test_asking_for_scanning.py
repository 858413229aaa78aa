"""Health asks for scanning at a place: the rollout hands it on, an agency answers, the outcome goes back."""

from datetime import timedelta

import pytest
from support.letter import BASE, Province, dak_nong, text, writer
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.cases.actions import tell_milestone
from dauchan.cases.queries import MilestoneEvidence
from dauchan.cases.rules import CaseDates
from dauchan.directives.models import Ask
from dauchan.kernel import clock
from dauchan.people.actions import register_person
from dauchan.people.rules import Identity
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.tracing.actions import confirm_case

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
WISH = {"begins": "2021-08-17", "ends": "2021-08-24", "target": "Mọi người vào ra đều quét"}


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


@pytest.fixture(scope="module")
def place(province) -> Place:
    unit = province.commune("Ủy ban nhân dân xã Nhân Cơ").unit
    given = PlaceInput("Chợ Nhân Cơ", unit.pk, Category.objects.get(code="market").pk)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def test_an_ask_goes_round_and_its_outcome_comes_back(province, place):
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(place.unit_id))))
    assert "Chợ Nhân Cơ" in text(health, f"{BASE}/yeu-cau/moi?place={place.pk}")
    assert health.post(f"{BASE}/yeu-cau/moi?place={place.pk}", WISH).status_code == 302
    asked = Ask.objects.latest("pk")
    assert (asked.place, asked.unit_id, asked.state) == (place, place.unit_id, "asked")
    manager = writer(province)
    commune = province.commune("Ủy ban nhân dân xã Nhân Cơ")
    assert "Chợ Nhân Cơ" in text(manager, f"{BASE}/yeu-cau?state=asked")
    manager.post(f"{BASE}/yeu-cau/{asked.pk}/giao", {"agency": f"{commune.name} ({commune.unit.name})"})
    asked.refresh_from_db()
    assert (asked.state, asked.agency) == ("assigned", commune)
    focal = signed_in(province.focal(commune))
    assert "Mọi người vào ra đều quét" in text(focal, f"{BASE}/yeu-cau")
    focal.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": ""})
    asked.refresh_from_db()
    assert asked.state == "assigned"
    focal.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": "Đã bố trí hai người ở cổng"})
    assert "Đã bố trí hai người ở cổng" in text(health, f"{BASE}/yeu-cau")


def test_it_never_says_for_which_case_and_stays_in_scope(province, place):
    names = {field.name for field in Ask._meta.get_fields()}
    assert not names & {"case", "person", "milestone", "contact"}
    elsewhere = province.commune("Ủy ban nhân dân xã Đắk Wil").unit
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk))))
    refused = health.post(f"{BASE}/yeu-cau/moi?place={place.pk}", WISH)
    assert "nằm ngoài phạm vi" in refused.content.decode()
    before = Ask.objects.count()
    health.post(f"{BASE}/yeu-cau/moi", WISH | {"unit": str(elsewhere.pk), "begins": "2021-09-01"})
    assert Ask.objects.count() == before  # ends before it begins
    health.post(f"{BASE}/yeu-cau/moi", WISH | {"unit": str(elsewhere.pk)})
    assert Ask.objects.count() == before + 1
    neighbour = signed_in(province.focal(province.commune("Ủy ban nhân dân xã Quảng Tín")))
    asked = Ask.objects.latest("pk")
    assert "Đắk Wil" not in text(neighbour, f"{BASE}/yeu-cau")
    assert neighbour.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": "x"}).status_code == 404
    assert health.get(f"{BASE}/yeu-cau/moi?place=999999").status_code == 404


def test_health_reads_how_the_rollout_goes_and_cannot_write(province):
    health = signed_in(officer_with("province_health_officer", Scope("unit", str(province.unit.pk))))
    assert health.get(BASE).status_code == 200
    assert health.get(f"{BASE}/moi").status_code == 403


def test_a_cases_milestone_leads_there_with_the_places_number_alone(province, place):
    officer = officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))
    now = clock.now()
    today = clock.local_day(now)
    person = register_person(Identity(name="An"), place.unit_id, by=officer, now=now).pk
    case = confirm_case(person, place.unit, CaseDates(today, today), by=officer, now=now)
    told = MilestoneEvidence(start=now - timedelta(hours=9), end=now - timedelta(hours=8), place_id=place.pk)
    tell_milestone(case, told, by=officer, now=now)
    shown = text(signed_in(officer), f"/ca-benh/{case.code}/moc-dich-te")
    assert f'href="{BASE}/yeu-cau/moi?place={place.pk}"' in shown
