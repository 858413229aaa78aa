"""Lists of agencies from CSV or XLSX: tried first, then brought in; good lines are taken, bad ones told by number.

A line names its agency's unit as it stood on the agency's first day. Whom it belongs to and who guides it are named
too, and may stand anywhere in the same file. A line that is there already changes nothing, so a file can be sent again.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import override

from dauchan.accounts.models import Officer
from dauchan.agencies import tree
from dauchan.agencies.models import AgencyFile
from dauchan.agencies.sheets import Columns, Row, day_of, read, unit_named
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, Problem
from dauchan.kernel.search import search_key
from dauchan.units import actions as units
from dauchan.units import agencies
from dauchan.units.models import Agency, AgencyKind, Sector, Unit

COLUMNS: Columns = {
    "name": ("Tên cơ quan", "Agency", frozenset({"ten", "co quan", "name"})),
    "kind": ("Loại", "Kind", frozenset({"loai co quan", "loai hinh"})),
    "sector": ("Lĩnh vực", "Sector", frozenset({"nganh"})),
    "unit": ("Đơn vị hành chính", "Unit", frozenset({"don vi", "ma don vi", "dia ban"})),
    "parent": ("Thuộc", "Belongs to", frozenset({"truc thuoc", "co quan cap tren", "co quan chu quan"})),
    "guides": ("Được hướng dẫn bởi", "Guided by", frozenset({"co quan huong dan", "huong dan boi"})),
    "begins": ("Từ ngày", "From", frozenset({"ngay thanh lap", "hieu luc tu"})),
    "ends": ("Đến trước ngày", "Until before", frozenset({"den ngay", "ngay giai the", "giai the"})),
}
NAMES_APART = ";"


class KindUnknown(BadInput):
    vi = "Không có loại “{text}”."
    en = "There is no kind “{text}”."


class NameMissing(BadInput):
    vi = "Thiếu tên cơ quan."
    en = "The agency's name is missing."


class OtherUnknown(BadInput):
    vi = "Không có cơ quan nào tên “{text}”, hoặc có nhiều: hãy ghi tên đầy đủ."
    en = "No agency is called “{text}”, or several are: give the full name."


@dataclass
class Brought:
    """What a list brought: counted lines, made and known agencies, guidance, and what was wrong where."""

    lines: int = 0
    created: int = 0
    known: int = 0
    guided: int = 0
    faults: list[tuple[int, str, Problem]] = field(default_factory=list)


@dataclass(frozen=True)
class _Told:
    """A line whose own cells were understood."""

    row: Row
    name: str
    kind: str
    sector: str
    unit: Unit
    begins: date
    ends: date | None


def bring_in(content: bytes, *, by: Officer | None, now: datetime, dry_run: bool) -> Brought:
    """Bring a list in, or only say what that would do; `by` is None for the installation itself.

    raises   FileUnreadable and its kinds, ColumnMissing
    """
    sheet, rows = read(content, COLUMNS, ("name", "kind", "unit"))
    brought = Brought(lines=len(sheet.lines))
    with transaction.atomic():
        told = [one for row in rows if (one := _told(row, brought, clock.local_day(now)))]
        made = _make_all(told, brought, by, now)
        for one, agency in made:
            _guide(one, agency, brought, by, now)
        for one, agency in made:
            if one.ends is not None and agency.valid_to is None:
                _try(one.row, "ends", brought, partial(tree.close_agency, agency, ends=one.ends, by=by, now=now))
        brought.faults.sort(key=lambda fault: fault[:2])
        transaction.set_rollback(dry_run)
    return brought


def _told(row: Row, brought: Brought, today: date) -> _Told | None:
    brought.faults.extend((row.line, column, problem) for column, problem in row.problems)
    before = len(brought.faults)
    name = " ".join(row.cells.get("name", "").split())
    if not name:
        brought.faults.append((row.line, COLUMNS["name"][0], NameMissing()))
    kind = _try(row, "kind", brought, lambda: _word(row.cells.get("kind", ""), _kinds()))
    sector_text = row.cells.get("sector", "")
    sector = _try(
        row, "sector", brought, lambda: _word(sector_text, _sectors()) if sector_text else Sector.ADMINISTRATION
    )
    begins = _try(row, "begins", brought, lambda: day_of(row.cells.get("begins", "")) or today)
    ends = _try(row, "ends", brought, lambda: day_of(row.cells.get("ends", "")))
    unit = _try(row, "unit", brought, lambda: unit_named(row.cells.get("unit", ""), begins or today))
    if len(brought.faults) > before or row.problems:
        return None
    return _Told(row, name, kind, sector, unit, begins, ends)


def _try(row: Row, column: str, brought: Brought, act: Callable[[], Any]) -> Any:
    """Do it; a problem becomes a fault of the line."""
    try:
        with transaction.atomic():
            return act()
    except Problem as problem:
        brought.faults.append((row.line, COLUMNS[column][0], problem))
        return None


def _word(text: str, words: dict[str, str]) -> str:
    found = words.get(_plain(text))
    if found is None:
        raise KindUnknown(text=text[:60])
    return found


def _plain(text: str) -> str:
    """Letters and digits only, however a kind was written."""
    return " ".join(re.findall(r"[a-z0-9]+", search_key(text)))


def _words_of(choices: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Each choice by its own name, and by its words in both languages."""
    found = {}
    for value, label in choices:
        found[_plain(value)] = value
        for language in ("vi", "en"):
            with override(language):
                found[_plain(str(label))] = value
    return found


def _kinds() -> dict[str, str]:
    return _words_of(AgencyKind.choices)


def _sectors() -> dict[str, str]:
    return _words_of(Sector.choices)


def _make_all(told: list[_Told], brought: Brought, by: Officer | None, now: datetime) -> list[tuple[_Told, Agency]]:
    """Make them, those to whom others belong first; whoever belongs to nobody known is a fault."""
    in_file = {search_key(one.name) for one in told}
    made: list[tuple[_Told, Agency]] = []
    done: dict[str, list[Agency]] = {}
    waiting = list(told)
    while waiting:
        ready = [one for one in waiting if _parent_key(one) not in in_file or _parent_key(one) in done]
        for one in ready or waiting:
            agency = _try(one.row, "parent", brought, partial(_make, one, done, brought, by, now))
            if agency is not None:
                made.append((one, agency))
                done.setdefault(search_key(one.name), []).append(agency)
            else:
                in_file.discard(search_key(one.name))
        waiting = [one for one in waiting if one not in ready] if ready else []
    return made


def _parent_key(one: _Told) -> str:
    return search_key(one.row.cells.get("parent", ""))


def _make(one: _Told, done: dict[str, list[Agency]], brought: Brought, by: Officer | None, now: datetime) -> Agency:
    parent_name = one.row.cells.get("parent", "")
    parent = _named(parent_name, one, done) if parent_name else None
    known = agencies.known(one.name, one.unit, one.begins)
    if known is not None:
        brought.known += 1
        return known
    made = tree.add_agency(
        one.name, one.kind, one.sector, unit=one.unit, parent=parent, begins=one.begins, by=by, now=now
    )
    brought.created += 1
    return made


def _named(text: str, one: _Told, done: dict[str, list[Agency]]) -> Agency:
    """The one agency of that name: of the file, else of the line's first day."""
    found = done.get(search_key(text)) or agencies.agencies_named(text, one.begins)
    near = [agency for agency in found if agency.unit_id == one.unit.pk]
    if len(found) != 1 and len(near) != 1:
        raise OtherUnknown(text=text[:60])
    return (near if len(found) != 1 else found)[0]


def _guide(one: _Told, guided: Agency, brought: Brought, by: Officer | None, now: datetime) -> None:
    for name in one.row.cells.get("guides", "").split(NAMES_APART):
        if not name.strip():
            continue

        def act(name: str = name.strip()) -> None:
            guide = _named(name, one, {})
            if units.is_guided(guide, guided):
                return
            tree.add_guidance(guide, guided, begins=one.begins, by=by, now=now)
            brought.guided += 1

        _try(one.row, "guides", brought, act)


# --- files from the page ----------------------------------------------------------------------------------------------


def keep(content: bytes, *, file_name: str, by: Officer, now: datetime) -> AgencyFile:
    """Keep an uploaded list for its dry run and its run.

    raises   FileUnreadable and its kinds, ColumnMissing
    """
    read(content, COLUMNS, ("name", "kind", "unit"))
    return AgencyFile.objects.create(officer=by, file_name=file_name[-200:], content=content, uploaded_at=now)


@transaction.atomic
def bring_file_in(file_id: int, *, by: Officer, now: datetime) -> Brought:
    """Bring an uploaded list in, once.

    raises   NotFound
    """
    found = AgencyFile.objects.select_for_update().filter(pk=file_id, officer=by, done_at=None).first()
    if found is None:
        raise NotFound()
    brought = bring_in(bytes(found.content), by=by, now=now, dry_run=False)
    found.done_at, found.created = now, brought.created
    found.save(update_fields=["done_at", "created"])
    return brought
