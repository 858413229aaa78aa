"""Runs the parts of the benchmark one after another in one scratch installation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dauchan.cli._bench.figures import Part
from dauchan.cli._bench.machine import machine, programs
from dauchan.cli._bench.report import Run
from dauchan.cli._bench.scratch import Scratch, scratch_installation
from dauchan.kernel import clock

Say = Callable[[str], None]
VISITS_A_ROW = 20
"""The lists hold a place and a contact for so many visits: a million each for twenty million."""
FEW = 1_000_000
"""Below so many visits the gate reads few frames: somebody tries the benchmark."""
PLACES_A_VISIT = 0.0375
"""The rollout has so many places for a visit: 750,000 for twenty million."""


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    visits: int
    seconds: float
    rounds: int


def run_parts(names: Sequence[str], size: Size, directory: Path, command: str, say: Say) -> list[Run]:
    """Measure these parts."""
    where, now = machine(directory), clock.now()
    say(where)
    with scratch_installation(directory, now) as scratch:
        what = programs(scratch.dsn)
        say(what)
        return [
            Run(f"{clock.local_day(now):%d/%m/%Y}", command, where, what, _measured(name, scratch, size, say))
            for name in names
        ]


def _measured(name: str, scratch: Scratch, size: Size, say: Say) -> Part:
    now = clock.now()
    if name == "ingest":
        from dauchan.cli._bench.ingest import measure

        return measure(scratch, seconds=size.seconds, rounds=size.rounds, now=now, say=say)
    if name == "trace":
        from dauchan.cli._bench.trace import measure as measure_traces

        return measure_traces(scratch, visits=size.visits, now=now, say=say)
    if name == "gate":
        from dauchan.cli._bench.gate import measure as measure_gate

        return measure_gate(scratch, few=size.visits < FEW, now=now, say=say)
    if name == "rollout":
        from dauchan.cli._bench.rollout import measure as measure_rollout

        return measure_rollout(scratch, places=max(int(size.visits * PLACES_A_VISIT), 1000), now=now, say=say)
    if name == "registers":
        from dauchan.cli._bench.registers import measure as measure_registers

        return measure_registers(scratch, rows=max(size.visits // VISITS_A_ROW, 1000), now=now, say=say)
    from dauchan.cli._bench.pages import measure as measure_pages

    return measure_pages(scratch, rows=max(size.visits // VISITS_A_ROW, 1000), now=now, say=say)
