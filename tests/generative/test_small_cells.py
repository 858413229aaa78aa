"""An attacker who adds and subtracts whatever is shown gets no small count of people out of it."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dauchan.agencies.rules import SMALL_CELL
from dauchan.coverage.definitions import thresholds
from dauchan.coverage.publishing import also_hidden, hidden_beside_few, tells_of_few
from dauchan.kernel import clock

FEWEST = 10
TODAY = clock.local_day(clock.now())
TINY = 1e-9
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])
"""A busy machine makes these worlds slowly; that is no fault of theirs."""
communes = st.lists(st.one_of(st.integers(0, 30), st.integers(0, 5000)), min_size=1, max_size=6)
provinces = st.lists(communes, min_size=1, max_size=5)


def world(districts: list[list[int]]) -> tuple[dict[int, int], dict[int, int | None]]:
    """People and parent by row: the province 0, its districts, their communes."""
    people, parents = {0: sum(map(sum, districts))}, {0: None}
    for number, of_district in enumerate(districts, 1):
        people[number], parents[number] = sum(of_district), 0
        for position, count in enumerate(of_district):
            row = number * 100 + position
            people[row], parents[row] = count, number
    return people, parents


def hidden_in(people: dict[int, int], parents: dict[int, int | None], before: set[int]) -> tuple[set[int], set[int]]:
    """The rows that are small, and all that stay hidden."""
    small = {row for row, count in people.items() if 0 < count < FEWEST}
    counts = {row: None if row in small else count for row, count in people.items()}
    return small, small | also_hidden(counts, parents, hidden=small, before=before, day=TODAY)


def worked_out(parents: dict[int, int | None], hidden: set[int]) -> set[int]:
    """The hidden rows that the sums leave no choice about: their unit vector is a combination of the equations."""
    column = {row: number for number, row in enumerate(sorted(hidden))}
    equations = []
    for whole in sorted({parent for parent in parents.values() if parent is not None}):
        line = np.zeros(len(column))
        for row in [whole, *(each for each, parent in parents.items() if parent == whole)]:
            if row in column:
                line[column[row]] = -1 if row == whole else 1
        equations.append(line)
    matrix = np.array(equations)
    rank = np.linalg.matrix_rank(matrix, tol=TINY)
    units = np.eye(len(column))
    return {row for row, at in column.items() if np.linalg.matrix_rank(np.vstack([matrix, units[at]]), TINY) == rank}


@PATIENT
@given(provinces)
def test_no_small_count_is_worked_out_from_the_sums(districts):
    people, parents = world(districts)
    small, hidden = hidden_in(people, parents, set())
    assert not small & worked_out(parents, hidden)


@PATIENT
@given(provinces, st.data())
def test_nor_where_others_were_hidden_before(districts, data):
    people, parents = world(districts)
    before = set(data.draw(st.lists(st.sampled_from(sorted(people)))))
    small, hidden = hidden_in(people, parents, before)
    assert not small & worked_out(parents, hidden)


@PATIENT
@given(provinces)
def test_no_other_rows_are_hidden_from_day_to_day_while_the_same_are_small(districts):
    people, parents = world(districts)
    small, hidden = hidden_in(people, parents, set())
    grown = {row: count + (row % 7) if count >= FEWEST else count for row, count in people.items()}
    _small, later = hidden_in(grown, parents, hidden)
    assert small <= later <= hidden


heads = st.tuples(st.one_of(st.integers(0, 30), st.integers(0, 5000)), st.integers(0, 12))
"""How many have something, and how many have it not."""
offices = st.lists(st.tuples(heads, st.lists(heads, max_size=5)), min_size=1, max_size=4)


@PATIENT
@given(heads, offices, st.data())
def test_nor_a_small_count_of_those_without_or_of_an_office_beside_its_parts(top, departments, data):
    own, parents = {1: top}, {1: None}
    for number, (office, schools) in enumerate(departments, 2):
        own[number], parents[number] = office, 1
        for position, school in enumerate(schools):
            own[number * 100 + position], parents[number * 100 + position] = school, number
    beneath = {row: [each for each in own if each == row or parents[each] == row] for row in own}
    beneath[1] = list(own)
    counts = {row: sum(own[each][0] for each in below) for row, below in beneath.items()}
    wholes = {row: counts[row] + sum(own[each][1] for each in below) for row, below in beneath.items()}
    before = set(data.draw(st.lists(st.sampled_from(sorted(own)))))

    kept_back = hidden_beside_few(counts, wholes, parents, before=before, day=TODAY)
    few = {row for row, count in counts.items() if tells_of_few(count, wholes[row], TODAY)}
    offices_of_few = {
        -row: row
        for row, below in beneath.items()
        if len(below) > 1 and tells_of_few(own[row][0], sum(own[row]), TODAY)
    }
    assert not few & kept_back
    found = worked_out({**parents, **offices_of_few}, few | kept_back | set(offices_of_few))
    nobody = {row for row, count in counts.items() if not count} | {
        -row for row, (count, _) in own.items() if not count
    }
    """Zeros can't be hidden: a whole of nobody has parts of nobody."""
    assert not found & (few | set(offices_of_few)) - nobody


def test_every_slice_means_the_same_by_few():
    assert FEWEST == SMALL_CELL == thresholds(TODAY).fewest_people
