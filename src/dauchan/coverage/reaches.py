"""Whose figures a place, a resident or an agency counts in, on a day: units upwards, agencies upwards.

A place counts in its unit and those above. It counts in its agency and those that this belongs to; without an agency in
the People's Committees of its units, for what lies there and has no agency is their business.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dauchan.coverage.models import AGENCY, UNIT
from dauchan.units import agencies, mapping, queries
from dauchan.units.models import AgencyKind

Key = tuple[str, int]
"""Kind and id of a subject."""


@dataclass(frozen=True)
class Reaches:
    """The units and agencies of one day, ready to be asked whose figures something counts in.

    levels      of the units in force
    counted     the unit of the day in which each unit of any list counts
    living      the agencies in force
    heirs       who has the business of each agency that there ever was: itself, or a successor
    parents     to whom each agency belongs, dissolved ones too
    committees  the People's Committees by the unit of the day which they govern
    """

    levels: Mapping[int, str]
    counted: Mapping[int, int]
    living: frozenset[int]
    heirs: Mapping[int, int]
    parents: Mapping[int, int | None]
    committees: Mapping[int, Sequence[int]]

    def units_of(self, unit_id: int) -> list[int]:
        """The units of the day that a unit of any list counts in, itself first; [] for none known."""
        own = self.counted.get(unit_id)
        return mapping.chain(own) if own is not None else []

    def agencies_of(self, unit_id: int, agency_id: int | None) -> list[int]:
        """The agencies that something of this unit and this agency (None: of none) counts in."""
        if agency_id:
            return self.above([agency_id])
        return self.above(committee for unit in self.units_of(unit_id) for committee in self.committees.get(unit, ()))

    def of(self, unit_id: int, agency_id: int | None) -> list[Key]:
        """All subjects that something of this unit and agency counts in."""
        return [
            *((UNIT, unit) for unit in self.units_of(unit_id)),
            *((AGENCY, agency) for agency in self.agencies_of(unit_id, agency_id)),
        ]

    def everyone(self) -> list[Key]:
        """Every unit and agency of the day."""
        return [*((UNIT, unit) for unit in self.levels), *((AGENCY, agency) for agency in sorted(self.living))]

    def above(self, ids: Iterable[int]) -> list[int]:
        """The agencies in force among these and those above them; a dissolved one's business is its successor's."""
        found: list[int] = []
        for agency in ids:
            above: int | None = self.heirs.get(agency)
            while above is not None and above not in found:
                found.append(above)
                parent = self.parents.get(above)
                above = self.heirs.get(parent) if parent is not None else None
        return [agency for agency in found if agency in self.living]


def reaches_on(day: date) -> Reaches:
    """The reaches of a day, for units of any list and agencies of any day."""
    living = list(agencies.agencies_in_force(day).values_list("id", "kind", "unit_id"))
    here = queries.standing((unit for *_, unit in living), day)
    committees: dict[int, list[int]] = defaultdict(list)
    for agency, kind, unit in living:
        if kind == AgencyKind.COMMITTEE and unit in here:
            committees[here[unit].pk].append(agency)
    parents = dict(agencies.all_agencies().values_list("id", "parent_id"))
    return Reaches(
        levels=dict(queries.in_force(day).values_list("id", "level")),
        counted=mapping.counted_in(queries.atlas().nodes, day),
        living=frozenset(agency for agency, *_ in living),
        heirs=agencies.heirs(parents, day),
        parents=parents,
        committees=committees,
    )


def units_within(kind: str, subject_id: int, day: date) -> list[int]:
    """The units of a day that lie within a unit, or within what an agency governs with those that belong to it."""
    if kind == UNIT:
        return queries.unit_ids_within(subject_id, day)
    return sorted(agencies.units_governed(agencies.agency_ids_within([subject_id], day), day))
