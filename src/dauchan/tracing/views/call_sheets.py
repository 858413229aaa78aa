"""The pages of call sheets: ask for one, approve, print by commune, take it as a spreadsheet."""

import hashlib
import io
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from openpyxl import load_workbook

from dauchan.accounts.queries import has_permission
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.exports import Cell, Export, xlsx
from dauchan.kernel.numbers import row_number
from dauchan.tracing import queries, release
from dauchan.tracing.forms import OutbreakForm, ReleaseForm, shown
from dauchan.tracing.models import Contact, DeclaredOutbreak, Grade, Release
from dauchan.tracing.views.deciding import download
from dauchan.tracing.views.pages import case_of, frame

PAGE_OF_PAGES = "&P / &N"
LONGEST_FOOT = 255
"""Excel opens no workbook whose foot, its codes included, is longer."""


def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a call sheet: first with the number of people, then confirmed."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    require_on(case, "case.release", officer, clock.local_day(now))
    given = request.POST if request.method == "POST" else None
    form = ReleaseForm(given, initial={"grade": Grade.CLOSE, "residence": request.GET.get("residence", "")})
    wanted = _wanted(case, form)
    count = wanted.count()
    if given is not None and "confirm" in given and form.is_valid():
        expected = row_number(given.get("expected", ""))
        try:
            made = release.request_release(
                case,
                wanted,
                recipient=form.cleaned_data["recipient"],
                purpose=form.cleaned_data["purpose"],
                expected=-1 if expected is None else expected,
                by=officer,
                now=now,
            )
        except Problem as problem:
            form.add_error(None, shown(problem))
        else:
            return redirect("tracing:release", made.pk)
    elif given is not None and "confirm" not in given:
        form.errors.clear()
    page = {"form": form, "count": count, "alone_up_to": release.alone_up_to()}
    page["outbreak"] = release.outbreak_at(case.unit_id, clock.local_day(now), officer=officer)
    return render(request, "tracing/ask_release.html", frame(request, case, "contacts") | page)


def _wanted(case: Case, form: ReleaseForm) -> Any:
    """The contacts that the form means: one grade, perhaps of one unit."""
    value = form.data.get if form.is_bound else form.initial.get
    grade, residence = str(value("grade") or Grade.CLOSE), str(value("residence") or "")
    wanted = queries.ContactFilter(grades=[grade], residence=residence)
    return queries.narrowed_contacts(Contact.objects.filter(case=case), wanted, clock.local_day(clock.now()))


def release_page(request: HttpRequest, release_id: int) -> HttpResponse:
    """What became of one request: wait, open, approve."""
    officer, now = officer_of(request), clock.now()
    found = release.release_of(release_id, officer, clock.local_day(now))
    page = {
        "release": found,
        "may_open": release.may_be_opened(found, now),
        "may_approve": has_permission(officer, "case.approve_release", clock.local_day(now))
        and found.requested_by_id != officer.pk
        and found.approved_by_id is None
        and found.state in ("waiting", "approve_later"),
    }
    return render(request, "tracing/release.html", page)


@require_POST
def decide(request: HttpRequest, release_id: int) -> HttpResponse:
    """A second officer approves or refuses."""
    approve = request.POST.get("answer") == "approve"
    release.decide_release(release_id, approve=approve, by=officer_of(request), now=clock.now())
    messages.success(request, gettext("Đã duyệt.") if approve else gettext("Đã từ chối."))
    return redirect("tracing:release", release_id)


@require_POST
def sheet(request: HttpRequest, release_id: int) -> HttpResponse:
    """The sheet itself, to be printed; a POST, because every opening is written down."""
    officer, now = officer_of(request), clock.now()
    found, groups = release.open_sheet(release_id, by=officer, now=now)
    page = {"release": found, "groups": groups, "officer": officer, "at": now}
    response = render(request, "tracing/sheet.html", page)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def spreadsheet(request: HttpRequest, release_id: int) -> HttpResponse:
    """The sheet as a workbook with the recipient's mark in the foot of each page and in its properties."""
    officer, now = officer_of(request), clock.now()
    found, groups = release.open_sheet(release_id, by=officer, now=now)
    rows = [_row(line, vietnamese=request.LANGUAGE_CODE.startswith("vi")) for group in groups for line in group.lines]
    file = xlsx(found.case.code, _headers(), rows, expected=found.people)
    marked = with_mark(file, found, now)
    return download(marked, f"{found.case.code}-danh-sach-goi-{found.pk}.xlsx")


def _headers() -> list[str]:
    return [
        gettext("Xã, phường"),
        gettext("Họ tên"),
        gettext("Điện thoại"),
        gettext("Địa chỉ"),
        gettext("Nhóm"),
        gettext("Mức độ bằng chứng"),
        gettext("Lý do"),
        gettext("Ghi chú"),
    ]


def _row(line: release.Line, *, vietnamese: bool) -> list[Cell]:
    identity, contact = line.identity, line.contact
    reason = line.opened.reason_vi if vietnamese else line.opened.reason_en
    if told := line.opened.told:
        last = {"relation": told.relation, "at": _local(told.last_exposure)}
        reason = "; ".join(filter(None, [gettext("Ca bệnh kể: %(relation)s, lần cuối %(at)s") % last, reason]))
    return [
        str(contact.residence) if contact.residence else gettext("chưa rõ"),
        identity.name if identity else gettext("danh tính đã xoá"),
        identity.phone if identity else "",
        identity.address if identity else "",
        contact.label,
        str(queries.class_label(contact.evidence_class)),
        reason,
        "" if line.has_phone else gettext("Chưa có số điện thoại: đến tận nơi theo địa chỉ"),
    ]


def with_mark(file: Export, found: Release, now: datetime) -> Export:
    """The workbook with whose copy it is: printed in the foot of each page, and in full in the file's properties."""
    book = load_workbook(io.BytesIO(file.content))
    for page in book.worksheets:
        foot = page.oddFooter
        assert foot is not None  # openpyxl makes a foot with each sheet
        foot.left.text, foot.right.text = _foot(found, now), PAGE_OF_PAGES
        page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
        page.print_title_rows = "1:1"
    book.properties.identifier = book.properties.keywords = found.marker
    book.properties.description = _mark(found, found.recipient, now)
    content = io.BytesIO()
    book.save(content)
    made = content.getvalue()
    return Export(made, file.rows, hashlib.sha256(made).hexdigest(), file.media_type)


def _mark(found: Release, recipient: str, now: datetime) -> str:
    return gettext("Bản của %(recipient)s · %(case)s · lập %(at)s · dấu %(marker)s") % {
        "recipient": recipient,
        "case": found.case.code,
        "at": _local(now),
        "marker": found.marker,
    }


def _foot(found: Release, now: datetime) -> str:
    """The mark as Excel reads a foot: "&" written twice, a recipient too long for it cut, the marker whole."""
    room, recipient = LONGEST_FOOT - len(f"&L&R{PAGE_OF_PAGES}"), found.recipient
    foot = _mark(found, recipient, now).replace("&", "&&")
    while _excel_length(foot) > room and recipient:
        recipient = recipient[:-1]
        foot = _mark(found, recipient + "…", now).replace("&", "&&")
    return foot


def _excel_length(text: str) -> int:
    """Letters as Excel counts them: those outside the first 65,536 are two."""
    return len(text.encode("utf-16-le")) // 2


def _local(instant: datetime) -> str:
    return instant.astimezone(clock.LOCAL).strftime("%H:%M %d/%m/%Y")


def waiting(request: HttpRequest) -> HttpResponse:
    """The sheets that wait for a second officer, and the declared outbreaks."""
    officer, now = officer_of(request), clock.now()
    today = clock.local_day(now)
    form = OutbreakForm(request.POST or None, initial={"declared_on": today})
    if request.method == "POST" and "end" in request.POST:
        release.end_outbreak(row_number(request.POST["end"]) or 0, by=officer, now=now)
        return redirect("tracing:releases")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        release.declare_outbreak(given["unit"], given["reference"], given["declared_on"], by=officer, now=now)
        messages.success(request, gettext("Đã ghi công bố dịch."))
        return redirect("tracing:releases")
    page = {
        "waiting": [(each, _overdue(each, now)) for each in release.waiting_for_approval(officer, today)],
        "outbreaks": DeclaredOutbreak.objects.filter(ended_on__isnull=True).select_related("unit").order_by("-pk"),
        "form": form,
        "may_approve": has_permission(officer, "case.approve_release", today),
    }
    return render(request, "tracing/releases.html", page)


def _overdue(found: Release, now: Any) -> bool:
    return found.approve_before is not None and found.approve_before <= now
