"""Staff of a place: named by an owner until a day, they run its gates and counters, and nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from support.officers import browser, officer_with
from support.owners import particulars, registers, signed, text

from dauchan.accounts.audit import rows_about
from dauchan.accounts.models import AuditRow
from dauchan.cli._retention import _needed
from dauchan.gates.models import Device
from dauchan.kernel import clock
from dauchan.owners import staff
from dauchan.owners.models import Staff
from dauchan.people import subjects, vault
from dauchan.people.actions import register_person
from dauchan.people.queries import find_by_phone
from dauchan.people.rules import Identity
from dauchan.places.models import Place
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    found = unit_by_code("24611", clock.local_day(clock.now()))
    assert found
    return found


def gives(owner, place: Place, phone: str, *, name: str = "Lan, ca sáng", last_day: str) -> Staff:
    said = {"phone": phone, "name": name, "last_day": last_day}
    answer = owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien", said)
    assert answer.status_code == 302, answer.content.decode()
    return Staff.objects.filter(place=place).latest("given_at", "pk")


def test_staff_run_gates_and_see_counts_until_the_end_of_their_last_day(here, at):
    at("2026-03-02T09:00")
    owner, place = (boss := signed("0912800001")), registers(boss, here, "Quán Có Nhân Viên")
    gives(owner, place, "+84 912 800 002", last_day="2026-03-04")
    lan = signed("0912800002")
    assert "Nơi tôi trông coi" in text(lan, "/cua-toi/dia-diem")
    page = text(lan, f"/cua-toi/dia-diem/{place.pk}")
    assert "đến hết ngày 04/03/2026" in page
    assert "lượt đến" in page
    assert lan.get(f"/cua-toi/dia-diem/{place.pk}/ma/a4").status_code == 200
    made = lan.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi", {"name": "Cửa", "days": "30"}).content.decode()
    code = made.split('class="join-code"><strong>')[1].split("</strong>")[0]
    browser().post("/api/v1/gate/join", {"code": code, "keeper": "Tư"}, content_type="application/json")
    device = Device.objects.get(place=place)
    assert device.credential.expires_at == Staff.objects.get(place=place).until, "no longer than who made it"
    at("2026-03-04T23:59")
    text(lan, f"/cua-toi/dia-diem/{place.pk}")
    at("2026-03-05T00:00")
    for path in ("", "/thiet-bi", "/ma/a4"):
        text(lan, f"/cua-toi/dia-diem/{place.pk}{path}", 404)
    revoking = {"act": "revoke", "device": device.pk}
    assert lan.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi/viec", revoking).status_code == 404
    assert "Quán Có Nhân Viên" not in text(lan, "/cua-toi/dia-diem")
    assert "đã hết hạn ngày 04/03/2026" in " ".join(text(owner, f"/cua-toi/dia-diem/{place.pk}/nhan-vien").split())


def test_staff_may_do_nothing_that_is_the_owners(here, at):
    at("2026-03-02T10:00")
    owner, place = (boss := signed("0912800003")), registers(boss, here, "Quán Của Chủ")
    row = gives(owner, place, "0912800004", last_day="2026-03-31")
    worker, own = signed("0912800004"), f"/cua-toi/dia-diem/{place.pk}"
    page = text(worker, own)
    for path in ("/khach", "/sua", "/chuyen", "/nhan-vien"):
        text(worker, own + path, 404)
        assert f'"{own}{path}"' not in page
    said = {"phone": "0912800005", "name": "Bạn", "last_day": "2026-03-31"}
    assert worker.post(f"{own}/nhan-vien", said).status_code == 404
    assert worker.post(f"{own}/nhan-vien/{row.pk}/ket-thuc").status_code == 404
    assert worker.post(f"{own}/sua", particulars(here, name="Của tôi")).status_code == 404
    assert Staff.objects.filter(place=place).count() == 1


def test_an_owner_ends_a_right_at_once_and_gives_it_again(here, at):
    at("2026-03-02T11:00")
    owner, place = (boss := signed("0912800006")), registers(boss, here, "Quán Đổi Người")
    row = gives(owner, place, "0912800007", last_day="2026-03-31")
    worker, own = signed("0912800007"), f"/cua-toi/dia-diem/{place.pk}"
    text(worker, own)
    assert owner.post(f"{own}/nhan-vien/{row.pk}/ket-thuc").status_code == 302
    text(worker, own, 404)
    assert "đã kết thúc lúc" in text(owner, f"{own}/nhan-vien")
    assert gives(owner, place, "0912800007", last_day="2026-04-30").pk == row.pk
    assert "30/04/2026" in text(worker, own)


def test_staff_of_another_place_are_not_ended_here(here, at):
    at("2026-03-02T12:00")
    owner = signed("0912800008")
    one, other = registers(owner, here, "Quán Một"), registers(owner, here, "Quán Hai")
    row = gives(owner, one, "0912800009", last_day="2026-03-31")
    assert owner.post(f"/cua-toi/dia-diem/{other.pk}/nhan-vien/{row.pk}/ket-thuc").status_code == 404
    assert Staff.objects.get(pk=row.pk).ended_at is None


def test_giving_acting_and_ending_are_written_down_without_name_or_number(here, at):
    at("2026-03-02T13:00")
    owner, place = (boss := signed("0912800010")), registers(boss, here, "Quán Ghi Sổ")
    row = gives(owner, place, "0912800011", name="Nguyễn Thị Lan", last_day="2026-03-31")
    worker = signed("0912800011")
    worker.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi", {"name": "Cửa", "days": "3"})
    owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien/{row.pk}/ket-thuc")
    written = rows_about(find_by_phone("0912800011")[0])
    events = [one.event for one in reversed(written) if one.event.startswith("place.")]
    assert events == ["place.staff_given", "place.staff_acted", "place.staff_ended"]
    told = " ".join(AuditRow.objects.values_list("detail", flat=True))
    assert "Lan" not in told
    assert "0912800011" not in told
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(t::text, '') from owners_staff t")
        kept = cursor.fetchone()[0]
    assert "Lan" not in kept
    assert "0912" not in kept


def test_the_list_tells_nothing_of_a_number_but_what_the_owner_typed(here, at):
    at("2026-03-02T14:00")
    nurse = officer_with("commune_health_officer")
    register_person(Identity(name="Phạm Thị Bí Mật", phone="0912800013"), here.pk, by=nurse, now=clock.now())
    owner, place = (boss := signed("0912800012")), registers(boss, here, "Quán Tò Mò")
    for phone in ("0912800013", "0912800014"):
        gives(owner, place, phone, name="Ai đó", last_day="2026-03-31")
    page = text(owner, f"/cua-toi/dia-diem/{place.pk}/nhan-vien")
    assert page.count("<strong>Ai đó</strong>") == 2
    assert "0912 *** 013" in page
    assert "Phạm" not in page
    assert "0912800013" not in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"phone": "123"}, "điện thoại"),
        ({"name": "  "}, "bắt buộc"),
        ({"last_day": "2026-03-01"}, "từ hôm nay"),
        ({"last_day": "2027-04-01"}, "xa nhất một năm"),
        ({"last_day": "hôm nào đó"}, "ngày"),
    ],
)
def test_what_is_not_right_is_said_and_nobody_gets_a_right(here, at, said, words):
    at("2026-03-02T15:00")
    owner = signed("0912800015")
    place = Place.objects.filter(name="Quán Gõ Sai").first() or registers(owner, here, "Quán Gõ Sai")
    form = {"phone": "0912800016", "name": "Lan", "last_day": "2026-03-31"} | said
    answer = owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien", form)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Staff.objects.filter(place=place).exists()


def test_no_phone_names_numbers_without_end_and_no_place_has_staff_without_end(here, at, monkeypatch):
    at("2026-03-02T16:00")
    owner, place = (boss := signed("0912800017")), registers(boss, here, "Quán Đông")
    monkeypatch.setattr(staff, "MOST_STAFF", 2)
    for number in range(2):
        gives(owner, place, f"091280010{number}", last_day="2026-03-31")
    form = {"phone": "0912800109", "name": "Lan", "last_day": "2026-03-31"}
    full = owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien", form).content.decode()
    assert "đã có 2 nhân viên" in full
    gives(owner, place, "0912800101", last_day="2026-04-01")
    for _ in range(60):
        last = owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien", form)
    assert "Hãy thử lại sau một giờ" in last.content.decode()


def test_a_right_keeps_its_person_until_a_month_after_it_is_over(here, at):
    at("2026-03-02T17:00")
    owner, place = (boss := signed("0912800018")), registers(boss, here, "Quán Quên")
    ended = gives(owner, place, "0912800019", last_day="2026-12-31")
    lapsing = gives(owner, place, "0912800020", last_day="2026-03-02")
    owner.post(f"/cua-toi/dia-diem/{place.pk}/nhan-vien/{ended.pk}/ket-thuc")
    people = [ended.person_id, lapsing.person_id]
    at.tick(days=29)
    staff.forget_over(clock.now())
    assert _needed(vault.the_keyring())(people) == set(people)
    at.tick(days=2)
    staff.forget_over(clock.now())
    assert not Staff.objects.filter(place=place).exists()
    assert _needed(vault.the_keyring())(people) == set()


def test_the_page_of_staff_is_complete_in_english(here, at):
    at("2026-03-02T18:00")
    owner, place = (boss := signed("0912800021")), registers(boss, here, "Quán Anh")
    gives(owner, place, "0912800022", last_day="2026-03-31")
    english = {"accept-language": "en"}
    assert "Staff see how many came" in text(owner, f"/cua-toi/dia-diem/{place.pk}/nhan-vien", **english)
    assert "You look after this place until the end of" in text(
        signed("0912800022"), f"/cua-toi/dia-diem/{place.pk}", **english
    )


def test_a_code_that_staff_made_is_good_no_longer_than_their_right(here, at):
    at("2026-03-03T09:00")
    owner, place = (boss := signed("0912800030")), registers(boss, here, "Quán Nghỉ Việc")
    row = gives(owner, place, "0912800031", last_day="2026-03-31")
    worker, own = signed("0912800031"), f"/cua-toi/dia-diem/{place.pk}"
    made = worker.post(f"{own}/thiet-bi", {"name": "Cửa", "days": "30"}).content.decode()
    code = made.split('class="join-code"><strong>')[1].split("</strong>")[0]
    owner.post(f"{own}/nhan-vien/{row.pk}/ket-thuc")
    joining = {"code": code, "keeper": "Tư"}
    assert browser().post("/api/v1/gate/join", joining, content_type="application/json").status_code == 409
    assert not Device.objects.filter(place=place).exists()


def test_a_right_given_while_an_officer_edits_the_place_waits_and_stops_neither(here, at):
    at("2026-03-03T11:00")
    place = registers(signed("0912800032"), here, "Quán Hai Việc")
    (person,) = find_by_phone("0912800032")
    subject, now = subjects.normalise("phone", "0912800033"), clock.now()

    def given() -> Staff:
        try:
            return staff.give(place, "0912800033", "Lan", until=now + timedelta(days=3), by=person, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Place.objects.select_for_update().get(pk=place.pk)
            giving = thread.submit(given)
            time.sleep(0.5)
            found = subjects.resolve_on_page([subject], keyring=vault.the_keyring(), now=now)[subject]
        assert giving.result().person_id == found
