"""How long list pages take on a full province's lists: Django's test client, every middleware, real templates.

Each address is opened again and again, first pages and pages far down, by an officer of one commune, one of the
province's department, and one who sees everything.
"""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from django.db.models import Max, Min, Model
from django.test import Client

from dauchan.accounts.actions import Scope
from dauchan.cli._bench import lists
from dauchan.cli._bench.desk import officer_with, seconds_for, signed_in
from dauchan.cli._bench.figures import Figure, Part, Table, milliseconds, percentile
from dauchan.cli._bench.machine import memory_mb
from dauchan.cli._bench.scratch import Scratch
from dauchan.cli._bench.town import register_people
from dauchan.places.models import Category, Place
from dauchan.tracing.models import Contact
from dauchan.units.models import Unit

Say = Callable[[str], None]

PEOPLE = 20_000
TIMES, TIMES_WHEN_FEW = 25, 3
FEW = 50_000
"""Lists shorter than this are for trying it out, and opened fewer times."""
WORDS = ("hoa binh", "Đức Xuyên 12", "cho", "nha thuoc bao", "y linh 4999", "khong co noi nay")


@dataclass
class Listed:
    """Seconds by officer and list."""

    rows: int
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    @property
    def all(self) -> list[float]:
        return [each for some in self.seconds.values() for each in some]


def measure(scratch: Scratch, *, rows: int, now: datetime, say: Say) -> Part:
    """The part `pages`."""
    found = run_pages(scratch, rows=rows, now=now, say=say)
    own = memory_mb(os.getpid())
    figures: dict[str, Figure] = {
        "list_rows": rows,
        "list_page_p50_ms": percentile(found.all, 0.5) * 1000,
        "list_page_p95_ms": percentile(found.all, 0.95) * 1000,
        "list_page_worst_ms": max(found.all) * 1000,
        "memory_pages_mb": own,
    }
    rows_read = [[*who, *map(milliseconds, _spread(some))] for who, some in found.seconds.items()]
    table = Table("List pages", ["officer", "list", "p50", "p95", "most"], rows_read)
    how = HOW.format(rows=rows, a_case=lists.CONTACTS_A_CASE, times=TIMES, memory=own)
    return Part("pages", figures, [table], how)


def _spread(seconds: Sequence[float]) -> tuple[float, float, float]:
    return percentile(seconds, 0.5), percentile(seconds, 0.95), max(seconds)


HOW = """\
- {rows:,} places in the communes of Lâm Đồng and {rows:,} contacts of cases with {a_case} each, written through the
  models, then vacuumed once.
- Django's test client in one process: every middleware, permissions, real templates, masked identities. Every list
  {times} times, with other words, places and pages each time, after one request that warms up.
- Officers: of one commune, of the province, and one whose role reaches everything.
- The process that rendered them all holds {memory:,.0f} MB.
"""


def run_pages(scratch: Scratch, *, rows: int, now: datetime, say: Say) -> Listed:
    """Write the lists, then open their pages."""
    units = lists.communes(now)
    ids = register_people(scratch, min(PEOPLE, max(rows // 10, lists.CONTACTS_A_CASE)), now, say)
    people = [UUID(bytes=ids[start : start + 16]) for start in range(0, len(ids), 16)]
    everywhere = officer_with("province_health_officer", Scope("all"), now)
    officers = {
        "all": everywhere,
        "province": officer_with("province_health_officer", Scope("unit", str(units[0].parent_id)), now),
        "commune": officer_with("commune_health_officer", Scope("unit", str(units[0].pk)), now),
    }
    lists.write_places(rows, units, now, say)
    lists.write_contacts(rows, people, units, everywhere, now, say)
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")
    listed = Listed(rows)
    for name, officer in officers.items():
        client = signed_in(officer)
        for what, addresses in _addresses(units, TIMES if rows >= FEW else TIMES_WHEN_FEW).items():
            listed.seconds[name, what] = _open(client, addresses)
            say(f"{name}: {what}")
    return listed


def _open(client: Client, addresses: list[str]) -> list[float]:
    """Seconds for each of these addresses, after one that warms up."""
    seconds_for(client, addresses[0])
    return [seconds_for(client, address) for address in addresses]


def _addresses(units: Sequence[Unit], count: int) -> dict[str, list[str]]:
    """What is opened, by the kind of list, each so many times."""
    chance = random.Random(3)  # noqa: S311  repeatable, nothing secret
    places, contacts = _some(Place, chance, count), _some(Contact, chance, count)
    categories = list(Category.objects.values_list("pk", flat=True))
    times = range(count)
    return {
        "places": ["/dia-diem" for _ in times],
        "places, far down": [f"/dia-diem?after={chance.choice(places)}" for _ in times],
        "places, by words": [f"/dia-diem?{urlencode({'q': WORDS[number % len(WORDS)]})}" for number in times],
        "places, of one setting, closed": [
            f"/dia-diem?category={chance.choice(categories)}&state=closed" for _ in times
        ],
        "places, of one commune": [f"/dia-diem?unit={chance.choice(units).pk}" for _ in times],
        "contacts": ["/tiep-xuc" for _ in times],
        "contacts, far down": [f"/tiep-xuc?after={chance.choice(contacts)}" for _ in times],
        "contacts, second generation": [f"/tiep-xuc?generation=2&after={chance.choice(contacts)}" for _ in times],
        "contacts, of one commune": [f"/tiep-xuc?residence={chance.choice(units).pk}" for _ in times],
        "cases": ["/ca-benh" for _ in times],
    }


def _some(model: type[Model], chance: random.Random, count: int) -> list[int]:
    """Ids of some rows, from anywhere in the list."""
    ends = model._default_manager.aggregate(low=Min("pk"), high=Max("pk"))
    return [chance.randint(ends["low"], ends["high"]) for _ in range(count)]
