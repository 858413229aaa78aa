"""Bringing a list into its register: a dry run that changes nothing, then the run, chunk by chunk.

A list is compared with what the register knows: lines are new, changed, or say nothing new, and what is no longer
listed is proposed as closed, for a person to decide. Since a list is a comparison, a run that was cut off goes on where
it stopped, and the same list given twice changes nothing. Lines = created + matched + updated + failed, always.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.agencies.queries import Scope
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, Problem
from dauchan.places import file_runs
from dauchan.places.bulk import CREATED, FAILED, MATCHED, UPDATED, OutsideScope
from dauchan.places.columns import Fault
from dauchan.places.file_runs import CHECKED, CHECKING, MAPPED, RUNNING, FileGone, chunks, sheet_of
from dauchan.places.finding import Finder
from dauchan.places.queries import categories
from dauchan.places.sheets import Sheet
from dauchan.registers import matching, queries
from dauchan.registers.lists import LineTwice, Reader, Told, check_mapping, guess, read_list
from dauchan.registers.models import Entry, ListFault, ListRun, Register
from dauchan.units.agencies import agencies_among
from dauchan.units.queries import unit_ids_within

CHUNK = 5000
"""Lines a transaction: about a second of work. Ours."""
WHOLE, PART = "whole", "part"
"""Whether a list is the whole register, so that what it lacks may be gone, or only adds to it."""
MODES = (WHOLE, PART)
SAID = ("code", "name", "address", "phone", "latitude", "longitude", "category_id", "unit_id")
"""What a newer list says anew of an entry; sector and agency only where the list has a column for them."""
KNOWN = ("pk", "identity", *SAID, "sector", "agency_id", "missing_since", "state")


class AgencyElsewhere(BadInput):
    kind = "agency_elsewhere"
    vi = "Cơ quan này ngoài phạm vi của bạn và không ở địa bàn của dòng. Hãy ghi cơ quan khác, hoặc để trống."
    en = "This agency is outside your scope and not of the line's area. Name another one, or leave it blank."


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
    """Ids of open entries that the list no longer has, where the officer may say so."""

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
            self._note(found, told if problem is None else None, faults, problem, line)
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
        pair = told.agency_id, told.unit_id
        if pair not in self._near:
            agency = agencies_among([told.agency_id], []).get()
            self._near[pair] = self.scope.holds_agency(agency) or told.unit_id in unit_ids_within(agency.unit, self.on)
        return None if self._near[pair] else AgencyElsewhere(field="agency")

    def _meet(self, found: Difference, position: int, told: Told, row: dict[str, Any] | None) -> None:
        if row is None:
            found.statuses.append(CREATED)
            return
        found.known[row["pk"]] = position
        if row["missing_since"]:
            found.back.add(row["pk"])
        found.statuses.append(UPDATED if _news(told, row) else MATCHED)

    def _note(
        self, found: Difference, told: Told | None, faults: list[Fault], problem: Problem | None, line: int
    ) -> None:
        if told is None:
            found.statuses.append(FAILED)
        found.told.append(told)
        if problem:
            at = self.mapping.get(str(problem.detail.get("field")))
            faults = [*faults, Fault(line, "" if at is None else self.sheet.header[at], problem)]
        found.faults.append(faults)

    def _find_gone(self, found: Difference) -> None:
        open_ones = (row for row in self._known.values() if row["state"] == "open" and not row["missing_since"])
        found.gone = [
            row["pk"]
            for row in open_ones
            if row["pk"] not in found.known and self._reaches(row["unit_id"], row["agency_id"])
        ]


def _news(told: Told, row: dict[str, Any]) -> bool:
    """Whether a line says anything that isn't known; a blank never erases."""
    said = any(getattr(told, name) not in ("", None, row[name]) for name in SAID)
    return (
        said
        or (told.says_sector and told.sector != row["sector"])
        or (told.says_agency and told.agency_id != row["agency_id"])
    )


# --- writing ----------------------------------------------------------------------------------------------------------


def _create(register: Register, told: Sequence[Told], listed_on: date) -> None:
    made = [
        Entry(
            register=register,
            line=each.line,
            identity=each.identity,
            **{name: getattr(each, name) for name in (*SAID, "sector", "agency_id")},
            listed_from=listed_on,
            **each.keys,
        )
        for each in told
    ]
    Entry.objects.bulk_create(made, batch_size=CHUNK, ignore_conflicts=True)


UPDATE = """
update registers_entry entry
set line = told.line,
    identity = told.identity,
    code = told.code,
    name = told.name,
    address = coalesce(nullif(told.address, ''), entry.address),
    phone = coalesce(nullif(told.phone, ''), entry.phone),
    latitude = coalesce(told.latitude, entry.latitude),
    longitude = coalesce(told.longitude, entry.longitude),
    category_id = told.category_id,
    unit_id = told.unit_id,
    sector = coalesce(told.sector, entry.sector),
    agency_id = coalesce(told.agency_id, entry.agency_id),
    search_key = told.search_key,
    sort_key = told.sort_key,
    name_key = told.name_key,
    address_key = coalesce(nullif(told.address_key, ''), entry.address_key)
from jsonb_to_recordset(%s::jsonb) as told(
    id bigint, line int, identity text, code text, name text, address text, phone text, latitude float8,
    longitude float8, category_id bigint, unit_id bigint, sector text, agency_id bigint, search_key text,
    sort_key text, name_key text, address_key text
)
where entry.id = told.id
"""


def _update(told: dict[int, Told]) -> None:
    """Write what a newer list says of known entries; what it leaves blank, and what persons decided, stays."""
    rows = [
        {name: getattr(each, name) for name in ("line", "identity", *SAID)}
        | {"sector": each.sector if each.says_sector else None}
        | {"agency_id": each.agency_id if each.says_agency else None}
        | {"id": entry}
        | each.keys
        for entry, each in told.items()
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(UPDATE, [json.dumps(rows)])


def write(register: Register, found: Difference, first: int, last: int, listed_on: date) -> dict[str, int]:
    """Bring the lines from one position to another in, inside the caller's transaction; returns counts by outcome."""
    entry_at = found.entry_at()
    here = range(first, last)
    new = [told for at in here if found.statuses[at] == CREATED and (told := found.told[at])]
    changed = {entry_at[at]: told for at in here if found.statuses[at] == UPDATED and (told := found.told[at])}
    _create(register, new, listed_on)
    _update(changed)
    return counts_of(found, first, last)


def counts_of(found: Difference, first: int, last: int) -> dict[str, int]:
    counted = Counter(found.statuses[first:last])
    return {status: counted[status] for status in (CREATED, MATCHED, UPDATED, FAILED)}


def settle(register: Register, found: Difference, listed_on: date, *, whole: bool) -> int:
    """Once all lines are in: what is listed again is missing no more, what a whole list lacks is; how many those."""
    Entry.objects.filter(pk__in=found.back).update(missing_since=None)
    gone = Entry.objects.filter(pk__in=found.gone, missing_since__isnull=True) if whole else Entry.objects.none()
    count = gone.update(missing_since=listed_on)
    Register.objects.filter(pk=register.pk, listed_on__lt=listed_on).update(listed_on=listed_on)
    return count


def take_turns(register: Register) -> None:
    """Lists of one register wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"registers:{register.pk}"])


@dataclass(frozen=True)
class Brought:
    """What became of the lines of a list, by outcome, and how many known entries it lacks."""

    counts: dict[str, int]
    gone: int
    faults: list[Fault]


@transaction.atomic
def bring_in(register: Register, sheet: Sheet, *, now: datetime, listed_on: date) -> Brought:
    """Bring a whole list in at once, for the installation itself.

    raises   ColumnsMissing, ColumnTwice
    """
    take_turns(register)
    found = Comparison(register, sheet, guess(sheet.header), by=None, now=now).difference()
    counts = write(register, found, 0, len(sheet.lines), listed_on)
    gone = settle(register, found, listed_on, whole=True)
    audit.record("register.imported", by=None, at=now, detail={"register": register.pk}, count=len(sheet.lines))
    return Brought(counts, gone, [fault for some in found.faults for fault in some])


# --- runs -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def upload(content: bytes, register: Register, *, file_name: str, by: Officer, now: datetime) -> ListRun:
    """Keep an uploaded list for its run, encrypted, with the mapping guessed from its header.

    raises   FileUnreadable and its kinds
    """
    sheet = read_list(content)
    run = ListRun(
        officer=by,
        register=register,
        listed_on=clock.local_day(now),
        mapping=guess(sheet.header),
        mode=WHOLE,
        lines=len(sheet.lines),
    )
    file_runs.keep(run, content, name=file_name, now=now)
    return run


def own_runs(by: Officer, on: date) -> QuerySet[ListRun]:
    """The runs that an officer began, in registers that they may still edit."""
    return ListRun.objects.filter(officer=by, register__in=queries.registers_visible_to(by, "register.edit", on))


@transaction.atomic
def plan(run_id: int, *, by: Officer, mapping: dict[str, int], mode: str, listed_on: date, now: datetime) -> ListRun:
    """Fix columns, mode and the list's date, and start the dry run.

    raises   NotFound, NotReady, ColumnsMissing, ColumnTwice, BadInput
    """
    run = file_runs.locked(own_runs(by, clock.local_day(now)), run_id, by, (MAPPED, CHECKED))
    if mode not in MODES or listed_on > clock.local_day(now):
        raise BadInput(field="mode" if mode not in MODES else "listed_on")
    run.mapping = check_mapping(mapping, sheet_of(run, read_list).header)
    run.mode, run.listed_on = mode, listed_on
    return _begin(run, CHECKING)


@transaction.atomic
def start(run_id: int, *, by: Officer, now: datetime) -> ListRun:
    """Bring the checked list in for good.

    raises   NotFound, NotReady
    """
    return _begin(file_runs.locked(own_runs(by, clock.local_day(now)), run_id, by, (CHECKED,)), RUNNING)


def _begin(run: ListRun, state: str) -> ListRun:
    from dauchan.registers.jobs import work_on_list  # the job calls this module

    run.gone = 0
    file_runs.begin(run, state, ListFault.objects.filter(run=run))
    work_on_list.defer(run_id=run.pk)
    return run


def work_on(run_id: int, *, now: datetime) -> None:
    """Do a run's dry run or run, from where it stands; called twice it does nothing twice."""
    run = ListRun.objects.select_related("officer", "register").filter(pk=run_id, state__in=file_runs.WORKS).first()
    if run is None:
        return
    try:
        sheet = sheet_of(run, read_list)
    except FileGone:
        file_runs.forget_content(run)
        return
    compare(run, sheet, now)


def compare(run: ListRun, sheet: Sheet, now: datetime) -> None:
    """Compare a run's list with its register, and write it unless this is the dry run."""
    found = Comparison(run.register, sheet, run.mapping, by=run.officer, now=now).difference()
    first = run.lines_done
    for lines in chunks(sheet.lines[first:], CHUNK):
        _take_chunk(run, found, first, first + len(lines))
        first += len(lines)
    _end(run, found, now)


@transaction.atomic
def _take_chunk(run: ListRun, found: Difference, first: int, last: int) -> None:
    """One chunk and its counts, in one transaction; a chunk that another worker took is left."""
    file_runs.advance(run, last - first)
    if run.state == RUNNING:
        take_turns(run.register)
        counted = write(run.register, found, first, last, run.listed_on)
    else:
        counted = counts_of(found, first, last)
    file_runs.add_counts(run, counted)
    faults = [fault for at in range(first, last) for fault in found.faults[at]]
    ListFault.objects.bulk_create((ListFault(run=run, **file_runs.fault_texts(each)) for each in faults), CHUNK)


@transaction.atomic
def _end(run: ListRun, found: Difference, now: datetime) -> None:
    if run.state == RUNNING:
        gone = settle(run.register, found, run.listed_on, whole=run.mode == WHOLE)
        told = {"register": run.register.pk, "gone": gone, "mode": run.mode}
        audit.record("register.imported", by=run.officer, at=now, detail=told, count=run.lines)
        matching.ask(run.register, by=run.officer, now=now)
    else:
        gone = len(found.gone) if run.mode == WHOLE else 0
    ListRun.objects.filter(pk=run.pk).update(gone=gone)
    file_runs.finish(run, now)


def run_of(run_id: int, by: Officer, on: date) -> ListRun:
    """One of an officer's own runs.

    raises   NotFound
    """
    run = own_runs(by, on).select_related("register").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run
