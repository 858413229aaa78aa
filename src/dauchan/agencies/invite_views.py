"""The pages of invitations: a list is uploaded, looked at, confirmed; then what became of each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.links import base_url
from dauchan.accounts.pages import role_name
from dauchan.accounts.rules import LETTER_LIFETIME
from dauchan.accounts.sessions import officer_of
from dauchan.agencies import forms, inviting
from dauchan.agencies.invited import COLUMNS, state_of
from dauchan.agencies.models import Batch, Channel, Invitation
from dauchan.agencies.papers import letters_pdf
from dauchan.agencies.tree_views import FAULTS_SHOWN, download, seen, tell
from dauchan.agencies.words import state_words
from dauchan.kernel import clock, exports
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse
from dauchan.units.queries import units_of

PAGE_SIZE = 50
LETTERS_A_FILE = 500


def invitations(request: HttpRequest) -> HttpResponse:
    """Whom this officer's side invited and what became of it, the newest first; of one list, or all."""
    me, now = officer_of(request), clock.now()
    found = inviting.seen_by(me, forms.today()).order_by("-pk")
    batch = row_number(request.GET.get("list", ""))
    if batch is not None:
        found = found.filter(batch=batch)
    before = row_number(request.GET.get("before", ""))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE_SIZE + 1])
    page = {
        "lines": lines_of(rows[:PAGE_SIZE], now),
        "list": batch,
        "next_before": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        "letters": inviting.letters_to_print(found).exists(),
        "letter_days": LETTER_LIFETIME.days,
    }
    return render(request, "agencies/invitations.html", page)


def lines_of(rows: list[Invitation], now: Any) -> list[dict[str, Any]]:
    """Invitations with where, as what, how and what became of them, in words."""
    ids = [int(one.scope_id) for one in rows if one.scope_kind == "unit"]
    names = {str(unit.pk): str(unit) for unit in units_of(ids)}
    lines = []
    for one in rows:
        state = state_of(one, now)
        lines.append(
            {
                "one": one,
                "role": role_name(one.role),
                "where": one.agency.name if one.agency else names.get(one.scope_id, ""),
                "state": state,
                "words": state_words(state),
                "why": one.problem_vi if (get_language() or "vi").startswith("vi") else one.problem_en,
                "again": state in ("sent", "lost", "expired", "revoked", "refused"),
                "open": state in ("waiting", "to-print", "sent", "lost"),
            }
        )
    return lines


def upload(request: HttpRequest) -> HttpResponse:
    """Upload a list of people to invite; nothing is sent yet."""
    form, me = forms.GuestsForm(request.POST or None, request.FILES or None), officer_of(request)
    if request.method == "POST" and form.is_valid():
        file, letters = form.cleaned_data["file"], form.cleaned_data["letters"]
        try:
            batch = inviting.draft(
                file.read(),
                file_name=file.name or "",
                letters=letters,
                base_url=base_url(request),
                by=me,
                now=clock.now(),
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("agencies:batch", batch.pk)
    return render(request, "agencies/invite.html", {"form": form}, status=400 if form.errors else 200)


def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the header that a list understands."""
    vietnamese = (get_language() or "vi").startswith("vi")
    header = [words[0] if vietnamese else words[1] for words in COLUMNS.values()]
    return download(exports.xlsx(_("Lời mời"), header, []), "mau-loi-moi.xlsx")


def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A list as it was read: how many would be invited how, what is wrong on which line; POST sends it."""
    me, now = officer_of(request), clock.now()
    found = Batch.objects.filter(pk=batch_id, made_by=me).first()
    if found is None:
        raise NotFound()
    if request.method == "POST":
        try:
            inviting.confirm(batch_id, by=me, now=now)
        except Problem as problem:
            tell(request, problem)
        else:
            messages.success(request, _("Đang gửi. Bạn có thể rời trang này; việc gửi vẫn tiếp tục."))
            return redirect(f"/trien-khai/co-quan/loi-moi?list={batch_id}")
    vietnamese = (get_language() or "vi").startswith("vi")
    faults = [
        (one.line, one.column, one.reason_vi if vietnamese else one.reason_en)
        for one in found.faults.order_by("line", "pk")
    ]
    if request.GET.get("format") == "xlsx":
        headers = [_("Dòng"), _("Cột"), _("Lý do")]
        return download(exports.xlsx(_("Lỗi"), headers, faults, expected=len(faults)), f"loi-moi-{batch_id}.xlsx")
    guests = list(found.invitations.select_related("agency", "link__officer", "message", "officer").order_by("line"))
    how = {label: sum(one.channel == value for one in guests) for value, label in Channel.choices}
    page = {
        "batch": found,
        "how": how,
        "total": len(guests),
        "lines": lines_of(guests[:PAGE_SIZE], now),
        "faults": faults[:FAULTS_SHOWN],
        "more": len(faults) > FAULTS_SHOWN,
        "failed": len({line for line, _column, _reason in faults}),
    }
    return render(request, "agencies/batch.html", page)


@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Print letters: those of a list that wait, or a single one again."""
    me, now = officer_of(request), clock.now()
    found = inviting.seen_by(me, forms.today())
    one, batch = row_number(request.POST.get("invitation", "")), row_number(request.POST.get("list", ""))
    found = found.filter(pk=one) if one is not None else inviting.letters_to_print(found)
    if batch is not None:
        found = found.filter(batch=batch)
    chosen = list(found.order_by("pk").values_list("pk", flat=True)[:LETTERS_A_FILE])
    content = letters_pdf(chosen, by=me, now=now)
    shown = {"Content-Disposition": 'attachment; filename="thu-moi.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=shown)


@require_POST
def act(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Invite again, or revoke."""
    does = {"again": inviting.invite_again, "revoke": inviting.revoke}.get(request.POST.get("act", ""))
    if does is None:
        raise NotFound()
    try:
        done = does(invitation_id, by=officer_of(request), now=clock.now())
    except NotFound:
        raise
    except Problem as problem:
        tell(request, problem)
        return redirect("agencies:invitations")
    messages.success(request, _("Đã ghi."))
    return redirect(f"/trien-khai/co-quan/loi-moi?list={done.batch_id}")


@require_POST
def invite_named(request: HttpRequest, agency_id: int, appointment_id: int) -> HttpResponse:
    """Invite one named officer: by message, or by a letter that is printed at once."""
    one, me, now = seen(request, agency_id), officer_of(request), clock.now()
    letter = request.POST.get("how") == "letter"
    try:
        made = inviting.invite_named(appointment_id, letter=letter, base_url=base_url(request), by=me, now=now)
    except Problem as problem:
        tell(request, problem)
        return redirect("agencies:agency", one.pk)
    if made.channel == Channel.LETTER:
        content = letters_pdf([made.pk], by=me, now=now)
        shown = {"Content-Disposition": 'attachment; filename="thu-moi.pdf"'}
        return HttpResponse(content, content_type="application/pdf", headers=shown)
    messages.success(request, _("Đã gửi lời mời."))
    return redirect("agencies:agency", one.pk)
