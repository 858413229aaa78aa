"""Reads CSV and XLSX files as they come from offices: any usual encoding and delimiter, every line numbered.

Nothing is guessed in silence: what was assumed stands in `Sheet.notes`, what can't be read is a fault of its line, and
a file that can't be read at all is refused with what to do. Decides nothing about places.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from openpyxl import load_workbook

from dauchan.kernel.errors import Problem

BYTES_LIMIT = 20 * 1024 * 1024
UNPACKED_LIMIT = 300 * 1024 * 1024
LINES_LIMIT = 100_000
COLUMNS_LIMIT = 100
CELL_LIMIT = 4_000
LINES_SNIFFED = 50
DELIMITERS = (",", ";", "\t", "|")
_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", letter + mark)
    for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ–—‘’“”•…™©®°½¼×€₫\u00a0")


class FileUnreadable(Problem):
    kind = "file_unreadable"
    vi = "Không đọc được tệp này. Hãy lưu lại dạng .xlsx hoặc CSV UTF-8 rồi thử lại."
    en = "This file can't be read. Save it as .xlsx or as CSV UTF-8 and try again."


class FileTooLarge(FileUnreadable):
    kind = "too_large"
    vi = "Tệp quá lớn: nhiều nhất {lines} dòng, {columns} cột và {megabytes} MB. Hãy chia nhỏ."
    en = "The file is too large: at most {lines} lines, {columns} columns and {megabytes} MB. Split it."


class EncodingUnknown(FileUnreadable):
    kind = "encoding_unknown"
    vi = "Không rõ bảng mã của tệp (có thể là TCVN3 hay VNI). Hãy lưu lại dạng CSV UTF-8 hoặc .xlsx."
    en = "The file's encoding is unknown (TCVN3 or VNI perhaps). Save it as CSV UTF-8 or .xlsx."


class OldFormat(FileUnreadable):
    kind = "format_unknown"
    vi = "Chỉ đọc được CSV và .xlsx. Hãy mở tệp này rồi lưu lại dạng .xlsx."
    en = "Only CSV and .xlsx can be read. Open this file and save it as .xlsx."


class NoHeader(FileUnreadable):
    kind = "no_header"
    vi = "Tệp không có dòng tiêu đề. Dòng đầu phải là tên các cột."
    en = "The file has no header. The first line must name the columns."


class FormulaFound(Problem):
    kind = "formula"
    vi = "Ô {cell} là công thức. Hãy dán giá trị thay cho công thức."
    en = "Cell {cell} is a formula. Paste its value instead."


class CellError(Problem):
    kind = "cell_error"
    vi = "Ô {cell} báo lỗi trong bảng tính."
    en = "Cell {cell} holds a spreadsheet error."


class CellTooLong(Problem):
    kind = "cell_too_long"
    vi = "Ô này dài hơn {limit} ký tự."
    en = "This cell is longer than {limit} characters."


class LineTooLong(Problem):
    kind = "line_too_long"
    vi = "Dòng có {found} ô mà tiêu đề chỉ có {expected}: có thể thừa dấu phân cách."
    en = "The line has {found} cells but the header only {expected}: perhaps a delimiter too many."


class LinesSwallowed(Problem):
    kind = "lines_swallowed"
    vi = "Ô này nuốt cả những dòng sau, có thể thiếu dấu ngoặc kép đóng. Hãy sửa hoặc bỏ dấu ngoặc kép."
    en = "This cell takes in the lines after it; perhaps a closing quote is missing. Mend or remove the quote."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of data: its number in the file (the header's is usually 1), its cells as text, what is wrong with it.

    `faults` are (position of the column, problem).
    """

    number: int
    cells: tuple[str, ...]
    faults: tuple[tuple[int, Problem], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read: header, lines, how many lines were blank, and what was assumed about it, in both languages."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    blank: int = 0
    notes: tuple[tuple[str, str], ...] = field(default=())


def read_file(content: bytes) -> Sheet:
    """The one sheet of a CSV or XLSX file.

    raises   FileUnreadable and its kinds
    """
    if len(content) > BYTES_LIMIT:
        raise _too_large()
    if content.startswith(b"PK\x03\x04"):
        return _read_xlsx(content)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")):
        raise OldFormat
    return _read_csv(content)


def _too_large() -> FileTooLarge:
    return FileTooLarge(lines=LINES_LIMIT, columns=COLUMNS_LIMIT, megabytes=BYTES_LIMIT // 1024 // 1024)


def _sheet(rows: Iterable[Line], notes: Sequence[tuple[str, str]]) -> Sheet:
    """Split header from lines, count blank ones, and hold the limits."""
    header: tuple[str, ...] = ()
    lines: list[Line] = []
    blank = 0
    for row in rows:
        cells = row.cells
        while cells and not cells[-1]:
            cells = cells[:-1]
        if not cells and not row.faults:
            blank += bool(header)
        elif not header:
            header = _header(row, cells)
        elif len(lines) == LINES_LIMIT:
            raise _too_large()
        else:
            lines.append(_checked(row, cells, header))
    if not header:
        raise NoHeader
    return Sheet(header, tuple(lines), blank, tuple(notes))


def _header(row: Line, cells: tuple[str, ...]) -> tuple[str, ...]:
    if row.faults:
        raise row.faults[0][1]
    if len(cells) > COLUMNS_LIMIT or max(map(len, cells)) > CELL_LIMIT:
        raise _too_large()
    return cells


def _checked(row: Line, cells: tuple[str, ...], header: tuple[str, ...]) -> Line:
    faults = list(row.faults)
    if len(cells) > len(header):
        faults.append((len(header) - 1, LineTooLong(found=len(cells), expected=len(header))))
    for position, text in enumerate(cells[: len(header)]):
        if len(text) > CELL_LIMIT:
            faults.append((position, CellTooLong(limit=CELL_LIMIT)))
    kept = [text if len(text) <= CELL_LIMIT else "" for text in cells[: len(header)]]
    filled = tuple(text for text, _ in zip_longest(kept, header, fillvalue=""))
    return Line(row.number, filled, tuple(faults))


# --- CSV --------------------------------------------------------------------------------------------------------------


def _read_csv(content: bytes) -> Sheet:
    text, notes = _decoded(content)
    delimiter = _delimiter(text)
    names = {",": "dấu phẩy|comma", ";": "dấu chấm phẩy|semicolon", "\t": "tab|tab", "|": "gạch đứng|bar"}
    vi, en = names[delimiter].split("|")
    return _sheet(_records(text, delimiter), [*notes, (f"Dấu phân cách: {vi}", f"Delimiter: {en}")])


def _decoded(content: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The text, composed, and how its encoding was found.

    raises   EncodingUnknown
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _by(content, encoding)
    if content[1:200:2].count(0) > len(content[1:200:2]) // 2:
        return _by(content, "utf-16-le")
    if content[0:200:2].count(0) > len(content[0:200:2]) // 2:
        return _by(content, "utf-16-be")
    try:
        return _by(content, "utf-8")
    except EncodingUnknown:
        return _windows_1258(content)


def _by(content: bytes, encoding: str) -> tuple[str, list[tuple[str, str]]]:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise EncodingUnknown from error
    return unicodedata.normalize("NFC", text), [(f"Bảng mã: {encoding}", f"Encoding: {encoding}")]


def _windows_1258(content: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Read as Windows' old Vietnamese code page, if that gives nothing but Vietnamese letters."""
    text, _ = _by(content, "cp1258")
    if any(letter not in _VIETNAMESE for letter in text if ord(letter) > 127):
        raise EncodingUnknown
    return text, [
        ("Bảng mã: Windows-1258 (đoán). Hãy xem kỹ dấu tiếng Việt.", "Encoding: Windows-1258 (a guess). Check accents.")
    ]


def _delimiter(text: str) -> str:
    """The delimiter under which the first lines agree best on a number of columns."""
    start = "\n".join(text.splitlines()[:LINES_SNIFFED])[:100_000]
    return max(DELIMITERS, key=lambda delimiter: _agreement(start, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error:
        return (0.0, 0)
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (widths.count(widths[0]) / len(widths), widths[0])


def _records(text: str, delimiter: str) -> Iterator[Line]:
    """Each record with the number of the line it begins on.

    raises   FileUnreadable where the file can't be split any further
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begun, width = 1, 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(
                f"Dòng {begun} không đọc được (có thể thiếu dấu ngoặc kép đóng).",
                f"Line {begun} can't be read (perhaps a closing quote is missing).",
            ) from error
        width = width or len(cells)
        yield Line(begun, tuple(cell.strip() for cell in cells), _swallowed(cells, delimiter, width))
        begun = reader.line_num + 1


def _swallowed(cells: Sequence[str], delimiter: str, width: int) -> tuple[tuple[int, Problem], ...]:
    """The cells that hold whole lines of the file: a quote was opened and not closed where it should be."""
    if width < 3:  # a comma in an address of two lines would look the same
        return ()
    spans = ((position, cell.splitlines()[1:]) for position, cell in enumerate(cells) if "\n" in cell or "\r" in cell)
    return tuple(
        (min(position, width - 1), LinesSwallowed())
        for position, inside in spans
        if any(line.count(delimiter) >= width - 1 for line in inside)
    )


# --- XLSX -------------------------------------------------------------------------------------------------------------


def _read_xlsx(content: bytes) -> Sheet:
    """The first sheet that has anything on it; the names of the others are noted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {entry.filename for entry in archive.infolist()}
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if "xl/workbook.xml" not in names:
            raise OldFormat
        if unpacked > UNPACKED_LIMIT:
            raise _too_large()
        return _first_sheet(load_workbook(io.BytesIO(content), read_only=True, data_only=False))
    except Problem:
        raise
    except Exception as error:  # openpyxl meets broken files with errors of many kinds; each means "unreadable"
        raise FileUnreadable from error


def _first_sheet(book: Any) -> Sheet:
    sheets = book.worksheets
    for sheet in sheets:
        sheet.reset_dimensions()
        try:
            found = _sheet((_line(number, row) for number, row in enumerate(sheet.iter_rows(), 1)), ())
        except NoHeader:
            continue
        others = ", ".join(other.title for other in sheets if other is not sheet)
        notes = [(f"Trang đã đọc: {sheet.title}", f"Sheet read: {sheet.title}")]
        if others:
            notes.append((f"Không đọc các trang khác: {others}", f"Other sheets are not read: {others}"))
        return Sheet(found.header, found.lines, found.blank, tuple(notes))
    raise NoHeader


def _line(number: int, row: Iterable[Any]) -> Line:
    cells: list[str] = []
    faults: list[tuple[int, Problem]] = []
    for position, cell in enumerate(row):
        kind = getattr(cell, "data_type", "n")
        if kind == "f":
            faults.append((position, FormulaFound(cell=cell.coordinate)))
        elif kind == "e":
            faults.append((position, CellError(cell=cell.coordinate)))
        cells.append("" if kind in "fe" else _text(cell.value))
        if position > 2 * COLUMNS_LIMIT and cells[-1]:
            raise _too_large()
    return Line(number, tuple(cells), tuple(faults))


def _text(value: Any) -> str:
    """A cell's value as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y" if not (value.hour or value.minute) else "%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return re.sub(r"_x000[0-9A-Fa-f]_", " ", unicodedata.normalize("NFC", str(value))).strip()
