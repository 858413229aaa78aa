"""Which system account owns the cluster: one's own, or for root a system user made for it."""

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from dauchan.cli._postgres.problems import NoAccount, NoPasswdEntry

SYSTEM_USER = "dauchan"
SUITABLE_USERS = (SYSTEM_USER, "postgres")


@dataclass(frozen=True)
class Account:
    """A user that may own a cluster; `ours` when it is the one this process already runs as."""

    name: str
    uid: int
    gid: int
    ours: bool

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that make `subprocess` run a program as this account, from a directory that it can see."""
        identity = {} if self.ours else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, **identity}

    def give(self, directory: Path) -> None:
        """Hand an empty directory of ours over to this account, closed to everybody else."""
        directory.chmod(0o700)
        if not self.ours:
            os.chown(directory, self.uid, self.gid)


def state_dir() -> Path:
    """Where root keeps what its system user must reach; 0755 and root's own."""
    directory = Path(os.environ.get("DAUCHAN_STATE_DIR", "/var/lib/dauchan"))
    for part in (directory, directory / "clusters"):
        part.mkdir(mode=0o755, parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time inside this block; the lock goes with the process, however it ends."""
    with file.open("a") as handle:
        flock(handle, LOCK_EX)
        yield


def account_for(owner_uid: int | None = None) -> Account:
    """The account that owns the cluster: the owner of an existing one, oneself, or as root the system user.

    raises   NoAccount, NoPasswdEntry
    """
    if os.geteuid() != 0:
        return _named(os.geteuid(), ours=True)
    if owner_uid:
        return _named(owner_uid, ours=False)
    with locked(state_dir() / ".lock"):
        return _named(_system_uid(), ours=False)


def _named(uid: int, *, ours: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise NoPasswdEntry(uid=uid) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, ours)


def _system_uid() -> int:
    for name in (SYSTEM_USER, None, *SUITABLE_USERS):
        if name is None:
            reason = _make_system_user()
            continue
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise NoAccount(user=SYSTEM_USER, reason=reason)


def _make_system_user() -> str:
    """Make the system user; returns why it failed, empty when it did not."""
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return "no useradd"
    arguments = [program, "--system", "--user-group", "--no-create-home", "--home-dir", str(state_dir())]
    made = subprocess.run(  # noqa: S603  a system program, arguments of ours
        [*arguments, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stderr.strip() if made.returncode else ""
