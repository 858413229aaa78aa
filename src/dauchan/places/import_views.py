"""The pages of an import: upload, columns and mode, dry run, run, errors to download."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.places import columns, importing, queries
from dauchan.places.forms import MappingForm, UploadForm, refuse
from dauchan.places.models import ImportRun
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
    return _download(made, "mau-dia-diem.xlsx")


def _run(request: HttpRequest, run_id: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=run_id, officer=me(request)).first()
    if run is None:
        raise NotFound
    return run


def import_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import: its columns while they can be chosen, its progress while it works, its counts and errors."""
    run = _run(request, run_id)
    if run.state in (importing.CHECKING, importing.RUNNING, importing.DONE) or run.content is None:
        return render(request, "places/import_run.html", _shown(run))
    sheet = importing.sheet_of(run)
    form = MappingForm(request.POST or None, header=sheet.header, mapping=run.mapping, initial={"mode": run.mode})
    if request.method == "POST" and form.is_valid():
        try:
            importing.plan(run_id, by=me(request), mapping=form.mapping(), mode=form.cleaned_data["mode"])
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("places:import-run", run_id)
    position = 0 if (get_language() or "vi").startswith("vi") else 1
    shown = {
        "form": form,
        "header": sheet.header,
        "first_lines": sheet.lines[:LINES_SHOWN],
        "blank": sheet.blank,
        "notes": [note[position] for note in sheet.notes],
    }
    return render(request, "places/import_run.html", _shown(run) | shown)


def _shown(run: ImportRun) -> dict[str, object]:
    vietnamese = (get_language() or "vi").startswith("vi")
    faults = run.faults.order_by("line", "pk")[: FAULTS_SHOWN + 1]
    listed = [(fault.line, fault.column, fault.reason_vi if vietnamese else fault.reason_en) for fault in faults]
    return {
        "run": run,
        "works": run.state in (importing.CHECKING, importing.RUNNING),
        "percent": round(100 * run.lines_done / run.lines) if run.lines else 100,
        "faults": listed[:FAULTS_SHOWN],
        "more_faults": len(listed) > FAULTS_SHOWN,
        "gone": run.content is None and run.state != importing.DONE,
        "takes": run.created + run.updated,
    }


def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far an import is: a fragment that asks again; when the work ends, the whole page loads anew."""
    shown = _shown(_run(request, run_id))
    if not shown["works"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "places/import_progress.html", shown)


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
    run = _run(request, run_id)
    vietnamese = (get_language() or "vi").startswith("vi")
    rows = [
        (fault.line, fault.column, fault.reason_vi if vietnamese else fault.reason_en)
        for fault in run.faults.order_by("line", "pk")
    ]
    made = exports.xlsx(_("Lỗi"), [_("Dòng"), _("Cột"), _("Lý do")], rows, expected=run.faults.count())
    return _download(made, f"loi-nhap-dia-diem-{run_id}.xlsx")


def _download(made: exports.Export, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)
