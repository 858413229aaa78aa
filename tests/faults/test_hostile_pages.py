"""Whatever is typed into any page's address, search box or form is answered, in the caller's language, never by 5xx.

New routes and new fields join by themselves: they are read from the URLconf and from the source.
"""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from support.officers import browser, officer_with, signed_in
from support.outbreak import Outbreak, build
from support.routes import Address, addresses
from support.runs import make_list

import dauchan
from dauchan.accounts import rules
from dauchan.accounts.actions import Scope, create_credential, grant_role
from dauchan.accounts.models import Officer, OneTimeLink, Role
from dauchan.cases.models import Milestone
from dauchan.kernel import clock
from dauchan.people.queries import handle_of
from dauchan.places import posters
from dauchan.places.models import ImportRun, Point
from dauchan.web.routes import ROUTES

CLOCK = "2021-08-17T08:00+07:00"
SLOW_SECONDS = 2.0
ROUTE_METHODS = {route.name: set(route.methods) for route in ROUTES}

HOSTILE: dict[str, str] = {
    "NUL": "\0",
    "NUL within": "ab\0cd",
    "half a character": "%ED%A0%80",
    "bytes that are no UTF-8": "%ff%fe%80",
    "many digits": "9" * 40,
    "past a bigint": "9223372036854775808",
    "the last bigint": "9223372036854775807",
    "below nothing": "-9223372036854775809",
    "a raised two": "²",
    "digits of another script": "٣٤",
    "a float": "1e400",
    "no number": "NaN",
    "SQL": "' or 1=1; drop table places_place; --",
    "wildcards": "%_\\%",
    "a template": "{{7*7}}{% debug %}${7*7}%s%n{0}{field}",
    "markup": '"><script>alert(1)</script><svg onload=alert(1)>',
    "many letters": "ă" * 300,
    "more digits than Python turns into a number": "9" * 5_000,
    "CR and LF": "x\r\nSet-Cookie: a=b",
    "up and out": "../../../../etc/passwd",
    "the thirteenth month": "2021-13-45",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the last instant": "9999-12-31T23:59",
    "marks alone": "\u0301\u0323\u202e",
    "a decomposed name": "Nguye\u0302\u0303n Thi\u0323",
    "a cursor of nonsense": "a,b|c;d:e~f",
    "brackets": "((((((((((((((((((((((((([[[[[[[[[[[[",
}


QUICK = (
    "NUL",
    "half a character",
    "many digits",
    "past a bigint",
    "a raised two",
    "NaN",
    "markup",
    "the thirteenth month",
    "the last instant",
    "a cursor of nonsense",
)
"""What every run tries; the others with --long."""


@pytest.fixture(scope="module")
def hostile(request) -> list[str]:
    return [value for name, value in HOSTILE.items() if name in QUICK or request.config.getoption("--long")]


def names_of_fields() -> list[str]:
    """Every name that a view asks a query or a form for, and every field of a form."""
    asked = re.compile(r"(?:GET|POST|FILES)(?:\.get|\.getlist)?[(\[]\"(\w+)\"")
    declared = re.compile(r"^    (\w+)(?:: [\w\[\]]+)? = (?:forms\.)?\w+(?:Field|Choice)\(", re.MULTILINE)
    found: set[str] = set()
    for file in Path(dauchan.__file__).parent.rglob("*.py"):
        text = file.read_text("utf-8")
        found |= set(asked.findall(text)) | set(declared.findall(text))
    return sorted(found | {"next", "login", "code", "email", "q", "after", "on"})


FIELDS = names_of_fields()
ADDRESSES = sorted({address.name: address for address in addresses()}.values(), key=lambda address: address.name)


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    return town


@pytest.fixture(scope="module")
def everything(outbreak) -> dict[str, Any]:
    """A real value for each blank of an address, so that pages get past "not found"."""
    case = outbreak.case("An")
    make_list(case, by=outbreak.tracer)
    client, other = signed_in(outbreak.tracer), officer_with("investigator", Scope("unit", str(outbreak.home.pk)))
    proposal = case.proposals.get(person_id=outbreak.people["Bình"])
    client.post(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": [proposal.pk], "grade": "close"})
    client.post(f"/ca-benh/{case.code}/moc-dich-te/them", {"place": outbreak.places["chợ"]})
    client.post(f"/ca-benh/{case.code}/danh-sach-goi", {"purpose": "Gọi điện"})
    now = clock.now()
    credential, _ = create_credential(
        kind="integrator", name="x", scopes=["scans:write"], expires_at=now + timedelta(days=1), by=None, now=now
    )
    contact, batch, release = case.contacts.first(), case.decisions.first(), case.releases.first()
    point = Point.objects.get(pk=outbreak.points["chợ"])
    first = {model: getattr(model.objects.first(), "pk", 1) for model in (Milestone, OneTimeLink, Role, ImportRun)}
    return {
        "code": case.code,
        "handle": handle_of(outbreak.people["Bình"]),
        "proposal_id": proposal.pk,
        "contact_id": contact.pk if contact else 1,
        "batch_id": batch.pk if batch else 1,
        "release_id": release.pk if release else 1,
        "milestone_id": first[Milestone],
        "link_id": first[OneTimeLink],
        "grant_id": first[Role],
        "run_id": first[ImportRun],
        "place_id": point.place_id,
        "point_id": point.pk,
        "officer_id": other.pk,
        "credential_id": credential.pk,
        "place_code": posters.code_text(point),
        "unit_code": outbreak.home.code,
        "sheet": "a4",
        "kind": "xlsx",
    }


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    """One who may do everything everywhere."""
    allowed = officer_with("administrator")
    for role in rules.ROLES:
        if role != "administrator":
            grant_role(allowed, role, Scope("all"), by=None, now=clock.now())
    return allowed


def real(everything: dict[str, Any], address: Address, blank: str) -> Any:
    if blank == "code" and address.name.startswith("places:"):
        return everything["place_code"]
    if blank == "code" and ":unit" in address.name:
        return everything["unit_code"]
    return everything.get(blank, 1)


def ask(client: Client, officer: Officer, method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """One request; nothing may break, dawdle, echo markup, or set a header that was sent."""
    if "_auth_user_id" not in client.session:
        client.force_login(officer)
    client.raise_request_exception = False
    began = time.process_time()  # of work: the machine may have other things to do
    answer = client.get(path) if method == "GET" else client.post(path, body or {})
    took = time.process_time() - began
    content = b"" if answer.streaming else answer.content
    assert answer.status_code < 500, f"{method} {path[:200]}: {answer.status_code}"
    assert took < SLOW_SECONDS, f"{method} {path[:200]} took {took:.1f} s"
    assert b"<script>alert(1)" not in content
    assert b"<svg onload" not in content
    assert b"root:x:" not in content
    assert answer.cookies.get("a") is None
    return answer


def encoded(value: str) -> str:
    return value if re.fullmatch(r"(%[0-9A-Fa-f]{2})+", value) else quote(value, safe="")


WITH_PAGES = [address for address in ADDRESSES if "GET" in ROUTE_METHODS.get(address.name, ())]
WITH_FORMS = [address for address in ADDRESSES if "POST" in ROUTE_METHODS.get(address.name, ())]


@pytest.mark.parametrize("address", WITH_PAGES, ids=lambda address: address.name)
def test_no_query_breaks_a_page(officer, everything, hostile, address):
    client = signed_in(officer)
    path = address.path(lambda blank: real(everything, address, blank))
    ask(client, officer, "GET", path)
    for value in hostile:
        ask(client, officer, "GET", f"{path}?" + "&".join(f"{name}={encoded(value)}" for name in FIELDS))


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each.blanks], ids=lambda address: address.name)
def test_no_address_breaks_a_page(officer, everything, hostile, address):
    client = signed_in(officer)
    method = "GET" if address in WITH_PAGES else "POST"
    for blank in address.blanks:
        for value in hostile:

            def filled(name: str, blank: str = blank, value: str = value) -> str:
                return encoded(value) if name == blank else str(real(everything, address, name))

            ask(client, officer, method, address.path(filled))


@pytest.mark.parametrize("address", WITH_FORMS, ids=lambda address: address.name)
def test_no_form_breaks_a_page(officer, everything, hostile, address):
    client = signed_in(officer)
    path = address.path(lambda blank: real(everything, address, blank))
    for value in hostile:
        ask(client, officer, "POST", path, dict.fromkeys(FIELDS, value))
    ask(client, officer, "POST", path, {})


@pytest.mark.long
@pytest.mark.parametrize("address", WITH_PAGES, ids=lambda address: address.name)
def test_no_single_field_of_a_query_breaks_a_page(officer, everything, address):
    client = signed_in(officer)
    path = address.path(lambda blank: real(everything, address, blank))
    for name in FIELDS:
        for value in HOSTILE.values():
            ask(client, officer, "GET", f"{path}?{name}={encoded(value)}")


@pytest.mark.long
@pytest.mark.parametrize("address", WITH_FORMS, ids=lambda address: address.name)
def test_no_single_field_of_a_form_breaks_a_page(officer, everything, address):
    client = signed_in(officer)
    path = address.path(lambda blank: real(everything, address, blank))
    for name in FIELDS:
        for value in HOSTILE.values():
            ask(client, officer, "POST", path, {name: value})


def test_a_number_of_five_thousand_digits_breaks_no_list(officer, everything):
    client, digits = signed_in(officer), HOSTILE["more digits than Python turns into a number"]
    for address in WITH_PAGES:
        path = address.path(lambda blank, address=address: real(everything, address, blank))
        ask(client, officer, "GET", f"{path}?after={digits}&residence={digits}&place={digits}&unit={digits}")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/don-vi?q=%00", "/khong-co-trang-nay", "/P/HELLO", "/don-vi/99999"])
def test_a_refusal_speaks_the_language_of_the_caller(database, path, language):
    answer = browser().get(path, headers={"accept-language": language})
    assert answer.status_code in (200, 400, 404)
    assert f'<html lang="{language}"' in answer.content.decode()


def test_someone_who_is_not_signed_in_breaks_nothing_either(everything):
    client = browser()
    client.raise_request_exception = False
    for address in ADDRESSES:
        path = address.path(lambda blank, address=address: real(everything, address, blank))
        for value in ("\0", "9" * 40, "\ud800", "²"):
            fields = dict.fromkeys(("next", "login", "password", "code", "q", "after"), value)
            query = urlencode(fields, errors="surrogatepass")
            assert client.get(f"{path}?{query}").status_code < 500, path
            if "\ud800" not in value:
                assert client.post(path, fields).status_code < 500, path
