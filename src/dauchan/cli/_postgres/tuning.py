"""PostgreSQL's settings for this machine and this use; the numbers are ours, from its size.

`durable=False` is for tests and for what is thrown away: it gives up on surviving a power cut, never on answering
rightly.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dauchan.cli._postgres.account import Account

MIB = 1024 * 1024
DATABASE = "dauchan"
ROLE = "dauchan"


def settings(home_data: Path, socket_dir: Path, *, durable: bool) -> dict[str, str]:
    """All settings that differ from PostgreSQL's defaults, as they stand in `postgresql.conf`."""
    memory = memory_mib() if durable else 1024
    return {
        "data_directory": str(home_data),
        "hba_file": str(home_data.parent / "pg_hba.conf"),
        "ident_file": str(home_data.parent / "pg_ident.conf"),
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 8, 64), 2048)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "wal_compression": "lz4",
        "max_wal_size": f"{_max_wal_mib(home_data)}MB",
        "checkpoint_timeout": "10min",
        "max_locks_per_transaction": "256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **(_DURABLE if durable else _FORGETFUL),
        **_QUIET,
    }


_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "min_wal_size": "32MB"}
_QUIET = {
    # The log never holds a row: terse drops the DETAIL line with its values, panic drops the failing statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_line_prefix": "%m [%p] ",
}


def configuration(home_data: Path, socket_dir: Path, *, durable: bool) -> str:
    """The text of `postgresql.conf`; what the operator writes into `local.conf` beside it wins."""
    lines = [f"{name} = {_quoted(value)}" for name, value in settings(home_data, socket_dir, durable=durable).items()]
    local = home_data.parent / "local.conf"
    return "\n".join(["# Written at every start. Your own lines go into local.conf.", *lines, _include(local), ""])


def access(account: Account) -> tuple[str, str]:
    """`pg_hba.conf` and `pg_ident.conf`: over the socket, and only root or the account itself.

    The kernel says who is at the other end of a socket (peer), so there is no password that could leak or be copied.
    """
    allowed = "local all dauchan peer map=dauchan\nlocal replication dauchan peer map=dauchan\n"
    names = dict.fromkeys(("root", account.name))
    return allowed, "".join(f'dauchan "{name}" {ROLE}\n' for name in names)


def memory_mib(limits: Mapping[str, str] | None = None) -> int:
    """MiB of memory that this machine, or this container, may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    file = Path((limits or {}).get("cgroup", "/sys/fs/cgroup/memory.max"))
    limit = file.read_text("ascii").strip() if file.exists() else "max"
    return min(total, int(limit) // MIB) if limit.isdigit() else total


def _max_wal_mib(home_data: Path) -> int:
    """A tenth of the free disk, between 512 MiB and 4 GiB."""
    free = shutil.disk_usage(home_data.parent).free // MIB
    return min(max(free // 10, 512), 4096)


def _quoted(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _include(local: Path) -> str:
    return f"include_if_exists = {_quoted(str(local))}"
