"""Generated stays: every engine agrees with walks enumerated one by one, and forward and backward tracing agree.

The enumeration shares no code with the engines: it tries every sequence of overlaps, which only small inputs allow.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.scenes import ANY_OVERLAP, ENGINES

from dauchan.kernel.intervals import Interval
from dauchan.tracing.engines.base import Reached, Stay, best_exposures, reach, sources
from dauchan.visits.rules import Confidence, Doubt

START = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)
"""Ten minutes before local midnight, so that generated stays cross it."""
LAST = 16
SPOTS = (("x", "1"), ("x", "1"), ("x", ""), ("y", "1"))
"""Few, and one twice as likely, so that several carriers meet the same person."""
PERSONS = ("Z", "a10", "a9", "b", "c")
DAY_MINUTES = 24 * 60


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


WINDOW = Interval(minute(0), minute(LAST))


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    arrived, *later = sorted(draw(st.tuples(*[st.integers(0, LAST)] * 3)))
    seen, latest = later
    place, point = draw(st.sampled_from(SPOTS))
    sureness = {"confidence": draw(st.sampled_from(Confidence)), "doubts": Doubt(draw(st.integers(0, 3)))}
    person = draw(st.sampled_from(PERSONS))
    return Stay(person, place, point, minute(arrived), minute(seen), minute(latest), **sureness)


towns = st.lists(stays(), min_size=3, max_size=10)
some_time = st.tuples(st.integers(0, LAST), st.integers(0, LAST)).map(
    lambda two: Interval(minute(min(two)), minute(max(two)))
)
spans = st.one_of(st.just(WINDOW), some_time)
few_carriers = st.dictionaries(st.sampled_from(PERSONS), spans, min_size=1, max_size=2)
carriers = st.dictionaries(st.sampled_from(PERSONS), spans, min_size=1)
engines = pytest.mark.parametrize("engine", sorted(ENGINES))


@dataclass(frozen=True)
class Overlap:
    """Two stays of two persons at one point; minutes from START."""

    source: str
    target: str
    start: int
    certain: int
    end: int


def overlaps(town: list[Stay]) -> list[Overlap]:
    found = []
    for one, other in product(town, town):
        apart = (one.place, one.point) != (other.place, other.point) or one.person == other.person
        start = number(max(one.arrived_at, other.arrived_at))
        end = number(min(one.latest_departure, other.latest_departure))
        if not apart and start < end:
            certain = max(start, number(min(one.seen_until, other.seen_until)))
            found.append(Overlap(str(one.person), str(other.person), start, certain, end))
    return found


def number(instant: datetime) -> int:
    return (instant - START) // timedelta(minutes=1)


def walks(
    met: list[Overlap], carrier: str, since: int, until: int, steps: int, latent: int, closed: Collection[str]
) -> Iterator[tuple[str, str, int]]:
    """Every walk of exactly `steps` meetings: the last person, who exposed them, and when."""
    for each in met:
        exposed = max(each.start, since)
        if each.source != carrier or each.target in closed or exposed >= min(each.end, until):
            continue
        if steps == 1:
            yield each.target, carrier, exposed
        else:
            yield from walks(met, each.target, exposed + latent, LAST, steps - 1, latent, closed)


def expected(
    town: list[Stay], seeds: dict[str, Interval], generations: int, latent: int
) -> dict[str, tuple[object, ...]]:
    """Person -> generation, via, exposure, certain and possible minutes, best instant, best via: by enumeration."""
    met = overlaps(town)
    periods = {person: (number(time.start), number(time.end)) for person, time in seeds.items()}
    labels: dict[str, dict[int, tuple[int, str]]] = {}
    for steps, seed in product(range(1, generations + 1), seeds):
        for person, via, exposed in walks(met, seed, *periods[seed], steps, latent, seeds):
            known = labels.setdefault(person, {}).get(steps, (LAST + 1, ""))
            labels[person][steps] = min(known, (exposed, via))
    answer: dict[str, tuple[object, ...]] = {}
    for person, by_steps in labels.items():
        generation = min(by_steps)
        exposed, via = by_steps[generation]
        own = periods[via] if generation == 1 else (labels[via][generation - 1][0] + latent, LAST)
        shared = [each for each in met if (each.source, each.target) == (via, person)]
        certain = sum(max(0, min(each.certain, own[1]) - max(each.start, own[0])) for each in shared)
        possible = sum(max(0, min(each.end, own[1]) - max(each.start, own[0])) for each in shared)
        answer[person] = (generation, via, exposed, certain, possible, *min(by_steps.values()))
    return answer


def told(found: list[Reached]) -> dict[str, tuple[object, ...]]:
    return {
        str(each.person): (
            each.generation,
            each.via,
            number(each.exposed_at),
            each.certain_minutes,
            each.possible_minutes,
            number(each.best_at),
            each.best_via,
        )
        for each in found
    }


@engines
@settings(max_examples=300, deadline=None)
@given(town=towns, seeds=few_carriers, generations=st.integers(1, 3), latent=st.integers(0, 3))
def test_reach_is_what_enumerating_every_walk_finds(
    engine: str, town: list[Stay], seeds: dict[str, Interval], generations: int, latent: int
) -> None:
    ruleset = replace(ANY_OVERLAP, latent_days=latent / DAY_MINUTES)
    found = reach(seeds, generations, ruleset, ENGINES[engine](town), window=WINDOW)
    assert told(found) == expected(town, seeds, generations, latent)


@engines
@settings(max_examples=150, deadline=None)
@given(town=towns, generations=st.integers(1, 3), latent=st.integers(0, 3))
def test_someone_is_a_possible_source_of_a_case_exactly_when_tracing_them_reaches_the_case(
    engine: str, town: list[Stay], generations: int, latent: int
) -> None:
    """The infectious time of the one traced begins where the latent time after the window's start is over."""
    ruleset = replace(ANY_OVERLAP, latent_days=latent / DAY_MINUTES)
    traced = ENGINES[engine](town)
    forward = {
        (person, str(each.person), each.generation)
        for person in PERSONS
        for each in reach({person: WINDOW}, generations, ruleset, traced, window=WINDOW)
    }
    backward = {
        (str(each.person), person, each.generation)
        for person in PERSONS
        for each in sources({person: WINDOW}, generations, ruleset, traced, window=WINDOW)
    }
    assert forward == backward


@engines
@settings(max_examples=200, deadline=None)
@given(town=towns, seeds=carriers, window=spans)
def test_exposures_of_many_are_the_best_of_their_encounters(
    engine: str, town: list[Stay], seeds: dict[str, Interval], window: Interval
) -> None:
    traced = ENGINES[engine](town)
    met = traced.encounters(seeds, window)
    first = best_exposures(met, lambda each: each.start, lambda one, other: one < other)
    last = best_exposures(met, lambda each: each.end, lambda one, other: one > other)
    assert traced.first_exposures(seeds, window) == first
    assert traced.last_exposures(seeds, window) == last


@engines
@settings(max_examples=200, deadline=None)
@given(town=towns, seeds=carriers, window=spans)
def test_encounters_of_pairs_are_the_same_ones_among_all_encounters(
    engine: str, town: list[Stay], seeds: dict[str, Interval], window: Interval
) -> None:
    traced = ENGINES[engine](town)
    met = traced.encounters(seeds, window)
    pairs = {each.target: each.source for each in met}
    wanted = [each for each in met if pairs[each.target] == each.source]
    assert sorted(traced.encounters(seeds, window, pairs=pairs), key=str) == sorted(wanted, key=str)
    assert all(each.start <= each.certain_until <= each.end and each.start < each.end for each in met)


@engines
@settings(max_examples=100, deadline=None)
@given(town=towns, window=spans)
def test_crowding_counts_the_persons_of_overlapping_stays(engine: str, town: list[Stay], window: Interval) -> None:
    here = {
        each.person
        for each in town
        if (each.place, each.point) == ("x", "1")
        and Interval(each.arrived_at, each.latest_departure).overlap(window) is not None
    }
    assert ENGINES[engine](town).crowding("x", "1", window) == len(here)
