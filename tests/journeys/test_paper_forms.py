"""A filled paper form is typed in: good lines are recorded once, bad ones come back with what to do."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from support.citizens import code_sent_to, derive
from support.officers import browser, officer_with, signed_in
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.kernel import clock
from dauchan.kernel.sealing import unseal
from dauchan.people import subjects, vault
from dauchan.people.models import Person
from dauchan.people.opening import open_people
from dauchan.people.queries import find_by_document, find_by_phone
from dauchan.places import actions as places
from dauchan.places import own, papers
from dauchan.places.models import Place, Point
from dauchan.units.models import Unit
from dauchan.visits.models import KeptScan
from dauchan.visits.rules import Confidence
from dauchan.visits.typing_in import BeforePlace, Line, type_in

CLOCK = "2026-03-02T18:00+07:00"
TODAY = "2026-03-02"
pytestmark = pytest.mark.usefixtures("database")
FIELDS = ("time", "name", "year", "who", "direction")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    return two_communes().here


@pytest.fixture
def place(here) -> Place:
    with connection.cursor() as cursor:
        cursor.execute("truncate notify_budget")
    return Place.objects.get(pk=place_of_here(two_communes())["place_id"])


@pytest.fixture
def desk(here) -> Client:
    return signed_in(officer_with("commune_health_officer", Scope("unit", str(here.pk))))


def page_of(place: Place) -> str:
    return f"/dia-diem/{place.pk}/phieu"


def keys_on(client: Client, path: str) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', client.get(path).content.decode())


def sheet(place: Place, keys: list[str], *lines: tuple[str, ...], day: str = TODAY, **more: str) -> dict[str, Any]:
    """A form as a browser sends it: the lines, and the empty ones below them."""
    rows = [*lines, *[("", "", "", "", "in")] * (len(keys) - len(lines))]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(FIELDS)}
    return {"line": keys, "day": day, "point": str(Point.objects.get(place=place).pk), **columns, **more}


def types(client: Client, place: Place, *lines: tuple[str, ...], status: int = 302, **more: str) -> str:
    path = page_of(place)
    answer = client.post(path, sheet(place, keys_on(client, path), *lines, **more))
    assert answer.status_code == status, answer.content.decode()
    return str((client.get(path) if status == 302 else answer).content.decode())


def scans_at(place: Place) -> list[tuple[str, str, int, int, bool]]:
    """Time, whole name, direction, confidence and whether told afterwards, of each scan at a place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select day, token, at, scan.direction, confidence, backfilled from visits_scan scan "
            "join places_point point on point.id = point_id where point.place_id = %s order by at, scan.id",
            [place.pk],
        )
        rows = cursor.fetchall()
    people = [unseal(vault.the_keyring().day_key(row[0]), bytes(row[1])) for row in rows]
    names = open_people(people)
    return [
        (f"{row[2].astimezone(clock.LOCAL):%H:%M}", names[who].identity.name, *row[3:])
        for row, who in zip(rows, people, strict=True)
    ]


def test_the_page_has_the_columns_and_as_many_lines_as_the_printed_form(desk, place):
    page = desk.get(page_of(place)).content.decode()
    assert re.findall(r'<th scope="col">([^<#]+)<', page) == [vi for vi, _ in papers.COLUMNS]
    assert len(keys_on(desk, page_of(place))) == papers.LINES
    english = desk.get(page_of(place), headers={"accept-language": "en"}).content.decode()
    assert re.findall(r'<th scope="col">([^<#]+)<', english) == [en for _, en in papers.COLUMNS]


def test_typed_lines_count_as_not_verified_and_told_afterwards(desk, place):
    page = types(
        desk,
        place,
        ("07:45", "Trần Thị Giấy", "1956", "067156000001", "in"),
        ("0810", "Lê Văn Phiếu", "", "0912 800 001", "in"),
        ("9h05", "Trần Thị Giấy", "1956", "067156000001", "out"),
    )
    assert "Đã ghi 3 dòng." in page
    typed = int(Confidence.TYPED)
    assert scans_at(place) == [
        ("07:45", "Trần Thị Giấy", 1, typed, True),
        ("08:10", "Lê Văn Phiếu", 1, typed, True),
        ("09:05", "Trần Thị Giấy", 2, typed, True),
    ]
    derive()
    (old,) = find_by_document("067156000001")
    assert Person.objects.get(pk=old).provisional
    row = AuditRow.objects.filter(event="paper.typed_in").latest("pk")
    assert (row.count, row.unit_id) == (3, place.unit_id)


def test_bad_lines_come_back_as_typed_with_their_number_and_what_to_do_while_good_ones_are_recorded(desk, place):
    page = types(
        desk,
        place,
        ("07:00", "Đỗ Thị Tốt", "1950", "", "in"),
        ("25:00", "Giờ Sai", "1951", "0912800002", "in"),
        ("07:10", "Năm Sai", "195", "0912800003", "in"),
        ("07:20", "Không Số", "", "", "in"),
        ("23:50", "Chưa Tới", "1952", "0912800004", "out"),
        ("07:30", "Số Sai", "1953", "12345", "in"),
        status=400,
    )
    assert [line[1] for line in scans_at(place)] == ["Đỗ Thị Tốt"]
    assert "Đã ghi 1 dòng." in page
    assert "Đỗ Thị ***" in page
    assert "Đỗ Thị Tốt" not in page
    troubles = dict(re.findall(r'href="#line-(\d+)-\w+">[^<]+</a>: ([^<]+)<', page))
    assert {number: words.split(".")[0] for number, words in troubles.items()} == {
        "2": "Giờ chưa đúng",
        "3": "Năm sinh gồm 4 chữ số, ví dụ 1956",
        "4": "Chưa rõ là ai: cần số điện thoại hoặc giấy tờ; không có số thì cần cả họ tên và năm sinh",
        "5": "Giờ này chưa tới",
        "6": "Không phải số điện thoại (10 chữ số) hay số giấy tờ",
    }
    for typed in ("25:00", "Giờ Sai", "0912800002", "195", "Không Số", "23:50", "12345"):
        assert f'value="{typed}"' in page
    assert re.findall(r'name="line" value="(\d+)\.', page) == ["2", "3", "4", "5", "6"]
    assert page.count('<option value="out" selected>') == 1


def test_a_form_sent_twice_is_recorded_once_and_a_line_changed_afterwards_is_refused(desk, place):
    keys = keys_on(desk, page_of(place))
    told = ("10:00", "Vũ Thị Hai", "1960", "0912800005", "in")
    for _ in range(2):
        assert desk.post(page_of(place), sheet(place, keys, told)).status_code == 302
    assert "Đã ghi từ trước, không ghi lần nữa: dòng 1." in desk.get(page_of(place)).content.decode()
    changed = desk.post(page_of(place), sheet(place, keys, (*told[:4], "out")))
    assert "đã được ghi trước đó với nội dung khác" in changed.content.decode()
    assert len(scans_at(place)) == 1


def test_lines_are_added_without_losing_what_was_typed(desk, place):
    keys = keys_on(desk, page_of(place))
    page = desk.post(page_of(place), sheet(place, keys, ("07:45", "Lê A", "1956", "", "out"), act="add"))
    found = re.findall(r'name="line" value="([^"]+)"', page.content.decode())
    assert found[: len(keys)] == keys
    assert [key.partition(".")[0] for key in found[len(keys) :]] == [str(number) for number in range(21, 31)]
    assert 'value="Lê A"' in page.content.decode()
    assert scans_at(place) == []


def test_somebody_without_any_number_is_one_person_on_one_day_at_one_place(desk, place):
    lines = [("08:00", "Hồ Thị Già", "1938", "", "in"), ("08:30", "hồ thị gia", "1938", "", "out")]
    types(desk, place, *lines)
    assert [line[1] for line in scans_at(place)] == ["Hồ Thị Già"] * 2
    before = Person.objects.count()
    types(desk, place, ("08:00", "Hồ Thị Già", "1938", "", "in"), day="2026-03-01")
    assert Person.objects.count() == before + 1


def test_a_family_that_shares_a_phone_stays_several_people(desk, place):
    types(
        desk,
        place,
        ("08:00", "Lê Thị Mẹ", "1980", "0912800006", "in"),
        ("08:00", "Lê Văn Con", "2015", "0912800006", "in"),
        ("09:00", "Me", "", "0912800006", "out"),
    )
    people = find_by_phone("0912800006")
    assert [open_people([one])[one].identity.name for one in people] == ["Lê Thị Mẹ", "Lê Văn Con"]
    assert [line[1] for line in scans_at(place)].count("Lê Thị Mẹ") == 2


def test_a_name_on_paper_never_changes_a_name_that_is_known(desk, place):
    types(desk, place, ("08:00", "Phan Thị Thật", "1970", "067170000009", "in"))
    types(desk, place, ("08:30", "Ai Đó Khác", "1999", "067170000009", "out"))
    (one,) = find_by_document("067170000009")
    assert open_people([one])[one].identity.name == "Phan Thị Thật"


def test_a_form_of_a_month_ago_is_taken_and_an_older_one_refused_whole(desk, place):
    line = ("08:00", "Hồ Thị Xưa", "1938", "0912800007", "in")
    types(desk, place, line, day="2026-02-01")
    refused = types(desk, place, line, day="2026-01-30", status=400)
    assert "quá thời hạn lưu (30 ngày)" in refused
    assert 'value="Hồ Thị Xưa"' in refused
    assert "Ngày này chưa tới" in types(desk, place, line, day="2026-03-03", status=400)
    assert "Hãy chọn ngày" in types(desk, place, line, day="hôm qua", status=400)
    assert len(scans_at(place)) == 1


def test_lines_from_after_the_place_closed_are_kept_for_review_and_earlier_ones_recorded(desk, place, at):
    at("2026-03-02T12:00")
    places.close(place.pk, by=officer_with("province_health_officer"), reason="Hết phép", now=clock.now())
    at("2026-03-02T18:00")
    page = types(
        desk,
        place,
        ("11:00", "Trước Đóng", "1950", "0912800008", "in"),
        ("13:00", "Sau Đóng", "1950", "0912800009", "in"),
    )
    assert "giữ chờ xem xét: dòng 2." in page
    assert [line[:2] for line in scans_at(place)] == [("11:00", "Trước Đóng")]
    kept = KeptScan.objects.get(point_id=Point.objects.get(place=place).pk)
    assert (kept.reason, kept.received_day) == ("point_closed", date(2026, 3, 2))


def test_more_lines_than_a_typist_can_write_in_an_hour_are_refused_whole_and_kept_on_the_page(desk, place):
    keys = [f"{number}.x{number}" for number in range(1, 101)]
    lines = [("08:00", "Người Đông", "1950", "", "in")] * 100
    for _ in range(6):
        assert desk.post(page_of(place), sheet(place, keys, *lines)).status_code == 302
    full = desk.post(page_of(place), sheet(place, keys, *lines))
    assert "Một giờ nhập quá nhiều dòng" in full.content.decode()
    assert full.content.decode().count('value="Người Đông"') == 100
    assert desk.post(page_of(place), sheet(place, [*keys, "101.y"], *lines)).status_code == 400


def test_a_forged_form_with_missing_columns_or_a_foreign_point_records_nothing(desk, place):
    other = Point.objects.get(place_id=place_of_here(two_communes())["place_id"])
    line = ("08:00", "Hồ Thị Giả", "1938", "0912800010", "in")
    assert "Hãy chọn điểm quét" in types(desk, place, line, status=400, point=str(other.pk))
    told = sheet(place, ["1.a"], line) | {"who": []}
    assert desk.post(page_of(place), told).status_code == 400
    assert scans_at(place) == []


def test_an_owner_types_for_their_own_place_and_strangers_find_nothing(place):
    owner, stranger = browser(), browser()
    for client, number in ((owner, "0912800011"), (stranger, "0912800012")):
        client.post("/vao", {"phone": number})
        client.post("/vao", {"phone": number, "code": code_sent_to(number)})
    (person,) = find_by_phone("0912800011")
    Place.objects.filter(pk=place.pk).update(owner_id=person)
    path = f"/cua-toi/dia-diem/{place.pk}/phieu"
    assert own.own_place(place.pk, [person]).pk == place.pk
    line = ("08:00", "Khách Giấy", "1960", "0912800013", "in")
    assert owner.post(path, sheet(place, keys_on(owner, path), line)).status_code == 302
    assert [found[:2] for found in scans_at(place)] == [("08:00", "Khách Giấy")]
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, sheet(place, ["1.z"], line)).status_code == 404
    assert browser().get(path)["Location"].startswith("/vao?next=")
    assert owner.get(path)["Cache-Control"].count("no-store") == 1


def test_an_owner_types_nothing_from_before_the_place_was_registered_and_an_officer_may(desk, place):
    line = Line(1, "0123456789abcdef", time="08:00", name="Hồ Thị Trước", year="1938", who="0912800008")
    day, now = clock.local_day(place.created_at) - timedelta(days=1), clock.now()
    phone = subjects.normalise("phone", "0912800009")
    owner = subjects.resolve_on_page([phone], keyring=vault.the_keyring(), now=now)[phone]
    point = place.points.get().pk
    with pytest.raises(BeforePlace):
        type_in(place, point, day, [line], by=owner, keyring=vault.the_keyring(), now=now)
    chief = officer_with("province_health_officer")
    assert len(type_in(place, point, day, [line], by=chief, keyring=vault.the_keyring(), now=now).recorded) == 1
