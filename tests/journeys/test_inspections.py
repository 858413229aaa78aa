"""Inspections as phones send them and desks see them: once each, in scope, latest, due, told to the owner."""

from datetime import timedelta
from uuid import UUID

import pytest
from support.inspecting import count, inspector_at, places_along, plan_for, record, send
from support.officers import browser, officer_with, signed_in
from support.scene import Scene, inspection_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.inspections import actions, measuring, queries
from dauchan.inspections.models import Assignment, Inspection, Plan
from dauchan.kernel import clock
from dauchan.owners.actions import forget_words, words_for
from dauchan.places.models import Category, Place
from dauchan.places.shares import scan_shares, share_words
from dauchan.units.models import Agency

CLOCK = "2026-11-18T10:00+07:00"


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    return two_communes()


@pytest.fixture
def road(scene):
    return places_along(scene.here, 6)


@pytest.fixture
def inspector(scene):
    return inspector_at(scene.here)


def today() -> object:
    return clock.local_day(clock.now())


def test_a_record_sent_twice_is_one_inspection_and_another_body_under_its_name_is_a_conflict(inspector, road):
    told = record(inspector, road[0], reasons=["no_exit", "too_small"], note="in cỡ A6")
    first, again = send(inspector, told), send(inspector, told)
    assert (first.status_code, first.json()["status"]) == (201, "accepted")
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    other = send(inspector, told | {"poster_shown": False})
    assert other.status_code == 409
    assert other.json()["message"].startswith("Bản ghi này đã gửi trước đó với nội dung khác")
    found = Inspection.objects.get(client_id=UUID(told["id"]))
    assert (found.poster_shown, found.reasons, found.result) == (True, ["no_exit", "too_small"], "mend")


def test_an_inspector_of_another_commune_is_refused_in_words_and_nothing_is_kept(scene, road):
    stranger = inspector_at(scene.elsewhere)
    refused = send(stranger, record(stranger, road[0]))
    assert refused.status_code == 403
    assert refused.json()["code"] == "outside_scope"
    assert refused.json()["message"].startswith("Địa điểm này nằm ngoài phạm vi kiểm tra của bạn.")
    english = send(stranger, record(stranger, road[0]), language="en").json()["message"]
    assert english.startswith("This place is outside what you may inspect. The record stays on the phone")
    assert not Inspection.objects.filter(by=stranger).exists()


def test_a_record_is_sent_under_the_account_that_made_it_alone(scene, inspector, road):
    other = inspector_at(scene.here)
    refused = send(other, record(inspector, road[0]))
    assert (refused.status_code, refused.json()["code"]) == (403, "another_officer")


def test_without_a_session_the_answer_is_that_somebody_must_sign_in(inspector, road):
    assert send(inspector, record(inspector, road[0]), client=browser()).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"poster_shown": None},
        {"reasons": ["weather"]},
        {"at": "2026-08-01T00:00:00Z"},
        {"count": {"start": "2026-11-18T02:00:00Z", "end": "2026-11-18T01:00:00Z", "visitors": 3}},
        {"note": "x" * 501},
        {"scanning": "maybe"},
    ],
)
def test_what_makes_no_sense_is_refused_with_words_and_not_kept(inspector, road, wrong):
    told = record(inspector, road[0]) | wrong
    refused = send(inspector, told)
    assert refused.status_code in (400, 422)
    assert refused.json()["message"]
    assert not Inspection.objects.filter(client_id=UUID(told["id"])).exists()


def test_the_newest_inspection_counts_even_if_an_older_one_comes_in_later(inspector, road):
    now = clock.now()
    send(inspector, record(inspector, road[1], now - timedelta(minutes=10)))
    send(inspector, record(inspector, road[1], now - timedelta(days=2), poster_shown=False, reasons=["no_code"]))
    newest = Inspection.objects.get(place=road[1], is_latest=True)
    assert (newest.result, newest.due_on) == ("good", today() + timedelta(days=60))


def test_a_phone_whose_clock_is_ahead_loses_nothing_but_its_window(inspector, road):
    later = clock.now() + timedelta(hours=3)
    told = record(inspector, road[2], later, count=count(later, 40, 4))
    assert send(inspector, told).status_code == 201
    found = Inspection.objects.get(client_id=UUID(told["id"]))
    assert found.at <= clock.now()
    assert (found.visitors, found.seen_scans, found.counted_from, found.ledger_scans) == (40, 4, None, None)


def test_coverage_learns_by_unit_and_field_how_many_places_were_seen_and_display_a_code(scene, inspector, road):
    before = {(each.unit_id, each.sector): each for each in queries.displayed(today())}
    sector = Category.objects.get(code="cafe").sector
    for place, said in zip(
        road[3:], ({}, {"own_code": False}, {"poster_shown": None, "reasons": ["closed"]}), strict=True
    ):
        assert send(inspector, record(inspector, place, **said)).status_code == 201
    after = {(each.unit_id, each.sector): each for each in queries.displayed(today())}
    key = scene.here.pk, sector
    was = before.get(key)
    assert after[key].inspected - (was.inspected if was else 0) == 2, "a closed place says nothing"
    assert after[key].displayed - (was.displayed if was else 0) == 1
    assert queries.displayed(today() - timedelta(days=9)) == []


def test_the_list_of_the_day_has_places_of_the_plan_in_the_order_to_go_and_nothing_of_people(scene, inspector):
    places_along(scene.here, 5, category="school")
    plan = plan_for(inspector, scene.here)
    told = signed_in(inspector).get("/api/v1/inspections/today").json()
    assert [each["place"] for each in told["places"]] == [
        each.place_id for each in plan.assignments.filter(day=today())
    ]
    assert told["places"][0].keys() == {
        *("assignment", "place", "name", "address", "unit", "setting", "latitude", "longitude", "day", "points"),
    }
    assert told["officer"] == inspector.pk
    first = told["places"][0]
    send(
        inspector,
        record(inspector, Assignment.objects.get(pk=first["assignment"]).place, assignment=first["assignment"]),
    )
    left = signed_in(inspector).get("/api/v1/inspections/today").json()["places"]
    assert first["place"] not in {each["place"] for each in left}


def test_no_phone_takes_more_than_a_day_can_hold(scene, inspector):
    places = places_along(scene.here, queries.MOST_A_DAY + 3, category="hospital")
    for place in places:
        actions.take_along(place.pk, by=inspector, now=clock.now())
    actions.take_along(places[0].pk, by=inspector, now=clock.now())
    assert Assignment.objects.filter(inspector=inspector).count() == len(places), "once each"
    assert len(queries.assigned_to(inspector, today())) == queries.MOST_A_DAY


def test_the_same_seed_draws_the_same_plan_again_and_silent_places_come_first(scene, inspector):
    plan = plan_for(inspector, scene.here, stratify="silent", seed=5)
    drawn = actions.drawn_for(plan)
    assert drawn == actions.drawn_for(plan_for(inspector, scene.here, stratify="silent", seed=5))
    assert sorted(place for ids in drawn.values() for place in ids) == sorted(
        plan.assignments.values_list("place_id", flat=True)
    )
    assert set(drawn) == {"silent"}, "nobody was anywhere yet"
    assert sum(len(ids) for ids in drawn.values()) == plan.size


def test_a_plan_is_made_and_printed_at_a_desk_and_only_where_one_inspects(scene, inspector):
    client = signed_in(inspector)
    form = {"unit": str(scene.here.pk), "unit_text": str(scene.here), "half_width": "0.15", "stratify": "none"}
    form |= {"inspector": str(inspector.pk), "first_day": today().isoformat(), "a_day": "8"}
    made = client.post("/trien-khai/kiem-tra/ke-hoach", form)
    assert made.status_code == 302, made.content.decode()[:3000]
    page = client.get(made["Location"]).content.decode()
    assert "Rút ngẫu nhiên" in page
    assert page.count('class="group"') >= 2, "eight a day make more than one day"
    elsewhere = form | {"unit": str(scene.elsewhere.pk), "unit_text": str(scene.elsewhere)}
    refused = client.post("/trien-khai/kiem-tra/ke-hoach", elsewhere)
    assert refused.status_code == 400
    assert "Bạn không kiểm tra cả đơn vị này nên không rút mẫu ở đó được." in refused.content.decode()


def test_an_officer_of_a_chain_draws_no_sample_for_a_commune_from_the_chains_own_places(scene):
    """Three places of a chain say nothing of the commune around them."""
    shops = places_along(scene.elsewhere, 3, category="shop")
    day = scene.elsewhere.valid_from
    chain = Agency.objects.create(
        name="Chuỗi cửa hàng", kind="public_service", unit=scene.here, valid_from=day, search_key="chuoi cua hang"
    )
    Place.objects.filter(pk__in=[each.pk for each in shops]).update(agency=chain)
    officer = officer_with("focal_officer", Scope("agency", str(chain.pk)))
    before = Plan.objects.count()
    with pytest.raises(actions.NotYourCommune):
        plan_for(officer, scene.elsewhere)
    assert Plan.objects.count() == before
    assert actions.take_along(shops[0].pk, by=officer, now=clock.now()).place == shops[0]


def test_a_finding_is_told_to_the_owner_in_words_once_and_shown_for_a_month(scene):
    made = inspection_of_here(scene)
    manager, now = officer_with("rollout_manager", Scope("unit", str(scene.here.pk))), clock.now()
    client = signed_in(manager)
    for _ in range(2):
        assert client.post(f"/trien-khai/kiem-tra/{made['inspection_id']}/nhac").status_code == 302
    place = Inspection.objects.get(pk=made["inspection_id"]).place
    assert [word.words for word in words_for(place, now)] == ["không có mã; chưa đạt: có treo mã"]
    assert "Đã nhắc người phụ trách" in client.get(f"/trien-khai/kiem-tra/dia-diem/{place.pk}").content.decode()
    assert words_for(place, now + timedelta(days=31)) == []
    assert forget_words(now + timedelta(days=31)) >= 1


def test_a_place_without_owner_is_told_in_person(scene, inspector, road):
    send(inspector, record(inspector, road[0], poster_shown=False, reasons=["no_code"]))
    found = Inspection.objects.get(place=road[0], is_latest=True)
    with pytest.raises(actions.NoOwner):
        actions.tell_findings(found.pk, by=inspector, now=clock.now())


def test_the_list_is_narrowed_by_result_reason_and_what_is_due(scene, inspector):
    shop, closed = places_along(scene.here, 2, category="restaurant")
    send(inspector, record(inspector, shop, reasons=["photographed"]))
    long_ago = clock.now() - timedelta(days=5)
    send(inspector, record(inspector, closed, long_ago, poster_shown=None, reasons=["closed"]))
    client = signed_in(inspector)

    def listed(query: str) -> set[int]:
        page = client.get(f"/trien-khai/kiem-tra?{query}").content.decode()
        return {place.pk for place in (shop, closed) if f'/dia-diem/{place.pk}"' in page}

    assert listed("") == {shop.pk, closed.pk}
    assert listed("result=mend") == {shop.pk}
    assert listed("reason=photographed") == {shop.pk}
    assert listed("due=on") == {closed.pk}
    assert listed(f"unit={scene.here.pk}") == {shop.pk, closed.pk}
    assert listed(f"unit={scene.elsewhere.pk}") == set()
    assert listed("result=unheard") == set()


def test_visitors_counted_by_eye_give_the_place_its_share_and_an_older_count_does_not_replace_it(inspector, road):
    now = clock.now()
    send(inspector, record(inspector, road[0], now - timedelta(minutes=5), count=count(now, 200, 24)))
    send(inspector, record(inspector, road[0], now - timedelta(days=3), count=count(now - timedelta(days=3), 10, 10)))
    share = scan_shares([road[0].pk])[road[0].pk]
    assert (share.share, share.counted, share.basis) == (0.12, 200, "eye")
    assert share_words(share) == "khoảng 12 % khách đã quét (8–17 %, kiểm tra ngày 18/11/2026)"
    assert share_words(None) == "chưa biết bao nhiêu khách đã quét"


def test_a_place_nobody_counted_at_falls_back_to_its_setting_and_then_to_its_commune(scene):
    """Known numbers: of 24 gyms, 8 counted with 50 visitors and 5 scans each; of other places none."""
    elsewhere = scene.elsewhere
    inspector = inspector_at(elsewhere)
    gyms = places_along(elsewhere, 24, category="school")
    market = places_along(elsewhere, 1, category="market")[0]
    plan = plan_for(inspector, elsewhere, half_width=0.15)
    drawn = [each.place for each in plan.assignments.select_related("place")]
    now = clock.now()
    for place in [each for each in drawn if each.category_id == gyms[0].category_id][:8]:
        body = record(inspector, place, now - timedelta(minutes=30), count=count(now, 50, 5))
        assert send(inspector, body).status_code == 201
    left = next(each for each in gyms if not Inspection.objects.filter(place=each).exists())
    of_setting, of_commune = scan_shares([left.pk])[left.pk], scan_shares([market.pk])[market.pk]
    assert (of_setting.share, of_setting.counted, of_setting.category_id) == (0.1, 400, left.category_id)
    assert (of_commune.share, of_commune.category_id, of_commune.unit_id) == (0.1, None, elsewhere.pk)
    assert "ước tính chung của" in share_words(of_setting)
    assert measuring.share_in(plan).places == 8
    assert measuring.displayed_in(plan).share == 1
