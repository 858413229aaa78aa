"""`dauchan doctor`: is this installation strong enough for real people's data? Exit 1 with what to do when it isn't."""

from pathlib import Path

import click

from dauchan.cli._examination import EXAMINATIONS, examine
from dauchan.cli._installation import opened


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Look for what is weak; say what to do about it."""
    with opened(data_dir) as installation:
        findings = examine(installation)
    for finding in findings:
        click.echo(f"{'FAULT' if finding.fault else 'warning'}: {finding.what}\n    {finding.remedy}")
    faults = sum(finding.fault for finding in findings)
    click.echo(f"{len(EXAMINATIONS)} examinations: {faults} faults, {len(findings) - faults} warnings")
    context.exit(1 if faults else 0)
