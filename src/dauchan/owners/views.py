"""The pages of owners and their staff, for a phone that is signed in; and what owners handed over, for officers."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dauchan.accounts.sessions import officer_of
from dauchan.citizens.own_views import citizens_only
from dauchan.gates.actions import end_keeper, offer_device, offer_keeper, revoke_device
from dauchan.gates.forms import DeviceForm
from dauchan.gates.models import JoinCode
from dauchan.gates.queries import device_at, devices_of, keeper_at
from dauchan.gates.views import device_page, offered
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.owners import actions, charts, staff
from dauchan.owners.forms import HandOverForm, OwnPlaceForm
from dauchan.owners.models import HandOver
from dauchan.people import vault
from dauchan.people.models import Device
from dauchan.people.own import require_proved
from dauchan.people.queries import aliases_of, expand
from dauchan.places import own, papers, posters, reports, rules
from dauchan.places.forms import place_values, refuse
from dauchan.places.models import Place
from dauchan.places.queries import needing_among, points_of, why_not
from dauchan.visits import at_place
from dauchan.visits.sheet_page import sheet_page
from dauchan.visits.words import sureness

LIST_DAYS = 7
"""For how many days an owner sees who came: after that there is no more to be asked at a counter. Ours."""


def _mine(device: Device) -> list[UUID]:
    """Every id of whoever is signed in, once it is sure that the number did not change hands.

    raises   NotProved
    """
    require_proved(device)
    return expand([device.person_id])[aliases_of([device.person_id])[device.person_id]]


def owned(device: Device, place_id: int) -> Place:
    """One of one's own places: what its staff may not open.

    raises   NotFound
    """
    return own.own_place(place_id, _mine(device))


def hands_of(device: Device, place_id: int) -> staff.Hands:
    """A place that one owns or works at.

    raises   NotFound
    """
    return staff.hands_at(place_id, _mine(device), now=clock.now())


@citizens_only
def places(request: HttpRequest, device: Device) -> HttpResponse:
    """One's places, and those where one works."""
    mine = _mine(device)
    owned_places, works = own.own_places(mine), staff.works_at(mine, now=clock.now())
    told = reports.reported_among([*(one.pk for one in owned_places), *(one.place_id for one in works)])
    page = {"places": owned_places, "works": works, "reported": told}
    return render(request, "owners/places.html", page)


@citizens_only
def register(request: HttpRequest, device: Device) -> HttpResponse:
    """Register a place: it works at once, its poster can be printed at once."""
    form = OwnPlaceForm(request.POST or None)
    alike: list[Place] = []
    if request.method == "POST" and form.is_valid():
        told, now = form.told(), clock.now()
        alike = [] if request.POST.get("another") else own.alike(told, owners=_mine(device))
        if not alike:
            try:
                place = own.register_own(told, owner=device.person_id, now=now)
            except Problem as problem:
                refuse(form, problem)
            else:
                messages.success(request, _("Đã đăng ký. Việc tiếp theo: in mã và dán ở cửa."))
                return redirect("owners:place", place.pk)
    page = {"form": form, "alike": alike, "place": None}
    return render(request, "owners/form.html", page, status=400 if form.errors else 200)


@citizens_only
def place(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """One of one's places: how many are there, who came when, what can be done."""
    hands, now = hands_of(device, place_id), clock.now()
    mine = hands.place
    points = points_of(mine.pk)
    counts = at_place.counts([point.pk for point in points], now)
    page = {
        "place": mine,
        "hands": hands,
        "points": [point for point in points if point.active_to is None],
        "counts": counts,
        "words": actions.words_for(mine, now),
        "hours": charts.by_hour(counts.by_hour, now.astimezone(clock.LOCAL).hour),
        "days": charts.by_day(counts.by_day),
        "reports": reports.reports_of(mine.pk),
        "needs_poster": mine.pk in needing_among([mine.pk]),
        "why_not": why_not(mine),
        "prints": mine.state in rules.PRINTS,
        "devices": len(devices_of(mine, now)),
        "handed_over": HandOver.objects.filter(place=mine).order_by("-made_at")[:5] if hands.are_owners else [],
    }
    return render(request, "owners/place.html", page)


@citizens_only
def edit(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """New particulars; a changed name asks for new posters, the code stays."""
    mine = owned(device, place_id)
    form = OwnPlaceForm(request.POST or None, initial=place_values(mine))
    if request.method == "POST" and form.is_valid():
        try:
            changed = own.change_own(place_id, form.told(), people=_mine(device), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            renamed = changed.name != mine.name
            messages.success(request, _("Đã lưu. Tên đã đổi: hãy in và dán lại tờ mã.") if renamed else _("Đã lưu."))
            return redirect("owners:place", place_id)
    page = {"form": form, "place": mine, "alike": []}
    return render(request, "owners/form.html", page, status=400 if form.errors else 200)


@citizens_only
def poster(request: HttpRequest, device: Device, place_id: int, sheet: str) -> HttpResponse:
    """The posters of one's place."""
    mine = hands_of(device, place_id).place
    points = posters.printable_points([mine])
    content = posters.poster_pdf(points, sheet=sheet, now=clock.now())
    posters.hangs(points)
    return _pdf(content, f"ma-dia-diem-{place_id}-{sheet}.pdf")


@citizens_only
def paper(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """The forms to be filled by hand at one's place."""
    content = papers.paper_pdf(posters.printable_points([hands_of(device, place_id).place]), now=clock.now())
    return _pdf(content, f"phieu-giay-{place_id}.pdf")


@never_cache
@sensitive_post_parameters()
@citizens_only
def type_in(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """The lines of a paper form of one's place."""
    return sheet_page(request, hands_of(device, place_id).place, "owners/type_in.html", by=device.person_id)


def _pdf(content: bytes, name: str) -> HttpResponse:
    shown = f'inline; filename="{name}"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": shown})


@citizens_only
def visitors(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """Who came on a day, under masks."""
    mine, today = owned(device, place_id), clock.local_day(clock.now())
    days = [today - timedelta(days=back) for back in range(LIST_DAYS)]
    day = next((one for one in days if one.isoformat() == request.GET.get("day")), today)
    points = {point.pk: point.name for point in points_of(mine.pk)}
    found = at_place.visitors(
        list(points),
        day,
        vault.the_keyring(),
        after=request.GET.get("after", ""),
        approved=mine.state == rules.APPROVED,
    )
    lines = [(line, points[line.point_id], sureness(line.confidence, line.doubts)) for line in found.visitors]
    page = {"place": mine, "lines": lines, "day": day, "days": days, "next_after": found.next_after}
    return render(request, "owners/visitors.html", page)


@citizens_only
def hand_over(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """Ask the health authority to look at a window of time here."""
    mine = owned(device, place_id)
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begins, ends = form.window()
        told = form.cleaned_data["reason"]
        try:
            made = actions.hand_over(mine, begins, ends, told, by=device.person_id, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(
                request, _("Đã chuyển cơ quan y tế. Số biên nhận: %(receipt)s") % {"receipt": made.receipt}
            )
            return redirect("owners:place", place_id)
    return render(request, "owners/hand_over.html", {"form": form, "place": mine}, status=400 if form.errors else 200)


# --- gate devices of one's place --------------------------------------------------------------------------------------


@citizens_only
def devices(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """The gate devices of one's place; a new one gets its one-time code, and ends with the right of who made it."""
    hands, now = hands_of(device, place_id), clock.now()
    form, shown = DeviceForm(request.POST or None), {}
    if request.method == "POST" and form.is_valid():
        told, until = form.cleaned_data, hands.no_longer_than(form.until(now))
        with transaction.atomic():
            made = offer_device(hands.place, told["name"], until=until, takes_paper=told["paper"], by=None, now=now)
            staff.note_act(hands, "device_offered", now=now)
        shown, form = offered(*made), DeviceForm()
    return render(request, "owners/devices.html", device_page(hands.place, form, shown))


@citizens_only
def act_on_device(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """One more keeper, the end of a keeper, or the end of a device."""
    hands, now, act = hands_of(device, place_id), clock.now(), request.POST.get("act", "")
    with transaction.atomic():
        made = _act_on_device(request, hands, act, now)
        staff.note_act(hands, act, now=now)
    if made is None:
        return redirect("owners:devices", place_id)
    return render(request, "owners/devices.html", device_page(hands.place, DeviceForm(), offered(*made)))


def _act_on_device(request: HttpRequest, hands: staff.Hands, act: str, now: datetime) -> tuple[JoinCode, str] | None:
    """Do it; a keeper who is to join gets a one-time code."""
    if act == "end-keeper":
        end_keeper(keeper_at(hands.place, _number(request)), by=None, now=now)
        return None
    if act not in ("add-keeper", "revoke"):
        raise NotFound
    gate = device_at(hands.place, request.POST.get("device", ""))
    if act == "revoke":
        revoke_device(gate, by=None, now=now)
        return None
    return offer_keeper(gate, until=hands.no_longer_than(now + timedelta(days=30)), by=None, now=now)


def _number(request: HttpRequest) -> int:
    text = request.POST.get("keeper", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


# --- for health officers ----------------------------------------------------------------------------------------------


def handed_over(request: HttpRequest) -> HttpResponse:
    """What owners handed over and nobody has taken yet."""
    waiting = actions.waiting_for(officer_of(request), clock.local_day(clock.now()))
    listed = waiting.select_related("place__unit").order_by("-made_at", "-pk")[:50]
    return render(request, "owners/handed_over.html", {"lines": listed})


def take(request: HttpRequest, receipt: str) -> HttpResponse:
    """Take one: its owner sees that somebody has it."""
    now = clock.now()
    taken = actions.take(receipt, by=officer_of(request), on=clock.local_day(now), now=now)
    messages.success(request, _("Đã nhận %(receipt)s.") % {"receipt": taken.receipt})
    return redirect("owners:handed-over")
