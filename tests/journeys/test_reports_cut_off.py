"""The cut-off with real scans: what came by four o'clock is in the report, what came later in the live figure."""

from datetime import date, timedelta

import pytest
from support.officers import officer_with
from support.reports import SIGNATURE, office
from support.rollout import Rollout

from dauchan.kernel import clock
from dauchan.reports import actions, scheduling
from dauchan.reports.models import Report
from dauchan.reports.snapshot import read
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-20T15:50+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
TODAY = date(2026, 11, 20)


def scans(report: Report) -> float | None:
    return read(report.content).subject.figures["scans"].value


def test_the_schedule_counts_at_its_hour_and_the_next_report_corrects_what_came_later(database):
    province, commune = unit_by_code("68", TODAY), unit_by_code("24611", TODAY)
    issuer, by = office("Sở Thông tin", province), officer_with("rollout_manager")
    town = Rollout(database, TODAY)
    town.place("chợ", commune)
    town.scan("An", "chợ", "09:00")
    town.count()
    row = scheduling.schedule(
        "daily", province, issuer, at=town.at("16:00").time(), weekday=None, to=[], by=by, now=clock.now()
    )
    town.scan("Bình", "chợ", "15:55")  # after the figures were counted last, before the cut-off
    assert scheduling.make_due(town.at("15:59")) == 0
    with clock.at(town.at("16:00")):
        assert scheduling.make_due(clock.now()) == 1
        first = Report.objects.get(schedule=row)
        assert (scans(first), first.as_of) == (2, clock.now())
        actions.issue(first.pk, SIGNATURE, by=by, now=clock.now())
    town.scan("Chi", "chợ", "15:30")  # sent late by a gate without network
    town.scan("Dung", "chợ", "18:00")
    tomorrow = Rollout(database, TODAY + timedelta(days=1), town.places, town.points)
    with clock.at(tomorrow.at("16:00")):
        town.count()
        assert town.figure("unit", province.pk, "scans") == 4
        assert scans(Report.objects.get(pk=first.pk)) == 2
        assert scheduling.make_due(clock.now()) == 1
    second = Report.objects.get(schedule=row, last_day=TODAY + timedelta(days=1))
    assert second.corrects == first
    corrected = [one for one in read(second.content).corrections if one.indicator == "scans" and one.row == province.pk]
    assert [(one.old, one.new, one.day) for one in corrected] == [(2, 4, TODAY)]
