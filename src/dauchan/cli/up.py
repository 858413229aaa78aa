"""`dauchan up`: everything that one machine needs, as one group of processes that this one supervises.

PostgreSQL (unless DATABASE_URL names a server), one web process or several, and the worker. A child that ends is
started again; SIGTERM or Ctrl-C ends the children first, then PostgreSQL. Nothing is ended that was not started here.
"""

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

import click
import psycopg

from dauchan import config
from dauchan.cli import _installation
from dauchan.cli._children import Child, end_all, listen, web_child, worker_command
from dauchan.cli._postgres import Cluster, ClusterProblem
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem

MIGRATION_LOCK = 0x64617563_6D696772
READY_SECONDS = 120
MOST_WEB = 6
"""Each holds up to 13 connections, and the embedded PostgreSQL has 100 for all."""
WATCH_SECONDS = 0.2


class AlreadyUp(Problem):
    kind = "already_up"
    vi = "Thư mục {data_dir} đang chạy ở {url} (tiến trình {pid})."
    en = "{data_dir} is up already at {url} (process {pid})."


class PortTaken(Problem):
    kind = "port_taken"
    vi = "Cổng {port} đã có chương trình khác dùng. Hãy chọn cổng khác bằng --port."
    en = "Port {port} is taken by another program. Choose another one by --port."


class CannotListen(Problem):
    kind = "cannot_listen"
    vi = "Không nghe được ở {host}, cổng {port}: {reason}."
    en = "Can't listen at {host}, port {port}: {reason}."


class NotReady(Problem):
    kind = "not_ready"
    vi = "{name} không sẵn sàng. Cuối nhật ký {log}:\n{tail}"
    en = "{name} did not get ready. The end of {log}:\n{tail}"


class StopAsked(BaseException):
    """SIGTERM or Ctrl-C came."""


@dataclass(frozen=True)
class Address:
    """Where the web processes listen, and how many."""

    host: str
    port: int
    processes: int = 1

    @property
    def names(self) -> list[str]:
        return ["web", *(f"web-{number}" for number in range(2, self.processes + 1))]

    @property
    def url(self) -> str:
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104  compared, not bound
        return f"http://{shown}:{self.port}"


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--web", default=1, show_default=True, type=click.IntRange(1, MOST_WEB), help="How many web processes.")
@click.option("--issuer", default=67, show_default=True, help="First start only: number of this issuer of codes.")
@click.option("--public-host", default="", help="First start only: host name printed in codes.")
@click.option("--try-out", is_flag=True, help="First start only: mark it as a try-out, for synthetic data.")
def command(data_dir: Path, host: str, port: int, web: int, issuer: int, public_host: str, try_out: bool) -> None:
    """Run everything on this machine until Ctrl-C."""
    data_dir = data_dir.resolve()
    _installation.create(data_dir, issuer=issuer, public_host=public_host, try_out=try_out)
    with ExitStack() as stack, contextlib.suppress(StopAsked):
        stack.enter_context(signals())
        run(data_dir, Address(host, port, web), stack)
    click.echo("stopped")


def run(data_dir: Path, address: Address, stack: ExitStack) -> None:
    """Start all parts in order and watch them; what `stack` undoes at the end is undone in reverse."""
    running = start(data_dir, address, stack)
    _greet(running.installation, address, running.link)
    watch(running.children, running.cluster)


@dataclass(frozen=True)
class Running:
    """What was started: the installation, its processes, and the first administrator's link while there is none."""

    installation: config.Installation
    children: list[Child]
    cluster: Cluster | None
    link: str | None


def start(data_dir: Path, address: Address, stack: ExitStack) -> Running:
    """Start all parts in order and wait until they answer.

    raises   AlreadyUp, PortTaken, CannotListen, NotReady
    """
    stack.enter_context(_held(data_dir, address))
    listener = stack.enter_context(_listen(address))
    installation = _installation.enter(data_dir)
    click.echo("starting the database ...")
    cluster = _start_database(data_dir, stack)
    click.echo("bringing it to this version ...")
    link = prepare(config.load(), address.url, clock.now())
    children = [
        *(web_child(name, listener, data_dir / "logs") for name in address.names),
        Child("worker", worker_command(), data_dir / "logs" / "worker.log"),
    ]
    click.echo("starting web and worker ...")
    stack.callback(end_all, children)
    for child in children:
        child.keep_running()
    _wait_until_ready(address, children)
    return Running(installation, children, cluster, link)


def prepare(installation: config.Installation, url: str, now: datetime) -> str | None:
    """Bring the database, the static files, keys and partitions to where this version needs them.

    returns  the one-time address that makes the first administrator; None when there is one
    """
    import django

    keyring = _installation.keyring_of(installation, now=now)
    django.setup()
    from dauchan.accounts.invitations import bootstrap_link
    from dauchan.visits.actions import ensure_days
    from dauchan.web.static_files import collect

    try:
        migrate(installation.database_url)
        collect()
        ensure_days(keyring, now)
        base = f"https://{installation.public_host}" if installation.public_host and not installation.try_out else url
        return bootstrap_link(base, now)
    finally:
        _installation.leave_database()


def migrate(dsn: str) -> None:
    """Apply the migrations that are due, one process at a time."""
    from django.core.management import call_command

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def watch(children: list[Child], cluster: Cluster | None) -> None:
    """Start again whatever ends, until asked to stop."""
    while True:
        _keep_database(cluster)
        for child in children:
            starts = child.starts
            child.keep_running()
            if child.starts > starts:
                click.echo(f"{child.name} ended and was started again; see {child.log}", err=True)
        time.sleep(WATCH_SECONDS)


def _keep_database(cluster: Cluster | None) -> None:
    """Start the postmaster again when it has ended; one that cannot start is tried again in the next round."""
    if cluster is None or cluster.status().postmaster:
        return
    click.echo(f"PostgreSQL ended and is started again; see {cluster.home.log}", err=True)
    try:
        cluster.start()
    except ClusterProblem as problem:
        click.echo(str(problem), err=True)


def _start_database(data_dir: Path, stack: ExitStack) -> Cluster | None:
    if os.environ.get("DATABASE_URL"):
        return None
    cluster = Cluster(data_dir)
    stack.callback(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.start(attach=False).dsn
    return cluster


def _wait_until_ready(address: Address, children: list[Child]) -> None:
    """Wait for 200 on /healthz.

    raises   NotReady, with the end of the log of what did not come up
    """
    webs = [child for child in children if child.listener is not None]
    deadline = time.monotonic() + READY_SECONDS
    while not is_healthy(address.url):
        ended = next((web for web in webs if not web.alive), None)
        if ended is not None or time.monotonic() > deadline:
            said = ended or webs[0]
            raise NotReady(name=said.name, log=str(said.log), tail=said.last_words())
        time.sleep(WATCH_SECONDS)


def is_healthy(url: str) -> bool:
    """Whether whatever runs there says of itself that it is well."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _greet(installation: config.Installation, address: Address, link: str | None) -> None:
    if link is not None:
        click.echo(f"\nTạo tài khoản quản trị, dùng một lần · create the administrator, once:\n  {link}\n")
    if not installation.public_host:
        click.echo("No public host is set: nothing with a code can be printed yet (public_host in installation.toml).")
    click.echo(f"ready: {address.url}")


@contextlib.contextmanager
def _held(data_dir: Path, address: Address) -> Iterator[None]:
    """Hold the data directory as its one supervisor.

    raises   AlreadyUp
    """
    with (data_dir / "up.lock").open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = json.loads(handle.read() or "{}")
            raise AlreadyUp(data_dir=str(data_dir), url=holder.get("url", "?"), pid=holder.get("pid", "?")) from None
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), "url": address.url}))
        handle.flush()
        yield


def _listen(address: Address) -> socket.socket:
    try:
        return listen(address.host, address.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port=address.port) from error
        raise CannotListen(host=address.host, port=address.port, reason=error.strerror) from error


@contextlib.contextmanager
def signals() -> Iterator[None]:
    """The first SIGTERM, SIGINT or SIGHUP raises StopAsked; later ones are ignored while everything ends."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise StopAsked

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, asked) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
