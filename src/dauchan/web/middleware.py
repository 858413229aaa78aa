"""The two doors of every page: the route table decides who comes in, and problems leave as pages or JSON.

What is not in the table is refused. Which objects an officer may see is not decided here.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from dauchan.accounts.queries import has_permission
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted, Problem
from dauchan.web import problems
from dauchan.web.routes import ROUTES, route_for

Handler = Callable[[HttpRequest], HttpResponse]
CHECKED_BY_THE_VIEW = ("public", "citizen")


class ProblemMiddleware:
    """Turns a `Problem` into a page (or JSON under /api/) with the status of its kind."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problems.answer(request, exception) if isinstance(exception, Problem) else None


class RouteTableMiddleware:
    """Lets a request through to its view only when the route table says so."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        row = route_for(name, request.method or "")
        if row is None:
            return _not_in_the_table(request, name)
        if row.permission in CHECKED_BY_THE_VIEW or row.permission.startswith("credential:"):
            return None
        return _officers_only(request, row.permission)


def _not_in_the_table(request: HttpRequest, name: str) -> HttpResponse:
    allowed = sorted({method for row in ROUTES if row.name == name for method in row.methods})
    return HttpResponseNotAllowed(allowed) if allowed else problems.answer(request, NotFound())


def _officers_only(request: HttpRequest, permission: str) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    if permission == "signed-in" or has_permission(request.user, permission, clock.local_day(clock.now())):
        return None
    return problems.answer(request, NotPermitted())


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if problems.wants_json(request):
        return problems.answer(request, NotPermitted(), status=401)
    return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))
