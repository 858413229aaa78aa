"""Ranks of the rollout's league, and pages of it."""

from dauchan.coverage import league


def test_equal_values_share_the_better_rank():
    assert league.ranks({1: 10, 2: 30, 3: 10, 4: None}, less_is_better=False) == {2: 1, 1: 2, 3: 2}
    assert league.ranks({1: 10, 2: 30, 3: 10, 4: None}, less_is_better=True) == {1: 1, 3: 1, 2: 3}


def test_who_overtakes_rises_and_who_had_no_figure_has_not_moved():
    found = league.standings({1: 50, 2: 40, 3: 30}, {1: 10, 2: 40, 3: None}, less_is_better=False)
    assert [found[each].moved for each in (1, 2, 3)] == [1, -1, 0]
    assert [found[each].rank for each in (1, 2, 3)] == [1, 2, 3]


def test_who_has_no_figure_stands_last_in_either_order():
    values = {1: None, 2: 5.0, 3: 7.0}
    assert league.in_order([1, 2, 3], values, largest_first=True) == [3, 2, 1]
    assert league.in_order([1, 2, 3], values, largest_first=False) == [2, 3, 1]


def test_pages_cover_everybody_once():
    seen, after = [], None
    for _ in range(4):
        page, after = league.page_of([5, 4, 3, 2, 1], after, 2)
        seen += page
        if after is None:
            break
    assert seen == [5, 4, 3, 2, 1]
    assert league.page_of([1, 2], 99, 2) == ([1, 2], None)


def test_nobody_is_best_and_worst_at_once():
    values = {1: 1.0, 2: 2.0, 3: 3.0, 4: None}
    assert league.ends([1, 2, 3, 4], values, 5) == ([1], [3])
    assert league.ends([], {}, 5) == ([], [])
