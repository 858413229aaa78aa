"""A visit table for one question about a file: the product's own, in a schema of its own, gone with the answer.

The server is that of DATABASE_URL, or a cluster made in a temporary directory; keys lie in that directory too. Nothing
else of the product is set up, and nothing outlives the block but what a `kill -9` leaves behind.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from dauchan.cli._postgres import Cluster
from dauchan.cli.up import StopAsked, signals
from dauchan.kernel.errors import Problem
from dauchan.kernel.keyring import Keyring
from dauchan.tracing.engines.base import Engine, Stay

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper


class NoScratchTable(Problem):
    kind = "no_scratch_table"
    vi = "Không tạo được lược đồ tạm trên máy chủ của DATABASE_URL ({reason}). Bỏ biến này để dùng PostgreSQL nhúng."
    en = "No scratch schema could be made on the server of DATABASE_URL ({reason}). Unset it to use the embedded one."


@contextlib.contextmanager
def sealed_engine(stays: Sequence[Stay]) -> Iterator[Engine]:
    """The engine over sealed visits, over these stays, for as long as the block lasts.

    raises   ClusterProblem, NoScratchTable, TooManyDays
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_ending_in_order())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dauchan-trace-")))
        dsn = os.environ.get("DATABASE_URL") or stack.enter_context(_own_cluster(directory))
        schema = stack.enter_context(scratch_schema(dsn))
        stack.enter_context(django_in(dsn, schema))
        yield _loaded(stays, Keyring.create(directory / "keyring"))


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM and Ctrl-C end the block, and what it made, before they end the program."""
    try:
        with signals():
            yield
    except StopAsked:
        raise SystemExit(130) from None


@contextlib.contextmanager
def _own_cluster(directory: Path) -> Iterator[str]:
    cluster = Cluster(directory, durable=False)
    try:
        yield cluster.start(attach=False).dsn
    finally:
        cluster.remove()


@contextlib.contextmanager
def scratch_schema(dsn: str) -> Iterator[str]:
    """A fresh schema.

    yields   its name
    raises   NoScratchTable
    """
    name = f"dauchan_trace_{secrets.token_hex(6)}"
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create schema {name}")
    except psycopg.Error as error:
        raise NoScratchTable(reason=type(error).__name__) from error
    try:
        yield name
    finally:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"drop schema {name} cascade")


@contextlib.contextmanager
def django_in(dsn: str, schema: str) -> Iterator[None]:
    """Django set up, with a default connection of this thread that sees this schema and no other."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")
    import django
    from django.db import connections

    django.setup()
    before = [open_one for open_one in connections.all(initialized_only=True) if open_one.alias == "default"]
    mine = _connection(dsn, schema)
    connections["default"] = mine
    try:
        yield
    finally:
        mine.close()
        del connections["default"]
        for connection in before:
            connections["default"] = connection


def _connection(dsn: str, schema: str) -> "DatabaseWrapper":
    """A connection without pool (a pool is one for the whole process), whose search path is this schema alone."""
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    from dauchan.settings import database

    settings: dict[str, Any] = database(dsn)
    options = settings["OPTIONS"]
    del options["pool"]
    options["options"] = f"{options.get('options', '')} -c search_path={schema}".strip()
    return DatabaseWrapper(connections.configure_settings({"default": settings})["default"], "default")


def _loaded(stays: Sequence[Stay], keyring: Keyring) -> Engine:
    from dauchan.tracing.engines.sealed_file import SealedFileEngine
    from dauchan.visits.loading import create_visit_table

    create_visit_table()
    return SealedFileEngine(stays, keyring)
