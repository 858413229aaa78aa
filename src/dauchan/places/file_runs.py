"""Files on their way in: kept encrypted while columns are chosen and tried, worked off in chunks, forgotten in time.

Whoever brings lists in makes a run of this kind and says what a line means; this module keeps the file, the step that
a run is at, and how far it is, so that a run which was cut off goes on where it stopped.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import connection, models
from django.db.models import F, QuerySet

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.kernel.errors import Conflict, NotFound
from dauchan.kernel.keyring import KeyMissing, open_keyring
from dauchan.kernel.sealing import decrypt, encrypt
from dauchan.places import rules
from dauchan.places.columns import Fault
from dauchan.places.sheets import Line, Sheet, read_file

CHUNK = 500
"""Lines a transaction: about half a second of work, so that progress is seen and gates hear of places soon. Ours."""
KEPT_FOR = timedelta(hours=24)
"""How long an uploaded file waits, encrypted, for its run. Our number."""
RUNS_KEPT_FOR = timedelta(days=30)
"""How long counts and faults of a run can be read. Our number."""
MAPPED, CHECKING, CHECKED, RUNNING, DONE = "mapped", "checking", "checked", "running", "done"
WORKS = (CHECKING, RUNNING)


class NotReady(Conflict):
    vi = "Lần nhập này không ở bước đó. Hãy tải lại trang."
    en = "This import is not at that step. Reload the page."


class FileGone(Conflict):
    kind = "gone"
    vi = "Tệp đã được xóa sau 24 giờ. Hãy tải lên lại; những gì đã nhập vẫn còn và không bị nhập hai lần."
    en = "The file was deleted after 24 hours. Upload it again; what was imported stays and is not imported twice."


class FileRun(models.Model):
    """One file brought in: its mapping, its counts, how far it is; the file lies encrypted here until the run ends."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    mapping = models.JSONField(default=dict)
    mode = models.CharField(max_length=12, default=rules.CREATE_ONLY)
    state = models.CharField(max_length=10)
    lines = models.PositiveIntegerField(default=0)
    lines_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    SEALED_AS: ClassVar[str]
    """What a file is sealed for: it opens in no other kind of run."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.file_name}: {self.lines_done} / {self.lines}"

    @property
    def works(self) -> bool:
        return self.state in WORKS

    @property
    def percent(self) -> int:
        return round(100 * self.lines_done / self.lines) if self.lines else 100

    @property
    def forgotten(self) -> bool:
        """Whether the file was forgotten before it was brought in."""
        return self.content is None and self.state != DONE


class FileFault(models.Model):
    """One thing in a file that could not be read or taken: line, column and reason."""

    line = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    reason_vi = models.CharField(max_length=400)
    reason_en = models.CharField(max_length=400)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.line} {self.column}: {self.reason_en}"


R = TypeVar("R", bound=FileRun)


def keep(run: FileRun, content: bytes, *, name: str, now: datetime) -> None:
    """Store a new run and its file, encrypted, waiting for its columns."""
    run.file_name = rules.clean_text(_showable(name), name="file", limit=200) or "?"
    run.state, run.started_at, run.expires_at = MAPPED, now, now + KEPT_FOR
    run.save()
    run.content = _sealed(run, content)
    run.save(update_fields=["content"])


def _showable(file_name: str) -> str:
    return "".join(letter for letter in file_name if letter.isprintable())[-200:]


def sheet_of(run: FileRun, read: Callable[[bytes], Sheet] = read_file) -> Sheet:
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
    return read(decrypt(key.secret, box, _context(run)))


def _sealed(run: FileRun, content: bytes) -> bytes:
    """The file as it waits: the number of the key that seals it, then the box."""
    key = open_keyring(config.load().keyring_dir).named("file")
    return bytes([key.id]) + encrypt(key.secret, content, _context(run))


def _context(run: FileRun) -> bytes:
    return f"{run.SEALED_AS}:{run.pk}".encode()


def locked(runs: QuerySet[R], run_id: int, by: Officer, states: Sequence[str]) -> R:
    """An officer's own run, held until the transaction ends, at one of these steps.

    raises   NotFound, NotReady
    """
    run = runs.select_for_update().filter(pk=run_id, officer=by).first()
    if run is None:
        raise NotFound
    if run.state not in states:
        raise NotReady
    return run


def begin(run: FileRun, state: str, faults: QuerySet[Any]) -> None:
    """Start the dry run or the run of a locked run: counts and faults of the one before go."""
    run.state = state
    run.lines_done = run.created = run.matched = run.updated = run.failed = 0
    run.save()
    faults.delete()


def advance(run: FileRun, lines: int) -> None:
    """Move a run on by a chunk, before the chunk is worked off in the same transaction.

    raises   NotReady when another worker took the chunk
    """
    moved = type(run)._default_manager.filter(pk=run.pk, lines_done=run.lines_done, state=run.state)
    if not moved.update(lines_done=F("lines_done") + lines):
        raise NotReady
    run.lines_done += lines


def add_counts(run: FileRun, counts: Mapping[str, int]) -> None:
    """Add what became of some lines."""
    counted: dict[str, Any] = {name: F(name) + count for name, count in counts.items()}
    type(run)._default_manager.filter(pk=run.pk).update(**counted)


def forget_content(run: FileRun) -> None:
    """A file that waited too long, or whose key was destroyed: the page says so instead of waiting for ever."""
    type(run)._default_manager.filter(pk=run.pk, state=run.state).update(state=MAPPED, content=None)


def finish(run: FileRun, now: datetime) -> None:
    """After a dry run the file waits for its run; once it was brought in it isn't needed any more."""
    finished = type(run)._default_manager.filter(pk=run.pk, state=run.state)
    if run.state == CHECKING:
        finished.update(state=CHECKED)
    else:
        finished.update(state=DONE, finished_at=now, content=None)


def fault_texts(fault: Fault) -> dict[str, Any]:
    """A fault as it is stored, in both languages."""
    vi, en = fault.problem.text("vi")[:400], fault.problem.text("en")[:400]
    return {"line": fault.line, "column": fault.column[:80], "reason_vi": vi, "reason_en": en}


def chunks(lines: Sequence[Line], size: int = CHUNK) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def sealed_by(runs: type[FileRun], number: int) -> int:
    """How many uploaded files wait that only this "file" key of the keyring opens."""
    with connection.cursor() as cursor:
        # a table of our own models
        cursor.execute(f"select count(*) from {runs._meta.db_table} where get_byte(content, 0) = %s", [number])  # noqa: S608
        return int(cursor.fetchone()[0])


def forget_old(runs: type[FileRun], now: datetime) -> int:
    """Delete uploaded files that nobody brought in in time, and what is told of runs of a month ago; files deleted."""
    runs._default_manager.filter(started_at__lte=now - RUNS_KEPT_FOR).delete()
    return runs._default_manager.filter(expires_at__lte=now, content__isnull=False).update(content=None)
