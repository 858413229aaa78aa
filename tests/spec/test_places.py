"""Places in the database: registered once however often a list comes, seen only in scope, told to the gates."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import psycopg
import pytest

from dauchan.accounts.models import AuditRow, Officer, Role
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.places import actions, queries, rules
from dauchan.places.models import Category, CategoryStay, Place, PlaceChange, Point
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units import queries as units

CLOCK = "2026-03-02T08:00+07:00"
DAY = date(2026, 3, 2)
pytestmark = pytest.mark.usefixtures("database")


def officer(role: str, unit: str | None = None, name: str = "") -> Officer:
    """An officer with one role at a unit (by code), or everywhere."""
    email = f"{name or role}{Officer.objects.count()}@dauchan.test"
    made = Officer.objects.create(email=email, name=role, created_at=clock.now())
    scope_id = str(units.unit_by_code(unit, DAY).pk) if unit else ""
    Role.objects.create(
        officer=made, role=role, scope_kind="unit" if unit else "all", scope_id=scope_id,
        valid_from=date(2025, 1, 1), granted_at=clock.now(),
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def communes(database):
    """Two communes of Lâm Đồng, as units."""
    province = units.search_units("Lâm Đồng", DAY, level="province")[0]
    return units.children(province, DAY)[:2]


def market(unit, **change) -> PlaceInput:
    category = Category.objects.get(code="market")
    return replace(PlaceInput("Chợ Gia Nghĩa", unit.pk, category.pk, "12 Hùng Vương"), **change)


def test_a_list_sent_twice_makes_every_place_once(communes):
    clerk = officer("rollout_manager")
    gates = [PointInput("Cổng A", external_code="A"), PointInput("Cổng B", external_code="B")]
    sent = [market(communes[0], external_code=f"M{n}", points=gates) for n in range(5)]
    first = actions.register_places(sent, by=clerk, now=clock.now())
    again = actions.register_places(sent, by=clerk, now=clock.now())
    assert [outcome.status for outcome in first] == ["created"] * 5
    assert [outcome.status for outcome in again] == ["matched"] * 5
    assert [outcome.points for outcome in first] == [outcome.points for outcome in again]
    assert [code for code, _ in first[0].points] == ["A", "B"]
    assert Place.objects.filter(external_code__startswith="M").count() == 5


def test_without_codes_the_same_name_and_address_is_the_same_place(communes):
    clerk = officer("rollout_manager")
    first, twin = actions.register_places([market(communes[1]), market(communes[1])], by=clerk, now=clock.now())
    names = ["CHỢ GIA  NGHĨA", "Cho Gia Nghia"]
    again, other = actions.register_places(
        [market(communes[1], name=name) for name in names], by=clerk, now=clock.now()
    )
    assert [outcome.status for outcome in (first, twin, again, other)] == ["created", "matched", "matched", "created"]
    assert first.place_id == twin.place_id == again.place_id


@pytest.mark.parametrize(
    ("mode", "name", "address", "status"),
    [
        ("create", "Chợ cũ", "", "matched"),
        ("fill", "Chợ cũ", "5 Trần Phú", "updated"),
        ("update", "Chợ mới", "5 Trần Phú", "updated"),
    ],
)
def test_what_is_there_changes_only_as_the_mode_says(communes, mode, name, address, status):
    clerk, code = officer("rollout_manager"), f"mode-{mode}"
    old = market(communes[0], name="Chợ cũ", address="", external_code=code, capacity=50)
    new = market(communes[0], name="Chợ mới", address="5 Trần Phú", external_code=code)
    actions.register_places([old], by=clerk, now=clock.now())
    (outcome,) = actions.register_places([new], by=clerk, now=clock.now(), mode=mode)
    place = Place.objects.get(pk=outcome.place_id)
    assert (place.name, place.address, place.capacity, outcome.status) == (name, address, 50, status)


def test_a_bad_line_fails_alone_with_its_reason(communes):
    clerk = officer("commune_health_officer", communes[0].code)
    lines = [
        market(communes[0], external_code="ok"),
        market(communes[0], external_code="nameless", name=""),
        market(communes[1], external_code="elsewhere"),
        market(communes[0], external_code="ok"),
    ]
    outcomes = actions.register_places(lines, by=clerk, now=clock.now())
    assert [outcome.status for outcome in outcomes] == ["created", "failed", "failed", "failed"]
    kinds = [type(outcome.problem).__name__ for outcome in outcomes[1:]]
    assert kinds == ["NameMissing", "OutsideScope", "CodeTwice"]


def test_a_list_never_changes_a_place_of_another_commune(communes):
    manager, clerk = officer("rollout_manager"), officer("commune_health_officer", communes[0].code)
    actions.register_places([market(communes[1], external_code="theirs")], by=manager, now=clock.now())
    grab = market(communes[0], external_code="theirs", name="Của tôi")
    (outcome,) = actions.register_places([grab], by=clerk, now=clock.now(), mode="update")
    assert outcome.status == "failed"
    assert Place.objects.get(external_code="theirs").name == "Chợ Gia Nghĩa"


def test_an_officer_sees_and_changes_only_places_in_scope(communes):
    manager, clerk = officer("rollout_manager"), officer("commune_health_officer", communes[0].code)
    near = actions.register_place(market(communes[0], name="Chợ gần"), by=clerk, now=clock.now())
    far = actions.register_place(market(communes[1], name="Chợ xa"), by=manager, now=clock.now())
    seen = queries.visible_to(clerk, "place.view", DAY)
    assert near in seen
    assert far not in seen
    with pytest.raises(NotFound):
        actions.edit_place(far.pk, market(communes[0]), by=clerk, now=clock.now())
    with pytest.raises(NotPermitted):
        actions.edit_place(near.pk, market(communes[1]), by=clerk, now=clock.now())
    with pytest.raises(NotPermitted):
        actions.approve(near.pk, by=clerk, now=clock.now())


def test_a_place_waits_until_somebody_with_that_right_approves_it(communes):
    clerk, chief = officer("commune_health_officer", communes[0].code), officer("province_health_officer")
    place = actions.register_place(market(communes[0], name="Quán mới"), by=clerk, now=clock.now())
    assert place.state == "pending"
    actions.approve(place.pk, by=chief, now=clock.now())
    with pytest.raises(rules.StepNotAllowed):
        actions.approve(place.pk, by=chief, now=clock.now())
    actions.close(place.pk, by=chief, reason="Hết dịch", now=clock.now())
    last = PlaceChange.objects.filter(place=place).order_by("-id")[0]
    assert (last.event, last.from_state, last.to_state, last.reason) == ("closed", "approved", "closed", "Hết dịch")
    assert AuditRow.objects.filter(event="place.closed", officer_id=chief.pk).exists()
    assert not actions.approve_all(Place.objects.filter(pk=place.pk), by=chief, now=clock.now())


def test_a_long_list_of_approved_places_does_not_hide_the_waiting_ones(communes, monkeypatch):
    clerk, chief = officer("commune_health_officer", communes[0].code), officer("province_health_officer")
    monkeypatch.setattr(actions, "APPROVED_AT_ONCE", 1)
    older = actions.register_place(market(communes[0], name="Quán đã duyệt"), by=chief, now=clock.now())
    waiting = actions.register_place(market(communes[0], name="Quán đang chờ"), by=clerk, now=clock.now())
    listed = Place.objects.filter(pk__in=[older.pk, waiting.pk])
    assert actions.approve_all(listed, by=chief, now=clock.now()) == 1


def test_gates_hear_of_new_points_and_know_which_are_closed(database, communes):
    chief = officer("province_health_officer")
    with psycopg.connect(database.dsn, autocommit=True) as listener:
        listener.execute("listen dauchan_gateway")
        place = actions.register_place(market(communes[0], name="Chợ loa"), by=chief, now=clock.now())
        (heard,) = list(listener.notifies(timeout=5, stop_after=1))
        rows = queries.points_for_gateway(listener.cursor())
    assert (heard.channel, heard.payload) == ("dauchan_gateway", "points")
    (row,) = [row for row in rows if row.place_id == place.pk]
    assert (row.unit_id, row.state, row.closed_at, row.category) == (communes[0].pk, "approved", None, "market")
    since = clock.now()
    actions.suspend(place.pk, by=chief, reason="Có ca bệnh", now=clock.now())
    (changed,) = queries.points_for_gateway(changed_since=since)
    actions.close(place.pk, by=chief, reason="Đóng hẳn", now=clock.now())
    (later,) = queries.points_for_gateway(changed_since=since)
    assert since <= changed.closed_at == later.closed_at  # suspended, then closed: nobody may come since the first


def test_a_point_taken_out_of_use_is_closed_but_never_the_last_one(communes):
    chief = officer("province_health_officer")
    place = actions.register_place(market(communes[0], name="Chợ hai cổng"), by=chief, now=clock.now())
    with pytest.raises(actions.LastPoint):
        actions.end_point(place.points.get().pk, by=chief, now=clock.now())
    back = actions.add_point(place.pk, PointInput("Cổng sau"), by=chief, now=clock.now())
    assert back.number == 2
    actions.end_point(back.pk, by=chief, now=clock.now())
    closed = {
        row.point_id: row.closed_at is not None for row in queries.points_for_gateway() if row.place_id == place.pk
    }
    assert closed == {place.points.get(number=1).pk: False, back.pk: True}


def test_new_hours_and_a_new_setting_hold_from_tomorrow_and_never_before(communes):
    chief, cafe = officer("province_health_officer"), Category.objects.get(code="cafe")
    hours = rules.OpeningHours.parse("06:00-18:00").written()
    place = actions.register_place(market(communes[0], name="Chợ giờ", opening_hours=hours), by=chief, now=clock.now())
    later = rules.OpeningHours.parse("08:00-22:00").written()
    changed = market(communes[0], name="Chợ giờ", opening_hours=later, category_id=cafe.pk)
    actions.edit_place(place.pk, changed, by=chief, now=clock.now())
    point = place.points.get().pk
    long_ago, today, tomorrow = (
        queries.stay_policies([point], day)[point] for day in (date(2019, 5, 1), DAY, DAY + timedelta(days=1))
    )
    assert (today.default_minutes, today.longest_minutes) == (45, 240)
    assert today.closes_at == datetime(2026, 3, 2, 18, tzinfo=clock.LOCAL)
    assert long_ago.closes_at == datetime(2019, 5, 1, 18, tzinfo=clock.LOCAL)
    assert (tomorrow.default_minutes, tomorrow.closes_at) == (60, datetime(2026, 3, 3, 22, tzinfo=clock.LOCAL))


def test_stays_of_a_setting_are_read_as_of_the_day(communes):
    chief, school = officer("province_health_officer"), Category.objects.get(code="school")
    place = actions.register_place(market(communes[0], category_id=school.pk), by=chief, now=clock.now())
    CategoryStay.objects.filter(category=school).update(valid_to=DAY)
    CategoryStay.objects.create(category=school, valid_from=DAY, default_stay_minutes=240, longest_stay_minutes=480)
    point = place.points.get().pk
    assert queries.stay_policies([point], DAY - timedelta(days=1))[point].default_minutes == 300
    assert queries.stay_policies([point], DAY)[point].default_minutes == 240
    assert queries.stay_policies([10**9], DAY) == {}


def test_a_search_forgives_accents_order_and_case_and_pages_without_gaps(communes):
    chief = officer("province_health_officer")
    names = ["Xe Bến", "Bến xe Đắk Mil", "Bên xe", "Ấp Đông", "ẤP ĐÔNG", "Ăn xe bến", "Bền Xẻ 2"]
    for name in names:
        actions.register_place(market(communes[1], name=name, address="thử"), by=chief, now=clock.now())
    wanted = ["Bên xe", "Bền Xẻ 2", "Bến xe Đắk Mil", "Ăn xe bến", "Xe Bến"]
    filters = queries.Filters(text="BEN xe", unit_ids=[communes[1].pk])
    for size in range(1, 7):
        found, after = [], ""
        while True:
            page = queries.search(chief, filters, on=DAY, size=size, after=after)
            found += [place.name for place in page.places]
            after = page.next_after
            if not after:
                break
        assert found == wanted, size
    short = queries.search(chief, queries.Filters(text="x 2", unit_ids=[communes[1].pk]), on=DAY)
    assert [place.name for place in short.places] == ["Bền Xẻ 2"]


def test_ten_thousand_places_register_in_half_a_minute(communes):
    clerk = officer("rollout_manager")
    lines = [market(communes[n % 2], name=f"Cửa hàng {n}", external_code=f"T{n}") for n in range(10_000)]
    begun = time.monotonic()
    outcomes = actions.register_places(lines, by=clerk, now=clock.now())
    took = time.monotonic() - begun
    assert {outcome.status for outcome in outcomes} == {"created"}
    assert took < 30, f"{took:.1f} s"
    assert Point.objects.filter(place__external_code__startswith="T").count() == 10_000
