"""`dauchan bench`: how fast this machine takes scans, finds contacts and shows lists, against what is promised.

Everything happens in an installation made for the run, on this machine alone, and goes with it.
"""

import json
import shlex
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

PARTS = ("ingest", "trace", "pages", "gate", "rollout", "registers")


@click.command()
@click.argument("part", type=click.Choice(PARTS), required=False)
@click.option("--visits", default=20_000_000, show_default=True, type=click.IntRange(1000), help="Visits to trace in.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(1), help="Length of each ingest run.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds of interleaved runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--write", type=click.Path(path_type=Path, file_okay=False), help="Directory for benchmarks.md and .json."
)
@click.option(
    "--scratch", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".", help="Disk to use."
)
def command(
    part: str | None, visits: int, seconds: float, rounds: int, as_json: bool, write: Path | None, scratch: Path
) -> None:
    """Measure this machine; PART is ingest, trace, pages, gate, rollout or registers; all when left out."""
    from dauchan.cli._bench import report, running

    signal.signal(signal.SIGTERM, _end)
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
    size = running.Size(visits=visits, seconds=seconds, rounds=rounds)
    said = shlex.join(["dauchan", *sys.argv[1:]])
    runs = running.run_parts([part] if part else PARTS, size, scratch, said, lambda text: click.echo(text, err=True))
    if write is not None:
        click.echo(f"written: {report.write(write, runs)}", err=True)
    if as_json:
        click.echo(json.dumps(report.merged_figures(runs), ensure_ascii=False, indent=1))
    else:
        click.echo("\n\n".join(report.as_text(run) for run in runs))


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)
