"""The named questions about stays, and the one rule that turns their answers into contacts or possible sources.

An engine knows stays and answers five questions, each about many persons at once. It decides nothing about
generations: `reach` and `sources` do, for every engine alike (docs/methods/time-respecting-reach.md).
Persons are text or UUID, all of one kind, and order as they compare (text by code point).
"""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

import msgspec

from dauchan.kernel.intervals import Interval
from dauchan.tracing.rulesets import Ruleset
from dauchan.visits.rules import Confidence, Doubt


class Ordered(Protocol):
    """What can name a person: hashable, and one of two is lower."""

    def __hash__(self) -> int: ...
    def __lt__(self, other: Any, /) -> bool: ...


PersonId: TypeAlias = Ordered
PlaceId: TypeAlias = Ordered
PointId: TypeAlias = Ordered | None
Pieces: TypeAlias = Mapping[PersonId, Interval]


class Stay(msgspec.Struct, frozen=True, gc=False):
    """One person at one point of a place.

    Certain is `[arrived_at, seen_until)`, possible is `[arrived_at, latest_departure)`; UTC. `departed_by` says how
    the departure is known (scan | next_scan | closing | assumed | beacon), `confidence` how sure it is that it was this
    person here, `doubts` what speaks against it.
    """

    person: PersonId
    place: PlaceId
    point: PointId
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    departed_at: datetime | None = None
    departed_by: str = "assumed"
    confidence: Confidence = Confidence.INTEGRATOR
    doubts: Doubt = Doubt.NONE


class Encounter(msgspec.Struct, frozen=True, gc=False):
    """Two persons at one point at one time: possible `[start, end)`, certain `[start, certain_until)`.

    Already cut to the time asked for; `end > start` always, `certain_until == start` when nothing is certain.
    `confidence` is that of the less sure of both stays, `doubts` are those of either.
    """

    source: PersonId
    target: PersonId
    place: PlaceId
    point: PointId
    start: datetime
    certain_until: datetime
    end: datetime
    confidence: int = Confidence.INTEGRATOR
    doubts: int = 0

    @property
    def certain(self) -> Interval:
        return Interval(self.start, self.certain_until)

    @property
    def possible(self) -> Interval:
        return Interval(self.start, self.end)


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """When, and by whom: the label that one step of tracing leaves on a person."""

    at: datetime
    via: PersonId


class Engine(Protocol):
    """Answers questions about stays. Persons asked about are a mapping person -> the time that matters for that person.

    Every interval is cut to `window`. Overlaps are those of possible stays at the same place and point; touching
    and empty overlaps don't count; nobody meets oneself. A person without stays is no error.
    """

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        """For each person met by a carrier: the first instant, and the lowest carrier present at that instant."""

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        """For each person who met a receiver: when the last such meeting ends, and the lowest receiver there then."""

    def encounters(
        self, persons: Pieces, window: Interval, *, pairs: Mapping[PersonId, PersonId] | None = None
    ) -> list[Encounter]:
        """All encounters whose source is one of `persons`; with `pairs` (target -> source) only these pairs."""

    def places_of(self, persons: Pieces, window: Interval) -> list[Stay]:
        """The stays of these persons that touch their time, whole, by person and arrival."""

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        """How many persons were possibly at this point within the window."""


class Reached(msgspec.Struct, frozen=True, gc=False):
    """One person found by `reach` or `sources`.

    `generation` is the least number of steps; `via` and `encounters` belong to the best label of that generation.
    Forward, `exposed_at` is the earliest possible exposure; backward it is the latest instant at which this person
    could have passed it on so that it still reaches the case. `best_at`, `best_via`: the best over all generations.
    """

    person: PersonId
    generation: int
    via: PersonId
    exposed_at: datetime
    encounters: tuple[Encounter, ...]
    best_at: datetime
    best_via: PersonId

    @property
    def certain_minutes(self) -> float:
        return _minutes(each.certain for each in self.encounters)

    @property
    def possible_minutes(self) -> float:
        return _minutes(each.possible for each in self.encounters)


@dataclass(frozen=True, slots=True)
class _Direction:
    """The two directions of tracing differ in these three things only."""

    ask: Callable[[Pieces, Interval], dict[PersonId, Exposure]]
    instant: Callable[[Encounter], datetime]
    is_better: Callable[[datetime, datetime], bool]
    onward: Callable[[datetime], Interval | None]


def reach(
    seeds: Pieces,
    generations: int,
    ruleset: Ruleset,
    engine: Engine,
    *,
    window: Interval,
    apart: Collection[PersonId] | None = None,
) -> list[Reached]:
    """Who may have been exposed, in at most this many steps, starting from seeds who are infectious in their interval.

    Whoever is `apart` is never exposed again: the seeds, unless said otherwise (the index case alone, when the seeds
    are F1, who can also have been exposed by one another).
    """
    forward = _Direction(
        engine.first_exposures,
        lambda met: met.start,
        lambda one, other: one < other,
        lambda exposed_at: infectious_from(exposed_at, ruleset, window),
    )
    return _trace(seeds, generations, engine, forward, window=window, apart=seeds if apart is None else apart)


def infectious_from(exposed_at: datetime, ruleset: Ruleset, window: Interval) -> Interval | None:
    """When a contact can pass it on: from exposure plus the latent days until the window or the ruleset's days end.

    returns  None when that is never within the window
    """
    start = exposed_at + timedelta(days=ruleset.latent_days)
    days = ruleset.infectious_days
    end = window.end if days is None else min(window.end, start + timedelta(days=days))
    return Interval(start, end) if start < end else None


def sources(
    seeds: Pieces,
    generations: int,
    ruleset: Ruleset,
    engine: Engine,
    *,
    window: Interval,
) -> list[Reached]:
    """Who may have infected the seeds, each exposed within the interval given: `reach` with time reversed.

    A person found at `exposed_at` must have been exposed more than the latent days before it. How long a contact stays
    infectious isn't applied here: going back, nobody is left out.
    """

    def receptive(passed_on_until: datetime) -> Interval | None:
        end = passed_on_until - timedelta(days=ruleset.latent_days)
        return Interval(window.start, end) if window.start < end else None

    backward = _Direction(engine.last_exposures, lambda met: met.end, lambda one, other: one > other, receptive)
    return _trace(seeds, generations, engine, backward, window=window, apart=seeds)


def _trace(
    seeds: Pieces,
    generations: int,
    engine: Engine,
    direction: _Direction,
    *,
    window: Interval,
    apart: Collection[PersonId],
) -> list[Reached]:
    """Labels by exact number of steps, then the evidence of each person's least generation."""
    with collecting_later():
        return _labelled(seeds, generations, engine, direction, window=window, apart=apart)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Let the collector of cyclic garbage rest: it would walk a million new objects again and again, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _labelled(
    seeds: Pieces,
    generations: int,
    engine: Engine,
    direction: _Direction,
    *,
    window: Interval,
    apart: Collection[PersonId],
) -> list[Reached]:
    closed, carriers = set(apart), seeds
    found: dict[PersonId, _Found] = {}
    for generation in range(1, generations + 1):
        labels, met = _step(carriers, engine, direction, window=window, closed=closed)
        new = _note(labels, generation, found, direction)
        for each in engine.encounters(carriers, window, pairs=new) if met is None else met:
            known = found.get(each.target)
            if known is not None and known.generation == generation:
                known.met.append(each)
        carriers = _carriers(labels, direction) if generation < generations else {}
        if not carriers:
            break
    return [
        Reached(
            person, each.generation, each.first.via, each.first.at, _in_order(each.met), each.best.at, each.best.via
        )
        for person, each in found.items()
    ]


class _Found(msgspec.Struct):
    """What is known of one person so far: the least generation's label and encounters, and the best label of all."""

    generation: int
    first: Exposure
    best: Exposure
    met: list[Encounter]


def _note(
    labels: Mapping[PersonId, Exposure], generation: int, found: dict[PersonId, _Found], direction: _Direction
) -> dict[PersonId, PersonId]:
    """Keep what one step told.

    returns  everybody new, with the one they were met by
    """
    new: dict[PersonId, PersonId] = {}
    for person, label in labels.items():
        known = found.get(person)
        if known is None:
            found[person] = _Found(generation, label, label, [])
            new[person] = label.via
        elif _betters(label, known.best, direction):
            known.best = label
    return new


def _step(
    carriers: Pieces, engine: Engine, direction: _Direction, *, window: Interval, closed: Collection[PersonId]
) -> tuple[dict[PersonId, Exposure], list[Encounter] | None]:
    """The best label of everyone met in one step; a single carrier's encounters tell it without a second question."""
    met = engine.encounters(carriers, window) if len(carriers) == 1 else None
    labels = (
        direction.ask(carriers, window) if met is None else best_exposures(met, direction.instant, direction.is_better)
    )
    for person in closed:
        labels.pop(person, None)
    return labels, met


def best_exposures(
    encounters: Iterable[Encounter],
    instant: Callable[[Encounter], datetime],
    is_better: Callable[[datetime, datetime], bool],
) -> dict[PersonId, Exposure]:
    """Per target the best instant, ties by lowest source: what `first_exposures` and `last_exposures` must answer."""
    best: dict[PersonId, Exposure] = {}
    for met in encounters:
        known, at = best.get(met.target), instant(met)
        if known is None or is_better(at, known.at) or (at == known.at and met.source < known.via):
            best[met.target] = Exposure(at, met.source)
    return best


def _betters(label: Exposure, known: Exposure, direction: _Direction) -> bool:
    """Whether a label is better than the best so far; of equal instants the lowest person's."""
    return direction.is_better(label.at, known.at) or (label.at == known.at and label.via < known.via)


def _carriers(labels: Mapping[PersonId, Exposure], direction: _Direction) -> dict[PersonId, Interval]:
    onward = ((person, direction.onward(label.at)) for person, label in labels.items())
    return {person: interval for person, interval in onward if interval is not None}


def _in_order(met: Collection[Encounter]) -> tuple[Encounter, ...]:
    """By time and place; two that differ in nothing else by what is certain, so that every engine tells the same."""
    if len(met) < 2:
        return tuple(met)
    return tuple(
        sorted(
            met,
            key=lambda each: (
                *(each.start, each.end, str(each.place), str(each.point), each.certain_until),
                *(each.confidence, each.doubts),
            ),
        )
    )


def _minutes(intervals: Iterable[Interval]) -> float:
    return sum((each.length for each in intervals), timedelta()).total_seconds() / 60
