"""What was measured, as tables on a terminal and as `docs/benchmarks.md`, against what was promised.

The page is made from `benchmarks.json` beside it, which keeps the newest run of each part, and from `benchmarks.toml`,
where whoever ran it writes why a promise was missed: a sentence by the figure's key.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dauchan.cli._bench.figures import Figure, Part, Table

KEYS = (
    "ingest_single_vs_pgbench", "ingest_batch_vs_pgbench", "ingest_single_vs_django_view", "ingest_single_per_s",
    "ingest_p99_ms", "f1_db_p95_ms", "f1_page_p95_ms", "f2_s", "list_page_p95_ms", "gate_frame_p50_ms",
    "gate_clean_percent", "gate_degraded_percent", "gate_throttled_ms", "gate_first_load_kb", "gate_heap_growth_mb",
    "check_in_first_load_kb", "check_in_requests", "rollout_count_day_s", "rollout_page_p95_ms",
    "rollout_plain_vs_read", "register_import_s", "register_match_s", "visits", "machine",
)  # fmt: skip
"""What `--json` always prints; null for what was not measured."""
PARTS = ("ingest", "trace", "pages", "gate", "rollout", "registers")


@dataclass(frozen=True)
class Goal:
    """One promise: a figure at least, or less than, a number."""

    key: str
    promise: str
    at_least: float | None = None
    below: float | None = None

    def is_met(self, figure: float) -> bool:
        return figure >= self.at_least if self.at_least is not None else figure < (self.below or 0.0)

    @property
    def wanted(self) -> str:
        return f"at least {self.at_least:g}" if self.at_least is not None else f"below {self.below:g}"


GOALS = (
    Goal("ingest_single_vs_pgbench", "single scans a second, against pgbench's single INSERTs", at_least=1.0),
    Goal("ingest_batch_vs_pgbench", "scans a second in batches of 500, against the same", at_least=3.0),
    Goal("ingest_single_vs_django_view", "single scans a second, against a plain Django view", at_least=8.0),
    Goal("f1_db_p95_ms", "F1 of one case in the database, p95 in ms", below=25.0),
    Goal("f1_page_p95_ms", "the page of a case's proposals, p95 in ms", below=150.0),
    Goal("f2_s", "time-respecting F2 of about 600 F1, in s", below=4.0),
    Goal("list_page_p95_ms", "list pages, p95 in ms", below=200.0),
    Goal("gate_frame_p50_ms", "from a camera's frame to the gate's answer, median in ms", below=300.0),
    Goal("gate_clean_percent", "clean frames that are read, in percent", at_least=99.0),
    Goal("gate_degraded_percent", "tilted, dim, dark, noisy, blurred frames that are read, in percent", at_least=90.0),
    Goal("gate_throttled_ms", "the same with the page's processor at a sixth, slowest in ms", below=2000.0),
    Goal("gate_first_load_kb", "first load of the gate app without the decoder, compressed, in kB", below=300.0),
    Goal("check_in_first_load_kb", "first load of the check-in page, over the line, in kB", below=250.0),
    Goal("check_in_requests", "requests of that first load", below=15.0),
    Goal("rollout_count_day_s", "a day's figures of 750,000 places counted, in s", below=60.0),
    Goal("rollout_page_p95_ms", "pages of figures at 750,000 places and 60 days, p95 in ms", below=300.0),
    Goal("register_import_s", "a register's lines read, tried and brought in, in s", below=180.0),
    Goal("gate_heap_growth_mb", "memory that the app gains by 3,000 scans, in MB", below=10.0),
)


class Run(msgspec.Struct, frozen=True):
    """One run of one part: when, how, on what, with what."""

    date: str
    command: str
    machine: str
    programs: str
    part: Part


def merged_figures(runs: Iterable[Run]) -> dict[str, Figure]:
    """All figures of some runs, and every promised key."""
    figures: dict[str, Figure] = dict.fromkeys(KEYS)
    for run in runs:
        figures |= {**run.part.figures, "machine": run.machine}
    return figures


def as_text(run: Run) -> str:
    """One run for a terminal."""
    tables = "\n\n".join(_plain(table) for table in run.part.tables)
    goals = "\n".join(_judged(run.part.figures))
    return "\n\n".join(text for text in (tables, goals) if text)


def write(directory: Path, runs: Iterable[Run]) -> Path:
    """Keep these runs beside those of other parts, and write the page anew."""
    store = directory / "benchmarks.json"
    kept = msgspec.json.decode(store.read_bytes(), type=dict[str, Run]) if store.exists() else {}
    kept |= {run.part.name: run for run in runs}
    store.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    written = directory / "benchmarks.toml"
    reasons = tomllib.loads(written.read_text("utf-8")) if written.exists() else {}
    page = directory / "benchmarks.md"
    page.write_text(as_page(kept, reasons), "utf-8")
    return page


def as_page(runs: Mapping[str, Run], reasons: Mapping[str, str]) -> str:
    """`docs/benchmarks.md`; `reasons` say why a promise was missed, by the figure's key."""
    known = [runs[name] for name in PARTS if name in runs]
    figures = merged_figures(known)
    goals = [[goal.promise, goal.wanted, *_outcome(goal, figures, reasons)] for goal in GOALS]
    head = (
        "# Benchmarks\n\nMade by `dauchan bench` (`script/bench` from a checkout), which prints the same for your"
        " machine; this page is written\nby it and not by hand. Ratios count: both sides ran on this machine within"
        " the same minutes, in turns.\n"
    )
    return "\n".join(
        [head, _markdown(Table("Promises", ["promise", "goal", "here", ""], goals)), *map(_section, known)]
    )


def _section(run: Run) -> str:
    facts = [
        f"`{run.command}`, {run.date}.",
        f"Machine: {run.machine}.",
        f"Programs: {run.programs}.",
    ]
    tables = "\n".join(_markdown(table) for table in run.part.tables)
    return f"## {run.part.name.capitalize()}\n\n" + "\n".join(facts) + f"\n\n{run.part.how}\n\n{tables}"


def _judged(figures: Mapping[str, Figure]) -> list[str]:
    """The promises that these figures are about, each with its outcome."""
    asked = [goal for goal in GOALS if figures.get(goal.key) is not None]
    return [f"{goal.promise}: {' '.join(_outcome(goal, figures))} (goal: {goal.wanted})" for goal in asked]


def _outcome(goal: Goal, figures: Mapping[str, Figure], reasons: Mapping[str, str] = {}) -> tuple[str, str]:
    figure = figures.get(goal.key)
    if not isinstance(figure, int | float):
        return "not measured", ""
    if goal.is_met(figure):
        return f"{figure:,.2f}", "kept"
    reason = reasons.get(goal.key, "")
    return f"{figure:,.2f}", f"**missed**: {reason}" if reason else "**missed**"


def _plain(table: Table) -> str:
    rows = [table.header, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([table.title, *(f"  {line}" for line in lines)])


def _markdown(table: Table) -> str:
    rows = [table.header, ["---"] * len(table.header), *table.rows]
    return f"### {table.title}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
