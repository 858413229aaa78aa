"""`dauchan worker`: what goes on behind the pages - visits, the audit chain, jobs, keys and partitions made ahead.

Each task repeats in a thread of its own; one that fails says so in the log by its name and the kind of error alone, and
tries again after a pause. `dauchan up` runs one worker; a second one elsewhere finds the locks taken and waits.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import click

from dauchan.cli import _retention
from dauchan.cli._children import pause_after
from dauchan.cli._installation import enter
from dauchan.kernel import clock

log = logging.getLogger("dauchan.worker")

IDLE_SECONDS = 0.5
"""How long the deriver rests when nothing is due; visits are about a second behind scans."""
CHAIN_SECONDS = 2.0
CHORES_SECONDS = 900.0
JOIN_SECONDS = 2.0
LAST_SECONDS = 10
"""Once asked to end, the kernel ends the worker after this time, whatever it waits for; all it does is redone whole."""


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
def command(data_dir: Path) -> None:
    """Derive visits, chain the audit, do jobs; run by `dauchan up`."""
    import django

    enter(data_dir)
    django.setup()
    stop = threading.Event()
    tasks = [Repeated(name, step, stop) for name, step in STEPS.items()]
    for task in tasks:
        task.start()
    try:
        asyncio.run(work_off_jobs(stop))
    finally:
        stop.set()
        for task in tasks:
            task.join(timeout=JOIN_SECONDS)


class Repeated(threading.Thread):
    """A step done again and again; each time it says how many seconds it can wait."""

    def __init__(self, name: str, step: Callable[[], float], stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._step, self._stop_asked, self._failures = step, stop, 0

    def run(self) -> None:
        while not self._stop_asked.is_set():
            self._stop_asked.wait(self.once())

    def once(self) -> float:
        """Do the step; returns the seconds to wait, longer after each failure in a row."""
        from django.db import connection

        try:
            seconds = self._step()
        except Exception as error:  # the loop must outlive whatever one round meets
            connection.close()
            self._failures += 1
            log.error("task.failed task=%s error=%s in_a_row=%d", self.name, type(error).__name__, self._failures)
            log.debug("task.failed task=%s", self.name, exc_info=True)
            return pause_after(self._failures)
        self._failures = 0
        return seconds


def derive_visits() -> float:
    """Close days that are over and derive what is due, a batch at a time: midnight never waits for a backlog."""
    from django.conf import settings

    from dauchan.kernel.keyring import open_keyring
    from dauchan.visits.actions import derive_some

    taken = derive_some(open_keyring(settings.INSTALLATION.keyring_dir), clock.now())
    return 0.0 if taken else IDLE_SECONDS


def chain_audit() -> float:
    """Chain the audit rows committed since, and sign the newest."""
    from django.conf import settings

    from dauchan.accounts import chain
    from dauchan.kernel.keyring import open_keyring

    installation = settings.INSTALLATION
    directory = chain.heads_dir(installation.files_dir)
    chained = chain.chain_and_sign(directory, open_keyring(installation.keyring_dir), clock.now())
    return 0.0 if chained else CHAIN_SECONDS


def keep_days() -> float:
    """Make keys and partitions ahead, forget codes that are over, try again what could not be derived.

    returns  the seconds to wait, at the latest until just after midnight
    """
    from django.conf import settings

    from dauchan.kernel.keyring import open_keyring
    from dauchan.people import signing_in
    from dauchan.visits.actions import ensure_days, try_parked_again

    keyring = open_keyring(settings.INSTALLATION.keyring_dir)
    now = clock.now()
    ensure_days(keyring, now)
    signing_in.sweep(now)
    try_parked_again()
    return _until_midnight(now)


def destroy_expired() -> float:
    """Destroy what has expired: each night, after a start on a day without a success, when a backup brought it back.

    returns  the seconds to wait, at the latest until just after midnight
    """
    from django.conf import settings

    from dauchan.kernel.keyring import open_keyring
    from dauchan.visits import retention

    keyring, now = open_keyring(settings.INSTALLATION.keyring_dir), clock.now()
    if retention.is_due(keyring, now):
        _retention.run(keyring, now)
    return _until_midnight(now)


def _until_midnight(now: datetime) -> float:
    midnight = clock.day_start(clock.local_day(now) + timedelta(days=1))
    return min(CHORES_SECONDS, (midnight - now).total_seconds() + 1)


STEPS = {"visits": derive_visits, "audit": chain_audit, "days": keep_days, "retention": destroy_expired}


async def work_off_jobs(stop: threading.Event) -> None:
    """Work off the queue of jobs until asked to end; a lost database is tried again."""
    ended = asyncio.Event()

    def asked() -> None:
        signal.alarm(LAST_SECONDS)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)
    failures = 0
    while not ended.is_set():
        worker = asyncio.create_task(_job_worker())
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait({worker, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        failures += 1
        await _finish(worker, failures, ended)
    stop.set()


async def _job_worker() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = cast(DjangoConnector, app.connector)
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            concurrency=2, install_signal_handlers=False, shutdown_graceful_timeout=8, delete_jobs="successful"
        )


async def _finish(worker: "asyncio.Task[None]", failures: int, ended: asyncio.Event) -> None:
    """End the job worker in order; when it ended by itself, say so and wait before the next."""
    if not worker.done():
        worker.cancel()
    (outcome,) = await asyncio.gather(worker, return_exceptions=True)
    if ended.is_set():
        return
    log.error("task.failed task=jobs error=%s in_a_row=%d", type(outcome).__name__, failures)
    try:
        await asyncio.wait_for(ended.wait(), pause_after(failures))
    except TimeoutError:
        return
