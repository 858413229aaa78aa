"""A place and a role looked at in the units of another day: the 71 communes of 2021 and the 28 that followed."""

import re
from datetime import date

import pytest
from django.test import Client
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope, grant_role
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
OLD, NEW = date(2021, 11, 1), date(2026, 3, 2)
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def ward(database) -> Unit:
    """Phường Bắc Gia Nghĩa of 2025."""
    found = unit_by_code("24611", NEW)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def place(ward) -> Place:
    given = PlaceInput("Chợ Mẫu", ward.pk, Category.objects.get(code="market").pk)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def then(browser: Client, address: str, **headers: str) -> str:
    """What the page says of another day, in one line, without tags."""
    whole = browser.get(address, headers=headers or None)
    assert whole.status_code == 200, whole.content.decode()
    (inside,) = re.findall(r"<details[^>]*data-then.*?</details>", whole.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


def test_a_place_of_a_merged_commune_lies_in_one_of_the_communes_of_2021(place):
    officer = signed_in(officer_with("province_health_officer"))
    told = then(officer, f"/dia-diem/{place.pk}?on=2021-11-01")
    assert "01/11/2021: một trong 4 đơn vị" in told
    assert "Phường Nghĩa Đức, Thành phố Gia Nghĩa, Đắk Nông" in told
    english = then(officer, f"/dia-diem/{place.pk}?on=2021-11-01", **{"Accept-Language": "en"})
    assert "01/11/2021: one of these 4 units" in english
    today = then(officer, f"/dia-diem/{place.pk}")
    assert "02/03/2026: Phường Bắc Gia Nghĩa, Lâm Đồng" in today


def test_a_day_that_is_none_is_refused_in_words_and_another_commune_still_sees_nothing(place, ward):
    officer = signed_in(officer_with("province_health_officer"))
    wrong = officer.get(f"/dia-diem/{place.pk}?on=31-02-2021")
    assert wrong.status_code == 400
    assert "không phải là một ngày" in wrong.content.decode()
    elsewhere = unit_by_code("24617", NEW)
    stranger = signed_in(officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk))))
    assert stranger.get(f"/dia-diem/{place.pk}?on=2021-11-01").status_code == 404


def test_a_role_is_shown_in_the_list_of_another_day(ward):
    administrator = signed_in(officer_with("administrator"))
    officer = officer_with("commune_health_officer", Scope("unit", str(ward.pk)))
    whole = administrator.get(f"/quan-tri/can-bo/{officer.pk}").content.decode()
    assert "không có trong danh mục" not in whole
    assert "Kết thúc" in whole
    earlier = administrator.get(f"/quan-tri/can-bo/{officer.pk}?on=2021-11-01").content.decode()
    assert "đơn vị không có trong danh mục ngày này" in earlier
    assert "Phường Nghĩa Đức, Thành phố Gia Nghĩa, Đắk Nông" in earlier
    assert "Kết thúc</button>" not in earlier, "roles are ended as of today, not in the past"
    assert administrator.get(f"/quan-tri/can-bo/{officer.pk}?on=x").status_code == 400


def test_a_role_at_a_commune_that_was_dissolved_counts_no_more_and_says_who_follows(database):
    old = unit_by_code("24611", OLD)
    officer = officer_with("auditor")
    with clock.at(clock.day_start(OLD)):
        grant_role(officer, "commune_health_officer", Scope("unit", str(old.pk)), by=None, now=clock.now())
    administrator = signed_in(officer_with("administrator"))
    shown = administrator.get(f"/quan-tri/can-bo/{officer.pk}").content.decode()
    assert "đơn vị không có trong danh mục ngày này" in shown
    assert "Phường Bắc Gia Nghĩa, Lâm Đồng" in shown
    listed = administrator.get("/quan-tri/can-bo").content.decode()
    assert "Phường Nghĩa Đức" not in listed, "the list names the roles in force"
