"""From the province down to one place and back: every open place with its days, within one's scope only."""

import csv
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from support.figures import made_up_days, registered_place
from support.officers import officer_with, signed_in
from support.rollout import unit as unit_on

from dauchan.accounts.actions import Scope
from dauchan.coverage.models import PlaceDay
from dauchan.coverage.uses import by_channel, daily, week
from dauchan.places.models import Place

CLOCK = "2026-03-03T08:00+07:00"
DAY = date(2026, 3, 2)
HERE, ELSEWHERE = "24611", "24617"


@pytest.fixture(scope="module")
def places(database) -> dict[str, Place]:
    """A market used yesterday and the days before, a café that was never used, and one of another commune."""
    made_up_days(unit_on("68", DAY), [DAY - timedelta(days=back) for back in range(9)])
    here, elsewhere = unit_on(HERE, DAY), unit_on(ELSEWHERE, DAY)
    found = {
        "market": registered_place("Chợ Mẫu", here, last_day=DAY),
        "café": registered_place("Quán Chưa Dùng", here, last_day=None),
        "other": registered_place("Chợ Khác", elsewhere, last_day=DAY),
    }
    for back, scans in ((0, 8), (1, 5), (8, 30)):
        day = DAY - timedelta(days=back)
        PlaceDay.objects.create(
            day=day, place_id=found["market"].pk, scans=scans, check_ins=scans - 2, check_outs=2, people=3,
            own=scans - 1, gate=1, paper=0, integrator=0, heard=True,
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def manager(places) -> Client:
    return signed_in(officer_with("rollout_manager"))


def test_a_communes_page_leads_to_its_open_places_and_each_to_its_own_page_and_back(manager, places):
    commune = manager.get(f"/trien-khai/dia-ban/{HERE}").content.decode()
    (address,) = re.findall(r'href="(/trien-khai/im-lang\?unit=\d+&amp;used=open)"', commune)
    listed = manager.get(address.replace("&amp;", "&")).content.decode()
    names = re.findall(r'href="/trien-khai/dia-diem/\d+">([^<]+)<', listed)
    assert names == ["Quán Chưa Dùng", "Chợ Mẫu"]
    page = manager.get(f"/trien-khai/dia-diem/{places['market'].pk}").content.decode()
    assert f'href="/trien-khai/dia-ban/{HERE}"' in page
    assert address in page


def test_a_places_page_tells_its_week_its_ways_and_its_days(manager, places):
    page = manager.get(f"/trien-khai/dia-diem/{places['market'].pk}").content.decode()
    values = re.findall(r'class="figure-value [^"]*">([^<]*)<|class="figure-value">([^<]*)<', page)
    assert [one or other for one, other in values][:3] == ["0 ngày", "13", "9"]
    assert "có lượt quét trong 2 ngày" in page
    assert '02/03/2026</td><td class="num">8</td>' in page


def test_counted_days_without_a_row_are_zeros_and_days_never_counted_are_left_out(places):
    run = daily(places["market"].pk, DAY)
    assert [(each.day, each.scans) for each in run][-3:] == [
        (DAY - timedelta(days=2), 0),
        (DAY - timedelta(days=1), 5),
        (DAY, 8),
    ]
    assert len(run) == 9
    assert (week(run).days, week(run).scans, week(run).check_ins, week(run).days_used) == (7, 13, 9, 2)
    assert by_channel(run) == [("own", 11), ("gate", 2), ("paper", 0), ("integrator", 0)]


def test_a_place_of_another_commune_is_not_there_for_an_officer_of_this_one(places):
    officer = signed_in(officer_with("focal_officer", Scope("unit", str(unit_on(HERE, DAY).pk))))
    assert officer.get(f"/trien-khai/dia-diem/{places['café'].pk}").status_code == 200
    assert officer.get(f"/trien-khai/dia-diem/{places['other'].pk}").status_code == 404
    assert officer.get("/trien-khai/dia-diem/999999").status_code == 404


def test_the_file_of_open_places_has_the_same_rows(manager, places):
    found = manager.get(f"/trien-khai/im-lang/tai-ve?unit={unit_on(HERE, DAY).pk}&used=open&format=csv")
    assert [row[1] for row in csv.reader(found.content.decode().splitlines())][1:] == ["Quán Chưa Dùng", "Chợ Mẫu"]
