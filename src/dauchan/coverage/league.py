"""Who stands where: ranks by one figure, and who moved up or down since another day. Values in, values out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """A rank, 1 the best, None without a figure; and by how many ranks it rose (above zero) or fell since before."""

    rank: int | None
    moved: int = 0


def ranks(values: Mapping[int, float | None], *, less_is_better: bool) -> dict[int, int]:
    """The rank of everybody who has a value; equal values share the better rank."""
    known = sorted((value for value in values.values() if value is not None), reverse=not less_is_better)
    first = {value: at for at, value in reversed(list(enumerate(known, 1)))}
    return {each: first[value] for each, value in values.items() if value is not None}


def standings(
    now: Mapping[int, float | None], before: Mapping[int, float | None], *, less_is_better: bool
) -> dict[int, Standing]:
    """Everybody's rank now, and how it moved; who had no value before has not moved."""
    today = ranks(now, less_is_better=less_is_better)
    then = ranks(before, less_is_better=less_is_better)
    return {
        each: Standing(today.get(each), then[each] - today[each] if each in then and each in today else 0)
        for each in now
    }


def in_order(ids: Sequence[int], values: Mapping[int, float | None], *, largest_first: bool) -> list[int]:
    """Everybody by value, equal ones in the given order; who has none comes last."""
    known = [each for each in ids if values.get(each) is not None]
    unknown = [each for each in ids if values.get(each) is None]
    sign = -1 if largest_first else 1
    return sorted(known, key=lambda each: sign * (values[each] or 0)) + unknown


def page_of(ids: Sequence[int], after: int | None, size: int) -> tuple[list[int], int | None]:
    """The ids that follow one of a list, and the one to ask after for the next page; None at the end."""
    start = ids.index(after) + 1 if after in ids else 0
    page = list(ids[start : start + size])
    return page, page[-1] if page and start + size < len(ids) else None


def ends(ids: Iterable[int], values: Mapping[int, float | None], count: int) -> tuple[list[int], list[int]]:
    """The first and the last of a list in order among those who have a value, never the same twice."""
    known = [each for each in ids if values.get(each) is not None]
    half = min(count, len(known) // 2)
    return known[:half], known[len(known) - half :][::-1]
