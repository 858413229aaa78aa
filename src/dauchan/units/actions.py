"""The verbs on agencies. Units themselves change by shipped lists only (`units/loading.py`)."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from dauchan.kernel.errors import Conflict
from dauchan.kernel.search import search_key
from dauchan.units.agencies import agency_ids_below
from dauchan.units.models import Agency, Guidance, Sector, Unit


class AgencyExists(Conflict):
    vi = "Cơ quan “{name}” đã có ở đơn vị này."
    en = "The agency “{name}” already exists in this unit."


class BelongsToItself(Conflict):
    vi = "Một cơ quan không thể thuộc chính nó hay thuộc cơ quan cấp dưới của nó."
    en = "An agency can't belong to itself or to one below it."


class GuidesItself(Conflict):
    vi = "Một cơ quan không thể hướng dẫn chính nó."
    en = "An agency can't guide itself."


class ClosedBeforeItBegan(Conflict):
    vi = "Ngày kết thúc phải sau ngày bắt đầu của cơ quan."
    en = "The end must come after the agency's first day."


@transaction.atomic
def add_agency(
    name: str,
    kind: str,
    *,
    unit: Unit,
    begins: date,
    parent: Agency | None = None,
    sector: str = Sector.ADMINISTRATION,
) -> Agency:
    """Record an agency that sits in a unit from a day on.

    raises   AgencyExists when one of that name is already in force there
    """
    name = " ".join(name.split())
    key = search_key(name)
    Unit.objects.select_for_update().get(id=unit.id)
    if Agency.objects.filter(unit=unit, search_key=key, valid_to__isnull=True).exists():
        raise AgencyExists(name=name)
    return Agency.objects.create(
        name=name, kind=kind, sector=sector, unit=unit, parent=parent, valid_from=begins, search_key=key
    )


@transaction.atomic
def edit_agency(agency: Agency, *, name: str, kind: str, sector: str, unit: Unit, parent: Agency | None) -> list[str]:
    """Give an agency other particulars, or another one to belong to.

    returns  the names of what changed
    raises   AgencyExists, BelongsToItself
    """
    name = " ".join(name.split())
    key = search_key(name)
    Unit.objects.select_for_update().get(id=unit.id)
    alike = Agency.objects.filter(unit=unit, search_key=key, valid_to__isnull=True).exclude(id=agency.id)
    if alike.exists():
        raise AgencyExists(name=name)
    if parent is not None and parent.id in agency_ids_below(agency):
        raise BelongsToItself()
    given = {"name": name, "kind": kind, "sector": sector, "unit": unit, "parent": parent, "search_key": key}
    changed = [column for column, value in given.items() if value != getattr(agency, column)]
    Agency.objects.filter(id=agency.id).update(**{column: given[column] for column in changed})
    return [column for column in changed if column != "search_key"]


def close_agency(agency: Agency, *, ends: date) -> None:
    """End an agency before a day; what it answered for keeps pointing at it.

    raises   ClosedBeforeItBegan
    """
    if ends <= agency.valid_from:
        raise ClosedBeforeItBegan()
    Agency.objects.filter(id=agency.id).update(valid_to=ends)


def guide(guide: Agency, guided: Agency, *, begins: date) -> Guidance:
    """Have one agency see and urge another from a day on; known guidance stays as it is.

    raises   GuidesItself
    """
    if guide.id == guided.id:
        raise GuidesItself()
    known = Guidance.objects.filter(guide=guide, guided=guided, valid_to__isnull=True).first()
    return known or Guidance.objects.create(guide=guide, guided=guided, valid_from=begins)


def is_guided(guide: Agency, guided: Agency) -> bool:
    """Whether one agency sees and urges another, from some day on."""
    return Guidance.objects.filter(guide=guide, guided=guided, valid_to__isnull=True).exists()


def end_guidance(guidance: Guidance, *, ends: date) -> None:
    """End guidance before a day; guidance that would have begun then or later never was."""
    if guidance.valid_from >= ends:
        guidance.delete()
    else:
        Guidance.objects.filter(id=guidance.id).update(valid_to=ends)


@transaction.atomic
def succeed(old: Agency, new: Agency, *, on: date) -> tuple[int, int]:
    """Let an agency take over from a dissolved one: who belonged to it, and whom it guided or was guided by.

    returns  how many agencies changed whom they belong to, how many guidances went over
    """
    Agency.objects.filter(id=old.id).update(successor=new)
    children = Agency.objects.filter(parent=old, valid_to__isnull=True).exclude(id=new.id).update(parent=new)
    Agency.objects.filter(id=new.id, parent=old).update(parent=old.parent)
    links = list(
        Guidance.objects.filter(Q(guide=old) | Q(guided=old), valid_to__isnull=True).select_related("guide", "guided")
    )
    for link in links:
        end_guidance(link, ends=on)
        guiding = new if link.guide_id == old.id else link.guide
        guided = new if link.guided_id == old.id else link.guided
        if guiding.id != guided.id:
            guide(guiding, guided, begins=on)
    return children, len(links)
