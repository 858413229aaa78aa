"""What owners and staff do about posters: begin a new printing, close a report of one that hangs elsewhere."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.citizens.own_views import citizens_only
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.owners import staff
from dauchan.owners.views import hands_of
from dauchan.people.models import Device
from dauchan.places import actions, reports


@require_POST
@citizens_only
def renew(request: HttpRequest, device: Device, place_id: int, point_id: int) -> HttpResponse:
    """Begin a new printing of a point's poster."""
    hands, now = hands_of(device, place_id), clock.now()
    with transaction.atomic():
        point = actions.begin_printing(hands.place, point_id, by=None, now=now)
        staff.note_act(hands, "poster_renewed", now=now)
    told = _("Bản in %(serial)d của “%(point)s”. Việc tiếp theo: in, dán, gỡ tờ cũ.")
    messages.success(request, told % {"serial": point.serial, "point": point.name})
    return redirect("owners:place", place_id)


@require_POST
@citizens_only
def close_report(request: HttpRequest, device: Device, place_id: int, report_id: int) -> HttpResponse:
    """Close a report of a poster that hangs elsewhere, with what was done."""
    hands, now = hands_of(device, place_id), clock.now()
    try:
        with transaction.atomic():
            reports.close_at(hands.place, report_id, request.POST.get("note", ""), by=None, now=now)
            staff.note_act(hands, "report_closed", now=now)
    except Problem as problem:
        messages.error(request, problem.text(get_language() or "vi"))
    else:
        messages.success(request, _("Đã ghi."))
    return redirect("owners:place", place_id)
