"""`dauchan postgres PROGRAM ...`: one of PostgreSQL's own programs (psql, pg_dump) on this installation's database."""

import os
import subprocess
from pathlib import Path

import click

from dauchan.cli._installation import database
from dauchan.cli._postgres.binaries import find_binaries
from dauchan.cli._postgres.problems import NoBinaries


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, data_dir: Path, program: str, arguments: tuple[str, ...]) -> None:
    """Run psql, pg_dump or another program of PostgreSQL on the database."""
    found = find_binaries().directory / program
    if os.sep in program or not found.exists():
        raise NoBinaries(wanted=program)
    with database(data_dir) as dsn:
        ended = subprocess.run([str(found), f"--dbname={dsn}", *arguments], check=False)  # noqa: S603  the operator's own
    context.exit(ended.returncode)
