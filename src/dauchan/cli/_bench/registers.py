"""How long a register takes: its file read, tried and brought in, its entries held against a full province's places.

The entries are made of the places themselves, written otherwise as other offices write them, so that it is known which
place each one is; every fifth is nowhere registered.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import psycopg
from django.db.models import F

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.cli._bench import lists
from dauchan.cli._bench.desk import officer_with, seconds_for, signed_in
from dauchan.cli._bench.figures import Figure, Part, Table, percentile
from dauchan.cli._bench.machine import cpu_seconds, family_cpu_seconds
from dauchan.cli._bench.scratch import Scratch
from dauchan.kernel import clock, exports
from dauchan.kernel.search import search_key
from dauchan.places.models import Place
from dauchan.registers import importing, matching, queries
from dauchan.registers.actions import Said, begin_register
from dauchan.registers.models import Candidate, Entry, Kind, Register

Say = Callable[[str], None]
HEADER = ["Mã", "Tên", "Loại hình", "Xã phường", "Địa chỉ"]
PLACES_AN_ENTRY = 5
COPIES = 7
"""So many more registers of the same size are written straight into the table before the counts are timed."""
TIMES = 15


def measure(scratch: Scratch, *, rows: int, now: datetime, say: Say) -> Part:
    """The part `registers`."""
    manager = officer_with("rollout_manager", Scope("all"), now)
    lists.write_places(rows, lists.communes(now), now, say)
    _vacuum(scratch)
    register = begin_register(Said("Bench", Kind.BUSINESSES, "bench", clock.local_day(now)), by=None, now=now)
    wanted = max(rows // PLACES_AN_ENTRY, 50)
    content = exports.xlsx("Bench", HEADER, _lines(wanted)).content
    spent = _bring(scratch, content, register, manager, now, say)
    figures: dict[str, Figure] = {
        "register_lines": wanted,
        "register_places": rows,
        "register_import_s": sum(spent[step].clock for step in ("read", "tried", "brought in")),
        "register_match_s": spent["matched"].clock,
        "register_right_percent": _right(register),
    }
    _copy(scratch)
    figures |= _reads(register, manager)
    rows_read = [
        [step, f"{each.clock:,.1f}", f"{each.here:,.1f}", f"{each.database:,.1f}"] for step, each in spent.items()
    ]
    header = ["step", "seconds", "processor, this process", "processor, database"]
    table = Table("A register", header, rows_read)
    return Part("registers", figures, [table, _told(figures)], HOW.format(lines=wanted, places=rows, copies=COPIES))


HOW = """\
- A list of {lines:,} lines as XLSX, made of {places:,} places in the communes of Lâm Đồng: every fifth line is nowhere
  registered, of the others half are written as they are registered and half without accents, with another first word or
  without an address.
- Read when it is uploaded, tried (a dry run with every fault), brought in, each as the pages do it; then the search for
  registered places through all communes.
- Right: the likest candidate is the place that the line was made of, among those lines that were made of one.
- For the counts {copies} more registers of that size were written into the table.
"""


def _lines(count: int) -> Iterator[list[str]]:
    """Lines whose code says which place they were made of, or "x" for none."""
    chance = random.Random(4)  # noqa: S311  repeatable, nothing secret
    places = Place.objects.annotate(code=F("unit__code")).order_by("pk").values_list("pk", "name", "address", "code")
    step = max(places.count() // count, 1)
    for number, (pk, name, address, code) in enumerate(islice(places.iterator(5000), 0, count * step, step)):
        if number % 5 == 0:
            yield [f"x{number}", f"Hộ {chance.randrange(10**6)} Nguyễn Thị Mới", "chợ", code, "Đường chưa đặt tên"]
        else:
            yield [f"p{pk}", *_written(name, address, code, chance)]


def _written(name: str, address: str, code: str, chance: random.Random) -> list[str]:
    kind = chance.choice(("same", "same", "same", "plain", "first word", "no address"))
    told = {"plain": search_key(name).upper(), "first word": f"Cơ sở {name.partition(' ')[2]}"}.get(kind, name)
    return [told, "chợ", code, "" if kind == "no address" else address]


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the processors by this process and by the database: others may work beside."""

    clock: float
    here: float
    database: float


def _spent(scratch: Scratch, do: Callable[[], object]) -> Spent:
    own, database, started = cpu_seconds(os.getpid()), family_cpu_seconds(scratch.postmaster), time.perf_counter()
    do()
    took = time.perf_counter() - started
    return Spent(took, cpu_seconds(os.getpid()) - own, family_cpu_seconds(scratch.postmaster) - database)


def _bring(
    scratch: Scratch, content: bytes, register: Register, by: Officer, now: datetime, say: Say
) -> dict[str, Spent]:
    today, runs = clock.local_day(now), []

    def read() -> None:
        runs.append(importing.upload(content, register, file_name="bench.xlsx", by=by, now=now))

    def try_it() -> None:
        (run,) = runs
        importing.plan(run.pk, by=by, mapping=run.mapping, mode=importing.WHOLE, listed_on=today, now=now)
        importing.work_on(run.pk, now=now)

    def bring() -> None:
        importing.start(runs[0].pk, by=by, now=now)
        importing.work_on(runs[0].pk, now=now)

    def match() -> None:
        matching.work_on(matching.ask(register, by=by, now=now).pk, now=now)

    spent = {}
    for step, do in (("read", read), ("tried", try_it), ("brought in", bring), ("matched", match)):
        spent[step] = _spent(scratch, do)
        say(f"{step}: {spent[step].clock:.1f} s")
        _vacuum(scratch)
    return spent


def _right(register: Register) -> float:
    """Of the entries made of a place, how many have it as their likest candidate, in percent."""
    made = Entry.objects.filter(register=register, code__startswith="p")
    ranked = Candidate.objects.filter(entry__in=made).order_by("entry_id", "-score", "place_id")
    likest = ranked.distinct("entry_id").values_list("entry__code", "place_id")
    right = sum(1 for code, place in likest if code == f"p{place}")
    return 100 * right / max(made.count(), 1)


COPY = """
insert into registers_entry (register_id, identity, {columns})
select %(register)s, md5(identity || %(copy)s), {columns}
from registers_entry
where register_id = %(first)s
"""


def _copy(scratch: Scratch) -> None:
    """More registers of the same entries, as if nobody had linked them."""
    first = Register.objects.get(name="Bench")
    own = ("id", "register_id", "identity")
    columns = ", ".join(str(field.column) for field in Entry._meta.concrete_fields if field.column not in own)
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        for number in range(COPIES):
            said = Said(f"Bench {number}", Kind.OTHER, "bench", first.listed_on)
            other = begin_register(said, by=None, now=first.made_at)
            values = {"register": other.pk, "copy": str(number), "first": first.pk}
            connection.execute(COPY.format(columns=columns).encode(), values)
    _vacuum(scratch)


def _reads(register: Register, by: Officer) -> dict[str, Figure]:
    """How long coverage's question and the pages take over all these registers."""
    today = register.listed_on
    started = time.perf_counter()
    should = sum(row.premises for row in queries.should_exist(today))
    counted = time.perf_counter() - started
    client = signed_in(by)
    pages = {
        "list": "/trien-khai/nguon",
        "register": f"/trien-khai/nguon/{register.pk}",
        "search": f"/trien-khai/nguon/{register.pk}?q=hoa+binh+12",
    }
    for address in pages.values():
        seconds_for(client, address)  # warms up
    took = {name: [seconds_for(client, address) for _ in range(TIMES)] for name, address in pages.items()}
    slowest: dict[str, Figure] = {
        f"register_{name}_p95_ms": percentile(each, 0.95) * 1000 for name, each in took.items()
    }
    return slowest | {"register_entries": should, "register_should_exist_ms": counted * 1000}


def _told(figures: dict[str, Figure]) -> Table:
    numbers = ((name, value) for name, value in figures.items() if isinstance(value, float | int))
    rows = [[name.removeprefix("register_"), f"{value:,.1f}"] for name, value in numbers]
    return Table("Figures", ["figure", "value"], rows)


def _vacuum(scratch: Scratch) -> None:
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
