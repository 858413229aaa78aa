"""The same way by JSON: confirm, propose, read, decide, undo; with the session's scope and CSRF token."""

from collections.abc import Iterator

import pytest
from django.test import Client
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import work_off_runs

from dauchan.accounts.actions import Scope
from dauchan.cases.models import Case
from dauchan.people.queries import masked
from dauchan.tracing.models import Contact

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", *[f"Khách {number}" for number in range(5)])
    town.stay("An", "chợ", "08:00-10:00")
    for number in range(5):
        town.stay(f"Khách {number}", "chợ", f"08:{10 * number:02}-09:00")
    return town


@pytest.fixture
def api(outbreak) -> Client:
    return signed_in(outbreak.tracer)


def body(outbreak: Outbreak, **other):
    person = masked([outbreak.people["An"]])[outbreak.people["An"]].handle
    return {
        "person": person,
        "unit": outbreak.home.code,
        "confirmed_on": "2021-08-17",
        "onset_on": "2021-08-16",
    } | other


def post(api: Client, path: str, given):
    return api.post(f"/api/v1{path}", given, content_type="application/json")


def test_a_case_is_confirmed_proposed_decided_and_undone_by_json(outbreak, api):
    made = post(api, "/cases", body(outbreak))
    assert made.status_code == 201, made.content
    code = made.json()["code"]
    assert made.json()["person"]["name"].endswith("***")
    asked = post(api, f"/cases/{code}/propose", {})
    assert (asked.status_code, asked.json()["state"], asked.json()["found"]) == (202, "waiting", 0)
    again = post(api, f"/cases/{code}/propose", {})
    assert again.json()["id"] == asked.json()["id"], "one run waits, however often it is asked for"
    other_way = post(api, f"/cases/{code}/propose", {"basis": "what_if"})
    assert (other_way.status_code, other_way.json()["code"]) == (409, "another_run_waits")
    work_off_runs()
    done = api.get(f"/api/v1/cases/{code}/runs/{asked.json()['id']}").json()
    assert (done["state"], done["found"], done["written"], done["added"]) == ("done", 5, 5, 5)
    assert done["ruleset"].startswith("5053@")
    assert api.get(f"/api/v1/cases/{code}/runs/{done['id'] + 1}").status_code == 404
    first = api.get(f"/api/v1/cases/{code}/proposals?limit=2").json()
    second = api.get(f"/api/v1/cases/{code}/proposals?limit=2&after={first['next_after']}").json()
    third = api.get(f"/api/v1/cases/{code}/proposals?limit=2&after={second['next_after']}").json()
    rows = [row for page in (first, second, third) for row in page["proposals"]]
    assert [row["certain_minutes"] for row in rows] == [60, 50, 40, 30, 20]
    assert third["next_after"] == ""
    assert rows[0]["encounters"][0]["place"] == "Chợ"
    assert rows[0]["reason_en"].startswith("Both at Chợ, Cổng, 08:00–09:00 on 15/08/2021")
    ids = [row["id"] for row in rows[:3]]
    assert post(api, f"/cases/{code}/decisions", {"proposals": ids, "grade": "close", "expected": 2}).status_code == 409
    decided = post(api, f"/cases/{code}/decisions", {"proposals": ids, "grade": "close", "expected": 3})
    assert (decided.status_code, decided.json()["people"]) == (201, 3)
    assert Contact.objects.count() == 3
    assert post(api, f"/cases/{code}/decisions/{decided.json()['id']}/undo", {}).status_code == 200
    assert Contact.objects.count() == 0
    assert api.get(f"/api/v1/cases/{code}").json()["ruleset"].startswith("5053@")


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": "x"},
        {"person": "0" * 26},
        {"unit": "00000"},
        {"unit": "\x00"},
        {"confirmed_on": "0001-01-01"},
        {"confirmed_on": "9999-12-31"},
        {"onset_on": "0001-01-01"},
        {"isolated_at": "0001-01-01T00:00:00+14:00"},
        {"isolated_at": "9999-12-31T23:59:59-14:00"},
        {"period": {"start": "9999-12-30T00:00:00Z", "end": "9999-12-31T00:00:00Z"}, "reason": "x"},
        {"period": {"start": "2021-08-17T00:00:00Z", "end": "2021-08-16T00:00:00Z"}, "reason": "x"},
        {"ruleset": "../secret", "reason": "x"},
        {"ruleset": "none-such", "reason": "x"},
        {"reason": "\ud800"},
        {"queen": "of hearts"},
        {"onset_on": None},
    ],
)
def test_a_wrong_case_is_refused_in_words_and_never_by_a_crash(outbreak, api, wrong):
    answer = post(api, "/cases", body(outbreak, **wrong))
    assert 400 <= answer.status_code < 500, answer.content
    assert answer.json()["message"]


@pytest.fixture
def traced(outbreak, api) -> Iterator[str]:
    """The number of a case with five proposals."""
    code = post(api, "/cases", body(outbreak, confirmed_on="2021-08-15")).json()["code"]
    post(api, f"/cases/{code}/propose", {})
    work_off_runs()
    yield code
    Case.objects.filter(code=code).delete()


def test_proposals_are_narrowed_by_everything_that_the_page_narrows_by(outbreak, api, traced):
    found = {
        f"place={outbreak.places['chợ']}": 5,
        f"place={outbreak.places['quán']}": 0,
        f"place_unit={outbreak.home.pk}": 5,
        f"place_unit={outbreak.elsewhere.pk}": 0,
        "group=1": 0,
        "mark=new": 0,
        "mark=": 5,
        "day=2021-08-15": 5,
        f"residence={outbreak.home.pk}": 5,
    }
    for query, people in found.items():
        assert len(api.get(f"/api/v1/cases/{traced}/proposals?{query}").json()["proposals"]) == people, query


@pytest.mark.parametrize(
    "query", ["plase=1", "place=abc", "place_unit=0", "group=x", "mark=queen", "day=31", "state=x", "Place=1", "page=2"]
)
def test_a_misspelt_or_broken_filter_is_refused_instead_of_answering_everybody(api, traced, query):
    answer = api.get(f"/api/v1/cases/{traced}/proposals?{query}")
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]
    assert "proposals" not in answer.json()


def test_strangers_and_officers_of_other_communes_get_nothing(outbreak, api):
    code = post(api, "/cases", body(outbreak, confirmed_on="2021-08-16")).json()["code"]
    assert Client(headers={"host": "localhost"}).get(f"/api/v1/cases/{code}").status_code == 401
    other = signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))
    for path in (f"/cases/{code}", f"/cases/{code}/proposals"):
        assert other.get(f"/api/v1{path}").status_code == 404
    for path, given in (("propose", {}), ("decisions", {"proposals": [1], "grade": "close"}), ("decisions/1/undo", {})):
        assert post(other, f"/cases/{code}/{path}", given).status_code == 404
    assert post(other, "/cases", body(outbreak)).status_code == 403


def test_a_request_from_another_site_is_refused(outbreak):
    careful = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    careful.force_login(outbreak.tracer)
    assert post(careful, "/cases", body(outbreak)).status_code == 403
