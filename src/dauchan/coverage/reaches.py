"""Whose figures a place, a resident or an agency counts in, on a day: units upwards, agencies upwards.

A place counts in its unit and those above. It counts in its agency and those that this belongs to; without an agency in
the People's Committees of its units, for what lies there and has no agency is their business.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dauchan.coverage.models import AGENCY, UNIT
from dauchan.units import agencies, mapping, queries
from dauchan.units.models import AgencyKind

Key = tuple[str, int]
"""Kind and id of a subject."""


@dataclass(frozen=True)
class Reaches:
    """The units and agencies of one day, ready to be asked whose figures something counts in."""

    levels: dict[int, str]
    parents: dict[int, int | None]
    """Of agencies in force; one that belongs to a dissolved agency stands alone."""
    committees: dict[int, list[int]]
    """The People's Committees by the unit of that day which they govern."""
    counted: dict[int, int]

    def units_of(self, unit_id: int) -> list[int]:
        """The units of the day that a unit of any list counts in, itself first; [] for none known."""
        own = self.counted.get(unit_id)
        return mapping.chain(own) if own is not None else []

    def agencies_of(self, unit_id: int, agency_id: int | None) -> set[int]:
        """The agencies that something of this unit and this agency (None: of none) counts in."""
        if agency_id:
            return set(self._above([agency_id]))
        governing = [committee for unit in self.units_of(unit_id) for committee in self.committees.get(unit, ())]
        return set(self._above(governing))

    def of(self, unit_id: int, agency_id: int | None) -> list[Key]:
        """All subjects that something of this unit and agency counts in."""
        return [
            *((UNIT, unit) for unit in self.units_of(unit_id)),
            *((AGENCY, agency) for agency in sorted(self.agencies_of(unit_id, agency_id))),
        ]

    def everyone(self) -> list[Key]:
        """Every unit and agency of the day."""
        return [*((UNIT, unit) for unit in self.levels), *((AGENCY, agency) for agency in self.parents)]

    def _above(self, ids: Iterable[int]) -> list[int]:
        found: list[int] = []
        for agency in ids:
            above: int | None = agency
            while above is not None and above not in found:
                found.append(above)
                above = self.parents.get(above)
        return [agency for agency in found if agency in self.parents]


def reaches_on(day: date, unit_ids: Iterable[int]) -> Reaches:
    """The reaches of a day, with the units of other lists that shall be asked about."""
    living = agencies.agencies_in_force(day)
    rows = list(living.values_list("id", "parent_id", "kind", "unit_id"))
    here = queries.standing((unit for *_, unit in rows), day)
    committees: dict[int, list[int]] = defaultdict(list)
    for agency, _, kind, unit in rows:
        if kind == AgencyKind.COMMITTEE and unit in here:
            committees[here[unit].pk].append(agency)
    levels = dict(queries.in_force(day).values_list("id", "level"))
    counted = mapping.counted_in({*unit_ids, *levels}, day)
    return Reaches(levels, {agency: parent for agency, parent, *_ in rows}, committees, counted)


def units_within(kind: str, subject_id: int, day: date) -> list[int]:
    """The units of a day that lie within a unit, or within what an agency governs with those that belong to it."""
    if kind == UNIT:
        return queries.unit_ids_within(subject_id, day)
    return sorted(agencies.units_governed(agencies.agency_ids_within([subject_id], day), day))
