"""Reads a plain visits file (a spreadsheet saved as CSV) into stays, and says which lines it could not use.

Decides only how text becomes stays; docs/reference/trace.md tells an epidemiologist the same rules. A scans file, with
one line an arrival or departure, is read by the same rules.
"""

import csv
import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from sys import intern
from typing import TypeVar

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.errors import BadInput
from dauchan.tracing.engines.base import Stay

REPEATED = "the same as line"
DELIMITERS = ",;\t"
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Our choice: a year outside them is a slip of the pen, and the calendar's own end is out of reach."""

_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\S+))?")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]+(\S+(?: [+-]\S+)?))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class UnreadableFile(BadInput):
    kind = "unreadable_file"


class UnreadableTime(ValueError):
    """The text is not an instant; the message says why."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One line that was left out: its number in the file (the header is 1), the column and the reason."""

    line: int
    column: str
    reason: str


@dataclass(slots=True)
class VisitsFile:
    """What a file holds: usable stays, and the lines left out."""

    stays: list[Stay] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One visit as a line tells it; `departed_at` is None where the file doesn't know."""

    person: str
    place: str
    point: str
    arrived_at: datetime
    departed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan as a line tells it; direction is "in" or "out"."""

    person: str
    place: str
    point: str
    at: datetime
    direction: str


@dataclass(frozen=True)
class Table:
    """The columns that a kind of file may and must have."""

    columns: tuple[str, ...]
    required: tuple[str, ...]


VISITS = Table(("person", "place", "point", "arrived_at", "departed_at"), ("person", "place", "arrived_at"))
SCANS = Table(("person", "place", "point", "at", "direction"), ("person", "place", "at", "direction"))
DIRECTIONS = {"in": "in", "out": "out", "vào": "in", "ra": "out"}

AnyLine = TypeVar("AnyLine", Line, ScanLine)


def is_scans_file(path: Path) -> bool:
    """Whether the first line names the columns of a scans file, and not those of a visits file."""
    with path.open(encoding=_encoding(path), errors="surrogateescape", newline="") as file:
        header = file.readline()
    names = max((_names(header, mark) for mark in DELIMITERS), key=lambda names: len(set(names) & set(SCANS.columns)))
    return set(SCANS.required) <= set(names) and "arrived_at" not in names


def visit_lines(path: Path, rejected: list[Rejected]) -> dict[Line, int]:
    """The usable lines of a visits file with their numbers, each once; the others go to `rejected`.

    raises   UnreadableFile when there is no header that names the columns needed
    """
    return _lines(path, VISITS, _line, rejected)


def scan_lines(path: Path, rejected: list[Rejected]) -> dict[ScanLine, int]:
    """The usable lines of a scans file with their numbers, each once; the others go to `rejected`.

    raises   UnreadableFile when there is no header that names the columns needed
    """
    return _lines(path, SCANS, _scan_line, rejected)


def _lines(
    path: Path, table: Table, read: Callable[[dict[str, str]], AnyLine], rejected: list[Rejected]
) -> dict[AnyLine, int]:
    lines: dict[AnyLine, int] = {}
    for number, cells in _rows(path, table, rejected):
        try:
            line = read(cells)
        except _BadCell as bad:
            rejected.append(Rejected(number, bad.column, bad.reason))
            continue
        first = lines.setdefault(line, number)
        if first != number:
            rejected.append(Rejected(number, "", f"{REPEATED} {first}"))
    return lines


def read_visits(path: Path, default_stay: timedelta) -> VisitsFile:
    """The stays of a file, and its bad lines with reasons.

    A stay without departure is certain for no time, and possible until the person's next arrival anywhere or for
    `default_stay`, whichever comes first.
    raises   UnreadableFile when there is no header that names the columns needed
    """
    result = VisitsFile()
    lines = visit_lines(path, result.rejected)
    result.stays = _stays(list(lines), default_stay)
    return result


def read_instant(text: str, *, whole_day_ends: bool = False, time_needed: bool = False) -> datetime:
    """An instant, in UTC: ISO 8601, or dd/mm/yyyy with or without a time; without offset it is Việt Nam's time.

    A day alone is its first instant, or with `whole_day_ends` the instant at which it is over.
    raises   UnreadableTime
    """
    try:
        day, clock_time = _day_and_time(text.strip())
        if day.year < EARLIEST_YEAR:
            raise UnreadableTime(f"the year {day.year} lies before {EARLIEST_YEAR}")
        if day.year > LATEST_YEAR:
            raise UnreadableTime(f"the year {day.year} lies after {LATEST_YEAR}")
        if clock_time is None and time_needed:
            raise UnreadableTime("has a day but no time")
        if clock_time is None:
            day, clock_time = day + timedelta(days=int(whole_day_ends)), time()
        return datetime.combine(day, clock_time, clock_time.tzinfo or LOCAL).astimezone(UTC)
    except UnreadableTime:
        raise
    except (ValueError, OverflowError):
        raise UnreadableTime("not a time like 2021-07-01 08:30 or 01/07/2021 08:30") from None


def _day_and_time(text: str) -> tuple[date, time | None]:
    """The day and the time of day with its offset, if there is one.

    raises   ValueError
    """
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, rest = found.groups()
        on = date(int(year), int(month), int(day))
    elif found := _ISO.fullmatch(text):
        on, rest = date.fromisoformat(found[1]), found[2]
    else:
        raise ValueError
    return on, None if rest is None else time.fromisoformat(rest.replace(" ", "") if rest[1] != ":" else f"0{rest}")


class _BadCell(Exception):
    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason


def _rows(path: Path, table: Table, rejected: list[Rejected]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of every line that isn't blank; lines that no reader can split are rejected."""
    with path.open(encoding=_encoding(path), errors="surrogateescape", newline="") as file:
        header = file.readline()
        delimiter, places = _columns(header, table)
        reader = csv.reader(file, delimiter=delimiter)
        line = 2
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                rejected.append(Rejected(line, "", f"not a line of a table: {error}"))
                line = reader.line_num + 2
                continue
            if any(cell.strip() for cell in cells):
                yield line, {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
            line = reader.line_num + 2


def _encoding(path: Path) -> str:
    """UTF-8 with or without mark, or UTF-16 as Excel's "Unicode text" has it.

    raises   UnreadableFile for a workbook or an empty file
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK"):
        raise UnreadableFile(
            "Đây là tệp bảng tính (xlsx). Hãy lưu thành “CSV UTF-8” rồi chạy lại.",
            "This is a workbook (xlsx). Save it as “CSV UTF-8” and run again.",
        )
    if not start.strip():
        raise UnreadableFile("Tệp trống.", "The file is empty.")
    return "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _columns(header: str, table: Table) -> tuple[str, dict[str, int]]:
    """The delimiter that finds most of the table's columns in the header, and where each column stands.

    raises   UnreadableFile when a needed column is missing or stands there twice
    """
    splits = {mark: _names(header, mark) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: len(set(splits[mark]) & set(table.columns)))
    names = splits[delimiter]
    missing = [name for name in table.required if name not in names]
    twice = [name for name in table.columns if names.count(name) > 1]
    if missing or twice:
        raise UnreadableFile(
            "Dòng đầu phải có các cột {needed} (và {others} nếu có), mỗi cột một lần; "
            "thiếu: {missing}; lặp lại: {twice}.",
            "The first line must name the columns {needed} (and {others} if any), "
            "each once; missing: {missing}; repeated: {twice}.",
            needed=", ".join(table.required),
            others=", ".join(name for name in table.columns if name not in table.required),
            missing=", ".join(missing) or "-",
            twice=", ".join(twice) or "-",
        )
    return delimiter, {name: names.index(name) for name in table.columns if name in names}


def _names(header: str, mark: str) -> list[str]:
    return [cell.strip().lower() for cell in next(csv.reader([header], delimiter=mark))]


def _line(cells: dict[str, str]) -> Line:
    arrived_at = _instant(cells, "arrived_at")
    departed_at = _instant(cells, "departed_at") if cells.get("departed_at", "").strip() else None
    if departed_at is not None and departed_at < arrived_at:
        raise _BadCell("departed_at", "lies before arrived_at")
    return Line(
        _name(cells, "person"), _name(cells, "place"), _name(cells, "point", needed=False), arrived_at, departed_at
    )


def _scan_line(cells: dict[str, str]) -> ScanLine:
    direction = DIRECTIONS.get(unicodedata.normalize("NFC", cells["direction"].strip().lower()))
    if direction is None:
        raise _BadCell("direction", "is neither in nor out")
    at = _instant(cells, "at")
    return ScanLine(_name(cells, "person"), _name(cells, "place"), _name(cells, "point", needed=False), at, direction)


def _instant(cells: dict[str, str], column: str) -> datetime:
    text = cells[column].strip()
    if not text:
        raise _BadCell(column, "is empty")
    try:
        return read_instant(text, time_needed=True)
    except UnreadableTime as error:
        raise _BadCell(column, str(error)) from None


def _name(cells: dict[str, str], column: str, *, needed: bool = True) -> str:
    """An identifier: outer blanks dropped, accents composed (NFC), shared in memory."""
    text = cells.get(column, "").strip()
    if needed and not text:
        raise _BadCell(column, "is empty")
    if _CONTROL.search(text):
        raise _BadCell(column, "holds characters that are not text (is the file UTF-8?)")
    return intern(text if text.isascii() else unicodedata.normalize("NFC", text))


def _stays(lines: list[Line], default_stay: timedelta) -> list[Stay]:
    arrivals: dict[str, list[datetime]] = defaultdict(list)
    for line in lines:
        arrivals[line.person].append(line.arrived_at)
    for each in arrivals.values():
        each.sort()
    return [_stay(line, arrivals[line.person], default_stay) for line in lines]


def _stay(line: Line, arrivals: list[datetime], default_stay: timedelta) -> Stay:
    at, left = line.arrived_at, line.departed_at
    if left is not None:
        return Stay(line.person, line.place, line.point, at, left, left, left, "scan")
    following = bisect_right(arrivals, at)
    assumed = at + default_stay
    if following < len(arrivals) and arrivals[following] < assumed:
        return Stay(line.person, line.place, line.point, at, at, arrivals[following], None, "next_scan")
    return Stay(line.person, line.place, line.point, at, at, assumed, None, "assumed")
