"""Compares a list with what its register knows: which lines are new, changed, or say nothing new, and what is gone.

Reads only; `importing` writes.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.agencies.queries import Scope
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key
from dauchan.places import columns
from dauchan.places.bulk import CREATED, FAILED, MATCHED, UPDATED, OutsideScope
from dauchan.places.columns import Fault
from dauchan.places.finding import Finder
from dauchan.places.queries import categories
from dauchan.places.sheets import LinesSwallowed, Sheet
from dauchan.registers import queries
from dauchan.registers.lists import SHOWN, LineTwice, Reader, Told, check_mapping
from dauchan.registers.models import Entry, Register
from dauchan.units.agencies import agencies_among
from dauchan.units.queries import unit_ids_within

SAID = ("code", "name", "address", "phone", "latitude", "longitude", "category_id", "unit_id")
"""What a newer list says anew of an entry; sector and agency only where the list has a column for them."""
KNOWN = ("pk", "identity", *SAID, "sector", "agency_id", "missing_since", "state")


class AgencyElsewhere(BadInput):
    kind = "agency_elsewhere"
    vi = "Cơ quan “{name}” ngoài phạm vi của bạn và không ở địa bàn của dòng. Hãy ghi cơ quan khác, hoặc để trống."
    en = "The agency “{name}” is outside your scope and not of the line's area. Name another one, or leave it blank."


@dataclass
class Difference:
    """How a list differs from what its register knows, line by line in the order of the file."""

    statuses: list[str] = field(default_factory=list)
    told: list[Told | None] = field(default_factory=list)
    faults: list[list[Fault]] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)
    """The position in the file of each known entry that the list has, by its id."""
    back: set[int] = field(default_factory=set)
    """Ids of entries that a list before had lost and this one has again."""
    gone: list[int] = field(default_factory=list)
    """Ids of open entries that the list no longer has, where the officer may say so; none when lines were swallowed."""
    faulty: set[str] = field(default_factory=set)
    """Codes of lines that can't be taken, names of those without one: what they tell of is listed all the same."""

    def entry_at(self) -> dict[int, int]:
        return {position: entry for entry, position in self.known.items()}


class Comparison:
    """Compares one list with its register, in the scope of whoever brings it."""

    def __init__(self, register: Register, sheet: Sheet, mapping: dict[str, int], *, by: Officer | None, now: datetime):
        self.on = on = clock.local_day(now)
        self.register, self.sheet, self.mapping = register, sheet, check_mapping(mapping, sheet.header)
        self.scope = queries.scope_at(by, "register.edit", on) if by else Scope(everywhere=True)
        finder = Finder(on, reach_of(by, "register.edit", on) if by else Reach(everywhere=True))
        sectors = {category.pk: category.sector for category in categories()}
        self._agency = cache(lambda agency_id: agencies_among([agency_id], []).get())
        self._near: dict[tuple[int, int], bool] = {}
        self.reader = Reader(finder, sectors, register.agency_id)
        self._known = {row["identity"]: row for row in Entry.objects.filter(register=register).values(*KNOWN)}
        self._named = Counter((row["unit_id"], row["name"]) for row in self._known.values() if not row["code"])

    def difference(self) -> Difference:
        """What each line would do, and what is gone."""
        read = [self.reader.read(line, self.mapping, self.sheet.header) for line in self.sheet.lines]
        listed = Counter((told.unit_id, told.name) for told, _ in read if told and not told.code)
        by_name = {(row["unit_id"], row["name"]): row for row in self._known.values() if not row["code"]}
        found = Difference()
        first: dict[str, int] = {}
        for position, (told, faults) in enumerate(read):
            line = self.sheet.lines[position].number
            problem = self._refused(told, first, line) if told else None
            if told and problem is None:
                row = self._known.get(told.identity)
                key = (told.unit_id, told.name)
                if row is None and not told.code and listed[key] == 1 == self._named[key]:
                    row = by_name[key]  # the same name once here and once there: only its address is new
                problem = self._outside(row) or self._agency_refused(told, row)
                if problem is None:
                    self._meet(found, position, told, row)
            self._note(found, told if problem is None else None, faults, problem, position)
        self._find_gone(found)
        return found

    def _refused(self, told: Told, first: dict[str, int], line: int) -> Problem | None:
        earlier = first.setdefault(told.identity, line)
        if earlier != line:
            return LineTwice(line=earlier)
        return None if self._reaches(told.unit_id, told.agency_id) else OutsideScope()

    def _reaches(self, unit_id: int, agency_id: int | None) -> bool:
        return self.scope.holds_unit(unit_id) or agency_id in self.scope.agency_ids

    def _outside(self, row: dict[str, Any] | None) -> Problem | None:
        inside = row is None or self._reaches(row["unit_id"], row["agency_id"])
        return None if inside else OutsideScope()

    def _agency_refused(self, told: Told, row: dict[str, Any] | None) -> Problem | None:
        """A line names an agency in the officer's scope, or one that sits in the line's unit or above it."""
        if told.agency_id is None or told.agency_id in (self.register.agency_id, row and row["agency_id"]):
            return None
        agency = self._agency(told.agency_id)
        pair = agency.pk, told.unit_id
        if pair not in self._near:
            self._near[pair] = self.scope.holds_agency(agency) or told.unit_id in unit_ids_within(agency.unit, self.on)
        return None if self._near[pair] else AgencyElsewhere(field="agency", name=agency.name[:SHOWN])

    def _meet(self, found: Difference, position: int, told: Told, row: dict[str, Any] | None) -> None:
        if row is None:
            found.statuses.append(CREATED)
            return
        found.known[row["pk"]] = position
        if row["missing_since"]:
            found.back.add(row["pk"])
        found.statuses.append(UPDATED if _news(told, row) else MATCHED)

    def _note(
        self, found: Difference, told: Told | None, faults: list[Fault], problem: Problem | None, position: int
    ) -> None:
        line = self.sheet.lines[position]
        if told is None:
            found.statuses.append(FAILED)
            said = columns.texts(line, self.mapping).fields
            found.faulty.add(_listed_as(said.get("external_code", ""), said.get("name", "")))
        found.told.append(told)
        if problem:
            at = self.mapping.get(str(problem.detail.get("field")))
            faults = [*faults, Fault(line.number, "" if at is None else self.sheet.header[at], problem)]
        found.faults.append(faults)

    def _find_gone(self, found: Difference) -> None:
        if any(isinstance(problem, LinesSwallowed) for line in self.sheet.lines for _, problem in line.faults):
            return  # nobody knows what those lines list
        open_ones = (row for row in self._known.values() if row["state"] == "open" and not row["missing_since"])
        found.gone = [
            row["pk"]
            for row in open_ones
            if row["pk"] not in found.known
            and _listed_as(row["code"], row["name"]) not in found.faulty
            and self._reaches(row["unit_id"], row["agency_id"])
        ]


def _listed_as(code: str, name: str) -> str:
    return search_key(code or name)


def _news(told: Told, row: dict[str, Any]) -> bool:
    """Whether a line says anything that isn't known; a blank never erases."""
    said = any(getattr(told, name) not in ("", None, row[name]) for name in SAID)
    return (
        said
        or (told.says_sector and told.sector != row["sector"])
        or (told.says_agency and told.agency_id != row["agency_id"])
    )
