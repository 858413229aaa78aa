"""`dauchan coverage compute`: count the rollout's figures now, those that are due or those of one day."""

import json
from datetime import date, datetime
from pathlib import Path

import click

from dauchan.cli import _installation
from dauchan.kernel import clock


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Coverage: figures of units and agencies by day."""
    context.obj = data_dir


@command.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="Only this local day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def compute(data_dir: Path, day: datetime | None, as_json: bool) -> None:
    """Count today and every day that changed lately; with --day that day, as long as its scans are kept."""
    with _installation.opened(data_dir):
        counted = _count(day.date() if day else None)
    if as_json:
        click.echo(json.dumps({"days": [f"{each:%Y-%m-%d}" for each in counted]}))
    else:
        click.echo(f"counted: {', '.join(f'{each:%d/%m/%Y}' for each in counted) or 'nothing was due'}")


def _count(day: date | None) -> list[date]:
    from dauchan.coverage import actions, computing
    from dauchan.people import vault

    if day is None:
        return actions.count_due(vault.the_keyring(), clock.now())
    return [computing.count_day(day, vault.the_keyring(), clock.now()).day]
