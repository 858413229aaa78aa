"""`dauchan up` when its parts end, when it is started twice, and when all of it is killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.keeper import ROOT
from support.web import free_port

from dauchan.cli._postgres import Cluster

READY = 90


class Up:
    """One `dauchan up`, its output in a file."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir, self.port, self._options = data_dir, free_port(), options
        self.said = data_dir.with_name(f"said-{self.port}")
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DAUCHAN", "DATABASE"))
        }
        command = [sys.executable, "-m", "dauchan", "up", "--data-dir", str(self.data_dir), "--port", str(self.port)]
        with self.said.open("ab") as output:
            return subprocess.Popen(
                [*command, "--try-out", *self._options],
                env={**environment, "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        return self.said.read_text("utf-8")

    def ready(self) -> "Up":
        wait_until(lambda: "ready: " in self.output or self.process.poll() is not None, READY)
        assert f"ready: http://127.0.0.1:{self.port}" in self.output, self.output
        return self

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self) -> dict[str, int]:
        """The numbers of the processes it runs, by the end of their command line."""
        found = {}
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split():
            line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            name = "postgres" if "postgresql.conf" in line else "web" if "uvicorn" in line else "worker"
            found[name if name not in found else f"{name}-{child}"] = int(child)
        return found

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/cwd").exists()


@contextmanager
def running(*options: str) -> Iterator[Up]:
    """An installation of its own, up, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dauchan-up-") as top:
        started = Up(Path(top) / "data", *options)
        try:
            yield started.ready()
        finally:
            if started.process.poll() is None:
                started.end()
            cluster = Cluster(started.data_dir)
            wait_until(lambda: not cluster.status().postmaster, 30)
            cluster.remove()


@pytest.fixture
def up() -> Iterator[Up]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def lasting_up() -> Iterator[Up]:
    """One for the tests that leave it running."""
    with running() as started:
        yield started


def test_first_start_prints_one_link_for_the_administrator_and_a_second_up_says_who_runs(lasting_up: Up) -> None:
    assert len(re.findall(r"http://127\.0\.0\.1:\d+/loi-moi/\S+", lasting_up.output)) == 1
    second = Up(lasting_up.data_dir)
    assert second.process.wait(60) == 1
    assert f"process {lasting_up.process.pid}" in second.output
    assert f"http://127.0.0.1:{lasting_up.port}" in second.output
    assert lasting_up.healthy()


def test_whatever_part_is_killed_is_started_again(lasting_up: Up) -> None:
    for name in ("web", "worker", "postgres"):
        before = lasting_up.children()[name]
        os.kill(before, signal.SIGKILL)
        wait_until(lambda name=name, before=before: lasting_up.children().get(name, before) != before, 30)
        wait_until(lasting_up.healthy, 30)
    assert lasting_up.process.poll() is None


def test_who_comes_while_the_web_process_is_away_waits_and_is_answered(lasting_up: Up) -> None:
    os.kill(lasting_up.children()["web"], signal.SIGKILL)
    assert answered(lasting_up.port) == 200


def test_several_web_processes_share_one_port_and_one_that_is_down_refuses_nobody() -> None:
    with running("--web", "2") as started:
        webs = [pid for name, pid in started.children().items() if name.startswith("web")]
        assert len(webs) == 2
        before = {pid: sockets(pid) for pid in webs}
        guests = [socket.create_connection(("127.0.0.1", started.port)) for _ in range(60)]
        wait_until(lambda: sum(sockets(pid) - before[pid] for pid in webs) >= 60, 10)
        assert all(sockets(pid) - before[pid] > 2 for pid in webs), "both take some"
        for guest in guests:
            guest.close()
        os.kill(started.process.pid, signal.SIGSTOP)  # so that nobody starts it again
        os.kill(webs[0], signal.SIGKILL)
        assert [answered(started.port, seconds=3) for _ in range(20)] == [200] * 20
        os.kill(started.process.pid, signal.SIGCONT)
        assert started.end() == 0


def sockets(pid: int) -> int:
    links = Path(f"/proc/{pid}/fd").iterdir()
    return sum(str(link.readlink()).startswith("socket:") for link in links)


def answered(port: int, seconds: int = 30) -> int:
    """The status of one request on a connection of its own."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=seconds) as answer:
        return int(answer.status)


def test_sigterm_ends_the_children_and_then_postgresql_in_order(up: Up) -> None:
    parts = up.children()
    assert set(parts) == {"web", "worker", "postgres"}
    assert up.end() == 0
    assert not [name for name, pid in parts.items() if runs(pid)]
    assert "database system is shut down" in (up.data_dir / "logs" / "postgres.log").read_text("utf-8")
    assert not list(Cluster(up.data_dir).home.data.glob("postmaster.pid"))


def test_after_kill_9_of_the_supervisor_nothing_runs_on_and_the_next_up_is_ready(up: Up) -> None:
    parts = up.children()
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not [pid for pid in parts.values() if runs(pid)], 30)
    again = Up(up.data_dir)
    try:
        assert again.ready().healthy()
        assert "/loi-moi/" in again.output, "nobody made the administrator yet, so there is a new link"
    finally:
        again.end()


def test_after_kill_9_of_every_process_the_next_up_is_ready(up: Up) -> None:
    parts = up.children()
    os.kill(up.process.pid, signal.SIGSTOP)
    for pid in (*parts.values(), up.process.pid):
        os.kill(pid, signal.SIGKILL)
    up.process.wait()
    again = Up(up.data_dir)
    try:
        assert again.ready().healthy()
    finally:
        again.end()


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = [sys.executable, "-m", "dauchan", "up", "--data-dir", str(tmp_path / "data")]
        said = subprocess.run(
            [*command, "--port", str(other.getsockname()[1])],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert said.returncode == 1
    assert "--port" in said.stderr
    assert "Traceback" not in said.stderr
