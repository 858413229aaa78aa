"""`dauchan places import FILE`: bring a CSV or XLSX file of places in, or only try it."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress

from dauchan.cli import _installation
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem

if TYPE_CHECKING:
    from dauchan.accounts.models import Officer
    from dauchan.places.importing import Tally

MODES = ("create", "fill", "update")
FAULTS_SHOWN = 20


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Places: bring in files."""
    context.obj = data_dir


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count and check; change nothing.")
@click.option(
    "--mapping", default="", metavar="FIELD=COLUMN,...", help="Columns by header or number; guessed otherwise."
)
@click.option(
    "--mode", type=click.Choice(MODES), default="fill", show_default=True, help="What happens to known places."
)
@click.option("--by", "email", default="", metavar="EMAIL", help="The officer who acts; the installation otherwise.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write every error to this XLSX file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_(
    data_dir: Path, file: Path, dry_run: bool, mapping: str, mode: str, email: str, errors: Path | None, as_json: bool
) -> None:
    """Bring a file of places in. Fields: name, category, unit, district, province, address, latitude, longitude,
    owner_name, owner_phone, agency, capacity, opening_hours, external_code, points.

    Exit status 1 when a line failed, 2 when the file can't be read.
    """
    with _installation.opened(data_dir):
        try:
            tally = _bring(file, email, mapping, mode, dry_run, quiet=as_json)
        except Problem as problem:
            raise click.UsageError(problem.text("en")) from problem
        if errors:
            errors.write_bytes(_errors_file(tally))
        click.echo(json.dumps(_summary(tally, dry_run), ensure_ascii=False) if as_json else _told(tally, dry_run))
    raise SystemExit(1 if tally.failed else 0)


def _bring(file: Path, email: str, mapping: str, mode: str, dry_run: bool, *, quiet: bool) -> "Tally":
    from dauchan.places import columns
    from dauchan.places.importing import import_file
    from dauchan.places.sheets import Sheet

    def chosen(sheet: Sheet) -> dict[str, int]:
        return columns.guess(sheet.header) | columns.parse_mapping(mapping, sheet.header)

    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task("Checking" if dry_run else "Bringing in", total=None)
        return import_file(
            file.read_bytes(),
            by=_officer(email, clock.now()),
            mode=mode,
            now=clock.now(),
            dry_run=dry_run,
            mapping=chosen,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _officer(email: str, now: datetime) -> "Officer | None":
    """The officer with this address, active; None for none named.

    raises   NotFound
    """
    from dauchan.accounts.models import Officer

    if not email:
        return None
    officer = Officer.objects.filter(email=email.strip().lower(), is_active=True).first()
    if officer is None:
        raise NotFound(vi="Không có cán bộ nào dùng thư này.", en="No active officer has this address.")
    return officer


def _summary(tally: "Tally", dry_run: bool) -> dict[str, Any]:
    names = ("lines", "created", "matched", "updated", "failed", "blank")
    errors = [
        {"line": fault.line, "column": fault.column, "code": fault.problem.kind, "reason": fault.problem.text("en")}
        for fault in tally.faults
    ]
    return {"dry_run": dry_run} | {name: getattr(tally, name) for name in names} | {"errors": errors}


def _told(tally: "Tally", dry_run: bool) -> str:
    verb = "would be " if dry_run else ""
    counts = ", ".join(f"{getattr(tally, name)} {verb}{name}" for name in ("created", "updated", "matched"))
    shown = [
        f"  line {fault.line} [{fault.column}]: {fault.problem.text('en')}" for fault in tally.faults[:FAULTS_SHOWN]
    ]
    more = len(tally.faults) - len(shown)
    rest = [f"  ... and {more} more; see --errors FILE.xlsx"] if more > 0 else []
    return "\n".join([f"{tally.lines} lines = {counts}, {tally.failed} failed ({tally.blank} blank)", *shown, *rest])


def _errors_file(tally: "Tally") -> bytes:
    from dauchan.kernel.exports import xlsx

    rows = [(fault.line, fault.column, fault.problem.text("vi"), fault.problem.text("en")) for fault in tally.faults]
    return xlsx("Lỗi", ["Dòng", "Cột", "Lý do", "Reason"], rows, expected=len(tally.faults)).content
