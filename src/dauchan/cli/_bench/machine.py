"""The machine and the programs that the figures were made on and with, and how much CPU time processes have used."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import django
import psycopg

from dauchan.cli._postgres.tuning import memory_mib

PACKAGES = ("django", "uvicorn", "uvloop", "httptools", "psycopg", "msgspec", "cryptography")


def machine(directory: Path) -> str:
    """One line: processors, memory, the disk under `directory`, system, Python."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} × {_processor()}, {memory_mib() / 1024:.0f} GB memory, {_file_system(directory)}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def programs(dsn: str) -> str:
    """One line: the server and the libraries that do the work."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("show server_version").fetchone()
    assert row is not None
    return ", ".join([f"PostgreSQL {row[0]}", *(f"{name} {_version(name)}" for name in PACKAGES)])


def _version(name: str) -> str:
    return django.__version__ if name == "django" else version(name)


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8", "replace"))
    return found.group(1).strip() if found else platform.machine()


def _file_system(directory: Path) -> str:
    """The file system that holds a directory, by the longest mount point above it."""
    path = str(directory.resolve())
    mounts = [line.split()[:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    above = [
        (len(point), kind) for _, point, kind in mounts if path == point or path.startswith(point.rstrip("/") + "/")
    ]
    return max(above)[1] if above else "unknown disk"


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and everything it has ended and reaped has used, in seconds; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and its living descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except (FileNotFoundError, ProcessLookupError):  # it ended just now
        return []
    return [pid, *(found for child in children for found in family(int(child)))]


def family_cpu_seconds(pid: int) -> float:
    """CPU time of a process and its living descendants, in seconds."""
    return sum(cpu_seconds(member) for member in family(pid))


def memory_mb(pid: int) -> float:
    """Memory of a process that is its own share (PSS: shared pages divided by users), in MB; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0
