"""The list of cases, and what is done to a case's milestones and shares; the case's own page is tracing's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.cases import actions, queries
from dauchan.cases.forms import CaseListForm, ShareForm
from dauchan.cases.models import Case, Milestone, MilestoneSource, MilestoneState
from dauchan.kernel import clock
from dauchan.kernel.numbers import row_number
from dauchan.people.queries import masked
from dauchan.units.queries import unit_ids_within


def officer_of(request: HttpRequest) -> Officer:
    """The officer behind a request; the route table lets nobody else in."""
    assert isinstance(request.user, Officer)
    return request.user


def case_list(request: HttpRequest) -> HttpResponse:
    """The cases of this officer, newest first, narrowed by unit, number and day; none while a filter is wrong."""
    officer, today = officer_of(request), clock.local_day(clock.now())
    form = CaseListForm(request.GET or None)
    wanted = _filter(form) if form.is_valid() else queries.CaseFilter()
    after = request.GET.get("after", "")
    limit = 0 if form.errors else queries.PAGE + 1
    found = queries.list_cases(officer, today, wanted, after=row_number(after), limit=limit)
    shown = found[: queries.PAGE]
    people = masked(case.person_id for case in shown)
    page = {
        "form": form,
        "rows": [(case, people.get(case.person_id)) for case in shown],
        "next_after": shown[-1].pk if len(found) > queries.PAGE else "",
        "narrowed": bool(form.errors) or wanted != queries.CaseFilter(),
        "may_confirm": has_permission(officer, "case.confirm", today),
        "query": _query_without(request, "after"),
    }
    return render(request, "cases/list.html", page)


def _filter(form: CaseListForm) -> queries.CaseFilter:
    given = form.cleaned_data
    unit = given["unit"]
    within = tuple(unit_ids_within(unit, clock.local_day(clock.now()))) if unit else None
    return queries.CaseFilter(within, given["confirmed_from"], given["confirmed_to"], given["code"])


def _query_without(request: HttpRequest, name: str) -> str:
    kept = request.GET.copy()
    kept.pop(name, None)
    return kept.urlencode()


def _case(request: HttpRequest, code: str) -> Case:
    return queries.case_by_code(officer_of(request), code, clock.local_day(clock.now()))


@require_POST
def decide_milestone(request: HttpRequest, code: str, milestone_id: int) -> HttpResponse:
    """Make a milestone count, set it aside, or put it back."""
    state = request.POST.get("state", "")
    case, officer = _case(request, code), officer_of(request)
    milestone = actions.decide_milestone(case, milestone_id, state, by=officer, now=clock.now())
    messages.success(request, _said(milestone))
    return redirect(_milestones(code))


def _said(milestone: Milestone) -> str:
    """What a decision on a milestone changes of the list: a scan stands whatever an officer thinks of it."""
    if milestone.source == MilestoneSource.TOLD:
        return gettext("Đã lưu mốc dịch tễ. Lập lại danh sách để tính theo.")
    if milestone.state == MilestoneState.SET_ASIDE:
        return gettext("Đã bỏ qua mốc dịch tễ. Lượt quét vẫn được tính: danh sách tiếp xúc không đổi.")
    return gettext("Đã lưu mốc dịch tễ.")


def _milestones(code: str) -> str:
    return f"/ca-benh/{code}/moc-dich-te"


@require_POST
def share(request: HttpRequest, code: str) -> HttpResponse:
    """Let another unit work on the case, or take it back."""
    case, officer = _case(request, code), officer_of(request)
    stop = row_number(request.POST.get("stop", ""))
    if stop is not None:
        actions.stop_sharing(case, stop, by=officer, now=clock.now())
        messages.success(request, gettext("Đã thôi chia sẻ."))
        return redirect(f"/ca-benh/{code}/nhat-ky")
    form = ShareForm(request.POST)
    if form.is_valid():
        actions.share_case(case, form.cleaned_data["unit"], by=officer, now=clock.now())
        messages.success(request, gettext("Đã chia sẻ ca bệnh."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(f"/ca-benh/{code}/nhat-ky")
