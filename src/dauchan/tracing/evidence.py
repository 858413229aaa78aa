"""What is sealed with a proposal or contact: through whom, where and when; and the facets by which it is found again.

Pure but for the vault's key: no decision, no database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from dauchan.cases.evidence import Vault
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.tracing.engines.base import Encounter
from dauchan.visits.rules import Confidence, Doubt
from dauchan.visits.words import sureness

ENCOUNTERS = "encounters"
TOLD = "told"


class Met(msgspec.Struct, frozen=True, array_like=True):
    """One encounter as stored; `told` when the case told of the place and no scan of the case proves it.

    `confidence` and `doubts` as in `Encounter`.
    """

    place_id: int
    point_id: int | None
    start: datetime
    certain_until: datetime
    end: datetime
    confidence: int
    doubts: int
    told: bool = False

    def encounter(self, place: str, point: str | None) -> Encounter:
        """For words: an encounter between nobody, with names in place of ids."""
        return Encounter("", "", place, point, self.start, self.certain_until, self.end)

    @property
    def sureness(self) -> str:
        """In words: how the less sure of both was recorded, and what speaks against either."""
        return sureness(self.confidence, self.doubts)

    @property
    def weak(self) -> bool:
        """Whether one of both was only typed by hand, or something speaks against it."""
        return self.confidence == Confidence.TYPED or self.doubts != Doubt.NONE

    @property
    def certain_minutes(self) -> float:
        return Interval(self.start, self.certain_until).minutes

    @property
    def possible_minutes(self) -> float:
        return Interval(self.start, self.end).minutes


class Trail(msgspec.Struct, frozen=True):
    """The evidence of one person: met through whom, exposed when, and every encounter of the best label."""

    via: UUID
    exposed_at: datetime
    encounters: tuple[Met, ...]
    best_at: datetime
    best_via: UUID

    @property
    def weak(self) -> bool:
        """Whether nothing sure stands behind it: every encounter is weak."""
        return all(each.weak for each in self.encounters)

    @property
    def last_exposure(self) -> datetime:
        return max((each.end for each in self.encounters), default=self.exposed_at)


class Told(msgspec.Struct, frozen=True):
    """A contact as the case told it: who they are to each other, and when they were last together."""

    relation: str
    last_exposure: datetime
    first_exposure: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlaceUnits:
    """The unit of each place that evidence speaks of."""

    units: Mapping[int, int]

    def of(self, trail: Trail) -> set[int]:
        return {self.units[each.place_id] for each in trail.encounters if each.place_id in self.units}


def facets_of(vault: Vault, trail: Trail, places: PlaceUnits) -> list[int]:
    """Everything this evidence can be filtered by: place, unit of the place, local day."""
    found = vault.facets("place", {each.place_id for each in trail.encounters})
    found |= vault.facets("unit", places.of(trail))
    found |= vault.facets("day", days_of(trail.encounters))
    return sorted(found)


def days_of(encounters: Iterable[Met]) -> set[date]:
    """The local days on which these encounters lie."""
    days: set[date] = set()
    for each in encounters:
        first, last = clock.local_day(each.start), clock.local_day(each.end - timedelta(microseconds=1))
        days.update(first + timedelta(days=number) for number in range((last - first).days + 1))
    return days
