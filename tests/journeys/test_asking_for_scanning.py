"""Health asks for scanning at a place: the rollout hands it on, an agency answers, the outcome goes back."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob
from support.letter import BASE, Province, dak_nong, text, writer
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer, Role
from dauchan.cases.actions import tell_milestone
from dauchan.cases.queries import MilestoneEvidence
from dauchan.cases.rules import CaseDates
from dauchan.coverage.models import CountedDay, DayCounts, PlaceDay
from dauchan.directives import announcing, asking, scope
from dauchan.directives.jobs import announce_ask
from dauchan.directives.models import Ask
from dauchan.kernel import clock
from dauchan.notify.actions import opened
from dauchan.notify.models import Message
from dauchan.people.actions import register_person
from dauchan.people.rules import Identity
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.tracing.actions import confirm_case
from dauchan.units.models import Agency, Guidance

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
WISH = {"begins": "2021-08-17", "ends": "2021-08-24", "target": "Mọi người vào ra đều quét"}


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


@pytest.fixture(scope="module")
def place(province) -> Place:
    unit = province.commune("Ủy ban nhân dân xã Nhân Cơ").unit
    given = PlaceInput("Chợ Nhân Cơ", unit.pk, Category.objects.get(code="market").pk)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def test_an_ask_goes_round_and_its_outcome_comes_back(province, place):
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(place.unit_id))))
    assert "Chợ Nhân Cơ" in text(health, f"{BASE}/yeu-cau/moi?place={place.pk}")
    assert health.post(f"{BASE}/yeu-cau/moi?place={place.pk}", WISH).status_code == 302
    asked = Ask.objects.latest("pk")
    assert (asked.place, asked.unit_id, asked.state) == (place, place.unit_id, "asked")
    manager = writer(province)
    commune = province.commune("Ủy ban nhân dân xã Nhân Cơ")
    assert "Chợ Nhân Cơ" in text(manager, f"{BASE}/yeu-cau?state=asked")
    manager.post(f"{BASE}/yeu-cau/{asked.pk}/giao", {"agency": f"{commune.name} ({commune.unit.name})"})
    asked.refresh_from_db()
    assert (asked.state, asked.agency) == ("assigned", commune)
    focal = signed_in(province.focal(commune))
    assert "Mọi người vào ra đều quét" in text(focal, f"{BASE}/yeu-cau")
    focal.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": ""})
    asked.refresh_from_db()
    assert asked.state == "assigned"
    focal.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": "Đã bố trí hai người ở cổng"})
    assert "Đã bố trí hai người ở cổng" in text(health, f"{BASE}/yeu-cau")


def test_what_is_to_be_reached_is_chosen_with_its_value_and_a_percentage_ends_at_100(province, place):
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(place.unit_id))))
    page, wish = f"{BASE}/yeu-cau/moi?place={place.pk}", WISH | {"target": ""}
    before = Ask.objects.count()
    assert "Hãy chọn cần đạt gì" in health.post(page, wish).content.decode()
    chosen = wish | {"indicator": "exit_share"}
    assert "ghi mức phải đạt" in health.post(page, chosen).content.decode()
    assert "từ 0 đến 100" in health.post(page, chosen | {"value": "101"}).content.decode()
    assert health.post(page, wish | {"indicator": "people", "value": "1"}).status_code == 200
    assert Ask.objects.count() == before
    assert health.post(page, chosen | {"value": "80"}).status_code == 302
    assert "Tỷ lệ quét khi rời đi: <strong>80 %</strong>" in text(writer(province), f"{BASE}/yeu-cau")
    Ask.objects.latest("pk").delete()


def test_words_that_tell_of_a_person_are_refused_at_their_field_and_stay_typed(place):
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(place.unit_id))))
    told, before = "CB-2026-0001 Nguyễn Văn A 0912345678 là F0", Ask.objects.count()
    refused = health.post(f"{BASE}/yeu-cau/moi?place={place.pk}", WISH | {"target": told}).content.decode()
    assert Ask.objects.count() == before
    field = refused.partition('for="id_target"')[2]
    assert f'value="{told}"' in field
    assert "Đừng ghi mã ca bệnh" in field


def asked_at(place: Place, on: date) -> Ask:
    health = officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))
    wish = asking.Wish(on, on + timedelta(days=7), "Mọi người vào ra đều quét", place_id=place.pk)
    return asking.ask(wish, by=health, now=clock.now())


def test_each_step_of_an_ask_is_told_once_to_those_whom_it_concerns(province, place):
    made = asked_at(place, clock.local_day(clock.now()))
    commune = province.commune("Ủy ban nhân dân xã Nhân Cơ")
    focal, neighbour = (
        province.focal(agency) for agency in (commune, province.commune("Ủy ban nhân dân xã Quảng Tín"))
    )
    far = officer_with("rollout_manager", Scope("agency", str(neighbour_office(province).pk)))

    def told() -> set[str]:
        before = set(Message.objects.values_list("pk", flat=True))
        for _ in range(2):
            announcing.announce_ask(made.pk, now=clock.now())
        new = [opened(message) for message in Message.objects.exclude(pk__in=before)]
        assert len(new) == len({envelope.to for envelope in new})
        address = "https://dauchan.test/trien-khai/van-ban/yeu-cau"
        assert {envelope.text for envelope in new} == {f"Có tin về yêu cầu quét mã, xem tại {address}"}
        return {envelope.to for envelope in new}

    first = told()
    assert province.manager.email in first
    assert far.email not in first
    asking.assign(made.pk, commune, by=province.manager, now=clock.now())
    assigned = told()
    assert focal.email in assigned
    assert not assigned & {neighbour.email, province.manager.email}
    asking.answer(made.pk, "done", "Đã bố trí người", by=focal, now=clock.now())
    assert told() == {made.asked_by.email}


def test_an_agency_from_which_an_ask_is_taken_is_told_so_if_it_knew_of_it(province, place):
    made = asked_at(place, clock.local_day(clock.now()))
    had, skipped, has = (
        province.commune(f"Ủy ban nhân dân xã {name}") for name in ("Kiến Thành", "Đạo Nghĩa", "Nghĩa Thắng")
    )
    focal = {agency: province.focal(agency).email for agency in (had, skipped, has)}

    def given(agency: Agency) -> None:
        asking.assign(made.pk, agency, by=province.manager, now=clock.now())

    def told() -> dict[str, str]:
        before = set(Message.objects.values_list("pk", flat=True))
        deferred = ProcrastinateJob.objects.filter(task_name="directives.announce_ask", args__ask_id=made.pk).order_by(
            "-id"
        )
        announce_ask(**deferred[0].args)
        new = [opened(message) for message in Message.objects.exclude(pk__in=before)]
        return {envelope.to: envelope.text for envelope in new if envelope}

    given(had)
    assert focal[had] in told()
    given(has)
    texts = told()
    assert "đã giao cho cơ quan khác" in texts[focal[had]]
    assert "đã giao" not in texts[focal[has]]
    given(skipped)
    given(had)  # before anybody told the one that was skipped
    assert focal[skipped] not in told()


def test_the_texts_that_tell_of_an_ask_are_those_that_were_paid_for(province, place, monkeypatch):
    made = asked_at(place, clock.local_day(clock.now()))
    had, has = (province.commune(f"Ủy ban nhân dân xã {name}") for name in ("Quảng Tín", "Nhân Đạo"))
    for agency, phone in ((had, "0977111001"), (has, "0977111002")):
        province.focal(agency, phone=phone)
    paid: list[str] = []
    sent: list[str] = []
    monkeypatch.setattr(announcing, "can_mail", lambda: False)
    monkeypatch.setattr(announcing, "can_text", lambda: True)
    monkeypatch.setattr(announcing, "MOST_TEXTS", 1)  # of each side, not of both together
    monkeypatch.setattr(announcing, "spend_on_sms", lambda *phones, now: paid.extend(phones))
    monkeypatch.setattr(announcing, "send_sms", lambda phone, text, **_: sent.append(phone))
    asking.assign(made.pk, has, by=province.manager, now=clock.now())
    announcing.announce_ask(made.pk, taken_from=had.pk, now=clock.now())
    assert sent == paid == ["0977111002", "0977111001"]


def many_managers_of(agency: Agency, count: int) -> None:
    now = clock.now()
    named = [Officer(email=f"a{n}@x.test", name=f"A{n}", search_key=f"a {n}", created_at=now) for n in range(count)]
    of = {"role": "rollout_manager", "scope_kind": "agency", "scope_id": str(agency.pk)}
    when = {"valid_from": clock.local_day(now), "granted_at": now}
    Role.objects.bulk_create(Role(officer=one, **of, **when) for one in Officer.objects.bulk_create(named))


def test_a_new_ask_finds_the_managers_of_its_own_place_among_any_number_of_others(province, place):
    on = clock.local_day(clock.now())
    commune, district = province.commune("Ủy ban nhân dân xã Nhân Cơ"), neighbour_office(province)
    many_managers_of(province.commune("Ủy ban nhân dân xã Quảng Tín"), 300)
    own = Agency.objects.create(name="own", kind="other", unit=commune.unit, valid_from=on, search_key="own")
    Agency.objects.filter(pk=commune.pk).update(parent=own)
    Guidance.objects.create(guide=district, guided=own, valid_from=on)
    scopes = [("unit", commune.unit_id), ("unit", province.unit.pk), ("unit", district.unit_id), ("all", "")]
    scopes += [("agency", agency.pk) for agency in (commune, own, district)]
    officers = [officer_with("rollout_manager", Scope(kind, str(number))) for kind, number in scopes]
    made = asked_at(place, on)
    with CaptureQueriesContext(connection) as questions:
        found = scope.managers_of(made.unit_id, on)
    assert len(questions) < 8
    assert {one.pk for one in officers} - {one.pk for one in found} == {officers[2].pk}
    assert {one.pk for one in found} == {one.pk for one in Officer.objects.all() if asking.manages(made, one, on)}
    Agency.objects.filter(pk=commune.pk).update(parent=commune.parent)


def neighbour_office(province: Province) -> Agency:
    return province.agency("Ủy ban nhân dân huyện Cư Jút")


def test_an_ask_whose_days_are_over_is_overdue_and_how_many_came_stands_beside_its_outcome(province, place, at):
    at("2021-08-17T09:00")
    made = asked_at(place, date(2021, 8, 17))
    for day, check_ins in ((16, 100), (17, 5), (24, 7), (25, 100)):
        PlaceDay.objects.create(day=date(2021, 8, day), place_id=place.pk, check_ins=check_ins)
    CountedDay.objects.create(day=date(2021, 8, 25), as_of=clock.now() + timedelta(days=8), scans=212)
    page = f"{BASE}/yeu-cau?state=overdue"
    assert "Chưa có yêu cầu nào" in text(writer(province), page)
    at("2021-08-25T08:00")
    manager = writer(province)
    shown = " ".join(text(manager, page).split())
    assert "Chợ Nhân Cơ" in shown
    assert "Quá hạn</span>" in shown
    assert '<td class="num" data-label="Lượt đến trong những ngày đó">12</td>' in shown
    assert "được đếm đến 09:00 25/08/2021" in shown  # the day goes on
    CountedDay.objects.filter(day=date(2021, 8, 25)).update(as_of=clock.now() + timedelta(days=1))
    assert "được đếm đến hết ngày 25/08/2021" in text(writer(province), page)
    at("2023-10-26T08:00")  # 800 days after the first of its days
    assert 'những ngày đó">12</td>' in " ".join(text(writer(province), page).split())
    at("2023-10-27T08:00")
    assert 'những ngày đó">–</td>' in " ".join(text(writer(province), page).split())
    at("2021-08-25T08:00")
    manager.post(f"{BASE}/yeu-cau/{made.pk}/khong-lam", {"outcome": "chợ đã đóng"})
    made.refresh_from_db()
    assert made.state == "declined"
    assert f"/yeu-cau/{made.pk}/" not in text(manager, page)


def test_how_many_came_stands_beside_an_ask_about_a_whole_unit_too(province, place, at):
    at("2022-03-01T09:00")
    unit, others = place.unit, province.commune("Ủy ban nhân dân xã Đắk Sin").unit
    wish = asking.Wish(unit=unit, begins=date(2022, 3, 1), ends=date(2022, 3, 8), target="Mọi người đều quét")
    asking.ask(wish, by=officer_with("province_health_officer"), now=clock.now())
    for day, check_ins in ((date(2022, 2, 28), 500), (date(2022, 3, 1), 1400), (date(2022, 3, 8), 34)):
        for sector in ("", "trade"):
            row = {"day": day, "kind": "unit", "sector": sector, "as_of": clock.now()}
            DayCounts.objects.create(**row, subject_id=unit.pk, check_ins=check_ins)
            DayCounts.objects.create(**row, subject_id=others.pk, check_ins=7)
    CountedDay.objects.create(day=date(2022, 3, 9), as_of=clock.now() + timedelta(days=9), scans=1434)
    at("2022-03-10T08:00")
    shown = " ".join(text(writer(province), f"{BASE}/yeu-cau?state=overdue").split())
    assert '<td class="num" data-label="Lượt đến trong những ngày đó">1.434</td>' in shown
    DayCounts.objects.filter(subject_id=unit.pk).delete()
    uncounted = " ".join(text(writer(province), f"{BASE}/yeu-cau?state=overdue").split())
    assert uncounted.replace('những ngày đó">–</td>', "", 1) != uncounted, "not counted is not zero"
    assert 'những ngày đó">0</td>' not in uncounted


def test_it_never_says_for_which_case_and_stays_in_scope(province, place):
    names = {field.name for field in Ask._meta.get_fields()}
    assert not names & {"case", "person", "milestone", "contact"}
    elsewhere = province.commune("Ủy ban nhân dân xã Đắk Wil").unit
    health = signed_in(officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk))))
    refused = health.post(f"{BASE}/yeu-cau/moi?place={place.pk}", WISH)
    assert "nằm ngoài phạm vi" in refused.content.decode()
    before = Ask.objects.count()
    health.post(f"{BASE}/yeu-cau/moi", WISH | {"unit": str(elsewhere.pk), "begins": "2021-09-01"})
    assert Ask.objects.count() == before  # ends before it begins
    health.post(f"{BASE}/yeu-cau/moi", WISH | {"unit": str(elsewhere.pk)})
    assert Ask.objects.count() == before + 1
    neighbour = signed_in(province.focal(province.commune("Ủy ban nhân dân xã Quảng Tín")))
    asked = Ask.objects.latest("pk")
    assert "Đắk Wil" not in text(neighbour, f"{BASE}/yeu-cau")
    assert neighbour.post(f"{BASE}/yeu-cau/{asked.pk}/tra-loi", {"state": "done", "outcome": "x"}).status_code == 404
    assert health.get(f"{BASE}/yeu-cau/moi?place=999999").status_code == 404


def test_health_reads_how_the_rollout_goes_and_cannot_write(province):
    health = signed_in(officer_with("province_health_officer", Scope("unit", str(province.unit.pk))))
    assert health.get(BASE).status_code == 200
    assert health.get(f"{BASE}/moi").status_code == 403


def test_a_cases_milestone_leads_there_with_the_places_number_alone(province, place):
    officer = officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))
    now = clock.now()
    today = clock.local_day(now)
    person = register_person(Identity(name="An"), place.unit_id, by=officer, now=now).pk
    case = confirm_case(person, place.unit, CaseDates(today, today), by=officer, now=now)
    told = MilestoneEvidence(start=now - timedelta(hours=9), end=now - timedelta(hours=8), place_id=place.pk)
    tell_milestone(case, told, by=officer, now=now)
    shown = text(signed_in(officer), f"/ca-benh/{case.code}/moc-dich-te")
    assert f'href="{BASE}/yeu-cau/moi?place={place.pk}"' in shown


def test_the_link_stands_only_where_the_officer_may_ask(province, place):
    elsewhere, now = province.commune("Ủy ban nhân dân xã Đắk Wil").unit, clock.now()
    officer = officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk)))
    person = register_person(Identity(name="Bình"), elsewhere.pk, by=officer, now=now).pk
    today = clock.local_day(now)
    case = confirm_case(person, elsewhere, CaseDates(today, today), by=officer, now=now)
    told = MilestoneEvidence(start=now - timedelta(hours=9), end=now - timedelta(hours=8), place_id=place.pk)
    tell_milestone(case, told, by=officer, now=now)
    shown = text(signed_in(officer), f"/ca-benh/{case.code}/moc-dich-te")
    assert "Chợ Nhân Cơ" in shown
    assert "Yêu cầu quét mã ở đây" not in shown
