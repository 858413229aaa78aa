"""Somebody who edits agencies tries to reach farther by editing them."""

import pytest
from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.accounts.queries import reach_of
from dauchan.agencies import handing, inviting, listing, naming, seeds, tree
from dauchan.agencies.models import Batch
from dauchan.agencies.naming import Named
from dauchan.directives.scope import may_be_told
from dauchan.guides.actions import may_write
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.places.actions import register_place
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput
from dauchan.units import actions as units
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "tree_of_2021", "full_budgets")
HEALTH = "Sở Y tế tỉnh Đắk Nông"


@pytest.fixture(scope="module")
def tree_of_2021(database):
    seeds.seed("dak-nong-2021", now=clock.now())


def today():
    return clock.local_day(clock.now())


def agency(name: str) -> Agency:
    return Agency.objects.select_related("unit", "parent").get(name=name)


def manager_at(one: Agency):
    return officer_with("rollout_manager", Scope("agency", str(one.pk)))


def edited(one: Agency, by, **told):
    particulars = {name: getattr(one, name) for name in ("name", "kind", "sector", "unit", "parent")}
    return tree.edit_agency(one, **(particulars | told), by=by, now=clock.now())


def added(name: str, kind: str, by, *, code: str, parent: Agency | None) -> Agency:
    unit = unit_by_code(code, today())
    return tree.add_agency(
        name, kind, "administration", unit=unit, parent=parent, begins=today(), by=by, now=clock.now()
    )


def test_a_departments_manager_does_not_make_it_a_peoples_committee():
    health = agency(HEALTH)
    boss = manager_at(health)
    with pytest.raises(NotPermitted):
        edited(health, boss, kind="committee")
    with pytest.raises(NotPermitted):
        added("Ủy ban nhân dân giả", "committee", boss, code="67", parent=health)
    assert not reach_of(boss, "place.approve", today()).unit_ids
    edited(health, boss, sector="health")
    branch = added("Chi cục của Sở", "other", boss, code="660", parent=health)
    with pytest.raises(NotPermitted):
        edited(branch, boss, kind="committee")


def test_nobody_puts_an_agency_farther_than_their_own_reach():
    commune = agency("Ủy ban nhân dân xã Quảng Tân, huyện Tuy Đức")
    boss = manager_at(commune)
    with pytest.raises(NotPermitted):
        added("Văn phòng ở tỉnh", "other", boss, code="67", parent=commune)
    own = added("Trạm của xã", "other", boss, code="24748", parent=commune)
    with pytest.raises(NotPermitted):
        edited(own, boss, unit=unit_by_code("67", today()))
    assert not may_write(boss, today())


@pytest.fixture
def guest_in_town():
    """A provincial agency that sits in one ward, with an office in another district below it."""
    sits = unit_by_code("24611", today())
    number = Agency.objects.count()
    big = units.add_agency(f"Tổng cục {number} đóng ở phường", "department", unit=sits, begins=today())
    below = unit_by_code("661", today())
    return big, units.add_agency(f"Chi nhánh {number} ở huyện", "other", unit=below, begins=today(), parent=big)


def test_an_agency_that_sits_in_ones_ward_and_reaches_beyond_it_is_not_ones_own(guest_in_town):
    big, _office = guest_in_town
    boss = officer_with("rollout_manager", Scope("unit", str(big.unit_id)))
    mine = added(f"Tổ của phường {big.pk}", "other", boss, code="24611", parent=None)
    for attempt in (
        lambda: edited(big, boss, parent=mine),
        lambda: tree.add_guidance(mine, big, by=boss, now=clock.now(), begins=today()),
        lambda: tree.close_agency(big, ends=clock.local_day(clock.now()).replace(year=2022), by=boss, now=clock.now()),
        lambda: handing.hand_over(big, mine, keep=(), seen="", by=boss, now=clock.now()),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    big.refresh_from_db()
    assert (big.parent, big.valid_to) == (None, None)
    assert not reach_of(boss, "agency.edit", today()).agency_ids


def test_whose_places_lie_elsewhere_is_not_taken_over_with_them():
    number = Agency.objects.count()
    chain, mine = (
        units.add_agency(f"{name} {number}", "public_service", unit=unit_by_code("24611", today()), begins=today())
        for name in ("Chuỗi cửa hàng", "Tổ của phường")
    )
    boss = officer_with("rollout_manager", Scope("unit", str(chain.unit_id)))
    elsewhere = unit_by_code("24748", today())
    told = PlaceInput("Cửa hàng xa", elsewhere.pk, Category.objects.get(code="shop").pk, agency_id=chain.pk)
    register_place(told, by=officer_with("province_health_officer"), now=clock.now())
    with pytest.raises(NotPermitted):
        edited(chain, boss, parent=mine)
    chain.refresh_from_db()
    assert chain.parent is None


def test_nobody_writes_in_the_name_of_a_guest_to_whom_they_could_not_write_themselves(guest_in_town):
    big, office = guest_in_town
    ward = officer_with("rollout_manager", Scope("unit", str(big.unit_id)))
    assert not may_be_told(ward, big, today()).filter(pk=office.pk).exists()
    assert may_be_told(manager_at(big), big, today()).filter(pk=office.pk).exists()


def test_nobody_prints_the_letter_of_a_role_that_they_could_not_give(guest_in_town):
    big, _office = guest_in_town
    above = officer_with("rollout_manager", Scope("unit", str(unit_by_code("67", today()).pk)))
    named = naming.name_officer(
        big, Named("Trần Thị Thủ", "agency_head", phone="0912345678"), by=above, now=clock.now()
    )
    made = inviting.invite_named(named.pk, letter=True, base_url="https://a.vn", by=above, now=clock.now())
    ward = officer_with("rollout_manager", Scope("unit", str(big.unit_id)))
    with pytest.raises(NotPermitted):
        inviting.write_letters([made.pk], by=ward, now=clock.now())
    assert inviting.write_letters([made.pk], by=above, now=clock.now())[0]
    assert Batch.objects.filter(pk=made.batch_id).exists()


def test_a_list_dissolves_no_agency_of_others():
    boss = manager_at(agency("Ủy ban nhân dân xã Quảng Tân, huyện Tuy Đức"))
    file = f"Tên cơ quan,Loại,Đơn vị hành chính,Đến trước ngày\n{HEALTH},department,67,01/09/2021\n"
    victim = agency(HEALTH)
    Agency.objects.filter(pk=victim.pk).update(valid_to=None)
    brought = listing.bring_in(file.encode(), by=boss, now=clock.now(), dry_run=False)
    assert [type(problem) for _line, _column, problem in brought.faults] == [NotFound]
    assert agency(HEALTH).valid_to is None
