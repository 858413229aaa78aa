"""Reads on agencies: by name, who belongs to whom, who guides whom, what they govern, on any date."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from dauchan.kernel.search import search_key
from dauchan.units import queries
from dauchan.units.models import Agency, AgencyKind, Unit


def search_agencies(text: str, on: date, *, within: Unit | None = None, limit: int = 20) -> list[Agency]:
    """Agencies of a day by any words of their names."""
    found = agencies_in_force(on)
    for word in search_key(text).split():
        found = found.filter(search_key__contains=word)
    if within:
        found = found.filter(unit_id__in=queries.unit_ids_within(within, on))
    return list(found.select_related("unit").order_by("search_key", "id")[:limit])


AGENCIES_WITHIN = """
with recursive within as (
    select id from units_agency where id = any(%(agencies)s)
    union
    select child.id
    from within
    join units_agency child on child.parent_id = within.id
)
select id from within
"""


def agency_ids_within(agency_ids: Iterable[int], on: date) -> frozenset[int]:
    """These agencies and all that belong to them, dissolved ones too; an agency not in force on the day has nothing."""
    asked = list(agency_ids)
    if not asked:
        return frozenset()
    in_force = agencies_in_force(on).filter(id__in=asked).values_list("id", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_WITHIN, {"agencies": list(in_force)})
        return frozenset(row[0] for row in cursor.fetchall())


AGENCIES_GUIDED = """
with recursive seen as (
    select guided_id as id
    from units_guidance
    where guide_id = any(%(agencies)s) and valid_from <= %(on)s and (valid_to is null or valid_to > %(on)s)
    union
    select below.id
    from seen
    join lateral (
        select guided_id as id
        from units_guidance
        where guide_id = seen.id and valid_from <= %(on)s and (valid_to is null or valid_to > %(on)s)
        union all
        select id from units_agency where parent_id = seen.id
    ) below on true
)
select id from seen
"""


def agency_ids_guided(agency_ids: Iterable[int], on: date) -> frozenset[int]:
    """The agencies that these see and urge without managing them, through any number of steps downwards."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_GUIDED, {"agencies": list(agency_ids), "on": on})
        return frozenset(row[0] for row in cursor.fetchall())


AGENCIES_BEFORE = """
with recursive before as (
    select id from units_agency where id = any(%(agencies)s)
    union
    select dissolved.id
    from before
    join units_agency dissolved on dissolved.successor_id = before.id
)
select id from before
"""


def with_predecessors(agency_ids: Iterable[int]) -> frozenset[int]:
    """These agencies and all that they took over from, through any number of hand-overs."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_BEFORE, {"agencies": list(agency_ids)})
        return frozenset(row[0] for row in cursor.fetchall())


AGENCIES_AFTER = """
with recursive after as (
    select id as was, id, successor_id, valid_to from units_agency where id = any(%(agencies)s)
    union
    select after.was, heir.id, heir.successor_id, heir.valid_to
    from after
    join units_agency heir on heir.id = after.successor_id
    where after.valid_to <= %(on)s
)
select was, id from after where successor_id is null or valid_to > %(on)s
"""


def bearers(agency_ids: Iterable[int], on: date) -> dict[int, Agency]:
    """Who stands for each of these agencies on a day: itself, or whoever took over in the end."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_AFTER, {"agencies": list(agency_ids), "on": on})
        pairs = dict(cursor.fetchall())
    found = Agency.objects.select_related("unit").in_bulk(list(set(pairs.values())))
    return {was: found[now] for was, now in pairs.items()}


def agencies_of_kind(kind: str, on: date, *, level: str = "", sector: str = "", within: Unit) -> QuerySet[Agency]:
    """The agencies of a kind, at a level of units, in a field, that sit within a unit on a day; "" narrows nothing."""
    found = agencies_in_force(on).filter(kind=kind, unit_id__in=queries.unit_ids_within(within, on))
    if level:
        found = found.filter(unit__level=level)
    return found.filter(sector=sector) if sector else found


def agencies_in_force(on: date) -> QuerySet[Agency]:
    """All agencies of a day."""
    return Agency.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)


def units_governed(agency_ids: Iterable[int], on: date) -> frozenset[int]:
    """Ids of every dated unit row that the People's Committees among these agencies govern, subtrees included."""
    asked = list(agency_ids)
    committees = Agency.objects.filter(id__in=asked, kind=AgencyKind.COMMITTEE) if asked else Agency.objects.none()
    governed = queries.standing(committees.values_list("unit_id", flat=True), on).values()
    return frozenset(unit_id for unit in governed for unit_id in queries.unit_ids_within(unit, on))


def units_of_agencies(agency_ids: Iterable[int]) -> frozenset[int]:
    """Ids of the units in which these agencies sit."""
    asked = list(agency_ids)
    return frozenset(Agency.objects.filter(id__in=asked).values_list("unit_id", flat=True)) if asked else frozenset()


def agencies_among(agency_ids: Iterable[int], unit_ids: Iterable[int]) -> QuerySet[Agency]:
    """These agencies, and those that sit in these units, of every day."""
    return Agency.objects.filter(Q(id__in=list(agency_ids)) | Q(unit_id__in=list(unit_ids)))


def all_agencies() -> QuerySet[Agency]:
    """Every agency there ever was."""
    return Agency.objects.all()
