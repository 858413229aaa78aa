"""Where lines, bars and tiles of the rollout's pictures stand."""

from datetime import date, timedelta

import pytest

from dauchan.coverage import charts, maps

FIRST = date(2021, 12, 1)


def daily(*values: float | None) -> list[tuple[date, float | None]]:
    return [(FIRST + timedelta(days=at), value) for at, value in enumerate(values)]


def test_a_day_without_a_figure_is_a_gap_and_not_a_zero():
    chart = charts.over_days([("a", daily(10, None, 30))])
    (line,) = chart.lines
    assert line.path.count("M") == 2
    assert line.last == (charts.WIDTH - charts.RIGHT, charts.TOP)
    assert line.last_value == 30


def test_the_axis_begins_at_zero_and_its_thirds_are_round():
    chart = charts.over_days([("a", daily(0, 70_639))])
    assert [value for _y, value in chart.grid] == [0, 30_000, 60_000, 90_000]
    assert chart.grid[0][0] == charts.BOTTOM


def test_a_chart_of_days_without_figures_is_empty():
    assert charts.over_days([("a", daily(None, None))]).is_empty
    assert charts.over_days([]).is_empty


@pytest.mark.parametrize(
    ("value", "top"), [(0, 3), (0.2, 3), (3, 3), (4, 6), (10, 15), (16, 30), (91, 150), (90_000, 90_000)]
)
def test_the_axis_ends_at_a_round_number(value, top):
    assert charts.round_up(value) == top


@pytest.mark.parametrize(
    ("count", "labels"), [(0, []), (1, [0]), (4, [0, 1, 2, 3]), (60, [19, 39, 59]), (7, [0, 2, 4, 6])]
)
def test_the_last_day_is_labelled_and_others_at_equal_steps_before(count, labels):
    assert charts.labelled(count, charts.DAY_LABELS) == labels


def test_a_bar_is_as_wide_as_its_step_and_one_nobody_counted_has_none():
    steps = [charts.Step("a", 1000, "1.000"), charts.Step("b", None, "chưa có"), charts.Step("c", 250, "250")]
    assert [bar.width for bar in charts.funnel(steps).bars] == [charts.WIDTH, 0, charts.WIDTH / 4]
    assert [bar.width for bar in charts.funnel(steps[2:], whole=500).bars] == [charts.WIDTH / 2]


def test_one_place_of_a_million_is_still_seen():
    steps = [charts.Step("a", 1_000_000, ""), charts.Step("b", 1, ""), charts.Step("c", 0, "")]
    assert [bar.width for bar in charts.funnel(steps).bars] == [charts.WIDTH, charts.LEAST_BAR, 0]


def test_a_level_run_is_a_line_through_the_middle():
    drawn = charts.spark([5, 5, 5])
    assert drawn.last == (charts.SPARK_WIDTH - charts.SPARK_MARGIN, charts.SPARK_HEIGHT / 2)
    assert charts.spark([None]).last is None


def test_classes_hold_about_equally_many_and_zero_is_one_of_its_own():
    scale = maps.scale_of([0, 0, 1.02, 2.04, 3.06, 4.08, 5.1, 6.12, 7.14, 8.16])
    assert scale.bounds == (3.1, 5.1, 7.1)
    assert [scale.class_of(value) for value in (0, 0.5, 3.1, 5, 7.09, 8.16)] == [0, 1, 2, 2, 3, 4]
    assert scale.spans == [(1, 0.0, 3.1), (2, 3.1, 5.1), (3, 5.1, 7.1), (4, 7.1, 8.16)]


def test_values_alike_make_one_class():
    assert maps.scale_of([5, 5, 5]).bounds == ()
    assert maps.scale_of([0, 0]).spans == [(1, 0.0, 0.0)]


SQUARE = '{{"type":"Polygon","coordinates":[[[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]]]}}'


def test_north_is_up_and_neighbours_touch():
    west, east = SQUARE.format(w=107, e=108, s=12, n=13), SQUARE.format(w=108, e=109, s=12, n=13)
    drawing = maps.outlined({1: west, 2: east})
    assert drawing.width == maps.WIDTH
    assert drawing.shapes[1].x < maps.WIDTH / 2 < drawing.shapes[2].x
    assert "200.0 0.0" in drawing.shapes[1].path
    assert "200.0 0.0" in drawing.shapes[2].path


def test_a_long_thin_country_is_no_taller_than_a_map_may_be():
    drawing = maps.outlined({1: SQUARE.format(w=107, e=107.1, s=8, n=23)})
    assert drawing.height == maps.TALLEST
    assert drawing.width < 20


def test_tiles_stand_roughly_where_their_units_lie_and_unknown_ones_at_the_end():
    positions = {1: (12.0, 107.0), 2: (13.0, 108.0), 3: None, 4: (13.0, 107.0)}
    drawing = maps.tiled(positions)
    by_place = sorted(drawing.shapes, key=lambda each: (drawing.shapes[each].y, drawing.shapes[each].x))
    assert by_place == [4, 2, 1, 3]


def test_the_middle_of_nothing_is_unknown():
    assert maps.middle([]) is None
    assert maps.middle([(12.0, 107.0), (13.0, 108.0)]) == (12.5, 107.5)


def test_the_axis_leaves_room_for_its_longest_label():
    few, many = (charts.over_days([("a", daily(0, value))]) for value in (90, 1_500_000))
    assert few.left == charts.LEFT
    assert many.left >= charts.LABEL_GAP + charts.DIGIT * len("1.500.000")
    assert many.days[-1][0] == charts.WIDTH - charts.RIGHT


@pytest.mark.parametrize(("values", "top"), [((0, 91.2), 100), ((58.3, 100), 100), ((0, 120), 150)])
def test_an_axis_of_percentages_ends_at_a_hundred_unless_a_value_is_above(values, top):
    chart = charts.over_days([("a", daily(*values))], percent=True)
    assert chart.grid[-1] == (charts.TOP, top)
    assert [value for _y, value in chart.grid] == ([0, 25, 50, 75, 100] if top == 100 else [0, 50, 100, 150])


@pytest.mark.parametrize("values", [(90, 90, 90, 50), (50, 50, 50, 90), (50, 90, 50, 90), (5, 5, 0), (100, 100)])
def test_the_last_value_is_written_clear_of_the_line(values):
    chart = charts.over_days([("a", daily(*[values[0]] * 30, *values))], percent=True)
    run = [float(point.split()[1]) for point in chart.lines[0].path.removeprefix("M").split("L")][-4:]
    assert chart.label_y <= min(run) - charts.ABOVE or chart.label_y >= max(run) + charts.BELOW
    assert 0 <= chart.label_y - 13 < charts.BOTTOM
