"""Short words for literal scenes of stays, and the engines that they are played on.

An engine joins by a line in `ENGINES`: it is built from stays whose persons, places and points are short texts.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from dauchan.kernel.intervals import Interval
from dauchan.tracing import rulesets
from dauchan.tracing.engines.base import Encounter, Engine, Reached, Stay, reach, sources
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.tracing.rulesets import Ruleset
from dauchan.visits.rules import Confidence, Doubt


def _sealed(stays: list[Stay]) -> Engine:
    """The postgres engine; imported late, for it needs Django and the module's database."""
    from spec.sealed import SealedEngine

    return SealedEngine(stays)


ENGINES: dict[str, Callable[[list[Stay]], Engine]] = {"memory": MemoryEngine, "postgres": _sealed}

ANY_OVERLAP = rulesets.load("any-overlap")
DAY_ZERO = datetime(2026, 11, 19, 17, tzinfo=UTC)
"""Local midnight at which 20 November 2026 begins; scenario times are counted from it."""


def at(clock_time: str) -> datetime:
    """`at("08:10")` on the first day; hours above 23 run into the next days."""
    hours, minutes = clock_time.split(":")
    return DAY_ZERO + timedelta(hours=int(hours), minutes=int(minutes))


def span(text: str) -> Interval:
    """`span("08:00-09:30")` as an interval."""
    start, end = text.split("-")
    return Interval(at(start), at(end))


def stay(line: str) -> Stay:
    """`stay("ana market/2 08:00-09:00")`; a third time is the latest departure: `08:00-09:00-10:00`.

    After the times may stand a confidence, and doubts: `typed shut far`.
    """
    person, spot, times, *sureness = line.split()
    place, _, point = spot.partition("/")
    arrived, seen, *latest = (at(each) for each in times.split("-"))
    found = Stay(person, place, point, arrived, seen, latest[0] if latest else seen)
    for word in map(str.upper, sureness):
        doubts = found.doubts | Doubt[word] if word in Doubt.__members__ else found.doubts
        confidence = Confidence[word] if word in Confidence.__members__ else found.confidence
        found = replace(found, confidence=confidence, doubts=doubts)
    return found


class Tracer:
    """One engine over literal stays, asked in short words."""

    def __init__(self, engine: Callable[[list[Stay]], Engine], lines: str) -> None:
        self.stays = [stay(line) for line in lines.strip().splitlines()]
        self.engine = engine(self.stays)
        self.window = Interval(
            min(each.arrived_at for each in self.stays), max(each.latest_departure for each in self.stays)
        )

    def reach(self, *seeds: str, generations: int = 2, ruleset: Ruleset = ANY_OVERLAP, **kept: Any) -> list[Reached]:
        """Seeds are persons, or `person@08:00-09:00`."""
        found = reach(self._pieces(seeds), generations, ruleset, self.engine, window=self.window, **kept)
        return sorted(found, key=lambda each: (each.generation, str(each.person)))

    def sources(self, *seeds: str, generations: int = 2, ruleset: Ruleset = ANY_OVERLAP) -> list[Reached]:
        found = sources(self._pieces(seeds), generations, ruleset, self.engine, window=self.window)
        return sorted(found, key=lambda each: (each.generation, str(each.person)))

    def _pieces(self, seeds: tuple[str, ...]) -> dict[Any, Interval]:
        split = (seed.partition("@") for seed in seeds)
        return {person: span(times) if times else self.window for person, _, times in split}


def told(found: list[Reached]) -> list[str]:
    """Each person as `F1 ben by ana 42/42 since 08:10`, certain and possible minutes, best instant."""
    return [
        f"F{each.generation} {each.person} by {each.via} {each.certain_minutes:g}/{each.possible_minutes:g}"
        f" since {clock(each.best_at)}"
        for each in found
    ]


def met(encounters: list[Encounter]) -> list[str]:
    """Each encounter as `ana ben market/2 08:10-08:52-09:00`: start, certain until, end."""
    return sorted(
        f"{each.source} {each.target} {each.place}/{each.point} "
        f"{clock(each.start)}-{clock(each.certain_until)}-{clock(each.end)}"
        for each in encounters
    )


def clock(instant: datetime) -> str:
    """The inverse of `at`."""
    minutes = (instant - DAY_ZERO) // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"
