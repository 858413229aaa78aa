"""The pages of the tree: the list, one agency, its particulars, guidance, lists from files."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts import audit
from dauchan.accounts.queries import has_permission, works_at
from dauchan.accounts.sessions import officer_of
from dauchan.agencies import attesting, forms, joining, listing, naming, queries, rules, tree
from dauchan.agencies.models import AgencyFile, Duty, Post
from dauchan.agencies.words import event_words
from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.places.forms import query_without, refuse
from dauchan.places.of_agencies import place_counts
from dauchan.units import agencies as units
from dauchan.units.models import Agency

FAULTS_SHOWN = 50


def tell(request: HttpRequest, problem: Problem) -> None:
    messages.error(request, problem.text(get_language() or "vi"))


def seen(request: HttpRequest, agency_id: int) -> Agency:
    """An agency that this officer sees.

    raises   NotFound
    """
    visible = queries.visible_to(officer_of(request), "rollout.view", forms.today())
    found = visible.select_related("unit", "parent", "successor").filter(pk=agency_id).first()
    if found is None:
        raise NotFound()
    return found


def agency_list(request: HttpRequest) -> HttpResponse:
    """The agencies in this officer's scope, filtered by the address's own words."""
    form, me, today = forms.FilterForm(request.GET or None), officer_of(request), forms.today()
    filters = form.filters()
    page = queries.search(me, filters, after=request.GET.get("after", ""), on=today)
    ids = [agency.pk for agency in page.agencies]
    counts, gaps = place_counts(ids), queries.gaps_of(ids, today)
    shown = {
        "form": form,
        "lines": [(one, counts.get(one.pk, (0, 0)), gaps[one.pk]) for one in page.agencies],
        "next_after": page.next_after,
        "query": query_without(request, "after"),
        "narrowed": filters != queries.Filters(),
        "only_where": dict(forms.WHERE).get(filters.permission, ""),
        "everywhere": query_without(request, "after", "may"),
        "may_edit": has_permission(me, "agency.edit", today),
        "may_act": has_permission(me, "agency.act", today),
    }
    return render(request, "agencies/list.html", shown)


def export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, with the named officers' contacts."""
    me, now, today = officer_of(request), clock.now(), forms.today()
    filters = forms.FilterForm(request.GET or None).filters()
    found = queries.narrowed(me, filters, today)
    rows = list(found.select_related("unit", "parent").order_by("search_key", "id")[: exports.ROW_LIMIT])
    ids = [agency.pk for agency in rows]
    headers = [_("Tên cơ quan"), _("Loại"), _("Lĩnh vực"), _("Đơn vị"), _("Thuộc cơ quan"), _("Địa điểm")]
    headers += [_("Cán bộ đầu mối"), _("Điện thoại"), _("Thư điện tử"), _("Cam kết còn hiệu lực")]
    counts, signed, named = place_counts(ids), queries.attested(ids, today), queries.contacts_of(ids, today)
    cells = [_cells(one, counts, signed, named) for one in rows]
    csv = request.GET.get("format") == "csv"
    made = exports.csv_file(headers, cells) if csv else exports.xlsx(_("Cơ quan"), headers, cells)
    audit.record("agencies.exported", by=me, at=now, count=made.rows)
    return download(made, f"co-quan-{today:%Y-%m-%d}.{'csv' if csv else 'xlsx'}")


def _cells(one: Agency, counts: dict[int, Any], signed: frozenset[int], named: dict[int, Any]) -> list[exports.Cell]:
    contacts = [contact for contact in named.get(one.pk, ()) if contact.duty == Duty.FOCAL_OFFICER]
    told = ["; ".join(filter(None, (getattr(each, name) for each in contacts))) for name in ("name", "phone", "email")]
    own = [
        one.name,
        one.get_kind_display(),
        one.get_sector_display(),
        str(one.unit),
        one.parent.name if one.parent else "",
    ]
    return [*own, counts.get(one.pk, (0, 0))[0], *told, _("có") if one.pk in signed else _("không")]


def download(made: exports.Export, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Rows": str(made.rows),
        "X-SHA256": made.sha256,
    }
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)


def agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """One agency: what it is, who is named, its places, its word on them, what it did, what it lacks."""
    return agency_page(request, seen(request, agency_id))


def agency_page(request: HttpRequest, one: Agency, **shown: Any) -> HttpResponse:
    """The page of an agency, with a form that was refused in place of a fresh one."""
    me, today = officer_of(request), forms.today()
    acts = queries.scope_of(me, "agency.act", today).holds_agency(one)
    edits = queries.scope_of(me, "agency.edit", today).holds_agency(one)
    signed = queries.latest_attestation(one.pk, today)
    guidance = [link for link in units.guidance_of(one) if link.valid_to is None or link.valid_to > today]
    named = queries.appointments_of(one.pk)
    members = joining.members_with_pass([one.pk], today).get(one.pk, 0)
    page = {
        "agency": one,
        "alive": one.valid_to is None or one.valid_to > today,
        "counts": place_counts([one.pk]).get(one.pk, (0, 0)),
        **attesting.to_sign(one.pk),
        "gaps": queries.gaps_of([one.pk], today)[one.pk],
        "signed": signed,
        "list_changed": signed is not None and not attesting.still_holds(signed),
        "named": [(each, naming.account_of(each), naming.may_name(me, each.duty, one, today)) for each in named],
        "guided_by": [link for link in guidance if link.guided_id == one.pk],
        "guides": [link for link in guidance if link.guide_id == one.pk],
        "children": units.children_of(one, today),
        "predecessors": units.predecessors_of(one),
        "hand_overs": queries.hand_overs_of(one.pk),
        "sessions": queries.sessions_of(one.pk, 10),
        "history": [(change, event_words(change.event)) for change in queries.history_of(one.pk)],
        "small_cell": rules.SMALL_CELL,
        "members": rules.shown(members, own=works_at(me, "agency.act", one.pk, today)),
        "acts": acts,
        "edits": edits,
        "names": [duty for duty in Duty.values if naming.may_name(me, duty, one, today)],
        "close_form": forms.CloseForm(),
        "guidance_form": forms.GuidanceForm(),
        "appointment_form": forms.AppointmentForm(initial={"post": Post.IT}),
        "session_form": forms.SessionForm(),
    }
    return render(request, "agencies/agency.html", page | shown, status=400 if shown else 200)


def new_agency(request: HttpRequest) -> HttpResponse:
    """Add an agency."""
    form = forms.AgencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begins = form.cleaned_data["begins"]
        try:
            made = tree.add_agency(**form.told(), begins=begins, by=officer_of(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã thêm cơ quan. Việc tiếp theo: cử cán bộ đầu mối."))
            return redirect("agencies:agency", made.pk)
    return render(request, "agencies/form.html", {"form": form}, status=400 if form.errors else 200)


def edit_agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Change an agency's particulars, or to whom it belongs."""
    one, me = seen(request, agency_id), officer_of(request)
    tree.require_at(me, "agency.edit", one, forms.today())
    first = {"name": one.name, "kind": one.kind, "sector": one.sector, "unit": one.unit}
    first |= {"parent": f"#{one.parent_id}" if one.parent_id else ""}
    form = forms.AgencyForm(request.POST or None, editing=True, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            tree.edit_agency(one, **form.told(), by=me, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu."))
            return redirect("agencies:agency", one.pk)
    return render(request, "agencies/form.html", {"form": form, "agency": one}, status=400 if form.errors else 200)


@require_POST
def close_agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Dissolve an agency on a day."""
    one, form = seen(request, agency_id), forms.CloseForm(request.POST)
    if not form.is_valid():
        return agency_page(request, one, close_form=form)
    try:
        tree.close_agency(one, ends=form.cleaned_data["ends"], by=officer_of(request), now=clock.now())
    except Problem as problem:
        refuse(form, problem)
        return agency_page(request, one, close_form=form)
    messages.success(request, _("Đã ghi ngày giải thể. Việc tiếp theo: bàn giao cho cơ quan kế thừa."))
    return redirect("agencies:agency", one.pk)


@require_POST
def add_guidance(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Have this agency guide another, or be guided by it."""
    one, form = seen(request, agency_id), forms.GuidanceForm(request.POST)
    if not form.is_valid():
        return agency_page(request, one, guidance_form=form)
    other = form.cleaned_data["other"]
    sides = (one, other) if form.cleaned_data["direction"] == "guides" else (other, one)
    try:
        tree.add_guidance(*sides, begins=forms.today(), by=officer_of(request), now=clock.now())
    except Problem as problem:
        refuse(form, problem)
        return agency_page(request, one, guidance_form=form)
    messages.success(request, _("Đã ghi."))
    return redirect("agencies:agency", one.pk)


@require_POST
def end_guidance(request: HttpRequest, agency_id: int, guidance_id: int) -> HttpResponse:
    """End guidance today."""
    tree.end_guidance(guidance_id, by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã ghi."))
    return redirect("agencies:agency", seen(request, agency_id).pk)


# --- lists from files -------------------------------------------------------------------------------------------------


def lists(request: HttpRequest) -> HttpResponse:
    """Upload a list of agencies."""
    form, me = forms.ListForm(request.POST or None, request.FILES or None), officer_of(request)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = listing.keep(file.read(), file_name=file.name or "", by=me, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("agencies:a-list", kept.pk)
    files = AgencyFile.objects.filter(officer=me).defer("content").order_by("-pk")[:10]
    return render(request, "agencies/lists.html", {"form": form, "files": files}, status=400 if form.errors else 200)


def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the header that a list understands."""
    vietnamese = (get_language() or "vi").startswith("vi")
    header = [words[0] if vietnamese else words[1] for words in listing.COLUMNS.values()]
    return download(exports.xlsx(_("Cơ quan"), header, []), "mau-co-quan.xlsx")


def a_list(request: HttpRequest, file_id: int) -> HttpResponse:
    """The dry run of an uploaded list; POST brings it in."""
    me, now = officer_of(request), clock.now()
    kept = AgencyFile.objects.filter(pk=file_id, officer=me).first()
    if kept is None:
        raise NotFound()
    if request.method == "POST":
        brought = listing.bring_file_in(file_id, by=me, now=now)
        said = ngettext("Đã thêm %(count)d cơ quan.", "Đã thêm %(count)d cơ quan.", brought.created)
        messages.success(request, said % {"count": brought.created})
        return redirect("agencies:list")
    brought = listing.bring_in(bytes(kept.content), by=me, now=now, dry_run=True)
    language = get_language() or "vi"
    faults = [(line, column, problem.text(language)) for line, column, problem in brought.faults]
    if request.GET.get("format") == "xlsx":
        headers = [_("Dòng"), _("Cột"), _("Lý do")]
        return download(exports.xlsx(_("Lỗi"), headers, faults, expected=len(faults)), f"loi-co-quan-{file_id}.xlsx")
    page = {"kept": kept, "brought": brought, "faults": faults[:FAULTS_SHOWN], "more": len(faults) > FAULTS_SHOWN}
    return render(request, "agencies/a_list.html", page)
