"""`dauchan agencies seed NAME`: bring in a list of agencies that ships with the package."""

from pathlib import Path

import click

from dauchan.cli import _installation
from dauchan.kernel import clock


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Agencies: bring in lists."""
    context.obj = data_dir


@command.command("seed")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Count and check; change nothing.")
@click.pass_obj
def seed(data_dir: Path, name: str, dry_run: bool) -> None:
    """Bring in the list NAME: dak-nong-2021 or lam-dong-2025. Safe to run again.

    Exit status 1 when a line failed.
    """
    with _installation.opened(data_dir):
        from dauchan.agencies import seeds

        brought = seeds.seed(name, now=clock.now(), dry_run=dry_run)
        for line, column, problem in brought.faults:
            click.echo(f"  line {line} [{column}]: {problem.text('en')}")
        click.echo(
            f"{brought.lines} lines = {brought.created} created, {brought.known} known, {len(brought.faults)} failed;"
            f" {brought.guided} guided"
        )
    raise SystemExit(1 if brought.faults else 0)
