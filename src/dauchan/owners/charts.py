"""Bar charts of how many came: where bars and labels stand. Values in, values out; drawn by `owners/bars.html`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

AXIS, BASE, TALLEST, MARGIN = 36, 126, 100, 14
"""Room left of the bars, where they stand, how tall the tallest is, and room at the right; units of the drawing."""
WIDE, NARROW, MANY = 20, 16, 16
"""How wide a bar's slot is, and from how many bars on it is narrow: labels stay readable on a phone of 360 px."""
FEWEST = 14
"""The drawing is never narrower than so many slots, so that it doesn't grow tall."""
LABELLED = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and its label beneath, "" for bars between the labelled ones."""

    name: str
    count: int
    x: int
    y: int
    width: int
    height: int
    label: str

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of a drawing of this width; `largest` is the count at the top of its axis, 0 when nobody came."""

    bars: tuple[Bar, ...]
    width: int
    largest: int

    @property
    def right(self) -> int:
        return self.width - MARGIN


def by_hour(counts: Sequence[int], hour: int) -> Chart:
    """Today's 24 hours, from 6 or the first with a visit until this one; every third hour is labelled."""
    first = min([6, hour, *(at for at, count in enumerate(counts) if count)])
    hours = range(first, hour + 1)
    return _chart([(f"{at:02d}", counts[at], at % LABELLED == 0) for at in hours])


def by_day(counts: Sequence[tuple[date, int]]) -> Chart:
    """The last days; today and every third before it are labelled."""
    last = len(counts) - 1
    return _chart([(f"{day:%d/%m}", count, (last - at) % LABELLED == 0) for at, (day, count) in enumerate(counts)])


def _chart(told: Sequence[tuple[str, int, bool]]) -> Chart:
    slot = NARROW if len(told) > MANY else WIDE
    largest = max((count for _name, count, _labelled in told), default=0)
    bars = []
    for at, (name, count, labelled) in enumerate(told):
        height = round(TALLEST * count / largest) if largest else 0
        x = AXIS + at * slot + 3
        bars.append(Bar(name, count, x, BASE - height, slot - 6, height, name if labelled else ""))
    return Chart(tuple(bars), AXIS + max(len(told), FEWEST) * slot + MARGIN, largest)
