"""What is left of a stretch of time when others are cut out of it."""

from datetime import UTC, datetime

import pytest

from dauchan.kernel.intervals import Interval, without


def hours(first: int, last: int) -> Interval:
    return Interval(datetime(2021, 8, 15, first, tzinfo=UTC), datetime(2021, 8, 15, last, tzinfo=UTC))


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(8, 12)]),
        ([(9, 10)], [(8, 9), (10, 12)]),
        ([(10, 11), (9, 10)], [(8, 9), (11, 12)]),
        ([(7, 9)], [(9, 12)]),
        ([(11, 13)], [(8, 11)]),
        ([(7, 13)], []),
        ([(5, 6), (13, 14)], [(8, 12)]),
        ([(9, 11), (9, 10)], [(8, 9), (11, 12)]),
    ],
)
def test_only_what_no_other_covers_is_left(taken, left):
    assert without(hours(8, 12), [hours(*each) for each in taken]) == [hours(*each) for each in left]
