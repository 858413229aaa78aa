"""The page of an agency's figures: what it lacks in one figure, its list and its officer, its places and its staff."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.agencies.attesting import still_holds, to_sign
from dauchan.agencies.queries import attested, contacts_of, latest_attestation, scope_of
from dauchan.coverage import drawn, gap, overview, spreading, subjects
from dauchan.coverage.asked import Asked
from dauchan.coverage.figures import Subject
from dauchan.coverage.silent import silent_page
from dauchan.coverage.views import asked_by
from dauchan.kernel import clock
from dauchan.units.agencies import agencies_in_force
from dauchan.units.models import Agency

SILENT_SHOWN = 5
MAY = {"sign": "agency.act", "name": "agency.name", "remind": "directive.issue", "supply": "register.edit"}
MOST_BELOW = 100
"""Of more agencies below only so many are compared here; the tree of agencies lists them all."""


def agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """One agency on one day."""
    officer, asked = officer_of(request), asked_by(request)
    here = subjects.seen_agency(officer, agency_id)
    today = clock.local_day(clock.now())
    whose = Subject("agency", here.pk, asked.sector)
    known = overview.known_of([whose], {*gap.CODES, *overview.FUNNEL_CODES}, asked.day)
    at, signed = overview.as_of(known), latest_attestation(here.pk, today)
    page = {
        "agency": here,
        "asked": asked,
        "here": request.path,
        "as_of": at,
        "gap": gap.gap_of(known),
        "silent": silent_page(whose, asked.day, size=SILENT_SHOWN).places,
        "staff": overview.cards([whose], overview.OF_STAFF, asked.day),
        "cards": overview.cards([whose], overview.OF_USE, asked.day, runs=True),
        "funnel": drawn.funnel_of(known, at),
        "trend": drawn.trend_of(whose, asked, at),
        "one": asked.indicator,
        "above": _above(officer, here, today),
        "attestation": signed,
        "changed": signed is not None and not still_holds(signed),
        "holds": here.pk in attested([here.pk], today),
        **to_sign(here.pk),
        "spreading": spreading.of_agency(here, asked.day),
        "contacts": contacts_of([here.pk], today).get(here.pk, []),
    }
    return render(request, "coverage/agency.html", page | _below(here, asked) | _may(officer, here, today))


def _may(officer: Officer, here: Agency, today: date) -> dict[str, bool]:
    """What the officer may do for this very agency."""
    return {
        f"may_{name}": has_permission(officer, permission, today)
        and scope_of(officer, permission, today).holds_agency(here)
        for name, permission in MAY.items()
    }


def _above(officer: Officer, here: Agency, today: date) -> Agency | None:
    """The agency that this one belongs to, where the officer sees it."""
    above = agencies_in_force(today).filter(pk=here.parent_id).first() if here.parent_id else None
    return above if above and subjects.scope_today(officer).holds_agency(above) else None


def _below(here: Agency, asked: Asked) -> dict[str, Any]:
    below = subjects.agencies_below(here, asked.day)[:MOST_BELOW]
    if not below:
        return {"rows": []}
    return {
        "rows": overview.table(below, asked),
        "columns": overview.table_columns(asked),
        "caption": _("Cơ quan trực thuộc"),
        "drill": asked.further().link(),
    }
