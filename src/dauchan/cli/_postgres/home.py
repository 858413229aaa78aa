"""Where one cluster lies, and which files surround it.

    <data dir>/cluster.json      the pointer: which directory holds the cluster, and whose it is
    <cluster>/postgresql.conf    written at every start; `local.conf` beside it is the operator's own and wins
    <cluster>/pg_hba.conf        the socket only, the account's own name or root only (peer)
    <cluster>/data               PostgreSQL's own directory, 0700
    <cluster>/run                the socket's directory, 0700
    <cluster>/belongs-to         the data directory; once that is gone for good, the cluster may be deleted
    <cluster>/holder             locked by the process whose child the postmaster is

For root the cluster stands under `/var/lib/dauchan/clusters`, where its system user can reach it; for anybody else it
stands in the data directory. The files around `data` and `run` stay root's: the postmaster cannot change them.
"""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dauchan.cli._postgres.account import Account, account_for, state_dir
from dauchan.cli._postgres.problems import CopiedDirectory, OutOfReach

LONGEST_SOCKET_DIR = 85
"""A socket's whole path fits in 107 bytes on Linux and 103 elsewhere; `/.s.PGSQL.5432` takes 14 of them."""


@dataclass(frozen=True)
class Home:
    """One cluster's directory on disk."""

    data_dir: Path
    directory: Path

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.data_dir / "logs" / "postgres.log"

    @cached_property
    def account(self) -> Account:
        return account_for(self.data.stat().st_uid if self.data.exists() else None)

    @property
    def socket_dir(self) -> Path:
        """The socket's directory: `run`, or a short one when the path would not fit into a socket address."""
        near = self.directory / "run"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_DIR:
            return near
        return Path("/tmp") / f"dauchan-{os.geteuid()}-{_digest(self.directory)}"  # noqa: S108  0700 and checked

    def open_socket_dir(self) -> Path:
        """Make the socket's directory, the account's own and closed to others.

        raises   OutOfReach, when somebody else sits on its name
        """
        directory = self.socket_dir
        if not directory.exists():
            directory.mkdir(mode=0o700)
            self.account.give(directory)
        found = directory.lstat()
        if found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise OutOfReach(directory=str(directory))
        return directory


def home_of(data_dir: Path) -> Home:
    """The cluster that belongs to a data directory; a place for a new one when it has none.

    raises   CopiedDirectory, OutOfReach
    """
    data_dir = data_dir.resolve()
    return found_home(data_dir) or _new_home(data_dir, data_dir / "cluster.json")


def found_home(data_dir: Path) -> Home | None:
    """The cluster that a data directory has; None when it has none. Makes nothing.

    raises   CopiedDirectory, OutOfReach
    """
    pointer = data_dir / "cluster.json"
    if not pointer.exists():
        return None
    said = json.loads(pointer.read_text("utf-8"))
    home = Home(data_dir, data_dir / said["directory"])
    _check_reach(home, Path(said["data_dir"]))
    return home


def _check_reach(home: Home, original: Path) -> None:
    """Refuse a cluster that another data directory owns, or that this account cannot enter."""
    outside = not home.directory.is_relative_to(home.data_dir)
    if outside and original != home.data_dir and (original / "cluster.json").exists():
        raise CopiedDirectory(data_dir=str(home.data_dir), original=str(original))
    if os.geteuid() != 0 and (not home.directory.exists() or home.directory.stat().st_uid != os.geteuid()):
        raise OutOfReach(directory=str(home.directory))


def _new_home(data_dir: Path, pointer: Path) -> Home:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    inside = data_dir / "postgres"
    name = f"{_digest(data_dir)}-{secrets.token_hex(3)}"
    directory = state_dir() / "clusters" / name if os.geteuid() == 0 else inside
    directory.mkdir(mode=0o711, exist_ok=True)
    directory.chmod(0o711)
    stored = str(directory) if directory != inside else "postgres"
    content = json.dumps({"directory": stored, "data_dir": str(data_dir)}, indent=1)
    if _write_once(pointer, content):
        (directory / "belongs-to").write_text(f"{data_dir}\n", "utf-8")
        return Home(data_dir, directory)
    if directory != inside:
        directory.rmdir()
    return home_of(data_dir)


def _write_once(pointer: Path, content: str) -> bool:
    """Write the pointer unless another process was first."""
    draft = pointer.with_name(f".{pointer.name}.{secrets.token_hex(4)}")
    draft.write_text(content, "utf-8")
    try:
        os.link(draft, pointer)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
