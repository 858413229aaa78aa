"""The tables of a report, from its snapshot alone: typed cells, so that a page shows what a workbook reckons with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dauchan.coverage.words import number
from dauchan.reports import phrases
from dauchan.reports.snapshot import Content, Known, Row, Shown

PART_COLUMNS = (
    *("registered", "coverage", "new_places", "active_day", "active_day_share", "scans", "check_ins", "people"),
    *("reporting_zero", "not_reporting", "install_share", "pass_share"),
)
SECTOR_COLUMNS = ("registered", "active_day", "active_day_share", "scans", "check_ins", "people")
CHANNEL_COLUMNS = ("scans", "check_ins")
ON_PAPER = 200
"""Rows of one table that a document prints; the workbook has them all. Ours: no province of two tiers has so many
communes (the most, 168, are those of Thành phố Hồ Chí Minh)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table shows, and the number behind it; a text has none."""

    shown: str
    value: float | None = None
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One table; the first column names its rows.

    in_annex   it stands behind the report's text, however narrow it is
    notes      what stands below it
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    in_annex: bool = False
    notes: tuple[str, ...] = ()

    def on_paper(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that a document prints: where not all have room, those with figures stand first."""
        if len(self.rows) <= ON_PAPER:
            return self.rows
        return tuple(sorted(self.rows, key=lambda row: not any(cell.value for cell in row)))[:ON_PAPER]

    @property
    def labelled(self) -> list[list[tuple[str, Cell]]]:
        """Each row's cells with their headers, for pages that turn rows into cards."""
        return [list(zip(self.headers, row, strict=True)) for row in self.rows]


def parts_of(content: Content) -> list[Row]:
    """The parts directly below the subject."""
    return [row for row in content.rows if row.parent == content.subject.id]


def summary(content: Content) -> tuple[Grid, ...]:
    """Every indicator of the subject: value, change, mean of 7 days."""
    headers = (_("Chỉ tiêu"), _("Số liệu"), _("Kỳ trước"), _("Tăng, giảm"), _("Bình quân 7 ngày"))
    rows = [
        (
            Cell(phrases.name_of(known)),
            _cell(shown, known),
            _number(shown.before, known),
            Cell(phrases.change_out(shown.change, known), shown.change),
            _number(shown.mean, known),
        )
        for code, known in content.indicators.items()
        if _is_told(shown := content.subject.figures.get(code, Shown()))
    ]
    notes = _hidden_note(rows, content)
    return (Grid(_("Các chỉ tiêu"), headers, tuple(rows), notes=notes),) if rows else ()


def _is_told(shown: Shown) -> bool:
    return shown.hidden or shown.value is not None


def by_part(content: Content) -> tuple[Grid, ...]:
    """The subject's direct parts, one row each."""
    return _table(_("Số liệu theo đơn vị"), _("Đơn vị"), parts_of(content), PART_COLUMNS, content)


def all_parts(content: Content) -> tuple[Grid, ...]:
    """Every part at every level, one row each, for the workbook."""
    return _table(_("Số liệu theo đơn vị"), _("Đơn vị"), content.rows, tuple(content.indicators), content)


def by_sector_and_channel(content: Content) -> tuple[Grid, ...]:
    return (
        *_table(_("Số liệu theo lĩnh vực"), _("Lĩnh vực"), content.sectors, SECTOR_COLUMNS, content),
        *_table(_("Số liệu theo kênh"), _("Kênh"), content.channels, CHANNEL_COLUMNS, content),
    )


def _table(title: str, first: str, rows: Sequence[Row], codes: Iterable[str], content: Content) -> tuple[Grid, ...]:
    """One row each for units, agencies, sectors or channels; a column that nobody has a figure for is left out."""
    used = [
        code
        for code in codes
        if code in content.indicators and any(_is_told(row.figures.get(code, Shown())) for row in rows)
    ]
    if not used:
        return ()
    headers = (first, *(phrases.name_of(content.indicators[code]) for code in used))
    cells = tuple(
        (
            Cell(phrases.row_name(row)),
            *(_cell(row.figures.get(code), content.indicators[code]) for code in used),
        )
        for row in rows
    )
    notes = (*_hidden_note(cells, content), *_unapproved_note(rows, used))
    return (Grid(title, headers, cells, notes=notes),)


def _unapproved_note(rows: Iterable[Row], used: Sequence[str]) -> tuple[str, ...]:
    """Why a row has scans and no place with one."""
    if not {"scans", "active_day"} <= set(used):
        return ()
    told = [[row.figures.get(code, Shown()).value or 0 for code in ("scans", "active_day")] for row in rows]
    if not any(scans and not active for scans, active in told):
        return ()
    return (_("Lượt quét ở nơi chưa hoặc không còn được duyệt chỉ tính vào lượt quét, lượt đến và số người."),)


def _hidden_note(rows: Iterable[Sequence[Cell]], content: Content) -> tuple[str, ...]:
    """What the sign means, below a table that has it."""
    is_there = any(cell.shown == phrases.HIDDEN for row in rows for cell in row)
    return (phrases.hidden_means(content),) if is_there else ()


def corrections(content: Content) -> tuple[Grid, ...]:
    """What has changed since the former report: old, new, difference."""
    if not content.corrections:
        return ()
    headers = (_("Đơn vị"), _("Chỉ tiêu"), _("Ngày"), _("Đã báo cáo"), _("Số đúng"), _("Chênh lệch"))
    rows = []
    for one in content.corrections:
        known = content.indicators[one.indicator]
        change = None if one.old is None or one.new is None else round(one.new - one.old, 2)
        rows.append(
            (
                Cell(one.name),
                Cell(phrases.name_of(known)),
                Cell(phrases.day_words(one.day)),
                _number(one.old, known),
                _number(one.new, known),
                Cell(phrases.change_out(change, known), change),
            )
        )
    return (Grid(_("Số liệu đính chính"), headers, tuple(rows)),)


def unused(content: Content) -> tuple[Grid, ...]:
    """The places without a check-in on the last day, by name; a note says how many more there are."""
    if not content.unused:
        return ()
    title = _("Địa điểm không có lượt đến ngày %(day)s") % {"day": phrases.day_words(content.last)}
    rows = tuple(
        (Cell(one.name), Cell(one.unit), Cell(phrases.day_words(one.last_day) if one.last_day else _("chưa từng có")))
        for one in content.unused
    )
    more = content.unused_count - len(rows)
    notes = (_("và %(count)s nơi khác") % {"count": number(more)},) if more > 0 else ()
    return (Grid(title, (_("Địa điểm"), _("Đơn vị"), _("Lượt đến gần nhất")), rows, in_annex=True, notes=notes),)


def spreading(content: Content) -> tuple[Grid, ...]:
    """How far guidance and guides went in the period, as agencies told."""
    if not content.spreading:
        return ()
    names = {
        "sessions": _("Buổi hướng dẫn"),
        "people": _("Người dự các buổi hướng dẫn"),
        "times": _("Lần phát, đăng, dán hướng dẫn"),
        "audience": _("Người nghe, xem (cơ quan ước)"),
        "expected": _("Lượt cán bộ cần xác nhận đã đọc hướng dẫn"),
        "read": _("Lượt cán bộ đã xác nhận"),
    }
    told = content.spreading
    rows = tuple((Cell(name), Cell(number(told[key]), told[key])) for key, name in names.items())
    return (Grid(_("Hướng dẫn và phổ biến"), (_("Chỉ tiêu"), _("Số liệu")), rows),)


def _cell(shown: Shown | None, known: Known) -> Cell:
    text = phrases.read_out(shown, known)
    value = None if shown is None or shown.hidden else shown.value
    return Cell(text, value, known.unit == "percent")


def _number(value: float | None, known: Known) -> Cell:
    return Cell(phrases.value_out(value, known), value, known.unit == "percent")
