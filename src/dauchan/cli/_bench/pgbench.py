"""The yardstick: PostgreSQL's own `pgbench`, one prepared INSERT a commit into the ledger."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dauchan.cli._bench.scratch import Scratch
from dauchan.cli._postgres.binaries import find_binaries
from dauchan.cli._postgres.tuning import DATABASE, ROLE

CLIENTS = 64
THREADS = 2
SCRIPT = r"""
\set person random(1, 20000)
\set point random(1, 100)
insert into visits_scan
    (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled, body_hash)
values
    ({day}, gen_random_uuid(), decode(lpad(:person::text, 32, '0'), 'hex'), :point, 1, now(), now(), 'abcdefgh',
     1, false, '\x000102030405060708090a0b0c0d0e0f');
"""
"""One scan as the gateway stores it: same columns, same partition, no dirty row and no answer about duplicates."""


@dataclass(frozen=True)
class Rate:
    """Commits a second, and the average latency in milliseconds."""

    per_s: float
    latency_ms: float


def find_pgbench() -> Path | None:
    """The `pgbench` beside the server's own programs; None when this PostgreSQL came without it."""
    found = Path(find_binaries().program("pgbench"))
    return found if found.exists() else None


def insert_rate(pgbench: Path, scratch: Scratch, day: str, seconds: float) -> Rate:
    """Single durable INSERTs a second, 64 clients, prepared statements."""
    script = scratch.data_dir / "insert.sql"
    script.write_text(SCRIPT.format(day=f"'{day}'::date"), "ascii")
    where = ["-h", str(scratch.cluster.home.socket_dir), "-U", ROLE, DATABASE]
    how = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(max(int(seconds), 1))]
    command = [str(pgbench), *how, "-f", str(script), *where]
    ran = subprocess.run(  # noqa: S603  PostgreSQL's own program, arguments of ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60
    )
    return Rate(_number(r"tps = ([\d.]+)", ran.stdout), _number(r"latency average = ([\d.]+)", ran.stdout))


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found.group(1))
