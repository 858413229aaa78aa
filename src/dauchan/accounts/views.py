"""Pages of the administration: officers and their roles, invitations, credentials, the audit log.

Who may open them is in the route table; whom and what they show passes `queries.visible_*`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dauchan.accounts import actions, forms, invitations, pages, queries, recovery, rules
from dauchan.accounts.allauth_adapter import sign_in
from dauchan.accounts.models import Officer
from dauchan.accounts.networks import network_of
from dauchan.accounts.sessions import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem, TooMany
from dauchan.kernel.numbers import row_number
from dauchan.notify.budgets import Budget
from dauchan.units.views import date_switch, day_of

CODES = Budget("accounts.code", capacity=30, per_hour=60)
"""Codes of letters that one network may type; 80 random bits are not guessed anyhow. Ours."""


def _today() -> Any:
    return clock.local_day(clock.now())


def administration(request: HttpRequest) -> HttpResponse:
    """What can be administered by this officer."""
    allowed = queries.permissions_on(officer_of(request), _today())
    return render(request, "accounts/administration.html", {"doors": pages.doors(allowed)})


def officers(request: HttpRequest) -> HttpResponse:
    """The colleagues in this officer's reach and the links; searching is a POST, so that names stay out of URLs."""
    me, today = officer_of(request), _today()
    text = request.POST.get("q", "")
    after = request.POST.get("after") or request.GET.get("after", "0")
    found = queries.search_officers(me, today, text=text, after=row_number(after) or 0)
    page = {
        "officers": pages.officer_lines(found, today),
        "more_after": found[-1].pk if len(found) == pages.PAGE_SIZE else None,
        "q": text,
        "links": pages.link_lines(queries.visible_links(me, today), clock.now()),
    }
    return render(request, "accounts/officers.html", page)


def invite(request: HttpRequest) -> HttpResponse:
    """Invite a colleague; the link is shown once."""
    form = forms.InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            link = invitations.invite(
                said["email"],
                said["role"],
                said["scope"],
                by=officer_of(request),
                now=clock.now(),
                base_url=request.build_absolute_uri("/"),
            )
            return render(request, "accounts/link.html", {"link": link, "hours": pages.LINK_HOURS})
        except Problem as problem:
            forms.refuse(form, problem)
    return render(request, "accounts/invite.html", {"form": form})


def _colleague(request: HttpRequest, officer_id: int) -> Officer:
    found = queries.visible_officers(officer_of(request), _today()).filter(pk=officer_id).first()
    if found is None:
        raise NotFound()
    return found


def officer(request: HttpRequest, officer_id: int) -> HttpResponse:
    """One colleague: roles now and before, second factor, what can be done."""
    return _officer_page(request, _colleague(request, officer_id), forms.ScopeForm())


def _officer_page(request: HttpRequest, colleague: Officer, form: forms.ScopeForm) -> HttpResponse:
    on = day_of(request)
    page = {
        **date_switch(on),
        "switched": on != _today(),
        "officer": colleague,
        "grants": pages.grant_lines(colleague, on),
        "factors": pages.second_factors(colleague),
        "form": form,
        "is_me": colleague.pk == officer_of(request).pk,
    }
    return render(request, "accounts/officer.html", page, status=400 if form.errors else 200)


@require_POST
def grant(request: HttpRequest, officer_id: int) -> HttpResponse:
    """Give a colleague another role."""
    colleague, form = _colleague(request, officer_id), forms.ScopeForm(request.POST)
    if not form.is_valid():
        return _officer_page(request, colleague, form)
    said = form.cleaned_data
    try:
        actions.grant_role(colleague, said["role"], said["scope"], by=officer_of(request), now=clock.now())
    except Problem as problem:
        forms.refuse(form, problem)
        return _officer_page(request, colleague, form)
    return redirect("accounts:officer", officer_id)


def _act(request: HttpRequest, done: str, act: Callable[..., Any], about: Any) -> None:
    """Do it and say so; a conflict is said instead, anything else is the caller's page of that problem."""
    try:
        act(about, by=officer_of(request), now=clock.now())
    except (rules.LastAdministrator, rules.NotForYourself) as problem:
        messages.error(request, problem.text(get_language() or "vi"))
    else:
        messages.success(request, done)


@require_POST
def end_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a role today."""
    _act(request, _("Đã kết thúc vai trò."), actions.end_role, grant_id)
    back = row_number(request.POST.get("officer", ""))
    return redirect("accounts:officers") if back is None else redirect("accounts:officer", back)


@require_POST
def switch_off(request: HttpRequest, officer_id: int) -> HttpResponse:
    """Shut a colleague out."""
    colleague = _colleague(request, officer_id)
    _act(request, _("Đã khóa tài khoản."), actions.switch_off, colleague)
    return redirect("accounts:officer", officer_id)


@require_POST
def switch_on(request: HttpRequest, officer_id: int) -> HttpResponse:
    """Let a colleague in again."""
    colleague = _colleague(request, officer_id)
    _act(
        request,
        _("Đã mở lại tài khoản."),
        actions.switch_on,
        colleague,
    )
    return redirect("accounts:officer", officer_id)


@require_POST
def reset(request: HttpRequest, officer_id: int) -> HttpResponse:
    """A link for a new password and second factor, shown once."""
    colleague, address = _colleague(request, officer_id), request.build_absolute_uri("/")
    link = invitations.reset_link(colleague, by=officer_of(request), now=clock.now(), base_url=address)
    return render(request, "accounts/link.html", {"link": link, "hours": pages.LINK_HOURS, "reset": True})


@require_POST
def revoke_link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Make a link useless."""
    _act(
        request,
        _("Đã thu hồi liên kết."),
        invitations.revoke_link,
        link_id,
    )
    return redirect("accounts:officers")


def recoveries(request: HttpRequest) -> HttpResponse:
    """Ask for a colleague's new second factor; what others asked and waits for a second officer."""
    form = forms.RecoveryForm(request.POST or None)
    me, now = officer_of(request), clock.now()
    if request.method == "POST" and form.is_valid():
        try:
            recovery.ask(form.cleaned_data["email"], form.cleaned_data["reason"], by=me, now=now)
        except NotFound:
            form.add_error("email", _("Không có cán bộ nào như vậy dưới quyền của bạn."))
        except Problem as problem:
            forms.refuse(form, problem)
        else:
            messages.success(request, _("Đã ghi. Một người khác ở cấp trên phải duyệt; cán bộ đã được báo."))
            return redirect("accounts:recoveries")
    page = {"form": form, "recoveries": recovery.seen_by(me, now), "me": me}
    return render(request, "accounts/recoveries.html", page, status=400 if form.errors else 200)


@require_POST
def decide_recovery(request: HttpRequest, recovery_id: int) -> HttpResponse:
    """Approve what another officer asked for: the link is shown once; or refuse it."""
    me, approve = officer_of(request), request.POST.get("answer") == "approve"
    address = request.build_absolute_uri("/")
    link = recovery.decide(recovery_id, approve=approve, by=me, now=clock.now(), base_url=address)
    if link:
        return render(
            request, "accounts/link.html", {"link": link, "hours": pages.LINK_HOURS, "reset": True, "recovered": True}
        )
    messages.success(request, _("Đã từ chối."))
    return redirect("mfa_index" if "own" in request.POST else "accounts:recoveries")


def credentials(request: HttpRequest) -> HttpResponse:
    """Gates and integrators; a new one's token is shown once."""
    form = forms.CredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made, token = actions.create_credential(
                kind=said["kind"],
                name=said["name"],
                scopes=said["scopes"],
                place_id=said["place_id"],
                unit_id=said["unit"],
                expires_at=form.expires_at(),
                by=officer_of(request),
                now=clock.now(),
            )
            return render(request, "accounts/token.html", {"credential": made, "token": token})
        except Problem as problem:
            forms.refuse(form, problem)
    lines = pages.credential_lines(queries.visible_credentials(officer_of(request), _today()), clock.now())
    return render(request, "accounts/credentials.html", {"form": form, "credentials": lines})


@require_POST
def revoke_credential(request: HttpRequest, credential_id: str) -> HttpResponse:
    """End a gate's or integrator's access."""
    done = _("Đã thu hồi. Các cổng sẽ từ chối trong vài giây.")
    _act(request, done, actions.revoke_credential, credential_id)
    return redirect("accounts:credentials")


def audit_log(request: HttpRequest) -> HttpResponse:
    """The audit log, newest first, by kind of act and officer."""
    before, event, who = (request.GET.get(name, "") for name in ("before", "event", "officer"))
    visible = queries.visible_audit(officer_of(request), _today())
    page = pages.audit_page(visible, before=before, event=event, officer=who)
    return render(request, "accounts/audit.html", page)


def enter_code(request: HttpRequest) -> HttpResponse:
    """Type the code of a printed letter."""
    form = forms.CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        network = network_of(request)
        if not CODES.take(network, now=clock.now()):
            raise TooMany(seconds=600)
        if queries.open_link(form.cleaned_data["code"], clock.now()):
            return redirect("accounts:accept", form.cleaned_data["code"])
        forms.refuse(form, rules.LinkUsedUp())
    return render(request, "accounts/enter_code.html", {"form": form}, status=400 if form.errors else 200)


@never_cache
@sensitive_post_parameters("password", "again")
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Use a one-time link: name and password, then on to the second factor."""
    now = clock.now()
    link = queries.open_link(token, now)
    if link is None:
        raise rules.LinkUsedUp()
    knows = bool(link.email) or link.kind in ("reset", "recovery")
    form = forms.AcceptForm(request.POST or None, kind=link.kind, knows_email=knows)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            officer = invitations.accept_link(
                token,
                name=said.get("name", ""),
                email=said.get("email", ""),
                password=said["password"],
                now=now,
            )
        except Problem as problem:
            forms.refuse(form, problem)
        else:
            if link.kind == "reset" and pages.second_factors(officer):
                messages.success(request, _("Đã đổi mật khẩu. Hãy đăng nhập; bước thứ hai vẫn như cũ."))
                return redirect("account_login")
            sign_in(request, officer)
            return redirect("mfa_index")
    return render(request, "accounts/accept.html", {"form": form, "link": link, "role": pages.role_name(link.role)})
