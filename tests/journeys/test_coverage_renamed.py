"""A unit that only changed its name is the same one: nothing of its figures begins anew."""

from datetime import date

import pytest
from support.database import Database
from support.figures import counted
from support.rollout import Rollout, unit

from dauchan.coverage.figures import Figure, Subject, series
from dauchan.coverage.models import Suppression
from dauchan.coverage.supplied import entries
from dauchan.coverage.supplying import Told, supply
from dauchan.kernel import clock
from dauchan.units.models import Unit

CLOCK = "2026-04-30T20:00+07:00"
EVE, RENAMED = date(2026, 4, 29), date(2026, 4, 30)


@pytest.fixture(scope="module")
def dong_nai(database: Database) -> tuple[Unit, Unit]:
    """The province before, and the city that it was made, counted on the first day."""
    before, after = unit("75", EVE), unit("75", RENAMED)
    assert (before.name, after.name) == ("Tỉnh Đồng Nai", "Thành phố Đồng Nai")
    counted("unit", before.pk, EVE, scans=0, days_at_zero=5, residents_with_pass=40)
    Rollout(database, RENAMED).count()
    return before, after


def run(subject: Unit, code: str) -> list[Figure]:
    return series(Subject("unit", subject.pk), [code], EVE, RENAMED)[code]


def test_its_series_goes_on_and_so_do_its_days_at_zero(dong_nai: tuple[Unit, Unit]) -> None:
    for name in dong_nai:
        assert [figure.value for figure in run(name, "days_at_zero")] == [5, 6]


def test_what_was_supplied_for_it_stays_and_a_newer_figure_takes_its_place(dong_nai: tuple[Unit, Unit]) -> None:
    before, after = dong_nai
    supply(Told("unit", before.pk, "population", 4_400_000, EVE, "Niên giám"), by=None, now=clock.now())
    assert [figure.value for figure in run(after, "population")] == [4_400_000, 4_400_000]
    supply(Told("unit", after.pk, "population", 4_500_000, RENAMED, "Niên giám"), by=None, now=clock.now())
    assert [figure.value for figure in run(before, "population")] == [4_400_000, 4_500_000]
    assert [entry.value for entry in entries("unit", after.pk, "population")] == [4_500_000, 4_400_000]


def test_what_was_hidden_under_its_former_name_stays_hidden(dong_nai: tuple[Unit, Unit]) -> None:
    before, after = dong_nai
    Suppression.objects.create(day=EVE, kind="unit", subject_id=before.pk, count="residents_with_pass")
    assert [figure.suppressed for figure in run(after, "residents_with_pass")] == [True, False]
