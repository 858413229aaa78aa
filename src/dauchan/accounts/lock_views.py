"""Computers that several people use: an officer says so, the session locks itself when left alone, and is unlocked by
whatever proves that it is the same officer: allauth's own pages, which ask for password, code or passkey.
"""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.base import views as second_factor
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts import recovery, sessions
from dauchan.accounts.sessions import officer_of
from dauchan.kernel import clock

Page = Callable[..., Any]


def _unlocking(page: Page) -> Page:
    """A page that asks again who it is: a proof that allauth wrote down unlocks the session."""

    def proving(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
        before = len(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []))
        answer = page(request, *arguments, **named)
        if len(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])) > before:
            sessions.unlock(request, clock.now())
        return answer

    return proving


reauthenticate = _unlocking(account.reauthenticate)
reauthenticate_by_code = _unlocking(second_factor.reauthenticate)
reauthenticate_by_passkey = _unlocking(webauthn.reauthenticate_webauthn)


def enter_by_passkey(request: HttpRequest) -> Any:
    """Sign in with a passkey alone, having said whether others use this computer too."""
    was_in = request.user.is_authenticated  # then allauth asks for no passkey, and nothing of the session changes
    answer = webauthn.login_webauthn(request)
    if request.user.is_authenticated and not was_in:
        sessions.share(request, on="shared" in request.POST)
    return answer


def own_account(request: HttpRequest) -> Any:
    """How one signs in: allauth's page, with what was asked about one's account and whether this computer is shared."""
    page = second_factor.IndexView.as_view(
        extra_context={
            "shared": sessions.is_shared(request),
            "recoveries": recovery.about(officer_of(request), clock.now()),
        }
    )
    return page(request)


@require_POST
def shared(request: HttpRequest) -> HttpResponse:
    """Say that others use this computer too, or that nobody else does."""
    sessions.share(request, on=request.POST.get("shared") == "1")
    said = (
        _("Máy này tự khóa sau 5 phút không dùng.")
        if sessions.is_shared(request)
        else _("Máy này không còn tự khóa sớm.")
    )
    messages.success(request, said)
    return redirect("mfa_index")


def here(request: HttpRequest) -> JsonResponse:
    """Whether this session is locked; POST says that somebody is at work, as typing a long form does."""
    return JsonResponse({"locked": sessions.is_locked(request)})


def unlocked(request: HttpRequest) -> HttpResponse:
    """Where unlocking in a tab of its own ends."""
    return render(request, "accounts/unlocked.html")
