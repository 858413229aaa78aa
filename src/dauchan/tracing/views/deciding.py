"""What officers do on the pages of a case: propose, decide, undo, assign, look at one identity, export masked."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from dauchan.accounts import audit
from dauchan.cases.models import Case
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.exports import Cell, Export, csv_file, xlsx
from dauchan.kernel.numbers import row_number
from dauchan.people.queries import masked
from dauchan.tracing import actions, decisions, queries, runs
from dauchan.tracing.forms import SURENESS, AssignForm, FilterForm, PurposeForm, shown
from dauchan.tracing.models import Basis, Contact, DecisionBatch, Grade, Proposal, Run, RunState
from dauchan.tracing.views.pages import case_of, frame


@require_POST
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the engine to propose contacts: from confirmed F1, or as a what-if on all proposals."""
    case = case_of(request, code)
    generations = request.POST.get("generations", "2")
    basis = Basis.WHAT_IF if request.POST.get("basis") == Basis.WHAT_IF else Basis.CONFIRMED
    runs.propose_contacts(
        case,
        by=officer_of(request),
        now=clock.now(),
        generations=int(generations) if generations.isdecimal() and len(generations) < 3 else 2,
        basis=basis,
    )
    return redirect("tracing:case", case.code)


def progress(request: HttpRequest, code: str) -> HttpResponse:
    """How far the list is: a fragment that asks again; when the work ends, the whole page loads anew."""
    case = case_of(request, code)
    run = runs.newest_run(case)
    if run is not None and run.state in runs.UNFINISHED:
        return render(request, "tracing/progress.html", {"case": case, "run": run})
    if run is not None and run.state == RunState.DONE and request.GET.get("run") == str(run.pk):
        _say_listed(request, run)
    return HttpResponse(headers={"HX-Refresh": "true"})


def _say_listed(request: HttpRequest, run: Run) -> None:
    sentence = gettext(
        "Đã lập danh sách: thêm %(added)d, thay đổi %(changed)d, bỏ %(dropped)d; "
        "giữ lại %(kept)d người đã quyết định dù không còn tìm thấy."
    )
    counts = {"added": run.added, "changed": run.changed, "dropped": run.dropped, "kept": run.kept}
    messages.success(request, sentence % counts)


@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """One grade for the rows that were ticked, or for everybody whom the filter leaves."""
    case = case_of(request, code)
    try:
        chosen, expected = _chosen(case, request.POST)
        batch = decisions.decide(
            case, chosen, request.POST.get("grade", ""), by=officer_of(request), now=clock.now(), expected=expected
        )
    except BadInput as problem:
        messages.error(request, shown(problem))
    else:
        _say_decided(request, batch)
    return _back(request, case)


def _chosen(case: Case, given: QueryDict) -> tuple[Any, int | None]:
    """The proposals meant, and the number of people that the officer saw.

    raises   NobodyChosen
    """
    if "everybody" in given:
        wanted = FilterForm(given).wanted(beside=given)
        expected = row_number(given.get("expected", ""))
        if expected is None:
            raise decisions.NobodyChosen
        return queries.narrowed(case, wanted, clock.local_day(clock.now())), expected
    ids = [number for text in given.getlist("proposal") if (number := row_number(text)) is not None]
    return Proposal.objects.filter(pk__in=ids), None


def _say_decided(request: HttpRequest, batch: DecisionBatch) -> None:
    sentence = ngettext(
        "Đã quyết định cho %(count)d người: %(grade)s.", "Đã quyết định cho %(count)d người: %(grade)s.", batch.people
    )
    messages.success(request, sentence % {"count": batch.people, "grade": Grade(batch.grade).label})


def _back(request: HttpRequest, case: Case, to: str = "tracing:case") -> HttpResponse:
    """The list again, with the same filters."""
    response = redirect(to, case.code)
    query = request.POST.get("query", "")
    if query:
        response["Location"] += "?" + QueryDict(query).urlencode()
    return response


@require_POST
def undo(request: HttpRequest, code: str, batch_id: int) -> HttpResponse:
    """Take one decision back."""
    case = case_of(request, code)
    batch = decisions.undo(case, batch_id, by=officer_of(request), now=clock.now())
    messages.success(request, gettext("Đã hoàn tác quyết định cho %(count)d người.") % {"count": batch.people})
    return _back(request, case)


@require_POST
def regrade(request: HttpRequest, code: str) -> HttpResponse:
    """Another grade, or another unit to look after them, for contacts that were ticked."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    ids = [number for text in request.POST.getlist("contact") if (number := row_number(text)) is not None]
    people = list(Contact.objects.filter(case=case, pk__in=ids).values_list("person_id", flat=True))
    try:
        if "assign" in request.POST:
            unit = AssignForm(request.POST).unit_given()
            count = decisions.assign_contacts(case, people, unit, by=officer, now=now)
            messages.success(request, gettext("Đã giao %(count)d người cho %(unit)s.") % {"count": count, "unit": unit})
        elif "unassign" in request.POST:
            count = decisions.assign_contacts(case, people, None, by=officer, now=now)
            messages.success(request, gettext("Đã thôi giao %(count)d người.") % {"count": count})
        else:
            _say_decided(request, decisions.regrade(case, people, request.POST.get("grade", ""), by=officer, now=now))
    except BadInput as problem:
        messages.error(request, shown(problem))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
    return _back(request, case, to="tracing:contacts")


# --- one identity -----------------------------------------------------------------------------------------------------


def reveal_case(request: HttpRequest, code: str) -> HttpResponse:
    """Who the case is: asks for the purpose first, shows the identity once."""
    case = case_of(request, code)
    return _reveal(
        request,
        frame(request, case, ""),
        lambda purpose: actions.reveal_case(case, purpose, by=officer_of(request), now=clock.now()),
    )


def reveal_proposal(request: HttpRequest, code: str, proposal_id: int) -> HttpResponse:
    """Who one proposed person is."""
    case = case_of(request, code)
    row = queries.proposal_of(case, proposal_id)
    return _reveal(
        request,
        frame(request, case, ""),
        lambda purpose: actions.reveal_proposal(case, row, purpose, by=officer_of(request), now=clock.now()),
    )


def reveal_contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Who one contact is, for the officer of the case or of the unit that looks after them."""
    officer, now = officer_of(request), clock.now()
    queries.contact_of(contact_id, officer, clock.local_day(now))
    return _reveal(request, {}, lambda purpose: actions.reveal_contact(contact_id, purpose, by=officer, now=now))


def _reveal(request: HttpRequest, page: dict[str, Any], look: Any) -> HttpResponse:
    form, identity = PurposeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            identity = look(form.cleaned_data["purpose"])
        except BadInput as problem:
            form.add_error("purpose", shown(problem))
    return render(request, "tracing/reveal.html", page | {"form": form, "identity": identity})


# --- masked exports ---------------------------------------------------------------------------------------------------


def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The proposals of the filter as a spreadsheet, masked."""
    case, now = case_of(request, code), clock.now()
    found = queries.narrowed(case, FilterForm(request.GET).wanted(), clock.local_day(now)).select_related("residence")
    rows = list(found.defer("facets").order_by("rank", "pk"))
    headers = [
        gettext("Họ tên (che)"),
        gettext("Điện thoại (che)"),
        gettext("Năm sinh"),
        gettext("Nơi ở"),
        gettext("Bậc"),
        gettext("Mức độ bằng chứng"),
        gettext("Phút chắc chắn"),
        gettext("Phút có thể"),
        gettext("Ngày đầu"),
        gettext("Độ chắc"),
        gettext("Lý do"),
        gettext("Bộ quy định"),
        gettext("Đã quyết định"),
    ]
    lines = _export_rows(case, rows, vietnamese=request.LANGUAGE_CODE.startswith("vi"))
    file = _file(kind, case.code, headers, lines, expected=len(rows))
    audit.record(
        "proposals.exported", by=officer_of(request), case=case.code, unit=case.unit_id, at=now, count=file.rows
    )
    return download(file, f"{case.code}-de-xuat.{kind}")


def _export_rows(case: Case, rows: list[Proposal], *, vietnamese: bool) -> list[list[Cell]]:
    opened, people = queries.open_rows(case, rows), masked(row.person_id for row in rows)
    return [
        [
            people[row.person_id].name if row.person_id in people else "",
            people[row.person_id].phone if row.person_id in people else "",
            people[row.person_id].birth_year if row.person_id in people else None,
            str(row.residence) if row.residence else gettext("chưa rõ"),
            f"F{row.generation}",
            str(row.get_evidence_class_display()),
            round(row.certain_minutes, 1),
            round(row.possible_minutes, 1),
            _first_day(opened[row.pk]),
            str(dict(SURENESS)["no" if row.weak else "yes"]),
            opened[row.pk].reason_vi if vietnamese else opened[row.pk].reason_en,
            row.ruleset,
            gettext("có") if row.decided else gettext("chưa"),
        ]
        for row in rows
    ]


def _first_day(opened: queries.Opened) -> date | None:
    return clock.local_day(opened.exposed_at) if opened.exposed_at else None


def _file(kind: str, title: str, headers: list[str], rows: list[list[Cell]], *, expected: int) -> Export:
    if kind == "csv":
        return csv_file(headers, rows, expected=expected)
    return xlsx(title, headers, rows, expected=expected)


def download(file: Export, name: str) -> HttpResponse:
    """A finished file as an attachment that no cache keeps."""
    response = HttpResponse(file.content, content_type=file.media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Row-Count"] = str(file.rows)
    return response
