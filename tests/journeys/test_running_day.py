"""A day that still runs is held against no whole one: in its figures, in the league, among those at zero."""

from datetime import date, timedelta

import pytest
from django.test import Client
from support.figures import made_up_days
from support.officers import officer_with, signed_in
from support.rollout import unit

from dauchan.coverage.models import DayCounts
from dauchan.kernel import clock
from dauchan.units.models import Unit

CLOCK = "2026-03-02T08:10+07:00"
TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
COMPARED, OPEN = "so với hôm trước", "hôm nay, chưa hết ngày"


@pytest.fixture(scope="module")
def province(database) -> Unit:
    found = unit("68", TODAY)
    made_up_days(found, [TODAY - timedelta(days=back) for back in range(3)])
    return found


@pytest.fixture(scope="module")
def manager(province) -> Client:
    return signed_in(officer_with("rollout_manager"))


def card(client: Client, address: str, name: str) -> str:
    page = client.get(address).content.decode()
    return page.split(f'class="figure-name">{name}</span>')[1].split('class="figure-card"')[0]


@pytest.mark.parametrize("address", ["/trien-khai", "/trien-khai/dia-ban/68"])
def test_scans_of_a_running_day_are_not_held_against_yesterdays(manager, address):
    assert OPEN in card(manager, address, "Lượt quét")
    assert COMPARED not in card(manager, address, "Lượt quét")
    assert COMPARED in card(manager, f"{address}?day={YESTERDAY}", "Lượt quét")
    with clock.at(clock.now() + timedelta(days=1)):
        next_day = signed_in(officer_with("rollout_manager"))
        assert COMPARED in card(next_day, f"{address}?day={TODAY}", "Lượt quét")


def test_silent_places_are_for_they_look_back_over_days(manager):
    assert COMPARED in card(manager, "/trien-khai", "Địa điểm im lặng")


def test_the_league_moves_by_whole_days(manager):
    page = manager.get("/trien-khai").content.decode()
    assert "Tụt hạng nhiều nhất: Tỷ lệ địa điểm có lượt quét, 01/03/2026" in page
    assert "bậc" not in manager.get("/trien-khai/dia-ban/68/bang").content.decode()
    assert "bậc" in manager.get(f"/trien-khai/dia-ban/68/bang?day={YESTERDAY}").content.decode()


def test_a_commune_without_a_scan_since_midnight_only_is_not_among_those_at_zero(manager, province):
    zero = DayCounts.objects.filter(day=TODAY, kind="unit", sector="", scans=0)
    long, *new = zero.exclude(subject_id=province.pk).order_by("subject_id")
    zero.update(days_at_zero=1)
    DayCounts.objects.filter(pk=long.pk).update(days_at_zero=5)
    lags = manager.get("/trien-khai").content.decode().split('id="lags"')[1].split("</section>")[0]
    named = {each.pk: f">{each.name}</a>" in lags for each in Unit.objects.filter(pk__in=zero.values("subject_id"))}
    assert new
    assert [number for number, is_named in named.items() if is_named] == [long.subject_id]
    assert "4 ngày liền" in lags
