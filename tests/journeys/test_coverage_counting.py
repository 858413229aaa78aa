"""The funnel of a small town on one day, known by eye: what each figure is, and whose it counts in."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from support.database import Database
from support.rollout import Rollout, unit

from dauchan.accounts.actions import create_credential
from dauchan.accounts.models import Credential
from dauchan.coverage import computing, silent
from dauchan.coverage.figures import Subject, figures, lagging, series
from dauchan.coverage.models import ChannelDay, DayCounts, PlaceDay, PlaceUse
from dauchan.coverage.standing import Channel, channels
from dauchan.gates.models import Device
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit
from dauchan.visits.rules import Confidence

CLOCK = "2026-11-20T20:00+07:00"
TODAY = date(2026, 11, 20)
PROVINCE = "68"


@pytest.fixture(scope="module")
def units(database: Database) -> dict[str, Unit]:
    province = unit(PROVINCE, TODAY)
    first, second, *_ = Unit.objects.filter(parent=province, valid_to__isnull=True).order_by("code")
    return {"province": province, "east": first, "west": second}


@pytest.fixture(scope="module")
def department(units: dict[str, Unit]) -> Agency:
    return Agency.objects.create(
        name="Sở Công Thương",
        kind="department",
        sector="trade",
        unit=units["province"],
        valid_from=date(2025, 7, 1),
        search_key="so cong thuong",
    )


@pytest.fixture(scope="module")
def committee(units: dict[str, Unit]) -> Agency:
    return Agency.objects.create(
        name="UBND xã",
        kind="committee",
        sector="administration",
        unit=units["east"],
        valid_from=date(2025, 7, 1),
        search_key="ubnd xa",
    )


@pytest.fixture(scope="module")
def town(database: Database, units: dict[str, Unit], department: Agency, committee: Agency) -> Rollout:
    """Eight places in two communes; what happened to each stands beside it."""
    town = Rollout(database, TODAY)
    now = clock.now()
    east, west = units["east"], units["west"]
    town.place("café", east)  # 3 in today, 1 out; 2 people
    town.place("market", east, category="market", agency=department)  # by gate, integrator and paper
    town.place("quiet gate", east)  # a gate device was heard of, nobody came
    town.place("poster only", west)  # nothing at all: silent, never used
    town.place("used before", west)  # last check-in 8 days ago: silent
    town.place("yesterday", west)  # a check-in yesterday
    town.place("new", west, days_ago=0, state="pending")
    town.place("closed", west, state="closed")
    gate = credential("gate", "Cổng chợ", now, town.places["quiet gate"].pk)
    app = credential("integrator", "Bluezone", now)
    Device.objects.create(credential=gate, place=town.places["quiet gate"], heard_at=now)
    town.person("An", app, phone="0912345678")
    town.person("Bình", app)
    town.scan("An", "café", "08:00")
    town.scan("An", "café", "09:00", out=True)
    town.scan("An", "café", "10:00")
    town.scan("Bình", "café", "11:00")
    town.scan("An", "market", "12:00", credential=gate.pk, confidence=Confidence.STAFF_SCANNED)
    town.scan("Chi", "market", "12:10", credential=app.pk, confidence=Confidence.INTEGRATOR)
    town.scan("Dũng", "market", "12:20", paper=True)
    town.scan("Bình", "used before", days_ago=8)
    town.scan("Bình", "yesterday", days_ago=1)
    for days_ago in range(8, -1, -1):
        town.count(days_ago)
    return town


def credential(kind: str, name: str, now: datetime, place_id: int | None = None) -> Credential:
    ends = now + timedelta(days=30)
    made, _ = create_credential(
        kind=kind, name=name, scopes={"scans:write"}, expires_at=ends, by=None, now=now, place_id=place_id
    )
    return made


EXPECTED = {
    # code: province, east, west
    "registered": (7, 3, 4),
    "approved": (6, 3, 3),
    "new_places": (1, 0, 1),
    "active_day": (2, 2, 0),
    "active_day_share": (100 * 2 / 6, 100 * 2 / 3, 0),
    "active_7d": (2, 2, 0),
    "silent_places": (3, 1, 2),  # the quiet gate too: nobody came for seven days
    "never_used": (2, 1, 1),
    "scans": (7, 7, 0),
    "check_ins": (6, 6, 0),
    "check_outs": (1, 1, 0),
    "exit_share": (100 / 6, 100 / 6, None),
    "reporting_zero": (1, 1, 0),
    "not_reporting": (3, 0, 3),
    "days_at_zero": (0, 0, 1),
    "first_use_days": ((30 + 30 + 22 + 29) / 4, 30, (22 + 29) / 2),
    "should_exist": (None, None, None),
    "self_check": (None, None, None),
    "scans_7d_mean": (8 / 7, 1, 1 / 7),
}


@pytest.mark.parametrize("code", EXPECTED)
def test_each_figure_is_what_the_eye_counts(town: Rollout, units: dict[str, Unit], code: str) -> None:
    found = tuple(town.figure("unit", units[name].pk, code) for name in ("province", "east", "west"))
    assert found == pytest.approx(EXPECTED[code])


def test_a_place_with_a_scan_reports_zero_or_does_not_report_and_nothing_else(town: Rollout) -> None:
    for row in DayCounts.objects.filter(day=TODAY):
        assert row.active_day + row.reporting_zero + row.not_reporting == row.approved


def test_a_place_without_an_agency_is_the_business_of_its_committee(
    town: Rollout, department: Agency, committee: Agency
) -> None:
    assert town.figure("agency", committee.pk, "registered") == 2
    assert town.figure("agency", department.pk, "registered") == 1
    assert town.figure("agency", department.pk, "scans") == 3
    assert town.figure("agency", department.pk, "scans", sector="trade") == 3
    assert town.figure("agency", department.pk, "scans", sector="education") is None


def test_a_sector_adds_up_to_the_whole(town: Rollout, units: dict[str, Unit]) -> None:
    rows = DayCounts.objects.filter(day=TODAY, kind="unit", subject_id=units["province"].pk)
    by_sector = {row.sector: row.scans for row in rows}
    assert by_sector.pop("") == sum(by_sector.values()) == 7


def test_people_are_counted_once_in_each_subject_and_few_are_never_shown(town: Rollout, units: dict[str, Unit]) -> None:
    stored = DayCounts.objects.get(day=TODAY, kind="unit", subject_id=units["province"].pk, sector="")
    assert (stored.people, stored.reachable) == (4, 1)
    shown = figures([Subject("unit", units["province"].pk)], ["people", "people_7d_mean", "reachable_share"], TODAY)
    for figure in shown[Subject("unit", units["province"].pk)].values():
        assert (figure.value, figure.numerator, figure.denominator, figure.suppressed) == (None, None, None, True)


def test_every_channel_has_its_scans_and_an_integrator_its_name(town: Rollout, units: dict[str, Unit]) -> None:
    rows = ChannelDay.objects.filter(day=TODAY, kind="unit", subject_id=units["province"].pk)
    counted = {row.channel: (row.scans, bool(row.credential)) for row in rows}
    assert counted == {"own": (4, False), "gate": (1, False), "integrator": (1, True), "paper": (1, False)}
    market = PlaceDay.objects.get(day=TODAY, place_id=town.places["market"].pk)
    assert (market.own, market.gate, market.integrator, market.paper, market.people) == (0, 1, 1, 1, 3)


def test_an_integrator_whose_credential_was_renewed_is_one_channel(town: Rollout, units: dict[str, Unit]) -> None:
    day, subject = TODAY - timedelta(days=400), Subject("unit", units["province"].pk)
    for scans in (20, 30):
        renewed = credential("integrator", "Bluezone", clock.now())
        ChannelDay.objects.create(
            day=day,
            kind="unit",
            subject_id=subject.id,
            channel="integrator",
            credential=renewed.pk,
            scans=scans,
            check_ins=9,
        )
    assert channels(subject, day) == [Channel("integrator", "Bluezone", 50, 18)]


def test_communes_without_a_scan_are_counted_with_their_days_in_a_row(town: Rollout, units: dict[str, Unit]) -> None:
    communes = Unit.objects.filter(parent=units["province"], valid_to__isnull=True).count()
    assert town.figure("unit", units["province"].pk, "communes_at_zero") == communes - 1
    counted = series(Subject("unit", units["west"].pk), ["days_at_zero"], TODAY - timedelta(days=8), TODAY)
    assert [figure.value for figure in counted["days_at_zero"]] == [0, 1, 2, 3, 4, 5, 6, 0, 1]


def test_counting_again_changes_nothing(town: Rollout) -> None:
    before = list(DayCounts.objects.filter(day=TODAY).order_by("pk").values())
    town.count()
    after = list(DayCounts.objects.filter(day=TODAY).order_by("pk").values())
    for row in [*before, *after]:
        row.pop("as_of")
    assert before == after


def test_the_planner_knows_of_a_day_as_soon_as_it_is_counted(town: Rollout) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select %s = any(most_common_vals::text::date[]) from pg_stats"
            " where tablename = 'coverage_daycounts' and attname = 'day'",
            [TODAY],
        )
        assert cursor.fetchone() == (True,)


def test_a_place_is_silent_since_its_last_check_in(town: Rollout) -> None:
    used = PlaceUse.objects.get(place=town.places["used before"])
    assert (used.open_from, used.first_day, used.last_day) == (
        TODAY - timedelta(days=30),
        TODAY - timedelta(days=8),
        TODAY - timedelta(days=8),
    )
    assert PlaceUse.objects.get(place=town.places["closed"]).open_from is None


def test_silent_places_are_named_never_used_ones_first_page_by_page(town: Rollout, units: dict[str, Unit]) -> None:
    province = Subject("unit", units["province"].pk)
    first = silent.silent_page(province, TODAY, size=2)
    rest = silent.silent_page(province, TODAY, size=2, after=first.next_after)
    named = [(each.place.name, each.days, each.last_day) for each in [*first.places, *rest.places]]
    assert named == [
        ("quiet gate", 31, None),
        ("poster only", 31, None),
        ("used before", 8, TODAY - timedelta(days=8)),
    ]
    assert (bool(first.next_after), rest.next_after) == (True, "")


def test_silent_places_of_an_agency_a_sector_and_a_commune(
    town: Rollout, units: dict[str, Unit], department: Agency, committee: Agency
) -> None:
    def names(subject: Subject) -> list[str]:
        return [each.place.name for each in silent.silent_page(subject, TODAY).places]

    assert names(Subject("agency", department.pk)) == []
    assert names(Subject("agency", committee.pk)) == ["quiet gate"]
    assert names(Subject("unit", units["west"].pk)) == ["poster only", "used before"]
    assert names(Subject("unit", units["west"].pk, "education")) == []


def test_who_lags_comes_worst_first_by_what_is_better(town: Rollout, units: dict[str, Unit]) -> None:
    both = [Subject("unit", units[name].pk) for name in ("east", "west")]

    def names(code: str, under: float) -> list[str]:
        of = {units[name].pk: name for name in ("east", "west")}
        return [of[subject.id] for subject, _ in lagging(both, code, TODAY, under=under)]

    assert names("active_day_share", 50) == ["west"]
    assert names("active_day_share", 100) == ["west", "east"]
    assert names("silent_places", 0) == ["west", "east"]
    assert names("silent_places", 1) == ["west"]
    assert names("should_exist", 100) == []


def test_a_late_scan_moves_the_figure_of_its_own_day(town: Rollout, units: dict[str, Unit]) -> None:
    assert computing.due_days(clock.now(), back=7) == [TODAY]
    town.scan("Bình", "poster only", days_ago=2)
    assert computing.due_days(clock.now(), back=7) == [TODAY - timedelta(days=2), TODAY]
    before = town.figure("unit", units["west"].pk, "scans")
    for days_ago in (2, 0):
        town.count(days_ago)
    assert town.figure("unit", units["west"].pk, "scans", days_ago=2) == 1
    assert town.figure("unit", units["west"].pk, "scans") == before
    assert town.figure("unit", units["west"].pk, "silent_places") == 1
    counted = series(Subject("unit", units["west"].pk), ["days_at_zero"], TODAY - timedelta(days=3), TODAY)
    assert [figure.value for figure in counted["days_at_zero"]] == [5, 0, 0, 1]


def test_a_gate_heard_of_on_the_day_is_still_known_the_day_after(town: Rollout, units: dict[str, Unit]) -> None:
    Device.objects.update(heard_at=clock.now() + timedelta(days=1))
    with clock.at(clock.now() + timedelta(days=1)):
        town.count()
    assert town.figure("unit", units["east"].pk, "reporting_zero") == 1
