"""The page of one place's figures: how it is used day by day, by which ways, and whom to ask about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.coverage import drawn, subjects, uses
from dauchan.coverage.figures import counted_on, latest_day
from dauchan.coverage.overview import CHANNEL_NAMES
from dauchan.coverage.views import asked_by, crumbs
from dauchan.kernel import clock
from dauchan.places.queries import place_cards, visible_to
from dauchan.places.shares import scan_shares, share_words
from dauchan.units.models import Sector, Unit
from dauchan.units.queries import standing

SECTORS = dict(Sector.choices)


def place(request: HttpRequest, place_id: int) -> HttpResponse:
    """One place up to the newest day that was counted."""
    officer, today = officer_of(request), clock.local_day(clock.now())
    use, agency = subjects.seen_place(officer, place_id)
    day = latest_day() or today
    run = uses.daily(place_id, day)
    here = standing([use.unit_id], day).get(use.unit_id)
    page = {
        "place": place_cards([place_id])[place_id],
        "use": use,
        "agency": agency,
        "unit": here,
        "crumbs": _crumbs(officer, here, request),
        "sector": SECTORS.get(use.sector, ""),
        "day": day,
        "as_of": counted_on(day),
        "silence": uses.silence(use, day),
        "week": uses.week(run),
        "channels": [(CHANNEL_NAMES[name], scans) for name, scans in uses.by_channel(run)],
        "trend": drawn.place_trend(run, counted_on(day)),
        "share": share_words(scan_shares([place_id]).get(place_id)),
        "opens": visible_to(officer, "place.view", today).filter(pk=place_id).exists(),
        "may_remind": has_permission(officer, "directive.issue", today),
    }
    return render(request, "coverage/place.html", page)


def _crumbs(officer: Officer, here: Unit | None, request: HttpRequest) -> list[tuple[str, str]]:
    """The way from the province down to the place's commune."""
    if here is None:
        return []
    asked = asked_by(request)
    seen = subjects.scope_today(officer).holds_unit(here.pk)
    path = asked.further().link(subjects.of_unit(here).path) if seen else ""
    return [*crumbs(officer, here, asked), (here.name, path)]
