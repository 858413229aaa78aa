"""Entering figures that others counted: one by one, or a file of them, tried first if wanted."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import works_at
from dauchan.accounts.sessions import officer_of
from dauchan.agencies.queries import scope_of
from dauchan.coverage import definitions, supplied, supplying
from dauchan.coverage.forms import SuppliedFileForm, SuppliedForm
from dauchan.coverage.models import AGENCY, UNIT
from dauchan.coverage.publishing import tells_of_few
from dauchan.coverage.supplied_files import FIELDS, Taken, import_supplied
from dauchan.coverage.suppression import ever_kept_back
from dauchan.coverage.views import sent
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse
from dauchan.units.agencies import all_agencies
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import units_of

FAULTS_SHOWN, FAULTS_KEPT = 500, 20_000
FAULTS = "coverage.supplied.faults"
"""What the list of faults that a page carries is signed for: the file itself isn't kept."""


def supply(request: HttpRequest) -> HttpResponse:
    """Enter one figure of a unit or agency; what was entered before stands below."""
    officer = officer_of(request)
    agency, unit = _agency(request, officer), _unit(request, officer)
    form = SuppliedForm(request.POST or None, agency=agency, initial={"unit": unit, "as_of_day": _today()})
    asks = bool(request.POST.get("sure"))
    if request.method == "POST" and form.is_valid():
        try:
            made = supplying.supply(form.told(), by=officer, now=clock.now())
        except Problem as problem:
            asks |= isinstance(problem, supplying.FarFromKnown)
            refuse(form, problem)
        else:
            messages.success(request, _("Đã ghi: %(what)s.") % {"what": definitions.indicator(made.indicator).name})
            return redirect(f"{request.path}?{made.kind}={made.subject_id}")
    page = {"form": form, "asks": asks, "agency": agency, "entered": _entered(officer, agency, unit)}
    return render(request, "coverage/supply.html", page, status=400 if form.errors else 200)


def _today() -> Any:
    return clock.local_day(clock.now())


def _agency(request: HttpRequest, officer: Officer) -> Agency | None:
    """The agency that the address names, within the officer's scope.

    raises   NotFound
    """
    number = row_number(request.GET.get(AGENCY, ""))
    if number is None:
        return None
    agency = all_agencies().select_related("unit").filter(pk=number).first()
    if agency is None or not scope_of(officer, supplying.PERMISSION, _today()).holds_agency(agency):
        raise NotFound
    return agency


def _unit(request: HttpRequest, officer: Officer) -> Unit | None:
    """The unit that the address names, within the officer's scope.

    raises   NotFound
    """
    number = row_number(request.GET.get(UNIT, ""))
    if number is None:
        return None
    unit = next(iter(units_of([number])), None)
    if unit is None or not scope_of(officer, supplying.PERMISSION, _today()).holds_unit(unit.pk):
        raise NotFound
    return unit


def _entered(officer: Officer, agency: Agency | None, unit: Unit | None) -> list[tuple[str, supplied.Entry, bool]]:
    """What was entered of a subject, each figure by its name, and whether it tells of so few of an agency's people, or
    lets so few of another's be worked out, that only those who work there may read it.
    """
    subject = agency or unit
    if subject is None:
        return []
    kind, codes = (AGENCY, supplying.OF_AGENCIES) if agency else (UNIT, supplying.OF_UNITS)
    own = agency is not None and works_at(officer, supplying.PERMISSION, agency.pk, _today())
    entries = {code: supplied.entries(kind, subject.pk, code) for code in codes}
    heads = [entry.value for entry in entries.get("headcount", ())]
    kept_back = {code for code in codes if ever_kept_back(kind, subject.pk, code)}
    return [
        (one.name, entry, not own and one.people and (one.code in kept_back or _tells_of_few(entry, heads)))
        for one in map(definitions.indicator, codes)
        for entry in entries[one.code]
    ]


def _tells_of_few(entry: supplied.Entry, heads: list[int]) -> bool:
    """Whether an entry tells of few people, by itself or beside any of the headcounts that stand in the same list."""
    return any(tells_of_few(entry.value, whole, _today()) for whole in (None, *heads))


def take_file(request: HttpRequest) -> HttpResponse:
    """A file of figures: good lines are entered, bad ones told by their number; or only looked at."""
    form = SuppliedFileForm(request.POST or None, request.FILES or None)
    taken: Taken | None = None
    tried = bool(request.POST.get("dry_run"))
    if request.method == "POST" and form.is_valid():
        try:
            taken = import_supplied(
                form.cleaned_data["file"].read(), by=officer_of(request), now=clock.now(), dry_run=tried
            )
        except Problem as problem:
            refuse(form, problem)
    language = get_language() or "vi"
    faults = [(one.line, one.column, one.problem.text(language)) for one in taken.faults] if taken else []
    carried = signing.dumps(faults[:FAULTS_KEPT], salt=FAULTS, compress=True) if faults else ""
    page: dict[str, Any] = {
        "form": form,
        "taken": taken,
        "tried": tried,
        "faults": faults[:FAULTS_SHOWN],
        "count": len(faults),
    }
    page["carried"] = carried
    return render(request, "coverage/supply_file.html", page, status=400 if form.errors else 200)


@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    """Every fault of the file that was just looked at, as XLSX: the page carries them, signed."""
    try:
        told = signing.loads(request.POST.get("faults", ""), salt=FAULTS)
    except signing.BadSignature as error:
        raise NotFound from error
    headers = [_("Dòng"), _("Cột"), _("Lỗi")]
    return sent(headers, told, name="loi-so-lieu", title=_("Lỗi"), csv=False)


def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the header that is understood, and a line for each indicator that is entered."""
    language = 0 if (get_language() or "vi").startswith("vi") else 1
    at = list(FIELDS).index("indicator")
    named = [definitions.indicator(code).name for code in supplied.CODES]
    lines = [[name if each == at else "" for each in range(len(FIELDS))] for name in named]
    headers = [names[language] for names in FIELDS.values()]
    return sent(headers, lines, name="mau-so-lieu", title=_("Số liệu nhập"), csv=False)
