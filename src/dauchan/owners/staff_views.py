"""The page on which an owner names staff until a day, sees them listed, and ends their rights."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dauchan.accounts.forms import refuse
from dauchan.citizens.own_views import citizens_only
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.owners import staff
from dauchan.owners.forms import StaffForm
from dauchan.owners.views import owned
from dauchan.people.models import Device
from dauchan.places.models import Place


@sensitive_post_parameters()
@citizens_only
def staff_page(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """Who looks after one's place too; a number typed here gets the right to."""
    mine = owned(device, place_id)
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _given(form, mine, device):
        messages.success(request, _("Đã giao quyền. Người này vào trang Địa điểm của tôi để làm việc."))
        return redirect("owners:staff", place_id)
    page = {"form": form, "place": mine, "staff": staff.staff_of(mine, clock.now())}
    return render(request, "owners/staff.html", page, status=400 if form.errors else 200)


def _given(form: StaffForm, place: Place, device: Device) -> bool:
    told = form.cleaned_data
    try:
        staff.give(place, told["phone"], told["name"], until=form.until(), by=device.person_id, now=clock.now())
    except staff.UntilUnclear as problem:
        form.add_error("last_day", problem.text(get_language() or "vi"))
    except Problem as problem:
        refuse(form, problem)
    return not form.errors


@require_POST
@citizens_only
def end(request: HttpRequest, device: Device, place_id: int, staff_id: int) -> HttpResponse:
    """End the rights of one of the staff."""
    staff.end(owned(device, place_id), staff_id, now=clock.now())
    messages.success(request, _("Đã kết thúc. Từ lần bấm tiếp theo, người này không mở được trang của địa điểm."))
    return redirect("owners:staff", place_id)
