"""Every HTTP route is in the route table, and answers each role as its row says.

New routes join by themselves. A page about one object (a place, a case) needs one line in `support.scene.OBJECTS`: how
to make such an object inside the unit `here`; the test then opens it as an officer of that unit and as one of another.
"""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from support.officers import browser, officer_with, signed_in
from support.routes import Address, addresses, lanes, lanes_in
from support.scene import OBJECTS, Scene, place_of_here, two_communes

from dauchan.accounts import rules
from dauchan.accounts.actions import Scope, create_credential
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.visits.gateway.app import Gateway
from dauchan.web.api import api
from dauchan.web.route import CITIZEN, CREDENTIAL, PUBLIC, SIGNED_IN, Route
from dauchan.web.routes import ROUTES, route_for

CLOCK = "2026-03-02T08:00+07:00"
ANONYMOUS = "anonymous"

ADDRESSES = {}
for found in addresses():
    # Two operations of the API on one path: the name that the resolver finds first speaks for both.
    ADDRESSES.setdefault(resolve(found.sample()).view_name, found)
PAGES = [(route, ADDRESSES[route.name]) for route in ROUTES if route.name in ADDRESSES]
ids = [f"{'/'.join(route.methods)} {route.name}" for route, _ in PAGES]


# --- the table and the routes are the same ----------------------------------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route():
    rows = {route.name for route in ROUTES if not route.name.startswith("lane:")}
    assert {"without a row": sorted(ADDRESSES.keys() - rows), "without a route": sorted(rows - ADDRESSES.keys())} == {
        "without a row": [],
        "without a route": [],
    }


def test_every_lane_has_a_row_and_every_row_a_lane():
    assert {route.name.removeprefix("lane:") for route in ROUTES if route.name.startswith("lane:")} == lanes()


def test_a_second_path_before_the_pages_is_found_and_one_that_is_not_understood_is_an_error():
    one, two = 'if scope["path"] == PATH: pass\n', 'if scope.get("path") == "/hai": pass\n'
    assert list(lanes_in(one + two, "dauchan.visits.gateway.app")) == ["/api/v1/scans", "/hai"]
    for other in ('if scope["path"].startswith("/hai"): pass', 'path = scope["raw_path"]', 'scope["path"] in PATHS'):
        with pytest.raises(AssertionError):
            list(lanes_in(other, "dauchan.visits.gateway.app"))


def test_nothing_but_the_gateway_stands_before_the_pages():
    from dauchan.asgi import application, pages

    assert (type(application), application._pages) == (Gateway, pages)


def test_every_operation_of_the_api_document_has_a_row():
    missing = []
    for path, operations in api.get_openapi_schema()["paths"].items():
        if path in lanes():
            continue
        name = resolve(re.sub(r"\{[^}]+\}", "987654321", path)).view_name
        missing += [f"{method.upper()} {path}" for method in operations if not route_for(name, method.upper())]
    assert missing == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_row_asks_for_something_that_exists(route):
    if route.permission.startswith(CREDENTIAL):
        assert route.permission.removeprefix(CREDENTIAL) in rules.CREDENTIAL_SCOPES
    elif route.permission not in (PUBLIC, CITIZEN, SIGNED_IN):
        assert set(route.permission.split("|")) <= rules.PERMISSIONS.keys()
        assert route.permission.split("|") != []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_nothing_personal_is_public(route):
    if route.permission == PUBLIC:
        assert route.data_class in ("none", "officer")
        assert route.scope == "none"


# --- each role gets what its row says ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def officers(database) -> dict[str, Officer]:
    return {role: officer_with(role) for role in rules.ROLES}


@pytest.fixture(scope="module")
def clients(officers) -> dict[str, Client]:
    """One browser a role; who was signed out by a page comes back with `fresh`."""
    return {ANONYMOUS: browser(), **{role: signed_in(officer) for role, officer in officers.items()}}


def fresh(clients: dict[str, Client], officers: dict[str, Officer], role: str) -> Client:
    if role != ANONYMOUS and "_auth_user_id" not in clients[role].session:
        clients[role] = signed_in(officers[role])
    return clients[role]


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    return two_communes()


@pytest.fixture(scope="module")
def tokens(database, scene) -> dict[str, str]:
    """A device for each scope, holding that scope alone; whoever sends scans is a gate, since gates are told more."""
    now = clock.now()
    place_id = place_of_here(scene)["place_id"]
    return {
        scope: create_credential(
            kind="gate" if scope == "scans:write" else "integrator",
            name=scope,
            scopes=[scope],
            expires_at=now + timedelta(days=1),
            place_id=place_id if scope == "scans:write" else None,
            by=None,
            now=now,
        )[1]
        for scope in rules.CREDENTIAL_SCOPES
    }


def ask(client: Client, method: str, path: str, **headers: str) -> str:
    """What came back, in the words of the policy."""
    client.raise_request_exception = False
    if method == "POST":
        answer = client.post(path, data={}, headers=headers)
    else:
        answer = client.generic(method, path, headers=headers)
    return verdict(answer)


def verdict(answer: HttpResponse | httpx.Response) -> str:
    if answer.status_code >= 500:
        return f"broken: {answer.status_code}"
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/dang-nhap?next="):
        return "sign in"
    return "refused" if answer.status_code in (403, 405) else "let in"


def policy(route: Route, role: str) -> str:
    """What a row means for a role; the one place where that is written down a second time."""
    if route.permission in (PUBLIC, CITIZEN):
        return "let in"
    if role == ANONYMOUS or route.permission.startswith(CREDENTIAL):
        return "sign in"
    if route.permission == SIGNED_IN:
        return "let in"
    return "let in" if set(route.permission.split("|")) & rules.ROLES[role] else "refused"


def asked_methods(route: Route) -> list[str]:
    return [method for method in route.methods if method not in ("HEAD", "OPTIONS")]


@pytest.mark.parametrize(("route", "address"), PAGES, ids=ids)
def test_each_role_is_let_in_or_refused_as_the_row_says(clients, officers, route, address):
    wanted, got = {}, {}
    for role in (ANONYMOUS, *rules.ROLES):
        for method in asked_methods(route):
            wanted[role, method] = policy(route, role)
            got[role, method] = ask(fresh(clients, officers, role), method, address.sample())
    if route.permission == CITIZEN:
        got = {key: "broken" if value.startswith("broken") else "let in" for key, value in got.items()}
    assert got == wanted


LANES = [route for route in ROUTES if route.name.startswith("lane:")]


def ask_lane(server: str, route: Route, method: str, **more: Any) -> str:
    return verdict(httpx.request(method, server + route.name.removeprefix("lane:"), json={}, timeout=30, **more))


@pytest.mark.parametrize("route", LANES, ids=lambda route: route.name)
def test_each_role_is_let_into_a_lane_or_refused_as_the_row_says(server, clients, officers, route):
    wanted, got = {}, {}
    for role in (ANONYMOUS, *rules.ROLES):
        session = fresh(clients, officers, role).cookies
        cookies = {name: morsel.value for name, morsel in session.items()}
        assert (role == ANONYMOUS) == ("sessionid" not in cookies)
        for method in asked_methods(route):
            wanted[role, method] = policy(route, role)
            got[role, method] = ask_lane(server, route, method, cookies=cookies)
    assert got == wanted


@pytest.mark.parametrize("route", LANES, ids=lambda route: route.name)
def test_a_device_is_let_into_a_lane_by_its_scope_alone(server, tokens, route):
    wanted = {scope: "let in" if f"{CREDENTIAL}{scope}" == route.permission else "refused" for scope in tokens}
    got = {
        scope: ask_lane(server, route, "POST", headers={"authorization": f"Bearer {token}"})
        for scope, token in tokens.items()
    }
    assert got == wanted


@pytest.mark.parametrize("route", LANES, ids=lambda route: route.name)
def test_a_lane_refuses_other_methods(server, tokens, route):
    headers = {"authorization": f"Bearer {tokens[route.permission.removeprefix(CREDENTIAL)]}"}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(route.methods):
        assert ask_lane(server, route, method, headers=headers) == "refused", method


@pytest.mark.parametrize(("route", "address"), PAGES, ids=ids)
def test_other_methods_are_refused(clients, officers, route, address):
    known = {method for row in ROUTES if row.name == route.name for method in row.methods}
    client = fresh(clients, officers, "administrator")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        assert ask(client, method, address.sample()) == "refused", method


def test_a_device_is_let_in_by_its_scope_alone(tokens):
    for route, address in PAGES:
        wanted_scope = route.permission.removeprefix(CREDENTIAL)
        if wanted_scope == route.permission:
            continue
        for scope, token in tokens.items():
            for method in asked_methods(route):
                got = ask(browser(), method, address.sample(), authorization=f"Bearer {token}")
                assert (route.name, scope, got) == (route.name, scope, "let in" if scope == wanted_scope else "refused")


@pytest.mark.parametrize(
    ("route", "address"),
    [(route, address) for route, address in PAGES if "POST" in route.methods and not route.name.startswith("api:")],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_form_from_another_site_is_refused(officers, route, address):
    role = next((role for role in rules.ROLES if policy(route, role) == "let in"), "auditor")
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(officers[role])
    assert ask(client, "POST", address.sample()) == "refused"


# --- officers see the objects of their own unit -----------------------------------------------------------------------


def about_one_object() -> list[tuple[Route, Address]]:
    shown = [(route, address) for route, address in PAGES if "GET" in route.methods and "<" in address.pattern]
    return [(route, address) for route, address in shown if route.scope not in ("none", "self")]


def test_every_page_about_one_object_says_how_to_make_one():
    assert sorted({route.name for route, _ in about_one_object()} - OBJECTS.keys()) == []


@pytest.mark.parametrize(
    ("route", "address"),
    [(route, address) for route, address in about_one_object() if route.name in OBJECTS],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_object_is_shown_to_officers_of_its_unit_only(scene, route, address):
    path = address.path(OBJECTS[route.name](scene).__getitem__)
    for role in sorted(rules.roles_allowing(route.permission)):
        seen = {
            place: signed_in(officer_with(role, Scope("unit", str(unit.pk)))).get(path).status_code
            for place, unit in (("here", scene.here), ("elsewhere", scene.elsewhere))
        }
        assert seen["here"] < 400, (role, seen)
        assert seen["elsewhere"] in (403, 404), (role, seen)
