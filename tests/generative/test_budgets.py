"""Whatever comes in whatever order from however many processes, a budget gives no more than it says."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dauchan.notify import rules
from dauchan.notify.budgets import Budget
from dauchan.notify.rules import Left

CLOCK = "2026-03-02T08:00+07:00"
BEGAN = datetime.fromisoformat(CLOCK)
pytestmark = pytest.mark.usefixtures("database")
_names = count()

# A clock that jumps back by minutes is another process's, or one that was set.
asked = st.lists(st.tuples(st.integers(-120, 7200), st.sampled_from([0.5, 1.0, 3.0])), min_size=1, max_size=40)
sizes = st.tuples(st.integers(1, 8), st.integers(1, 60))


@settings(deadline=None, max_examples=150)
@given(size=sizes, asked=asked)
def test_no_span_of_time_gets_more_than_a_full_bucket_and_what_comes_back_in_it(
    size: tuple[int, int], asked: list[tuple[int, float]]
) -> None:
    budget = Budget(f"test.{next(_names)}", capacity=size[0], per_hour=size[1])
    now, taken = BEGAN, list[tuple[datetime, float]]()
    for seconds, cost in asked:
        now += timedelta(seconds=seconds)
        if budget.take(now=now, cost=cost):
            taken.append((now, cost))
    for first, (start, _) in enumerate(taken):
        latest, given_out = start, 0.0
        for at, cost in taken[first:]:
            latest, given_out = max(latest, at), given_out + cost
            comes_back = (latest - start).total_seconds() / 3600 * budget.per_hour
            assert given_out <= budget.capacity + comes_back + 1e-6


@settings(deadline=None, max_examples=100)
@given(size=sizes, asked=asked)
def test_the_database_counts_as_the_rules_do(size: tuple[int, int], asked: list[tuple[int, float]]) -> None:
    budget = Budget(f"test.{next(_names)}", capacity=size[0], per_hour=size[1])
    left: Left | None = None
    now = BEGAN
    for seconds, cost in asked:
        now += timedelta(seconds=seconds)
        held = rules.filled(left, capacity=size[0], per_hour=size[1], now=now)
        assert budget.left(now=now) == pytest.approx(held)
        if held >= cost - 1e-9 and held < cost + 1e-9:
            return  # on the edge: the two count in different fractions
        assert budget.take(now=now, cost=cost) == (held >= cost)
        if held >= cost:
            left = Left(held - cost, max(now, left.at) if left else now)


@settings(deadline=None, max_examples=50)
@given(others=st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=5))
def test_one_bucket_empties_no_other(others: list[str]) -> None:
    budget = Budget(f"test.{next(_names)}", capacity=1, per_hour=1)
    assert [budget.take(of, now=BEGAN) for of in others] == [True] * len(others)
    assert [budget.take(of, now=BEGAN) for of in others] == [False] * len(others)
