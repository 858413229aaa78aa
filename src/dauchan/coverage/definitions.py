"""The indicators of the rollout, read from `indicators.toml`: names, formulas, numerators, thresholds by date.

Decides nothing of its own: every number and every word stands in that file, and pages, maps, API and reports ask here.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import get_language

from dauchan.kernel.errors import NotFound

FILE = Path(__file__).parent / "indicators.toml"
MEAN = "_7d_mean"
MEAN_DAYS = 7


class UnknownIndicator(NotFound):
    vi = "Không có chỉ tiêu “{code}”."
    en = "There is no indicator “{code}”."


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What makes a place silent or active, and how few people are hidden, from `valid_from` on."""

    valid_from: date
    silent_days: int
    active_check_ins: int
    active_days: int
    counted_days: int
    fewest_people: int
    source_vi: str
    source_en: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; `numerator` and `denominator` name columns of a day's counts or supplied figures.

    unit      percent: 100 x numerator / denominator; days: a mean number of days where there is a denominator
    better    "up", "down", or "" where neither is
    supplied  somebody entered it; nothing here counts it
    people    counts people, and is hidden where they are few
    whole     of whom it counts some; hidden too where that are all but few. A share's is its denominator
    of_day    what one day brings, so that a running day has less of it than a whole one
    adds_up   people who are counted in one part of a whole only: the whole less the other parts tells of each
    """

    code: str
    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str
    numerator: str
    denominator: str | None = None
    unit: Literal["count", "percent", "days"] = "count"
    better: Literal["up", "down", ""] = ""
    supplied: bool = False
    people: bool = False
    whole: str | None = None
    of_day: bool = False
    adds_up: bool = False

    @property
    def name(self) -> str:
        return self.name_vi if _vietnamese() else self.name_en

    @property
    def formula(self) -> str:
        return self.formula_vi if _vietnamese() else self.formula_en

    @property
    def base(self) -> str:
        """Its code without the mean of seven days."""
        return self.code.removesuffix(MEAN)

    @property
    def is_mean(self) -> bool:
        return self.code.endswith(MEAN)


def _vietnamese() -> bool:
    return (get_language() or "vi").startswith("vi")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by its code, in the order of tables and forms; a mean follows what it is the mean of."""
    newest = thresholds(date.max)
    numbers = {
        name: getattr(newest, name) for name in ("silent_days", "active_check_ins", "active_days", "counted_days")
    }
    found: dict[str, Indicator] = {}
    for code, written in _file().items():
        if code == "thresholds":
            continue
        has_mean = written.get("mean_7d", False)
        texts = {name: written[name].format_map(numbers) for name in ("formula_vi", "formula_en")}
        one = Indicator(code, **{name: value for name, value in written.items() if name != "mean_7d"} | texts)
        found[code] = one
        if has_mean:
            found[code + MEAN] = _mean_of(one)
    return found


@cache
def adding_up() -> dict[str, Indicator]:
    """The counts of people that add up from part to whole, by code."""
    return {code: one for code, one in indicators().items() if one.adds_up}


def _mean_of(one: Indicator) -> Indicator:
    return replace(
        one,
        code=one.code + MEAN,
        name_vi=f"{one.name_vi}, trung bình {MEAN_DAYS} ngày",
        name_en=f"{one.name_en}, {MEAN_DAYS}-day mean",
        formula_vi=f"Trung bình mỗi ngày của {MEAN_DAYS} ngày đến hết ngày này: {one.formula_vi}",
        formula_en=f"Mean per day of the {MEAN_DAYS} days that end with this one: {one.formula_en}",
    )


def indicator(code: str) -> Indicator:
    """One indicator.

    raises   UnknownIndicator
    """
    found = indicators().get(code)
    if found is None:
        raise UnknownIndicator(code=code[:40])
    return found


@cache
def thresholds(day: date) -> Thresholds:
    """The thresholds in force on a day; before the first ones, the first."""
    dated = sorted((Thresholds(**written) for written in _file()["thresholds"]), key=lambda each: each.valid_from)
    return next((each for each in reversed(dated) if each.valid_from <= day), dated[0])
