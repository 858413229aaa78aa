"""What `postmaster.pid` and the socket's lock file say, and whether they may be believed.

Both outlive a killed postmaster: its process may be a zombie that nobody has reaped yet, or its number may
belong to another program by now. PostgreSQL itself only looks whether a process of that number exists, and then
refuses to start; here the process's state and directory are looked at too.
"""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LockFile:
    """The lines of a lock file that matter: process number, shared memory id (0 = not known), state."""

    path: Path
    data: Path
    pid: int
    shared_memory: int
    ready: bool

    @property
    def runs(self) -> bool:
        """True while that process lives and serves this very directory."""
        return _state(self.pid) not in ("", "Z", "X") and _works_in(self.pid, self.data)

    @property
    def forsaken(self) -> bool:
        """True when the process is gone, or only a zombie, and no server process uses its shared memory any more."""
        return not self.runs and not _attached(self.shared_memory)


def read_lock_file(data: Path) -> LockFile | None:
    """The cluster's lock file; None when there is none, or it is half written."""
    return _read(data / "postmaster.pid", data)


def remove_forsaken(data: Path, socket_dir: Path) -> bool:
    """Remove the lock files of a postmaster that is gone for good; True when nothing stands in the way of a start."""
    found = [_read(path, data) for path in (data / "postmaster.pid", *socket_dir.glob(".s.PGSQL.*.lock"))]
    for lock_file in found:
        if lock_file is not None and not lock_file.forsaken:
            return False
        if lock_file is not None:
            lock_file.path.unlink(missing_ok=True)
    return True


def _read(path: Path, data: Path) -> LockFile | None:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].lstrip("-").isdigit():
        return None
    memory = lines[6].split() if len(lines) > 6 else []
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return LockFile(path, data, abs(int(lines[0])), int(memory[-1]) if memory else 0, ready)


def _state(pid: int) -> str:
    """The letter of a process's state ('Z' = zombie); empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() or not _exists(pid) else "?"
    return stat.rpartition(")")[2].split()[0]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(pid: int, data: Path) -> bool:
    """True when the process's working directory is the cluster's (a postmaster's always is)."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        return True
    except OSError:
        return not Path("/proc/self/cwd").exists()


def _attached(shared_memory: int) -> bool:
    """True while some process is attached to this System V segment, of which each cluster has one."""
    table = Path("/proc/sysvipc/shm")
    if not shared_memory or not table.exists():
        return False
    rows = [line.split() for line in table.read_text("ascii").splitlines()[1:]]
    return any(int(row[1]) == shared_memory and int(row[6]) > 0 for row in rows)
