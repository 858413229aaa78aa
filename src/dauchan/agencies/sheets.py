"""The columns of lists of agencies and of people to invite: found by their headers, read line by line with faults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dauchan.agencies import rules
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key
from dauchan.places.sheets import FileTooLarge, Sheet, read_file
from dauchan.units import queries as units
from dauchan.units.models import Unit

Columns = Mapping[str, tuple[str, str, frozenset[str]]]
"""Field -> its title in Vietnamese and English, and the headers by which it is known, without accents."""


class ColumnMissing(BadInput):
    kind = "column_missing"
    vi = "Tệp thiếu cột “{column}”. Hãy dùng tệp mẫu."
    en = "The file lacks the column “{column}”. Use the template."


class UnitNotFound(BadInput):
    vi = "Không có đơn vị nào tên “{text}”. Hãy ghi tên đầy đủ, hoặc mã đơn vị."
    en = "No unit is called “{text}”. Give its full name, or its code."


class UnitNotClear(BadInput):
    vi = "“{text}” có thể là: {names}. Hãy ghi mã đơn vị, hoặc tên kèm huyện, tỉnh."
    en = "“{text}” may be: {names}. Give the unit's code, or its name with district and province."


class DateNotClear(BadInput):
    vi = "Không đọc được ngày “{text}”. Hãy ghi ngày/tháng/năm."
    en = "The date “{text}” can't be read. Write day/month/year."


@dataclass(frozen=True)
class Row:
    """One line: its number in the file, its cells by field, what could not be read of it."""

    line: int
    cells: Mapping[str, str]
    problems: tuple[tuple[str, Problem], ...] = ()


def read(content: bytes, columns: Columns, needed: tuple[str, ...]) -> tuple[Sheet, list[Row]]:
    """The lines of a file.

    raises   FileUnreadable and its kinds, ColumnMissing
    """
    sheet = read_file(content)
    if len(sheet.lines) > rules.LINES_A_LIST:
        raise FileTooLarge(lines=rules.LINES_A_LIST, columns=100, megabytes=20)
    places = _places(sheet.header, columns)
    for field in needed:
        if field not in places:
            raise ColumnMissing(column=columns[field][0])
    return sheet, list(_rows(sheet, places))


def _places(header: tuple[str, ...], columns: Columns) -> dict[str, int]:
    keys = [search_key(title) for title in header]
    found = {}
    for field, (vi, en, others) in columns.items():
        named = {search_key(vi), search_key(en), *others}
        position = next((index for index, key in enumerate(keys) if key in named), None)
        if position is not None:
            found[field] = position
    return found


def _rows(sheet: Sheet, places: Mapping[str, int]) -> Iterator[Row]:
    for line in sheet.lines:
        cells = {field: line.cells[position].replace("\0", " ").strip() for field, position in places.items()}
        faults = tuple((sheet.header[position], problem) for position, problem in line.faults)
        yield Row(line.number, cells, faults)


def unit_named(text: str, on: date) -> Unit:
    """The one unit of a day that a code or a name means.

    raises   UnitNotFound, UnitNotClear
    """
    found = units.units_called(text, on)
    if not found:
        raise UnitNotFound(text=text[:60])
    if len(found) > 1:
        raise UnitNotClear(text=text[:60], names="; ".join(str(unit) for unit in found[:3]))
    return found[0]


def day_of(text: str) -> date | None:
    """A date as people write it, day first; None for none.

    raises   DateNotClear
    """
    clean = text.strip()
    if not clean:
        return None
    day_first = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", clean)
    year_first = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", clean)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day)
        if year_first:
            return date(*map(int, year_first.groups()))
    except ValueError:
        pass
    raise DateNotClear(text=clean[:20])
