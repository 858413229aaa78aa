"""The Hanoi bulletin of 16 December 2021 at full size: its lines come out right, without its mistake.

It printed "69,080 scans, down 1,559" beside 70,639 venues with a scan and 360,864 people; 70,639 - 1,559 = 69,080, so
that a number of venues seems to have been printed as one of scans. Here venues, scans, check-ins and people differ.
"""

from datetime import date

import pytest
from support.database import Database
from support.rollout import unit

from dauchan.cli._bench.province import Size, write_province
from dauchan.coverage import standing
from dauchan.coverage.computing import count_day
from dauchan.coverage.figures import Figure, Subject, figures, series
from dauchan.coverage.models import DayCounts
from dauchan.kernel import clock
from dauchan.places.models import Category
from dauchan.units.models import Unit

CLOCK = "2021-12-16T23:30+07:00"
DAY, DAY_BEFORE = date(2021, 12, 16), date(2021, 12, 15)
HANOI = "01"
BULLETIN = Size(
    places=750_120, active=70_639, people=360_864, check_ins=401_733, check_outs=53_198, new_places=1_204, zero=8
)
VENUES_THE_DAY_BEFORE = 70_639 + 1_559


@pytest.fixture(scope="module")
def hanoi(database: Database) -> Subject:
    city = unit(HANOI, DAY)
    communes = Unit.objects.filter(path__startswith=f"{HANOI}.", level="commune", valid_from=city.valid_from)
    everywhere = list(communes.order_by("code").values_list("pk", flat=True))
    settings = list(Category.objects.values_list("pk", flat=True))
    write_province(BULLETIN, everywhere, settings, day=DAY, keyring=database.keyring)
    count_day(DAY_BEFORE, database.keyring, clock.now())
    DayCounts.objects.filter(day=DAY_BEFORE, kind="unit", subject_id=city.pk, sector="").update(
        active_day=VENUES_THE_DAY_BEFORE
    )
    count_day(DAY, database.keyring, clock.now())
    return Subject("unit", city.pk)


@pytest.fixture(scope="module")
def bulletin(hanoi: Subject) -> dict[str, Figure]:
    codes = ["registered", "new_places", "active_day", "active_day_share", "scans", "check_ins", "check_outs", "people"]
    return figures([hanoi], [*codes, "reachable_share", "communes_at_zero", "exit_share"], DAY)[hanoi]


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("registered", 750_120),
        ("new_places", 1_204),
        ("active_day", 70_639),
        ("people", 360_864),
        ("communes_at_zero", 8),
        ("check_ins", 401_733),
        ("check_outs", 53_198),
        ("scans", 401_733 + 53_198),
    ],
)
def test_the_bulletins_lines_come_out(bulletin: dict[str, Figure], code: str, printed: int) -> None:
    assert bulletin[code].value == printed


def test_nine_venues_in_a_hundred_were_used(bulletin: dict[str, Figure]) -> None:
    assert bulletin["active_day_share"].value == pytest.approx(9.417, abs=0.001)


def test_venues_are_down_by_1559_and_no_other_count_is_their_difference(
    hanoi: Subject, bulletin: dict[str, Figure]
) -> None:
    before, now = series(hanoi, ["active_day"], DAY_BEFORE, DAY)["active_day"]
    assert (before.value, now.value) == (72_198, 70_639)
    assert 69_080 not in {figure.value for figure in bulletin.values()}


def test_venues_scans_check_ins_and_people_are_four_figures(bulletin: dict[str, Figure]) -> None:
    assert len({bulletin[code].value for code in ("active_day", "scans", "check_ins", "people")}) == 4


def test_the_communes_at_zero_are_named_with_their_days(hanoi: Subject) -> None:
    named = standing.communes_at_zero([hanoi], DAY)
    assert len(named) == 8
    assert {one.days for one in named} == {2}


def test_communes_add_up_to_the_city_in_everything_but_people(hanoi: Subject) -> None:
    city = DayCounts.objects.get(day=DAY, kind="unit", subject_id=hanoi.id, sector="")
    communes = Unit.objects.filter(path__startswith=f"{HANOI}.", level="commune").values("pk")
    rows = list(DayCounts.objects.filter(day=DAY, kind="unit", sector="", subject_id__in=communes))
    for name in ("registered", "active_day", "scans", "check_ins", "check_outs", "not_reporting"):
        assert sum(getattr(row, name) for row in rows) == getattr(city, name)
    assert sum(row.people or 0 for row in rows) > (city.people or 0)
