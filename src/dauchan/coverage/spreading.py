"""How guidance and guides were spread lately, for the pages of units and agencies; as agencies told it themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dauchan.agencies.guiding import Given, given_between
from dauchan.guides.reach import Spread, spread_between
from dauchan.units import agencies, queries
from dauchan.units.models import Agency, Unit

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Spreading:
    """Sessions held and guides broadcast in the days of LATELY."""

    given: Given
    spread: Spread
    days: int = LATELY.days


def of_unit(unit: Unit, day: date) -> Spreading:
    """What happened in a unit in the days up to this one."""
    return _lately(queries.unit_ids_within(unit, day), (), day)


def of_agency(agency: Agency, day: date) -> Spreading:
    """What an agency, and those below it, did in the days up to this one."""
    return _lately((), agencies.agency_ids_within([agency.pk], day), day)


def _lately(unit_ids: Iterable[int], agency_ids: Iterable[int], day: date) -> Spreading:
    within = list(unit_ids), list(agency_ids), day - LATELY + timedelta(days=1), day
    return Spreading(given_between(*within), spread_between(*within))
