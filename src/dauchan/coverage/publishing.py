"""The one gate that every count of people passes before anybody sees it: few people are never shown.

A hidden figure keeps neither its value nor its parts. Places, scans and units may be small: they tell of nobody.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate

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


def published(figure: Figure, whole: int | None, *, kept_back: bool = False) -> Figure:
    """The figure as it may be shown: where it counts few people, or all but few, nothing but that it is hidden.

    whole       of how many people it counts some; None where that isn't known
    kept_back   it isn't few, but one that is few could be worked out from it, see `suppression`
    """
    if not indicator(figure.indicator).people or figure.numerator is None:
        return figure
    if kept_back or tells_of_few(figure.numerator, whole, figure.day):
        return replace(figure, value=None, numerator=None, denominator=None, suppressed=True)
    return figure


def tells_of_few(count: int, whole: int | None, day: date) -> bool:
    """Whether a count of people is of few, of all but few, or some of few; `whole` is None where that isn't known."""
    fewest = thresholds(day).fewest_people
    beside = (count,) if whole is None else (count, whole, whole - count)
    return any(0 < each < fewest for each in beside)


def hidden_beside_few(
    counts: Mapping[int, int | None],
    wholes: Mapping[int, int | None],
    parents: Mapping[int, int | None],
    *,
    before: Set[int],
    day: date,
) -> set[int]:
    """Which counts that aren't of few stay hidden, where people of a part are people of its whole and of no other part.

    What a whole has beside its parts (the office of a department) is a part too, though none that is shown.
    counts   by row; None where it isn't known
    wholes   of how many people each counts some; None where that isn't known
    parents, before   as of `also_hidden`
    """
    few = {row for row, count in counts.items() if count is not None and tells_of_few(count, wholes[row], day)}
    rests = {-row for row in _rests_of_few(counts, wholes, parents, day)}
    shown = {row: None if row in few else count for row, count in counts.items()}
    above = {**parents, **{row: -row for row in rests}}
    return also_hidden(shown, above, hidden=few | rests, before=before, day=day)


def _rests_of_few(
    counts: Mapping[int, int | None], wholes: Mapping[int, int | None], parents: Mapping[int, int | None], day: date
) -> set[int]:
    """The rows that have few people beside those of their parts."""
    rests, rest_wholes = dict(counts), dict(wholes)
    for row, parent in parents.items():
        if parent is not None:
            rests[parent] = _less(rests[parent], counts[row])
            rest_wholes[parent] = _less(rest_wholes[parent], wholes[row])
    having_parts = {parent for parent in parents.values() if parent is not None}
    return {
        row for row in having_parts if (rest := rests[row]) is not None and tells_of_few(rest, rest_wholes[row], day)
    }


def _less(whole: int | None, part: int | None) -> int | None:
    return whole if whole is None or part is None else whole - part


def also_hidden(
    counts: Mapping[int, float | None],
    parents: Mapping[int, int | None],
    *,
    hidden: Set[int],
    before: Set[int] = frozenset(),
    day: date,
) -> set[int]:
    """Which further counts stay hidden in a table where parts add up to wholes, so that no hidden one is a difference.

    Beside every small part other parts of the same whole are hidden: those that were hidden before, so that the same
    stay hidden from day to day and none is the difference of two; else the smallest. They count so many that
    their sum with the small one leaves open which of the few it is. Where there is no other, the whole is hidden with
    its one part. What a whole was hidden for would be undone if its own parts could be added up, so some of them are
    hidden too.
    counts    by row; None for what isn't known or is hidden already
    parents   the row that each row is a part of; None for the whole table's
    hidden    the rows that are hidden for being small
    before    the rows that were chosen for the day before
    """
    parts: dict[int, list[int]] = {}
    for row, parent in parents.items():
        if parent is not None:
            parts.setdefault(parent, []).append(row)
    wholes = list(_from_above(parents, parts))
    few = set(hidden)
    for whole in reversed(wholes):
        if len(few.intersection(parts[whole])) == 1 and not _shown(parts[whole], counts, few):
            few.add(whole)
    added: set[int] = set()
    enough = 2 * (thresholds(day).fewest_people - 1)
    for whole in wholes:
        if whole in added or (whole not in few and not few.isdisjoint(parts[whole])):
            others = _shown(parts[whole], counts, few)
            added |= _until(enough, sorted(others, key=lambda row: (row not in before, counts[row] or 0)), counts)
    return added | (few - hidden)


def _shown(rows: Iterable[int], counts: Mapping[int, float | None], hidden: Set[int]) -> list[int]:
    """Those of some rows that show anybody."""
    return [row for row in rows if counts.get(row) and row not in hidden]


def _until(enough: int, rows: Sequence[int], counts: Mapping[int, float | None]) -> set[int]:
    """The first of some rows, as many as it takes to count so many."""
    sums = accumulate((counts[row] or 0 for row in rows), initial=0)
    return {row for row, before in zip(rows, sums, strict=False) if before < enough}


def _from_above(parents: Mapping[int, int | None], parts: Mapping[int, Sequence[int]]) -> Iterable[int]:
    """Rows that have parts, wholes before their parts."""
    waiting = [row for row, parent in parents.items() if parent is None]
    for row in waiting:
        if row in parts:
            yield row
            waiting.extend(parts[row])
