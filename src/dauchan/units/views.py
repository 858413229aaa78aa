"""The unit pages: browse the tree of a date, find a unit, see what it was and what became of it."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from dauchan.kernel import clock
from dauchan.units import positions, queries, rules
from dauchan.units.models import Level

SEARCH_RESULTS = 30
SUGGESTIONS = 8
CHILDREN_A_PAGE = 100
OUTLINES_KEPT_S = 86_400  # lists change some times in a decade


def browse(request: HttpRequest) -> HttpResponse:
    """The provinces of a day, or what a search finds on it."""
    on = day_of(request)
    text = request.GET.get("q", "").strip()
    found = queries.search_units(text, on, limit=SEARCH_RESULTS) if text else []
    shown = {"text": text, "found": found, "provinces": [] if text else queries.provinces(on)}
    template = "units/found.html" if request.headers.get("HX-Request") else "units/browse.html"
    return render(request, template, _frame(request, on) | shown)


def unit_page(request: HttpRequest, code: str) -> HttpResponse:
    """One unit on a day: what lies below it, what it was, what became of it."""
    on = day_of(request)
    unit = queries.unit_by_code(code, on)
    if unit is None:
        return _not_on_this_day(request, code, on)
    page = queries.children_page(unit, on, after=request.GET.get("after", ""), size=CHILDREN_A_PAGE)
    shown = {
        "unit": unit,
        "above": queries.ancestors(unit),
        "children": page,
        "earlier": queries.earlier_units(unit),
        "later": queries.later_units(unit),
        "lost": queries.lost_children(unit) if unit.valid_to else 0,
    }
    return render(request, "units/unit.html", _frame(request, on) | shown)


def suggest(request: HttpRequest) -> HttpResponse:
    """Options for the unit picker: a fragment of HTML."""
    typed = next((value for name, value in request.GET.items() if name == "q" or name.endswith("_text")), "")
    level = request.GET.get("level", "")
    found = queries.search_units(
        str(typed), day_of(request), level=level if level in Level.values else None, limit=SUGGESTIONS
    )
    return render(request, "units/options.html", {"found": found, "text": str(typed).strip()})


@cache_control(public=True, max_age=OUTLINES_KEPT_S)
def outlines(request: HttpRequest, code: str) -> HttpResponse:
    """A commune's outline and those of its neighbours, for a map; `outline` is null where there is none."""
    on = day_of(request)
    unit = queries.unit_by_code(code, on)
    if unit is None:
        raise rules.UnitUnknown(code=code)
    text = positions.outline(unit)
    beside = [asdict(each) for each in positions.neighbours(unit, on)]
    told = {"name": unit.name, "outline": json.loads(text) if text else None, "neighbours": beside}
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


def _not_on_this_day(request: HttpRequest, code: str, on: date) -> HttpResponse:
    other = queries.any_by_code(code)
    if other is None:
        raise rules.UnitUnknown(code=code)
    shown = {"unit": other, "equivalent": queries.equivalent(other, on), "above": []}
    return render(request, "units/another_day.html", _frame(request, on) | shown, status=404)


def _frame(request: HttpRequest, on: date) -> dict[str, Any]:
    """What every unit page shows: the day, its list, and the other lists to switch to."""
    layout = "web/desk.html" if request.user.is_authenticated else "web/public.html"
    return {"layout": layout, **date_switch(on)}


def date_switch(on: date) -> dict[str, Any]:
    """What `units/date_switch.html` needs to lead a page from one day's list of units to another's."""
    trees = [queries.tree_on(day) for day in queries.tree_dates()]
    return {"on": on, "tree": queries.tree_on(on), "trees": trees}


def day_of(request: HttpRequest) -> date:
    """The day that the address asks for; today when it asks for none.

    raises   NotADay
    """
    return rules.day_from(request.GET.get("on", ""), otherwise=clock.local_day(clock.now()))
