"""Figures of a day shown in the units of another list: what was counted in 2021, in the communes of today.

A day's figures belong to the units of that day. Here the smallest units of that day are laid on those of another list
by `units.mapping`, a divided one whole on one of its parts, and counts are added up. People are not: who visited two
old communes would count twice, so their figure is known only where one old unit alone went into the new one. Residents
are, and what was supplied, once it is known of every part; they are hidden with any of their parts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from dauchan.coverage.definitions import indicator
from dauchan.coverage.figures import Counts, Figure, Key, Rows, Subject, figures, read_rows
from dauchan.coverage.models import UNIT
from dauchan.coverage.supplied import whole_sum
from dauchan.units import mapping, queries

NOT_ADDED = frozenset({"people", "reachable", "staff_joined", "days_at_zero"})
ALL_OR_NONE = frozenset({"residents_with_pass"})
"""What is divided by a figure of the whole: a sum of only some would be no share of it."""


def in_units_of(
    list_day: date, subjects: Sequence[Subject], codes: Iterable[str], day: date
) -> dict[Subject, dict[str, Figure]]:
    """These figures of a day, of units as they stand on `list_day`; of agencies as they are.

    raises   UnknownIndicator
    """
    asked = [indicator(code) for code in codes]
    if queries.atlas().list_day(day) == queries.atlas().list_day(list_day):
        return figures(subjects, [one.code for one in asked], day)
    units = [subject for subject in subjects if subject.kind == UNIT]
    parts = _parts(units, day, list_day)
    parts |= {subject: [subject] for subject in subjects if subject.kind != UNIT}
    smallest = list({part: None for each in parts.values() for part in each})
    rows = read_rows(smallest, asked, day, day)
    mapped = Rows(_added(parts, rows), {each: _supplied(parts, value) for each, value in rows.supplied.items()})
    return {
        subject: {one.code: _published(mapped.figure(subject, one, day), parts[subject], rows) for one in asked}
        for subject in subjects
    }


def _published(figure: Figure, parts: Sequence[Subject], rows: Rows) -> Figure:
    """Hidden with any of its parts: the others are shown in their own list."""
    one = indicator(figure.indicator)
    if one.people and any(rows.figure(part, one, figure.day).suppressed for part in parts):
        return replace(figure, value=None, numerator=None, denominator=None, suppressed=True)
    return figure


def _parts(subjects: Sequence[Subject], day: date, list_day: date) -> dict[Subject, list[Subject]]:
    """Of each unit of the other list the smallest units of the day that count in it."""
    atlas = queries.atlas()
    begins = atlas.list_day(day)
    smallest = [unit for unit, node in atlas.nodes.items() if node.alive(begins) and unit not in atlas.below]
    within: dict[int, list[int]] = defaultdict(list)
    for unit, counted in mapping.counted_in(smallest, list_day).items():
        for above in mapping.chain(counted):
            within[above].append(unit)
    return {subject: [Subject(UNIT, unit, subject.sector) for unit in within[subject.id]] for subject in subjects}


def _added(parts: dict[Subject, list[Subject]], rows: Rows) -> dict[Key, tuple[datetime, Counts]]:
    """The counts of the parts of each subject added up, day by day; as of the oldest of them."""
    by_part: dict[Subject, list[tuple[date, datetime, Counts]]] = defaultdict(list)
    for (kind, unit, sector, day), (as_of, counts) in rows.counts.items():
        by_part[Subject(kind, unit, sector)].append((day, as_of, counts))
    added: dict[Key, tuple[datetime, Counts]] = {}
    for subject, each in parts.items():
        for day, as_of, counts in (row for part in each for row in by_part[part]):
            key = (subject.kind, subject.id, subject.sector, day)
            before = added.get(key)
            added[key] = (as_of, counts) if before is None else (min(before[0], as_of), _sum(before[1], counts))
    return added


def _sum(one: Counts, other: Counts) -> Counts:
    return {name: _added_up(name, one[name], other[name]) for name in one}


def _added_up(name: str, one: int | None, other: int | None) -> int | None:
    if name in NOT_ADDED:
        return None
    return whole_sum((one, other)) if name in ALL_OR_NONE else _plus(one, other)


def _plus(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _supplied(
    parts: dict[Subject, list[Subject]], value: Callable[[str, int, str], int | None]
) -> Callable[[str, int, str], int | None]:
    """What was supplied of the parts of a subject, added up; None unless it was of all of them."""

    def total(kind: str, subject: int, code: str) -> int | None:
        return whole_sum(value(part.kind, part.id, code) for part in parts.get(Subject(kind, subject), ()))

    return total
