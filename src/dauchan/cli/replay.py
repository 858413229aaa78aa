"""`dauchan replay`: sends a visits or scans file through the public API, as an integrator's program would.

Sending a file twice doubles nothing: ids follow from the file's name, the line and the direction. How to use it:
docs/reference/replay.md.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dauchan.cli import _sending
from dauchan.cli._remote import Remote
from dauchan.cli._sending import STATUSES, Scan, Spot, Tally
from dauchan.cli.trace import Day
from dauchan.kernel.errors import BadInput
from dauchan.tracing.plainfile import REPEATED, Rejected

LONG_STAYS = ((480, "other"), (1440, "hospital"))
"""The setting for places of a file by the longest stay, in minutes, that the setting believes (to the whole minute)."""
LONGEST_STAYS = "quarantine"
NO_TRY_OUT = "not_try_out"


class NotTryOut(BadInput):
    kind = NO_TRY_OUT
    vi = "Máy chủ này không phải bản dùng thử: --register chỉ dành cho dữ liệu giả. Không có gì được gửi."
    en = "This server is no try-out: --register is for made-up data only. Nothing was sent."


class NoServer(BadInput):
    kind = "no_server"
    vi = "Hãy cho --url và --token, hoặc --data-dir của một bản dùng thử đang chạy trên máy này."
    en = "Give --url and --token, or the --data-dir of a try-out that runs on this machine."


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", metavar="URL", help="The server, like https://host; default: the one that runs in --data-dir.")
@click.option("--token", envvar="DAUCHAN_TOKEN", metavar="TOKEN", help="An integrator's token (or DAUCHAN_TOKEN).")
@click.option("--register", is_flag=True, help="Register the file's people and places first; only in a try-out.")
@click.option("--unit", default="24611", show_default=True, metavar="CODE", help="Commune of the registered places.")
@click.option("--category", metavar="CODE", help="Setting of the registered places; default: by their longest stay.")
@click.option("--shift-to", type=Day(), metavar="DATE", help="Move all times by whole days: the last day is DATE.")
@click.option("--from-line", default=0, metavar="N", help="Leave out the lines before N (to go on where one stopped).")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="A try-out on this machine.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(
    context: click.Context,
    file: Path,
    url: str | None,
    token: str | None,
    register: bool,
    unit: str,
    category: str | None,
    shift_to: date | None,
    from_line: int,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Send FILE, a CSV of visits or scans, to a server; sending it again doubles nothing.

    Visits: person, place, point, arrived_at, departed_at. Scans: person, place, point, at, direction (in, out).
    """
    remote = _remote(url, token, data_dir)
    if register and not remote.get("/api/v1/installation")["try_out"]:
        raise NotTryOut
    tally, rejected = Tally(), list[Rejected]()
    scans = _sending.scans_of_file(file, rejected)
    _count_unread(rejected, tally)
    if shift_to is not None:
        scans = _sending.shifted(scans, shift_to)
    with _stoppable(tally):
        _send_all(remote, scans, file.name, tally, register=(unit, category) if register else None, first=from_line)
    _report(tally, as_json=as_json)
    context.exit(1 if tally.failed else 0)


def _remote(url: str | None, token: str | None, data_dir: Path | None) -> Remote:
    """The server named, or the try-out that runs on this machine with an integrator's token of its own.

    raises   NoServer
    """
    if data_dir is not None and not (url and token):
        from dauchan.cli._try_out import integrator_token, running_at

        url = url or running_at(data_dir)
        token = token or integrator_token(data_dir)
    if not url or not token:
        raise NoServer
    return Remote(url, token)


def _count_unread(rejected: Sequence[Rejected], tally: Tally) -> None:
    for bad in rejected:
        repeated = bad.reason.startswith(REPEATED)
        reason = f"{bad.column}: {bad.reason}" if bad.column else bad.reason
        tally.add(bad.line, "duplicate" if repeated else "rejected", "line", reason)


def _send_all(
    remote: Remote, scans: list[Scan], source: str, tally: Tally, *, register: tuple[str, str | None] | None, first: int
) -> None:
    with progress() as bar:
        spots = _register(remote, scans, tally, bar, *register) if register else {}
        left = [scan for scan in scans if scan.line >= first]
        sending = bar.add_task("scans", total=len(left))
        _sending.send(remote, left, spots, source, tally, lambda done: bar.advance(sending, done))


def _register(
    remote: Remote, scans: list[Scan], tally: Tally, bar: Progress, unit: str, category: str | None
) -> dict[Spot, int]:
    """Register the file's places and people; what is refused counts as rejected."""
    outcomes = Tally()
    settings = _settings(scans)
    places = [
        {
            "external_code": place,
            "name": place,
            "unit": unit,
            "category": category or settings.get(place, LONG_STAYS[0][1]),
            "points": [
                {"external_code": point, "name": "" if point == _sending.MAIN_POINT else point} for point in points
            ],
        }
        for place, points in _sending.points_of_places(scans).items()
    ]
    people = [{"reference": person, "name": f"(Giả) {person}"} for person in sorted({scan.person for scan in scans})]
    at_places, at_people = bar.add_task("places", total=len(places)), bar.add_task("people", total=len(people))
    spots = _sending.register_places(remote, places, outcomes, lambda done: bar.advance(at_places, done))
    _sending.register_people(remote, people, outcomes, lambda done: bar.advance(at_people, done))
    for trouble in outcomes.troubles:
        if trouble.status in ("failed", "rejected"):
            tally.add(trouble.line, "rejected", trouble.code, trouble.message)
    return spots


def _settings(scans: Sequence[Scan]) -> dict[str, str]:
    """For each place the setting that believes the longest stay that the file tells of it."""
    arrived: dict[tuple[str, str], Scan] = {}
    longest: dict[str, timedelta] = {}
    for scan in sorted(scans, key=lambda scan: (scan.at, scan.direction == "out")):
        if scan.direction == "in":
            arrived[scan.person, scan.place] = scan
        elif (since := arrived.pop((scan.person, scan.place), None)) is not None:
            longest[scan.place] = max(longest.get(scan.place, timedelta()), scan.at - since.at)
    return {place: _setting(stay.total_seconds() / 60) for place, stay in longest.items()}


def _setting(minutes: float) -> str:
    return next((category for longest, category in LONG_STAYS if minutes < longest - 1), LONGEST_STAYS)


@contextmanager
def _stoppable(tally: Tally) -> Iterator[None]:
    """Ctrl-C, or a server that stays away, says how far it came before it ends."""
    try:
        yield
    except BaseException:
        if tally.through:
            click.echo(f"answered up to line {tally.through}; go on with --from-line {tally.through}", err=True)
        raise


def progress() -> Progress:
    """A bar for each thing sent, on the error stream."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _report(tally: Tally, *, as_json: bool) -> None:
    counts: dict[str, Any] = {status: tally.counts[status] for status in STATUSES}
    if as_json:
        click.echo(json.dumps({**counts, "troubles": [asdict(each) for each in tally.troubles]}, ensure_ascii=False))
        return
    click.echo("  ".join(f"{status} {count}" for status, count in counts.items()))
    for each in tally.troubles:
        click.echo(f"  line {each.line}: {each.status} {each.code} {each.message}".rstrip())
    more = sum(counts[status] for status in ("conflict", "kept", "rejected")) - len(tally.troubles)
    if more > 0:
        click.echo(f"  and {more} more")
