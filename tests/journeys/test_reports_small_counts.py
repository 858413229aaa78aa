"""Few visitors are in no report, nor what they could be worked out from."""

from datetime import date

import pytest
from support.bulletin import counted
from support.officers import officer_with
from support.reports import drafted, office

from dauchan.accounts.models import Officer
from dauchan.reports.models import Report
from dauchan.reports.snapshot import read
from dauchan.units import queries as units
from dauchan.units.models import Agency, Unit

CLOCK = "2026-11-20T20:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def province(database) -> Unit:
    found = units.unit_by_code("68", TODAY)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def manager(province) -> Officer:
    return officer_with("rollout_manager")


def people_in(report: Report) -> dict[int, float | None]:
    """The visitors of each row; None for hidden ones."""
    return {row.id: row.figures["people"].value for row in read(report.content).rows if "people" in row.figures}


def test_a_small_agency_below_a_dissolved_one_is_a_part_of_the_nearest_above_that_is_there(province, manager):
    top, gone, small, big = (office(name, province) for name in ("Sở Trên", "Phòng Tan", "Trường Nhỏ", "Trường To"))
    Agency.objects.filter(pk__in=[gone.pk, big.pk]).update(parent=top)
    Agency.objects.filter(pk=small.pk).update(parent=gone)
    Agency.objects.filter(pk=gone.pk).update(valid_to=TODAY)
    for agency, people in ((top, 53), (small, 3), (big, 50)):
        counted(agency, TODAY, registered=1, people=people, reachable=people)
    report = drafted(top, top, TODAY, manager)
    assert people_in(report) == {small.pk: None, big.pk: None}
    assert {row.parent for row in read(report.content).rows} == {top.pk}
