"""schemathesis over the whole OpenAPI document, through HTTP, with valid credentials: what is promised is what happens.

Good requests must get past the refusals; bad ones must be refused; nothing is a 5xx, nothing takes two seconds. The
examples are the same in every run; `--long` tries many more.
"""

import itertools
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.bulletin import counted
from support.officers import officer_with, signed_in
from support.reports import issued, office
from support.runs import make_list
from support.town import GIA_NGHIA, Town, build

from dauchan.accounts.actions import Scope, create_credential, grant_role
from dauchan.accounts.models import Role
from dauchan.cases.models import Case
from dauchan.cases.rules import CaseDates
from dauchan.gates.actions import offer_device
from dauchan.kernel import clock, ids
from dauchan.people.queries import handle_of
from dauchan.places.actions import approve
from dauchan.places.models import Place
from dauchan.tracing.actions import confirm_case
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code
from dauchan.visits.actions import derive_all
from dauchan.web.api import api

CLOCK = "2026-11-20T12:00+07:00"
SLOW_SECONDS = 2.0
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CSRF = "x" * 32
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@schemathesis.serializer("application/msgpack")
def pack(context: Any, value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, TypeError):
        return msgspec.msgpack.encode(repr(value))


@schemathesis.deserializer("application/msgpack")
def unpack(context: Any, response: Any) -> Any:
    return msgspec.msgpack.decode(response.content)


SCHEMA = schemathesis.openapi.from_dict(msgspec.json.decode(msgspec.json.encode(api.get_openapi_schema())))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


RECEIPTS = """
[sms.status]
id_at = "id"
state_at = "state"
delivered = ["DELIVRD"]
undelivered = ["UNDELIV"]
"""


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    made = build(server, database)
    warm = {"external_code": "warm", "name": "Quán đầu", "unit": GIA_NGHIA, "category": "cafe"}
    headers = {"authorization": f"Bearer {made.integrator_token}"}
    requests.post(f"{server}/api/v1/places", json={"places": [warm]}, headers=headers, timeout=30)
    for who in ("ana", "ben"):
        made.statuses(made.scan(who, "market", "2026-11-18T08:00"), made.scan(who, "market", "2026-11-18T09:30", "out"))
    derive_all(database.keyring, clock.now())
    return made


@pytest.fixture(scope="module")
def case(town) -> Case:
    """A confirmed case who met somebody."""
    officer, unit = officer_with("province_health_officer"), unit_by_code(GIA_NGHIA, date(2026, 11, 20))
    assert unit is not None
    dates = CaseDates(date(2026, 11, 20), date(2026, 11, 19))
    found = confirm_case(town.people["ana"], unit, dates, by=officer, now=clock.now())
    make_list(found, by=officer)
    assert found.proposals.count() == 1
    return found


@dataclass(frozen=True)
class Credentials:
    """What proves who calls: the token of an integrator, a gate or an SMS provider, and the session of an officer who
    may do everything.
    """

    headers: dict[str, str]
    gate: dict[str, str]
    provider: dict[str, str]
    cookies: dict[str, str]

    def put_on(self, example: Any) -> None:
        own = self.gate if "/gate/" in example.path else self.provider if "/sms-status" in example.path else {}
        example.headers = {**(example.headers or {}), **self.headers, **own}
        example.cookies = {**(example.cookies or {}), **self.cookies}


@pytest.fixture(scope="module")
def credentials(town) -> Credentials:
    name = django_settings.SESSION_COOKIE_NAME
    officer, now = officer_with("province_health_officer"), clock.now()
    grant_role(officer, "inspector", Scope("all"), by=None, now=now)
    client = signed_in(officer)
    approve(town.places["market"], by=officer, now=now)  # or its gate gives no sign-in codes
    with (town.database.data_dir / "installation.toml").open("a", encoding="utf-8") as settings:
        settings.write(RECEIPTS)
    until = now + timedelta(days=9)
    _, provider = create_credential(
        kind="integrator", name="sms", scopes=["messages:status"], expires_at=until, by=None, now=now
    )
    return Credentials(
        {"Authorization": f"Bearer {town.integrator_token}", "X-CSRFToken": CSRF},
        {"Authorization": f"Bearer {town.gate_token}"},
        {"Authorization": f"Bearer {provider}"},
        {name: client.cookies[name].value, "csrftoken": CSRF},
    )


_serial = itertools.count(1)


def made_real(example: Any, town: Town, case: Case) -> None:
    """Put real points, people, places and cases where most examples name made-up ones, so that they get further."""
    number = next(_serial)
    if number % 3 == 0:
        return
    body = example.body if isinstance(example.body, dict) else {}
    for scan in body.get("scans", [body] if "direction" in body else []):
        scan |= {"id": str(ids.uuid7(clock.now(), number.to_bytes(10, "big"))), "point": town.points["market"]}
        scan.pop("at", None)
        if number % 3 == 1:
            scan["subject"] = {"kind": "pass", "code": town.passes["ana"]}
    for place in body.get("places", []):
        place |= {"unit": GIA_NGHIA, "category": "cafe"}
    if "confirmed_on" in body:
        body |= {"person": handle_of(town.people["ben"]), "unit": GIA_NGHIA, "confirmed_on": "2026-11-20"}
        body |= {"onset_on": "2026-11-19", "sampled_on": None, "isolated_at": None, "period": None, "ruleset": ""}
    if "proposals" in body:
        body |= {"proposals": [case.proposals.get().pk], "expected": 1}
    if "keeper" in body and "code" in body:
        body |= {"code": join_code(town), "keeper": "Chị Tư", "device": ""}
    if example.path.endswith("/inspections"):
        inspector = Role.objects.get(role="inspector").officer_id
        body |= {"id": str(ids.random_uuid7(clock.now())), "officer": inspector, "place": town.places["market"]}
        body |= {"at": clock.now().isoformat(), "poster_shown": True, "reasons": ["no_exit"], "note": "", "count": None}
    if "/sms-status" in example.path:
        example.body = {"id": "a", "state": "DELIVRD"}
    if "phone" in body:
        body |= {"phone": "0912000001"}
    if isinstance(body.get("subject"), dict) and example.path.endswith("/face"):
        body["subject"] = {"kind": "phone", "number": "0912000001"}
    if "kind" in body and "value" in body:
        body |= {"kind": "phone", "value": "0912000001"}
    decided = case.decisions.order_by("-pk").values_list("pk", flat=True).first() or 1
    known = {"place_id": town.places["market"], "code": case.code, "batch_id": decided}
    if "/units/" in example.path:
        known["code"] = GIA_NGHIA
    if "/coverage/agencies/" in example.path:
        known["agency_id"] = an_agency()
    if "/open-data/" in example.path:
        known["day"] = a_published_day()
    if "/coverage/" in example.path and example.query:
        example.query |= {"codes": "people,scans"} | ({"sector": ""} if "sector" in example.query else {})
        example.query |= {"first": "2026-11-19", "last": "2026-11-20"} if "first" in example.query else {}
    for blank in example.path_parameters or {}:
        example.path_parameters[blank] = known.get(blank, example.path_parameters[blank])


@cache
def an_agency() -> int:
    """An agency at the ward of the town."""
    ward = unit_by_code(GIA_NGHIA, date(2026, 11, 20))
    assert ward is not None
    begins = {"kind": "other", "sector": "trade", "valid_from": date(2025, 7, 1)}
    return Agency.objects.create(name="Ban quản lý chợ", unit=ward, search_key="ban quan ly cho", **begins).pk


@cache
def a_published_day() -> str:
    """A day whose report of the province was issued."""
    day = date(2026, 11, 20)
    province = unit_by_code("68", day)
    assert province is not None
    counted(province, day, registered=90, approved=90, active_day=9, scans=70, people=60)
    issued(province, office("Sở Thử", province), day, officer_with("rollout_manager"))
    return day.isoformat()


def join_code(town: Town) -> str:
    """A one-time code of a gate at the market."""
    until, place = clock.now() + timedelta(days=1), Place.objects.get(pk=town.places["market"])
    return offer_device(place, "Cổng", until=until, takes_paper=False, by=None, now=clock.now())[1]


def examples(request: pytest.FixtureRequest) -> int:
    return 1000 if request.config.getoption("--long") else 25


@pytest.mark.parametrize("mode", MODES, ids=["as promised", "against the rules"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_keeps_what_the_document_says_of_it(request, town, case, credentials, label, mode):
    operation = OPERATIONS[label]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return  # nothing can be sent against the rules of an operation without input
    strategy = operation.as_strategy(generation_mode=mode)
    statuses: Counter[int] = Counter()
    session = requests.Session()

    @settings(
        max_examples=examples(request),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(example=strategy)
    def every(example: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            made_real(example, town, case)
        credentials.put_on(example)
        began = time.monotonic()
        response = example.call(base_url=town.address, session=session, timeout=30)
        took = time.monotonic() - began
        statuses[response.status_code] += 1
        example.validate_response(response, checks=CHECKS)
        assert took < SLOW_SECONDS, f"{label} took {took:.1f} s"

    every()
    if mode is GenerationMode.POSITIVE:
        assert statuses.keys() & {200, 201, 202, 204}, f"no example got past the refusals: {statuses}"
