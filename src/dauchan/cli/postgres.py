"""`dauchan postgres PROGRAM ...`: one of PostgreSQL's own programs (psql, pg_dump) on this installation's database."""

import os
import subprocess
from pathlib import Path

import click
from psycopg.conninfo import conninfo_to_dict, make_conninfo

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
        address, password = apart(dsn)
        environment = {**os.environ, "PGPASSWORD": password} if password else None
        command_line = [str(found), f"--dbname={address}", *arguments]
        ended = subprocess.run(command_line, env=environment, check=False)  # noqa: S603  the operator's own
    context.exit(ended.returncode)


def apart(dsn: str) -> tuple[str, str]:
    """A database's address without its password, and the password: everybody on a machine can read arguments."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    password = parts.pop("password", "")
    return make_conninfo("", **parts), password
