"""Which registered places may be what a line of another list means: a rough choice, many lines in one question.

A line is held against the places of its commune that share one of its rarest words, stand near it, or belong to the
same owner; how well the two agree is judged by whoever asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from dauchan.kernel.search import search_key
from dauchan.places.models import Place

RAREST_WORDS = 3
COMMONEST = 100
"""A word that more places of a commune bear tells nothing about one of them. Ours: bounds what one line costs."""
NEAR_M = 100
CELL_DEGREES = 0.001
"""About 110 m of latitude: a place nearer than NEAR_M lies in the same cell or in one beside it."""
KEPT = 8
"""Of how many places a line is told at most: the likest by trigrams, the nearest, and all of the same owner. Ours."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One line: its reference, name and address, its position, and the people who bear its phone."""

    ref: int
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    owners: Sequence[UUID] = ()


class Resembling(NamedTuple):
    """A place that a line may mean; `same_owner` when the line's phone is that of the place's owner."""

    ref: int
    place_id: int
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    category_id: int
    sector: str
    same_owner: bool


RESEMBLING = """
with place as materialized (
    select id, search_key, latitude, longitude, owner_id
    from places_place
    where unit_id = any(%(units)s::bigint[]) and state <> 'rejected'
),
asked as materialized (
    select *
    from unnest(%(refs)s::bigint[], %(keys)s::text[], %(latitudes)s::float8[], %(longitudes)s::float8[])
         as asked(ref, key, latitude, longitude)
),
place_word as materialized (
    select distinct place.id, word
    from place, regexp_split_to_table(place.search_key, '[^a-z0-9]+') as word
    where word <> ''
),
known_word as materialized (
    select word, count(*) as places
    from place_word
    group by word
    having count(*) <= %(commonest)s
),
rare as (
    select ref, word, row_number() over (partition by ref order by places, word) as rarity
    from (
        select distinct ref, word from asked, regexp_split_to_table(asked.key, '[^a-z0-9]+') as word
    ) as asked_word
    join known_word using (word)
),
worded as (
    select pair.ref, pair.id,
           row_number() over (
               partition by pair.ref order by similarity(asked.key, place.search_key) desc, pair.id
           ) as place_number
    from (
        select distinct ref, id from rare join place_word using (word) where rarity <= %(rarest)s
    ) as pair
    join asked using (ref)
    join place using (id)
),
cell as materialized (
    select id, latitude, longitude,
           floor(latitude / %(cell)s)::int as north, floor(longitude / %(cell)s)::int as east
    from place
    where latitude is not null
),
near as (
    select asked.ref, cell.id,
           row_number() over (
               partition by asked.ref
               order by (cell.latitude - asked.latitude) ^ 2 + (cell.longitude - asked.longitude) ^ 2, cell.id
           ) as place_number
    from asked
    cross join generate_series(-1, 1) as step_north
    cross join generate_series(-1, 1) as step_east
    join cell on cell.north = floor(asked.latitude / %(cell)s)::int + step_north
             and cell.east = floor(asked.longitude / %(cell)s)::int + step_east
    where asked.latitude is not null
),
owned as (
    select owner.ref, place.id
    from unnest(%(owner_refs)s::bigint[], %(owners)s::uuid[]) as owner(ref, owner_id)
    join place using (owner_id)
),
pair as (
    select ref, id from worded where place_number <= %(kept)s
    union
    select ref, id from near where place_number <= %(kept)s
    union
    select ref, id from owned
)
select pair.ref,
       place.id,
       place.name,
       place.address,
       place.latitude,
       place.longitude,
       place.category_id,
       category.sector,
       exists (select from owned where owned.ref = pair.ref and owned.id = pair.id)
from pair
join places_place place on place.id = pair.id
join places_category category on category.id = place.category_id
order by pair.ref, place.id
"""


def resembling(asked: Sequence[Asked], unit_ids: Iterable[int]) -> list[Resembling]:
    """The places of these units that each line may mean, the likest few for each; rejected places are none."""
    owners = [(line.ref, owner) for line in asked for owner in line.owners]
    values: dict[str, Any] = {
        "units": list(unit_ids),
        "refs": [line.ref for line in asked],
        "keys": [search_key(f"{line.name} {line.address}") for line in asked],
        "latitudes": [line.latitude for line in asked],
        "longitudes": [line.longitude for line in asked],
        "owner_refs": [ref for ref, _ in owners],
        "owners": [owner for _, owner in owners],
        "commonest": COMMONEST,
        "rarest": RAREST_WORDS,
        "cell": CELL_DEGREES,
        "kept": KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(RESEMBLING, values)
        return [Resembling(*row) for row in cursor.fetchall()]


def units_changed_since(at: datetime) -> set[int]:
    """The units of the places that were registered or changed since then."""
    return set(Place.objects.filter(updated_at__gte=at).values_list("unit_id", flat=True).distinct())
