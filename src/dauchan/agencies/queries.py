"""Reads on agencies as their officers see them: whose they are, whom they guide."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.units import agencies as units
from dauchan.units.models import Agency

GUIDES_MAY = frozenset({"rollout.view", "directive.issue"})
"""What reaches the agencies that one only guides: to see them and to urge them."""


@dataclass(frozen=True)
class Scope:
    """Where an officer holds a permission of the rollout: ids of units and agencies, or everywhere."""

    everywhere: bool = False
    unit_ids: frozenset[int] = frozenset()
    agency_ids: frozenset[int] = frozenset()

    def holds_unit(self, unit_id: int) -> bool:
        return self.everywhere or unit_id in self.unit_ids

    def holds_agency(self, agency: Agency) -> bool:
        return self.everywhere or agency.id in self.agency_ids or agency.unit_id in self.unit_ids


def scope_of(officer: Officer, permission: str, on: date) -> Scope:
    """Where the officer holds the permission on that day, with what their agencies guide where that counts."""
    reach = reach_of(officer, permission, on)
    if reach.everywhere:
        return Scope(everywhere=True)
    own = frozenset(int(agency) for agency in reach.agency_ids)
    guided = units.agency_ids_guided(own, on) if permission in GUIDES_MAY and own else frozenset()
    return Scope(unit_ids=reach.unit_ids | units.units_governed(guided, on), agency_ids=own | guided)


def visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Agency]:
    """The agencies of every day where the officer holds the permission: own ones, those below, those in their units."""
    scope = scope_of(officer, permission, on)
    if scope.everywhere:
        return units.all_agencies()
    return units.agencies_among(scope.agency_ids, scope.unit_ids)
