"""Durable scans a second over HTTP, against pgbench on the same table and against a plain Django view.

Runs are interleaved, so that a slow minute of the machine hits both sides of a ratio; a ratio is the median over rounds
of the ratios within one round. The ledger is emptied and a checkpoint made before each run.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import psycopg

from dauchan.cli._bench.figures import Figure, Part, Table
from dauchan.cli._bench.load import Job, Outcome
from dauchan.cli._bench.machine import family, family_cpu_seconds, memory_mb
from dauchan.cli._bench.pgbench import CLIENTS, find_pgbench, insert_rate
from dauchan.cli._bench.scratch import HOST, Scratch, Serving, free_port, program, web
from dauchan.cli._children import Child, worker_command
from dauchan.kernel import clock, codes, ids
from dauchan.kernel.errors import Problem

Say = Callable[[str], None]
Samples = dict[str, list["Sample"]]

SINGLE = "single 128"
SIDES = {
    "pgbench": "pgbench, 64 clients",
    "single 64": "one scan a request, 64 connections",
    "single 128": "one scan a request, 128 connections",
    "single 256": "one scan a request, 256 connections",
    "batch": "batches of 500, 8 connections",
    "alone 128": "by one web process: one scan a request, 128 connections",
    "alone batch": "by one web process: batches of 500, 8 connections",
    "plain view": "plain Django view, 64 connections",
    "beside worker": "128 connections, with visits derived beside",
}

PEOPLE = 20_000
PLACES = 100
CONNECTIONS = (64, 128, 256)
BATCH = 500
BATCH_CONNECTIONS = 8
WORKERS = (1, 2, 3, 4)
THREADS = 8
LONG_ENOUGH = 3.0
"""Seconds; in shorter runs, which are for trying it out, the plain view gets one worker."""
WEB_PROCESSES = 2
FASTEST = 40_000
"""Requests a second that are made beforehand; more than anything here reaches."""
FASTEST_BATCHES = 200
WORKER_START_SECONDS = 3.0


class Miscounted(Problem):
    kind = "bench_miscounted"
    vi = "Máy chủ xác nhận {taken} lượt quét, sổ có {stored}; {failures} yêu cầu hỏng: {said}"
    en = "The server acknowledged {taken} scans, the ledger holds {stored}; {failures} requests failed: {said}"


@dataclass(frozen=True)
class Sample:
    """One run: scans a second, latencies, and how much of one processor client, server and database used."""

    per_s: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    client: float = 0.0
    server: float = 0.0
    database: float = 0.0


@dataclass(frozen=True)
class Rounds:
    """All samples by name, how many workers the plain view did best with (0: not measured), memory in MB by process."""

    samples: Samples
    plain_workers: int
    memory: dict[str, float]

    def middle(self, name: str, figure: str = "per_s") -> float | None:
        """The median of one figure of one side; None when that side was left out."""
        runs = self.samples.get(name)
        return median(getattr(run, figure) for run in runs) if runs else None

    def ratio(self, name: str, other: str) -> float | None:
        """The median of the ratios within each round."""
        pairs = list(zip(self.samples.get(name, ()), self.samples.get(other, ()), strict=False))
        return median(run.per_s / beside.per_s for run, beside in pairs) if pairs else None


def measure(scratch: Scratch, *, seconds: float, rounds: int, now: datetime, say: Say) -> Part:
    """The part `ingest`."""
    found = run_rounds(scratch, seconds=seconds, rounds=rounds, now=now, say=say)
    figures: dict[str, Figure] = {
        "ingest_single_vs_pgbench": found.ratio(SINGLE, "pgbench"),
        "ingest_batch_vs_pgbench": found.ratio("batch", "pgbench"),
        "ingest_single_vs_django_view": found.ratio(SINGLE, "plain view"),
        "ingest_single_per_s": found.middle(SINGLE),
        "ingest_batch_per_s": found.middle("batch"),
        "ingest_single_by_one_process_vs_pgbench": found.ratio("alone 128", "pgbench"),
        "ingest_batch_by_one_process_vs_pgbench": found.ratio("alone batch", "pgbench"),
        "ingest_p99_ms": found.middle(SINGLE, "p99_ms"),
        "ingest_client_cpu": found.middle(SINGLE, "client"),
        "pgbench_per_s": found.middle("pgbench"),
        "django_view_per_s": found.middle("plain view"),
        "django_view_workers": found.plain_workers or None,
        **{f"memory_{name}_mb": size for name, size in found.memory.items()},
    }
    how = HOW.format(
        rounds=rounds,
        seconds=seconds,
        clients=CLIENTS,
        threads=THREADS,
        workers=found.plain_workers,
        processes=WEB_PROCESSES,
    )
    return Part("ingest", figures, _tables(found), how)


def _tables(found: Rounds) -> list[Table]:
    header = ["side", "scans/s", "against pgbench", "p50", "p99", "CPU: client", "server", "database"]
    memory = [[name, f"{size:,.0f} MB"] for name, size in found.memory.items()]
    return [
        Table("Scans", header, [_row(found, name) for name in found.samples]),
        Table("Memory after the runs", ["process", "its own share (PSS)"], memory),
    ]


def _row(found: Rounds, name: str) -> list[str]:
    """One side; CPU in processors, with what the process and its children used."""
    ratio = found.ratio(name, "pgbench")
    times = [f"{found.middle(name, figure):,.1f} ms" for figure in ("p50_ms", "p99_ms")]
    shares = [f"{found.middle(name, figure):.2f}" for figure in ("client", "server", "database")]
    if name == "pgbench":
        times, shares = [f"{found.middle(name, 'p50_ms'):,.1f} ms on average", ""], ["", "", ""]
    return [SIDES[name], f"{found.middle(name):,.0f}", f"{ratio:.2f}" if ratio else "", *times, *shares]


HOW = """\
- {rounds} rounds of {seconds:g} s a side, in turns; a number is the median over the rounds, a ratio the median of the
  ratios within a round. Before each run the ledger is emptied and a checkpoint made; after it, the ledger must hold
  exactly as many scans as were acknowledged.
- The servers are the web processes of `dauchan up --web {processes}`, of plain `dauchan up` where one is named, and its
  embedded PostgreSQL with fsync, synchronous_commit and full_page_writes on. A scan goes the whole way: credential,
  pass opened, token sealed, ledger partition, person-day marked dirty, commit, answer. One request in a hundred was
  sent before and must be told so.
- pgbench: {clients} clients, 2 threads, one prepared INSERT of the same columns into the same table a commit; no dirty
  row, no conflict clause, no answer.
- The plain Django view: no middleware, psycopg pool, the credential read by its key, the pass opened, one INSERT with
  the dirty row a request; it checks neither time nor point and knows neither envelopes nor groups. Served by gunicorn
  with gthread workers of {threads} threads, best of 1 to 4 workers (here {workers}), 64 connections.
- The client is a process of its own around epoll, with requests made beforehand, on the same machine: its CPU is in the
  table, in processors, as are those of the web processes and of all of PostgreSQL. Figures that are promised are those
  of 128 connections, the middle of the three.
"""


def run_rounds(scratch: Scratch, *, seconds: float, rounds: int, now: datetime, say: Say) -> Rounds:
    """Every side once a round, round after round; then the lane with the worker that derives visits beside it."""
    job = _job(scratch, seconds, now)
    with web(scratch, 1) as alone, web(scratch, WEB_PROCESSES) as several:
        for serving in (alone, several):
            _drive(scratch, replace(job, port=serving.port, seconds=1.0, connections=CONNECTIONS[1]), serving.children)
        workers = _best_workers(scratch, job, say)
        sides = _sides(scratch, job, alone, several, now)
        if workers:
            sides["plain view"] = lambda: _drive_plain(scratch, job, workers)
        samples: Samples = {name: [] for name in sides}
        for number in range(1, rounds + 1):
            for name, side in sides.items():
                samples[name].append(side())
                say(f"round {number} of {rounds}: {name} {samples[name][-1].per_s:,.0f}/s")
        lane = replace(job, port=several.port, connections=CONNECTIONS[1])
        samples["beside worker"], memory = _beside_worker(scratch, lane, several)
    return Rounds(samples, workers, memory)


def _sides(
    scratch: Scratch, job: Job, alone: Serving, several: Serving, now: datetime
) -> dict[str, Callable[[], Sample]]:
    def side(serving: Serving, given: Job) -> Callable[[], Sample]:
        return lambda: _drive(scratch, replace(given, port=serving.port), serving.children)

    most = int(job.seconds * FASTEST_BATCHES)
    single = {connections: replace(job, connections=connections) for connections in CONNECTIONS}
    batches = replace(job, connections=BATCH_CONNECTIONS, batch=BATCH, most_requests=most)
    sides: dict[str, Callable[[], Sample]] = {}
    pgbench = find_pgbench()
    if pgbench:
        day = clock.local_day(now).isoformat()
        sides["pgbench"] = lambda: _pgbench(scratch, pgbench, day, job.seconds)
    sides |= {f"single {connections}": side(several, given) for connections, given in single.items()}
    sides["batch"] = side(several, batches)
    return sides | {"alone 128": side(alone, single[CONNECTIONS[1]]), "alone batch": side(alone, batches)}


def _job(scratch: Scratch, seconds: float, now: datetime) -> Job:
    """What is sent: passes of people who were never here, at points of registered places."""
    from django.conf import settings

    from dauchan.cli._bench.town import credential, register_points

    key, issuer = scratch.keyring.named("pass"), settings.INSTALLATION.issuer
    _, token = credential("bench scans", ["scans:write", "scans:backfill"], now)
    people = (ids.person_id() for _ in range(PEOPLE))
    passes = [codes.encode_pass(codes.PassCode(issuer, person, 1), key) for person in people]
    return Job(
        port=0,
        token=token,
        passes=passes,
        points=[point for _, point in register_points(PLACES, now, say=lambda _: None)],
        connections=CONNECTIONS[0],
        batch=1,
        seconds=seconds,
        most_requests=int(max(seconds, 1.0) * FASTEST),
    )


def _emptied(scratch: Scratch) -> None:
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        connection.execute("truncate visits_scan, visits_dirty, visits_visit, visits_carry")
        connection.execute("checkpoint")


def _drive(scratch: Scratch, job: Job, servers: list[Child]) -> Sample:
    """Empty the ledger, send, and check that it then holds exactly what was acknowledged.

    raises   Miscounted
    """
    _emptied(scratch)
    before = _cpu_seconds(servers), family_cpu_seconds(scratch.postmaster)
    said = _send(job)
    after = _cpu_seconds(servers), family_cpu_seconds(scratch.postmaster)
    _check(scratch, said)
    return Sample(
        per_s=said.scans / said.seconds,
        p50_ms=said.p50_ms,
        p99_ms=said.p99_ms,
        client=said.cpu_seconds / said.seconds,
        server=(after[0] - before[0]) / said.seconds,
        database=(after[1] - before[1]) / said.seconds,
    )


def _cpu_seconds(servers: list[Child]) -> float:
    return sum(family_cpu_seconds(server.process.pid) for server in servers if server.process is not None)


def _send(job: Job) -> Outcome:
    """Run the client; it ends by itself a little after its time."""
    ran = subprocess.run(
        [sys.executable, "-m", "dauchan.cli._bench.load"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=job.seconds + 120,
    )
    return Outcome(**json.loads(ran.stdout))


def _check(scratch: Scratch, said: Outcome) -> None:
    with psycopg.connect(scratch.dsn) as connection:
        row = connection.execute("select count(*) from visits_scan").fetchone()
    if row != (said.scans,) or said.failures:
        raise Miscounted(taken=said.scans, stored=row and row[0], failures=said.failures, said=said.said)


def _beside_worker(scratch: Scratch, job: Job, serving: Serving) -> tuple[list[Sample], dict[str, float]]:
    """The lane while visits are derived from what it takes in, and then the memory of everything that runs."""
    worker = Child("worker", worker_command(), scratch.data_dir / "logs" / "worker.log")
    try:
        worker.keep_running()
        time.sleep(WORKER_START_SECONDS)
        sample = _drive(scratch, job, serving.children)
        assert serving.children[0].process is not None
        assert worker.process is not None
        pids = {"web": serving.children[0].process.pid, "worker": worker.process.pid, "postgresql": scratch.postmaster}
        return [sample], {name: sum(map(memory_mb, family(pid))) for name, pid in pids.items()}
    finally:
        worker.end()


def _pgbench(scratch: Scratch, pgbench: Path, day: str, seconds: float) -> Sample:
    _emptied(scratch)
    rate = insert_rate(pgbench, scratch, day, seconds)
    return Sample(rate.per_s, p50_ms=rate.latency_ms)


def _best_workers(scratch: Scratch, job: Job, say: Say) -> int:
    """How many gunicorn workers serve the plain view fastest here; 0 when gunicorn is not installed."""
    if find_spec("gunicorn") is None:
        say("gunicorn is not installed: the plain view is left out")
        return 0
    rates: dict[int, float] = {}
    for workers in WORKERS if job.seconds >= LONG_ENOUGH else WORKERS[:1]:
        rates[workers] = _drive_plain(scratch, replace(job, seconds=min(job.seconds, 3.0)), workers).per_s
        say(f"plain view with {workers} workers: {rates[workers]:,.0f}/s")
    return max(rates, key=lambda workers: rates[workers])


def _drive_plain(scratch: Scratch, job: Job, workers: int) -> Sample:
    """The plain view, started and warmed up for this run alone: its pools would hold connections that pgbench needs."""
    with _plain_view(scratch, workers) as (server, port):
        _drive(scratch, replace(job, port=port, seconds=min(job.seconds, 1.0)), [server])
        return _drive(scratch, replace(job, port=port), [server])


@contextmanager
def _plain_view(scratch: Scratch, workers: int) -> Iterator[tuple[Child, int]]:
    port = free_port()
    options = ["--workers", str(workers), "--threads", str(THREADS), "--worker-class", "gthread"]
    address = ["--bind", f"{HOST}:{port}", "--keep-alive", "60", "--backlog", "2048", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *options, *address, "dauchan.cli._bench.plain_view:application"]
    with program("plain view", command, port, scratch.data_dir / "logs" / "plain.log") as server:
        yield server, port
