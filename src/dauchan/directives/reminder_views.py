"""The pages of urging: write a reminder, who stands where on the ladder, the call list."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.queries import has_permission
from dauchan.coverage.definitions import indicators
from dauchan.directives import ladder, letters, queries, reminding, scope
from dauchan.directives.announcing import people_to_call
from dauchan.directives.forms import CallForm
from dauchan.directives.lagging import Chosen, Laggard, chosen, laggards, shown_by
from dauchan.directives.models import Ladder, Lag, Reminded
from dauchan.directives.rules import PROPOSE
from dauchan.directives.views import address_of, attempt, download, me, rooms, tell, today
from dauchan.directives.writing_views import valid, words_form
from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import query_without, refuse
from dauchan.places.queries import visible_to

USUAL = "coverage"


def write(request: HttpRequest) -> HttpResponse:
    """Draft a reminder to those whom a list sends here; the same page takes the words and makes the draft."""
    on, officer = today(), me(request)
    wanted = chosen({kind: request.POST.getlist(kind) for kind in Lag.values})
    listed = listed if (listed := _listed(request)).count else wanted
    code = request.POST.get("indicator", USUAL)
    code = code if code in indicators() else USUAL
    if not listed.count:
        return render(request, "directives/remind.html", rooms(request, "ladders") | {"nobody": True})
    try:
        found = laggards(listed, code, officer, on)
    except Problem as problem:
        tell(request, problem)
        return render(request, "directives/remind.html", rooms(request, "ladders") | {"nobody": True})
    begins = "subject" not in request.POST
    form = words_form(request, None if begins else request.POST, _usual_words(found, code))
    if not begins and form.is_valid():
        try:
            made = reminding.draft_reminder(
                form.cleaned_data["issuer"], wanted, form.words(), code=code, by=officer, now=clock.now()
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu bản nháp. Tải về để trình ký; sau khi ký, điền số, ngày rồi gửi."))
            return redirect("directives:document", made.pk)
    shown = {
        "form": form,
        "laggards": found,
        "listed": ",".join(listed.keys),
        "ticked": {one.key for one in found} & set(wanted.keys),
        "indicator": code,
        "shown": shown_by(code) if _have_figures(found) else [],
    }
    return render(request, "directives/remind.html", rooms(request, "ladders") | shown)


def _listed(request: HttpRequest) -> Chosen:
    """All whom the page lists, ticked or not: in one field, since a form has at most a thousand."""
    named = [key.partition("-") for key in request.POST.get("listed", "").split(",")]
    return chosen({kind: [number for each, _dash, number in named if each == kind] for kind in Lag.values})


def _usual_words(found: list[Laggard], code: str) -> dict[str, Any]:
    times = 1 + max((standing.reminders for standing in _standing(found)), default=0)
    again = f" (lần {times})" if times > 1 else ""
    body = letters.reminder(code if _have_figures(found) else "")
    subject = f"đôn đốc đăng ký địa điểm và kiểm soát người ra vào bằng mã QR{again}"
    return {"form": "letter", "filed": "VT", "subject": subject, "body": body}


def _standing(found: list[Laggard]) -> list[Ladder]:
    keys = {(one.kind, one.id) for one in found}
    rows = Ladder.objects.filter(left_at=None, subject_id__in=[number for _kind, number in keys])
    return [row for row in rows if (row.kind, row.subject_id) in keys]


def _have_figures(found: list[Laggard]) -> bool:
    return any(one.kind != Lag.PLACE for one in found)


def _ladders(request: HttpRequest) -> Any:
    """The ladders that the officer sees, as the address narrows them; the longest without a step come first."""
    state, kind = request.GET.get("state", "open"), request.GET.get("kind", "")
    found = scope.ladders_seen(me(request), today())
    found = found.filter(left_at__isnull=state != "left")
    if state == "due":
        found = queries.steps_due(found, today())
    elif state == "proposed":
        found = found.filter(proposed=True)
    elif state == "decide":
        found = queries.suspensions_proposed(found, me(request), today())
    return found.filter(kind=kind) if kind in Lag.values else found


def ladders(request: HttpRequest) -> HttpResponse:
    """Who was reminded how often, and what comes next."""
    found = _ladders(request)
    if (last := row_number(request.GET.get("after", ""))) is not None:
        found = found.filter(pk__lt=last)
    rows = list(found.select_related("unit", "agency").order_by("-pk")[: queries.PAGE + 1])
    shown = {
        "rows": [(row, _next(row)) for row in rows[: queries.PAGE]],
        "next_after": rows[queries.PAGE - 1].pk if len(rows) > queries.PAGE else "",
        "state": request.GET.get("state", "open"),
        "kind": request.GET.get("kind", ""),
        "kinds": Lag.choices,
        "query": query_without(request, "after"),
        "rules": ladder.in_force(today()),
        "may_approve": has_permission(me(request), "place.approve", today()),
    }
    return render(request, "directives/ladders.html", rooms(request, "ladders") | shown)


def _next(row: Ladder) -> ladder.Proposal | None:
    if row.left_at:
        return None
    return ladder.next_step(row.reminders, proposed=row.proposed, last_step_on=row.last_step_on, today=today())


def export(request: HttpRequest) -> HttpResponse:
    """The ladder as it is filtered, as a spreadsheet."""
    headers = [_("Nơi chậm"), _("Đơn vị"), _("Số lần đôn đốc"), _("Đề nghị tạm dừng"), _("Bước gần nhất"), _("Ghi chú")]
    found = _ladders(request).select_related("unit").order_by("-pk")
    rows = (
        [row.name, row.unit.full_name, row.reminders, _("có") if row.proposed else "", row.last_step_on, row.left_note]
        for row in found.iterator()
    )
    made = exports.xlsx(_("Đôn đốc"), headers, rows)
    return download(made.content, made.media_type, f"don-doc-{today():%Y-%m-%d}.xlsx")


def ladder_page(request: HttpRequest, ladder_id: int) -> HttpResponse:
    """One who lags: the steps with their reasons, the calls, what comes next."""
    on, officer = today(), me(request)
    seen = scope.ladders_seen(officer, on).select_related("unit", "agency").filter(pk=ladder_id).first()
    if seen is None:
        raise NotFound
    reach = scope.rollout_scope(officer, on)
    urges = reach.holds_unit(seen.unit_id) or seen.agency_id in reach.agency_ids
    calls = [call for one in _mentions(seen) for call in one.calls.select_related("by")]
    approves = visible_to(officer, "place.approve", on).filter(pk=seen.subject_id)
    shown = {
        "ladder": seen,
        "steps": list(seen.steps.select_related("by", "undone_by", "directive").order_by("-pk")),
        "calls": sorted(calls, key=lambda call: -call.pk),
        "next": _next(seen),
        "proposes": PROPOSE,
        "urges": urges and not seen.left_at,
        "suspends": seen.kind == Lag.PLACE and seen.proposed and approves.exists(),
        "rules": ladder.in_force(on),
    }
    return render(request, "directives/ladder.html", rooms(request, "ladders") | shown)


def _mentions(seen: Ladder) -> Any:
    return Reminded.objects.filter(kind=seen.kind, subject_id=seen.subject_id).exclude(directive__state="draft")


def _stepped(request: HttpRequest, ladder_id: int, act: Any) -> HttpResponse:
    return attempt(request, act, "directives:ladder", ladder_id)


@require_POST
def propose(request: HttpRequest, ladder_id: int) -> HttpResponse:
    """Propose a suspension to whoever approves places."""
    why = request.POST.get("reason", "")
    return _stepped(
        request, ladder_id, lambda: reminding.propose_suspension(ladder_id, why, by=me(request), now=clock.now())
    )


@require_POST
def undo(request: HttpRequest, ladder_id: int, step_id: int) -> HttpResponse:
    """Take a step back."""
    why = request.POST.get("reason", "")
    return _stepped(
        request, ladder_id, lambda: reminding.undo_step(ladder_id, step_id, why, by=me(request), now=clock.now())
    )


@require_POST
def let_go(request: HttpRequest, ladder_id: int) -> HttpResponse:
    """Take somebody off the ladder."""
    why = request.POST.get("reason", "")
    return _stepped(request, ladder_id, lambda: reminding.let_go(ladder_id, why, by=me(request), now=clock.now()))


def calls(request: HttpRequest, directive_id: int) -> HttpResponse:
    """The call list of a reminder: whom to call, what came of it, when to call again."""
    on, officer = today(), me(request)
    found = scope.own_directive(directive_id, officer, on)
    after = row_number(request.GET.get("after", "")) or 0
    listed = found.reminded.filter(pk__gt=after).select_related("unit", "agency__unit").prefetch_related("calls__by")
    rows = list(listed.order_by("pk")[: queries.PAGE + 1])
    shown = rows[: queries.PAGE]
    called = people_to_call([row.agency for row in shown if row.agency], clock.now())
    context = {
        "directive": found,
        "rows": [(row, called.get(row.agency_id or 0, []), list(row.calls.all())) for row in shown],
        "next_after": rows[queries.PAGE - 1].pk if len(rows) > queries.PAGE else "",
        "form": CallForm(),
        "chat": letters.chat_text(found, address_of(request, found)),
    }
    return render(request, "directives/calls.html", rooms(request, "ladders") | context)


@require_POST
def note_call(request: HttpRequest, reminded_id: int) -> HttpResponse:
    """Write down a call."""
    one = Reminded.objects.filter(pk=reminded_id).first()
    if one is None:
        raise NotFound
    scope.own_directive(one.directive_id, me(request), today())

    def act() -> None:
        given = valid(CallForm(request.POST)).cleaned_data
        told, again = given["note"], given["next_call"]
        reminding.note_call(reminded_id, given["outcome"], told, next_call=again, by=me(request), now=clock.now())

    return attempt(request, act, "directives:calls", one.directive_id)
