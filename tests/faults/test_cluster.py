"""The embedded PostgreSQL when things go wrong around it: killed, copied, started twice, out of sight."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from support.keeper import ROOT

from dauchan.cli._postgres import Cluster, ClusterProblem
from dauchan.cli._postgres.lockfile import read_lock_file, remove_forsaken
from dauchan.cli._postgres.problems import CopiedDirectory, HeldByAnother

HOLD = """
import sys, time
from pathlib import Path
from dauchan.cli._postgres import Cluster
running = Cluster(Path(sys.argv[1])).start()
print(running.process.pid, flush=True)
time.sleep(600)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root uses a system user")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory where the system user cannot see it: root's own, deep down, nobody else's to enter."""
    top = Path(tempfile.mkdtemp(prefix="dauchan-fault-", dir=Path.home() if os.geteuid() == 0 else None))
    yield top / "a rather long name, with blanks and commas" / ".dauchan"
    for pointer in top.rglob("cluster.json"):
        cluster = Cluster(pointer.parent)
        wait_until(lambda cluster=cluster: not cluster.status().postmaster)
        cluster.remove()
    shutil.rmtree(top)


@pytest.fixture
def holder(data_dir: Path) -> Iterator["Holder"]:
    held = Holder(data_dir)
    yield held
    held.kill()


class Holder:
    """Another process that runs the cluster."""

    def __init__(self, data_dir: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-c", HOLD, str(data_dir)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.postmaster = int(self.process.stdout.readline())

    def kill(self) -> None:
        """Kill it by signal 9, and reap it."""
        self.process.kill()
        self.process.wait()


def write_row(dsn: str, number: int) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("create table if not exists kept (number int)")
        connection.execute("insert into kept values (%s)", [number])


def rows(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute("select number from kept order by number")]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_the_database_is_utf8_sorted_by_bytes_and_durable(data_dir: Path) -> None:
    with Cluster(data_dir) as running, psycopg.connect(running.dsn) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()[0]  # type: ignore[index]  # always one row
            for name in (
                "server_encoding",
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "listen_addresses",
                "jit",
            )
        }
        collation = connection.execute(
            "select datcollate from pg_database where datname = current_database()"
        ).fetchone()
    assert shown == {
        "server_encoding": "UTF8",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
        "jit": "off",
    }
    assert collation == ("C",)


def test_a_new_cluster_is_there_within_15_seconds_and_an_old_one_within_10(data_dir: Path) -> None:
    begun = time.monotonic()
    with Cluster(data_dir):
        made = time.monotonic() - begun
    begun = time.monotonic()
    with Cluster(data_dir):
        started = time.monotonic() - begun
    assert made < 15
    assert started < 10


def test_the_socket_is_closed_to_everybody_else(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    with cluster:
        directory = cluster.home.socket_dir
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / ".s.PGSQL.5432").stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster.home.data.stat().st_mode) == 0o700
        assert directory.stat().st_uid == cluster.home.account.uid


@as_root
def test_another_account_of_the_machine_cannot_connect_even_when_it_reaches_the_socket(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    with cluster:
        cluster.home.socket_dir.chmod(0o755)
        (cluster.home.socket_dir / ".s.PGSQL.5432").chmod(0o777)
        program = "import os, sys, psycopg; os.setgid(65534); os.setuid(65534); psycopg.connect(sys.argv[1])"
        said = subprocess.run(
            [sys.executable, "-c", program, cluster.dsn()], capture_output=True, text=True, check=False
        )
    assert said.returncode != 0
    assert "peer authentication failed" in said.stderr.lower()


@as_root
def test_root_gives_the_cluster_to_a_system_user_and_loosens_no_directory_of_its_own(data_dir: Path) -> None:
    home_before = Path.home().stat().st_mode
    cluster = Cluster(data_dir)
    with cluster as running:
        assert running.process is not None
        assert Path(f"/proc/{running.process.pid}").stat().st_uid == cluster.home.account.uid != 0
        assert not cluster.home.directory.is_relative_to(Path.home())
    assert Path.home().stat().st_mode == home_before
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


def test_a_second_start_attaches_and_its_stop_leaves_the_cluster_running(holder: Holder, data_dir: Path) -> None:
    second = Cluster(data_dir)
    running = second.start()
    write_row(running.dsn, 1)
    second.stop()
    assert running.attached
    assert rows(second.dsn()) == [1]
    assert second.status().postmaster == holder.postmaster


def test_who_must_be_the_parent_is_told_who_holds_the_directory(holder: Holder, data_dir: Path, monkeypatch) -> None:
    monkeypatch.setattr("dauchan.cli._postgres.cluster.RECOVERY_SECONDS", 0.5)
    with pytest.raises(HeldByAnother) as caught:
        Cluster(data_dir).start(attach=False)
    assert str(holder.process.pid) in str(caught.value)
    assert str(holder.process.pid) in caught.value.text("vi")


def test_after_its_parent_is_killed_the_postmaster_ends_and_the_next_start_has_the_rows(
    holder: Holder, data_dir: Path
) -> None:
    write_row(Cluster(data_dir).dsn(), 7)
    holder.kill()
    with Cluster(data_dir) as running:
        assert rows(running.dsn) == [7]
        assert not running.attached


def test_after_kill_9_of_everything_the_next_start_recovers_within_15_seconds(holder: Holder, data_dir: Path) -> None:
    write_row(Cluster(data_dir).dsn(), 1)
    os.kill(holder.process.pid, signal.SIGSTOP)
    os.kill(holder.postmaster, signal.SIGKILL)
    os.kill(holder.process.pid, signal.SIGKILL)
    begun = time.monotonic()
    with Cluster(data_dir) as running:
        taken = time.monotonic() - begun
        assert rows(running.dsn) == [1]
    assert taken < 15


def test_a_postmaster_that_nobody_reaps_does_not_block_the_next_start(data_dir: Path) -> None:
    first = Cluster(data_dir)
    running = first.start()
    assert running.process is not None
    write_row(running.dsn, 3)
    os.kill(running.process.pid, signal.SIGKILL)
    wait_until(lambda: not first.status().postmaster)
    left = read_lock_file(first.home.data)
    assert left is not None
    assert Path(f"/proc/{left.pid}/stat").exists(), "the zombie must still be there for this test to mean anything"
    os.close(first._held)  # as if its parent hung: alive, the lock gone, never reaping
    begun = time.monotonic()
    with Cluster(data_dir) as again:
        taken = time.monotonic() - begun
        assert rows(again.dsn) == [3]
    running.process.wait()
    assert taken < 15


def test_a_lock_file_whose_number_belongs_to_another_program_by_now_is_removed(data_dir: Path) -> None:
    with Cluster(data_dir) as running:
        write_row(running.dsn, 5)
    cluster = Cluster(data_dir)
    (cluster.home.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{cluster.home.data}\n1\n5432\n\n\n1 999999\nready\n"
    )
    with cluster as running:
        assert rows(running.dsn) == [5]


def test_a_living_postmasters_lock_file_is_never_removed(holder: Holder, data_dir: Path) -> None:
    home = Cluster(data_dir).home
    assert not remove_forsaken(home.data, home.socket_dir)
    assert (home.data / "postmaster.pid").exists()


def test_a_postmaster_killed_under_its_living_parent_is_started_again_by_it(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    first = cluster.start()
    assert first.process is not None
    write_row(first.dsn, 1)
    first.process.kill()
    first.process.wait()
    with cluster as second:
        assert rows(second.dsn) == [1]
        assert second.process is not None
        assert second.process.pid != first.process.pid


def test_a_first_start_cut_off_halfway_leaves_nothing_that_harms_the_next(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    (cluster.home.directory / "data.new").mkdir()
    (cluster.home.directory / "data.new" / "PG_VERSION").write_text("17\n")
    with cluster as running:
        write_row(running.dsn, 1)
        assert rows(running.dsn) == [1]


@as_root
def test_asked_to_end_while_it_is_made_nothing_goes_on_writing_and_it_can_be_removed(data_dir: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    asked = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
    starting = subprocess.Popen([sys.executable, "-c", asked + HOLD, str(data_dir)], env=environment)
    wait_until(lambda: (data_dir / "cluster.json").exists())
    draft = Cluster(data_dir).home.directory / "data.new"
    wait_until(lambda: (draft / "base").exists())
    starting.terminate()
    assert starting.wait(timeout=30) == 3
    assert [command for command in commands() if str(draft) in command] == []
    Cluster(data_dir).remove()
    assert not draft.parent.exists()


def commands() -> list[str]:
    """The command lines of every process of this machine."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(file.read_text("utf-8", "replace").replace("\0", " "))
    return found


def test_a_copied_data_directory_is_refused_because_its_database_belongs_to_the_original(data_dir: Path) -> None:
    with Cluster(data_dir):
        pass
    copied = data_dir.with_name("copy")
    shutil.copytree(data_dir, copied)
    with pytest.raises(CopiedDirectory):
        Cluster(copied)
    shutil.rmtree(copied)


def test_eight_processes_that_start_at_once_share_one_postmaster(data_dir: Path) -> None:
    program = HOLD.replace(
        "print(running.process.pid, flush=True)\ntime.sleep(600)", "print(running.dsn)\ntime.sleep(3)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    starts = [
        subprocess.Popen([sys.executable, "-c", program, str(data_dir)], env=environment, stdout=subprocess.PIPE)
        for _ in range(8)
    ]
    said = {start.communicate(timeout=60)[0] for start in starts}
    assert [start.returncode for start in starts] == [0] * 8
    assert len(said) == 1


def test_a_start_that_cannot_work_says_what_the_log_says(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    with cluster:
        pass
    (cluster.home.directory / "local.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(ClusterProblem, match="shared_buffers"):
        cluster.start()


def test_the_log_keeps_no_value_of_a_row(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    with cluster as running, psycopg.connect(running.dsn, autocommit=True) as connection:
        connection.execute("create table secret (phone text primary key)")
        connection.execute("insert into secret values ('0905123456')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into secret values (%s)", ["0905123456"])
    logged = cluster.home.log.read_text("utf-8")
    assert "duplicate key" in logged
    assert "0905123456" not in logged
