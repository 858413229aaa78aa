"""An order holds what a case needs: copied under its key, its people not erased; days' keys go in time all the same."""

from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from support.database import Database
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.accounts.models import AuditRow
from dauchan.cases.models import Case
from dauchan.cli import _retention, main
from dauchan.kernel import clock
from dauchan.kernel.errors import NotPermitted
from dauchan.kernel.keyring import KeyMissing
from dauchan.kernel.sealing import CannotOpen
from dauchan.people import erasing, vault
from dauchan.people.holding import PersonHeld
from dauchan.people.models import Hold as PersonHold
from dauchan.people.models import Person
from dauchan.tracing import holding
from dauchan.tracing.decisions import decide
from dauchan.tracing.models import HeldStay, Hold

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def outbreak(database: Database) -> Outbreak:
    """An met Bình, whom an officer made a contact, and Chi, who was set aside; Dũng met nobody."""
    town = build(database, places=("chợ", "quán", "trạm"))
    town.add_people("An", "Bình", "Chi", "Dũng")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    town.stay("Bình", "trạm", "12:00-13:00")
    town.stay("Chi", "chợ", "09:50-11:00")
    town.stay("Dũng", "trạm", "18:00-19:00")
    return town


@pytest.fixture(scope="module")
def case(outbreak: Outbreak) -> Case:
    made = outbreak.case("An")
    make_list(made, by=outbreak.tracer)
    for name, grade in (("Bình", "close"), ("Chi", "not_contact")):
        decide(made, made.proposals.filter(person=outbreak.people[name]), grade, by=outbreak.tracer, now=clock.now())
    return made


@pytest.fixture(scope="module")
def cdc(case: Case):
    return officer_with("province_health_officer")


@pytest.fixture(scope="module")
def protector(case: Case):
    return officer_with("data_protection_officer")


def until(days: int):
    return clock.local_day(clock.now()) + timedelta(days=days)


def lines(case: Case, hold: Hold, by) -> list[tuple[UUID, str, str]]:
    _, found, more = holding.open_hold(case, hold.pk, after=0, by=by, now=clock.now())
    assert more is None
    return [
        (line.stay.person, line.stay.place, f"{line.stay.arrived_at.astimezone(clock.LOCAL):%H:%M}") for line in found
    ]


@pytest.fixture(scope="module")
def held(case: Case, cdc) -> Hold:
    return holding.order_hold(case, "Công văn 12/CV", until(60), by=cdc, now=clock.now())


def test_a_hold_copies_the_stays_of_the_case_and_its_contacts_and_of_nobody_else(outbreak, case, cdc, held):
    an, binh = outbreak.people["An"], outbreak.people["Bình"]
    assert (held.people, held.stays) == (2, 3)
    assert lines(case, held, cdc) == [(an, "Chợ", "08:00"), (binh, "Chợ", "08:20"), (binh, "Trạm", "12:00")]
    assert set(PersonHold.objects.values_list("person_id", flat=True)) == {an, binh}
    assert AuditRow.objects.filter(event="hold.ordered", case_ref=case.code, purpose="Công văn 12/CV").exists()
    assert AuditRow.objects.filter(event="hold.opened", case_ref=case.code).exists()


def test_what_is_held_is_sealed_under_the_key_of_its_own_case(outbreak, case, held):
    other = outbreak.case("Dũng")
    row = HeldStay.objects.filter(hold=held).first()
    assert "Chợ".encode() not in bytes(row.evidence)
    with pytest.raises(CannotOpen):
        holding.vault_of(other).open(holding.KIND, bytes(row.key), row.evidence, holding.Kept)


def test_whoever_is_held_is_not_erased_and_whoever_is_not_is(outbreak, case, held, protector):
    with pytest.raises(PersonHeld, match="16/10/2021"):
        erasing.erase_person(outbreak.people["Bình"], purpose="YC 1", by=protector, now=clock.now())
    assert Person.objects.get(pk=outbreak.people["Bình"]).tombstoned_at is None
    erasing.erase_person(outbreak.people["Chi"], purpose="YC 2", by=protector, now=clock.now())
    assert Person.objects.get(pk=outbreak.people["Chi"]).tombstoned_at is not None


@pytest.mark.parametrize("role", ["commune_health_officer", "investigator", "data_protection_officer", "administrator"])
def test_only_whoever_may_order_holds_orders_sees_and_ends_them(case, held, role):
    stranger = officer_with(role)
    for act in (
        lambda: holding.order_hold(case, "x", until(1), by=stranger, now=clock.now()),
        lambda: holding.open_hold(case, held.pk, after=0, by=stranger, now=clock.now()),
        lambda: holding.release_hold(case, held.pk, "x", by=stranger, now=clock.now()),
    ):
        with pytest.raises(NotPermitted):
            act()


@pytest.mark.parametrize(
    ("reason", "days", "wrong"),
    [("", 5, holding.HoldReasonMissing), ("CV", -1, holding.HoldUntilWrong), ("CV", 731, holding.HoldUntilWrong)],
)
def test_an_order_needs_a_reason_and_a_day_in_reach(case, cdc, reason, days, wrong):
    before = Hold.objects.count()
    with pytest.raises(wrong):
        holding.order_hold(case, reason, until(days), by=cdc, now=clock.now())
    assert Hold.objects.count() == before


def test_the_page_orders_says_what_is_held_and_ends_it(outbreak, case, cdc):
    desk, page = signed_in(cdc), f"/ca-benh/{case.code}/giu-lai"
    assert desk.post(page, {"reason": " ", "until": until(9).isoformat()}).status_code == 400
    assert desk.post(page, {"reason": "QĐ 7", "until": until(9).isoformat()}).status_code == 302
    shown = desk.get(page).content.decode()
    assert "Đã giữ 3 lượt của 2 người" in shown
    assert "QĐ 7" in desk.get(f"/ca-benh/{case.code}/nhat-ky").content.decode()
    made = Hold.objects.latest("pk")
    kept = desk.get(f"{page}/{made.pk}").content.decode()
    assert "Nguyễn Văn ***" in kept
    assert "Trạm" in kept
    assert "Nguyễn Văn Bình" not in kept
    desk.post(f"{page}/{made.pk}/thoi", {"why": ""})
    assert Hold.objects.get(pk=made.pk).ended_at is None, "an end needs its reason too"
    desk.post(f"{page}/{made.pk}/thoi", {"why": "đã xong"})
    made.refresh_from_db()
    assert (made.ended_why, made.ended_by, made.copies.count()) == ("đã xong", cdc, 0)
    assert not PersonHold.objects.filter(order_number=made.pk).exists()
    assert desk.post(f"{page}/{made.pk}/thoi", {"why": "lần hai"}).status_code == 409


def test_a_page_shows_a_hundred_at_a_time_in_order(case, cdc, monkeypatch):
    made = holding.order_hold(case, "CV 3", until(5), by=cdc, now=clock.now())
    monkeypatch.setattr(holding, "PAGE", 2)
    _, first, more = holding.open_hold(case, made.pk, after=0, by=cdc, now=clock.now())
    _, second, last = holding.open_hold(case, made.pk, after=more, by=cdc, now=clock.now())
    assert [len(first), len(second), last] == [2, 1, None]
    assert [line.stay.arrived_at for line in first + second] == sorted(line.stay.arrived_at for line in first + second)
    holding.release_hold(case, made.pk, "xong", by=cdc, now=clock.now())


def test_a_hold_delays_no_day_key_and_what_it_copied_opens_after(outbreak, case, cdc, held, database, at):
    """Last of this module: the days go."""
    day = clock.local_day(outbreak.at("08:00"))
    kept_before = lines(case, held, cdc)
    at("2021-09-16T00:30")
    keyring = vault.the_keyring()
    _retention.run(keyring, clock.now())
    assert day in keyring.destroyed()
    with pytest.raises(KeyMissing):
        keyring.day_key(day)
    assert lines(case, held, cdc) == kept_before
    told = CliRunner().invoke(main, ["retention", "--data-dir", str(database.data_dir), "status"])
    assert "held by orders:    1 holds, 2 people, 3 copied stays" in told.output
    at("2021-10-17T00:30")
    _retention.run(keyring, clock.now())
    held.refresh_from_db()
    assert held.ended_at is not None
    assert held.ended_by is None
    assert HeldStay.objects.count() == 0
    assert AuditRow.objects.filter(event="hold.expired", case_ref=case.code).exists()


def test_once_the_order_has_ended_whoever_asks_is_erased(outbreak, held, protector, at):
    at("2021-10-17T08:00")
    erasing.erase_person(outbreak.people["Bình"], purpose="YC 3", by=protector, now=clock.now())
    assert Person.objects.get(pk=outbreak.people["Bình"]).tombstoned_at is not None
