"""A CSV or XLSX file of supplied figures: which column is what, what each line says, and what became of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from dauchan.accounts.models import Officer
from dauchan.agencies.queries import Scope, scope_of
from dauchan.coverage import supplied
from dauchan.coverage.definitions import indicators
from dauchan.coverage.models import AGENCY, UNIT
from dauchan.coverage.supplying import PERMISSION, Told, ValueUnlikely, enter
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key
from dauchan.places.sheets import FileUnreadable, Line, Sheet, read_file
from dauchan.units import agencies, queries
from dauchan.units.rules import NotADay, day_from

FIELDS: dict[str, tuple[str, str]] = {
    "unit": ("Đơn vị (mã hoặc tên)", "Unit (code or name)"),
    "agency": ("Cơ quan", "Agency"),
    "indicator": ("Chỉ tiêu", "Indicator"),
    "app": ("Ứng dụng", "App"),
    "value": ("Giá trị", "Value"),
    "as_of_day": ("Ngày số liệu", "As of"),
    "source": ("Nguồn", "Source"),
    "sure": ("Số này đúng", "The number is right"),
}
"""What a column means, with its names; the same names head the template."""
HEADERS = {
    "unit": ("don vi", "ma don vi", "xa phuong", "unit", "unit code"),
    "agency": ("ten co quan", "agency"),
    "indicator": ("ma chi tieu",),
    "app": ("ten ung dung",),
    "value": ("so luong", "so lieu"),
    "as_of_day": ("ngay", "den ngay", "date", "as of day"),
    "source": ("nguon so lieu",),
    "sure": (),
}
REQUIRED = ("indicator", "value", "as_of_day", "source")
NUMBER = re.compile(r"[0-9]{1,3}(?:[.,\u00a0 ][0-9]{3})+|[0-9]+")
YES = ("x", "co", "dung", "yes", "true", "1")
SHOWN = 40


class ColumnMissing(FileUnreadable):
    kind = "column_missing"
    vi = "Tệp thiếu cột “{column}”. Hãy dùng tệp mẫu."
    en = "The file lacks the column “{column}”. Use the template."


class UnitUnclear(BadInput):
    vi = "Không rõ đơn vị “{text}”. Hãy ghi mã đơn vị hoặc tên đầy đủ kèm tỉnh."
    en = "It is not clear which unit “{text}” is. Write its code, or its full name with the province."


class AgencyUnclear(BadInput):
    vi = "Không rõ cơ quan “{text}”, hoặc ngoài phạm vi của bạn. Hãy ghi đúng tên, kèm đơn vị nếu trùng tên."
    en = "It is not clear which agency “{text}” is, or it is outside your scope. Write its exact name, with its unit."


class IndicatorUnknown(BadInput):
    vi = "Không có chỉ tiêu nhập tay nào tên “{text}”."
    en = "No indicator that is entered by hand is called “{text}”."


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line: its number in the file, the column as the file names it, and why."""

    line: int
    column: str
    problem: Problem


@dataclass
class Taken:
    """What became of a file: lines = taken + failed."""

    lines: int = 0
    taken: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len({fault.line for fault in self.faults})


def import_supplied(content: bytes, *, by: Officer | None, now: datetime, dry_run: bool = False) -> Taken:
    """Enter every good line of a file, and say line by line what is wrong with the others; sent again nothing changes.

    by       None for the installation itself (the command line)
    dry_run  only look
    raises   FileUnreadable and its kinds
    """
    sheet = read_file(content)
    places = _columns(sheet)
    scope = Scope(everywhere=True) if by is None else scope_of(by, PERMISSION, clock.local_day(now))
    done = Taken(lines=len(sheet.lines))
    with transaction.atomic():
        for line in sheet.lines:
            fault = _take(line, places, scope, by=by, now=now)
            if fault is None:
                done.taken += 1
            else:
                position, problem = fault
                done.faults.append(Fault(line.number, _named(sheet, position), problem))
        if dry_run:
            transaction.set_rollback(True)
    return done


def _columns(sheet: Sheet) -> dict[str, int]:
    """The position of each field's column.

    raises   ColumnMissing
    """
    heads = {search_key(name): position for position, name in reversed(list(enumerate(sheet.header)))}
    found = {}
    for name, (vi, en) in FIELDS.items():
        known = (search_key(vi), search_key(en), name, *HEADERS[name])
        position = next((heads[each] for each in known if each in heads), None)
        if position is not None:
            found[name] = position
    for name in REQUIRED:
        if name not in found:
            raise ColumnMissing(column=FIELDS[name][0])
    if not found.keys() & {"unit", "agency"}:
        raise ColumnMissing(column=FIELDS["unit"][0])
    return found


def _named(sheet: Sheet, position: int | None) -> str:
    return sheet.header[position] if position is not None and position < len(sheet.header) else ""


def _take(
    line: Line, places: Mapping[str, int], scope: Scope, *, by: Officer | None, now: datetime
) -> tuple[int | None, Problem] | None:
    """Enter one line; the position of the column at fault and what is wrong, or None."""
    if line.faults:
        return line.faults[0]
    said = {name: line.cells[at].strip() if at < len(line.cells) else "" for name, at in places.items()}
    step = "indicator"
    try:
        code = _indicator(said["indicator"])
        step = "as_of_day"
        day = _day(said["as_of_day"])
        step = "value"
        value = _whole(said["value"])
        step = "agency" if said.get("agency") else "unit"
        kind, subject = _subject(said, day, scope)
        with transaction.atomic():
            sure = search_key(said.get("sure", "")) in YES
            told = Told(kind, subject, code, value, day, said["source"], said.get("app", ""), sure)
            enter(told, scope, by=by, now=now)
    except Problem as problem:
        return places.get(str(problem.detail.get("field", step)), places.get(step)), problem
    return None


def _indicator(text: str) -> str:
    """The code of a supplied indicator by its code or either name.

    raises   IndicatorUnknown
    """
    wanted = search_key(text)
    for code in supplied.CODES:
        one = indicators()[code]
        if wanted in (search_key(code), search_key(one.name_vi), search_key(one.name_en)):
            return code
    raise IndicatorUnknown(text=text[:SHOWN])


def _day(text: str) -> date:
    if not text:
        raise NotADay(field="")
    return day_from(text[:10], otherwise=date.min)


def _whole(text: str) -> int:
    """A whole number, thousands parted or not, as spreadsheets and people write it.

    raises   ValueUnlikely
    """
    if not NUMBER.fullmatch(text):
        raise ValueUnlikely(most="200.000.000")
    return int(re.sub(r"\D", "", text))


def _subject(said: Mapping[str, str], day: date, scope: Scope) -> tuple[str, int]:
    """Whose figure a line tells: the agency's, where one is named, else the unit's."""
    unit = said.get("unit", "")
    if not said.get("agency"):
        return UNIT, _unit(unit, day)
    return AGENCY, _agency(said["agency"], _unit(unit, day) if unit else None, day, scope)


def _unit(text: str, day: date) -> int:
    """The one unit of a day with this code or name.

    raises   UnitUnclear
    """
    by_code = queries.unit_by_code(text, day)
    if by_code is not None:
        return by_code.pk
    wanted = search_key(text)
    named = queries.search_units(text, day)
    whole = [unit for unit in named if search_key(unit.full_name) == wanted]
    found = whole or [unit for unit in named if search_key(unit.name) == wanted]
    if len(found) == 1:
        return found[0].pk
    raise UnitUnclear(text=text[:SHOWN])


def _agency(text: str, unit_id: int | None, day: date, scope: Scope) -> int:
    """The one agency of a day with this name, in the unit if one is told, within the scope.

    raises   AgencyUnclear
    """
    named = agencies.agencies_in_force(day).filter(search_key=search_key(text))
    found = [each for each in (named.filter(unit_id=unit_id) if unit_id else named) if scope.holds_agency(each)]
    if len(found) != 1:
        raise AgencyUnclear(text=text[:SHOWN])
    return found[0].pk
