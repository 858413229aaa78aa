"""What was acknowledged is there, once: senders keep a synced ledger of their own while everything else is killed.

The web process and the postmaster are killed by signal 9 at random, 20 times, 1,000 with --long; the seed is printed.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from support.database import Database, installation
from support.keeper import ROOT, TEMPLATE, copy_template, make_template
from support.town import Town, build
from support.web import free_port

from dauchan.cli._children import web_command
from dauchan.cli._postgres import Cluster
from dauchan.kernel import clock

SENDERS = 4
HOLD = """
import sys, time
from pathlib import Path
from dauchan.cli._postgres import Cluster
print(Cluster(Path(sys.argv[1])).start().process.pid, flush=True)
time.sleep(86400)
"""


class Web:
    """The web process, killed and started again on one port."""

    def __init__(self, database: Database) -> None:
        self.port, self._database = free_port(), database
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, **self._database.environment, "PYTHONPATH": str(ROOT / "src")}
        log = self._database.data_dir / "web.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                web_command("--host", "127.0.0.1", "--port", str(self.port)),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Sender(threading.Thread):
    """Sends scans until told to end, each batch again and again until it is answered; answers go to a synced file."""

    def __init__(self, town: Town, web: Web, ledger: Path, seed: int) -> None:
        super().__init__(daemon=True)
        self._town, self._web, self._random = town, web, random.Random(seed)
        self._ledger = ledger.open("a", encoding="ascii")
        self.stop = threading.Event()
        self.sent: set[UUID] = set()
        self.accepted: list[UUID] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            self._deliver(self._batch())

    def _batch(self) -> list[dict]:
        moments = [
            clock.now() - timedelta(seconds=self._random.uniform(0, 86_400)) for _ in range(self._random.randint(1, 20))
        ]
        scans = [
            self._town.scan(
                self._random.choice(list(self._town.passes)), self._random.choice(["market", "cafe", "ward"]), at
            )
            for at in moments
        ]
        self.sent |= {UUID(scan["id"]) for scan in scans}
        return scans

    def _deliver(self, scans: list[dict]) -> None:
        while True:
            try:
                answer = httpx.post(
                    f"{self._web.address}/api/v1/scans",
                    json={"scans": scans},
                    headers={"authorization": f"Bearer {self._town.integrator_token}"},
                    timeout=10,
                )
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                return self._note(answer.json()["results"])
            if answer.status_code != 503 or "retry-after" not in answer.headers:
                self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            time.sleep(0.05)

    def _note(self, results: list[dict]) -> None:
        for result in results:
            if result["status"] == "accepted":
                self.accepted.append(UUID(result["id"]))
            if result["status"] in {"accepted", "duplicate"}:
                self._ledger.write(f"{result['id']}\n")
            else:
                self.wrong.append(str(result))
        self._ledger.flush()
        os.fsync(self._ledger.fileno())


class Postgres:
    """A durable cluster of this test alone, held by a process of its own that is killed with it."""

    def __init__(self, directory: Path) -> None:
        self._directory, self.cluster = directory, Cluster(directory)
        if not copy_template(self.cluster):
            self.cluster.start()
            make_template(self.cluster.dsn("postgres"), TEMPLATE, self.cluster.dsn(TEMPLATE))
            self.cluster.stop()
        self.dsn = self.cluster.dsn(TEMPLATE)
        self.start()

    def start(self) -> None:
        """Start it anew; comes back when it answers, after whatever recovery it needs."""
        command = [sys.executable, "-c", HOLD, str(self._directory)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self._holder = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout is not None
        self._postmaster = int(self._holder.stdout.readline())

    def kill(self) -> None:
        os.kill(self._postmaster, signal.SIGKILL)
        self._holder.kill()
        self._holder.wait()

    def remove(self) -> None:
        self.kill()
        _wait_until(lambda: not self.cluster.status().postmaster)
        self.cluster.remove()


def test_nothing_acknowledged_is_missing_and_nothing_counted_twice_after_random_kills(tmp_path, request):
    rounds = 1000 if request.config.getoption("--long") else 20
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    ledger = tmp_path / "ledger"
    with ExitStack() as stack:
        postgres = Postgres(tmp_path / "cluster")
        stack.callback(postgres.remove)
        database = stack.enter_context(installation(postgres.dsn, tmp_path / "installation", ""))
        web = Web(database)
        stack.callback(web.kill)
        town = build(web.address, database)
        senders = [Sender(town, web, ledger, seed + number) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for _ in range(rounds):
            acknowledged = ledger.stat().st_size
            _wait_until(lambda before=acknowledged: ledger.stat().st_size > before)
            time.sleep(chance.uniform(0, 0.5))
            victim = chance.choice(["web", "postmaster", "both"])
            if victim != "postmaster":
                web.kill()
            if victim != "web":
                postgres.kill()
                postgres.start()
            if victim != "postmaster":
                web.start()
        _end(senders)
        _check(postgres.dsn, senders, ledger)


def _wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing was acknowledged for a minute"
        time.sleep(0.01)


def _end(senders: list[Sender]) -> None:
    for sender in senders:
        sender.stop.set()
    for sender in senders:
        sender.join(timeout=60)
        assert not sender.is_alive()


def _check(dsn: str, senders: list[Sender], ledger: Path) -> None:
    acknowledged = {UUID(line) for line in ledger.read_text("ascii").split()}
    with psycopg.connect(dsn) as connection:
        stored = [row[0] for row in connection.execute("select id from visits_scan").fetchall()]
        undeleted = connection.execute(
            "select count(*) from visits_scan scan where not exists"
            " (select from visits_dirty dirty where dirty.day = scan.day and dirty.token = scan.token)"
        ).fetchone()
    accepted = [scan for sender in senders for scan in sender.accepted]
    assert [wrong for sender in senders for wrong in sender.wrong] == []
    assert len(acknowledged) > 100
    assert acknowledged - set(stored) == set(), "acknowledged and lost"
    assert len(stored) == len(set(stored)), "stored twice"
    assert len(accepted) == len(set(accepted)), "accepted twice"
    assert set(stored) <= set().union(*(sender.sent for sender in senders)), "stored and never sent"
    assert undeleted == (0,), "a scan that no visit will be derived from"


@pytest.fixture(autouse=True)
def keep_log_on_failure(tmp_path, request):
    yield
    log = tmp_path / "installation" / "web.log"
    if log.exists():
        print(log.read_text("utf-8", "replace")[-2000:])
