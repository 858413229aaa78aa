"""What other slices keep comes into a day's figures: registers, inspections, agencies, residents with a pass."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from support.database import Database
from support.officers import officer_with
from support.rollout import Rollout, unit

from dauchan.accounts.actions import create_credential
from dauchan.agencies.models import Appointment, Attestation, Duty, Membership, Post
from dauchan.inspections.models import Inspection
from dauchan.kernel import clock, ids
from dauchan.people.actions import issue_pass
from dauchan.people.models import Person
from dauchan.places.models import Category
from dauchan.registers.models import Entry, Register
from dauchan.units.models import Agency, Unit

CLOCK = "2026-11-20T20:00+07:00"
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def province(database: Database) -> Unit:
    return unit("68", TODAY)


@pytest.fixture(scope="module")
def commune(province: Unit) -> Unit:
    return Unit.objects.filter(parent=province, valid_to__isnull=True).order_by("code")[0]


@pytest.fixture(scope="module")
def schools(province: Unit, commune: Unit) -> list[Agency]:
    """A department with two schools below it, one of which was dissolved in favour of the other."""
    begins = {"valid_from": date(2025, 7, 1), "sector": "education"}
    department = Agency.objects.create(
        name="Sở Giáo dục", kind="department", unit=province, search_key="so giao duc", **begins
    )
    kept = Agency.objects.create(
        name="Trường A", kind="public_service", unit=commune, parent=department, search_key="truong a", **begins
    )
    closed = Agency.objects.create(
        name="Trường B", kind="public_service", unit=commune, parent=department, search_key="truong b",
        valid_to=date(2026, 9, 1), successor=kept, **begins,
    )  # fmt: skip
    return [department, kept, closed]


@pytest.fixture(scope="module")
def counted(database: Database, commune: Unit, schools: list[Agency]) -> Rollout:
    town, now = Rollout(database, TODAY), clock.now()
    department, kept, closed = schools
    officer = officer_with("focal_officer")
    town.place("school", commune, category="school", agency=kept)
    town.place("café", commune)
    _list(commune, closed, town)
    for name, displayed in (("school", True), ("café", False)):
        _inspect(town, name, officer, displayed=displayed)
    Attestation.objects.create(
        agency=kept, signed_on=TODAY - timedelta(days=9), due_on=TODAY + timedelta(days=80), places=1,
        places_hash="0" * 64, signed_by=officer, signed_at=now,
    )  # fmt: skip
    Appointment.objects.create(
        agency=department, duty=Duty.FOCAL_OFFICER, post=Post.values[0], name="Chị Lan",
        valid_from=TODAY - timedelta(days=30), named_at=now,
    )  # fmt: skip
    app, _ = create_credential(
        kind="integrator", name="VHD", scopes={"people:register"}, expires_at=now + timedelta(days=9), by=None, now=now
    )
    for number in range(12):
        person = town.person(f"Người {number}", app, phone=f"09123456{number:02}", residence=commune)
        issue_pass(Person.objects.get(pk=person), now=now)
    _join(kept, closed, department, [town.person(f"Cô giáo {number}", app) for number in range(13)])
    with clock.at(now + timedelta(seconds=1)):
        town.count()
    return town


def _list(commune: Unit, agency: Agency, town: Rollout) -> None:
    """Three premises of the dissolved school, one exempt; one of the two others is matched with a registered place."""
    register = Register.objects.create(
        name="Danh sách trường", kind="schools", source="Sở", listed_on=TODAY, made_at=clock.now(), sort_key="a"
    )
    school = Category.objects.get(code="school")
    for line, (state, place) in enumerate([("open", "school"), ("open", None), ("exempt", None)], 2):
        Entry.objects.create(
            register=register, line=line, identity=str(line), name=f"Trường {line}", category=school,
            sector="education", unit=commune, agency=agency, listed_from=TODAY, state=state,
            state_from=None if state == "open" else TODAY, reason="" if state == "open" else "Nghỉ hè",
            place=town.places[place] if place else None, matched_on=TODAY if place else None,
            search_key="x", sort_key=str(line), name_key="x", address_key="",
        )  # fmt: skip


def _inspect(town: Rollout, name: str, officer: object, *, displayed: bool) -> None:
    """20 visitors were counted at each place: 5 scanned at one, 30 scans came in at the other."""
    Inspection.objects.create(
        client_id=ids.person_id(), body_hash=b"", place=town.places[name], by=officer, at=town.at("10:00"), day=TODAY,
        received_at=clock.now(), result="good", displayed=displayed, is_latest=True, counted_from=town.at("09:00"),
        counted_to=town.at("10:00"), visitors=20, seen_scans=5 if displayed else None,
        ledger_scans=None if displayed else 30,
    )  # fmt: skip


def _join(kept: Agency, closed: Agency, department: Agency, people: list[UUID]) -> None:
    """Eleven join the school, two the one that went into it; one of these joined both, and the department; one more
    joined the school and has no pass.
    """
    *holders, last = people
    for person in holders:
        issue_pass(Person.objects.get(pk=person), now=clock.now())
    joined = {kept: [*holders[:11], last], closed: holders[10:], department: holders[10:11]}
    for agency, members in joined.items():
        for person in members:
            Membership.objects.create(agency=agency, person_id=person, joined_on=TODAY)


EXPECTED = {
    # code: commune, department, school, education in the commune
    "should_exist": (2, 2, 2, 2),
    "coverage": (50, 50, 50, 50),
    "displayed": (1, 1, 1, 1),
    "displayed_share": (50, 100, 100, 100),
    "scan_ratio": (100 * (5 + 20) / 40, 25, 25, 25),
    "attested": (1, 1, 1, 1),
    "attested_share": (100, 50, 100, 100),
    "focal_officers": (0, 1, 0, 0),
    "staff_joined": (None, 12, 12, None),
    "residents_with_pass": (12, None, None, None),
}


@pytest.mark.parametrize("code", EXPECTED)
def test_counts_of_other_slices_come_into_the_figures_of_units_agencies_and_sectors(
    counted: Rollout, commune: Unit, schools: list[Agency], code: str
) -> None:
    department, kept, _ = schools
    found = (
        counted.figure("unit", commune.pk, code),
        counted.figure("agency", department.pk, code),
        counted.figure("agency", kept.pk, code),
        counted.figure("unit", commune.pk, code, sector="education"),
    )
    assert found == pytest.approx(EXPECTED[code])


def test_what_nobody_keeps_is_not_known_rather_than_zero(counted: Rollout, province: Unit) -> None:
    other = Unit.objects.filter(parent=province, valid_to__isnull=True).order_by("code")[1]
    assert counted.figure("unit", other.pk, "should_exist") is None
    assert counted.figure("unit", other.pk, "displayed") is None
    assert counted.figure("unit", other.pk, "residents_with_pass") == 0


def test_the_figures_of_a_dissolved_agency_are_its_successors(counted: Rollout, schools: list[Agency]) -> None:
    assert counted.figure("agency", schools[2].pk, "registered") is None
