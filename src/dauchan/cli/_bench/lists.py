"""A full province's lists: many places and many contacts, written in bulk through the models."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import models

from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.kernel.search import sort_key
from dauchan.places.models import Category, Place
from dauchan.places.storing import place_search_key
from dauchan.tracing.models import Contact, EvidenceClass, Grade, Source
from dauchan.units.models import Unit
from dauchan.units.queries import children, unit_by_code

PROVINCE = "68"
"""Lâm Đồng, with the communes of the former Đắk Nông."""
KINDS = ("Quán cà phê", "Trường tiểu học", "Chợ", "Nhà thuốc", "Quán phở", "Uỷ ban nhân dân", "Siêu thị", "Trạm y tế")
NAMES = ("Hoà Bình", "Đức Xuyên", "Ánh Dương", "Thanh Thuỷ", "Bảo Lộc", "Nguyên Hưng", "Quảng Phú", "Ý Linh", "Ông Bảy")
STATES = ("approved",) * 17 + ("pending", "suspended", "closed")
CONTACTS_A_CASE = 500
AT_ONCE = 5000
Row = TypeVar("Row", bound=models.Model)


def communes(now: datetime) -> list[Unit]:
    """The communes of the province, in order."""
    today = clock.local_day(now)
    province = unit_by_code(PROVINCE, today)
    assert province is not None
    return [unit for unit in children(province, today) if unit.level == "commune"]


def write_places(count: int, units: Sequence[Unit], now: datetime, say: Callable[[str], None]) -> None:
    """That many places, named and spread like a province's."""
    categories = list(Category.objects.values_list("pk", flat=True))
    chance = random.Random(1)  # noqa: S311  repeatable, nothing secret
    _write(Place, (_place(number, units, categories, chance, now) for number in range(count)), count, say)


def _place(
    number: int, units: Sequence[Unit], categories: Sequence[int], chance: random.Random, now: datetime
) -> Place:
    name = f"{chance.choice(KINDS)} {chance.choice(NAMES)} {number % 5000}"
    address = f"Số {number % 400}, thôn {number % 17}"
    return Place(
        name=name,
        address=address,
        category_id=chance.choice(categories),
        unit=chance.choice(units),
        state=chance.choice(STATES),
        search_key=place_search_key(name, address),
        sort_key=sort_key(name),
        created_at=now,
        updated_at=now,
    )


def write_contacts(
    count: int, people: Sequence[UUID], units: Sequence[Unit], by: Officer, now: datetime, say: Callable[[str], None]
) -> None:
    """That many contacts of as many cases as they need, five hundred each."""
    cases = _write_cases(max(count // CONTACTS_A_CASE, 1), people, units, by, now)
    chance = random.Random(2)  # noqa: S311  repeatable, nothing secret
    _write(Contact, (_contact(number, cases, people, units, by, chance, now) for number in range(count)), count, say)


def _write_cases(count: int, people: Sequence[UUID], units: Sequence[Unit], by: Officer, now: datetime) -> list[Case]:
    today = clock.local_day(now)
    cases = [
        Case(
            code=f"BENCH-{number}",
            year=2000,
            number=number,
            person_id=people[number % len(people)],
            unit=units[number % len(units)],
            onset_on=today - timedelta(days=5),
            confirmed_on=today - timedelta(days=number // len(people)),
            period_start=now - timedelta(days=7),
            period_end=now,
            ruleset="11042@bench",
            confirmed_by=by,
            recorded_at=now,
        )
        for number in range(count)
    ]
    return Case.objects.bulk_create(cases, batch_size=AT_ONCE)


def _contact(
    number: int,
    cases: Sequence[Case],
    people: Sequence[UUID],
    units: Sequence[Unit],
    by: Officer,
    chance: random.Random,
    now: datetime,
) -> Contact:
    """Each case's contacts are people in a row, so that nobody comes twice; the evidence is never opened here."""
    case = number // CONTACTS_A_CASE % len(cases)
    person = people[(case * 37 + number % CONTACTS_A_CASE) % len(people)]
    return Contact(
        case=cases[case],
        person_id=person,
        grade=chance.choice([Grade.CLOSE, Grade.CASUAL, Grade.VENUE_NOTICE]),
        generation=chance.choice([1, 1, 2]),
        source=Source.VISITS,
        evidence_class=EvidenceClass.CLOSE,
        certain_minutes=chance.randrange(90),
        possible_minutes=120,
        residence=chance.choice(units),
        evidence=b"bench",
        ruleset="11042@bench",
        decided_by=by,
        decided_at=now,
    )


def _write(model: type[Row], rows: Iterator[Row], count: int, say: Callable[[str], None]) -> None:
    done = 0
    while some := list(islice(rows, AT_ONCE)):
        model._default_manager.bulk_create(some)
        done += len(some)
        if done % (20 * AT_ONCE) == 0:
            say(f"{model._meta.verbose_name_plural}: {done:,} of {count:,}")
