"""The one gate that every count of people passes before anybody sees it: few people are never shown.

A hidden figure keeps neither its value nor its parts. Places, scans and units may be small: they tell of nobody.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from dauchan.coverage.definitions import indicator, indicators, thresholds


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of a subject on a day; `value` is None where it isn't known or was hidden.

    value      a count; per cent from 0 to 100; days
    as_of      when it was counted, or None where there is no count of that day
    supplied   somebody entered it, or what it is divided by
    """

    indicator: str
    value: float | None
    numerator: int | None
    denominator: int | None
    day: date
    as_of: datetime | None
    suppressed: bool = False

    @property
    def supplied(self) -> bool:
        one = indicator(self.indicator)
        return one.supplied or (one.denominator in indicators() and indicators()[one.denominator].supplied)


def published(figure: Figure, whole: int | None = None) -> Figure:
    """The figure as it may be shown: where it counts few people, or all but few, nothing but that it is hidden.

    whole   of how many people it counts some, where that isn't its own denominator
    """
    if not indicator(figure.indicator).people or figure.numerator is None:
        return figure
    if tells_of_few(figure.numerator, figure.denominator if whole is None else whole, figure.day):
        return replace(figure, value=None, numerator=None, denominator=None, suppressed=True)
    return figure


def tells_of_few(count: int, whole: int | None, day: date) -> bool:
    """Whether a count of people is of few, of all but few, or some of few; `whole` is None where that isn't known."""
    fewest = thresholds(day).fewest_people
    beside = (count,) if whole is None else (count, whole, whole - count)
    return any(0 < each < fewest for each in beside)
