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


@command.command("import-figures")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count and check; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_figures(data_dir: Path, file: Path, dry_run: bool, as_json: bool) -> None:
    """Enter supplied figures (population, phones, installs, staff) from a CSV or XLSX file.

    Exit status 1 when a line failed.
    """
    with _installation.opened(data_dir):
        from dauchan.coverage.supplied_files import import_supplied

        done = import_supplied(file.read_bytes(), by=None, now=clock.now(), dry_run=dry_run)
        faults = [{"line": one.line, "column": one.column, "reason": one.problem.text("en")} for one in done.faults]
    if as_json:
        click.echo(json.dumps({"lines": done.lines, "taken": done.taken, "errors": faults}, ensure_ascii=False))
    else:
        click.echo(f"{done.lines} lines = {done.taken} taken, {done.failed} failed")
        for fault in faults:
            click.echo(f"  line {fault['line']} [{fault['column']}]: {fault['reason']}")
    raise SystemExit(1 if done.failed else 0)
