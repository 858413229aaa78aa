"""The two doors of every page: the route table decides who comes in, and problems leave as pages or JSON.

What is not in the table is refused. Which objects an officer may see is not decided here.
"""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from ninja.utils import check_csrf

from dauchan.accounts import sessions
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import (
    authenticate_credential,
    has_permission,
    second_factor_missing,
)
from dauchan.accounts.rules import SecondFactorMissing
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted, Problem
from dauchan.kernel.once import remembering
from dauchan.web import problems
from dauchan.web.route import CITIZEN, CREDENTIAL, PUBLIC, SIGNED_IN, Route
from dauchan.web.routes import SECOND_FACTOR_PAGES, UNLOCKING_PAGES, methods_of, route_for

LOOKS = frozenset({"accounts:here", "tracing:progress", "try-out-phone"})
"""What pages ask by themselves: that alone keeps no session awake."""
CHANGES_NOTHING = ("GET", "HEAD")
Handler = Callable[[HttpRequest], HttpResponse]


class MethodNotAllowed(Problem):
    kind = "method_not_allowed"
    vi = "Địa chỉ này không nhận phương thức đó."
    en = "This address does not take that method."


class Locked(NotPermitted):
    kind = "locked"
    vi = "Chưa gửi: máy dùng chung đã tự khóa. Hãy mở khóa, rồi quay lại trang trước và gửi lại; chữ đã gõ vẫn còn."
    en = "Not sent: this shared computer has locked itself. Unlock it, go back and send again; what you typed is kept."


class ProblemMiddleware:
    """Turns a `Problem` into a page (or JSON under /api/) with the status of its kind."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problems.answer(request, exception) if isinstance(exception, Problem) else None


class RouteTableMiddleware:
    """Lets a request through to its view only when the route table says so; what is not public stays in no cache."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembering() if request.method in CHANGES_NOTHING else nullcontext():
            response = self.get_response(request)
        name = request.resolver_match.view_name if request.resolver_match else ""
        row = route_for(name, request.method or "")
        if row is not None and row.permission != PUBLIC:
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        allowed = methods_of(name)
        if not allowed:
            return problems.answer(request, NotFound())
        row = route_for(name, request.method or "")
        if row is None:
            return self._not_this_method(request, sorted(allowed))
        if _holds_nul(request):
            return problems.answer(request, problems.NotUnderstood())
        now = clock.now()
        sessions.end_if_over(request, now, looks_only=name in LOOKS and request.method == "GET")
        if row.permission in (PUBLIC, CITIZEN):
            return None
        if row.permission.startswith(CREDENTIAL):
            return self._devices_only(request, row.permission.removeprefix(CREDENTIAL), now)
        return self._officers_only(request, row, clock.local_day(now))

    def _officers_only(self, request: HttpRequest, row: Route, today: date) -> HttpResponse | None:
        officer = request.user
        if not isinstance(officer, Officer):
            return self._sign_in_first(request)
        if row.permission != SIGNED_IN and not has_permission(officer, row.permission, today):
            return problems.answer(request, NotPermitted())
        if problems.wants_json(request) and check_csrf(request) is not None:  # ninja exempts its views from the check
            return problems.form_too_old(request)
        if sessions.is_locked(request) and row.name not in UNLOCKING_PAGES:
            return self._unlock_first(request)
        if row.name in SECOND_FACTOR_PAGES or sessions.needs_no_second_factor(request):
            return None
        return self._set_up_second_factor(request) if second_factor_missing(officer, today) else None

    def _devices_only(self, request: HttpRequest, scope: str, now: datetime) -> HttpResponse | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        credential = authenticate_credential(token.strip(), now) if scheme.lower() == "bearer" else None
        if credential is None:
            return problems.answer(request, NotPermitted(), status=401)
        if not credential.allows(scope):
            return problems.answer(request, NotPermitted())
        request.credential = credential  # type: ignore[attr-defined]  # read by the API's views
        return None

    def _not_this_method(self, request: HttpRequest, allowed: list[str]) -> HttpResponse:
        if not problems.wants_json(request):
            return HttpResponseNotAllowed(allowed)
        response = problems.answer(request, MethodNotAllowed(), status=405)
        response["Allow"] = ", ".join(allowed)
        return response

    def _sign_in_first(self, request: HttpRequest) -> HttpResponse:
        if problems.wants_json(request):
            return problems.answer(request, NotPermitted(), status=401)
        return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))

    def _unlock_first(self, request: HttpRequest) -> HttpResponse:
        """Prove again who it is, then on to the page; what a form held is still in the browser, one step back."""
        if problems.wants_json(request) or request.headers.get("HX-Request"):
            return problems.answer(request, Locked(), status=401)
        if request.method != "GET":
            messages.warning(request, Locked().text(get_language() or "vi"))
        there = request.get_full_path() if request.method == "GET" else reverse("accounts:unlocked")
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': there})}")

    def _set_up_second_factor(self, request: HttpRequest) -> HttpResponse:
        if problems.wants_json(request):
            return problems.answer(request, SecondFactorMissing())
        return redirect("mfa_index")


def _holds_nul(request: HttpRequest) -> bool:
    """Whether the address or the form has a character that no text of the database can hold; JSON is read elsewhere."""
    forms = (request.GET,) if problems.wants_json(request) else (request.GET, request.POST)
    return "\0" in request.path or any("\0" in text for form in forms for texts in form.lists() for text in texts[1])
