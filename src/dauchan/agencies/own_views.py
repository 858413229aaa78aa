"""On a citizen's own pages: an owner asks a question about a place; somebody joins the agency where they work."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dauchan.agencies import forms, guiding, joining
from dauchan.citizens.own_views import citizens_only
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.numbers import row_number
from dauchan.owners.views import hands_of
from dauchan.people.models import Device
from dauchan.people.own import require_proved
from dauchan.people.queries import aliases_of, expand
from dauchan.places.forms import refuse


@citizens_only
def ask(request: HttpRequest, device: Device, place_id: int) -> HttpResponse:
    """Ask something about one's place; what was asked before, with the answers."""
    mine, form = hands_of(device, place_id).place, forms.QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            guiding.ask(mine, form.cleaned_data["text"], person=device.person_id, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã gửi câu hỏi. Câu trả lời hiện ở trang này."))
            return redirect("agencies:ask", place_id)
    page = {"place": mine, "form": form, "questions": guiding.questions_of(mine.pk)}
    return render(request, "agencies/ask.html", page, status=400 if form.errors else 200)


@citizens_only
def membership(request: HttpRequest, device: Device) -> HttpResponse:
    """Join the agency where one works, of one's own accord; leave it as easily."""
    require_proved(device)
    me, now = device.person_id, clock.now()
    people = expand([me])[aliases_of([me])[me]]
    leaving = row_number(request.POST.get("leave", ""))
    if leaving is not None:
        joining.leave(leaving, people=people)
        messages.success(request, _("Đã rút: bạn không còn được đếm ở cơ quan đó."))
        return redirect("agencies:membership")
    form = forms.JoinForm(request.POST or None, initial={"code": request.GET.get("ma", "")[:20]})
    if request.method == "POST" and form.is_valid():
        try:
            joining.join(form.cleaned_data["code"], person=me, now=now)
        except Problem as problem:
            refuse(form, problem)
            if not form.errors:
                form.add_error("code", _("Mã chưa đúng."))
        else:
            messages.success(request, _("Đã tham gia."))
            return redirect("agencies:membership")
    page = {"form": form, "mine": joining.memberships_of(people)}
    return render(request, "agencies/membership.html", page, status=400 if form.errors else 200)
