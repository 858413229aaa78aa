"""A count of few people can't be worked out from what stands beside it: a second part stays hidden everywhere."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from support.database import Database
from support.officers import officer_with, signed_in
from support.rollout import Rollout, unit

from dauchan.accounts.actions import Scope, create_credential
from dauchan.coverage.actions import count_due
from dauchan.coverage.dated import in_units_of
from dauchan.coverage.figures import Subject
from dauchan.coverage.models import CountedDay, DayCounts
from dauchan.coverage.supplying import Told, supply
from dauchan.kernel import clock
from dauchan.people import vault
from dauchan.people.actions import issue_pass
from dauchan.people.models import Person
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-20T20:00+07:00"
TODAY = date(2026, 11, 20)
YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
HEADS = {"Trường A": 60, "Trường B": 80, "Trường C": 90}


@pytest.fixture(scope="module")
def province(database: Database) -> Unit:
    return unit("68", TODAY)


@pytest.fixture(scope="module")
def communes(province: Unit) -> list[Unit]:
    return list(Unit.objects.filter(parent=province, valid_to__isnull=True).order_by("code")[:4])


@pytest.fixture(scope="module")
def schools(province: Unit) -> dict[str, Agency]:
    """A department and three schools; the first has four who have no pass."""
    begins = {"valid_from": date(2025, 7, 1), "sector": "education", "unit": province}
    board = Agency.objects.create(name="Phòng Giáo dục", kind="other", search_key="phong giao duc", **begins)
    made = {"Phòng Giáo dục": board}
    for name, heads in HEADS.items():
        made[name] = Agency.objects.create(
            name=name, kind="public_service", parent=board, search_key=name.lower(), **begins
        )
        tell(made[name], "headcount", heads)
    for name, with_pass in (("Trường A", 56), ("Trường B", 30), ("Trường C", 50)):
        tell(made[name], "staff_with_pass", with_pass)
    return made


def tell(agency: Agency, code: str, value: int, day: date = BEFORE) -> None:
    supply(Told("agency", agency.pk, code, value, day, "Báo cáo"), by=None, now=clock.now())


@pytest.fixture(scope="module")
def town(database: Database, schools: dict[str, Agency], communes: list[Unit]) -> Rollout:
    """Two counted days, and residents with a pass: 4, 18, 21 and none."""
    made, now = Rollout(database, TODAY), clock.now()
    app, _ = create_credential(
        kind="integrator", name="VHD", scopes={"people:register"}, expires_at=now + timedelta(days=9), by=None, now=now
    )
    for commune, residents in zip(communes, (4, 18, 21, 0), strict=True):
        for number in range(residents):
            person = made.person(f"Người {commune.code} {number}", app, residence=commune)
            issue_pass(Person.objects.get(pk=person), now=now)
    with clock.at(now + timedelta(seconds=1)):
        made.count(days_ago=1)
        made.count()
    return made


@pytest.fixture(scope="module")
def manager(town: Rollout) -> Client:
    return signed_in(officer_with("rollout_manager"))


def shown(manager: Client, name: str, code: str, day: date = TODAY) -> float | None:
    """The figure of an agency as the API tells it; a hidden one keeps no part."""
    number = Agency.objects.get(name=name).pk
    said = manager.get(f"/api/v1/coverage/agencies/{number}", {"codes": code, "day": day}).json()["figures"][0]
    assert said["suppressed"] == (said["value"] is None)
    assert not said["suppressed"] or said["numerator"] is said["denominator"] is None
    value: float | None = said["value"]
    return value


def staff(manager: Client, day: date = TODAY) -> list[float | None]:
    return [shown(manager, name, "staff_with_pass", day) for name in ("Phòng Giáo dục", *HEADS)]


def count_again() -> None:
    count_due(vault.the_keyring(), clock.now())


def test_beside_a_school_with_few_the_smallest_other_is_hidden_with_its_share(manager: Client) -> None:
    assert staff(manager) == [136, None, None, 50]
    assert shown(manager, "Trường B", "staff_pass_share") is None
    assert shown(manager, "Trường B", "headcount") == 80


def test_pages_and_their_files_hide_the_same(manager: Client, schools: dict[str, Agency]) -> None:
    page = manager.get(f"/trien-khai/co-quan/{schools['Trường B'].pk}/do-phu").content.decode()
    values = re.findall(r'class="figure-value [^"]*">([^<]*)<', page.split('id="staff-title"')[1])
    assert values[:3] == ["80", "ẩn (giữ kín)", "ẩn (giữ kín)"]


def test_residents_are_hidden_in_the_same_way_up_the_units(
    manager: Client, province: Unit, communes: list[Unit]
) -> None:
    found = []
    for each in (province, *communes):
        said = manager.get(f"/api/v1/coverage/units/{each.code}", {"codes": "residents_with_pass"}).json()
        found.append(said["figures"][0]["value"])
    assert found == [43, None, None, 21, 0]


def test_figures_entered_for_a_hidden_agency_are_read_by_itself_alone(
    manager: Client, schools: dict[str, Agency]
) -> None:
    hidden = schools["Trường B"]
    address = f"/trien-khai/so-lieu?agency={hidden.pk}"
    own = signed_in(officer_with("focal_officer", Scope("agency", str(hidden.pk))))
    for client, is_shown in ((own, True), (manager, False)):
        cells = re.findall(r'data-label="Giá trị">([^<]*)<', client.get(address).content.decode())
        assert ("30" in cells, "ẩn (giữ kín)" in cells) == (is_shown, not is_shown)


def test_the_same_stays_hidden_on_the_next_day_though_another_is_smaller(
    manager: Client, town: Rollout, schools: dict[str, Agency]
) -> None:
    tell(schools["Trường C"], "staff_with_pass", 20, day=TODAY)
    town.count()
    assert staff(manager) == [106, None, None, 20]


def test_a_figure_supplied_late_changes_what_is_hidden_on_the_days_counted_before(
    manager: Client, schools: dict[str, Agency]
) -> None:
    tell(schools["Trường C"], "staff_with_pass", 20, day=TODAY)
    assert staff(manager, YESTERDAY) == [136, None, None, 50]
    tell(schools["Trường A"], "staff_with_pass", 40, day=YESTERDAY)
    count_again()
    assert staff(manager, YESTERDAY) == [120, 40, 30, 50]
    assert staff(manager, TODAY) == [90, 40, 30, 20]
    tell(schools["Trường C"], "staff_with_pass", 3, day=YESTERDAY)
    count_again()
    assert staff(manager, YESTERDAY) == [73, 40, None, None]
    assert staff(manager, TODAY) == [90, 40, 30, 20]


def test_counting_again_chooses_nothing_anew_while_nothing_was_supplied(
    town: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_again()
    monkeypatch.setattr("dauchan.coverage.actions.suppress_again", lambda day: pytest.fail(f"{day} chosen anew"))
    count_again()


def test_an_office_of_few_beside_its_schools_is_no_difference(manager: Client, schools: dict[str, Agency]) -> None:
    board = schools["Phòng Giáo dục"]
    tell(schools["Trường A"], "staff_with_pass", 40, day=YESTERDAY)
    tell(board, "headcount", 250, day=TODAY)
    tell(board, "staff_with_pass", 96, day=TODAY)  # six of them at none of the schools, which have 90
    count_again()
    assert staff(manager) == [96, 40, None, 20]


def test_old_communes_shown_in_todays_units_are_hidden_with_any_of_their_parts(database: Database) -> None:
    then = date(2021, 12, 16)
    old = list(
        Unit.objects.filter(path__startswith=f"{unit('67', then).path}.", level="commune", valid_from__lte=then)
        .filter(valid_to__gt=then)
        .order_by("code")
    )
    residents = {each.pk: 300 for each in old} | {old[0].pk: 4}
    CountedDay.objects.create(day=then, as_of=clock.now(), scans=0)
    for number, count in residents.items():
        DayCounts.objects.create(day=then, kind="unit", subject_id=number, as_of=clock.now(), residents_with_pass=count)
    todays = [Subject("unit", each.pk) for each in Unit.objects.filter(valid_from__lte=TODAY, valid_to__isnull=True)]
    told = in_units_of(TODAY, todays, ["residents_with_pass"], then)
    hidden = [each for each, figures in told.items() if figures["residents_with_pass"].suppressed]
    heir = unit_by_code(old[0].code, TODAY)
    assert heir is not None
    assert {each.id for each in hidden} >= {heir.pk, heir.parent_id}
    assert all(figures["residents_with_pass"].numerator is None for each, figures in told.items() if each in hidden)
