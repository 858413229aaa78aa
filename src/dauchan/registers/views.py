"""The pages of registers: all of them with their counts, one with its entries, what is said of entries in bulk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from dauchan.accounts.queries import has_permission
from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import query_without, refuse
from dauchan.places.import_views import download
from dauchan.places.views import me, tell, today
from dauchan.registers import actions, decisions, matching, queries, rules, undoing
from dauchan.registers.forms import FilterForm, RegisterForm, WordForm, filters_of, register_values
from dauchan.registers.models import Entry, Register

SCORES = (95, rules.SURE, 85, 80)
"""From which scores on the page offers to confirm many at once."""


def may_edit(request: HttpRequest) -> bool:
    return has_permission(me(request), "register.edit", today())


def register_list(request: HttpRequest) -> HttpResponse:
    """Every register that this officer sees something of, with counts."""
    found = queries.registers_visible_to(me(request), "rollout.view", today()).select_related("unit", "agency")
    counted = queries.counts(queries.visible_to(me(request), "rollout.view", today()))
    rows = [(register, counted.get(register.pk, queries.Counts())) for register in found]
    return render(request, "registers/list.html", {"rows": rows, "may_edit": may_edit(request)})


def seen(request: HttpRequest, register_id: int, permission: str = "rollout.view") -> Register:
    """A register that this officer sees something of.

    raises   NotFound
    """
    visible = queries.registers_visible_to(me(request), permission, today()).select_related("unit", "agency")
    register = visible.filter(pk=register_id).first()
    if register is None:
        raise NotFound
    return register


def new_register(request: HttpRequest) -> HttpResponse:
    """Begin a register."""
    form = RegisterForm(request.POST or None, initial={"listed_on": today()})
    if request.method == "POST" and form.is_valid():
        try:
            register = actions.begin_register(form.said(), by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lập danh sách. Việc tiếp theo: nhập tệp."))
            return redirect("registers:imports", register.pk)
    return render(request, "registers/form.html", {"form": form, "register": None})


def edit_register(request: HttpRequest, register_id: int) -> HttpResponse:
    """Correct what a register says of itself."""
    register = seen(request, register_id, "register.edit")
    form = RegisterForm(request.POST or None, initial=register_values(register))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_register(register_id, form.said(), by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu."))
            return redirect("registers:register", register_id)
    return render(request, "registers/form.html", {"form": form, "register": register})


def _listed(request: HttpRequest, register: Register, permission: str = "rollout.view") -> Any:
    """The entries of a register in this officer's scope, narrowed as the address says."""
    visible = queries.visible_to(me(request), permission, today()).filter(register=register)
    return queries.narrowed(visible, filters_of(request))


def register_page(request: HttpRequest, register_id: int) -> HttpResponse:
    """One register: its counts, what can be confirmed at once, its entries."""
    register = seen(request, register_id)
    mine = queries.visible_to(me(request), "rollout.view", today()).filter(register=register)
    page = queries.page_of(_listed(request, register), after=request.GET.get("after", ""))
    edits = may_edit(request)
    shown = {
        "register": register,
        "counts": queries.counts(mine).get(register.pk, queries.Counts()),
        "form": FilterForm(request.GET or None),
        "entries": page.entries,
        "next_after": page.next_after,
        "query": query_without(request, "after"),
        "narrowed": filters_of(request) != queries.Filters(),
        "may_edit": edits,
        "may_change": edits and actions.may_change(register, me(request), today()),
        "word_form": WordForm(),
        "search": queries.search_under_way(register),
        "undoable": queries.latest_decision(me(request), register) if edits else None,
    }
    return render(request, "registers/register.html", shown)


def export(request: HttpRequest, register_id: int) -> HttpResponse:
    """The entries as they are filtered, as a spreadsheet; phones are left out."""
    register = seen(request, register_id)
    titles = [_("Mã"), _("Tên"), _("Địa chỉ"), _("Đơn vị"), _("Lĩnh vực"), _("Cơ quan phụ trách")]
    titles += [_("Tình trạng"), _("Từ ngày"), _("Lý do"), _("Địa điểm đã đăng ký")]
    entries = _listed(request, register).select_related("unit", "agency", "place").order_by("sort_key", "pk")
    made = exports.xlsx(register.name, titles, (_exported(entry) for entry in entries.iterator(2000)))
    return download(made, f"nguon-{register_id}-{today():%Y-%m-%d}.xlsx")


def _exported(entry: Entry) -> tuple[exports.Cell, ...]:
    place = entry.place.name if entry.place else ""
    agency = entry.agency.name if entry.agency else ""
    where = (str(entry.unit), str(entry.get_sector_display()), agency)
    return (entry.code, entry.name, entry.address, *where, *_standing(entry), place)


def _standing(entry: Entry) -> tuple[exports.Cell, ...]:
    return str(entry.get_state_display()), entry.state_from, entry.reason


@require_POST
def say(request: HttpRequest, register_id: int) -> HttpResponse:
    """Say the same of the chosen entries, or of every entry of the list as it is filtered."""
    register = seen(request, register_id, "register.edit")
    try:
        entries = _listed(request, register, "register.edit")
        if not request.POST.get("whole"):
            chosen = [row_number(text) for text in request.POST.getlist("entry")]
            entries = entries.filter(pk__in=[pk for pk in chosen if pk is not None])
        decision = decisions.say(WordForm(request.POST).word(), entries, by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        done(request, decision.entries)
    return redirect(f"/trien-khai/nguon/{register_id}?{query_without(request, 'after')}")


def done(request: HttpRequest, count: int) -> None:
    said = ngettext("Đã ghi cho %(count)d mục.", "Đã ghi cho %(count)d mục.", count)
    messages.success(request, said % {"count": count})


@require_POST
def search(request: HttpRequest, register_id: int) -> HttpResponse:
    """Search for candidates of a register's entries again."""
    register = seen(request, register_id, "register.edit")
    matching.ask(register, by=me(request), now=clock.now())
    return redirect("registers:register", register_id)


def search_progress(request: HttpRequest, register_id: int) -> HttpResponse:
    """How far a search is: a fragment that asks again; when it ends, the whole page loads anew."""
    register = seen(request, register_id)
    run = queries.search_under_way(register)
    if run is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "registers/search_progress.html", {"search": run, "register": register})


def confirm_clear(request: HttpRequest, register_id: int) -> HttpResponse:
    """How many clear matches there are from each score on, and confirming them."""
    register = seen(request, register_id, "register.edit")
    if request.method == "POST":
        score, expected = (row_number(request.POST.get(name, "")) or 0 for name in ("score", "expected"))
        try:
            decision = decisions.confirm_clear(register, score, expected=expected, by=me(request), now=clock.now())
        except Problem as problem:
            tell(request, problem)
        else:
            done(request, decision.entries)
            return redirect("registers:register", register_id)
    clear = decisions.clear_scores(register, SCORES, by=me(request), on=today())
    return render(request, "registers/confirm.html", {"register": register, "clear": clear, "lead": rules.LEAD})


@require_POST
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision back, and return to the entry that it was about; of many, to the page that was left."""
    back = None
    try:
        back = undoing.undo(decision_id, by=me(request), now=clock.now())
    except NotFound:
        raise
    except Problem as problem:
        tell(request, problem)
    else:
        said = ngettext("Đã hoàn tác cho %(count)d mục.", "Đã hoàn tác cho %(count)d mục.", back.back)
        messages.success(request, said % {"count": back.back})
        if back.kept:
            kept = ngettext(
                "%(count)d mục đã có quyết định mới hơn nên giữ nguyên.",
                "%(count)d mục đã có quyết định mới hơn nên giữ nguyên.",
                back.kept,
            ) % {"count": back.kept}
            messages.warning(request, kept)
    if back is not None and back.entry_id is not None:
        return redirect("registers:entry", back.entry_id)
    return redirect(came_from(request))


def came_from(request: HttpRequest) -> str:
    """The page of registers that a form stood on; never an address elsewhere."""
    asked = request.POST.get("back", "")
    return asked if asked.startswith("/trien-khai/nguon") and "\\" not in asked else "/trien-khai/nguon"
