"""Contacts of one case among many millions of sealed visits: F1 by the hundred, warm and cold, and F2 once.

"In the database" is the sum of the time that all SQL statements of one question took, answers received. The page is
the case's page of proposals, and the step before it computes, weighs, seals and stores them.
"""

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from dauchan.cli._bench.figures import Figure, Part, Table, milliseconds, percentile
from dauchan.cli._bench.scratch import Scratch
from dauchan.cli._bench.visits import DAYS, EXPONENT, Town, generate, sizes
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval

Say = Callable[[str], None]

RANDOM_CASES, BUSY_CASES, COLD_CASES = 200, 20, 20
PAGES = 50
VISITS_A_CASE = 2000
"""In fewer visits than 400,000, which are for trying it out, fewer cases are asked about."""
F1_WANTED = 600
GROWTH_FROM = 0.1
ONSET_DAYS, CONFIRMED_DAYS = 5, 1
"""The cases: symptoms five days ago, confirmed yesterday, not isolated yet."""


@dataclass(frozen=True)
class Answer:
    """One question answered: how many people, seconds in SQL, seconds in all."""

    people: int
    sql: float
    total: float


@dataclass
class Traced:
    """Everything measured."""

    visits: int
    people: int = 0
    points: int = 0
    generated: float = 0.0
    size_gb: float = 0.0
    before: list[Answer] = field(default_factory=list)
    warm: list[Answer] = field(default_factory=list)
    busy: list[Answer] = field(default_factory=list)
    cold: list[Answer] = field(default_factory=list)
    cold_how: str = ""
    f2: Answer = Answer(0, 0.0, 0.0)
    f2_from: int = 0
    proposed: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)


def measure(scratch: Scratch, *, visits: int, now: datetime, say: Say) -> Part:
    """The part `trace`."""
    found = run_traces(scratch, visits=visits, now=now, say=say)
    warm = [*found.warm, *found.busy]
    figures: dict[str, Figure] = {
        "visits": visits,
        "f1_db_p95_ms": percentile([each.sql for each in warm], 0.95) * 1000,
        "f1_db_p50_ms": percentile([each.sql for each in warm], 0.5) * 1000,
        "f1_cold_db_p95_ms": percentile([each.sql for each in found.cold], 0.95) * 1000,
        "f1_total_p95_ms": percentile([each.total for each in warm], 0.95) * 1000,
        "f1_propose_p95_ms": percentile(found.proposed, 0.95) * 1000,
        "f1_page_p95_ms": percentile(found.pages, 0.95) * 1000,
        "f2_s": found.f2.total,
        "f2_people": found.f2.people,
        "f2_of_f1": found.f2_from,
        "generated_s": found.generated,
    }
    return Part("trace", figures, _tables(found), _how(found))


def _tables(found: Traced) -> list[Table]:
    header = ["cases", "number", "F1: median", "most", "database: p50", "p95", "most", "with all else: p50", "p95"]
    rows = [
        _row(f"{found.visits * GROWTH_FROM:,.0f} visits, random", found.before),
        _row(f"{found.visits:,} visits, random", found.warm),
        _row("through the busiest point", found.busy),
        _row("both", [*found.warm, *found.busy]),
        _row("cold, random", found.cold),
    ]
    f2 = found.f2
    steps = [
        [
            "F2, time-respecting",
            f"{f2.people:,} people by {found.f2_from:,} F1",
            "",
            f"{f2.sql:.2f} s",
            f"{f2.total:.2f} s",
        ],
        _step("propose F1: compute, weigh, seal, store", found.proposed),
        _step("the case's page of proposals", found.pages),
    ]
    return [
        Table("F1 of one case", header, rows),
        Table("F2 and the desk", ["what", "of", "p50", "database, or p95", "in all, or most"], steps),
    ]


def _row(name: str, answers: Sequence[Answer]) -> list[str]:
    people, sql = [each.people for each in answers], [each.sql for each in answers]
    total = [each.total for each in answers]
    figures = [percentile(sql, 0.5), percentile(sql, 0.95), max(sql), percentile(total, 0.5), percentile(total, 0.95)]
    counts = [str(len(answers)), f"{percentile(people, 0.5):,.0f}", f"{max(people):,}"]
    return [name, *counts, *map(milliseconds, figures)]


def _step(name: str, seconds: Sequence[float]) -> list[str]:
    figures = [percentile(seconds, 0.5), percentile(seconds, 0.95), max(seconds)]
    return [name, f"{len(seconds)} cases", *map(milliseconds, figures)]


HOW = """\
- {visits:,} made-up visits of {people:,} people at {points:,} points (zipf, exponent {exponent}) on {days} days, sealed
  under the days' real keys, in the logged, partitioned table ({size_gb:.1f} GB with indexes); written by COPY in
  {generated:,.0f} s, then vacuumed once.
- A case: symptoms {onset} days ago, confirmed {confirmed} day ago, not isolated; the ruleset in force. {random} random
  people, and {busy} who were at the busiest point.
- In the database: the sum of all SQL statements of one question, from sent to received. With all else: opening and
  sealing tokens, joining, the shared rule.
- The page: the case's list of proposals through Django's test client, every middleware and real templates. Before it
  stands the step that an officer waits for once: compute, weigh, seal and store.
- Cold: {cold}; then people nobody had asked about, so that the first ones pay for everything.
"""


def _how(found: Traced) -> str:
    return HOW.format(
        visits=found.visits,
        people=found.people,
        points=found.points,
        exponent=EXPONENT,
        days=DAYS,
        size_gb=found.size_gb,
        generated=found.generated,
        onset=ONSET_DAYS,
        confirmed=CONFIRMED_DAYS,
        random=len(found.warm),
        busy=len(found.busy),
        cold=found.cold_how,
    )


def run_traces(scratch: Scratch, *, visits: int, now: datetime, say: Say) -> Traced:
    """Settle people and places, write a tenth of the visits, ask; write the rest, ask: warm, F2, pages, cold."""
    from dauchan.cli._bench.town import register_people, register_points

    people, points = sizes(visits)
    cases = min(RANDOM_CASES, visits // VISITS_A_CASE)
    places = register_points(points, now, say)
    ids = register_people(scratch, people, now, say)
    town = Town(ids, [point for _, point in places], [place for place, _ in places])
    found = Traced(visits, people=people, points=points)
    some = [UUID(bytes=ids[16 * number : 16 * number + 16]) for number in _chosen(people, cases)]
    started = time.monotonic()
    few = int(visits * GROWTH_FROM)
    days = generate(scratch, town, few, now, say, seed=1)
    found.before = _ask_all(some, now)
    generate(scratch, town, visits - few, now, say, seed=2)
    found.generated = time.monotonic() - started - sum(answer.total for answer in found.before)
    found.size_gb = _size_gb(scratch)
    busy = _visitors(scratch, town.points[0], days[-3], BUSY_CASES)
    _ask_all([*some[:COLD_CASES], *busy[:5]], now)
    found.warm, found.busy = _ask_all(some, now), _ask_all(busy, now)
    say(f"F1 warm: {len(found.warm) + len(found.busy)} cases")
    found.f2_from, found.f2 = _second_generation(some, found.warm, now)
    say(f"F2: {found.f2.people:,} people in {found.f2.total:.1f} s")
    found.proposed, found.pages = _pages(list(dict.fromkeys([*some[: PAGES - 5], *busy[:5]])), now)
    found.cold_how = _chill(scratch)
    found.cold = _ask_all(_fresh(ids, some), now)
    return found


def _chosen(people: int, count: int) -> list[int]:
    return random.Random(5).sample(range(people), min(count, people))  # noqa: S311  repeatable, nothing secret


def _fresh(ids: bytes, asked: Sequence[UUID]) -> list[UUID]:
    """People nobody asked about yet: whatever the machine still remembers is not about them."""
    known = set(asked)
    people = (UUID(bytes=ids[start : start + 16]) for start in range(0, len(ids), 16))
    return [
        person for person, _ in zip((each for each in people if each not in known), range(COLD_CASES), strict=False)
    ]


def period_of(now: datetime) -> tuple[Interval, Any]:
    """The infectious period of every case here, and the ruleset in force."""
    from dauchan.tracing import rules, rulesets

    today = clock.local_day(now)
    confirmed = today - timedelta(days=CONFIRMED_DAYS)
    ruleset = rulesets.in_force(confirmed)
    onset = today - timedelta(days=ONSET_DAYS)
    return rules.infectious_period(onset, None, confirmed, None, ruleset), ruleset


def _ask_all(people: Sequence[UUID], now: datetime) -> list[Answer]:
    return [_ask(person, 1, now) for person in people]


def _ask(person: UUID, generations: int, now: datetime) -> Answer:
    """The question behind a list of proposals, put to the engine as `finding` does."""
    from django.conf import settings

    from dauchan.kernel.keyring import open_keyring
    from dauchan.tracing.engines.base import reach
    from dauchan.tracing.engines.postgres import PostgresEngine

    period, ruleset = period_of(now)
    window = Interval(period.start, now)
    with sql_time() as spent:
        started = time.perf_counter()
        engine = PostgresEngine(open_keyring(settings.INSTALLATION.keyring_dir))
        reached = reach({person: period}, generations, ruleset, engine, window=window)
        return Answer(len(reached), sum(spent), time.perf_counter() - started)


@contextmanager
def sql_time() -> Iterator[list[float]]:
    """Seconds that each SQL statement of this process took, from sent to received, while the block lasts."""
    spent: list[float] = []
    cursors: Any = psycopg.Cursor  # every statement of any cursor passes its `execute`
    execute = cursors.execute

    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*arguments, **options)
        finally:
            spent.append(time.perf_counter() - started)

    cursors.execute = timed
    try:
        yield spent
    finally:
        cursors.execute = execute


def _second_generation(people: Sequence[UUID], first: Sequence[Answer], now: datetime) -> tuple[int, Answer]:
    """F2 of the case whose F1 are nearest to 600.

    returns  how many F1, and the answer
    """
    chosen = min(range(len(people)), key=lambda number: abs(first[number].people - F1_WANTED))
    return first[chosen].people, _ask(people[chosen], 2, now)


def _visitors(scratch: Scratch, point: int, day: date, count: int) -> list[UUID]:
    """People who were at a point on a day."""
    from dauchan.kernel.sealing import unseal_all

    asked = "select distinct token from visits_visit where day = %s and point_id = %s order by token limit %s"
    with psycopg.connect(scratch.dsn) as connection:
        tokens = [row[0] for row in connection.execute(asked, [day, point, count])]
    return unseal_all(scratch.keyring.day_key(day), tokens)


def _size_gb(scratch: Scratch) -> float:
    asked = """
    select sum(pg_total_relation_size(inhrelid)) / 1e9 from pg_inherits where inhparent = 'visits_visit'::regclass
    """
    with psycopg.connect(scratch.dsn) as connection:
        row = connection.execute(asked).fetchone()
    return float(row[0]) if row else 0.0


def _pages(people: Sequence[UUID], now: datetime) -> tuple[list[float], list[float]]:
    """Confirm each as a case, propose contacts, open the page.

    returns  seconds to propose, seconds for the page
    """
    from dauchan.accounts.actions import Scope
    from dauchan.cases.rules import CaseDates
    from dauchan.cli._bench.desk import officer_with, seconds_for, signed_in
    from dauchan.cli._bench.town import COMMUNE
    from dauchan.tracing import runs
    from dauchan.tracing.actions import confirm_case
    from dauchan.units.queries import unit_by_code

    today = clock.local_day(now)
    officer = officer_with("province_health_officer", Scope("all"), now)
    client, unit = signed_in(officer), unit_by_code(COMMUNE, today)
    assert unit is not None
    dates = CaseDates(today - timedelta(days=CONFIRMED_DAYS), onset_on=today - timedelta(days=ONSET_DAYS))
    proposed, pages = [], []
    for person in people:
        case = confirm_case(person, unit, dates, by=officer, now=now)
        started = time.perf_counter()
        runs.work_on(runs.propose_contacts(case, by=officer, now=now, generations=1).pk, now=now)
        proposed.append(time.perf_counter() - started)
        pages.append(seconds_for(client, f"/ca-benh/{case.code}"))
    return proposed, pages


def _chill(scratch: Scratch) -> str:
    """Restart the cluster and let the system forget its files.

    returns  what was done, as a sentence
    """
    from dauchan.cli._installation import leave_database

    leave_database()
    scratch.cluster.stop()
    forgotten = _forget_files(scratch)
    scratch.cluster.start(attach=False)
    return f"the cluster was restarted and the system told to drop its {forgotten:,} files from memory (fadvise)"


def _forget_files(scratch: Scratch) -> int:
    """Drop the cluster's own files from the page cache; nobody else's are touched."""
    subprocess.run(["/bin/sync"], check=True)
    files = [file for file in scratch.cluster.home.data.rglob("*") if file.is_file()]
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
    return len(files)
