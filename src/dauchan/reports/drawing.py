"""A report's pictures from its snapshot alone: the map of its parts and the lines of the last days."""

from django.utils.translation import gettext as _

from dauchan.coverage import maps, pictures
from dauchan.coverage.pictures import Frame
from dauchan.kernel.official import Picture
from dauchan.reports import phrases, telling
from dauchan.reports.snapshot import Content, Row, Shown
from dauchan.units.rules import bare_name

MAPPED = "active_day_share"
LINES = {"trend": ("active_day",), "people": ("scans", "people")}
ENOUGH_DAYS = 2
TILE_LETTERS = 12


def picture(name: str, content: Content) -> Picture | None:
    """The picture of this name; None when there is nothing to draw."""
    return _map(content) if name == "map" else _lines(name, content)


def _frame(content: Content, title: str, unit: str) -> Frame:
    at = _("tính đến %(at)s") % {"at": phrases.at_words(content.as_of)}
    return Frame(title, unit, _("Nguồn: %(issuer)s") % {"issuer": content.issuer}, at)


def _map(content: Content) -> Picture | None:
    known, drawn = content.indicators.get(MAPPED), content.drawing
    told = {row.id: _told(row, content) for row in content.rows if drawn and row.id in drawn.shapes}
    if known is None or drawn is None or not any(one.value is not None for one in told.values()):
        return None
    shapes = {each: maps.Shape(*shape) for each, shape in drawn.shapes.items()}
    drawing = maps.Drawing(shapes, drawn.width, drawn.height, drawn.tiled)
    frame = _frame(content, f"{phrases.name_of(known)}, {phrases.day_words(content.last)}", "%")
    svg = pictures.map_picture(drawing, told, frame, percent=True)
    words = "; ".join(f"{one.name}: {one.shown}" for one in told.values())
    return Picture(svg, f"{frame.title} ({frame.note})", words)


def _told(row: Row, content: Content) -> pictures.Told:
    shown, known = row.figures.get(MAPPED, Shown()), content.indicators[MAPPED]
    name = phrases.row_name(row)
    reads = phrases.read_out(shown, known)
    return pictures.Told(name, shown.value, reads, hidden=shown.hidden, short=_short(name))


def _short(name: str) -> str:
    """A unit's name that fits a tile: without its type word."""
    bare = bare_name(name)
    return bare if len(bare) <= TILE_LETTERS else bare[: TILE_LETTERS - 1] + "…"


def _lines(name: str, content: Content) -> Picture | None:
    lines = [
        (phrases.name_of(content.indicators[code]), content.trends[code])
        for code in LINES[name]
        if code in content.indicators and _is_drawn(content, code)
    ]
    if not lines:
        return None
    title = f"{', '.join(line[0] for line in lines)}: {telling.trend_title(len(lines[0][1]))}"
    unit = _("địa điểm") if name == "trend" else _("lượt quét, người")
    frame = _frame(content, title, unit)
    svg = pictures.line_picture(lines, frame)
    known = content.indicators[LINES[name][0]]
    words = "; ".join(f"{day:%d/%m}: {phrases.value_out(value, known)}" for day, value in lines[0][1])
    return Picture(svg, f"{frame.title} ({frame.note})", words)


def _is_drawn(content: Content, code: str) -> bool:
    known = [value for _day, value in content.trends.get(code, []) if value is not None]
    return len(known) >= ENOUGH_DAYS
