"""Few visitors are in no report, nor what they could be worked out from."""

from datetime import date, timedelta

import pytest
from support.bulletin import counted
from support.officers import browser, officer_with
from support.reports import drafted, issued, office

from dauchan.accounts.models import Officer
from dauchan.agencies.models import GuidanceGiven
from dauchan.kernel import clock
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


def visited(province: Unit, day: date, *people: int) -> None:
    """So many people in the first communes and nobody in the others."""
    counted(province, day, registered=9, approved=9, people=sum(people), reachable=sum(people))
    for commune, count in zip(units.children(province, day), people, strict=False):
        counted(commune, day, registered=1, approved=1, people=count, reachable=count)


def test_whoever_issues_them_reports_of_the_same_day_hide_the_same(province, manager):
    one, other, yesterday = office("Sở Một", province), office("Sở Hai", province), TODAY - timedelta(days=1)
    visited(province, yesterday, 3, 40, 45, 200)
    visited(province, TODAY, 3, 52, 45, 200)
    issued(province, one, yesterday, manager)
    made = [issued(province, issuer, TODAY, manager) for issuer in (one, other)]
    made.append(drafted(province, other, TODAY, manager, kind="ad_hoc"))
    first, second, third, fourth = (unit.pk for unit in units.children(province, TODAY)[:4])
    for report in made:
        assert people_in(report) == {first: None, second: 52, third: None, fourth: 200}


def test_what_a_report_hides_of_its_subject_no_trend_and_no_comparison_tells(province, manager):
    issuer, first, second = office("Sở Xu Hướng", province), TODAY - timedelta(days=21), TODAY - timedelta(days=20)
    counted(province, first, registered=3, approved=3, people=50, reachable=45)  # five can't be reached
    counted(province, second, registered=3, approved=3, people=60, reachable=40)
    on_the_first, on_the_second = (read(drafted(province, issuer, day, manager).content) for day in (first, second))
    assert on_the_first.subject.figures["people"].hidden
    assert on_the_first.trends["people"][-1] == (first, None)
    assert on_the_second.trends["people"][-2:] == [(first, None), (second, 60)]
    assert (on_the_second.subject.figures["people"].value, on_the_second.subject.figures["people"].before) == (60, None)


def test_the_audience_of_a_session_is_in_the_report_and_in_no_open_data(province, manager):
    giver, day = office("Sở Hướng Dẫn", province), TODAY - timedelta(days=60)
    held = {"kind": "training", "subject": "Dán mã", "audience": "tiểu thương", "reached": 7}
    GuidanceGiven.objects.create(**held, agency=giver, held_on=day, by=manager, at=clock.now())
    counted(province, day, registered=900, approved=900)
    report = issued(province, giver, day, manager)
    assert read(report.content).spreading["people"] == 7
    (published,) = browser().get(f"/api/v1/open-data/{day}").json()["reports"]
    assert 7 not in [figure["value"] for figure in published["figures"]]
