"""The pages of an import: upload, columns and mode, dry run, run, errors to download."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.places import columns, file_runs, importing, queries
from dauchan.places.forms import MappingForm, UploadForm, refuse
from dauchan.places.models import ImportRun
from dauchan.places.sheets import Sheet
from dauchan.places.views import me, tell

FAULTS_SHOWN = 30
LINES_SHOWN = 5
RUNS_SHOWN = 20


def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file, and this officer's latest imports."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = importing.upload(file.read(), file_name=file.name or "", by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("places:import-run", run.pk)
    runs = ImportRun.objects.filter(officer=me(request)).defer("content").order_by("-pk")[:RUNS_SHOWN]
    return render(request, "places/imports.html", {"form": form, "runs": runs})


def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the header that an import understands, and the settings it may name."""
    vietnamese = (get_language() or "vi").startswith("vi")
    header = [words[0] if vietnamese else words[1] for words in columns.FIELDS.values()]
    category = list(columns.FIELDS).index("category")
    rows = [
        ["" if position != category else str(setting) for position in range(len(header))]
        for setting in queries.categories()
    ]
    made = exports.xlsx(_("Địa điểm"), header, rows)
    return download(made, "mau-dia-diem.xlsx")


def _run(request: HttpRequest, run_id: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=run_id, officer=me(request)).first()
    if run is None:
        raise NotFound
    return run


def import_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import: its columns while they can be chosen, its progress while it works, its counts and errors."""
    run = _run(request, run_id)
    if run.works or run.state == file_runs.DONE or run.content is None:
        return render(request, "places/import_run.html", _shown(run))
    sheet = file_runs.sheet_of(run)
    form = MappingForm(request.POST or None, header=sheet.header, mapping=run.mapping, initial={"mode": run.mode})
    if request.method == "POST" and form.is_valid():
        try:
            importing.plan(run_id, by=me(request), mapping=form.mapping(), mode=form.cleaned_data["mode"])
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("places:import-run", run_id)
    return render(request, "places/import_run.html", _shown(run) | {"form": form} | sheet_shown(sheet))


def sheet_shown(sheet: Sheet) -> dict[str, object]:
    """The beginning of a file, and what was assumed about it."""
    position = 0 if (get_language() or "vi").startswith("vi") else 1
    return {
        "header": sheet.header,
        "first_lines": sheet.lines[:LINES_SHOWN],
        "blank": sheet.blank,
        "notes": [note[position] for note in sheet.notes],
    }


def _shown(run: ImportRun) -> dict[str, object]:
    return {"run": run, "takes": run.created + run.updated} | faults_shown(run.faults.order_by("line", "pk"))


def faults_shown(faults: QuerySet[Any]) -> dict[str, object]:
    """The first faults of a run, in the page's language."""
    listed = fault_rows(faults[: FAULTS_SHOWN + 1])
    return {"faults": listed[:FAULTS_SHOWN], "more_faults": len(listed) > FAULTS_SHOWN}


def fault_rows(faults: Iterable[Any]) -> list[tuple[int, str, str]]:
    """Line, column and reason of each fault, in the page's language."""
    vietnamese = (get_language() or "vi").startswith("vi")
    return [(fault.line, fault.column, fault.reason_vi if vietnamese else fault.reason_en) for fault in faults]


def faults_file(faults: QuerySet[Any], name: str) -> HttpResponse:
    """Every fault of a run as a spreadsheet to download."""
    headers = [_("Dòng"), _("Cột"), _("Lý do")]
    return download(exports.xlsx(_("Lỗi"), headers, fault_rows(faults), expected=faults.count()), name)


def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far an import is: a fragment that asks again; when the work ends, the whole page loads anew."""
    run = _run(request, run_id)
    if not run.works:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "places/import_progress.html", {"run": run})


@require_POST
def start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Bring a checked file in."""
    try:
        importing.start(run_id, by=me(request))
    except Problem as problem:
        tell(request, problem)
    else:
        messages.info(request, _("Đang nhập. Bạn có thể rời trang này; việc nhập vẫn tiếp tục."))
    return redirect("places:import-run", run_id)


def faults(request: HttpRequest, run_id: int) -> HttpResponse:
    """Every error of an import: line, column, reason."""
    return faults_file(_run(request, run_id).faults.order_by("line", "pk"), f"loi-nhap-dia-diem-{run_id}.xlsx")


def download(made: exports.Export, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)
