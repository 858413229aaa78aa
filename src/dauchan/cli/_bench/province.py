"""A rollout as large as asked, written by sets: places spread over communes, people, and one day's scans.

Which commune a place lies in, whether it is active and who is scanned where follow from its number, so that the sums
are known beforehand. Tokens are real: they open with the day's key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from dauchan.kernel import clock, ids
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all

FIGURES = (
    "coverage_placeday", "coverage_daycounts", "coverage_channelday", "coverage_countedday", "coverage_suppression",
)  # fmt: skip
REGISTERED = timedelta(days=90)
"""So long before the day all places but the new ones were registered."""


@dataclass(frozen=True)
class Size:
    """How much happens: `active` places of all, `people` of whom nine in ten have a phone; `zero` communes without a
    scan are the first of those given. Check-ins are at least as many as active places and as people.
    """

    places: int
    active: int
    people: int
    check_ins: int
    check_outs: int
    new_places: int = 0
    zero: int = 0


PLACES = """
with first as (select coalesce(max(id), 0) as id from places_place), made as (
    insert into places_place (id, name, category_id, unit_id, address, external_source, state, search_key, sort_key,
                              created_at, updated_at)
    overriding system value
    select first.id + number, 'Địa điểm ' || number,
           (%(categories)s::bigint[])[1 + number %% cardinality(%(categories)s::bigint[])],
           (%(communes)s::bigint[])[1 + number %% cardinality(%(communes)s::bigint[])],
           '', '', 'approved', ' dia diem', 'dia diem',
           case when number <= %(new_places)s then %(day_start)s else %(registered)s end, %(registered)s
    from first, generate_series(1, %(places)s) number
    returning id, created_at
), pointed as (
    insert into places_point (place_id, number, name, kind, direction, active_from, serial, needs_poster)
    select id, 1, 'Cổng', 'gate', 'both', created_at, 1, false from made
)
insert into places_placechange (place_id, at, event, from_state, to_state, reason, fields)
select id, created_at, 'registered', '', 'approved', '', '[]' from made
"""
ACTIVE = """
create temporary table bench_active as
select (row_number() over (order by point.id desc))::integer as number, point.id as point_id, place.id as place_id
from places_place place
join places_point point on point.place_id = place.id
where place.unit_id <> all(%(zero)s)
order by point.id desc
limit %(active)s
"""
TOKENS = """
create temporary table bench_token as
select number::integer, token from unnest(%s::bytea[]) with ordinality as given (token, number)
"""
PERSONS = """
with made as (
    insert into people_person (id, created_on, provisional)
    select id, %(day)s, false from unnest(%(ids)s::uuid[]) id
    returning id
)
insert into people_blind_index (hash, person_id, kind, leads)
select sha256(id::text::bytea), id, 'phone', true from made where right(id::text, 1) <> '0'
"""
SCANS = """
insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                         body_hash)
select %(day)s, gen_random_uuid(), token.token, active.point_id, %(direction)s,
       %(day_start)s + make_interval(secs => each.number %% 80000),
       %(day_start)s + make_interval(secs => each.number %% 80000), 'page', 2, false, ''::bytea
from generate_series(0, %(scans)s - 1) as each (number)
join bench_token token on token.number = 1 + each.number %% %(people)s
join bench_active active on active.number = 1 + each.number %% %(active)s
"""
SEQUENCES = """
select setval(pg_get_serial_sequence('places_place', 'id'), max(id)) from places_place
"""
PEOPLE_AT_ONCE = 50_000


@transaction.atomic
def write_province(
    size: Size, communes: Sequence[int], categories: Sequence[int], *, day: date, keyring: Keyring
) -> None:
    """Write places, people and the scans of one day; the ledger must have the day."""
    start = clock.day_start(day)
    asked: dict[str, Any] = vars(size) | {
        "communes": list(communes),
        "categories": list(categories),
        "zero": list(communes[: size.zero]),
        "day": day,
        "day_start": start,
        "registered": start - REGISTERED,
    }
    with connection.cursor() as cursor:
        cursor.execute(PLACES, asked)
        cursor.execute(SEQUENCES)
        cursor.execute("analyze places_place, places_point")
        _write_people(cursor, size.people, day, keyring)
        write_scans(cursor, size, asked)


def write_scans(cursor: Any, size: Size, asked: dict[str, Any]) -> None:
    """Write a day's scans at the places that are active, by the people there are."""
    cursor.execute(ACTIVE, asked)
    cursor.execute("analyze bench_active")
    for direction, scans in ((1, size.check_ins), (2, size.check_outs)):
        cursor.execute(SCANS, asked | {"direction": direction, "scans": scans})
    cursor.execute("drop table bench_active, bench_token")
    cursor.execute("analyze visits_scan")


def _write_people(cursor: Any, people: int, day: date, keyring: Keyring) -> None:
    made = [ids.person_id() for _ in range(people)]
    for begin in range(0, people, PEOPLE_AT_ONCE):
        cursor.execute(PERSONS, {"day": day, "ids": made[begin : begin + PEOPLE_AT_ONCE]})
    cursor.execute("analyze people_person, people_blind_index")
    cursor.execute(TOKENS, [seal_all(keyring.day_key(day), made)])
    cursor.execute("analyze bench_token")


PAST_ROWS = """
insert into {table} ({columns})
select {shifted}
from {table}, generate_series(1, %(days)s) back
where day = %(day)s
"""


def write_past(day: date, days: int) -> None:
    """Copy the figures of a counted day to so many days before it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in FIGURES:
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            shifted = ", ".join("day - back" if column == "day" else column for column in columns)
            statement = PAST_ROWS.format(table=table, columns=", ".join(columns), shifted=shifted)
            cursor.execute(statement, {"day": day, "days": days})
