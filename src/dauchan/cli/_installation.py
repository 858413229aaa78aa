"""What one installation is made of, the first time: its data directory, `installation.toml`, keyring and database.

Decides no rule; whatever exists already is left as it is.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dauchan import config
from dauchan.cli._postgres import Cluster
from dauchan.kernel.clock import local_day
from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import PURPOSES, Keyring, open_keyring

FILE = "installation.toml"


class KeyringGone(Problem):
    kind = "keyring_gone"
    vi = "Không có kho khóa ở {path}. Hãy khôi phục bản sao lưu của nó, hoặc đặt DAUCHAN_KEYRING_DIR."
    en = "There is no keyring at {path}. Restore its backup, or set DAUCHAN_KEYRING_DIR."


def create(
    data_dir: Path, *, issuer: int = 67, public_host: str = "", try_out: bool = False, keyring_dir: Path | None = None
) -> bool:
    """Make an installation: its keyring, and last its `installation.toml` with a fresh secret; False when there is one.

    keyring_dir  where the keyring goes; DAUCHAN_KEYRING_DIR, or `keyring` in the data directory
    """
    file = data_dir / FILE
    if file.exists():
        return False
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring_dir = keyring_dir or Path(os.environ.get("DAUCHAN_KEYRING_DIR", data_dir / "keyring"))
    _make_keyring(keyring_dir)
    text = (
        "# What this installation is. Read at start; the environment (DAUCHAN_ISSUER, ...) wins.\n"
        f"issuer = {issuer}\n"
        f"public_host = {json.dumps(public_host)}\n"
        f"try_out = {json.dumps(try_out)}\n"
        f"secret_key = {json.dumps(secrets.token_urlsafe(48))}\n"
        f"keyring_dir = {json.dumps(str(keyring_dir.resolve()))}\n"
    )
    return _write_once(file, text)


def _make_keyring(directory: Path) -> None:
    """Make the keyring, or what is missing of one whose making was cut off."""
    if not (directory / "named").exists():
        Keyring.create(directory)
    keyring = open_keyring(directory.resolve())
    for purpose in PURPOSES:
        if not keyring.numbers(purpose):
            keyring.rotate(purpose)


def _write_once(file: Path, text: str) -> bool:
    """Write a file of one's own, whole or not at all; False when another process was first."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def keyring_of(installation: config.Installation, *, now: datetime) -> Keyring:
    """The installation's keyring, with the day keys that `now` needs; a lost one is never replaced in silence.

    raises   KeyringGone
    """
    if not (installation.keyring_dir / "named").exists():
        raise KeyringGone(path=str(installation.keyring_dir))
    keyring = open_keyring(installation.keyring_dir)
    keyring.ensure_days(local_day(now), back=installation.retention_days)
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
