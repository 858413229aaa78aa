"""Requests about one's data: the citizen's page, and the desk of whoever handles them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from dauchan.accounts.forms import refuse
from dauchan.accounts.sessions import officer_of
from dauchan.citizens import requests
from dauchan.citizens.forms import RequestForm
from dauchan.citizens.models import Outcome
from dauchan.citizens.own_views import citizens_only
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.people import holding, own, queries
from dauchan.people.models import Device

SHOWN = 50


@citizens_only
@sensitive_post_parameters()
def own_requests(request: HttpRequest, device: Device) -> HttpResponse:
    """What I asked, until when it is due, what became of it; and a new request."""
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = requests.ask(device, told["kind"], told["words"], now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(
                request, _("Đã gửi. Trả lời trước hết ngày %(day)s.") % {"day": f"{made.answer_by:%d/%m/%Y}"}
            )
            return redirect("citizens:requests")
    page = {
        "form": form,
        "requests": requests.requests_of(device, clock.now()),
        "proved": own.is_proved(device),
        "can_be_proved": own.can_be_proved(device.person_id),
    }
    return render(request, "citizens/requests.html", page, status=400 if form.errors else 200)


def desk(request: HttpRequest) -> HttpResponse:
    """The open requests, those due first in front."""
    by, now = officer_of(request), clock.now()
    listed = requests.read(requests.open_for(by, clock.local_day(now))[:SHOWN], by=by, now=now)
    people = queries.masked({one.row.person_id for one in listed})
    held = holding.held_until(people, clock.local_day(now))
    lines = [(one, people.get(one.row.person_id), held.get(one.row.person_id)) for one in listed]
    return render(request, "citizens/request_desk.html", {"lines": lines})


def act(request: HttpRequest, number: int) -> HttpResponse:
    """Answer, extend or close one request."""
    by, now, why = officer_of(request), clock.now(), request.POST.get("why", "")
    named = request.POST.get("act", "")
    try:
        if named == "answer":
            requests.answer(number, by=by, now=now)
        elif named == "extend":
            requests.extend(number, why, by=by, now=now)
        elif named in (Outcome.DONE, Outcome.REFUSED):
            requests.close(number, named, why, by=by, now=now)
        else:
            raise BadInput(field="act")
    except (BadInput, holding.PersonHeld) as problem:
        messages.error(request, problem.text(get_language() or "vi"))
    else:
        messages.success(request, _("Đã ghi."))
    return redirect("citizens:request-desk")
