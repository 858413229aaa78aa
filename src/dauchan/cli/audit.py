"""`dauchan audit`: whether the audit log is as it was written, and its signed heads for another party to keep."""

import sys
from pathlib import Path

import click

from dauchan.cli._installation import opened
from dauchan.kernel import clock

DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="DAUCHAN_DATA_DIR",
    default=".dauchan",
    help="The installation's directory.",
)


@click.group(name="audit")
def command() -> None:
    """Verify and sign the audit log."""


@command.command()
@DATA_DIR
@click.option("--heads", type=click.Path(path_type=Path), help="A directory with heads that somebody else kept.")
def verify(data_dir: Path, heads: Path | None) -> None:
    """Read the whole chain again; exit 1 with the first row that does not fit."""
    with opened(data_dir) as installation:
        from dauchan.accounts import chain
        from dauchan.kernel.keyring import open_keyring

        directory = heads or chain.heads_dir(installation.files_dir)
        found = chain.verify(directory, open_keyring(installation.keyring_dir))
    if not found.ok:
        click.echo(f"NOT AS WRITTEN: {found.message}", err=True)
        sys.exit(1)
    click.echo(f"ok: {found.message}; {found.waiting} waiting to be chained")


@command.command()
@DATA_DIR
def sign(data_dir: Path) -> None:
    """Chain what waits and sign the newest row now, before the heads are copied away."""
    with opened(data_dir) as installation:
        from dauchan.accounts import chain
        from dauchan.kernel.keyring import open_keyring

        directory = chain.heads_dir(installation.files_dir)
        while chain.chain_pending():
            pass
        chain.export_head(directory, open_keyring(installation.keyring_dir), clock.now())
    click.echo(f"signed heads: {directory}")
