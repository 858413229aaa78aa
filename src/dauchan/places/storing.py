"""How changed places are written down: many in one statement, dated from tomorrow, told to the gates."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from dauchan.kernel.search import search_key, sort_key
from dauchan.places.models import Place

COLUMNS = (
    "name",
    "address",
    "latitude",
    "longitude",
    "capacity",
    "opening_hours",
    "category_id",
    "agency_id",
    "owner_id",
    "unit_id",
)


def place_search_key(name: str, address: str) -> str:
    """What a search goes through: name and address without accents, a blank before every word also the first.

    So a search for one or two letters can ask for words that begin with them, which trigrams can answer.
    """
    return f" {search_key(f'{name} {address}')}"


STORE = """
update places_place place
set name = given.name,
    address = given.address,
    latitude = given.latitude,
    longitude = given.longitude,
    capacity = given.capacity,
    opening_hours = nullif(given.opening_hours, 'null'::jsonb),
    category_id = given.category_id,
    agency_id = given.agency_id,
    owner_id = given.owner_id,
    unit_id = given.unit_id,
    search_key = given.search_key,
    sort_key = given.sort_key,
    updated_at = %s
from jsonb_to_recordset(%s::jsonb) as given(
    id bigint, name text, address text, latitude float8, longitude float8, capacity int, opening_hours jsonb,
    category_id bigint, agency_id bigint, owner_id uuid, unit_id bigint, search_key text, sort_key text
)
where place.id = given.id
"""


def store(places: Sequence[Place], now: datetime) -> None:
    """Write the present fields of many places in one statement, their keys for searching and sorting anew."""
    if not places:
        return
    rows = [
        {column: getattr(place, column) for column in COLUMNS}
        | {"id": place.pk, "search_key": place_search_key(place.name, place.address), "sort_key": sort_key(place.name)}
        for place in places
    ]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [now, json.dumps(rows, default=str)])


FORGET_PLANNED_PERIOD = "delete from places_placeperiod where place_id = any(%(places)s) and valid_from = %(day)s"
END_PERIOD = """
update places_placeperiod
set valid_to = %(day)s
where place_id = any(%(places)s) and (valid_to is null or valid_to = %(day)s)
"""
BEGIN_PERIOD = """
insert into places_placeperiod (place_id, valid_from, category_id, opening_hours)
select id, %(day)s, category_id, opening_hours
from places_place
where id = any(%(places)s)
"""


def begin_periods(place_ids: Sequence[int], day: date) -> None:
    """Let the present setting and hours of these places hold from a day on; the days before keep what held then.

    The day is tomorrow, never today: visits of a day that has begun must come out the same when derived again.
    """
    values: dict[str, Any] = {"places": sorted(set(place_ids)), "day": day}
    with connection.cursor() as cursor:
        for statement in (FORGET_PLANNED_PERIOD, END_PERIOD, BEGIN_PERIOD):
            cursor.execute(statement, values)


def tell_gateways() -> None:
    """Make every gate read the points again, once this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('dauchan_gateway', 'points')")
