"""The verbs on agencies. Units themselves change by shipped lists only (`units/loading.py`)."""

from datetime import date

from django.db import transaction

from dauchan.kernel.errors import Conflict
from dauchan.kernel.search import search_key
from dauchan.units.models import Agency, Guidance, Sector, Unit


class AgencyExists(Conflict):
    vi = "Cơ quan “{name}” đã có ở đơn vị này."
    en = "The agency “{name}” already exists in this unit."


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


def close_agency(agency: Agency, *, ends: date) -> None:
    """End an agency before a day; what it answered for keeps pointing at it."""
    Agency.objects.filter(id=agency.id).update(valid_to=ends)


def guide(guide: Agency, guided: Agency, *, begins: date) -> Guidance:
    """Have one agency see and urge another from a day on; known guidance stays as it is."""
    known = Guidance.objects.filter(guide=guide, guided=guided, valid_to__isnull=True).first()
    return known or Guidance.objects.create(guide=guide, guided=guided, valid_from=begins)
