"""What one installation is made of, the first time: its data directory, `installation.toml`, keyring and database.

Decides no rule; whatever exists already is left as it is.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dauchan import config
from dauchan.cli._postgres import Cluster
from dauchan.kernel.clock import local_day
from dauchan.kernel.keyring import Keyring, open_keyring

FILE = "installation.toml"


def create(data_dir: Path, *, issuer: int = 67, public_host: str = "", try_out: bool = False) -> bool:
    """Make the data directory with its `installation.toml`, which holds a fresh secret; False when it has one."""
    file = data_dir / FILE
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = (
        "# What this installation is. Read at start; the environment (DAUCHAN_ISSUER, ...) wins.\n"
        f"issuer = {issuer}\n"
        f'public_host = "{public_host}"\n'
        f"try_out = {str(try_out).lower()}\n"
        f'secret_key = "{secrets.token_urlsafe(48)}"\n'
    )
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return True


def keyring_of(installation: config.Installation, *, now: datetime) -> Keyring:
    """The installation's keyring, made when there is none, with the day keys that `now` needs."""
    if not (installation.keyring_dir / "named").exists():
        Keyring.create(installation.keyring_dir)
    keyring = open_keyring(installation.keyring_dir)
    keyring.ensure_days(local_day(now))
    return keyring


def enter(data_dir: Path) -> config.Installation:
    """Make this process, and the ones it starts, serve the installation in that directory."""
    os.environ["DAUCHAN_DATA_DIR"] = str(data_dir.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")
    return config.load()


@contextmanager
def database(data_dir: Path) -> Iterator[str]:
    """The address of the installation's database, for one command: DATABASE_URL, or its own cluster while it lasts.

    Sets DATABASE_URL for this process; a cluster that somebody else runs is attached to and left running.
    """
    if url := os.environ.get("DATABASE_URL", ""):
        yield url
        return
    cluster = Cluster(data_dir)
    with cluster as running:
        os.environ["DATABASE_URL"] = running.dsn
        try:
            yield running.dsn
        finally:
            del os.environ["DATABASE_URL"]


@contextmanager
def opened(data_dir: Path) -> Iterator[config.Installation]:
    """One command's surroundings: the installation entered, its database up, Django ready."""
    enter(data_dir)
    with database(data_dir):
        import django

        django.setup()
        try:
            yield config.load()
        finally:
            leave_database()


def leave_database() -> None:
    """Close this process's connections and their pool."""
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
