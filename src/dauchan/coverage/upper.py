"""Counts that other slices keep, taken when a day is counted: residents with a pass.

They stand as they were when the day was last counted while it was new; a day counted again later keeps them.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from dauchan.coverage.reaches import Key, Reaches
from dauchan.kernel import clock
from dauchan.people.counting import residents_with_pass
from dauchan.units import mapping

Counts = dict[tuple[str, int, str], dict[str, int]]
"""Columns of a day's counts by kind, subject and sector."""
FRESH = timedelta(days=1)
"""Until so long after the day its counts are taken from other slices, that only know the present. Ours."""


def counts_on(day: date, reaches: Reaches, *, today: date) -> Counts:
    """What the other slices count for a day; {} for one that is long over."""
    if today - day > FRESH:
        return {}
    found: Counts = defaultdict(lambda: defaultdict(int))
    _residents(found, day, reaches)
    return found


def _residents(found: Counts, day: date, reaches: Reaches) -> None:
    residents = residents_with_pass(clock.day_start(day + timedelta(days=1)))
    for unit in reaches.levels:
        found["unit", unit, ""]["residents_with_pass"] += 0
    for unit, count in _in_units(residents, day).items():
        for above in mapping.chain(unit):
            found["unit", above, ""]["residents_with_pass"] += count


def _in_units(counts: Mapping[int, int], day: date) -> dict[int, int]:
    counted, found = mapping.counted_in(counts, day), defaultdict[int, int](int)
    for unit, count in counts.items():
        if unit in counted:
            found[counted[unit]] += count
    return found


def key(subject: Key, sector: str = "") -> tuple[str, int, str]:
    """A subject in a sector as these counts name it."""
    return (*subject, sector)
