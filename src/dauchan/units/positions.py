"""Where units lie: which unit holds a position, the outline of a unit, and what lies around it.

Outlines are simplified to about 100 m.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.db import connection

from dauchan.units import queries, rules
from dauchan.units.models import Unit, UnitBoundary

NEAR_DEGREES = 0.005  # about 550 m: simplified neighbours leave gaps, and the coast is rough; our own choice
GAP_DEGREES = 0.002  # about 200 m, twice what simplifying may move a border: so near, units are neighbours
COARSE_DEGREES = 0.001  # about 100 m, as most outlines come
LABEL_SHARE = 0.1  # so far around a unit its neighbours' names may stand: a map of it shows them


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


def outlines(units: Iterable[Unit]) -> dict[int, str]:
    """The outlines of many units by their ids; those without one are missing."""
    rows = UnitBoundary.objects.filter(unit__in=[unit.id for unit in units])
    return dict(rows.values_list("unit_id", "geojson"))


def centres(units: Iterable[Unit]) -> dict[int, list[tuple[float, float]]]:
    """Where units lie by their ids: their own middle, else those of the units of the newest list on their area.

    returns  positions as (latitude, longitude); [] where nothing is known
    """
    on = queries.tree_dates()[-1]
    equivalents = {unit.id: queries.atlas().equivalents(unit.id, on) for unit in units}
    asked = {*equivalents, *(each for found in equivalents.values() for each in found)}
    rows = Unit.objects.filter(id__in=asked).values_list("id", "latitude", "longitude")
    known = {unit: (north, east) for unit, north, east in rows if north is not None and east is not None}
    return {
        unit: [known[unit]] if unit in known else [known[each] for each in found if each in known]
        for unit, found in equivalents.items()
    }


@dataclass(frozen=True)
class Neighbour:
    """A unit beside another: its outline, coarser, and where its name stands near the other (longitude, latitude)."""

    name: str
    outline: dict[str, Any]
    label: tuple[float, float]


def neighbours(unit: Unit, on: date) -> list[Neighbour]:
    """The communes of a day that lie beside this one, in Vietnamese order; [] for a unit without an outline."""
    own = UnitBoundary.objects.filter(unit=unit).first()
    if own is None:
        return []
    overlapping = UnitBoundary.objects.filter(
        unit__in=queries.in_force(on).filter(level="commune"),
        west__lte=own.east + GAP_DEGREES,
        east__gte=own.west - GAP_DEGREES,
        south__lte=own.north + GAP_DEGREES,
        north__gte=own.south - GAP_DEGREES,
    )
    shape = shapely.from_geojson(own.geojson)
    near = shapely.box(*shape.bounds).buffer(LABEL_SHARE * max(own.east - own.west, own.north - own.south))
    rows = overlapping.exclude(unit=unit).order_by("unit__sort_key", "unit_id").values_list("unit__name", "geojson")
    shapes = [(name, shapely.from_geojson(text)) for name, text in rows]
    touching = [(name, each) for name, each in shapes if shapely.dwithin(shape, each, GAP_DEGREES)]
    return [_neighbour(name, each, near) for name, each in touching]


def _neighbour(name: str, shape: Any, near: Any) -> Neighbour:
    seen = shapely.make_valid(shape).intersection(near)
    label = (shape if seen.is_empty else seen).representative_point()
    coarse = shapely.to_geojson(shape.simplify(COARSE_DEGREES))
    return Neighbour(name, json.loads(coarse), (round(label.x, 5), round(label.y, 5)))


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
