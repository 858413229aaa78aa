"""The pages of places: list, one place with its points and posters, its form, the steps between its states."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission, own_agency, reach_of
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.people.queries import find_by_phone, masked
from dauchan.places import actions, own, papers, posters, queries, reports, rules
from dauchan.places.exporting import export_places
from dauchan.places.forms import FilterForm, PlaceForm, PointForm, place_values, query_without, refuse
from dauchan.places.hours import OpeningHours
from dauchan.places.models import Place, Point
from dauchan.places.steps import event_words, steps_from
from dauchan.units.queries import equivalent, unit_by_code
from dauchan.units.views import date_switch, day_of

PERMISSIONS = ("place.edit", "place.approve", "place.import")


def me(request: HttpRequest) -> Officer:
    """The signed-in officer: the route table lets nobody else in."""
    return cast(Officer, request.user)


def today() -> Any:
    return clock.local_day(clock.now())


def _may(officer: Officer) -> dict[str, bool]:
    return {f"may_{name.partition('.')[2]}": has_permission(officer, name, today()) for name in PERMISSIONS}


def tell(request: HttpRequest, problem: Problem) -> None:
    messages.error(request, problem.text(get_language() or "vi"))


def place_list(request: HttpRequest) -> HttpResponse:
    """The places in this officer's scope, filtered by the address's own words; none while one of those is wrong."""
    form = FilterForm(request.GET or None)
    filters = form.filters() if form.is_valid() else queries.Filters()
    after = request.GET.get("after", "")
    page = queries.Page([], "") if form.errors else queries.search(me(request), filters, after=after, on=today())
    shown = {
        "form": form,
        "places": page.places,
        "next_after": page.next_after,
        "query": query_without(request, "after"),
        "narrowed": bool(form.errors) or filters != queries.Filters(),
        "waiting": filters.state == rules.PENDING,
        "needing": queries.needing_poster(me(request), today()),
        "counted": queries.COUNTED,
        "agency": form.agency_name(),
        "needing_here": queries.needing_among(place.pk for place in page.places),
        "here": request.get_full_path(),
    }
    return render(request, "places/list.html", shown | _may(me(request)))


def on_map(request: HttpRequest) -> HttpResponse:
    """The names of a commune's places in this officer's scope, with where they are, for a map."""
    unit = unit_by_code(request.GET.get("unit", ""), today())
    found = queries.on_map(me(request), unit, today()) if unit else []
    places = [{"name": place.name, "latitude": place.latitude, "longitude": place.longitude} for place in found]
    return JsonResponse({"places": places})


def _seen(request: HttpRequest, place_id: int, permission: str = "place.view") -> Place:
    """A place in this officer's scope.

    raises   NotFound
    """
    visible = queries.visible_to(me(request), permission, today())
    place = visible.select_related("unit", "category", "agency", "owner").filter(pk=place_id).first()
    if place is None:
        raise NotFound
    return place


def place_page(request: HttpRequest, place_id: int) -> HttpResponse:
    """One place: its points with posters, its state and steps, what was done to it."""
    place, officer = _seen(request, place_id), me(request)
    approves = queries.visible_to(officer, "place.approve", today()).filter(pk=place_id).exists()
    edits = queries.visible_to(officer, "place.edit", today()).filter(pk=place_id).exists()
    points = queries.points_of(place_id)
    for point in points:
        point.place = place
    on = day_of(request)
    shown = {
        **date_switch(on),
        "switched": "on" in request.GET,
        "units_then": equivalent(place.unit, on),
        "place": place,
        "points": [(point, posters.code_text(point)) for point in points],
        "owner": masked([place.owner_id]).get(place.owner_id) if place.owner_id else None,
        "hours": OpeningHours.read(place.opening_hours).text() if place.opening_hours else "",
        "stay": queries.stay_policies([points[0].pk], today()).get(points[0].pk) if points else None,
        "history": [(change, event_words(change.event)) for change in queries.history_of(place_id)],
        "steps": steps_from(place.state) if approves else [],
        "asks_reason": any(one.asks_reason for one in steps_from(place.state)),
        "may_edit_this": edits,
        "prints": place.state in rules.PRINTS,
        "point_form": PointForm(),
        "reports": reports.reports_of(place_id),
        "sees_rollout": queries.visible_to(officer, "rollout.view", today()).filter(pk=place_id).exists(),
    }
    return render(request, "places/place.html", shown)


def new_place(request: HttpRequest) -> HttpResponse:
    """Register a place."""
    reach = reach_of(me(request), "place.edit", today())
    form = PlaceForm(request.POST or None, reach=reach, initial={"agency": own_agency(me(request), today())})
    alike: list[Place] = []
    if request.method == "POST" and form.is_valid():
        told = form.told()
        in_charge = find_by_phone(told.owner_phone) if told.owner_phone else []
        alike = [] if request.POST.get("another") else own.alike(told, owners=in_charge)
        if not alike:
            try:
                place = actions.register_place(told, by=me(request), now=clock.now())
            except Problem as problem:
                refuse(form, problem)
            else:
                messages.success(request, _("Đã đăng ký. Việc tiếp theo: in mã và dán ở cửa."))
                return redirect("places:place", place.pk)
    return render(request, "places/form.html", {"form": form, "place": None, "alike": alike})


def edit_place(request: HttpRequest, place_id: int) -> HttpResponse:
    """Change a place's particulars."""
    place = _seen(request, place_id, "place.edit")
    reach = reach_of(me(request), "place.edit", today())
    form = PlaceForm(request.POST or None, reach=reach, initial=place_values(place))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_place(place_id, form.told(), by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu. Loại hình và giờ mở cửa mới có hiệu lực từ ngày mai."))
            return redirect("places:place", place_id)
    owner = masked([place.owner_id]).get(place.owner_id) if place.owner_id else None
    return render(request, "places/form.html", {"form": form, "place": place, "owner": owner})


@require_POST
def step(request: HttpRequest, place_id: int) -> HttpResponse:
    """Approve, reject, suspend, close or reopen a place."""
    reason, named = request.POST.get("reason", ""), request.POST.get("step", "")
    chosen = next((one for one in steps_from(_seen(request, place_id).state) if one.name == named), None)
    try:
        if chosen is None:
            raise rules.StepNotAllowed
        chosen.act(place_id, me(request), reason, clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, chosen.done)
    return redirect("places:place", place_id)


@require_POST
def approve_all(request: HttpRequest) -> HttpResponse:
    """Approve every waiting place of a list as it is filtered."""
    filters = FilterForm(request.GET).filters()
    waiting = queries.narrowed(queries.visible_to(me(request), "place.approve", today()), filters)
    count = actions.approve_all(waiting, by=me(request), now=clock.now())
    done = ngettext("Đã duyệt %(count)d địa điểm.", "Đã duyệt %(count)d địa điểm.", count) % {"count": count}
    messages.success(request, done)
    return redirect(f"/dia-diem?{query_without(request, 'after')}")


@require_POST
def add_point(request: HttpRequest, place_id: int) -> HttpResponse:
    """Add a point to a place."""
    form = PointForm(request.POST)
    _seen(request, place_id)
    try:
        if not form.is_valid():
            raise rules.TextNotAllowed(field=_("Tên điểm quét"), limit=rules.POINT_NAME_LENGTH)
        point = actions.add_point(place_id, form.told(), by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã thêm điểm quét “%(name)s”.") % {"name": point.name})
    return redirect("places:place", place_id)


@require_POST
def point_step(request: HttpRequest, place_id: int, point_id: int) -> HttpResponse:
    """Take a point out of use, or begin a new printing of its poster."""
    place = _seen(request, place_id)
    act = {"end": actions.end_point, "renew": actions.renew_poster}.get(request.POST.get("step", ""))
    try:
        if act is None or not place.points.filter(pk=point_id).exists():
            raise NotFound
        act(point_id, by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã ghi."))
    return redirect("places:place", place_id)


@require_POST
def close_report(request: HttpRequest, place_id: int, report_id: int) -> HttpResponse:
    """Close a report of a poster that hangs elsewhere, with what was done."""
    _seen(request, place_id)
    try:
        reports.close_report(place_id, report_id, request.POST.get("note", ""), by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã ghi."))
    return redirect("places:place", place_id)


def poster(request: HttpRequest, place_id: int, sheet: str) -> HttpResponse:
    """The posters of a place's points in use, or of one point, as PDF."""
    place = _seen(request, place_id)
    points = posters.printable_points([place])
    asked = request.GET.get("point", "")
    chosen = [point for point in points if not asked or str(point.pk) == asked]
    return _printed(chosen, sheet, f"ma-dia-diem-{place_id}-{sheet}.pdf")


def paper(request: HttpRequest, place_id: int) -> HttpResponse:
    """The forms to be filled by hand at a place's points in use, as PDF."""
    points = posters.printable_points([_seen(request, place_id)])
    return _pdf(papers.paper_pdf(points, now=clock.now()), f"phieu-giay-{place_id}.pdf")


def all_posters(request: HttpRequest) -> HttpResponse:
    """The posters of a whole list as it is filtered, at most POSTERS_A_FILE in one file."""
    sheet, filters = request.GET.get("sheet", "a4"), FilterForm(request.GET).filters()
    page = queries.search(me(request), filters, on=today(), size=posters.POSTERS_A_FILE)
    points = posters.printable_points(page.places)
    if page.next_after:
        raise posters.TooManyPosters(limit=posters.POSTERS_A_FILE)
    return _printed(points, sheet, f"ma-dia-diem-{sheet}.pdf")


def _printed(points: list[Point], sheet: str, name: str) -> HttpResponse:
    """The posters as PDF; from then on these points have ours."""
    content = posters.poster_pdf(points, sheet=sheet, now=clock.now())
    posters.hangs(points)
    return _pdf(content, name)


def _pdf(content: bytes, name: str) -> HttpResponse:
    shown = f'inline; filename="{name}"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": shown})


def export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, as XLSX or CSV; owners are masked."""
    ending, filters = "csv" if request.GET.get("format") == "csv" else "xlsx", FilterForm(request.GET).filters()
    made = export_places(me(request), filters, csv=ending == "csv", now=clock.now())
    headers = {
        "Content-Disposition": f'attachment; filename="dia-diem-{today():%Y-%m-%d}.{ending}"',
        "X-Rows": str(made.rows),
        "X-SHA256": made.sha256,
    }
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)
