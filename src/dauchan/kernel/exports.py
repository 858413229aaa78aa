"""Spreadsheets that are safe to open: text stays text, nothing is cut off silently, every row is counted.

XLSX is the default: each text is a typed string cell, so no spreadsheet program takes it for a formula and no phone
number loses its zero. CSV is for machines; there a text that could begin a formula in any of its would-be cells gets
an apostrophe, since a program with another list separator splits lines elsewhere. What can't be shown is replaced by
"�", never dropped.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.errors import Problem

Cell = str | int | float | Decimal | date | datetime | None
"""What a cell may hold; a `Decimal` is written and shown with exactly the digits that it has."""
ROW_LIMIT = 1_048_575
"""Rows below the header that a sheet can hold. Source: Excel specifications and limits."""
TEXT_LIMIT = 32_767
"""Characters that a cell can hold. Source: Excel specifications and limits."""
WIDEST, BOLD, BESIDE = 60, 1.2, 4
"""Letters that a column is wide at most, how much wider bold ones run, and what the filter's button and the margins
take. Ours."""
SAMPLED = 200
"""Rows that a streamed sheet's widths are found from: they stand before the first row. Ours."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d .]*\Z")
_COULD_BEGIN = re.compile(r"(^|[;,\t|\r\n\"'])(\s*)(?=[=+\-@＝＋－＠])")


class TooManyRows(Problem):
    kind = "too_large"
    vi = "Danh sách dài hơn {limit} dòng nên không xuất được vào một bảng tính. Hãy lọc hẹp hơn."
    en = "The list is longer than {limit} rows and doesn't fit one spreadsheet. Narrow it."


class RowsMissing(Problem):
    kind = "rows_missing"
    vi = "Danh sách thay đổi trong lúc xuất: cần {expected} dòng, có {written}. Hãy xuất lại."
    en = "The list changed while it was exported: {expected} rows expected, {written} written. Export again."


@dataclass(frozen=True)
class Export:
    """A finished file: its bytes, how many rows it has below the header, its SHA-256 and its media type."""

    content: bytes
    rows: int
    sha256: str
    media_type: str


def xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, expected: int | None = None) -> Export:
    """A workbook with one sheet: bold header, typed cells, local times.

    title      the sheet's name; what sheets can't be called is left out
    expected   how many rows the caller counted
    raises     TooManyRows, RowsMissing
    """
    rows = iter(rows)
    first = list(islice(rows, SAMPLED))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for index, header in enumerate(headers):
        width = column_width(header, (_written(row[index]) for row in first if index < len(row)))
        sheet.column_dimensions[get_column_letter(index + 1)].width = width
    sheet.append([_header(sheet, header) for header in headers])
    written, file = 0, io.BytesIO()
    try:
        for row in _counted(chain(first, rows)):
            sheet.append([_cell(sheet, value) for value in row])
            written += 1
    finally:
        book.save(file)  # also removes the temporary file behind the sheet
    _check_count(written, expected)
    return _export(file.getvalue(), written, XLSX)


def csv_file(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, expected: int | None = None) -> Export:
    """A CSV file for programs: UTF-8 with mark, commas, every cell quoted, instants in ISO 8601.

    raises   TooManyRows, RowsMissing, ValueError for a row that hasn't as many cells as the header
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([csv_text(header) for header in headers])
    written, known = 0, _CsvTexts()
    for row in _counted(rows):
        if len(row) != len(headers):
            raise ValueError("a row differs from the header")
        writer.writerow([known[_written(value)] for value in row])
        written += 1
    _check_count(written, expected)
    return _export(text.getvalue().encode("utf-8-sig"), written, CSV)


def column_width(header: str, texts: Iterable[str], *, lines: int = 1) -> float:
    """How wide a column must be to show its texts whole, and its bold header in so many lines."""
    longest_word = max(map(len, header.split()), default=0)
    head = max(longest_word, len(header) / lines) * BOLD
    return min(max([head, *map(len, texts)]), WIDEST) + BESIDE


def shown(text: str) -> str:
    """The text as a cell can hold it: "�" for control characters, "…" where it is too long."""
    clean = _UNSHOWABLE.sub("�", text)
    return clean if len(clean) <= TEXT_LIMIT else clean[: TEXT_LIMIT - 1] + "…"


def csv_text(text: str) -> str:
    """The text for a CSV cell: an apostrophe stands before whatever could begin a formula; numbers stay as they are."""
    clean = shown(text)
    return clean if _PLAIN_NUMBER.match(clean) else _COULD_BEGIN.sub(r"\1\2'", clean)


class _CsvTexts(dict[str, str]):
    """The texts of one file made safe: columns repeat, and looking at a text costs more than finding it again."""

    def __missing__(self, text: str) -> str:
        safe = self[text] = csv_text(text)
        return safe


def _header(sheet: WriteOnlyWorksheet, text: str) -> SheetCell:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> SheetCell:
    """A cell whose type is said, not guessed from its content."""
    if not isinstance(value, str):
        naive: Any = value.astimezone(LOCAL).replace(tzinfo=None) if isinstance(value, datetime) else value
        return _made(sheet, naive)
    cell = _made(sheet, shown(value))
    cell.data_type = "s"
    return cell


def _made(sheet: WriteOnlyWorksheet, value: Any) -> SheetCell:
    cell: SheetCell = WriteOnlyCell(sheet, value)
    if isinstance(value, Decimal):
        cell.number_format = f"{Decimal(0):,.{-int(value.as_tuple().exponent)}f}".replace("0", "#,##0", 1)
    return cell


def _written(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _counted(rows: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    for number, row in enumerate(rows, 1):
        if number > ROW_LIMIT:
            raise TooManyRows(limit=ROW_LIMIT)
        yield row


def _check_count(written: int, expected: int | None) -> None:
    if expected is not None and written != expected:
        raise RowsMissing(expected=expected, written=written)


def _export(content: bytes, rows: int, media_type: str) -> Export:
    return Export(content, rows, hashlib.sha256(content).hexdigest(), media_type)
