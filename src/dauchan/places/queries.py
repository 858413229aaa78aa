"""Reads on places and points: what an officer may see, what the gates must know, how long people stay.

`on` is a local day. Lists are read page by page by key and never counted exactly.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.kernel.numbers import row_number
from dauchan.kernel.search import search_key, sort_key
from dauchan.places import rules
from dauchan.places.models import Category, Place, PlaceChange, Point, PosterReport
from dauchan.units import queries as units
from dauchan.units.models import Unit

PAGE_SIZE = 50
WORDS_SEARCHED = 8
BEGINNING = "b"
NEEDED, REPORTED = "needed", "reported"
"""Filters by poster: places of lists registered elsewhere where ours does not hang yet, and those of whose posters
somebody said that they hang elsewhere.
"""
COUNTED = 1000
ON_MAP = 300  # dots of one commune that a form's map shows; ours
GATEWAY_OVERLAP = timedelta(minutes=5)
"""How far back a gate asks again for changes: longer than any transaction that registers places."""


def visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Place]:
    """The places where an officer holds a permission on a day: by unit, by agency, or place by place."""
    reach = reach_of(officer, permission, on)
    return Place.objects.all() if reach.everywhere else Place.objects.filter(reach_condition(reach))


def reach_condition(reach: Reach) -> Q:
    """A reach as a condition on places; nothing passes an empty one."""
    named = {
        "unit__in": sorted(reach.unit_ids),
        "pk__in": sorted(int(place) for place in reach.place_ids if place.isdecimal()),
        "agency__in": sorted(int(agency) for agency in reach.agency_ids if agency.isdecimal()),
    }
    return reduce(or_, (Q(**{name: ids}) for name, ids in named.items() if ids), Q(pk__in=[]))


@dataclass(frozen=True)
class Filters:
    """What a list of places is narrowed to; empty fields narrow nothing.

    agency   a unit's People's Committee has what lies there without an agency, too: its ids of agencies and of units
    listed   the agency whose own list of places it is: what it signs to be complete
    """

    text: str = ""
    unit_ids: Sequence[int] | None = None
    category_id: int | None = None
    state: str = ""
    poster: str = ""
    agency: tuple[Iterable[int], Iterable[int]] | None = None
    listed: int | None = None


class StartsWith(Func):
    """starts_with(text, prefix): unlike LIKE it never tempts the planner to the trigram index."""

    function = "starts_with"
    output_field = BooleanField()


@dataclass(frozen=True)
class Page:
    """A page of places and the key of the next one ("" after the last)."""

    places: list[Place]
    next_after: str


def search(
    officer: Officer,
    filters: Filters = Filters(),
    *,
    after: str = "",
    on: date,
    permission: str = "place.view",
    size: int = PAGE_SIZE,
) -> Page:
    """One page of the places an officer sees, in Vietnamese order, by any words of name or address.

    Names that begin with the text come first.
    after   `next_after` of the page before: the id of its last place, marked while names begin with the text
    """
    found = narrowed(visible_to(officer, permission, on), filters)
    key = search_key(filters.text.replace("\0", " ")[:200])
    if not key:
        return _page(_ids(found, after, size + 1), size)
    begins = StartsWith(F("search_key"), Value(f" {key}"))
    ids: list[int] = []
    if row_number(after) is None:
        first, last = _names_from(key)
        others = narrowed(visible_to(officer, permission, on), replace(filters, text=""))
        ids = _ids(
            others.filter(begins, sort_key__gte=first, sort_key__lt=last), after.removeprefix(BEGINNING), size + 1
        )
    count = len(ids)
    if count <= size:
        ids += _ids(found.filter(~Q(begins)), after, size + 1 - count)
    return _page(ids, size, mark=BEGINNING if count >= size else "")


def on_map(officer: Officer, unit: Unit, on: date) -> list[Place]:
    """The places of a unit that an officer sees and whose position is known, in Vietnamese order, up to a limit."""
    within = visible_to(officer, "place.view", on).filter(unit__in=units.unit_ids_within(unit, on))
    known = within.filter(latitude__isnull=False).exclude(state__in=rules.OFF_LIST)
    return list(known.order_by("sort_key", "id")[:ON_MAP])


def _ids(places: QuerySet[Place], after: str, size: int) -> list[int]:
    """The next ids in the list's order, read from the index alone however far it must look."""
    last = Place.objects.filter(pk=row_number(after) or 0).first()
    if last:
        places = places.filter(Q(sort_key__gt=last.sort_key) | Q(sort_key=last.sort_key, id__gt=last.pk)).filter(
            sort_key__gte=last.sort_key  # the bound that an index can start from
        )
    return list(places.order_by("sort_key", "id").values_list("pk", flat=True)[:size])


def _page(ids: Sequence[int], size: int, *, mark: str = "") -> Page:
    rows = Place.objects.select_related("category", "unit").in_bulk(ids[:size])
    shown = [rows[pk] for pk in ids[:size] if pk in rows]
    return Page(shown, f"{mark}{ids[size - 1]}" if len(ids) > size or (mark and len(ids) == size) else "")


def _names_from(key: str) -> tuple[str, str]:
    """Between which sort keys lie all names that, without accents, begin so."""
    last = key.translate(str.maketrans("adeou", "âđêơư"))
    return sort_key(key).partition("\t")[0], sort_key(last).partition("\t")[0] + "\x7f"


def narrowed(places: QuerySet[Place], filters: Filters) -> QuerySet[Place]:
    """The places that pass every filter; words of the text may stand in any order, without accents.

    A word of one or two letters must begin a word: a trigram index can't look for it anywhere.
    """
    for word in search_key(filters.text.replace("\0", " ")[:200]).split()[:WORDS_SEARCHED]:
        places = places.filter(search_key__contains=word if len(word) > 2 else f" {word}")
    if filters.unit_ids is not None:
        places = places.filter(unit__in=list(filters.unit_ids))
    if filters.category_id is not None:
        places = places.filter(category_id=filters.category_id)
    if filters.agency is not None:
        answering, governed = map(list, filters.agency)
        places = places.filter(Q(agency__in=answering) | Q(agency__isnull=True, unit__in=governed))
    if filters.listed is not None:
        places = on_list_of(places, [filters.listed])
    if filters.poster == NEEDED:
        without = Point.objects.filter(needs_poster=True, active_to__isnull=True)
        places = places.filter(pk__in=without.values("place"), state__in=rules.PRINTS)
    if filters.poster == REPORTED:
        told = PosterReport.objects.filter(closed_at__isnull=True)
        places = places.filter(pk__in=told.values("point__place"))
    return places.filter(state=filters.state) if filters.state else places


def on_list_of(places: QuerySet[Place], agency_ids: Iterable[int]) -> QuerySet[Place]:
    """The places on some agencies' own lists: those that name one of them and are neither closed nor rejected."""
    return places.filter(agency__in=list(agency_ids)).exclude(state__in=rules.OFF_LIST)


def needing_poster(officer: Officer, on: date) -> int:
    """At how many of the places that an officer sees our poster doesn't hang yet, counted to COUNTED and one more."""
    found = narrowed(visible_to(officer, "place.view", on), Filters(poster=NEEDED))
    return found.order_by()[: COUNTED + 1].count()


def needing_among(place_ids: Iterable[int]) -> set[int]:
    """Those of some places where our poster doesn't hang yet."""
    found = narrowed(Place.objects.filter(pk__in=list(place_ids)), Filters(poster=NEEDED))
    return set(found.values_list("pk", flat=True))


def place_units(text: str, on: date) -> list[int] | None:
    """Ids of the units that a filter by unit code means on a day; None when the text is no unit."""
    unit = units.unit_by_code(text, on)
    return units.unit_ids_within(unit, on) if unit else None


def units_meant(unit: Unit, on: date) -> list[int]:
    """Ids of the units that a filter by unit means on a day; one of an older list means what has its area now."""
    return sorted({each for one in units.equivalent(unit, on) for each in units.unit_ids_within(one, on)})


def categories() -> list[Category]:
    """Every setting, in the order of lists and forms."""
    return list(Category.objects.order_by("position"))


def points_of(place_id: int) -> list[Point]:
    """A place's points in their numbered order, those taken out of use included."""
    return list(Point.objects.filter(place_id=place_id).order_by("number"))


def history_of(place_id: int, limit: int = 50) -> list[PlaceChange]:
    """What was done to a place, newest first."""
    changes = PlaceChange.objects.filter(place_id=place_id).select_related("by_officer", "by_credential")
    return list(changes.order_by("-at", "-id")[:limit])


def officer_approved(place: Place) -> bool:
    """Whether a place is approved, and by somebody: not by time alone."""
    changes = PlaceChange.objects.filter(place=place, event__in=["approved", "approved_by_time"]).order_by("-pk")
    last = changes.values_list("event", flat=True).first()
    return place.state == rules.APPROVED and last != "approved_by_time"


def why_not(place: Place) -> str:
    """The reason that an officer gave when a place was rejected, suspended or closed; "" while it is neither."""
    if place.state not in rules.NEEDS_REASON:
        return ""
    last = PlaceChange.objects.filter(place=place, to_state=place.state).exclude(reason="").order_by("-at", "-id")
    return last.values_list("reason", flat=True).first() or ""


def places_named(text: str, *, limit: int) -> list[int]:
    """Ids of places anywhere whose name or address holds these words; to look for them in evidence, not to list them.

    returns  [] without a word of at least three letters, which an index can look for
    """
    if not any(len(word) > 2 for word in search_key(text.replace("\0", " ")[:200]).split()):
        return []
    return list(narrowed(Place.objects.all(), Filters(text)).values_list("pk", flat=True)[:limit])


class PlaceCard(NamedTuple):
    """What a list of another slice shows of a place."""

    place_id: int
    name: str
    address: str
    unit_id: int
    unit: str
    category: str
    state: str
    agency_id: int | None


def place_cards(ids: Iterable[int]) -> dict[int, PlaceCard]:
    """What lists show of many places at once; an unknown id is missing from the answer."""
    columns = ("pk", "name", "address", "unit_id", "unit__full_name", "category__code", "state", "agency_id")
    found = Place.objects.filter(pk__in=list(set(ids))).values_list(*columns)
    return {row[0]: PlaceCard(*row) for row in found}


def points_visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Point, int]:
    """The ids of the points of all places at which the officer may do this."""
    return Point.objects.filter(place__in=visible_to(officer, permission, on)).values_list("pk", flat=True)


def place_by_id(place_id: int) -> Place | None:
    """One place with its unit, setting and agency, for callers who ask themselves whether it may be seen."""
    found = Place.objects.select_related("unit", "category", "agency").filter(pk=row_number(str(place_id)) or 0)
    return found.first()


def points_of_places(place_ids: Iterable[int]) -> dict[int, int]:
    """The points of many places, those taken out of use included: the place of each."""
    return dict(Point.objects.filter(place__in=list(place_ids)).values_list("pk", "place_id"))


def points_by_id(ids: Iterable[int]) -> dict[int, Point]:
    """Many points at once; an unknown id is missing from the answer."""
    return Point.objects.in_bulk(list(set(ids)))


def point_names(ids: Iterable[int]) -> dict[int, str]:
    """The names of many points; an unknown id is missing from the answer."""
    return dict(Point.objects.filter(pk__in=list(set(ids))).values_list("pk", "name"))


class GatewayPoint(NamedTuple):
    """What the fast lane keeps in memory of a point; scans from `closed_at` on are kept for review."""

    point_id: int
    place_id: int
    unit_id: int
    state: str
    closed_at: datetime | None
    category: str


POINTS_FOR_GATEWAY = """
select point.id,
       place.id,
       place.unit_id,
       place.state,
       least(point.active_to, ended.at),
       category.code
from places_point point
join places_place place on place.id = point.place_id
join places_category category on category.id = place.category_id
left join lateral (
    select coalesce(max(change.at), place.created_at) as at
    from places_placechange change
    where change.place_id = place.id
      and change.from_state in ('pending', 'approved')
      and change.to_state not in ('pending', 'approved')
) ended on place.state not in ('pending', 'approved')
where place.updated_at >= %(since)s and (%(place)s::bigint is null or place.id = %(place)s)
order by point.id
"""


def points_for_gateway(cursor: Any = None, *, changed_since: datetime | None = None) -> list[GatewayPoint]:
    """Every point with its place, unit, state and setting, for the fast lane's memory.

    It is read again on `NOTIFY dauchan_gateway, 'points'`, and now and then without.
    cursor          of any psycopg connection, for a process that keeps its own; Django's when left out
    changed_since   only points of places changed since then; ask with GATEWAY_OVERLAP before the last answer
    """
    if cursor is None:
        with connection.cursor() as own:
            return points_for_gateway(own, changed_since=changed_since)
    since = changed_since.isoformat() if changed_since else "-infinity"
    cursor.execute(POINTS_FOR_GATEWAY, {"since": since, "place": None})
    return [GatewayPoint(*row) for row in cursor.fetchall()]


def closings_of(place_id: int) -> dict[int, datetime | None]:
    """The points of a place, and from when on scans there are kept for review: as the fast lane decides it."""
    with connection.cursor() as cursor:
        cursor.execute(POINTS_FOR_GATEWAY, {"since": "-infinity", "place": place_id})
        return {point.point_id: point.closed_at for point in (GatewayPoint(*row) for row in cursor.fetchall())}


STAY_POLICIES = """
select point.id,
       point.place_id,
       stay.default_stay_minutes,
       stay.longest_stay_minutes,
       period.opening_hours,
       place.latitude,
       place.longitude
from places_point point
join places_place place on place.id = point.place_id
join lateral (
    select category_id, opening_hours
    from places_placeperiod
    where place_id = point.place_id and valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)
) period on true
join lateral (
    select default_stay_minutes, longest_stay_minutes
    from places_categorystay
    where category_id = period.category_id and valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)
) stay on true
where point.id = any(%(points)s)
"""


def stay_policies(point_ids: Iterable[int], day: date, cursor: Any = None) -> dict[int, rules.StayPolicy]:
    """How long people stay at each point and when it closes, as it held on a local day.

    A point that isn't known is missing from the answer. One question to the database for all of them.
    cursor   of any psycopg connection, for a process that keeps its own; Django's when left out
    """
    values: dict[str, Any] = {"points": list(set(point_ids)), "day": max(day, rules.SINCE_ALWAYS)}
    if cursor is None:
        with connection.cursor() as own:
            return stay_policies(values["points"], day, own)
    cursor.execute(STAY_POLICIES, values)
    return {point: _policy(day, *columns) for point, *columns in cursor}


def _policy(
    day: date, place_id: int, default: int, longest: int, hours: Any, latitude: float | None, longitude: float | None
) -> rules.StayPolicy:
    position = None if latitude is None or longitude is None else (latitude, longitude)
    if hours is None:
        return rules.StayPolicy(place_id, default, longest, position=position)
    openings = rules.OpeningHours.read(_json(hours)).openings(day)
    return rules.StayPolicy(place_id, default, longest, True, openings, position)


def _json(value: Any) -> Any:
    """Django's connections leave jsonb as text, plain psycopg connections read it."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def owners_among(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people who own a place."""
    return {person for person in Place.objects.filter(owner__in=people).values_list("owner_id", flat=True) if person}
