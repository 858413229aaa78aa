"""Which counts of people stay hidden: few ones, and those that few ones could be worked out from."""

from datetime import date

import pytest

from dauchan.coverage.publishing import also_hidden

DAY = date(2026, 11, 20)

# the province 1 has districts 2 and 3; 2 has communes 21, 22, 23; 3 has 31, 32
PARENTS = {1: None, 2: 1, 3: 1, 21: 2, 22: 2, 23: 2, 31: 3, 32: 3}


@pytest.mark.parametrize(
    ("counts", "small", "also"),
    [
        ({1: 500, 2: 300, 3: 200, 21: 100, 22: 100, 23: 100, 31: 100, 32: 100}, set(), set()),
        # 21 alone would be 300 - 90 - 207: the next smallest part of its district is hidden with it
        ({1: 500, 2: 300, 3: 200, 21: None, 22: 90, 23: 207, 31: 100, 32: 100}, {21}, {22}),
        # 311 - 300 = 11 would leave no choice but 1 and 10: a third is hidden with them
        ({1: 511, 2: 311, 3: 200, 21: None, 22: 10, 23: 300, 31: 100, 32: 100}, {21}, {22, 23}),
        # two small ones would show their sum, itself small
        ({1: 500, 2: 300, 3: 200, 21: None, 22: None, 23: 296, 31: 100, 32: 100}, {21, 22}, {23}),
        # the district 3 is small: 2 is hidden too, and one of its communes, else 2 were their sum
        ({1: 500, 2: 497, 3: None, 21: 200, 22: 197, 23: 100, 31: None, 32: 0}, {3, 31}, {2, 23}),
        # zeros are shown and hide nothing
        ({1: 300, 2: 300, 3: 0, 21: 300, 22: 0, 23: 0, 31: 0, 32: 0}, set(), set()),
    ],
)
def test_no_small_count_is_the_whole_minus_the_shown_parts(counts, small, also):
    assert also_hidden(counts, PARENTS, hidden=small, day=DAY) == also


def test_what_was_hidden_before_is_hidden_again_though_another_is_smaller():
    counts = {1: 500, 2: 300, 3: 200, 21: None, 22: 90, 23: 207, 31: 100, 32: 100}
    assert also_hidden(counts, PARENTS, hidden={21}, before={21, 23, 31}, day=DAY) == {23}
