"""The pages of bringing a list in: upload, columns and date, dry run, run, errors to download."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.kernel import clock, exports
from dauchan.kernel.errors import Problem
from dauchan.places.file_runs import DONE, sheet_of
from dauchan.places.forms import refuse
from dauchan.places.import_views import RUNS_SHOWN, download, faults_file, faults_shown, sheet_shown
from dauchan.places.views import me, tell, today
from dauchan.registers import importing
from dauchan.registers.forms import ListForm, UploadForm
from dauchan.registers.lists import FIELDS
from dauchan.registers.models import ListRun
from dauchan.registers.reading import read_list
from dauchan.registers.views import seen


def imports(request: HttpRequest, register_id: int) -> HttpResponse:
    """Upload a list, and this officer's latest imports into the register."""
    register = seen(request, register_id, "register.edit")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = importing.upload(file.read(), register, file_name=file.name or "", by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("registers:import-run", run.pk)
    runs = importing.own_runs(me(request), today()).filter(register=register).defer("content").order_by("-pk")
    return render(request, "registers/imports.html", {"register": register, "form": form, "runs": runs[:RUNS_SHOWN]})


def template(request: HttpRequest) -> HttpResponse:
    """An empty list with the header that an import understands."""
    vietnamese = (get_language() or "vi").startswith("vi")
    header = [words[0] if vietnamese else words[1] for words in FIELDS.values()]
    return download(exports.xlsx(_("Danh sách nguồn"), header, []), "mau-danh-sach-nguon.xlsx")


def import_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import: its columns while they can be chosen, its progress while it works, its counts and errors."""
    run = importing.run_of(run_id, me(request), today())
    if run.works or run.state == DONE or run.content is None:
        return render(request, "registers/import_run.html", _shown(run))
    sheet = sheet_of(run, read_list)
    first = {"mode": run.mode, "listed_on": run.listed_on}
    form = ListForm(request.POST or None, header=sheet.header, mapping=run.mapping, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        told = {"mapping": form.mapping(), "mode": given["mode"], "listed_on": given["listed_on"]}
        try:
            importing.plan(run_id, by=me(request), now=clock.now(), **told)
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("registers:import-run", run_id)
    return render(request, "registers/import_run.html", _shown(run) | {"form": form} | sheet_shown(sheet))


def _shown(run: ListRun) -> dict[str, object]:
    shown = {"run": run, "register": run.register, "takes": run.created + run.updated + run.matched}
    return shown | faults_shown(run.faults.order_by("line", "pk"))


def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far an import is: a fragment that asks again; when the work ends, the whole page loads anew."""
    run = importing.run_of(run_id, me(request), today())
    if not run.works:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "registers/import_progress.html", {"run": run})


@require_POST
def start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Bring a checked list in."""
    try:
        importing.start(run_id, by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.info(request, _("Đang nhập. Bạn có thể rời trang này; việc nhập vẫn tiếp tục."))
    return redirect("registers:import-run", run_id)


def faults(request: HttpRequest, run_id: int) -> HttpResponse:
    """Every error of an import: line, column, reason."""
    run = importing.run_of(run_id, me(request), today())
    return faults_file(run.faults.order_by("line", "pk"), f"loi-nhap-nguon-{run_id}.xlsx")
