"""The pages of reports: the list, a new one, one with its files, the schedule, open data for everybody."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.coverage.figures import latest_day
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.exports import XLSX
from dauchan.places.forms import query_without, refuse
from dauchan.reports import actions, document, drawing, opendata, phrases, queries, scheduling, telling, workbook
from dauchan.reports.forms import FilterForm, IssueForm, NewForm, ScheduleForm, usual_signature
from dauchan.reports.models import Report, State
from dauchan.reports.schedules import schedules_page
from dauchan.reports.snapshot import Content, read
from dauchan.units import agencies
from dauchan.units.models import Agency

LANGUAGES = {"vi": "tiếng Việt", "en": "English"}


def today() -> date:
    return clock.local_day(clock.now())


def tell(request: HttpRequest, problem: Problem) -> None:
    messages.error(request, problem.text(get_language() or "vi"))


def report_list(request: HttpRequest) -> HttpResponse:
    """The reports that this officer may see, or those that were sent to them."""
    officer, mine = officer_of(request), request.GET.get("for") == "me"
    form = FilterForm(request.GET or None)
    filters = form.filters(mine=mine) if form.is_valid() else queries.Filters(mine=mine)
    page = queries.search(officer, filters, after=request.GET.get("after", ""), on=today())
    unread = queries.unread(officer, today())
    shown = {
        "form": form,
        "reports": page.reports,
        "next_after": page.next_after,
        "query": query_without(request, "after"),
        "mine": mine,
        "narrowed": filters != queries.Filters(mine=mine),
        "unread": unread,
        "may_make": has_permission(officer, queries.MAKE, today()),
    }
    return render(request, "reports/list.html", shown, status=400 if form.errors else 200)


def new(request: HttpRequest) -> HttpResponse:
    """Choose kind, subject and days; what is made is a draft, to be looked at before it is issued."""
    officer = officer_of(request)
    form = NewForm(request.POST or None, officer=officer, on=today(), initial={"last": latest_day() or today()})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data["kind"], form.subject(), form.chosen_issuer()
        try:
            first, last = form.period()
            existing = queries.existing(*told, last)
            made = existing or actions.make_report(*told, first=first, last=last, by=officer, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            found, new_one = _("Báo cáo kỳ này đã có."), _("Đã lập bản thảo. Hãy xem lại rồi ban hành.")
            messages.success(request, found if existing else new_one)
            return redirect("reports:report", made.pk)
    return render(request, "reports/new.html", {"form": form}, status=400 if form.errors else 200)


def _seen(request: HttpRequest, report_id: int) -> Report:
    return queries.report_seen(officer_of(request), report_id, today())


def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report, with what can be done with it."""
    officer, found = officer_of(request), _seen(request, report_id)
    actions.opened(found, officer, now=clock.now())
    return _report_page(request, found, IssueForm(initial=usual_signature(found)) if found.is_draft else None)


def _report_page(request: HttpRequest, found: Report, form: IssueForm | None) -> HttpResponse:
    content = read(found.content)
    may_make = queries.may_make(officer_of(request), found, today())
    page = {
        "report": found,
        "content": content,
        "title": telling.title(content),
        "opening": telling.opening(content),
        "sections": _drawn(content),
        "notes": telling.notes(content),
        "recipients": queries.recipients_of(found),
        "corrected_by": queries.corrections_of(found),
        "form": form,
        "may_make": may_make,
        "may_discard": found.is_draft and not actions.is_made_again(found, clock.now()),
        "offered": _offered(request, found) if may_make and found.state == State.ISSUED else [],
        "q": request.GET.get("q", "")[:200],
        "other": [(code, name) for code, name in LANGUAGES.items() if code != (get_language() or "vi")[:2]],
    }
    return render(request, "reports/report.html", page, status=400 if form and form.errors else 200)


def _drawn(content: Content) -> list[tuple[telling.Section, list[Any]]]:
    """Each section with its pictures."""
    return [
        (section, [made for name in section.pictures if (made := drawing.picture(name, content))])
        for section in telling.sections(content)
    ]


def _offered(request: HttpRequest, found: Report) -> list[tuple[Agency, bool]]:
    """The agencies that a report can be sent to, and whether each is ticked: the usual ones are, those searched too."""
    subject = found.unit or found.agency
    assert subject is not None
    told = {one.to_agency_id for one in queries.recipients_of(found)}
    usual = [one for one in queries.suggested(subject, found.issuer, today()) if one.pk not in told]
    text = request.GET.get("q", "")[:200]
    searched = agencies.search_agencies(text, today()) if text.strip() else []
    listed = {one.pk: one for one in [*usual, *searched] if one.pk not in told}
    return [(one, one in usual) for one in listed.values()]


def file(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """A report as DOCX, PDF or XLSX, in Vietnamese or English."""
    if kind not in ("docx", "pdf", "xlsx"):
        raise NotFound
    found = _seen(request, report_id)
    actions.opened(found, officer_of(request), now=clock.now())
    asked = request.GET.get("lang", get_language() or "vi")[:2]
    with translation.override(asked if asked in LANGUAGES else "vi"):
        names = [str(one) for one in queries.recipients_of(found)]
        content, media = (workbook.workbook(found), XLSX) if kind == "xlsx" else document.files(found, kind, names)
    name = f"bao-cao-{found.pk}-{found.last_day:%Y-%m-%d}.{kind}"
    return HttpResponse(
        content,
        content_type=media,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Snapshot-SHA256": found.sha256},
    )


@require_POST
def issue(request: HttpRequest, report_id: int) -> HttpResponse:
    """Give a draft its number, day and signer."""
    found, form = _seen(request, report_id), IssueForm(request.POST)
    if form.is_valid():
        try:
            made = actions.issue(found.pk, form.signature(), by=officer_of(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã ban hành báo cáo số %(number)s.") % {"number": str(made)})
            return redirect("reports:report", report_id)
    return _report_page(request, found, form)


@require_POST
def send(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send an issued report to the agencies that were ticked and the officers whose addresses were written."""
    found = _seen(request, report_id)
    chosen = [int(key) for key in request.POST.getlist("to") if key.isascii() and key.isdecimal() and len(key) < 10]
    to = list(agencies.agencies_in_force(today()).filter(pk__in=chosen))
    try:
        emails = request.POST.get("emails", "").replace("\0", "").replace(",", " ").replace(";", " ").split()
        emails = emails[: actions.MOST_RECIPIENTS]
        actions.send(found.pk, to, emails=emails, by=officer_of(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã gửi. Nơi nhận thấy báo cáo trong danh sách “Gửi đến tôi”."))
    return redirect("reports:report", report_id)


@require_POST
def act(request: HttpRequest, report_id: int) -> HttpResponse:
    """Make a draft again, or throw it away."""
    found, officer, asked = _seen(request, report_id), officer_of(request), request.POST.get("act", "")
    try:
        if asked == "remake":
            actions.remake(found.pk, by=officer, now=clock.now())
            messages.success(request, _("Đã lấy số liệu mới nhất vào bản thảo."))
        elif asked == "discard":
            actions.discard(found.pk, by=officer, now=clock.now())
            messages.success(request, _("Đã bỏ bản thảo."))
            return redirect("reports:list")
        else:
            raise NotFound
    except Problem as problem:
        tell(request, problem)
    return redirect("reports:report", report_id)


# --- the schedule -----------------------------------------------------------------------------------------------------


def schedules(request: HttpRequest) -> HttpResponse:
    """Which reports are made when and for whom; a new row."""
    officer, text = officer_of(request), request.GET.get("q", "")[:200]
    offered = queries.offered_to(officer, text, request.POST.getlist("to"), today())
    form = ScheduleForm(request.POST or None, officer=officer, on=today(), offered=offered)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            scheduling.schedule(
                told["kind"],
                form.subject(),
                form.chosen_issuer(),
                at=told["at"],
                weekday=told["weekday"],
                to=form.recipients(),
                by=officer,
                now=clock.now(),
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã đặt lịch."))
            return redirect("reports:schedules")
    listed, next_after = schedules_page(officer, today(), after=request.GET.get("after", ""))
    page = {"form": form, "schedules": listed, "next_after": next_after, "q": text}
    return render(request, "reports/schedules.html", page, status=400 if form.errors else 200)


@require_POST
def end_schedule(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Make no more reports by a row."""
    scheduling.end_schedule(schedule_id, by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã kết thúc lịch. Báo cáo đã lập vẫn còn."))
    return redirect("reports:schedules")


# --- open data --------------------------------------------------------------------------------------------------------


def open_data(request: HttpRequest) -> HttpResponse:
    """What anybody may have of the daily figures: days, files, what each figure means, under which licence."""
    licence = opendata.LICENCE_VI if phrases.is_vietnamese() else opendata.LICENCE_EN
    page = {
        "days": queries.public_days(60),
        "dictionary": opendata.dictionary(),
        "licence": licence,
        "url": opendata.LICENCE_URL,
    }
    return render(request, "reports/open_data.html", page)
