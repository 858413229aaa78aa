"""Registers the people and places that a run needs, the way an integrator and the fast lane do."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg

from dauchan.accounts.actions import create_credential
from dauchan.accounts.models import Credential
from dauchan.cli._bench.scratch import Scratch
from dauchan.kernel import clock
from dauchan.people import subjects
from dauchan.places.bulk import register_places
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units.queries import unit_by_code

COMMUNE = "24611"
"""Phường Bắc Gia Nghĩa, where the made-up places stand."""
AT_ONCE = 1000
PEOPLE_AT_ONCE = 5000


def credential(name: str, scopes: list[str], now: datetime) -> tuple[Credential, str]:
    """An integrator's credential for one day, and its token."""
    until = now + timedelta(days=1)
    return create_credential(kind="integrator", name=name, scopes=scopes, expires_at=until, by=None, now=now)


def register_points(count: int, now: datetime, say: Callable[[str], None]) -> list[tuple[int, int]]:
    """That many places with one point each.

    returns  (place id, point id)
    """
    unit = unit_by_code(COMMUNE, clock.local_day(now))
    assert unit is not None
    category = Category.objects.values_list("pk", flat=True)[0]
    registrar, _ = credential("bench", ["places:register"], now)
    made: list[tuple[int, int]] = []
    for first in range(0, count, AT_ONCE):
        given = [_place(number, unit.pk, category) for number in range(first, min(first + AT_ONCE, count))]
        for outcome in register_places(given, by=registrar, now=now):
            assert outcome.place_id is not None
            made.append((outcome.place_id, outcome.points[0][1]))
        say(f"places: {len(made):,} of {count:,}")
    return made


def _place(number: int, unit_id: int, category_id: int) -> PlaceInput:
    point = PointInput("Cổng 1", external_code="1")
    name, code = f"Quán số {number}", f"bench-{number}"
    return PlaceInput(name=name, unit_id=unit_id, category_id=category_id, external_code=code, points=(point,))


def register_people(scratch: Scratch, count: int, now: datetime, say: Callable[[str], None]) -> bytes:
    """That many people by phone number, as a gate that meets them first makes them.

    returns  their ids, 16 bytes each
    """
    return asyncio.run(_register_people(scratch, count, now, say))


async def _register_people(scratch: Scratch, count: int, now: datetime, say: Callable[[str], None]) -> bytes:
    made: list[bytes] = []
    async with await psycopg.AsyncConnection.connect(scratch.dsn) as connection:
        for first in range(0, count, PEOPLE_AT_ONCE):
            numbers = range(first, min(first + PEOPLE_AT_ONCE, count))
            phones = [subjects.normalise("phone", f"09{number:08}") for number in numbers]
            found = await subjects.resolve(connection, phones, keyring=scratch.keyring, now=now)
            await connection.commit()
            made.extend(person.bytes for person in found.values())
            say(f"people: {len(made):,} of {count:,}")
    return b"".join(made)
