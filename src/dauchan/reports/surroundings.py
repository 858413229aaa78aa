"""What stands around a report's figures: the parts of its subject, who lies beside it, sectors, channels, its map."""

from collections.abc import Iterable
from datetime import date

from django.utils import translation

from dauchan.coverage import maps
from dauchan.reports.snapshot import Drawn, Row
from dauchan.units import agencies, positions, queries
from dauchan.units.models import Agency, Level, Sector, Unit
from dauchan.units.rules import bare_name


def parts_of(subject: Unit | Agency, on: date) -> list[Row]:
    """All units, or all agencies, below a subject on a day, wholes before their parts."""
    if isinstance(subject, Agency):
        below = agencies.agencies_in_force(on).filter(id__in=agencies.agency_ids_within([subject.pk], on))
        return [
            Row(one.pk, one.name, {}, level="agency", parent=one.parent_id)
            for one in below.exclude(pk=subject.pk).order_by("search_key", "pk")
        ]
    found: list[Row] = []
    waiting = [subject]
    for above in waiting:
        for unit in queries.children(above, on) if above.level != Level.COMMUNE else ():
            waiting.append(unit)
            found.append(Row(unit.pk, unit.name, {}, unit.code, unit.level, above.pk))
    return found


def beside(subject: Unit | Agency, on: date) -> list[int]:
    """Ids of a subject and of those that lie beside it: what it can be ranked among."""
    if isinstance(subject, Agency):
        same = agencies.agencies_in_force(on).filter(parent_id=subject.parent_id, kind=subject.kind)
        return list(same.order_by("pk").values_list("pk", flat=True)) if subject.parent_id else [subject.pk]
    if subject.parent is None:
        return [unit.pk for unit in queries.provinces(on)]
    return [unit.pk for unit in queries.children(subject.parent, on)]


def above(issuer: Agency) -> str:
    """The office that stands above an issuer in the head of its papers; "" for none."""
    return issuer.parent.name if issuer.parent else ""


def seat(issuer: Agency) -> str:
    """The place that stands before the date."""
    return bare_name(issuer.unit.name)


def sectors() -> list[Row]:
    """A row without figures for each sector."""
    names = {language: _sector_names(language) for language in ("vi", "en")}
    return [
        Row(number, names["vi"][code], {}, code=code, level="sector", name_en=names["en"][code])
        for number, code in enumerate(Sector.values, 1)
    ]


def _sector_names(language: str) -> dict[str, str]:
    with translation.override(language):
        return {code: str(label) for code, label in Sector.choices}


def drawing(subject: Unit | Agency, on: date) -> Drawn | None:
    """The shapes of a unit's direct parts; None for agencies, and for a unit without two parts."""
    parts = queries.children(subject, on) if isinstance(subject, Unit) and subject.level != Level.COMMUNE else []
    if len(parts) < 2:
        return None
    outlines = positions.outlines(parts)
    drawn = maps.outlined(outlines) if len(outlines) == len(parts) else maps.tiled(_middles(parts))
    shapes = {each: (shape.path, shape.x, shape.y) for each, shape in drawn.shapes.items()}
    return Drawn(shapes, drawn.width, drawn.height, drawn.tiled)


def _middles(parts: Iterable[Unit]) -> dict[int, tuple[float, float] | None]:
    return {each: maps.middle(known) for each, known in positions.centres(parts).items()}
