"""The rollout's pictures as SVG text: maps, lines, funnels. One text serves a page, paper and a report.

They need no style sheet, script or colour: classes differ by pattern too. A picture for paper has no links (`href` "").
Words come from the caller; numbers are written as the language of the moment writes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dauchan.coverage import charts, maps
from dauchan.coverage.words import number

KEY_HEIGHT, KEY_GAP = 24, 10
UNKNOWN, HIDDEN = "none", "hidden"
"""Classes of units without a figure, and of those whose figure is not shown because it is small."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every picture says about itself: title, what is counted, where from, as of when."""

    title: str
    unit: str
    source: str
    as_of: str

    @property
    def note(self) -> str:
        return " · ".join(part for part in (self.unit, self.source, self.as_of) if part)


@dataclass(frozen=True, slots=True)
class Told:
    """What a map says of one unit: its name, its figure, how the figure reads, and where the unit leads."""

    name: str
    value: float | None
    shown: str
    href: str = ""
    hidden: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a map's legend."""

    fill: str
    words: str


def map_picture(drawing: maps.Drawing, told: Mapping[int, Told], frame: Frame, *, percent: bool) -> SafeString:
    """Units coloured by one figure, each a link with its name and figure; `legend` lies below it."""
    scale = maps.scale_of(one.value for one in told.values() if one.value is not None and not one.hidden)
    units = [
        {"shape": shape, "told": told[each], "fill": _class_of(told[each], scale)}
        for each, shape in drawing.shapes.items()
        if each in told
    ]
    used = {unit["fill"] for unit in units}
    keys = [key for key in _legend(scale, percent=percent) if key.fill in used]
    below = drawing.height + KEY_GAP
    placed = [(key, round(below + at * KEY_HEIGHT)) for at, key in enumerate(keys)]
    content = {"drawing": drawing, "units": units, "keys": placed, "frame": frame}
    content |= {"tile": (maps.TILE_WIDTH, maps.TILE_HEIGHT)}
    links = any(one.href for one in told.values())
    size = {"width": max(drawing.width, maps.WIDTH) + 4, "height": round(below + KEY_HEIGHT * len(keys))}
    return _drawn("map", content | size | {"links": links})


def _class_of(told: Told, scale: maps.Scale) -> str:
    if told.hidden:
        return HIDDEN
    return UNKNOWN if told.value is None else str(scale.class_of(told.value))


def _legend(scale: maps.Scale, *, percent: bool) -> list[Key]:
    """Every class in words, the highest first."""
    spans = scale.spans if scale.highest else []
    named = [Key(str(at), _span(low, high, at == len(spans), percent=percent)) for at, low, high in reversed(spans)]
    return [*named, Key("0", _("Bằng 0")), Key(HIDDEN, _("Không hiện vì số quá nhỏ")), Key(UNKNOWN, _("Chưa có số"))]


def _span(low: float, high: float, is_highest: bool, *, percent: bool) -> str:
    sign = " %" if percent else ""
    if not low:
        words = _("Trên 0 đến %(high)s") if is_highest else _("Trên 0 đến dưới %(high)s")
    else:
        words = _("%(low)s đến %(high)s") if is_highest else _("%(low)s đến dưới %(high)s")
    return words % {"low": number(low) + sign, "high": number(high) + sign}


def line_picture(lines: Sequence[tuple[str, charts.Daily]], frame: Frame, *, percent: bool = False) -> SafeString:
    """Lines over days, the first whole, the others dashed; "" when there is nothing to draw."""
    chart = charts.over_days(lines, percent=percent)
    if chart.is_empty:
        return mark_safe("")
    content = {
        "chart": chart,
        "frame": frame,
        "sign": " %" if percent else "",
        "grid": [(y, number(value)) for y, value in chart.grid],
        "ends": [(line, number(line.last_value)) for line in chart.lines if line.last],
        "names": [(line, charts.HEIGHT + at * KEY_HEIGHT + 12) for at, line in enumerate(chart.lines)],
        "height": charts.HEIGHT + KEY_HEIGHT * len(lines),
        "label_end": chart.left - 6,
        "told": _summary(lines[0][1], percent=percent),
    }
    return _drawn("line", content | {"width": charts.WIDTH, "edge": charts.WIDTH - charts.RIGHT})


def _summary(daily: charts.Daily, *, percent: bool) -> str:
    """A line in words: its first and last day, its smallest, largest and last value."""
    known = [(day, value) for day, value in daily if value is not None]
    sign = " %" if percent else ""
    least, most = min(known, key=lambda one: one[1]), max(known, key=lambda one: one[1])
    words = _(
        "Từ %(first)s đến %(last)s: thấp nhất %(least)s ngày %(least_day)s, "
        "cao nhất %(most)s ngày %(most_day)s, mới nhất %(now)s."
    )
    values = {"least": number(least[1]) + sign, "most": number(most[1]) + sign, "now": number(known[-1][1]) + sign}
    days = {"first": known[0][0], "last": known[-1][0], "least_day": least[0], "most_day": most[0]}
    return words % (values | {name: _short_day(day) for name, day in days.items()})


def _short_day(day: date) -> str:
    return f"{day:%d/%m}"


def spark_picture(values: Sequence[float | None]) -> SafeString:
    """A line the size of a word, for decoration: the number stands beside it."""
    drawn = charts.spark(values)
    return _drawn("spark", {"spark": drawn, "width": charts.SPARK_WIDTH, "height": charts.SPARK_HEIGHT})


def funnel_picture(steps: Sequence[charts.Step], frame: Frame, *, whole: float = 0) -> SafeString:
    """The steps of a funnel as bars below each other; `whole` is what fills the width, else the largest step."""
    content = {"funnel": charts.funnel(steps, whole=whole), "frame": frame, "bar_height": charts.BAR_HEIGHT}
    return _drawn("funnel", content | {"width": charts.WIDTH})


def _drawn(name: str, content: dict[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"coverage/pictures/{name}.svg", content).strip())  # noqa: S308 - escaped inside
