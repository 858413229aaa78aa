"""`dauchan visits`: what is derived from scans, made anew from the scans alone."""

from pathlib import Path

import click

from dauchan.cli import _installation
from dauchan.cli.replay import progress
from dauchan.kernel import clock


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Visits: derived from scans, and rebuilt from them."""
    context.obj = data_dir


@command.command()
@click.pass_obj
def rebuild(data_dir: Path) -> None:
    """Derive all visits again from the scans; the answer is the same, whatever order scans came in.

    Safe beside a running installation: its worker takes turns with this command, and no visit is missing meanwhile.
    """
    with _installation.opened(data_dir) as installation:
        from dauchan.kernel.keyring import open_keyring
        from dauchan.visits.actions import rebuild as rebuild_visits

        keyring = open_keyring(installation.keyring_dir)
        with progress() as bar:
            task = bar.add_task("visits", total=None)
            rebuild_visits(keyring, clock.now(), lambda done, total: bar.update(task, completed=done, total=total))
    click.echo("rebuilt")
