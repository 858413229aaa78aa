"""The pictures of a page of figures: the map of what lies below, the funnel, the trend, each in its frame of words.

Outlines lie still for years: a drawing is made once a process for each set of units.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dauchan.coverage import charts, maps, overview, pictures, words
from dauchan.coverage.asked import Asked
from dauchan.coverage.definitions import Indicator, indicator
from dauchan.coverage.figures import Subject
from dauchan.coverage.uses import Used
from dauchan.kernel import clock
from dauchan.units import positions
from dauchan.units.models import Unit

FEWEST_ON_MAP = 2
DRAWINGS_KEPT = 200
"""Every province's communes and more. Ours."""

_drawings: OrderedDict[tuple[str, tuple[int, ...]], maps.Drawing] = OrderedDict()


def map_of(rows: Sequence[overview.Row], asked: Asked, as_of: datetime | None) -> tuple[SafeString, bool] | None:
    """The units of a table coloured by the chosen figure; None where there are too few, or none are units.

    returns  the picture, and whether it is made of tiles because nobody has drawn the outlines
    """
    units = {row.named.unit.id: row.named.unit for row in rows if row.named.unit}
    if len(units) < FEWEST_ON_MAP:
        return None
    drawing = _drawing(sorted(units.values(), key=lambda unit: (unit.sort_key, unit.id)))
    code = asked.indicator.code
    told = {
        row.named.subject.id: pictures.Told(
            row.named.name,
            row.figures[code].value,
            words.shown(row.figures[code]),
            href=asked.further().link(row.named.path),
            hidden=row.figures[code].suppressed,
            short=row.named.short,
        )
        for row in rows
    }
    frame = frame_of(asked.indicator, as_of)
    return pictures.map_picture(drawing, told, frame, percent=asked.indicator.unit == "percent"), drawing.tiled


def _drawing(units: Sequence[Unit]) -> maps.Drawing:
    """Outlines where all units have one, else tiles."""
    key = (f"{connection.settings_dict['HOST']}/{connection.settings_dict['NAME']}", tuple(unit.id for unit in units))
    if key not in _drawings:
        outlines = positions.outlines(units)
        if len(outlines) == len(units):
            _drawings[key] = maps.outlined(outlines)
        else:
            _drawings[key] = maps.tiled({each: maps.middle(at) for each, at in positions.centres(units).items()})
        while len(_drawings) > DRAWINGS_KEPT:
            _drawings.popitem(last=False)
    return _drawings[key]


def frame_of(one: Indicator, as_of: datetime | None) -> pictures.Frame:
    """What every picture of an indicator says about itself."""
    counted = {"percent": "%", "days": _("ngày")}.get(one.unit, _("số lượng"))
    source = _("Nguồn: số liệu nhập") if one.supplied else _("Nguồn: Dấu Chân")
    at = as_of.astimezone(clock.LOCAL) if as_of else None
    said = _("tính đến %(at)s") % {"at": f"{at:%H:%M %d/%m/%Y}"} if at else ""
    return pictures.Frame(one.name, _("Đơn vị: %(unit)s") % {"unit": counted}, source, said)


def trend_of(subject: Subject, asked: Asked, as_of: datetime | None) -> tuple[SafeString, list[list[str]]]:
    """The run of the chosen figure over sixty days, and the same as lines of a table, the newest first."""
    lines = overview.trend(subject, asked.indicator, asked.day)
    picture = pictures.line_picture(lines, frame_of(asked.indicator, as_of), percent=asked.indicator.unit == "percent")
    table = [
        [f"{day:%d/%m/%Y}", *(words.number(run[at][1]) or "–" for _name, run in lines)]
        for at, (day, _value) in enumerate(lines[0][1])
    ]
    return picture, table[::-1]


def place_trend(run: Sequence[Used], as_of: datetime | None) -> tuple[SafeString, list[list[str]]]:
    """The scans of a place day by day, and the same as lines of a table, the newest first."""
    scans = indicator("scans")
    picture = pictures.line_picture([(scans.name, [(each.day, each.scans) for each in run])], frame_of(scans, as_of))
    return picture, [[f"{each.day:%d/%m/%Y}", words.number(each.scans)] for each in reversed(run)]


def funnel_of(known: overview.Known, as_of: datetime | None) -> tuple[SafeString, SafeString]:
    """The steps that count places, and those in per cent."""
    source = _("Nguồn: Dấu Chân")
    at = f"{as_of.astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if as_of else ""
    said = _("tính đến %(at)s") % {"at": at} if at else ""
    places = pictures.Frame(_("Từ phải đăng ký đến được dùng"), _("Đơn vị: địa điểm"), source, said)
    shares = pictures.Frame(_("Quét có đầy đủ không"), _("Đơn vị: %(unit)s") % {"unit": "%"}, source, said)
    steps: Sequence[charts.Step] = overview.funnel(known)
    return pictures.funnel_picture(steps, places), pictures.funnel_picture(overview.quality(known), shares, whole=100)
