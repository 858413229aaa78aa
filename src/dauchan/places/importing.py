"""Bringing a file of places in: a dry run that changes nothing, then the run, chunk by chunk with its counts.

Each chunk is one transaction that also stores how far the run is, so that a run which was cut off goes on where it
stopped. What is counted always adds up: lines = created + matched + updated + failed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, Problem
from dauchan.kernel.keyring import KeyMissing, open_keyring
from dauchan.kernel.sealing import decrypt, encrypt
from dauchan.places import columns, rules
from dauchan.places.bulk import CREATED, FAILED, MATCHED, UPDATED, CodeTwice, Outcome, likeness, register_places
from dauchan.places.columns import Fault
from dauchan.places.finding import Finder, understood
from dauchan.places.models import ImportFault, ImportRun
from dauchan.places.rules import PlaceInput
from dauchan.places.sheets import Line, Sheet, read_file

CHUNK = 500
"""Lines a transaction: about half a second of work, so that progress is seen and gates hear of places soon. Ours."""
KEPT_FOR = timedelta(hours=24)
"""How long an uploaded file waits, encrypted, for its run. Our number."""
RUNS_KEPT_FOR = timedelta(days=30)
"""How long counts and faults of a run can be read. Our number."""
EXAMPLES = 20
MAPPED, CHECKING, CHECKED, RUNNING, DONE = "mapped", "checking", "checked", "running", "done"


class NotReady(Conflict):
    vi = "Lần nhập này không ở bước đó. Hãy tải lại trang."
    en = "This import is not at that step. Reload the page."


class FileGone(Conflict):
    kind = "gone"
    vi = "Tệp đã được xóa sau 24 giờ. Hãy tải lên lại; những gì đã nhập vẫn còn và không bị nhập hai lần."
    en = "The file was deleted after 24 hours. Upload it again; what was imported stays and is not imported twice."


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
    for lines in _chunks(sheet.lines):
        tally.add(importer.take(lines))
        progress(tally.lines, len(sheet.lines))
    return tally


def _chunks(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]


# --- runs from the page -----------------------------------------------------------------------------------------------


@transaction.atomic
def upload(content: bytes, *, file_name: str, by: Officer, now: datetime) -> ImportRun:
    """Keep an uploaded file for its run, encrypted, with the mapping guessed from its header.

    raises   FileUnreadable and its kinds
    """
    sheet = read_file(content)
    run = ImportRun.objects.create(
        officer=by,
        file_name=rules.clean_text(_showable(file_name), name="file", limit=200) or "?",
        mapping=columns.guess(sheet.header),
        mode=rules.FILL_BLANKS,
        state=MAPPED,
        lines=len(sheet.lines),
        started_at=now,
        expires_at=now + KEPT_FOR,
    )
    run.content = _sealed(run, content)
    run.save(update_fields=["content"])
    return run


def _showable(file_name: str) -> str:
    return "".join(letter for letter in file_name if letter.isprintable())[-200:]


def sheet_of(run: ImportRun) -> Sheet:
    """The file of a run, read again.

    raises   FileGone
    """
    if run.content is None:
        raise FileGone
    number, box = run.content[0], bytes(run.content[1:])
    try:
        key = open_keyring(config.load().keyring_dir).named("file", number)
    except KeyMissing as error:
        raise FileGone from error
    return read_file(decrypt(key.secret, box, _context(run)))


def _sealed(run: ImportRun, content: bytes) -> bytes:
    """The file as it waits: the number of the key that seals it, then the box."""
    key = open_keyring(config.load().keyring_dir).named("file")
    return bytes([key.id]) + encrypt(key.secret, content, _context(run))


SEALED_BY = "select count(*) from places_importrun where get_byte(content, 0) = %s"


def files_sealed_by(number: int) -> int:
    """How many uploaded files wait that only this "file" key of the keyring opens."""
    with connection.cursor() as cursor:
        cursor.execute(SEALED_BY, [number])
        return int(cursor.fetchone()[0])


def _context(run: ImportRun) -> bytes:
    return f"place-import:{run.pk}".encode()


@transaction.atomic
def plan(run_id: int, *, by: Officer, mapping: dict[str, int], mode: str) -> ImportRun:
    """Fix columns and mode, and start the dry run.

    raises   NotFound, NotReady, ColumnsMissing, ColumnTwice, BadInput
    """
    run = _locked(run_id, by, (MAPPED, CHECKED))
    if mode not in rules.MODES:
        raise BadInput(field="mode")
    run.mapping, run.mode = columns.check_mapping(mapping, sheet_of(run).header), mode
    return _begin(run, CHECKING)


@transaction.atomic
def start(run_id: int, *, by: Officer) -> ImportRun:
    """Bring the checked file in for good.

    raises   NotFound, NotReady
    """
    return _begin(_locked(run_id, by, (CHECKED,)), RUNNING)


def _locked(run_id: int, by: Officer, states: Sequence[str]) -> ImportRun:
    run = ImportRun.objects.select_for_update().filter(pk=run_id, officer=by).first()
    if run is None:
        raise NotFound
    if run.state not in states:
        raise NotReady
    return run


def _begin(run: ImportRun, state: str) -> ImportRun:
    from dauchan.places.jobs import work_on_import  # the job calls this module

    run.state = state
    run.lines_done = run.created = run.matched = run.updated = run.failed = 0
    run.save()
    ImportFault.objects.filter(run=run).delete()
    work_on_import.defer(run_id=run.pk)
    return run


def work_on(run_id: int, *, now: datetime) -> None:
    """Do a run's dry run or run, from where it stands; called twice it does nothing twice."""
    run = ImportRun.objects.select_related("officer").filter(pk=run_id, state__in=(CHECKING, RUNNING)).first()
    if run is None:
        return
    try:
        sheet, dry_run = sheet_of(run), run.state == CHECKING
    except FileGone:  # it waited too long, or its key was destroyed: the page says so instead of waiting for ever
        ImportRun.objects.filter(pk=run_id, state=run.state).update(state=MAPPED, content=None)
        return
    importer = Importer(sheet, run.mapping, by=run.officer, mode=run.mode, now=now, dry_run=dry_run)
    importer.skip(sheet.lines[: run.lines_done])
    for lines in _chunks(sheet.lines[run.lines_done :]):
        _take_chunk(run, importer, lines)
    _finish(run, dry_run, now)


@transaction.atomic
def _take_chunk(run: ImportRun, importer: Importer, lines: Sequence[Line]) -> None:
    """One chunk and its counts, in one transaction; a chunk that another worker took is left."""
    moved = ImportRun.objects.filter(pk=run.pk, lines_done=run.lines_done, state=run.state)
    if not moved.update(lines_done=F("lines_done") + len(lines)):
        raise NotReady
    result = importer.take(lines)
    counted: dict[str, Any] = {name: F(name) + count for name, count in result.counts.items()}
    ImportRun.objects.filter(pk=run.pk).update(**counted)
    ImportFault.objects.bulk_create(_stored(run, fault) for fault in result.faults)
    run.lines_done += len(lines)


def _stored(run: ImportRun, fault: Fault) -> ImportFault:
    vi, en = fault.problem.text("vi")[:400], fault.problem.text("en")[:400]
    return ImportFault(run=run, line=fault.line, column=fault.column[:80], reason_vi=vi, reason_en=en)


def _finish(run: ImportRun, dry_run: bool, now: datetime) -> None:
    """A file that was brought in isn't needed any more."""
    finished = ImportRun.objects.filter(pk=run.pk, state=run.state)
    if dry_run:
        finished.update(state=CHECKED)
    else:
        finished.update(state=DONE, finished_at=now, content=None)


def forget_old(now: datetime) -> int:
    """Delete uploaded files that nobody brought in in time, and what is told of runs of a month ago; files deleted."""
    ImportRun.objects.filter(started_at__lte=now - RUNS_KEPT_FOR).delete()
    return ImportRun.objects.filter(expires_at__lte=now, content__isnull=False).update(content=None)
