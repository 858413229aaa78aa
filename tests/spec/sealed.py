"""Literal stays in the sealed visit table: the postgres engine asked in short words.

Short texts become ids of the same order, stays become day pieces under that day's tokens; answers are turned back.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from hypothesis import reject
from msgspec.structs import replace
from support.stays import SealedStay, rows_of, write_rows

from dauchan import config
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring, open_keyring
from dauchan.tracing.engines.base import Encounter, Exposure, Stay
from dauchan.tracing.engines.postgres import PostgresEngine


def person_id(name: str) -> UUID:
    """Short texts as ids that order as the texts do."""
    return UUID(bytes=name.encode().ljust(16, b"\0"))


def person_name(person: Any) -> str:
    return bytes(person.bytes).rstrip(b"\0").decode()


class SealedEngine:
    """The postgres engine over stays whose persons, places and points are texts."""

    def __init__(self, stays: list[Stay]) -> None:
        spots = sorted({(str(each.place), str(each.point)) for each in stays})
        self._places = {place: number for number, place in enumerate(sorted({place for place, _ in spots}), start=1)}
        self._spots = {spot: number for number, spot in enumerate(spots, start=1)}
        self._names = {number: spot for spot, number in self._spots.items()}
        keyring = open_keyring(config.load().keyring_dir)
        write(
            keyring,
            [(each, self._places[str(each.place)], self._spots[str(each.place), str(each.point)]) for each in stays],
        )
        self._engine = PostgresEngine(keyring)

    def first_exposures(self, carriers: Mapping[Any, Interval], window: Interval) -> dict[Any, Exposure]:
        return self._told(self._engine.first_exposures(_ids(carriers), window))

    def last_exposures(self, receivers: Mapping[Any, Interval], window: Interval) -> dict[Any, Exposure]:
        return self._told(self._engine.last_exposures(_ids(receivers), window))

    def encounters(
        self, persons: Mapping[Any, Interval], window: Interval, *, pairs: Mapping[Any, Any] | None = None
    ) -> list[Encounter]:
        wanted = pairs and {person_id(target): person_id(source) for target, source in pairs.items()}
        return [self._met(each) for each in self._engine.encounters(_ids(persons), window, pairs=wanted)]

    def places_of(self, persons: Mapping[Any, Interval], window: Interval) -> list[Stay]:
        found = self._engine.places_of(_ids(persons), window)
        return [replace(each, person=person_name(each.person), **self._where(each.point)) for each in found]

    def crowding(self, place: Any, point: Any, window: Interval) -> int:
        spot = self._spots.get((place, point))
        return self._engine.crowding(self._places[place], spot, window) if spot else 0

    def _met(self, each: Encounter) -> Encounter:
        persons = {"source": person_name(each.source), "target": person_name(each.target)}
        return replace(each, **persons, **self._where(each.point))

    def _where(self, point: Any) -> dict[str, Any]:
        return dict(zip(("place", "point"), self._names[point], strict=True))

    def _told(self, labels: Mapping[Any, Exposure]) -> dict[Any, Exposure]:
        return {person_name(target): Exposure(label.at, person_name(label.via)) for target, label in labels.items()}


def _ids(persons: Mapping[Any, Interval]) -> dict[Any, Interval]:
    return {person_id(person): time for person, time in persons.items()}


def write(keyring: Keyring, stays: list[tuple[Stay, int, int]]) -> None:
    """Replace all visits by these stays, given with the ids of place and point.

    A town in which one person has two stays that begin together at one point cannot stand in the table: rejected.
    """
    sealed = [
        SealedStay(
            person_id(str(each.person)),
            place,
            point,
            each.arrived_at,
            each.seen_until,
            each.latest_departure,
            each.confidence,
            each.doubts,
        )
        for each, place, point in stays
    ]
    rows = [row for each in sealed for row in rows_of(keyring, each)]
    if len({(row[1], row[2], row[4]) for row in rows}) < len(rows):
        reject()
    with connection.cursor() as cursor:
        cursor.execute("delete from visits_visit")
    write_rows(rows)
