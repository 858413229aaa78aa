"""The one gate that every count of people passes before anybody sees it: few people are never shown.

A hidden figure keeps neither its value nor its parts. Places, scans and units may be small: they tell of nobody.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from dauchan.coverage.definitions import indicator, thresholds


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
        return indicator(self.indicator).supplied


def published(figure: Figure) -> Figure:
    """The figure as it may be shown: where it counts few people, or all but few, nothing but that it is hidden."""
    if not indicator(figure.indicator).people or figure.numerator is None:
        return figure
    fewest = thresholds(figure.day).fewest_people
    few = 0 < figure.numerator < fewest
    all_but_few = figure.denominator is not None and 0 < figure.denominator - figure.numerator < fewest
    of_few = figure.denominator is not None and 0 < figure.denominator < fewest
    if few or all_but_few or of_few:
        return replace(figure, value=None, numerator=None, denominator=None, suppressed=True)
    return figure
