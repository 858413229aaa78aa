"""The engine over sealed visits, asked about stays that are given: a plain file, or a literal scene.

Decides only how names become ids and back: persons become ids of the same order, places and points numbers. A person's
stays that overlap at one point, which no deriver would make, stand in the table under several ids of that person, just
as records merged into one human do.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring
from dauchan.tracing.engines.base import Encounter, Exposure, PersonId, Pieces, PlaceId, PointId, Stay
from dauchan.tracing.engines.postgres import PostgresEngine
from dauchan.visits.loading import WholeStay, load_stays
from dauchan.visits.rules import DepartedBy

COPY_BITS = 32
"""The lower bits of an id number the copies of one person; copy 0 is the canonical one."""


class SealedFileEngine:
    """`PostgresEngine` over these stays, which it writes into the empty visit table that the connection leads to.

    raises   TooManyDays
    """

    def __init__(self, stays: Sequence[Stay], keyring: Keyring) -> None:
        self._names = Names(stays)
        load_stays(self._names.whole_stays(stays), keyring)
        self._engine = PostgresEngine(keyring, people=self._names)

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._told(self._engine.first_exposures(self._asked(carriers), window))

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._told(self._engine.last_exposures(self._asked(receivers), window))

    def encounters(
        self, persons: Pieces, window: Interval, *, pairs: Mapping[PersonId, PersonId] | None = None
    ) -> list[Encounter]:
        ids = self._names.ids
        known = pairs and {ids[one]: ids[other] for one, other in pairs.items() if one in ids and other in ids}
        return [self._met(each) for each in self._engine.encounters(self._asked(persons), window, pairs=known)]

    def places_of(self, persons: Pieces, window: Interval) -> list[Stay]:
        found = self._engine.places_of(self._asked(persons), window)
        return [replace(each, person=self._names.persons[each.person], **self._where(each.point)) for each in found]

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        spot = self._names.spots.get((place, point))
        return 0 if spot is None else self._engine.crowding(*spot, window)

    def _asked(self, persons: Pieces) -> Pieces:
        """Those asked about who have a stay, by their ids; the others have met nobody."""
        ids = self._names.ids
        return {ids[person]: time for person, time in persons.items() if person in ids}

    def _told(self, labels: Mapping[PersonId, Exposure]) -> dict[PersonId, Exposure]:
        names = self._names.persons
        return {names[target]: Exposure(label.at, names[label.via]) for target, label in labels.items()}

    def _met(self, each: Encounter) -> Encounter:
        source, target = self._names.persons[each.source], self._names.persons[each.target]
        return replace(each, source=source, target=target, **self._where(each.point))

    def _where(self, point: PointId) -> dict[str, Any]:
        place, name = self._names.points[point]
        return {"place": place, "point": name}


class Names:
    """Persons, places and points as ids and back; and which ids are one person (`Aliases`)."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        persons: set[Any] = {stay.person for stay in stays}
        spots: set[Any] = {(stay.place, stay.point) for stay in stays}
        places = {place: number for number, place in enumerate(sorted({place for place, _ in spots}), start=1)}
        self.ids = {person: UUID(int=rank << COPY_BITS) for rank, person in enumerate(sorted(persons), start=1)}
        self.persons: dict[PersonId, PersonId] = {number: person for person, number in self.ids.items()}
        self.spots = {spot: (places[spot[0]], number) for number, spot in enumerate(sorted(spots), start=1)}
        self.points: dict[PointId, tuple[PlaceId, PointId]] = {number: spot for spot, (_, number) in self.spots.items()}
        self._copies: dict[UUID, int] = {}

    def whole_stays(self, stays: Iterable[Stay]) -> Iterator[WholeStay]:
        """The stays that last, under the first copy of the person that isn't at the point already."""
        free_from: dict[tuple[UUID, int], list[datetime]] = defaultdict(list)
        for stay in sorted(stays, key=lambda each: each.arrived_at):
            if stay.arrived_at < stay.latest_departure:
                person, (place, point) = self.ids[stay.person], self.spots[stay.place, stay.point]
                copy = _take(free_from[person, point], stay)
                self._copies[person] = max(copy, self._copies.get(person, 0))
                yield _whole(stay, UUID(int=person.int + copy), place, point)

    def aliases_of(self, people: Iterable[UUID]) -> dict[UUID, UUID]:
        return {each: _canonical(each) for each in people}

    def merged_ids(self) -> set[UUID]:
        return {UUID(int=person.int + copy) for person, last in self._copies.items() for copy in range(1, last + 1)}


def _take(free_from: list[datetime], stay: Stay) -> int:
    """The lowest copy that is free when the stay begins; it is taken until the stay ends."""
    for copy, free in enumerate(free_from):
        if free <= stay.arrived_at:
            free_from[copy] = stay.latest_departure
            return copy
    free_from.append(stay.latest_departure)
    return len(free_from) - 1


def _canonical(record: UUID) -> UUID:
    return UUID(int=record.int >> COPY_BITS << COPY_BITS)


def _whole(stay: Stay, person: UUID, place: int, point: int) -> WholeStay:
    return WholeStay(
        person,
        place,
        point,
        stay.arrived_at,
        stay.seen_until,
        stay.departed_at or stay.latest_departure,
        stay.latest_departure,
        DepartedBy[stay.departed_by.upper()],
        stay.confidence,
        stay.doubts,
    )
