"""The reference engine: stays in memory, sorted by point; right first, and quick enough for a million stays.

Inside, instants are whole microseconds, so that looking backward is the same sweep with time negated.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TypeAlias

from dauchan.kernel.intervals import Interval
from dauchan.tracing.engines.base import Encounter, Exposure, PersonId, Pieces, PlaceId, PointId, Stay

Spot: TypeAlias = tuple[PlaceId, PointId]
Span: TypeAlias = tuple[int, PersonId, int]
"""Start, person, end, in microseconds: the order in which a sweep takes them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_ARRIVAL = attrgetter("arrived_at")


class MemoryEngine:
    """Answers the questions of `Engine` from a collection of stays."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        self._by_person: dict[PersonId, list[Stay]] = defaultdict(list)
        self._by_spot: dict[Spot, list[Stay]] = defaultdict(list)
        for stay in sorted((each for each in stays if each.arrived_at < each.latest_departure), key=_ARRIVAL):
            self._by_person[stay.person].append(stay)
            self._by_spot[stay.place, stay.point].append(stay)
        self._longest = {
            spot: max(each.latest_departure - each.arrived_at for each in here) for spot, here in self._by_spot.items()
        }

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(carriers, window, 1)

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(receivers, window, -1)

    def encounters(
        self, persons: Pieces, window: Interval, *, pairs: Mapping[PersonId, PersonId] | None = None
    ) -> list[Encounter]:
        cut = _cut(persons, window)
        if pairs is None:
            return [met for person in cut for met in self._meetings(person, cut[person])]
        targets: dict[PersonId, set[PersonId]] = defaultdict(set)
        for target, source in pairs.items():
            targets[source].add(target)
        return [met for person in cut for met in self._meetings_with(person, cut[person], targets[person])]

    def places_of(self, persons: Pieces, window: Interval) -> list[Stay]:
        cut = _cut(persons, window)
        return [stay for person in sorted(cut) for stay in self._stays_in(person, cut[person])]

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        present = self._present((place, point), window) if window.start < window.end else ()
        return len({stay.person for stay in present})

    def _exposures(self, persons: Pieces, window: Interval, sign: int) -> dict[PersonId, Exposure]:
        best: dict[PersonId, tuple[int, PersonId]] = {}
        for spot, pieces in self._pieces(persons, window).items():
            span = Interval(min(start for start, _, _ in pieces), max(end for _, _, end in pieces))
            others = [
                _span(stay.arrived_at, stay.person, stay.latest_departure, sign) for stay in self._present(spot, span)
            ]
            for target, at, via in first_meetings([_span(*piece, sign) for piece in pieces], others):
                known = best.get(target)
                if known is None or at < known[0] or (at == known[0] and via < known[1]):
                    best[target] = (at, via)
        return {target: Exposure(EPOCH + sign * at * MICROSECOND, via) for target, (at, via) in best.items()}

    def _pieces(self, persons: Pieces, window: Interval) -> dict[Spot, list[tuple[datetime, PersonId, datetime]]]:
        """Where and when these persons matter: their possible stays, cut to their time."""
        pieces: dict[Spot, list[tuple[datetime, PersonId, datetime]]] = defaultdict(list)
        for person, time in _cut(persons, window).items():
            for stay in self._stays_in(person, time):
                start, end = max(stay.arrived_at, time.start), min(stay.latest_departure, time.end)
                pieces[stay.place, stay.point].append((start, person, end))
        return pieces

    def _stays_in(self, person: PersonId, time: Interval) -> Iterator[Stay]:
        for stay in self._by_person.get(person, ()):
            if stay.arrived_at < time.end and stay.latest_departure > time.start:
                yield stay

    def _present(self, spot: Spot, time: Interval) -> Iterator[Stay]:
        """The possible stays at a point that share time with this interval, by arrival."""
        here = self._by_spot.get(spot, [])
        earliest = time.start - self._longest.get(spot, timedelta())
        for number in range(bisect_left(here, earliest, key=_ARRIVAL), len(here)):
            stay = here[number]
            if stay.arrived_at >= time.end:
                return
            if stay.latest_departure > time.start:
                yield stay

    def _meetings(self, person: PersonId, time: Interval) -> Iterator[Encounter]:
        """Everyone met by one person within a time."""
        for own in self._stays_in(person, time):
            span = Interval(max(own.arrived_at, time.start), min(own.latest_departure, time.end))
            for other in self._present((own.place, own.point), span):
                if other.person != person:
                    yield _encounter(own, other, time)

    def _meetings_with(self, person: PersonId, time: Interval, targets: Iterable[PersonId]) -> Iterator[Encounter]:
        """The meetings of one person with some others: for each, only the points that both visited."""
        own_stays: dict[Spot, list[Stay]] = defaultdict(list)
        for own in self._stays_in(person, time):
            own_stays[own.place, own.point].append(own)
        for target in targets:
            for other in self._stays_in(target, time):
                for own in own_stays.get((other.place, other.point), ()):
                    if own.arrived_at < other.latest_departure and other.arrived_at < own.latest_departure:
                        yield from _nonempty(_encounter(own, other, time))


def first_meetings(carriers: list[Span], others: list[Span]) -> Iterator[tuple[PersonId, int, PersonId]]:
    """One sweep over a point: for each stay of the others the first instant shared with a carrier, and the lowest one.

    A carrier present when the other arrives is met at that instant; else the first who comes before the other leaves.
    """
    carriers.sort()
    present: list[tuple[PersonId, int]] = []
    coming = 0
    for start, person, end in sorted(others):
        while coming < len(carriers) and carriers[coming][0] <= start:
            insort(present, (carriers[coming][1], carriers[coming][2]))
            coming += 1
        met = _lowest_present(present, start, person)
        if met is not None:
            yield person, start, met
            continue
        for number in range(coming, len(carriers)):
            arrival, carrier, _ = carriers[number]
            if arrival >= end:
                break
            if carrier != person:
                yield person, arrival, carrier
                break


def _lowest_present(present: list[tuple[PersonId, int]], at: int, person: PersonId) -> PersonId | None:
    """The lowest carrier still there who isn't the person; those found gone are dropped for good."""
    number = 0
    while number < len(present):
        carrier, end = present[number]
        if end <= at:
            del present[number]
        elif carrier == person:
            number += 1
        else:
            return carrier
    return None


def _cut(persons: Pieces, window: Interval) -> dict[PersonId, Interval]:
    cut = ((person, time.overlap(window)) for person, time in persons.items())
    return {person: time for person, time in cut if time is not None}


def _encounter(own: Stay, other: Stay, time: Interval) -> Encounter:
    """Two stays at one point as an encounter, cut to the time (empty when they share none of it)."""
    start = max(own.arrived_at, other.arrived_at, time.start)
    end = min(own.latest_departure, other.latest_departure, time.end)
    certain_until = max(start, min(own.seen_until, other.seen_until, end))
    confidence, doubts = min(own.confidence, other.confidence), own.doubts | other.doubts
    return Encounter(own.person, other.person, own.place, own.point, start, certain_until, end, confidence, doubts)


def _nonempty(met: Encounter) -> Iterator[Encounter]:
    if met.start < met.end:
        yield met


def _span(start: datetime, person: PersonId, end: datetime, sign: int) -> Span:
    """Microseconds since 1970; with sign -1 time runs backward."""
    first, last = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
    return (first, person, last) if sign > 0 else (-last, person, -first)
