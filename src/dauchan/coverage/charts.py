"""Where the lines, bars and labels of the rollout's charts stand. Values in, values out; drawn by `pictures.py`.

Decides nothing about colours and words. A day without a figure is a gap in a line, never a zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import floor, log10

WIDTH, HEIGHT = 400, 200
"""A drawing's size in its own units: text of 14 stays readable on a phone of 360 px."""
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 22, 168
"""Where the lines' field lies: room for the axis at the left, at least, and for days below."""
LABEL_GAP, DIGIT = 14, 8
"""How wide a character of the axis is drawn at most, and what stands between a label and the picture's edges."""
GRID_LINES = 3
WHOLE, QUARTERS = 100.0, 4
"""Where an axis of percentages ends, and its lines."""
LABEL_WIDTH, ABOVE, BELOW = 48, 9, 18
"""The room that the last value's label takes to the left, and how far it stands off the line."""
DAY_LABELS = 4
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 96, 28, 3
STEP_HEIGHT = 46
NAME_AT, BAR_AT, BAR_HEIGHT = 16, 23, 13
"""Within a step of a funnel: where its name is written, where its bar begins, how tall it is."""
LEAST_BAR = 1.5
"""So wide at least is a bar whose count is not zero. Ours."""

Daily = Sequence[tuple[date, float | None]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its path with gaps, its last point, and whether it is drawn dashed."""

    name: str
    path: str
    last: tuple[float, float] | None
    last_value: float | None
    dashed: bool


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over days from `left` on: `grid` pairs a height with its value, `days` a place on the axis with its day."""

    lines: tuple[Line, ...]
    grid: tuple[tuple[float, float], ...]
    days: tuple[tuple[float, date], ...]
    left: int = LEFT
    label_y: float = TOP
    """Where the last value of the first line is written: off all lines."""

    @property
    def is_empty(self) -> bool:
        return not any(line.path for line in self.lines)


def over_days(told: Sequence[tuple[str, Daily]], *, percent: bool = False) -> LineChart:
    """Lines that share their axes, which begin at zero; the first is drawn whole, the others dashed.

    told     each line's name with its days in order; all lines have the same days
    percent  the axis ends at 100 unless a value is larger; else at a round number above the largest value
    """
    days = [day for day, _value in told[0][1]] if told else []
    values = [value for _name, daily in told for _day, value in daily if value is not None]
    largest = max(values, default=0)
    top, parts = (WHOLE, QUARTERS) if percent and largest <= WHOLE else (round_up(largest), GRID_LINES)
    left = axis_width(top)
    runs = [_points(daily, top, left) for _name, daily in told]
    lines = tuple(_line(name, daily, runs[at], dashed=at > 0) for at, (name, daily) in enumerate(told))
    grid = tuple((_height(top * step / parts, top), top * step / parts) for step in range(parts + 1))
    shown = tuple((_across(at, len(days), left), days[at]) for at in labelled(len(days), DAY_LABELS))
    label_y = _label_height(lines[0].last, runs) if lines and lines[0].last else TOP
    return LineChart(lines, grid, shown, left, label_y)


def axis_width(top: float) -> int:
    """The room that labels of an axis up to `top` need: "150.000" more than "150"."""
    return max(LEFT, LABEL_GAP + DIGIT * len(f"{top:,.0f}"))


def round_up(value: float) -> float:
    """The next number of 3, 6, 9, 15, 30 ... that is not smaller: its thirds are round."""
    if value <= 0:
        return 3.0
    scale: float = 10.0 ** floor(log10(value))
    return max(next(step * scale for step in (1.5, 3.0, 6.0, 9.0, 15.0) if step * scale >= value), 3.0)


def labelled(count: int, wanted: int) -> list[int]:
    """Which of so many places in a row get a label: the last, and others at equal steps before it."""
    if count <= wanted:
        return list(range(count))
    step = -(-(count - 1) // (wanted - 1))
    return sorted(range(count - 1, -1, -step))


def _points(daily: Daily, top: float, left: int) -> list[tuple[float, float | None]]:
    at = [(_across(number, len(daily), left), value) for number, (_day, value) in enumerate(daily)]
    return [(x, None if value is None else _height(value, top)) for x, value in at]


def _label_height(last: tuple[float, float], runs: Iterable[Iterable[tuple[float, float | None]]]) -> float:
    """Where a label that ends at a line's last point stands clear: above what runs there, else below it."""
    x, y = last
    near = [other for run in runs for at, other in run if other is not None and x - LABEL_WIDTH <= at <= x]
    if max(near) + BELOW <= BOTTOM and y - min(near) > max(near) - y:
        return max(near) + BELOW
    return min(near) - ABOVE


def _line(name: str, daily: Daily, points: Sequence[tuple[float, float | None]], *, dashed: bool) -> Line:
    known = [(x, y) for x, y in points if y is not None]
    last = known[-1] if known else None
    last_value = next((value for _day, value in reversed(daily) if value is not None), None)
    return Line(name, path_of(points), last, last_value, dashed)


def path_of(points: Iterable[tuple[float, float | None]]) -> str:
    """An SVG path through the points, broken where there is none; one alone is a dot of a line."""
    parts = []
    for missing, run in groupby(points, key=lambda point: point[1] is None):
        if not missing:
            joined = "L".join(f"{x:g} {y:g}" for x, y in run)
            parts.append(f"M{joined}" if "L" in joined else f"M{joined}h.1")
    return "".join(parts)


def _across(at: int, count: int, left: int) -> float:
    return round(left + (WIDTH - left - RIGHT) * (at / (count - 1) if count > 1 else 1.0), 1)


def _height(value: float, top: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(value / top, 1.0), 1)


@dataclass(frozen=True, slots=True)
class Spark:
    """A line the size of a word, with its last point."""

    path: str
    last: tuple[float, float] | None


def spark(values: Sequence[float | None]) -> Spark:
    """The run of some figures in order, between its own smallest and largest."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    inner = SPARK_HEIGHT - 2 * SPARK_MARGIN
    points: list[tuple[float, float | None]] = []
    for at, value in enumerate(values):
        x = SPARK_MARGIN + (SPARK_WIDTH - 2 * SPARK_MARGIN) * (at / (len(values) - 1) if len(values) > 1 else 1.0)
        share = 0.5 if value is None or high == low else (value - low) / (high - low)
        points.append((round(x, 1), None if value is None else round(SPARK_MARGIN + inner * (1 - share), 1)))
    placed = [(x, y) for x, y in points if y is not None]
    return Spark(path_of(points), placed[-1] if placed else None)


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a funnel: its name, how many, None where nobody knows, and how that reads."""

    name: str
    count: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A step as it is drawn: where it begins and how wide its bar is."""

    step: Step
    y: int
    width: float

    @property
    def name_y(self) -> int:
        return self.y + NAME_AT

    @property
    def bar_y(self) -> int:
        return self.y + BAR_AT


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of a funnel from top to bottom, on a drawing of this height."""

    bars: tuple[Bar, ...]
    height: int


def funnel(steps: Sequence[Step], *, whole: float = 0) -> Funnel:
    """Bars that say how much of the whole each step is; a step nobody counted has none.

    whole   what fills the drawing; the largest step when left out
    """
    whole = whole or max((step.count or 0 for step in steps), default=0)
    bars = tuple(Bar(step, at * STEP_HEIGHT, _wide(step.count, whole)) for at, step in enumerate(steps))
    return Funnel(bars, len(steps) * STEP_HEIGHT)


def _wide(count: float | None, whole: float) -> float:
    if not count or not whole:
        return 0.0
    return max(round(WIDTH * min(count / whole, 1.0), 1), LEAST_BAR)
