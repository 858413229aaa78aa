"""One table from a problem's kind to an HTTP status, and the page or JSON that says it."""

import logging
import secrets
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language

from dauchan.kernel.errors import BadInput, FilterWrong, NotFound, NotPermitted, Problem

log = logging.getLogger("dauchan.web")

STATUS: dict[str, int] = {
    "bad_input": 400,
    "not_permitted": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "too_large": 413,
    "too_many": 429,
    "unavailable": 503,
}
OTHER_STATUS = 400
PAGES = frozenset({400, 403, 404, 500})
RETRY_SECONDS = 5


class NotUnderstood(BadInput):
    vi = "Yêu cầu chưa đúng dạng. Hãy tải lại trang và thử lại."
    en = "The request could not be understood. Reload the page and try again."


class FormTooOld(NotPermitted):
    kind = "form_too_old"
    vi = "Trang này đã mở quá lâu nên biểu mẫu hết hạn. Hãy tải lại trang rồi gửi lại."
    en = "This page was open for too long and its form has expired. Reload the page and send it again."


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem: its own kind's, or that of the nearest ancestor whose kind is known."""
    kinds = (getattr(family, "kind", "") for family in type(problem).__mro__)
    return next((STATUS[kind] for kind in kinds if kind in STATUS), OTHER_STATUS)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: everything under /api/."""
    return request.path.startswith("/api/")


def answer(request: HttpRequest, problem: Problem, *, status: int = 0) -> HttpResponse:
    """The problem in the caller's language, as JSON for programs and as a page for people."""
    status = status or status_of(problem)
    sentence = problem.text(get_language() or "vi")
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"code": problem.kind, "message": sentence}, status=status)
    else:
        whole = request.path if isinstance(problem, FilterWrong) else ""
        response = error_page(request, status, sentence, whole=whole)
    if status in (429, 503):
        response["Retry-After"] = str(problem.detail.get("seconds", RETRY_SECONDS))
    return response


def error_page(request: HttpRequest, status: int, sentence: str, *, whole: str = "") -> HttpResponse:
    """The page of one status, with an event id to tell the people who run the installation.

    whole   the address of the list without its filters, where those were wrong
    """
    event = event_id()
    log.info("event %s: answered %s", event, status)
    page = {"sentence": sentence, "event": event, "status": status, "reason": HTTPStatus(status).phrase, "whole": whole}
    return render(request, f"{status if status in PAGES else 400}.html", page, status=status)


def event_id() -> str:
    """Eight letters that a person can read out on the phone; they say nothing about the person."""
    return secrets.token_hex(4).upper()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return answer(request, NotUnderstood())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return answer(request, NotPermitted())


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page of a failed CSRF check, which nearly always is a page left open too long."""
    return answer(request, FormTooOld())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return answer(request, NotFound())


def crashed(request: HttpRequest) -> HttpResponse:
    """The answer to a bug: drawn without the database, the session or the signed-in officer."""
    event = event_id()
    log.error("event %s: unexpected error", event, exc_info=True)
    if wants_json(request):
        return JsonResponse({"code": "unexpected", "event": event}, status=500)
    return HttpResponse(render_to_string("500.html", {"event": event, "status": 500}), status=500)
