"""What all tests share: a database, a keyring and a clock for each module that asks, and nothing for the others.

A module that works on a certain date says so by a constant: `CLOCK = "2021-08-17T08:00+07:00"`. Its installation is
prepared for that day, and its server's clock starts there and ticks.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.database import RUN, Database, Run, installation
from support.database import server as database_server
from support.static_files import collect_once, share
from support.web import serving

from dauchan.kernel import clock as kernel_clock

PURE = ("unit",)
TOUCHES_DJANGO = re.compile(r"django|\.(models|actions|queries|views|forms|api|jobs)\b|import (models|actions|queries)")
_runs: list[Run] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests too")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")
    os.environ.setdefault("DAUCHAN_TRY_OUT", "true")
    if RUN not in os.environ:
        _runs.append(Run())
    share()


def pytest_unconfigure(config: pytest.Config) -> None:
    while _runs:
        _runs.pop().end()


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Set Django up before a module that needs it is imported; pure ones never pay for it."""
    pure = any(part in PURE for part in module_path.parts)
    if not pure or TOUCHES_DJANGO.search(module_path.read_text("utf-8")):
        import django

        django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="runs with --long"))


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """This module's own installation; Django's default connection leads to it."""
    started_at = getattr(request.module, "CLOCK", "")
    kind = "durable" if "faults" in request.path.parts else "fast"
    data_dir = tmp_path_factory.mktemp(request.module.__name__.rpartition(".")[2], numbered=True)
    before = kernel_clock._source
    if started_at:
        kernel_clock.use(kernel_clock._started_at(datetime.fromisoformat(started_at).astimezone(UTC)))
    with database_server(kind).clone(request.path.stem) as dsn, installation(dsn, data_dir, started_at) as made:
        collect_once()
        yield made
    kernel_clock.use(before)


@pytest.fixture(scope="module")
def server(database: Database) -> Iterator[str]:
    """The address of a web process that serves this module's installation."""
    with serving(database, database.data_dir / "web.log") as address:
        yield address


@pytest.fixture
def full_budgets(database: Database) -> None:
    """Nobody has asked for anything yet: what earlier tests spent is forgotten."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("truncate notify_budget")


@pytest.fixture
def derive(database: Database) -> Callable[[], object]:
    """Derive all visits that accepted scans have made due; call it after sending scans."""
    from dauchan.visits.actions import derive_all

    return lambda: derive_all(database.keyring, kernel_clock.now())


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        kernel_clock.use(lambda: self.instant)

    def __call__(self, instant: datetime | str) -> datetime:
        """Set it, to an instant or to its ISO text; without an offset it is local time."""
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        aware = moment if moment.tzinfo else moment.replace(tzinfo=kernel_clock.LOCAL)
        self.instant = aware.astimezone(UTC)
        return self.instant

    def tick(self, **duration: float) -> datetime:
        """Move it on: `tick(minutes=20)`."""
        self.instant += timedelta(**duration)
        return self.instant


@pytest.fixture
def at() -> Iterator[Clock]:
    """A frozen clock for one test: `at("2021-08-17T10:00")`, `at.tick(minutes=20)`."""
    before = kernel_clock._source
    yield Clock(kernel_clock.now())
    kernel_clock.use(before)
