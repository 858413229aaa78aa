"""What one part of the benchmark hands back: figures by name, and tables for readers."""

from collections.abc import Sequence

import msgspec

Figure = float | int | str | None


class Table(msgspec.Struct, frozen=True):
    """One table of a report, cells as they shall be read."""

    title: str
    header: list[str]
    rows: list[list[str]]


class Part(msgspec.Struct, frozen=True):
    """One part's outcome. `figures` is what `--json` prints; `how` says what was compared and how."""

    name: str
    figures: dict[str, Figure]
    tables: list[Table]
    how: str


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; the largest for a share of 1.

    raises   ValueError when there are no values
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
