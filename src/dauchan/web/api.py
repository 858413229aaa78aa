"""The JSON API under /api/v1/: one router a slice, one OpenAPI document, one way to say no."""

from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from dauchan import __doc__ as purpose
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted, Problem
from dauchan.web import openapi, problems

SLICES = (
    "units",
    "accounts",
    "people",
    "places",
    "visits",
    "gates",
    "notify",
    "cases",
    "tracing",
    "inspections",
    "coverage",
    "reports",
)


class Api(NinjaAPI):
    """The operations of all slices, in one document with the fast lane's."""

    def get_openapi_schema(self, **options: Any) -> Any:
        return openapi.complete(super().get_openapi_schema(**options))


api = Api(title="Dấu Chân", version="1", description=purpose or "", urls_namespace="api", docs_url=None)


class FieldsWrong(BadInput):
    vi = "Dữ liệu chưa đúng ở: {field}."
    en = "These fields are not right: {field}."


class BodyUnreadable(BadInput):
    kind = "body_malformed"
    vi = "Nội dung gửi lên không phải JSON đọc được."
    en = "The body of the request is no JSON that can be read."


@api.exception_handler(Problem)
def problem(request: HttpRequest, exception: Problem) -> HttpResponse:
    """A problem as JSON with the status of its kind."""
    return problems.answer(request, exception)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, exception: ValidationError) -> HttpResponse:
    """Names the wrong fields, never their values."""
    fields = sorted({".".join(str(part) for part in error["loc"][1:]) for error in exception.errors})
    return problems.answer(request, FieldsWrong(field=", ".join(fields)), status=422)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, exception: HttpError) -> HttpResponse:
    """Ninja raises this for a body that is no JSON, and where an operation asks for a session itself."""
    refused = NotPermitted() if exception.status_code in (401, 403) else BodyUnreadable()
    return problems.answer(request, refused, status=exception.status_code)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return problems.answer(request, NotFound())


class InstallationOut(Schema):
    """What an integrator's program asks before it sends made-up data: only a try-out takes any."""

    try_out: bool
    issuer: int
    today: date


@api.get("/installation", response=InstallationOut, url_name="installation", summary="What this installation is")
def installation(request: HttpRequest) -> InstallationOut:
    here = settings.INSTALLATION
    return InstallationOut(try_out=here.try_out, issuer=here.issuer, today=clock.local_day(clock.now()))


for _slice in SLICES:
    if find_spec(f"dauchan.{_slice}.api"):
        api.add_router("", import_module(f"dauchan.{_slice}.api").router)
