"""What an integrator sends: people, places and scans in batches, and what became of them.

Ids of scans follow from source, line and direction, so that sending a file twice gives duplicates only.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from dauchan.cli._remote import Remote, in_flight
from dauchan.kernel.clock import local_day
from dauchan.kernel.errors import Problem
from dauchan.kernel.ids import deterministic_uuid7
from dauchan.tracing.plainfile import Rejected, ScanLine, is_scans_file, scan_lines, visit_lines

BATCH = 500
"""Scans, people or places a request. Ours."""
SHOWN = 20
"""Reasons told one by one; the rest are counted."""
STATUSES = ("accepted", "duplicate", "conflict", "kept", "rejected")
MAIN_POINT = "(main)"
"""The external code of the point that scans without a point belong to."""

Spot = tuple[str, str]
Item = TypeVar("Item")
Tell = Callable[[int], None]


class NoSuchPoint(Problem):
    kind = "no_such_point"
    vi = "Không biết điểm quét của địa điểm này; hãy ghi số điểm hoặc mã điểm vào cột point, hoặc dùng --register."
    en = "The point of this place is not known: write its number or code into the column point, or use --register."


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan to be sent, from a line of its source."""

    line: int
    person: str
    place: str
    point: str
    at: datetime
    direction: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line that was not simply taken, and why."""

    line: int
    status: str
    code: str
    message: str


@dataclass
class Tally:
    """What became of everything sent so far; `through` is the last line up to which all was answered."""

    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)
    through: int = 0

    def add(self, line: int, status: str, code: str = "", message: str = "") -> None:
        self.counts[status] += 1
        if status not in ("accepted", "duplicate") and len(self.troubles) < SHOWN:
            self.troubles.append(Trouble(line, status, code, message))

    @property
    def failed(self) -> bool:
        return bool(self.counts["rejected"] or self.counts["conflict"])


# --- files ------------------------------------------------------------------------------------------------------------


def scans_of_file(path: Path, rejected: list[Rejected]) -> list[Scan]:
    """The scans that a visits file or a scans file holds, in the order of its lines; bad lines go to `rejected`.

    raises   UnreadableFile
    """
    if is_scans_file(path):
        return [_scan(line, number) for line, number in scan_lines(path, rejected).items()]
    scans = []
    for visit, number in visit_lines(path, rejected).items():
        scans.append(Scan(number, visit.person, visit.place, visit.point, visit.arrived_at, "in"))
        if visit.departed_at is not None:
            scans.append(Scan(number, visit.person, visit.place, visit.point, visit.departed_at, "out"))
    return scans


def _scan(line: ScanLine, number: int) -> Scan:
    return Scan(number, line.person, line.place, line.point, line.at, line.direction)


def shifted(scans: Sequence[Scan], last_day: date) -> list[Scan]:
    """The same scans moved by whole days, so that the last local day of all is this one."""
    if not scans:
        return []
    moved = last_day - max(local_day(scan.at) for scan in scans)
    return [replace(scan, at=scan.at + moved) for scan in scans]


# --- registering ------------------------------------------------------------------------------------------------------


def register_places(
    remote: Remote, places: Sequence[Mapping[str, Any]], tally: Tally, tell: Tell = lambda _: None
) -> dict[Spot, int]:
    """Register places with their points; the number of each point by the external codes of place and point."""
    found: dict[Spot, int] = {}
    for batch, answer in in_flight(
        batches(places), lambda batch: remote.post("/api/v1/places", {"places": batch}), width=1
    ):
        for place, result in zip(batch, answer["results"], strict=True):
            tally.add(0, result["outcome"], result.get("code", ""), result.get("message", ""))
            for point in result.get("points", ()):
                found[place["external_code"], point["external_code"]] = point["id"]
        tell(len(batch))
    return found


def register_people(
    remote: Remote, people: Sequence[Mapping[str, Any]], tally: Tally, tell: Tell = lambda _: None
) -> None:
    """Register people by the sender's own references."""
    for batch, answer in in_flight(
        batches(people), lambda batch: remote.post("/api/v1/people", {"people": batch}), width=2
    ):
        for result in answer["results"]:
            tally.add(0, result["outcome"], result.get("code", ""), result.get("message", ""))
        tell(len(batch))


def points_of_places(scans: Iterable[Scan]) -> dict[str, list[str]]:
    """The points that scans name, by place; a scan without a point stands at the place's main point."""
    points: dict[str, set[str]] = {}
    for scan in scans:
        points.setdefault(scan.place, set()).add(scan.point or MAIN_POINT)
    return {place: sorted(names) for place, names in points.items()}


# --- scans ------------------------------------------------------------------------------------------------------------


def send(
    remote: Remote,
    scans: Iterable[Scan],
    spots: Mapping[Spot, int],
    source: str,
    tally: Tally,
    tell: Tell = lambda _: None,
) -> None:
    """Send scans in batches, a few under way at a time; `tally` holds what became of them, also when this is stopped.

    raises   Refused, ServerAway
    """

    def ask(batch: list[tuple[Scan, dict[str, Any]]]) -> Any:
        return remote.post("/api/v1/scans", {"scans": [body for _, body in batch]})

    for batch, answer in in_flight(batches(_sendable(scans, spots, source, tally)), ask):
        for (scan, _), result in zip(batch, answer["results"], strict=True):
            tally.add(scan.line, result["status"], result.get("code", ""), result.get("message", ""))
        tally.through = batch[-1][0].line
        tell(len(batch))


def _sendable(
    scans: Iterable[Scan], spots: Mapping[Spot, int], source: str, tally: Tally
) -> Iterator[tuple[Scan, dict[str, Any]]]:
    for scan in scans:
        point = point_of(scan, spots)
        if point is None:
            tally.add(scan.line, "rejected", NoSuchPoint.kind, NoSuchPoint.en)
            continue
        yield (
            scan,
            {
                "id": deterministic_uuid7(scan.at, source, str(scan.line), scan.direction),
                "subject": {"kind": "reference", "value": scan.person},
                "point": point,
                "direction": scan.direction,
            },
        )


def point_of(scan: Scan, spots: Mapping[Spot, int]) -> int | str | None:
    """A registered point's number; else what the column point says, when that is a number or a place code."""
    found = spots.get((scan.place, scan.point or MAIN_POINT))
    if found is not None:
        return found
    if scan.point.isascii() and scan.point.isdecimal():
        return int(scan.point)
    return scan.point if len(scan.point) > 40 else None


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """The items in lists of at most this size."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
