"""The programs that run beside PostgreSQL, and how one child is started, watched and ended.

A child writes to a log file, never to a pipe, lives in a session of its own, and is told to end by the kernel when its
parent is gone (Linux), so that killing the supervisor leaves nothing behind.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dauchan.kernel import clock

MOST_CONNECTIONS = 1_000
"""Connections at a time; beyond that the web process answers 503 by itself. Ours."""
BACKLOG = 2048
LONGEST_LOG = 16 * 1024 * 1024
LONGEST_PAUSE = 30.0
CALM_SECONDS = 60.0
"""A child that ran this long is started again at once when it ends; a quicker one waits, twice as long each time."""
GRACE_SECONDS = 15
PR_SET_PDEATHSIG = 1
PROTOCOL = "dauchan.visits.gateway.shortcut:ShortcutProtocol"


def web_command(*listens: str) -> list[str]:
    """The web process: fast lane and pages in one, no access log (addresses are personal data).

    listens  where, in uvicorn's words: `--host`, `--port`, or `--fd`
    """
    options = ["--loop", "uvloop", "--http", PROTOCOL, "--lifespan", "on", "--ws", "none"]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    limits = ["--limit-concurrency", str(MOST_CONNECTIONS), "--timeout-graceful-shutdown", "10"]
    waiting = ["--backlog", str(BACKLOG)]
    return [sys.executable, "-m", "uvicorn", "dauchan.asgi:application", *listens, *options, *quiet, *limits, *waiting]


def web_child(name: str, listener: socket.socket, logs: Path) -> "Child":
    """A web process on a socket that its parent keeps: while the child is away, who comes waits instead of failing."""
    return Child(name, web_command("--fd", str(listener.fileno())), logs / f"{name}.log", listener=listener)


def listen(host: str, port: int) -> socket.socket:
    """A socket that web processes take turns at: whichever is free accepts, and one that is down accepts nothing.

    raises   OSError when the address is taken, or can't be had
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def end_all(children: "list[Child]") -> None:
    """Ask all of them to end at once, then wait for each."""
    for child in children:
        if child.process is not None:
            child.process.terminate()
    for child in children:
        child.end()


def worker_command() -> list[str]:
    """The worker: visits derived, audit rows chained, jobs done, keys and partitions made ahead."""
    return [sys.executable, "-m", "dauchan", "worker"]


@dataclass
class Child:
    """One program that shall run: started, started again when it ends by itself, ended with its parent."""

    name: str
    command: list[str]
    log: Path
    listener: socket.socket | None = field(default=None, repr=False)
    starts: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _started: float = 0.0
    _quick_ends: int = 0
    _not_before: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def keep_running(self) -> None:
        """Start it when it does not run and its pause is over."""
        now = time.monotonic()
        if self.alive:
            return
        if self.process is not None:
            self.process = None
            self._quick_ends = 0 if now - self._started > CALM_SECONDS else self._quick_ends + 1
            self._not_before = now + pause_after(self._quick_ends)
        if now >= self._not_before:
            self._start()

    def end(self) -> None:
        """Ask it to end, and after a while insist."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_SECONDS)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _start(self) -> None:
        with open_log(self.log) as log:
            self.process = subprocess.Popen(  # noqa: S603  our own programs
                self.command,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[self.listener.fileno()] if self.listener else (),
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self.starts += 1
        self._started = time.monotonic()


def pause_after(quick_ends: int) -> float:
    """Seconds to wait before the next start: 0, 1, 2, 4 ... 30."""
    return min(2.0 ** (quick_ends - 1), LONGEST_PAUSE) if quick_ends else 0.0


def child_environment() -> dict[str, str]:
    """Our environment; a clock that was set goes on from where ours is now."""
    shown = {"DAUCHAN_CLOCK": clock.now().isoformat()} if os.environ.get("DAUCHAN_CLOCK") else {}
    return {**os.environ, **shown, "PYTHONUNBUFFERED": "1"}


def open_log(log: Path) -> IO[bytes]:
    """A log file to append to, readable by its owner alone; a long one is set aside first."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    handle = os.fdopen(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "ab")
    handle.seek(0, os.SEEK_END)
    return handle


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A step for a new child, before its program begins: ask the kernel for this signal when the parent dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(0)

    return ask
