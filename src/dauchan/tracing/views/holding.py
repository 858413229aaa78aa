"""The pages of a case's legal holds: order one, see what it keeps, end it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.cases.queries import require_on
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse
from dauchan.tracing import holding
from dauchan.tracing.forms import HoldForm, shown
from dauchan.tracing.views.pages import case_of, frame
from dauchan.visits.words import sureness


def holds(request: HttpRequest, code: str) -> HttpResponse:
    """The holds of a case, and the form of a new one."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    require_on(case, "case.hold", officer, clock.local_day(now))
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = holding.order_hold(case, told["reason"], told["until"], by=officer, now=now)
        except BadInput as problem:
            refuse(form, problem)
        else:
            said = _("Đã giữ %(stays)s lượt của %(people)s người đến hết ngày %(until)s.")
            words = {"stays": made.stays, "people": made.people, "until": f"{made.until:%d/%m/%Y}"}
            messages.success(request, said % words)
            return redirect("tracing:holds", code)
    page = frame(request, case, "log") | {
        "form": form,
        "holds": case.holds.select_related("ordered_by", "ended_by").order_by("-pk"),
    }
    return render(request, "tracing/holds.html", page, status=400 if form.errors else 200)


def hold(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What one hold keeps, under masks."""
    case, after = case_of(request, code), row_number(request.GET.get("after", "")) or 0
    found, lines, more = holding.open_hold(case, number, after=after, by=officer_of(request), now=clock.now())
    shown_lines = [(line, sureness(line.stay.confidence, line.stay.doubts)) for line in lines]
    page = frame(request, case, "log") | {"hold": found, "lines": shown_lines, "next_after": more}
    return render(request, "tracing/hold.html", page)


@require_POST
def end(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """End a hold before its day."""
    case = case_of(request, code)
    try:
        holding.release_hold(case, number, request.POST.get("why", ""), by=officer_of(request), now=clock.now())
    except BadInput as problem:
        messages.error(request, shown(problem))
    else:
        messages.success(request, _("Đã thôi giữ. Bản sao đã xóa."))
    return redirect("tracing:holds", code)
