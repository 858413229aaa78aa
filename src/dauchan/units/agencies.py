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
