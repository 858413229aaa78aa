"""A migrated database, a keyring and a clock for one module of tests, and Django pointed at them."""

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from support.keeper import ROOT, with_database

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring

RUN = "DAUCHAN_TEST_RUN"
READY_SECONDS = 240


class Run:
    """One test run: the directory that its processes share. Its controller holds a lock until it ends."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="dauchan-test-"))
        self._lock = (self.directory / "run").open("a")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.environ[RUN] = str(self.directory)

    def end(self) -> None:
        """Free the lock, wait for the keepers to clear up, remove the directory."""
        self._lock.close()
        os.environ.pop(RUN, None)
        for file in self.directory.glob("*.pid"):
            pid = int(file.read_text("ascii"))
            deadline = time.monotonic() + 30
            while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                _reap(pid)
                time.sleep(0.05)
        subprocess.run(["rm", "-rf", str(self.directory)], check=False)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


@dataclass(frozen=True)
class Server:
    """A server with a template: its address and the template's name."""

    dsn: str
    template: str

    @contextmanager
    def clone(self, label: str) -> Iterator[str]:
        """A fresh copy of the template, dropped at the end.

        yields   its address
        """
        name = f"t_{re.sub(r'[^a-z0-9]+', '_', label.lower())[:40]}_{secrets.token_hex(3)}"
        self._execute(f"create database {name} template {self.template}")
        try:
            yield with_database(self.dsn, name)
        finally:
            self._execute(f"drop database {name} with (force)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)


def server(kind: str) -> Server:
    """The run's server of a kind ("fast", or "durable" with fsync); the first who asks starts its keeper."""
    directory = Path(os.environ[RUN])
    with (directory / f"{kind}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / f"{kind}.json").exists():
            _start_keeper(directory, kind)
    return Server(**json.loads((directory / f"{kind}.json").read_text("utf-8")))


def _start_keeper(directory: Path, kind: str) -> None:
    log = directory / f"{kind}.log"
    with log.open("ab") as output:
        keeper = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "support" / "keeper.py"), str(directory), kind],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (directory / f"{kind}.pid").write_text(str(keeper.pid), "ascii")
    deadline = time.monotonic() + READY_SECONDS
    while not (directory / f"{kind}.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no test database: {log.read_text('utf-8', 'replace')[-4000:]}")
        time.sleep(0.05)


@dataclass(frozen=True)
class Database:
    """One module's own installation: database, keyring, data directory."""

    dsn: str
    keyring: Keyring
    data_dir: Path
    started_at: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to serve this installation."""
        return {
            "DATABASE_URL": self.dsn,
            "DAUCHAN_DATA_DIR": str(self.data_dir),
            "DAUCHAN_KEYRING_DIR": str(self.keyring.path),
            "DAUCHAN_TRY_OUT": "true",
            "DAUCHAN_CLOCK": self.started_at,
            "DJANGO_SETTINGS_MODULE": "dauchan.settings",
        }

    def prepare(self, now: datetime) -> None:
        """Make the day keys and the partitions that scans of about this instant need."""
        from dauchan.visits.actions import ensure_days

        ensure_days(self.keyring, now)


@contextmanager
def installation(dsn: str, data_dir: Path, started_at: str) -> Iterator[Database]:
    """An installation around a cloned database; Django and the environment lead to it for as long as it lasts."""
    from dauchan.cli import _installation

    keyring_dir = data_dir.with_name(f"{data_dir.name}-keyring")
    _installation.create(data_dir, public_host="dauchan.test", try_out=True, keyring_dir=keyring_dir)
    made = Database(dsn, Keyring(keyring_dir), data_dir, started_at)
    before = {name: os.environ.get(name) for name in made.environment}
    try:
        _enter(made.environment)
        made.prepare(clock.now())
        yield made
    finally:
        _enter(before)


def _enter(environment: dict[str, str] | dict[str, str | None]) -> None:
    """Set the environment and let Django follow: its settings, its connection, its pool."""
    for name, value in environment.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    from django.conf import settings
    from django.db import connections

    from dauchan import config
    from dauchan.cli._installation import leave_database
    from dauchan.settings import database

    leave_database()
    if hasattr(connections._connections, "default"):
        del connections["default"]
    settings.INSTALLATION = config.load()
    settings.SECRET_KEY = settings.INSTALLATION.secret_key
    url = settings.INSTALLATION.database_url
    settings.DATABASES = {"default": database(url)} if url else {}
    connections.settings = connections.configure_settings(settings.DATABASES)
