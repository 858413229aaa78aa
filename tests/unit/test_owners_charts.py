"""Where the bars of an owner's charts stand: no bar is taller than its axis, and labels don't touch."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from dauchan.owners.charts import BASE, TALLEST, by_day, by_hour

NOBODY = [0] * 24


def test_the_tallest_bar_fills_the_axis_and_the_others_keep_their_share():
    counts = NOBODY.copy()
    counts[7], counts[8] = 4, 1
    chart = by_hour(counts, 9)
    assert chart.largest == 4
    assert [(bar.name, bar.count, bar.height) for bar in chart.bars] == [
        ("06", 0, 0),
        ("07", 4, TALLEST),
        ("08", 1, TALLEST // 4),
        ("09", 0, 0),
    ]
    assert all(bar.y + bar.height == BASE for bar in chart.bars)


def test_a_chart_of_nobody_has_no_largest():
    assert by_hour(NOBODY, 9).largest == 0
    assert by_day([(date(2026, 3, 2), 0)]).largest == 0


@pytest.mark.parametrize(("hour", "first"), [(0, "00"), (3, "03"), (6, "06"), (23, "06")])
def test_the_hours_begin_at_six_or_at_this_hour_of_the_night(hour, first):
    assert by_hour(NOBODY, hour).bars[0].name == first


def test_an_early_visit_is_shown():
    counts = NOBODY.copy()
    counts[2] = 1
    assert [bar.name for bar in by_hour(counts, 4).bars] == ["02", "03", "04"]


def test_today_is_labelled_and_every_third_day_before_it():
    days = [(date(2026, 3, 2) - timedelta(days=13 - back), 1) for back in range(14)]
    assert [bar.label for bar in by_day(days).bars if bar.label] == ["18/02", "21/02", "24/02", "27/02", "02/03"]


@pytest.mark.parametrize("hours", [1, 14, 18, 24])
def test_nothing_stands_outside_the_drawing(hours):
    chart = by_hour([1] * 24, hours - 1)
    assert all(bar.x + bar.width <= chart.right for bar in chart.bars)
    middles = [bar.middle for bar in chart.bars if bar.label]
    assert all(after - before >= 40 for before, after in pairwise(middles))
