"""The pages of the rollout's figures: whose they show, by which filters, and that a file is the page."""

from datetime import date, timedelta

import pytest
from django.test import Client
from support.figures import made_up_days
from support.officers import officer_with, signed_in

from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T16:40+07:00"
TODAY, OLD_DAY = date(2026, 3, 2), date(2021, 12, 16)
pytestmark = pytest.mark.usefixtures("counted_days")


def unit(code: str, day: date = TODAY) -> Unit:
    found = unit_by_code(code, day)
    assert found
    return found


@pytest.fixture(scope="module")
def counted_days(database) -> None:
    made_up_days(unit("68"), [TODAY - timedelta(days=back) for back in range(9)])
    made_up_days(unit("67", OLD_DAY), [OLD_DAY, OLD_DAY - timedelta(days=1)])


@pytest.fixture(scope="module")
def manager(counted_days) -> Client:
    return signed_in(officer_with("rollout_manager"))


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_a_units_page_shows_its_communes_on_a_map_and_leads_down_and_back(manager):
    page = text_of(manager, "/trien-khai/dia-ban/68")
    assert page.count("<title>") > 120
    assert 'href="/trien-khai/dia-ban/24611"' in page
    below = text_of(manager, "/trien-khai/dia-ban/24611")
    assert 'href="/trien-khai/dia-ban/68"' in below
    assert f"/dia-diem?unit={unit('24611').pk}" in below
