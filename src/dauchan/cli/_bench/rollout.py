"""How long a day's figures take to be counted at the size of the country, and its pages to be read, with growth.

Beside it what one would write without figures counted beforehand: the question put to scans and places at page time.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import psycopg
from django.db import connection

from dauchan.accounts.actions import Scope
from dauchan.cli._bench import lists
from dauchan.cli._bench.desk import officer_with, seconds_for, signed_in
from dauchan.cli._bench.figures import Figure, Part, Table, milliseconds, percentile
from dauchan.cli._bench.offices import write_offices, write_register, write_reports
from dauchan.cli._bench.province import FIGURES, Size, write_past, write_province
from dauchan.cli._bench.rollout_pages import addresses, readers
from dauchan.cli._bench.scratch import Scratch
from dauchan.coverage.computing import count_day
from dauchan.coverage.figures import Subject, figures
from dauchan.kernel import clock
from dauchan.places.models import Category
from dauchan.units.models import Unit
from dauchan.units.queries import in_force

Say = Callable[[str], None]

DAYS = 60
TIMES, TIMES_WHEN_FEW = 20, 1
REPORTS, REPORTS_WHEN_FEW = 59, 2
FEW = 50_000
"""From so many places on, each page is opened `TIMES` times and each province has `REPORTS`."""
REPORTED = ("01", lists.PROVINCE, "79")
"""The provinces that issue reports."""
SHOWN = ("registered", "active_day", "active_day_share", "scans", "check_ins", "people")

PLAIN = """
select place.unit_id, count(*), count(*) filter (where scan.direction = 1), count(distinct scan.token),
       count(distinct place.id)
from visits_scan scan
join places_point point on point.id = scan.point_id
join places_place place on place.id = point.place_id
where scan.day = %(day)s
group by place.unit_id
"""


@dataclass
class Measured:
    """Seconds at one size: counting a day, reading all communes' figures, the same asked plainly, and pages by name."""

    places: int
    counting: float = 0.0
    reading: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    pages: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    @property
    def slowest(self) -> float:
        """The 95th percentile of the page that takes longest, in milliseconds."""
        return max(percentile(some, 0.95) for some in self.pages.values()) * 1000

    @property
    def all_pages(self) -> list[float]:
        return [each for some in self.pages.values() for each in some]


def measure(scratch: Scratch, *, places: int, now: datetime, say: Say) -> Part:
    """The part `rollout`."""
    small, large = run_sizes(scratch, places=places, now=now, say=say)
    ratio = percentile(large.plain, 0.5) / percentile(large.reading, 0.5)
    found: dict[str, Figure] = {
        "rollout_places": large.places,
        "rollout_count_day_s": large.counting,
        "rollout_count_day_tenth_s": small.counting,
        "rollout_page_p50_ms": percentile(large.all_pages, 0.5) * 1000,
        "rollout_page_p95_ms": large.slowest,
        "rollout_page_p95_tenth_ms": small.slowest,
        "rollout_plain_vs_read": ratio,
    }
    tables = [_growth(small, large), _pages(large)]
    return Part("rollout", found, tables, HOW.format(days=DAYS, tenth=small.places, places=large.places, times=TIMES))


HOW = """\
- {tenth:,} places, then {places:,}, spread over all communes of today's list, about nine in a hundred in use that day,
  written by sets; {days} days of figures; real tokens, nine people in ten with a phone.
- Counting: one day from scratch in one transaction, with the days before it there, opening every token of the day.
- Reading: six figures of every commune of the list, from the rows counted beforehand; plainly: scans, check-ins,
  people and places in use by commune, asked of scans and places at page time, for one day. A trend of 60 days would
  ask that sixty times; figures of communes only, and none of what the funnel needs from before the day.
- Pages: all of the rollout that are read, with 3,500 agencies, 7,000 officers, 20 documents to 500 agencies each, every
  place in a register, 7,800 inspections, 100,000 readings of guides and 180 reports around them. Django's test client
  in one process, every middleware, real templates, {times} times each after one that warms up, by an officer who sees
  everything, one of a province and the focal officer of a commune. What is promised is of the slowest page.
"""


def run_sizes(scratch: Scratch, *, places: int, now: datetime, say: Say) -> tuple[Measured, Measured]:
    """Measure at a tenth of the places, then at all of them."""
    today = clock.local_day(now)
    communes = list(in_force(today).filter(level="commune").order_by("code"))
    tenth = _size(places // 10)
    whole = _size(places)
    rest = replace(
        whole, **{name: count - getattr(tenth, name) for name, count in vars(whole).items() if name != "zero"}
    )
    by = officer_with("rollout_manager", Scope("all"), now)
    _write(scratch, tenth, communes, today, say)
    write_offices(by, day=today, now=now)
    write_register(by, day=today, now=now)
    count_day(today, scratch.keyring, now)
    write_past(today, DAYS - 1)
    reported = list(in_force(today).filter(code__in=REPORTED))
    write_reports(by, reported, days=REPORTS if places >= FEW else REPORTS_WHEN_FEW, now=now)
    small = _measured(scratch, places // 10, communes, today, now, say)
    _write(scratch, rest, communes, today, say)
    write_register(by, day=today, now=now)
    count_day(today, scratch.keyring, now)
    write_past(today, DAYS - 1)
    return small, _measured(scratch, places, communes, today, now, say)


def _size(places: int) -> Size:
    """What Hanoi's bulletin of 16 December 2021 tells of 750,120 places, for as many as these."""
    share = places / 750_120
    return Size(
        places=places,
        active=max(int(70_639 * share), 1),
        people=max(int(360_864 * share), 1),
        check_ins=max(int(401_733 * share), 2),
        check_outs=int(53_198 * share),
        new_places=int(1_204 * share),
        zero=8,
    )


def _write(scratch: Scratch, size: Size, communes: Sequence[Unit], day: date, say: Say) -> None:
    say(f"rollout: writing {size.places:,} places")
    _forget(scratch)
    settings = list(Category.objects.values_list("pk", flat=True))
    write_province(size, [unit.pk for unit in communes], settings, day=day, keyring=scratch.keyring)


def _forget(scratch: Scratch) -> None:
    """Take away the figures of the smaller size, and those that a worker counted while other parts were measured."""
    with psycopg.connect(scratch.dsn, autocommit=True) as plain:
        plain.execute("truncate " + ", ".join(FIGURES))


def _measured(scratch: Scratch, places: int, communes: Sequence[Unit], day: date, now: datetime, say: Say) -> Measured:
    with psycopg.connect(scratch.dsn, autocommit=True) as plain:
        plain.execute("vacuum (analyze)")
        plain.execute("checkpoint")
    found, times = Measured(places), TIMES if places >= FEW else TIMES_WHEN_FEW
    found.counting = _seconds(lambda: count_day(day, scratch.keyring, now))
    say(f"rollout: a day of {places:,} places in {found.counting:.1f} s")
    subjects = [Subject("unit", unit.pk) for unit in communes]
    for _ in range(times):
        found.reading.append(_seconds(lambda: figures(subjects, SHOWN, day)))
        found.plain.append(_seconds(lambda: _ask_plainly(day)))
    _open_pages(found, communes, now, times, say)
    return found


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ask_plainly(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"day": day})
        cursor.fetchall()


def _open_pages(found: Measured, communes: Sequence[Unit], now: datetime, times: int, say: Say) -> None:
    """Open every page of the rollout, of other rows each time."""
    own = next(unit for unit in communes if unit.path.startswith(f"{lists.PROVINCE}."))
    for reader in readers(own, communes, now):
        client = signed_in(reader.officer)
        for what, some in addresses(reader, times):
            if client.get(some[0]).status_code == 200:  # warms up; else not a page of this officer
                found.pages[reader.name, what] = [seconds_for(client, address) for address in some]
        say(f"rollout: {len(found.pages)} pages, up to those of {reader.name}")


def _growth(small: Measured, large: Measured) -> Table:
    rows = [
        [
            f"{one.places:,}",
            f"{one.counting:.1f} s",
            milliseconds(percentile(one.reading, 0.95)),
            milliseconds(percentile(one.plain, 0.5)),
            milliseconds(percentile(one.all_pages, 0.5)),
            milliseconds(percentile(one.all_pages, 0.95)),
            f"{one.slowest:,.1f} ms",
        ]
        for one in (small, large)
    ]
    read = ["reading, p95", "asked plainly, p50", "pages, p50", "pages, p95", "slowest page, p95"]
    return Table("Figures of the rollout, as they grow", ["places", "counting a day", *read], rows)


def _pages(large: Measured) -> Table:
    rows = [
        [*who, *map(milliseconds, (percentile(some, 0.5), percentile(some, 0.95), max(some)))]
        for who, some in large.pages.items()
    ]
    return Table("Pages of the rollout", ["officer", "page", "p50", "p95", "most"], rows)
