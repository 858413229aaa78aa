"""`dauchan registers example`: load the places of Hanoi from OpenStreetMap as an example of a register."""

from pathlib import Path

import click

from dauchan.cli import _installation
from dauchan.kernel import clock


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Registers of places that should use the system."""
    context.obj = data_dir


@command.command()
@click.pass_obj
def example(data_dir: Path) -> None:
    """Load 802 named places of Hanoi as a register to try matching with; loading it again changes nothing.

    © OpenStreetMap contributors, Open Database License (ODbL 1.0), openstreetmap.org/copyright.
    """
    with _installation.opened(data_dir):
        from dauchan.registers.example import SAID, load_example

        brought = load_example(clock.now())
        told = ", ".join(f"{count} {name}" for name, count in brought.counts.items())
        click.echo(f"{told}; lines without a name fail\n{SAID.credit}")
