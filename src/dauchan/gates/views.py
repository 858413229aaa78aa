"""The pages of gate devices: those of a place, the one-time code on the screen, gates that have not sent for hours."""

from datetime import timedelta
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dauchan.accounts.sessions import officer_of
from dauchan.gates import actions, queries, rules
from dauchan.gates.forms import DeviceForm
from dauchan.gates.models import JoinCode
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.places.models import Place
from dauchan.places.queries import visible_to


def _place(request: HttpRequest, place_id: int) -> Place:
    """A place whose gates this officer or owner looks after.

    raises   NotFound
    """
    mine = visible_to(officer_of(request), "place.edit", clock.local_day(clock.now()))
    place = mine.select_related("unit").filter(pk=place_id).first()
    if place is None:
        raise NotFound
    return place


@never_cache
def devices(request: HttpRequest, place_id: int) -> HttpResponse:
    """A place's devices; a new one gets its one-time code, which is shown here and nowhere again."""
    place, now = _place(request, place_id), clock.now()
    form = DeviceForm(request.POST or None)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        made = actions.offer_device(
            place, told["name"], until=form.until(now), takes_paper=told["paper"], by=officer_of(request), now=now
        )
        shown, form = offered(*made), DeviceForm()
    return _page(request, place, form, shown)


def add_keeper(request: HttpRequest, place_id: int, device_id: str) -> HttpResponse:
    """One more keeper for a device: the code for the device's own screen."""
    place, now = _place(request, place_id), clock.now()
    until = now + timedelta(days=rules.USUAL_DAYS)
    made = actions.offer_keeper(queries.device_at(place, device_id), until=until, by=officer_of(request), now=now)
    return _page(request, place, DeviceForm(), offered(*made))


def revoke(request: HttpRequest, place_id: int, device_id: str) -> HttpResponse:
    """End a device that is lost or no longer needed."""
    device = queries.device_at(_place(request, place_id), device_id)
    actions.revoke_device(device, by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã thu hồi thiết bị. Máy chủ từ chối nó trong vài giây."))
    return redirect("gates:devices", place_id)


def end_keeper(request: HttpRequest, place_id: int, keeper_id: int) -> HttpResponse:
    """End one keeper of a device."""
    place = _place(request, place_id)
    actions.end_keeper(queries.keeper_at(place, keeper_id), by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã kết thúc lượt của người trực."))
    return redirect("gates:devices", place_id)


@never_cache
def slow(request: HttpRequest) -> HttpResponse:
    """Gates on which scans have waited for hours."""
    now = clock.now()
    page = queries.slow_page(officer_of(request), now, after=request.GET.get("after", ""))
    shown = {"devices": page.devices, "next_after": page.next_after, "hours": rules.WARN_AFTER.seconds // 3600}
    return render(request, "gates/slow.html", shown)


def offered(row: JoinCode, code: str) -> dict[str, Any]:
    """The one-time code as the page shows it: in groups of five, and as a picture for the other phone's camera."""
    host = settings.INSTALLATION.public_host
    address = f"https://{host}{reverse('gates:app')}#{code}" if host else code
    picture = segno.make(address, error="m", micro=False).svg_data_uri(border=4, scale=5, dark="#000", light="#fff")
    return {"offered": row, "code": f"{code[:5]} {code[5:]}", "picture": picture}


def _page(request: HttpRequest, place: Place, form: DeviceForm, shown: dict[str, Any]) -> HttpResponse:
    return render(request, "gates/devices.html", device_page(place, form, shown))


def device_page(place: Place, form: DeviceForm, shown: dict[str, Any]) -> dict[str, Any]:
    """What a page about a place's devices shows; `shown` is a one-time code just made, or nothing."""
    now = clock.now()
    listed = [
        (device, [keeper for keeper in device.keepers.all() if not keeper.ended_at], queries.is_slow(device, now))
        for device in queries.devices_of(place, now)
    ]
    return {"place": place, "form": form, "devices": listed, "minutes": rules.CODE_LIFETIME.seconds // 60, **shown}
