"""Maps of figures: where the outlines lie on the drawing, and into which class each figure falls. Pure.

Units whose outlines nobody has drawn (all lists before July 2025) stand as equal tiles, roughly where they lie.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, cos, floor, log10, radians, sqrt
from typing import Any

import shapely

WIDTH = 400
TALLEST = 480
"""A map is never taller than this: a long thin province is drawn narrower instead."""
DETAIL = 0.6
"""Corners nearer than this to the simplified outline are left out, in units of the drawing. Ours."""
TILE_WIDTH, TILE_HEIGHT, TILE_GAP = 96, 60, 4
TILE_BAND = 12
"""How wide the coloured edge of a tile is: name and figure stand beside it, on white."""
TILES_ACROSS = 4
"""No more tiles stand in a row: their names stay readable."""
CLASSES = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """One unit on the drawing: its outline as an SVG path, and where its name may stand; a tile's corner."""

    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Units by id on a drawing of this size; `tiled` when each is a tile instead of its outline."""

    shapes: Mapping[int, Shape]
    width: float
    height: float
    tiled: bool


def outlined(outlines: Mapping[int, str]) -> Drawing:
    """Outlines (GeoJSON geometry text, WGS84) on one drawing: north up, true in length both ways at its middle."""
    ids = list(outlines)
    shapes = [shapely.make_valid(shape) for shape in shapely.from_geojson([outlines[each] for each in ids])]
    west, south, east, north = shapely.total_bounds(shapes)
    flat = cos(radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * flat or 1), TALLEST / ((north - south) or 1))

    def place(points: Any) -> Any:
        points[:, 0] = (points[:, 0] - west) * flat * scale
        points[:, 1] = (north - points[:, 1]) * scale
        return points

    placed = [shapely.transform(shape, place) for shape in shapes]
    drawn = dict(zip(ids, [_shape(each) for each in placed], strict=True))
    return Drawing(drawn, round((east - west) * flat * scale, 1), round((north - south) * scale, 1), tiled=False)


def _shape(shape: Any) -> Shape:
    simple = shape.simplify(DETAIL)
    rings = [ring for part in _polygons(simple) for ring in (part.exterior, *part.interiors)]
    label = shape.representative_point()
    return Shape("".join(_ring(ring) for ring in rings), round(label.x, 1), round(label.y, 1))


def _polygons(shape: Any) -> list[Any]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]


def _ring(ring: Any) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in list(ring.coords)[:-1]) + "z"


def tiled(positions: Mapping[int, tuple[float, float] | None]) -> Drawing:
    """Equal tiles in rows from north to south, each row from west to east; unknown positions come last.

    positions  by id, in the order that decides where nothing is known: (latitude, longitude)
    """
    across = min(max(ceil(sqrt(len(positions))), 1), TILES_ACROSS)
    known = [(each, position) for each, position in positions.items() if position]
    southward = [each for each, _at in sorted(known, key=lambda item: -item[1][0])]
    rows = [southward[start : start + across] for start in range(0, len(southward), across)]
    eastward = [sorted(row, key=lambda each: (positions[each] or (0, 0))[1]) for row in rows]
    order = [each for row in eastward for each in row] + [each for each, position in positions.items() if not position]
    down = ceil(len(order) / across)
    shapes = {each: _tile(at % across, at // across) for at, each in enumerate(order)}
    return Drawing(shapes, across * (TILE_WIDTH + TILE_GAP), down * (TILE_HEIGHT + TILE_GAP), tiled=True)


def _tile(column: int, row: int) -> Shape:
    x, y = column * (TILE_WIDTH + TILE_GAP) + TILE_GAP / 2, row * (TILE_HEIGHT + TILE_GAP) + TILE_GAP / 2
    return Shape(f"M{x:g} {y:g}h{TILE_BAND}v{TILE_HEIGHT}h-{TILE_BAND}z", x, y)


def middle(places: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
    """The middle of some positions (latitude, longitude); None without one."""
    known = list(places)
    if not known:
        return None
    return sum(place[0] for place in known) / len(known), sum(place[1] for place in known) / len(known)


@dataclass(frozen=True, slots=True)
class Scale:
    """The classes of a map: class 1 is above zero and below the first bound, and so on; 0 is exactly zero."""

    bounds: tuple[float, ...]
    highest: float

    def class_of(self, value: float) -> int:
        if value == 0:
            return 0
        return 1 + sum(value >= bound for bound in self.bounds)

    @property
    def spans(self) -> list[tuple[int, float, float]]:
        """Each class above zero with where it begins and ends."""
        edges = (0.0, *self.bounds, self.highest)
        return [(number + 1, edges[number], edges[number + 1]) for number in range(len(edges) - 1)]


def scale_of(values: Iterable[float]) -> Scale:
    """Classes that hold about equally many of these values, with round bounds; fewer when values are few or alike."""
    above = sorted(value for value in values if value > 0)
    if not above:
        return Scale((), 0.0)
    cuts = [_rounded(above[len(above) * step // CLASSES]) for step in range(1, CLASSES)]
    kept = [cut for cut in dict.fromkeys(cuts) if above[0] < cut <= above[-1]]
    return Scale(tuple(kept), above[-1])


def _rounded(value: float) -> float:
    """The value with two digits that count."""
    return round(value, 1 - floor(log10(value)))
