"""One OpenAPI document tells an integrator everything: pages' API and fast lane, who may call, how one is refused."""

import re

import httpx
import jsonschema_rs
import msgspec
import pytest
import schemathesis
from django.test import Client
from ninja import Schema
from support.officers import officer_with
from support.town import Town, build

from dauchan.visits.gateway import wire
from dauchan.web.api import api

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


@pytest.fixture(scope="module")
def document(server) -> dict:
    return httpx.get(f"{server}/api/v1/openapi.json").json()


def operations(document: dict) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def schema_of(document: dict, name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


def test_the_document_is_valid_and_has_the_fast_lane_in_it(document):
    schemathesis.openapi.from_dict(document).validate()
    lane = operations(document)["POST /api/v1/scans"]
    assert set(lane["requestBody"]["content"]) == {"application/json", "application/msgpack"}
    assert {"200", "400", "401", "403", "413", "415", "503"} <= set(lane["responses"])


def test_every_reference_leads_somewhere(document):
    text = msgspec.json.encode(document).decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named - set(document["components"]["schemas"]) == set()


def test_two_models_of_one_name_would_hide_each_other():
    def below(model: type) -> list[type]:
        return [model, *(each for child in model.__subclasses__() for each in below(child))]

    names = [model.__name__ for model in below(Schema) if model.__module__.startswith("dauchan.")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_operation_says_who_may_call_it_and_how_it_refuses(document):
    for name, operation in operations(document).items():
        refusals = [status for status in operation["responses"] if status.startswith("4")]
        assert {"400", "413"} <= set(refusals), name
        for status in refusals:
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)
        assert ("401" in refusals) == bool(operation["security"]), name
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {"code", "message"}


def test_what_the_document_says_of_access_is_what_the_route_table_says(document):
    told = {name: operation["security"] for name, operation in operations(document).items()}
    assert told["POST /api/v1/scans"] == told["POST /api/v1/people"] == [{"credential": []}]
    assert told["POST /api/v1/people/find"] == [{"session": [], "form": []}]
    assert told["GET /api/v1/units"] == []


def test_real_scans_and_their_answers_are_as_the_document_says(town, document):
    body = {"scans": [town.scan("ana", "market", "08:00"), {"id": "nonsense"}]}
    good = {"scans": body["scans"][:1]}
    assert schema_of(document, "Batch").is_valid(good)
    assert not schema_of(document, "Batch").is_valid(body)
    answer = town.post(body).json()
    assert schema_of(document, "Answer").is_valid(answer)
    assert [result["status"] for result in answer["results"]] == ["accepted", "rejected"]
    assert set(answer) == {field.encode_name for field in msgspec.structs.fields(wire.Answer)}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("DELETE", "/api/v1/units", 405, "method_not_allowed"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/units/99999", 404, "not_found"),
        ("GET", "/api/v1/units", 422, "bad_input"),
        ("POST", "/api/v1/people", 401, "not_permitted"),
        ("POST", "/api/v1/people/find", 401, "not_permitted"),
    ],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_is_a_code_and_a_sentence_in_the_callers_language(server, method, path, status, code, language):
    answer = httpx.request(method, f"{server}{path}", headers={"accept-language": language})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    vietnamese = bool(re.search("[ạảãàáâậầấẩẫăắằặẳẵđêệềếểễôộồốổỗơớờợởỡưứừựửữ]", answer.json()["message"]))
    assert vietnamese == (language == "vi"), answer.json()


def test_a_body_that_is_no_json_is_refused_as_everything_else(town):
    answer = httpx.post(
        f"{town.address}/api/v1/people",
        content=b"{",
        headers={"authorization": f"Bearer {town.integrator_token}", "accept-language": "en"},
    )
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message"})


def test_an_officers_operation_refuses_a_form_of_another_site(town):
    officer, asked = officer_with("commune_health_officer"), b'{"kind": "phone", "value": "0912000000"}'
    answers = {}
    for strict in (True, False):
        client = Client(SERVER_NAME="localhost", enforce_csrf_checks=strict)
        client.force_login(officer)
        answers[strict] = client.post("/api/v1/people/find", asked, content_type="text/plain")
    assert (answers[True].status_code, set(answers[True].json())) == (403, {"code", "message"})
    assert answers[False].status_code == 200


def test_the_document_is_made_from_what_is_mounted(document):
    assert set(document["paths"]) == set(api.get_openapi_schema()["paths"])
