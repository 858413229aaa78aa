"""Start, attach to and stop the embedded PostgreSQL of one data directory.

Whoever starts it is the postmaster's parent and holds a lock until it ends, however it ends; everybody else attaches.
When the parent dies, the kernel tells the postmaster to shut down (Linux), so that nothing is left running.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from dauchan.cli._children import die_with_parent, open_log
from dauchan.cli._postgres.binaries import Binaries, find_binaries
from dauchan.cli._postgres.home import Home, home_of
from dauchan.cli._postgres.lockfile import read_lock_file, remove_forsaken
from dauchan.cli._postgres.problems import HeldByAnother, StartFailed
from dauchan.cli._postgres.tuning import DATABASE, ROLE, access, configuration

RECOVERY_SECONDS = 15
"""How long a start waits for what a crash left behind (an unreaped process, dying backends)."""
REPLAY_SECONDS = 600
"""How long a start waits for a living postmaster that replays its log."""


@dataclass(frozen=True)
class Running:
    """A cluster that answers: its address, and the postmaster when it is our own child."""

    dsn: str
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def attached(self) -> bool:
        return self.process is None


@dataclass(frozen=True)
class Holder:
    """The process whose child the postmaster is."""

    pid: int
    command: str


@dataclass(frozen=True)
class Status:
    """What stands where: the cluster's directory, its postmaster's number (0 = none), who holds it."""

    directory: Path
    postmaster: int
    ready: bool
    holder: Holder | None


class Cluster:
    """The embedded PostgreSQL of one data directory; a context manager that starts and stops."""

    def __init__(self, data_dir: Path | str, *, durable: bool = True) -> None:
        self.home: Home = home_of(Path(data_dir))
        self._durable = durable
        self._held: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Running:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def dsn(self, database: str = DATABASE) -> str:
        """The address of one database of this cluster."""
        return f"postgresql:///{database}?host={quote(str(self.home.socket_dir), safe='/')}&user={ROLE}"

    def start(self, *, attach: bool = True) -> Running:
        """Start the cluster, made first when there is none, or attach to the one that runs.

        Call it from a thread that lives as long as the cluster shall: the kernel ends the postmaster with it.
        raises   ClusterProblem; HeldByAnother when `attach` is False and another process holds it
        """
        if not self._hold_or_find(attach=attach):
            return Running(self.dsn())
        if self._process is None or self._process.poll() is not None:
            binaries = self._made()
            self._clear_the_way()
            self._launch(binaries)
            self._ensure_database()
        return Running(self.dsn(), self._process)

    def stop(self) -> None:
        """Stop the postmaster if it is ours: a fast, clean shutdown; nothing when only attached."""
        if self._process is not None:
            _end(self._process.send_signal, lambda: self._process is not None and self._process.poll() is not None)
            self._process.wait()
            self._process = None
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def status(self) -> Status:
        """Who runs this cluster now; starts nothing."""
        found = read_lock_file(self.home.data) if self.home.data.exists() else None
        runs = found is not None and found.runs
        pid, ready = (found.pid, found.ready) if found is not None and runs else (0, False)
        return Status(self.home.directory, pid, ready, self._holder())

    def remove(self) -> None:
        """Stop it and delete the cluster with all its data, and the pointer to it."""
        self.stop()
        while self.home.directory.exists():
            with contextlib.suppress(FileNotFoundError):  # a postmaster that was just ending removes its own files
                shutil.rmtree(self.home.directory)
        shutil.rmtree(self.home.socket_dir, ignore_errors=True)
        (self.home.data_dir / "cluster.json").unlink()

    # holding

    @property
    def _holder_file(self) -> Path:
        return self.home.directory / "holder"

    def _hold_or_find(self, *, attach: bool) -> bool:
        """Take the lock that makes us the postmaster's parent; False when another's postmaster answers instead.

        Tried for a while: the other may only just be starting, or just be ending.
        raises   HeldByAnother
        """
        found: list[bool] = []

        def settled() -> bool:
            if self._hold():
                found.append(True)
            elif attach and self._answers():
                found.append(False)
            return bool(found)

        if not _until(settled, seconds=RECOVERY_SECONDS * (2 if attach else 1)):
            raise self._held_by_another()
        return found[0]

    def _hold(self) -> bool:
        if self._held is not None:
            return True
        handle = os.open(self._holder_file, os.O_CREAT | os.O_RDWR, 0o600)
        if not _locked(handle):
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv)[:200]}).encode())
        self._held = handle  # a plain number: the lock lasts as long as the process, whatever becomes of this object
        return True

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.dsn(), connect_timeout=5).close()
            return True
        return False

    def _holder(self) -> Holder | None:
        """The living process that holds this cluster, if any."""
        if not self._holder_file.exists():
            return None
        with self._holder_file.open("r", encoding="utf-8") as handle:
            if self._held is None and _locked(handle.fileno()):
                return None
            with contextlib.suppress(ValueError):
                return Holder(**json.loads(handle.read()))
        return Holder(0, "?")

    def _held_by_another(self) -> HeldByAnother:
        holder = self._holder() or Holder(0, "?")
        return HeldByAnother(data_dir=str(self.home.data_dir), pid=holder.pid, command=holder.command)

    # starting

    def _made(self) -> Binaries:
        """The programs that fit this cluster, which is made when it does not exist."""
        version = self.home.data / "PG_VERSION"
        if version.exists():
            return find_binaries(int(version.read_text("ascii")))
        binaries = find_binaries()
        self._make(binaries)
        return binaries

    def _make(self, binaries: Binaries) -> None:
        """Make the cluster beside its place and move it there whole."""
        draft = self.home.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.home.account.give(draft)
        arguments = ["--locale=C", "--encoding=UTF8", f"--username={ROLE}", "--auth=peer", "--no-instructions"]
        if not self._durable:
            arguments.append("--no-sync")
        with self._log() as log:
            making = self._run([binaries.program("initdb"), "-D", str(draft), *arguments], log)
        try:
            failed = making.wait() != 0
        except BaseException:  # asked to end meanwhile: nothing goes on writing there
            _kill_group(making)
            raise
        if failed:
            raise self._failed()
        draft.rename(self.home.data)

    def _clear_the_way(self) -> None:
        """Wait for what a crash left behind, end a postmaster whose parent is dead, remove its lock file."""
        left = read_lock_file(self.home.data)
        if left is not None and left.runs:
            _end(lambda number: os.kill(left.pid, number), lambda: not left.runs)
        _until(lambda: remove_forsaken(self.home.data, self.home.socket_dir), seconds=RECOVERY_SECONDS)

    def _launch(self, binaries: Binaries) -> None:
        """Run the postmaster as our child and wait until it is ready; again for a while when a crash lies behind."""
        self._configure()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            with self._log() as log:
                written = log.tell()
                self._process = self._run(self._command(binaries), log, dies_with_us=True)
            if self._ready(self._process):
                return
            if time.monotonic() > deadline or not self._stumbled_over_a_crash(written):
                raise self._failed()
            time.sleep(0.25)

    def _command(self, binaries: Binaries) -> list[str]:
        configured = f"--config-file={self.home.directory / 'postgresql.conf'}"
        return [binaries.program("postgres"), "-D", str(self.home.data), configured]

    def _configure(self) -> None:
        """Write the settings, which the postmaster's account may read but not change."""
        rules, names = access(self.home.account)
        socket_dir = self.home.open_socket_dir()
        self._write("postgresql.conf", configuration(self.home.data, socket_dir, durable=self._durable))
        self._write("pg_hba.conf", rules)
        self._write("pg_ident.conf", names)

    def _write(self, name: str, text: str) -> None:
        file = self.home.directory / name
        file.write_text(text, "utf-8")
        file.chmod(0o644)

    def _run(self, command: list[str], log: IO[bytes], *, dies_with_us: bool = False) -> "subprocess.Popen[bytes]":
        """Run one of PostgreSQL's programs as the cluster's account, its output in the log, in a session of its own."""
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  PostgreSQL's programs, arguments of ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT) if dies_with_us else None,
            **self.home.account.popen,
        )
        return process

    def _ready(self, process: "subprocess.Popen[bytes]") -> bool:
        """Wait until the postmaster says so itself; False when it ended."""

        def settled() -> bool:
            found = read_lock_file(self.home.data)
            return process.poll() is not None or (found is not None and found.pid == process.pid and found.ready)

        _until(settled, seconds=REPLAY_SECONDS, step=0.02)
        return process.poll() is None

    def _ensure_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"create database {DATABASE}")

    # the log

    def _log(self) -> IO[bytes]:
        """The log, opened by us and passed on: the account need not reach its path."""
        return open_log(self.home.log)

    def _stumbled_over_a_crash(self, written: int) -> bool:
        said = self.home.log.read_bytes()[written:]
        return b"lock file" in said or b"shared memory block" in said

    def _failed(self) -> StartFailed:
        tail = self.home.log.read_text("utf-8", "replace").splitlines()[-8:]
        return StartFailed(log=str(self.home.log), tail="\n".join(tail))


def _locked(handle: int) -> bool:
    """Take the lock of an open file for as long as it stays open; False when another process has it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _end(send: Callable[[int], None], gone: Callable[[], bool]) -> None:
    """Fast shutdown; after 30 s an immediate one, from which the next start recovers."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            send(number)
        if _until(gone, seconds=30, step=0.02):
            return


def _kill_group(leader: "subprocess.Popen[bytes]") -> None:
    """Kill a process that leads its session and all it started, and wait until none of them is left."""

    def gone() -> bool:
        leader.poll()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
            return False
        return True

    _until(gone, seconds=RECOVERY_SECONDS, step=0.02)


def _until(condition: Callable[[], bool], *, seconds: float, step: float = 0.1) -> bool:
    """Ask again and again; True as soon as it holds, False when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(step)
    return True
