"""Pages of somebody's household: whom they look after, each one's code, card and visits, the end of care.

Nothing of anybody is shown before a phone is proved, and nothing of a person whom its bearer does not look after now.
"""

import segno
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dauchan.accounts.forms import refuse
from dauchan.citizens.forms import MemberForm
from dauchan.citizens.own_views import SCANS_CARDS, as_file, citizens_only
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.people import caring, own, vault
from dauchan.people.cardprint import card_pdf
from dauchan.people.models import Device
from dauchan.people.rules import mask_name
from dauchan.visits.checking_in import visits_under


@never_cache
@citizens_only
def household(request: HttpRequest, device: Device) -> HttpResponse:
    """Whom one looks after."""
    page = {
        "household": caring.household_of(device),
        "proved": own.is_proved(device),
        "can_be_proved": own.can_be_proved(device.person_id),
    }
    return render(request, "citizens/household.html", page)


@never_cache
@csp_update(SCANS_CARDS)
@sensitive_post_parameters()
@citizens_only
def add_member(request: HttpRequest, device: Device) -> HttpResponse:
    """Add somebody whom one looks after; they get their own code at once."""
    if not own.is_proved(device):
        return redirect("citizens:household")
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = caring.begin_care(device, form.identity(), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã thêm. Việc tiếp theo: in thẻ giấy cho người này."))
            return redirect("citizens:member", made.number)
    return render(request, "citizens/add_member.html", {"form": form}, status=400 if form.errors else 200)


@never_cache
@citizens_only
def member(request: HttpRequest, device: Device, number: int) -> HttpResponse:
    """One of the household: code and visits; a POST ends the code and gives another."""
    one, now = caring.one_of(device, number), clock.now()
    if request.method == "POST":
        caring.replace_pass_of(one, now=now)
        messages.success(request, _("Mã cũ không còn dùng được; đây là mã mới."))
        return redirect("citizens:member", number)
    issued = caring.pass_of(one, now=now)
    caring.note_look(one, now=now)
    page = {
        "one": one,
        "picture": segno.make(issued.text, error="m").svg_data_uri(scale=8, border=4, light="white"),
        "serial": issued.serial,
        "number": issued.number,
        "visits": visits_under([one.person], vault.the_keyring(), since=one.begins_at, now=now),
    }
    return render(request, "citizens/member.html", page)


@never_cache
@citizens_only
def member_card(request: HttpRequest, device: Device, number: int) -> HttpResponse:
    """Their card to print."""
    one, now = caring.one_of(device, number), clock.now()
    card = card_pdf(caring.pass_of(one, now=now), mask_name(one.name), now=now)
    return as_file(card, "application/pdf", "the-ca-nhan.pdf")


@require_POST
@citizens_only
def end_care(request: HttpRequest, device: Device, number: int) -> HttpResponse:
    """End one's care of somebody now."""
    caring.end_care(device, number, now=clock.now())
    messages.success(request, _("Đã kết thúc. Bạn không còn xem hay ghi cho người này."))
    return redirect("citizens:household")
