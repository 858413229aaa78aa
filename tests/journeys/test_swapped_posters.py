"""A poster that hangs where it does not belong: anybody tells, the owner and the officers see it and close it."""

import json

import pytest
from django.db import connection
from django.test import Client
from support.citizens import Phone
from support.officers import browser, officer_with, signed_in
from support.owners import registers, signed, text

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.kernel import clock
from dauchan.owners.staff import give
from dauchan.places import posters
from dauchan.places.models import Place, PlaceChange, Point, PosterReport
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    found = unit_by_code("24611", clock.local_day(clock.now()))
    assert found
    return found


@pytest.fixture
def officer(here) -> Client:
    return signed_in(officer_with("commune_health_officer", Scope("unit", str(here.pk))))


def point_of(place: Place) -> Point:
    return Point.objects.select_related("place").get(place=place)


def reported(point: Point, *, by: Client | None = None, status: int = 200) -> str:
    answer = (by or browser()).post(f"/P/{posters.code_text(point)}/khong-dung-noi")
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


def open_of(place: Place) -> PosterReport:
    return PosterReport.objects.get(point__place=place, closed_at__isnull=True)


def test_anybody_tells_from_the_page_behind_the_code_and_nothing_of_them_is_kept(here):
    place = registers(signed("0912900001"), here, "Quán Bị Tráo")
    point = point_of(place)
    guest = Phone("0912900002")
    assert "Áp phích này không đúng nơi?" in guest.opens(point)
    asked = text(guest.client, f"/P/{posters.code_text(point)}/khong-dung-noi")
    assert "Quán Bị Tráo" in asked
    assert not PosterReport.objects.filter(point=point).exists(), "looking tells nothing"
    assert "Đã báo" in reported(point, by=guest.client)
    reported(point)
    told = open_of(place)
    assert (told.count, told.serial) == (2, 1)
    assert {field.name for field in PosterReport._meta.fields} == {
        *("id", "point", "serial", "count", "first_at", "last_at", "closed_at", "note")
    }
    (written,) = AuditRow.objects.filter(event="place.poster_reported", unit_id=here.pk)
    assert (written.about_index, written.officer_id) == (None, None)


def test_the_owner_sees_it_and_closes_it_with_a_note(here, officer):
    owner = signed("0912900003")
    place = registers(owner, here, "Quán Chủ Xem")
    reported(point_of(place))
    assert "áp phích bị báo" in text(owner, "/cua-toi/dia-diem")
    own = f"/cua-toi/dia-diem/{place.pk}"
    assert "Áp phích bị báo không đúng nơi" in text(owner, own)
    number = open_of(place).pk
    assert "Hãy ghi đã làm gì" in owner.post(f"{own}/bao/{number}", {"note": " "}, follow=True).content.decode()
    owner.post(f"{own}/bao/{number}", {"note": "đã gỡ tờ dán ở quán bên"})
    page = text(owner, own)
    assert "đã gỡ tờ dán ở quán bên" in page
    assert f"bao/{number}" not in page
    assert "áp phích bị báo" not in text(owner, "/cua-toi/dia-diem")
    history = text(officer, f"/dia-diem/{place.pk}")
    assert "Xử lý xong báo cáo về áp phích" in history


def test_the_officer_of_the_commune_finds_it_on_the_morning_page_and_closes_it(here, officer):
    place = registers(signed("0912900004"), here, "Quán Cán Bộ Xem")
    reported(point_of(place))
    assert "Áp phích bị báo không đúng nơi" in text(officer, "/ban-lam-viec")
    assert "Quán Cán Bộ Xem" in text(officer, "/dia-diem?poster=reported")
    number = open_of(place).pk
    assert f"/dia-diem/{place.pk}/bao/{number}" in text(officer, f"/dia-diem/{place.pk}")
    officer.post(f"/dia-diem/{place.pk}/bao/{number}", {"note": "đã đến xem, gỡ tờ dán sai"})
    assert "Quán Cán Bộ Xem" not in text(officer, "/dia-diem?poster=reported")
    change = PlaceChange.objects.get(place=place, event="poster_report_closed")
    assert (change.reason, change.by_officer is not None) == ("đã đến xem, gỡ tờ dán sai", True)
    investigator = signed_in(officer_with("investigator", Scope("unit", str(here.pk))))
    reported(point_of(place))
    page = text(investigator, f"/dia-diem/{place.pk}")
    assert "chờ xử lý" in page
    assert f"/bao/{open_of(place).pk}" not in page, "who may not edit the place sees the report alone"


def test_owner_and_staff_begin_a_new_printing_and_a_report_says_which_printing_it_means(here, at):
    at("2026-03-02T10:00")
    owner = signed("0912900005")
    place = registers(owner, here, "Quán In Lại")
    old = posters.code_text(point_of(place))
    give(place, "0912900006", "Lan", until=at("2026-03-10T00:00"), by=place.owner_id, now=at("2026-03-02T10:00"))
    worker = signed("0912900006")
    renewing = f"/cua-toi/dia-diem/{place.pk}/ban-in-moi/{point_of(place).pk}"
    for serial, who in ((2, owner), (3, worker)):
        assert f"Bản in {serial}" in who.post(renewing, follow=True).content.decode()
    assert signed("0912900007").post(renewing).status_code == 404
    assert "bản in cũ" in text(browser(), f"/P/{old}")
    browser().post(f"/P/{old}/khong-dung-noi")
    reported(point_of(place))
    serials = PosterReport.objects.filter(point__place=place).values_list("serial", flat=True)
    assert sorted(serials) == [1, 3]
    first = PosterReport.objects.get(point__place=place, serial=1).pk
    worker.post(f"/cua-toi/dia-diem/{place.pk}/bao/{first}", {"note": "đã gỡ"})
    details = [json.loads(row.detail) for row in AuditRow.objects.filter(event="place.staff_acted")]
    assert {told["act"] for told in details if told["place"] == place.pk} == {"poster_renewed", "report_closed"}


def test_no_owner_closes_a_report_of_another_place(here):
    mine, theirs = (
        registers(signed("0912900008"), here, "Của Họ"),
        registers(owner := signed("0912900009"), here, "Của Tôi"),
    )
    reported(point_of(mine))
    number = open_of(mine).pk
    owner.post(f"/cua-toi/dia-diem/{theirs.pk}/bao/{number}", {"note": "xong"})
    assert owner.post(f"/cua-toi/dia-diem/{mine.pk}/bao/{number}", {"note": "xong"}).status_code == 404
    assert open_of(mine).pk == number


def test_reports_are_bounded_by_network_and_by_point(here, at):
    at("2026-03-02T11:00")
    owner = signed("0912900010")
    places = [registers(owner, here, f"Quán Bị Báo {number}") for number in range(2)]
    for _ in range(20):
        reported(point_of(places[0]))
    assert "Mạng này vừa gửi nhiều báo cáo" in reported(point_of(places[1]), status=429)
    assert not PosterReport.objects.filter(point__place=places[1]).exists()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from places_posterreport where count = 20")
        assert cursor.fetchone() == (1,)
    for number in range(15):
        answer = Client(SERVER_NAME="localhost", REMOTE_ADDR=f"203.0.{number}.9").post(
            f"/P/{posters.code_text(point_of(places[0]))}/khong-dung-noi"
        )
        assert answer.status_code == 200, "who is late is thanked all the same"
    assert open_of(places[0]).count == 30


def test_a_forged_code_reports_nothing(here):
    place = registers(signed("0912900011"), here, "Quán Giả")
    code = posters.code_text(point_of(place))
    forged = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert browser().post(f"/P/{forged}/khong-dung-noi").status_code in (400, 404)
    assert not PosterReport.objects.filter(point__place=place).exists()


def test_a_poster_of_a_rejected_place_can_be_reported_too(here):
    place = registers(signed("0912900012"), here, "Quán Không Duyệt")
    Place.objects.filter(pk=place.pk).update(state="rejected")
    assert "Áp phích này không đúng nơi?" in Phone("0912900013").opens(point_of(place))
    reported(point_of(place))
    assert open_of(place).count == 1


def test_the_report_is_complete_in_english(here):
    place = registers(signed("0912900014"), here, "Place of English")
    path = f"/P/{posters.code_text(point_of(place))}/khong-dung-noi"
    assert "A poster with this code belongs at" in text(browser(), path, **{"accept-language": "en"})
