"""A report as a workbook: its sentences, every table with numbers that calculate, charts and map. From the snapshot.

Texts are typed string cells, so that no name is taken for a formula.
"""

import io
import re
from datetime import datetime
from math import ceil
from textwrap import wrap
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from dauchan.kernel import clock, official
from dauchan.kernel.exports import BOLD, column_width, shown
from dauchan.reports import drawing, grids, phrases, telling
from dauchan.reports.grids import Cell, Grid
from dauchan.reports.models import Report
from dauchan.reports.snapshot import Content, read

LINE_LETTERS, LINE_POINTS = 100, 15
"""How long a line of the text is and how tall: programs don't all fit a row to text that wraps. Ours."""
HEADER_LINES = 3
"""Into so many lines a header may wrap that is longer than its column's numbers. Ours."""
NOTES_BELOW = 3
"""From a table's header to its first note, besides its rows: so that a filter takes no note for a row."""
MAP_PIXELS = 620
BARS = 30
"""How many parts a bar chart shows. Ours."""


def workbook(report: Report) -> bytes:
    """The workbook in the language of the moment."""
    content = read(report.content)
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator, book.properties.title = shown(content.issuer), shown(telling.title(content))
    book.properties.created = report.made_at.astimezone(clock.LOCAL).replace(tzinfo=None)
    _words(_sheet(book, _("Báo cáo")), report, content)
    for grid in (*grids.summary(content), *grids.all_parts(content), *grids.by_sector_and_channel(content)):
        _bars(_table(book, grid), grid)
    for grid in (*grids.unused(content), *grids.spreading(content), *grids.corrections(content)):
        _table(book, grid)
    _trend(book, content)
    _map(book, content)
    _definitions(book, content)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.page_setup.paperSize, sheet.page_setup.orientation = "9", "landscape"
    sheet.page_setup.fitToHeight = False
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]  # openpyxl makes it with every sheet
    return sheet


def _put(sheet: Worksheet, row: int, column: int, value: Any, *, bold: bool = False) -> Any:
    """One cell whose type is said, not guessed from its content."""
    cell: Any = sheet.cell(row, column)
    cell.value = shown(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = Font(bold=bold)
    return cell


def _words(sheet: Worksheet, report: Report, content: Content) -> None:
    """The report's sentences below each other."""
    lines = [(telling.title(content), True), (_state(report), False), (telling.opening(content), False)]
    for section in telling.sections(content):
        lines += [(section.title, True), *((sentence, False) for sentence in section.sentences)]
    lines += [(_("Ghi chú"), True), *((note, False) for note in telling.notes(content))]
    sheet.column_dimensions["A"].width = LINE_LETTERS + 10
    for row, (text, bold) in enumerate(lines, 1):
        _put(sheet, row, 1, text, bold=bold).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = LINE_POINTS * ceil(len(text) / LINE_LETTERS)


def _state(report: Report) -> str:
    if report.issued_on is None:
        return _("Bản thảo, chưa ban hành")
    words = _("Số %(number)s, ngày %(day)s, người ký: %(signer)s")
    signer = f"{report.signer_title} {report.signer_name}".replace("\n", " ")
    return words % {"number": str(report), "day": phrases.day_words(report.issued_on), "signer": signer}


def _table(book: Workbook, grid: Grid) -> Worksheet:
    """A sheet with one table: a header that stays in sight, numbers as numbers."""
    sheet = _sheet(book, grid.title)
    sheet.freeze_panes, sheet.print_title_rows, sheet.print_title_cols = "B2", "1:1", "A:A"
    is_number = [any(row[column].value is not None for row in grid.rows) for column in range(len(grid.headers))]
    lines = 1
    for column, header in enumerate(grid.headers, 1):
        side = "right" if is_number[column - 1] else None
        put = _put(sheet, 1, column, header, bold=True)
        put.alignment = Alignment(horizontal=side, wrap_text=True, vertical="top")
        width = column_width(header, (_letters(row[column - 1]) for row in grid.rows), lines=HEADER_LINES)
        sheet.column_dimensions[get_column_letter(column)].width = width
        lines = max(lines, len(wrap(header, int(width / BOLD))))
    sheet.row_dimensions[1].height = LINE_POINTS * (lines + 1)
    for row, cells in enumerate(grid.rows, 2):
        for column, cell in enumerate(cells, 1):
            _typed(sheet, row, column, cell, right=is_number[column - 1])
    sheet.auto_filter.ref = sheet.dimensions
    for row, note in enumerate(grid.notes, len(grid.rows) + NOTES_BELOW):
        _put(sheet, row, 1, note)
    return sheet


def _letters(cell: Cell) -> str:
    """What a program shows in a cell: a share has two decimals there, 100% too."""
    return f"{cell.value:.2f}%" if cell.percent and cell.value is not None else cell.shown


def _typed(sheet: Worksheet, row: int, column: int, cell: Cell, *, right: bool) -> None:
    """One cell; a sign among numbers stands to the right as they do."""
    if cell.value is None:
        _put(sheet, row, column, cell.shown).alignment = Alignment(horizontal="right" if right else None)
        return
    whole = cell.value == int(cell.value)
    put = _put(sheet, row, column, cell.value / 100 if cell.percent else int(cell.value) if whole else cell.value)
    put.number_format = "0.00%" if cell.percent else "#,##0" if whole else "#,##0.0"


def _bars(sheet: Worksheet, grid: Grid) -> None:
    """A bar chart of the first column of numbers beside a table of units, sectors or channels."""
    drawn = [row[1] for row in grid.rows[:BARS] if len(row) > 1 and row[1].value is not None]
    if len(drawn) < 2 or grid.headers[0] == _("Chỉ tiêu"):
        return
    last = min(len(grid.rows), BARS) + 1
    chart = BarChart()
    chart.type, chart.title, chart.legend = "bar", grid.headers[1], None
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    chart.height, chart.width = max(7.0, last * 0.6), 18
    _with_axes(chart)
    sheet.add_chart(chart, f"A{len(grid.rows) + len(grid.notes) + NOTES_BELOW + 1}")


def _with_axes(chart: Any) -> None:
    """Axes that newer spreadsheet programs draw too, names from the top down."""
    chart.x_axis.delete = chart.y_axis.delete = False
    if isinstance(chart, BarChart):
        chart.x_axis.scaling.orientation = "maxMin"


def _trend(book: Workbook, content: Content) -> None:
    """The last days as a table and a line chart."""
    told = {code: daily for code, daily in content.trends.items() if any(value is not None for _day, value in daily)}
    if not told:
        return
    sheet = _sheet(book, _("Diễn biến"))
    sheet.freeze_panes = "B2"
    _put(sheet, 1, 1, _("Ngày"), bold=True)
    sheet.column_dimensions["A"].width = 14
    for column, (code, daily) in enumerate(told.items(), 2):
        _put(sheet, 1, column, phrases.name_of(content.indicators[code]), bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 24
        for row, (day, value) in enumerate(daily, 2):
            # a cell holds a day, no instant
            _put(sheet, row, 1, datetime(day.year, day.month, day.day)).number_format = "dd/mm/yyyy"  # noqa: DTZ001
            _put(sheet, row, column, value).number_format = "#,##0"
    last = len(next(iter(told.values()))) + 1
    chart = LineChart()
    chart.title, chart.height, chart.width = telling.trend_title(last - 1), 9, 24
    chart.add_data(Reference(sheet, min_col=2, max_col=len(told) + 1, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    chart.x_axis.number_format = "dd/mm"
    _with_axes(chart)
    sheet.add_chart(chart, f"{get_column_letter(len(told) + 3)}2")


class _Png(Image):
    """A picture whose size is known, so that no picture library is needed to look into it."""

    def __init__(self, content: bytes, width: int, height: int) -> None:
        self.content, self.format = content, "png"
        self.width, self.height = width, height
        self.anchor = "A3"

    def _data(self) -> bytes:
        return self.content


def _map(book: Workbook, content: Content) -> None:
    picture = drawing.picture("map", content)
    if picture is None or content.drawing is None:
        return
    sheet = _sheet(book, _("Bản đồ"))
    _put(sheet, 1, 1, picture.title, bold=True)
    png = official.png(picture.svg)
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    sheet.add_image(_Png(png, MAP_PIXELS, round(MAP_PIXELS * height / width)))


def _definitions(book: Workbook, content: Content) -> None:
    """What each indicator means, as it was defined when the report was frozen."""
    headers = (_("Mã"), _("Chỉ tiêu"), _("Cách tính"), _("Nguồn"))
    rows = tuple(
        (
            Cell(code),
            Cell(phrases.name_of(known)),
            Cell(phrases.formula_of(known)),
            Cell(_("được cung cấp") if known.supplied else _("hệ thống đếm")),
        )
        for code, known in content.indicators.items()
    )
    _table(book, Grid(_("Định nghĩa"), headers, rows))
