"""The figures as JSON: within the officer's scope, few people hidden, every indicator with its meaning."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from support.database import Database
from support.officers import officer_with, signed_in
from support.rollout import unit

from dauchan.accounts.actions import Scope
from dauchan.coverage.definitions import indicators
from dauchan.coverage.models import CountedDay, DayCounts
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit

CLOCK = "2026-11-20T20:00+07:00"
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def commune(database: Database) -> Unit:
    return Unit.objects.filter(parent=unit("68", TODAY), valid_to__isnull=True).order_by("code")[0]


@pytest.fixture(scope="module")
def department(commune: Unit) -> Agency:
    return Agency.objects.create(
        name="Sở A", kind="department", sector="trade", unit=commune, valid_from=date(2025, 7, 1), search_key="so a"
    )


@pytest.fixture(scope="module")
def focal_officer(commune: Unit, department: Agency) -> Client:
    for days_ago, people in ((0, 40), (1, 3)):
        day = TODAY - timedelta(days=days_ago)
        CountedDay.objects.create(day=day, as_of=clock.now(), scans=9)
        for kind, subject in (("unit", commune.pk), ("agency", department.pk)):
            DayCounts.objects.create(
                day=day, kind=kind, subject_id=subject, as_of=clock.now(), approved=8, active_day=2, people=people
            )
    return signed_in(officer_with("focal_officer", Scope("unit", str(commune.pk))))


def asked(client: Client, path: str, **query: str) -> tuple[int, dict[str, Any]]:
    answer = client.get(f"/api/v1/coverage/{path}", query)
    return answer.status_code, answer.json()


def test_a_units_figures_of_the_latest_day(focal_officer: Client, commune: Unit) -> None:
    status, said = asked(focal_officer, f"units/{commune.code}", codes="active_day_share,people")
    assert (status, said["name"], said["sector"]) == (200, commune.full_name, "")
    share, people = said["figures"]
    assert (share["value"], share["numerator"], share["denominator"], share["day"]) == (25.0, 2, 8, "2026-11-20")
    assert (people["value"], people["suppressed"]) == (40, False)


def test_an_agencys_figures_day_by_day_hide_few_people(focal_officer: Client, department: Agency) -> None:
    days = {"first": "2026-11-18", "last": "2026-11-20"}
    status, said = asked(focal_officer, f"agencies/{department.pk}/series", codes="people", **days)
    assert status == 200
    assert [(each["day"][-2:], each["value"], each["suppressed"]) for each in said["figures"]] == [
        ("18", None, False),
        ("19", None, True),
        ("20", 40, False),
    ]


def test_without_codes_every_indicator_comes(focal_officer: Client, commune: Unit) -> None:
    _, said = asked(focal_officer, f"units/{commune.code}")
    assert [figure["indicator"] for figure in said["figures"]] == list(indicators())


def test_what_figures_mean_comes_from_the_definition_file(focal_officer: Client) -> None:
    _, said = asked(focal_officer, "indicators")
    assert [each["code"] for each in said["indicators"]] == list(indicators())
    assert said["thresholds"]["silent_days"] == 7


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("units/79", {}, 404),
        ("units/00000", {}, 404),
        ("agencies/999999", {}, 404),
        ("units/{code}", {"codes": "nonsense"}, 404),
        ("units/{code}", {"day": "1999-01-01"}, 422),
        ("units/{code}", {"sector": "magic"}, 422),
        ("units/{code}/series", {"first": "2026-01-02", "last": "2026-01-01"}, 400),
        ("units/{code}/series", {"first": "2020-01-01", "last": "2026-01-01"}, 400),
    ],
)
def test_what_is_not_theirs_or_makes_no_sense_is_refused(
    focal_officer: Client, commune: Unit, path: str, query: dict[str, str], status: int
) -> None:
    assert asked(focal_officer, path.format(code=commune.code), **query)[0] == status


def test_nobody_without_the_rollout_sees_figures(database: Database, commune: Unit) -> None:
    stranger = signed_in(officer_with("auditor"))
    assert asked(stranger, f"units/{commune.code}")[0] == 403
    assert asked(Client(SERVER_NAME="localhost"), f"units/{commune.code}")[0] in (401, 403)
