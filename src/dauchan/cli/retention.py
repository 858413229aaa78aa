"""`dauchan retention`: destroy what has expired, and say how that stands. The worker does it by itself each night."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from dauchan.cli import _installation
from dauchan.cli._keyring_archive import LONGEST_AGE_DAYS
from dauchan.kernel import clock


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Retention: what has expired is destroyed, never kept in silence."""
    context.obj = data_dir


@command.command()
@click.pass_obj
def run(data_dir: Path) -> None:
    """Destroy expired days and the people of whom nothing is left; safe beside a running installation."""
    with _installation.opened(data_dir) as installation:
        from dauchan.cli import _retention
        from dauchan.kernel.keyring import open_keyring

        done = _retention.run(open_keyring(installation.keyring_dir), clock.now())
    click.echo(f"{done.days_destroyed} days destroyed, {done.people_erased} people erased")


@command.command()
@click.pass_context
def status(context: click.Context) -> None:
    """How the retention stands; exit code 1 when it is overdue."""
    with _installation.opened(context.obj) as installation:
        from dauchan.kernel.keyring import open_keyring
        from dauchan.tracing import holding
        from dauchan.visits import retention

        keyring, now = open_keyring(installation.keyring_dir), clock.now()
        found = retention.status(keyring, now)
        held = holding.in_force()
        last_destroyed = max(keyring.destroyed(), default=None)
    click.echo(f"kept:              {installation.retention_days} days besides today, from {found.oldest_kept}")
    click.echo(f"oldest readable:   {found.oldest_readable or 'none'}")
    click.echo(f"oldest stored:     {found.oldest_stored or 'none'}")
    click.echo(f"held by orders:    {held.holds} holds, {held.people} people, {held.stays} copied stays")
    click.echo(f"last success:      {_minute(found.last_success)}")
    click.echo(f"next run:          {_minute(found.next_due)}")
    if found.last_run and found.last_run.error:
        click.echo(f"last run failed:   {_minute(found.last_run.started_at)}, {found.last_run.error}")
    if last_destroyed:
        until = last_destroyed + timedelta(days=installation.retention_days + 1 + LONGEST_AGE_DAYS)
        click.echo(f"unlinkable, too, in backups of the keyring: days to {last_destroyed}, from {until} on")
    if found.overdue:
        click.echo("OVERDUE: is the worker running? See logs/worker.log; `dauchan retention run` does it now.")
        context.exit(1)


def _minute(at: datetime | None) -> str:
    return at.astimezone(clock.LOCAL).strftime("%Y-%m-%d %H:%M") if at else "never"
