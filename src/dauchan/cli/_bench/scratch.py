"""An installation made for one run and removed after it: own directory, keyring, cluster and web process.

Its database is as durable as a real one (fsync and synchronous_commit on). Everything started here is ended here.
"""

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dauchan import config
from dauchan.cli import _installation
from dauchan.cli._children import Child, end_all, listen, web_child
from dauchan.cli._postgres import Cluster
from dauchan.cli.up import is_healthy, prepare
from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import Keyring, open_keyring

HOST = "127.0.0.1"
READY_SECONDS = 60


class NotUp(Problem):
    kind = "bench_not_up"
    vi = "{name} không chạy được. Cuối nhật ký:\n{tail}"
    en = "{name} did not come up. The end of its log:\n{tail}"


@dataclass(frozen=True)
class Scratch:
    """The installation that a run measures."""

    data_dir: Path
    cluster: Cluster
    dsn: str
    keyring: Keyring

    @property
    def postmaster(self) -> int:
        return self.cluster.status().postmaster


@dataclass(frozen=True)
class Serving:
    """Web processes that share a port."""

    children: list[Child]
    port: int


@contextlib.contextmanager
def scratch_installation(directory: Path, now: datetime) -> Iterator[Scratch]:
    """A migrated, empty installation below `directory`, which this process's Django then serves."""
    data_dir = Path(tempfile.mkdtemp(prefix=".dauchan-bench-", dir=directory))
    cluster: Cluster | None = None
    try:
        _installation.create(data_dir, public_host="bench.invalid", try_out=True)
        _installation.enter(data_dir)
        cluster = Cluster(data_dir)
        os.environ["DATABASE_URL"] = cluster.start(attach=False).dsn
        installation = config.load()
        prepare(installation, f"http://{HOST}", now)
        yield Scratch(data_dir, cluster, installation.database_url, open_keyring(installation.keyring_dir))
    finally:
        _installation.leave_database()
        if cluster is not None:
            cluster.remove()
        shutil.rmtree(data_dir, ignore_errors=True)


@contextlib.contextmanager
def program(name: str, command: list[str], port: int, log: Path) -> Iterator[Child]:
    """A program that listens on a port, for as long as the block lasts.

    raises   NotUp
    """
    child = Child(name, command, log)
    try:
        child.keep_running()
        _wait(child, lambda: _listens(port))
        yield child
    finally:
        child.end()


@contextlib.contextmanager
def web(scratch: Scratch, processes: int) -> Iterator[Serving]:
    """That many web processes, started as `dauchan up` starts them.

    raises   NotUp
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen(HOST, 0))
        port = int(listener.getsockname()[1])
        names = [f"web-{processes}-{number}" for number in range(1, processes + 1)]
        children = [web_child(name, listener, scratch.data_dir / "logs") for name in names]
        stack.callback(end_all, children)
        for child in children:
            child.keep_running()
        _wait(children[0], lambda: is_healthy(f"http://{HOST}:{port}"))
        yield Serving(children, port)


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if not child.alive or time.monotonic() > deadline:
            raise NotUp(name=child.name, tail=child.last_words())
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
