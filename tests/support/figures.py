"""Counted days of units and agencies, written as `coverage.computing` would: for pages, which only read them."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from dauchan.coverage.models import CountedDay, DayCounts, PlaceUse
from dauchan.kernel import clock
from dauchan.kernel.search import search_key, sort_key
from dauchan.places.models import Category, Place
from dauchan.units import queries as units
from dauchan.units.models import Agency, Sector, Unit

SECTORS = (Sector.EDUCATION, Sector.HEALTH, Sector.TRADE)
AT = 18
"""The hour at which made-up days were counted."""


def counted(
    kind: str, subject_id: int, day: date, sector: str = "", *, as_of: datetime | None = None, **counts: int | None
) -> DayCounts:
    """One subject's day."""
    at = as_of or clock.day_start(day) + timedelta(hours=AT)
    return DayCounts.objects.create(
        day=day,
        kind=kind,
        subject_id=subject_id,
        sector=sector,
        as_of=at,
        **counts,
    )


def registered_place(name: str, lies_in: Unit, *, last_day: date | None, agency: Agency | None = None) -> Place:
    """A place approved long ago and counted, with its last check-in; None where it was never used."""
    now, category = clock.now(), Category.objects.get(code="market")
    place = Place.objects.create(
        name=name,
        unit=lies_in,
        category=category,
        agency=agency,
        address="1 Lê Duẩn",
        state="approved",
        search_key=f" {search_key(name)}",
        sort_key=sort_key(name),
        created_at=now,
        updated_at=now,
    )
    use = {"sector": category.sector, "open_from": clock.local_day(now) - timedelta(days=60), "last_day": last_day}
    PlaceUse.objects.create(place=place, unit_id=lies_in.pk, agency_id=agency.pk if agency else None, **use)
    return place


def made_up_days(top: Unit, days: Iterable[date], *, seed: int = 1) -> None:
    """Days of a unit and all below it, the sums right; every seventh commune is without a scan."""
    chance, rows = random.Random(seed), []
    for day in days:
        tree = units.in_force(day).filter(path__startswith=f"{top.path}.")
        communes = [unit for unit in tree.order_by("path") if unit.level == "commune"] or [top]
        counts: dict[tuple[int, str], dict[str, int]] = {}
        for number, commune in enumerate(communes):
            for sector in ("", *SECTORS):
                size = 1 if sector else len(SECTORS)
                mine = _day_of(chance, size, silent=number % 7 == 3)
                for unit_id in (commune.id, *(each.id for each in units.ancestors(commune))):
                    whole = counts.setdefault((unit_id, sector), dict.fromkeys(mine, 0))
                    for name, value in mine.items():
                        whole[name] += value
                counts[commune.id, sector]["days_at_zero"] = 5 if number % 7 == 3 else 0
        at = clock.day_start(day) + timedelta(hours=AT)
        rows += [
            DayCounts(day=day, kind="unit", subject_id=unit_id, sector=sector, as_of=at, **found)
            for (unit_id, sector), found in counts.items()
        ]
        CountedDay.objects.update_or_create(day=day, defaults={"as_of": at, "scans": 0})
    DayCounts.objects.bulk_create(rows)


def _day_of(chance: random.Random, size: int, *, silent: bool) -> dict[str, int]:
    exist = chance.randint(12, 60) * size
    registered = int(exist * chance.uniform(0.5, 0.98))
    approved = int(registered * 0.95)
    active = 0 if silent else int(approved * chance.uniform(0.05, 0.4))
    arrived = active * chance.randint(3, 9)
    return {
        "should_exist": exist,
        "matched": registered,
        "registered": registered,
        "approved": approved,
        "new_places": chance.randint(0, 3),
        "active_day": active,
        "active_7d": int(active * 1.4),
        "silent": approved - min(approved, active * 2),
        "never_used": approved // 6,
        "reporting_zero": approved // 20,
        "not_reporting": approved - active,
        "first_use_days": approved * 3,
        "used": approved,
        "scans": int(arrived * 1.6),
        "check_ins": arrived,
        "check_outs": int(arrived * 0.6),
        "people": int(arrived * 0.8),
        "reachable": int(arrived * 0.7),
        "residents_with_pass": exist * 20,
        "communes": 1,
        "communes_at_zero": 1 if silent else 0,
        "days_at_zero": 0,
        "agencies": 3,
        "attested": chance.randint(0, 3),
        "focal_officers": chance.randint(0, 3),
    }
