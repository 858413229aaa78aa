"""Units as JSON: find one by name or code, on any date. Public facts."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from dauchan.kernel import clock
from dauchan.units import queries, rules
from dauchan.units.models import Unit

MOST_RESULTS = 50

router = Router(tags=["units"])


class UnitOut(Schema):
    """A unit of one list; `valid_to` is exclusive and null while it is in force."""

    code: str
    level: str
    kind: str
    name: str
    full_name: str
    path: str
    valid_from: date
    valid_to: date | None
    population: int | None
    area_km2: float | None
    latitude: float | None
    longitude: float | None
    found_by: str


class KinOut(Schema):
    """A unit of the list before or after; `divided`: only a part of the earlier one's area."""

    code: str
    full_name: str
    valid_from: date
    divided: bool


class UnitDetail(UnitOut):
    """A unit with what went into it and what it went into."""

    earlier: list[KinOut]
    later: list[KinOut]


@router.get("/units", response=list[UnitOut], url_name="units", summary="Find units by words of their names")
def find_units(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=200)],
    on: date | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 20,
) -> list[Unit]:
    return queries.search_units(q, on or _today(), limit=limit)


@router.get("/units/{code}", response=UnitDetail, url_name="unit", summary="The unit with a code on a date")
def get_unit(request: HttpRequest, code: str, on: date | None = None) -> UnitDetail:
    unit = queries.unit_by_code(code, on or _today())
    if unit is None:
        raise rules.UnitUnknown(code=code[:8])
    earlier, later = _kin(queries.earlier_units(unit)), _kin(queries.later_units(unit))
    return UnitDetail(**UnitOut.from_orm(unit).dict(), earlier=earlier, later=later)


def _kin(units: list[queries.Kin]) -> list[KinOut]:
    return [
        KinOut(code=kin.unit.code, full_name=kin.unit.full_name, valid_from=kin.unit.valid_from, divided=kin.divided)
        for kin in units
    ]


def _today() -> date:
    return clock.local_day(clock.now())
