"""Where units lie: which unit holds a position, and the outline of a unit. Outlines are simplified to about 100 m."""

from datetime import date

import shapely
from django.db import connection

from dauchan.units import queries, rules
from dauchan.units.models import Unit, UnitBoundary

NEAR_DEGREES = 0.005  # about 550 m: simplified neighbours leave gaps, and the coast is rough; our own choice


class Outlines:
    """The communes' outlines of one list, searchable by position."""

    def __init__(self, rows: list[tuple[int, str]]) -> None:
        self.ids = [unit_id for unit_id, _ in rows]
        self.shapes = shapely.from_geojson([text for _, text in rows])
        self.tree = shapely.STRtree(self.shapes)

    def unit_at(self, latitude: float, longitude: float) -> int | None:
        """The unit that holds the position, or the nearest within `NEAR_DEGREES`; of several the smallest."""
        here = shapely.Point(longitude, latitude)
        holding: list[int] = self.tree.query(here, predicate="intersects").tolist()
        if holding:
            return self.ids[min(holding, key=lambda index: float(self.shapes[index].area))]
        near: list[int] = self.tree.query_nearest(here, max_distance=NEAR_DEGREES, all_matches=False).tolist()
        return self.ids[near[0]] if near else None


_outlines: dict[tuple[str, date], Outlines] = {}


def unit_at_position(latitude: float, longitude: float, on: date) -> Unit | None:
    """The commune that holds a position (WGS84 degrees) on a day; None at sea and abroad.

    For a list without outlines it is the smallest unit of that day that surely holds it: the old commune if the
    present one was made of it alone, else their common district or province.
    """
    first_outlined = _first_outlined_list()
    day = max(queries.atlas().list_day(on), first_outlined)
    unit_id = _outlines_on(day).unit_at(latitude, longitude)
    if unit_id is None:
        return None
    unit = Unit.objects.get(id=unit_id)
    return unit if queries.is_in_force(unit, on) else _common_unit(queries.equivalent(unit, on), on)


def outline(unit: Unit) -> str | None:
    """The unit's simplified outline as GeoJSON geometry text; None where there is none."""
    row = UnitBoundary.objects.filter(unit=unit).first()
    return row.geojson if row else None


def _common_unit(units: list[Unit], on: date) -> Unit | None:
    """The smallest unit of a day that contains all of these."""
    if not units:
        return None
    shared = rules.common_path([unit.path for unit in units])
    return queries.in_force(on).filter(path=shared).first()


def _first_outlined_list() -> date:
    return min(queries.tree_dates(), key=lambda day: (not _outlines_on(day).ids, day))


def _outlines_on(day: date) -> Outlines:
    key = (f"{connection.settings_dict['HOST']}/{connection.settings_dict['NAME']}", day)
    if key not in _outlines:
        communes = UnitBoundary.objects.filter(unit__in=queries.in_force(day).filter(level="commune"))
        _outlines[key] = Outlines(list(communes.values_list("unit_id", "geojson")))
    return _outlines[key]
