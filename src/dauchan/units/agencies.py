"""Reads on agencies: by name, who belongs to whom, who guides whom, what they govern, on any date."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Count, Q, QuerySet

from dauchan.kernel.search import search_key
from dauchan.units import queries
from dauchan.units.models import Agency, AgencyKind, Guidance, Unit


def search_agencies(text: str, on: date, *, within: Unit | None = None, limit: int = 20) -> list[Agency]:
    """Agencies of a day by any words of their names."""
    found = agencies_in_force(on)
    for word in search_key(text).split():
        found = found.filter(search_key__contains=word)
    if within:
        found = found.filter(unit_id__in=queries.unit_ids_within(within, on))
    return list(found.select_related("unit").order_by("search_key", "id")[:limit])


def agencies_named(text: str, on: date) -> list[Agency]:
    """Agencies of a day that are called just so, accents and case free; one name may stand in several units."""
    found = agencies_in_force(on).filter(search_key=search_key(text))
    return list(found.select_related("unit").order_by("unit__sort_key", "id"))


def known(name: str, unit: Unit, begins: date) -> Agency | None:
    """The agency of this name in a unit that is in force, or began on that very day."""
    alike = Agency.objects.filter(unit=unit, search_key=search_key(name)).select_related("unit")
    return alike.filter(Q(valid_to__isnull=True) | Q(valid_from=begins)).first()


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


def agency_ids_below(agency: Agency) -> frozenset[int]:
    """An agency and all that belong to it, of every day."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_WITHIN, {"agencies": [agency.id]})
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


AGENCIES_ABOVE = """
with recursive above as (
    select id from units_agency where kind = 'committee' and unit_id = any(%(units)s)
    union
    select up.id
    from above
    join lateral (
        select parent_id as id from units_agency where id = above.id and parent_id is not null
        union all
        select guide_id from units_guidance
        where guided_id = above.id and valid_from <= %(on)s and (valid_to is null or valid_to > %(on)s)
    ) up on true
)
select id from above
"""


def agency_ids_above(unit_ids: Iterable[int], on: date) -> frozenset[int]:
    """The agencies of a day that govern one of these units, or to which one that does belongs, or that guide it."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_ABOVE, {"units": list(unit_ids), "on": on})
        found = [row[0] for row in cursor.fetchall()]
    return frozenset(agencies_in_force(on).filter(id__in=found).values_list("id", flat=True))


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


def days_of_change(first: date, last: date) -> set[date]:
    """The days of a stretch on which an agency began or ended."""
    begun = Agency.objects.filter(valid_from__range=(first, last)).values_list("valid_from", flat=True)
    ended = Agency.objects.filter(valid_to__range=(first, last)).values_list("valid_to", flat=True)
    return {day for day in begun.union(ended) if day}


def agencies_in_force(on: date) -> QuerySet[Agency]:
    """All agencies of a day."""
    return Agency.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)


def units_governed(agency_ids: Iterable[int], on: date) -> frozenset[int]:
    """Ids of every dated unit row that the People's Committees among these agencies govern, subtrees included."""
    asked = list(agency_ids)
    committees = Agency.objects.filter(id__in=asked, kind=AgencyKind.COMMITTEE) if asked else Agency.objects.none()
    governed = queries.standing(committees.values_list("unit_id", flat=True), on).values()
    return frozenset(unit_id for unit in governed for unit_id in queries.unit_ids_within(unit, on))


def name_of(agency_id: int) -> str:
    """What an agency is called; "" for none."""
    return Agency.objects.filter(id=agency_id).values_list("name", flat=True).first() or ""


def units_of_agencies(agency_ids: Iterable[int]) -> frozenset[int]:
    """Ids of the units in which these agencies sit."""
    asked = list(agency_ids)
    return frozenset(Agency.objects.filter(id__in=asked).values_list("unit_id", flat=True)) if asked else frozenset()


def agencies_among(agency_ids: Iterable[int], unit_ids: Iterable[int]) -> QuerySet[Agency]:
    """These agencies, and those that sit in these units, of every day."""
    return Agency.objects.filter(Q(id__in=list(agency_ids)) | Q(unit_id__in=list(unit_ids)))


def agency_by_id(agency_id: int) -> Agency | None:
    """One agency of any day, with its unit, whom it belongs to and who took over."""
    return Agency.objects.select_related("unit", "parent", "successor").filter(id=agency_id).first()


def guidance_of(agency: Agency) -> list[Guidance]:
    """All guidance that an agency ever gave or had, the newest first, with both sides."""
    links = Guidance.objects.filter(Q(guide=agency) | Q(guided=agency)).select_related("guide", "guided")
    return list(links.order_by("-valid_from", "-id"))


def guidance_by_id(guidance_id: int) -> Guidance | None:
    """One guidance with both sides."""
    return Guidance.objects.select_related("guide", "guided").filter(id=guidance_id).first()


def predecessors_of(agency: Agency) -> list[Agency]:
    """The agencies whose business this one took over."""
    return list(Agency.objects.filter(successor=agency).order_by("search_key", "id"))


def children_of(agency: Agency, on: date) -> list[Agency]:
    """The agencies that belong to this one on a day."""
    return list(agencies_in_force(on).filter(parent=agency).order_by("search_key", "id"))


def open_children(agency: Agency) -> int:
    """How many agencies that are not dissolved belong to this one."""
    return Agency.objects.filter(parent=agency, valid_to__isnull=True).count()


def open_guidances(agency: Agency) -> int:
    """How many guidances of an agency, given or had, go on."""
    return Guidance.objects.filter(Q(guide=agency) | Q(guided=agency), valid_to__isnull=True).count()


def locked(agency_ids: Iterable[int]) -> dict[int, Agency]:
    """Some agencies, locked until the transaction ends, always in the same order."""
    rows = Agency.objects.select_for_update(of=("self",)).select_related("unit", "parent")
    return {agency.id: agency for agency in rows.filter(id__in=list(agency_ids)).order_by("id")}


def counts_within_units(on: date) -> dict[int, int]:
    """How many agencies sit in each unit on a day, by the unit's id."""
    rows = agencies_in_force(on).order_by().values("unit_id").annotate(count=Count("id"))
    return {row["unit_id"]: row["count"] for row in rows}


def unit_of_each(agency_ids: Iterable[int], on: date) -> dict[int, int]:
    """The unit in which each of these agencies sits, as far as it is in force on a day."""
    return dict(agencies_in_force(on).filter(id__in=list(agency_ids)).values_list("id", "unit_id"))


HEIRS = """
with recursive line as (
    select id as asked, id, successor_id, valid_to, 0 as step from units_agency where id = any(%(agencies)s)
    union all
    select line.asked, next.id, next.successor_id, next.valid_to, line.step + 1
    from line
    join units_agency next on next.id = line.successor_id
    where line.valid_to <= %(on)s and line.step < 20
)
select distinct on (asked) asked, id from line order by asked, step desc
"""


def heirs(agency_ids: Iterable[int], on: date) -> dict[int, int]:
    """Who has the business of each of these agencies on a day: itself, or the last of its successors."""
    with connection.cursor() as cursor:
        cursor.execute(HEIRS, {"agencies": list(agency_ids), "on": on})
        return dict(cursor.fetchall())


def all_agencies() -> QuerySet[Agency]:
    """Every agency there ever was."""
    return Agency.objects.all()


def agency_names(ids: Iterable[int]) -> dict[int, str]:
    """The names of many agencies; an unknown id is missing from the answer."""
    return dict(Agency.objects.filter(id__in=set(ids)).values_list("id", "name"))
