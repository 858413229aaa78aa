"""Bringing a file of places in: a dry run that changes nothing, then the run, chunk by chunk with its counts.

Each chunk is one transaction that also stores how far the run is, so that a run which was cut off goes on where it
stopped. What is counted always adds up: lines = created + matched + updated + failed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.places import columns, file_runs, rules
from dauchan.places.bulk import CREATED, FAILED, MATCHED, UPDATED, CodeTwice, Outcome, likeness, register_places
from dauchan.places.columns import Fault
from dauchan.places.file_runs import CHECKED, CHECKING, MAPPED, RUNNING, FileGone, chunks, sheet_of
from dauchan.places.finding import Finder, understood
from dauchan.places.models import ImportFault, ImportRun
from dauchan.places.rules import PlaceInput
from dauchan.places.sheets import Line, Sheet, read_file

EXAMPLES = 20


class _OnlyTried(Exception):
    """Ends the transaction of a dry run; never leaves this module."""


@dataclass(frozen=True)
class Result:
    """What became of some lines: counts by outcome, the faults, and for which line what would change."""

    counts: dict[str, int]
    faults: list[Fault]
    changes: list[tuple[int, str, tuple[str, ...]]]


@dataclass
class Tally:
    """Counts over a whole file."""

    lines: int = 0
    created: int = 0
    matched: int = 0
    updated: int = 0
    failed: int = 0
    blank: int = 0
    faults: list[Fault] = field(default_factory=list)
    changes: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.created += result.counts[CREATED]
        self.matched += result.counts[MATCHED]
        self.updated += result.counts[UPDATED]
        self.failed += result.counts[FAILED]
        self.lines += sum(result.counts.values())
        self.faults += result.faults
        self.changes += result.changes[: max(0, EXAMPLES - len(self.changes))]

    @property
    def adds_up(self) -> bool:
        return self.lines == self.created + self.matched + self.updated + self.failed


class Importer:
    """Takes the lines of one file in, some at a time, remembering what earlier lines were."""

    def __init__(
        self, sheet: Sheet, mapping: dict[str, int], *, by: Officer | None, mode: str, now: datetime, dry_run: bool
    ) -> None:
        if mode not in rules.MODES:
            raise BadInput(field="mode")
        self.sheet, self.by, self.mode, self.now, self.dry_run = sheet, by, mode, now, dry_run
        self.mapping = columns.check_mapping(mapping, sheet.header)
        self.titles = {name: sheet.header[column] for name, column in self.mapping.items()}
        on = clock.local_day(now)
        self.finder = Finder(on, reach_of(by, "place.import", on) if by else Reach(everywhere=True))
        self._codes: set[str] = set()
        self._tried: set[tuple[int, str, str]] = set()

    def skip(self, lines: Sequence[Line]) -> None:
        """Pass over lines that an earlier run has taken, remembering their codes."""
        self._codes.update(code for line in lines if (code := self._code(line)))

    def take(self, lines: Sequence[Line]) -> Result:
        """Register the places of these lines; in a dry run nothing is kept."""
        given = [self._given(line) for line in lines]
        asked = [place if isinstance(place, PlaceInput) else place[0].problem for place in given]
        outcomes = self._registered(asked)
        faults = [fault for place in given if not isinstance(place, PlaceInput) for fault in place]
        counts = dict.fromkeys((CREATED, MATCHED, UPDATED, FAILED), 0)
        changes = []
        for line, place, outcome in zip(lines, given, outcomes, strict=True):
            counts[self._status(place, outcome)] += 1
            if isinstance(place, PlaceInput) and outcome.problem:
                faults.append(self._fault(line, outcome.problem))
            if isinstance(place, PlaceInput) and outcome.changed:
                changes.append((line.number, place.name, outcome.changed))
        return Result(counts, sorted(faults, key=lambda fault: fault.line), changes)

    def _given(self, line: Line) -> PlaceInput | list[Fault]:
        code = self._code(line)
        if code and code in self._codes:
            return [Fault(line.number, self.titles.get("external_code", ""), CodeTwice(code=code))]
        if code:
            self._codes.add(code)
        if line.faults:
            return columns.faults_of(line, self.sheet.header)
        return understood(columns.texts(line, self.mapping), self.finder, self.titles)

    def _code(self, line: Line) -> str:
        column = self.mapping.get("external_code")
        return " ".join(line.cells[column].split()) if column is not None else ""

    def _registered(self, asked: Sequence[PlaceInput | Problem]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            with transaction.atomic():
                outcomes = register_places(asked, by=self.by, now=self.now, mode=self.mode)
                if self.dry_run:
                    raise _OnlyTried
        except _OnlyTried:
            pass
        return outcomes

    def _status(self, place: PlaceInput | list[Fault], outcome: Outcome) -> str:
        """The outcome; a dry run knows by itself which place an earlier line would have made."""
        if not (self.dry_run and isinstance(place, PlaceInput)) or place.external_code or outcome.status != CREATED:
            return outcome.status
        if likeness(place) in self._tried:
            return MATCHED
        self._tried.add(likeness(place))
        return CREATED

    def _fault(self, line: Line, problem: Problem) -> Fault:
        name = {"phone": "owner_phone", "unit_id": "unit"}.get(str(problem.detail.get("field", "")), "")
        return Fault(line.number, self.titles.get(name, ""), problem)


def import_file(
    content: bytes,
    *,
    by: Officer | None,
    mode: str,
    now: datetime,
    dry_run: bool,
    mapping: Callable[[Sheet], dict[str, int]] = lambda sheet: columns.guess(sheet.header),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Bring a whole file in at once, as the command line does.

    mapping    finds the columns; guessed from the header when left out
    progress   is told lines done and all lines after each chunk
    raises     FileUnreadable, ColumnsMissing and their kinds
    """
    sheet = read_file(content)
    importer = Importer(sheet, mapping(sheet), by=by, mode=mode, now=now, dry_run=dry_run)
    tally = Tally(blank=sheet.blank)
    for lines in chunks(sheet.lines):
        tally.add(importer.take(lines))
        progress(tally.lines, len(sheet.lines))
    return tally


# --- runs from the page -----------------------------------------------------------------------------------------------


@transaction.atomic
def upload(content: bytes, *, file_name: str, by: Officer, now: datetime) -> ImportRun:
    """Keep an uploaded file for its run, encrypted, with the mapping guessed from its header.

    raises   FileUnreadable and its kinds
    """
    sheet = read_file(content)
    guessed = columns.guess(sheet.header)
    run = ImportRun(officer=by, mapping=guessed, mode=rules.FILL_BLANKS, lines=len(sheet.lines))
    file_runs.keep(run, content, name=file_name, now=now)
    return run


@transaction.atomic
def plan(run_id: int, *, by: Officer, mapping: dict[str, int], mode: str) -> ImportRun:
    """Fix columns and mode, and start the dry run.

    raises   NotFound, NotReady, ColumnsMissing, ColumnTwice, BadInput
    """
    run = file_runs.locked(ImportRun.objects.all(), run_id, by, (MAPPED, CHECKED))
    if mode not in rules.MODES:
        raise BadInput(field="mode")
    run.mapping, run.mode = columns.check_mapping(mapping, sheet_of(run).header), mode
    return _begin(run, CHECKING)


@transaction.atomic
def start(run_id: int, *, by: Officer) -> ImportRun:
    """Bring the checked file in for good.

    raises   NotFound, NotReady
    """
    return _begin(file_runs.locked(ImportRun.objects.all(), run_id, by, (CHECKED,)), RUNNING)


def _begin(run: ImportRun, state: str) -> ImportRun:
    from dauchan.places.jobs import work_on_import  # the job calls this module

    file_runs.begin(run, state, ImportFault.objects.filter(run=run))
    work_on_import.defer(run_id=run.pk)
    return run


def work_on(run_id: int, *, now: datetime) -> None:
    """Do a run's dry run or run, from where it stands; called twice it does nothing twice."""
    run = ImportRun.objects.select_related("officer").filter(pk=run_id, state__in=file_runs.WORKS).first()
    if run is None:
        return
    try:
        sheet = sheet_of(run)
    except FileGone:
        file_runs.forget_content(run)
        return
    dry_run = run.state == CHECKING
    importer = Importer(sheet, run.mapping, by=run.officer, mode=run.mode, now=now, dry_run=dry_run)
    importer.skip(sheet.lines[: run.lines_done])
    for lines in chunks(sheet.lines[run.lines_done :]):
        _take_chunk(run, importer, lines)
    file_runs.finish(run, now)


@transaction.atomic
def _take_chunk(run: ImportRun, importer: Importer, lines: Sequence[Line]) -> None:
    """One chunk and its counts, in one transaction; a chunk that another worker took is left."""
    file_runs.advance(run, len(lines))
    result = importer.take(lines)
    file_runs.add_counts(run, result.counts)
    ImportFault.objects.bulk_create(ImportFault(run=run, **file_runs.fault_texts(fault)) for fault in result.faults)
