"""Bringing a list into its register: a dry run that changes nothing, then the run, chunk by chunk.

A list is compared with what the register knows: lines are new, changed, or say nothing new, and what is no longer
listed is proposed as closed, for a person to decide. Since a list is a comparison, a run that was cut off goes on where
it stopped, and the same list given twice changes nothing. Lines = created + matched + updated + failed, always.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound
from dauchan.places import file_runs
from dauchan.places.bulk import CREATED, FAILED, MATCHED, UPDATED
from dauchan.places.columns import Fault
from dauchan.places.file_runs import CHECKED, CHECKING, MAPPED, RUNNING, FileGone, chunks, sheet_of
from dauchan.places.sheets import Sheet
from dauchan.registers import matching, queries
from dauchan.registers.actions import ListNotYet
from dauchan.registers.comparing import SAID, Comparison, Difference
from dauchan.registers.lists import Told, check_mapping, guess
from dauchan.registers.models import Entry, ListFault, ListRun, Register
from dauchan.registers.reading import read_list

CHUNK = 5000
"""Lines a transaction: about a second of work. Ours."""
WHOLE, PART = "whole", "part"
"""Whether a list is the whole register, so that what it lacks may be gone, or only adds to it."""
MODES = (WHOLE, PART)


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
    """Once all lines are in: what is listed again is missing no more, what a whole list lacks is; how many those.

    The register's date is that of its first list, then of each newer one.
    """
    Entry.objects.filter(pk__in=found.back).update(missing_since=None)
    gone = Entry.objects.filter(pk__in=found.gone, missing_since__isnull=True) if whole else Entry.objects.none()
    count = gone.update(missing_since=listed_on)
    listed_before = Entry.objects.filter(register=register).exclude(listed_from=listed_on).exists()
    if not listed_before or listed_on > register.listed_on:
        Register.objects.filter(pk=register.pk).update(listed_on=listed_on)
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
    first = not Entry.objects.filter(register=register).exists()
    run = ListRun(
        officer=by,
        register=register,
        listed_on=register.listed_on if first else clock.local_day(now),
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

    raises   NotFound, NotReady, ColumnsMissing, ColumnTwice, ListNotYet, BadInput
    """
    run = file_runs.locked(own_runs(by, clock.local_day(now)), run_id, by, (MAPPED, CHECKED))
    if mode not in MODES:
        raise BadInput(field="mode")
    if listed_on > clock.local_day(now):
        raise ListNotYet(field="listed_on")
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
