"""The pages on which a document is written: its words, then addressees, orders, what it rests on, files, sending."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from dauchan.directives import reminding, rules, scope, writing
from dauchan.directives.forms import CitedForm, FileForm, GroupForm, OrderForm, WordsForm, words_of
from dauchan.directives.models import Directive
from dauchan.directives.views import attempt, document, me, rooms, tell, today
from dauchan.directives.wording import Purpose
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse


def write(request: HttpRequest) -> HttpResponse:
    """Begin a document, or one that passes on a document that came in."""
    above = _above(request)
    initial: dict[str, Any] = {"form": "letter", "filed": "VT"}
    if above:
        initial |= {"subject": f"thực hiện Văn bản số {above}"}
    form = words_form(request, request.POST or None, initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = writing.draft(
                form.cleaned_data["issuer"], form.words(), by=me(request), now=clock.now(), carries_out=above
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu bản nháp. Việc tiếp theo: nơi nhận và nhiệm vụ."))
            return redirect("directives:document", made.pk)
    return render(request, "directives/write.html", rooms(request, "documents") | {"form": form, "above": above})


def words_form(request: HttpRequest, given: Any, initial: dict[str, Any]) -> WordsForm:
    """The words of a new document, in the name of one of the officer's agencies, the usual one first."""
    officer, on = me(request), today()
    issuers = scope.own(officer, scope.ISSUE, on)
    return WordsForm(given, initial=initial, issuers=issuers, usual=scope.usual_issuer(officer, on))


def _above(request: HttpRequest) -> Directive | None:
    """The sent document that this one carries out, if the address names one that the officer sees."""
    number = row_number(request.GET.get("carries_out", ""))
    return scope.directives_seen(me(request), today()).filter(pk=number, state="sent").first() if number else None


def edit(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Change a draft's words."""
    found = scope.own_directive(directive_id, me(request), today())
    issuers = scope.own(me(request), scope.ISSUE, today()).filter(pk=found.issuer_id)
    form = WordsForm(request.POST or None, initial=words_of(found), issuers=issuers)
    seen = request.POST.get("seen", "") if request.method == "POST" else writing.edition(found)
    if request.method == "POST" and form.is_valid():
        try:
            writing.reword(directive_id, form.words(), seen=seen, by=me(request), now=clock.now())
        except rules.Overtaken as problem:
            refuse(form, problem)
            seen = writing.edition(found)  # now they know of it
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu."))
            return redirect("directives:document", directive_id)
    page = {"form": form, "directive": found, "seen": seen}
    return render(request, "directives/write.html", rooms(request, "documents") | page)


def _act(request: HttpRequest, directive_id: int, act: Callable[[], str]) -> HttpResponse:
    return attempt(request, act, "directives:document", directive_id)


def valid(form: Any) -> Any:
    """A form that is right.

    raises   BadInput with what is wrong, in the form's own words
    """
    if not form.is_valid():
        said = " ".join(
            f"{form.fields[name].label if name in form.fields else ''} {' '.join(errors)}".strip()
            for name, errors in form.errors.items()
        )
        raise BadInput(vi=said, en=said, field=next(iter(form.errors)))
    return form


def _add(request: HttpRequest, directive_id: int, name: str, form: Any, act: Callable[[], str]) -> HttpResponse:
    """Add what a form of a draft's page holds; one that is wrong is shown again as it was typed."""
    if form.is_valid():
        try:
            said = act()
        except BadInput as problem:
            refuse(form, problem)
        except (NotFound, NotPermitted):
            raise
        except Problem as problem:
            tell(request, problem)
            return redirect("directives:document", directive_id)
        else:
            messages.success(request, said)
            return redirect("directives:document", directive_id)
    request.path = reverse("directives:document", args=[directive_id])  # to read it in the other language
    return document(request, directive_id, {name: form})


@require_POST
def address(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Add a line of addressees to a draft."""
    found = scope.own_directive(directive_id, me(request), today())
    form = GroupForm(request.POST, allowed=scope.may_be_told(me(request), found.issuer, today()))

    def act() -> str:
        count = writing.address(directive_id, form.group(), by=me(request), now=clock.now())
        return ngettext("Đã thêm %(count)d nơi nhận.", "Đã thêm %(count)d nơi nhận.", count) % {"count": count}

    return _add(request, directive_id, "group_form", form, act)


@require_POST
def strike(request: HttpRequest, directive_id: int, addressee_id: int) -> HttpResponse:
    """Take a line of addressees out of a draft."""

    def act() -> str:
        writing.strike(directive_id, addressee_id, by=me(request), now=clock.now())
        return _("Đã bỏ.")

    return _act(request, directive_id, act)


@require_POST
def add_order(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Add an order to a draft."""
    scope.own_directive(directive_id, me(request), today())
    form = OrderForm(request.POST)

    def act() -> str:
        writing.add_order(directive_id, form.wanted(), by=me(request), now=clock.now())
        return _("Đã thêm nhiệm vụ.")

    return _add(request, directive_id, "order_form", form, act)


@require_POST
def drop_order(request: HttpRequest, directive_id: int, order_id: int) -> HttpResponse:
    """Take an order out of a draft."""

    def act() -> str:
        writing.drop_order(directive_id, order_id, by=me(request), now=clock.now())
        return _("Đã bỏ.")

    return _act(request, directive_id, act)


@require_POST
def cite(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Say which document of others a draft carries out."""
    scope.own_directive(directive_id, me(request), today())
    form = CitedForm(request.POST)

    def act() -> str:
        writing.cite(directive_id, form.cited(), by=me(request), now=clock.now())
        return _("Đã thêm căn cứ.")

    return _add(request, directive_id, "cited_form", form, act)


@require_POST
def uncite(request: HttpRequest, directive_id: int, citation_id: int) -> HttpResponse:
    """Take a cited document out of a draft."""

    def act() -> str:
        writing.uncite(directive_id, citation_id, by=me(request), now=clock.now())
        return _("Đã bỏ.")

    return _act(request, directive_id, act)


@require_POST
def attach(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Attach an annex to a draft, or the signed scan to any document."""

    def act() -> str:
        file = valid(FileForm(request.POST, request.FILES)).cleaned_data["file"]
        signed = request.POST.get("signed") == "1"
        writing.attach(directive_id, file.name or "", file.read(), signed=signed, by=me(request), now=clock.now())
        return _("Đã đính kèm.")

    return _act(request, directive_id, act)


@require_POST
def detach(request: HttpRequest, directive_id: int, attachment_id: int) -> HttpResponse:
    """Take a file out of a draft."""

    def act() -> str:
        writing.detach(directive_id, attachment_id, by=me(request), now=clock.now())
        return _("Đã bỏ.")

    return _act(request, directive_id, act)


@require_POST
def send(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Send a document; a reminder goes out with the reason that a person gives."""

    def act() -> str:
        found = scope.own_directive(directive_id, me(request), today())
        if found.purpose == Purpose.REMINDER:
            reminding.send_reminder(directive_id, request.POST.get("reason", ""), by=me(request), now=clock.now())
        else:
            writing.send(directive_id, by=me(request), now=clock.now())
        return _("Đã gửi. Cán bộ đầu mối của các nơi nhận đang được báo tin.")

    return _act(request, directive_id, act)


@require_POST
def withdraw(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Take a sent document back, with a reason."""

    def act() -> str:
        reminding.withdraw(directive_id, request.POST.get("why", ""), by=me(request), now=clock.now())
        return _("Đã thu hồi.")

    return _act(request, directive_id, act)
