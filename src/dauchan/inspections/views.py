"""The desk's pages of inspection: what was found, one place, plans and the list to print."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.inspections import actions, measuring, queries
from dauchan.inspections.forms import FilterForm, PlanForm
from dauchan.inspections.models import Plan
from dauchan.inspections.pictures import shown
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.numbers import row_number
from dauchan.places import queries as places
from dauchan.places.forms import query_without, refuse
from dauchan.places.shares import scan_shares, share_words


def listing(request: HttpRequest) -> HttpResponse:
    """What was found, the newest of each place, narrowed by the address's own words."""
    officer, now = officer_of(request), clock.now()
    today = clock.local_day(now)
    form = FilterForm(request.GET or None, language=get_language() or "vi")
    wanted = form.filters() if form.is_bound else queries.Filters()
    visible = queries.visible_to(officer, today)
    rows, next_after = queries.page_of(queries.narrowed(visible, wanted), row_number(request.GET.get("after", "")))
    page = {
        "form": form,
        "rows": [(row, shown(measuring.share_of(row)), row.is_due(today)) for row in rows],
        "next_after": next_after,
        "query": query_without(request, "after"),
        "narrowed": wanted != queries.Filters(),
        "counts": queries.standing_of(visible, today),
        "may_inspect": has_permission(officer, "inspection.do", today),
    }
    return render(request, "inspections/list.html", page)


def place_page(request: HttpRequest, place_id: int) -> HttpResponse:
    """What was found at one place, newest first."""
    return render(request, "inspections/place.html", _of_place(officer_of(request), place_id))


def latest(request: HttpRequest, place_id: int) -> HttpResponse:
    """The newest inspection of a place: a fragment of the place's own page."""
    return render(request, "inspections/latest.html", _of_place(officer_of(request), place_id))


def _of_place(officer: Officer, place_id: int) -> dict[str, Any]:
    today = clock.local_day(clock.now())
    place = queries.place_seen(officer, place_id, today)
    found = queries.inspections_of(place.pk)
    return {
        "place": place,
        "rows": [(row, shown(measuring.share_of(row)), row.is_due(today)) for row in found],
        "known": share_words(scan_shares([place.pk]).get(place.pk)),
        "may_inspect": places.visible_to(officer, "inspection.do", today).filter(pk=place.pk).exists(),
    }


@require_POST
def take_along(request: HttpRequest, place_id: int) -> HttpResponse:
    """Put a place on one's own list of today."""
    actions.take_along(place_id, by=officer_of(request), now=clock.now())
    messages.success(
        request, gettext("Đã thêm vào danh sách kiểm tra hôm nay của bạn. Mở trang Kiểm tra trên điện thoại.")
    )
    return redirect("inspections:place", place_id)


@require_POST
def tell_owner(request: HttpRequest, inspection_id: int) -> HttpResponse:
    """Send what is to be mended to the owner's page."""
    found = actions.tell_findings(inspection_id, by=officer_of(request), now=clock.now())
    messages.success(request, gettext("Đã nhắc: người phụ trách thấy trên trang của địa điểm."))
    return redirect("inspections:place", found.place_id)


# --- plans ------------------------------------------------------------------------------------------------------------


def plans(request: HttpRequest) -> HttpResponse:
    """The plans of one's units, and a form for the next."""
    officer, now = officer_of(request), clock.now()
    form = PlanForm(request.POST or None, officer=officer)
    if request.method == "POST" and form.is_valid():
        try:
            plan = _drawn(form, officer)
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("inspections:plan", plan.pk)
    page = {"form": form, "plans": queries.plans_of(officer, clock.local_day(now))}
    return render(request, "inspections/plans.html", page, status=400 if form.errors else 200)


def _drawn(form: PlanForm, officer: Officer) -> Plan:
    given = form.cleaned_data
    return actions.draw_plan(
        given["unit"],
        stratify=given["stratify"],
        half_width=float(given["half_width"]),
        inspector_id=given["inspector"],
        first_day=given["first_day"],
        a_day=given["a_day"],
        by=officer,
        now=clock.now(),
    )


def plan_page(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One plan: the places in the order to go, day by day, to be printed; and what it says so far."""
    plan = queries.plan_of(officer_of(request), plan_id, clock.local_day(clock.now()))
    visits = queries.visits_of(plan)
    settings = {category.code: str(category) for category in places.categories()}
    page = {
        "plan": plan,
        "visits": [(each, found, settings.get(each.stratum, "")) for each, found in visits],
        "done": sum(found is not None for _each, found in visits),
        "displayed": shown(measuring.displayed_in(plan)),
        "share": shown(measuring.share_in(plan)),
    }
    return render(request, "inspections/plan.html", page)
