"""What the OpenAPI document says of every operation alike: the fast lane beside the others, who may call, how one is
refused.

Who may call is read from the route table, which also decides it.
"""

import re
from http import HTTPStatus
from typing import Any

from django.urls import resolve

from dauchan.visits.gateway import app as lane
from dauchan.visits.gateway import openapi as lane_document
from dauchan.web.route import CITIZEN, CREDENTIAL, PUBLIC, SAFE
from dauchan.web.routes import route_for

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused: a code for programs, a sentence in the caller's language.",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}
SECURITY_SCHEMES = {
    "credential": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a gate or an integrator: dc_<id>_<secret>.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "An officer who signed in."},
    "form": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "The value of cookie csrftoken."},
}
ALWAYS = (400, 405, 408, 413, 503)
PROTECTED = (401, 403)
ACTS = (409, 429)
WITH_BODY = (415, 422)
WITH_PARAMETERS = (404, 422)


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document of the pages' API with the fast lane, security and refusals added."""
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {}).update(lane_document.components(), Problem=PROBLEM)
    parts["securitySchemes"] = SECURITY_SCHEMES
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = resolve(re.sub(r"\{[^}]+\}", "1", path)).view_name
            _say(operation, name, method.upper(), _refusals(operation, name, method.upper()))
    operation = lane_document.operation()
    _say(operation, f"lane:{lane.PATH}", "POST", lane_document.REFUSALS)
    document["paths"][lane.PATH] = {"post": operation}
    return document


def _say(operation: dict[str, Any], name: str, method: str, refusals: tuple[int, ...]) -> None:
    operation["security"] = _security(name, method)
    operation["responses"] = {str(status): told for status, told in operation["responses"].items()} | {
        str(status): _refusal(status) for status in refusals
    }


def _security(name: str, method: str) -> list[dict[str, list[str]]]:
    route = route_for(name, method)
    if route is None or route.permission in (PUBLIC, CITIZEN):
        return []
    if route.permission.startswith(CREDENTIAL):
        return [{"credential": []}]
    return [{"session": []} if method in SAFE else {"session": [], "form": []}]


def _refusals(operation: dict[str, Any], name: str, method: str) -> tuple[int, ...]:
    protected = PROTECTED if _security(name, method) else ()
    body = WITH_BODY if "requestBody" in operation else ()
    acts = ACTS if method not in SAFE else ()
    parameters = WITH_PARAMETERS if operation.get("parameters") else ()
    return tuple(sorted({*ALWAYS, *protected, *acts, *body, *parameters}))


def _refusal(status: int) -> dict[str, Any]:
    refusal: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        refusal["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return refusal
