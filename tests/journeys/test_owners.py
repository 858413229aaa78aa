"""The owner of a place, by phone: registers, prints, sees who comes under masks, hands over to the health authority."""

import html
import re
from urllib.parse import unquote

import pypdfium2
import pytest
from support.citizens import Phone, derive
from support.officers import browser, officer_with, signed_in
from support.owners import particulars, registers, signed, text
from support.scene import two_communes

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.owners.models import HandOver
from dauchan.people.actions import register_person, set_standing
from dauchan.people.models import SignInCode
from dauchan.people.rules import Identity
from dauchan.places import own
from dauchan.places.actions import approve, suspend
from dauchan.places.models import Place, PlaceChange, Point
from dauchan.places.queries import officer_approved
from dauchan.units.models import Unit
from dauchan.visits import at_place

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    return two_communes().here


def test_a_place_works_from_the_first_minute_with_a_poster_that_says_it_waits(here):
    owner = signed("0912700001")
    place = registers(owner, here, "Quán Cơm Tư")
    assert place.state == "pending"
    assert "Dùng được ngay" in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    pdf = pypdfium2.PdfDocument(owner.get(f"/cua-toi/dia-diem/{place.pk}/ma/a4").content)
    assert "CHỜ DUYỆT" in pdf[0].get_textpage().get_text_range()
    form = pypdfium2.PdfDocument(owner.get(f"/cua-toi/dia-diem/{place.pk}/phieu.pdf").content)
    assert "PHIẾU GHI LƯỢT ĐẾN/ĐI" in form[0].get_textpage().get_text_range()
    guest = Phone("0912700002")
    assert "chờ duyệt" in guest.opens(Point.objects.select_related("place").get(place=place))
    guest.checks("in", Point.objects.get(place=place))
    derive()
    assert "<strong>1</strong>" in text(owner, f"/cua-toi/dia-diem/{place.pk}")


def test_a_place_like_it_is_shown_before_it_is_registered_twice(here):
    owner = signed("0912700003")
    registers(owner, here, "Chợ Nghĩa Tân")
    again = owner.post("/cua-toi/dia-diem/them", particulars(here, name="chợ nghĩa tân", address="khác"))
    assert "đã có nơi giống vậy" in again.content.decode()
    assert Place.objects.filter(search_key__contains="cho nghia tan").count() == 1
    owner.post("/cua-toi/dia-diem/them", particulars(here, name="chợ nghĩa tân", address="khác", another="1"))
    assert Place.objects.filter(search_key__contains="cho nghia tan").count() == 2


def test_a_place_of_somebody_else_is_not_there_for_me(here):
    place = registers(signed("0912700004"), here, "Tiệm Vàng Năm")
    stranger = signed("0912700005")
    paths = ("", "/sua", "/ma/a4", "/phieu.pdf", "/khach", "/chuyen", "/thiet-bi")
    for path in paths:
        assert stranger.get(f"/cua-toi/dia-diem/{place.pk}{path}").status_code == 404, path
    assert stranger.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Của tôi")).status_code == 404
    assert stranger.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi", {"name": "x", "days": "3"}).status_code == 404
    assert stranger.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi/viec", {"act": "revoke"}).status_code == 404
    assert Place.objects.get(pk=place.pk).name == "Tiệm Vàng Năm"


def test_who_came_is_listed_under_masks_for_a_week(here, at):
    at("2026-03-03T09:00")
    owner = signed("0912700006")
    place = registers(owner, here, "Quán Bảy")
    point = Point.objects.get(place=place)
    guest = Phone("0912700007")
    guest.signs_in_at(point)
    guest.client.post("/toi/danh-tinh", told_name(here, "Trần Thị Khách"))
    at.tick(minutes=40)
    guest.checks("out", point)
    derive()
    page = text(owner, f"/cua-toi/dia-diem/{place.pk}/khach")
    assert "09:00 – 09:40" in page
    assert "Trần Thị ***" in page
    assert "0912 *** 007" in page
    for secret in ("Trần Thị Khách", "0912700007"):
        assert secret not in page
    at.tick(days=7)
    assert "2026-03-03" not in text(owner, f"/cua-toi/dia-diem/{place.pk}/khach")
    hidden = text(owner, f"/cua-toi/dia-diem/{place.pk}/khach?day=2026-03-03")
    assert "09:00" not in hidden


def told_name(here: Unit, name: str) -> dict[str, str]:
    empty = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address"), "")
    return empty | {"residence": str(here.pk), "residence_text": "", "name": name}


def test_an_empty_chart_says_so_and_a_full_one_names_its_axes(here, at):
    at("2026-03-04T06:30")
    owner = signed("0912700017")
    place = registers(owner, here, "Quán Vắng")
    empty = text(owner, f"/cua-toi/dia-diem/{place.pk}")
    assert empty.count("Chưa có lượt nào") == 2
    assert '<svg class="bars"' not in empty
    assert text(owner, f"/cua-toi/dia-diem/{place.pk}", **{"accept-language": "en"}).count("No visits yet") == 2
    Phone("0912700018").checks("in", Point.objects.get(place=place))
    derive()
    full = text(owner, f"/cua-toi/dia-diem/{place.pk}")
    assert "Chưa có lượt nào" not in full
    for axis in ("Lượt đến", "Giờ trong ngày", "Ngày"):
        assert f">{axis}</text>" in full, axis
    assert ">04/03</text>" in full


def test_present_never_exceeds_total_and_the_days_add_up(here, at):
    at("2026-03-04T07:00")
    place = registers(signed("0912700008"), here, "Quán Tám")
    point = Point.objects.get(place=place)
    guests = [Phone(f"09127001{number:02d}") for number in range(6)]
    for guest in guests:
        guest.checks("in", point)
        at.tick(minutes=7)
        derive()
        counts = at_place.counts([point.pk], clock.now())
        assert 0 <= counts.present <= counts.total
    for guest in guests[:4]:
        guest.checks("out", point)
        at.tick(minutes=1)
    derive()
    counts = at_place.counts([point.pk], clock.now())
    assert (counts.total, counts.present) == (6, 2)
    assert sum(counts.by_hour) == counts.total == counts.by_day[-1][1]
    assert (counts.by_hour[7], len(counts.by_day)) == (6, 14)


def test_a_new_name_asks_for_new_posters_and_the_code_stays(here):
    owner = signed("0912700009")
    place = registers(owner, here, "Tên Cũ")
    before = Point.objects.get(place=place)
    owner.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Tên Mới"))
    assert "in và dán lại" in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    after = Point.objects.get(place=place)
    assert (after.pk, after.serial) == (before.pk, before.serial)
    assert "Tên Mới" in Phone("0912700010").opens(Point.objects.select_related("place").get(place=place))


def test_a_window_is_handed_over_and_its_owner_sees_that_somebody_has_it(here, at):
    at("2026-03-04T12:00")
    owner = signed("0912700011")
    place = registers(owner, here, "Quán Mười")
    for wrong in (
        {"begins": "2026-03-04T11:00", "ends": "2026-03-04T10:00", "reason": "x"},
        {"begins": "2026-03-04T11:00", "ends": "2026-03-05T10:00", "reason": "x"},
        {"begins": "2026-02-20T11:00", "ends": "2026-03-04T10:00", "reason": "x"},
        {"begins": "2026-03-04T10:00", "ends": "2026-03-04T11:00", "reason": " "},
    ):
        assert owner.post(f"/cua-toi/dia-diem/{place.pk}/chuyen", wrong).status_code == 400, wrong
    owner.post(
        f"/cua-toi/dia-diem/{place.pk}/chuyen",
        {"begins": "2026-03-04T08:00", "ends": "2026-03-04T11:00", "reason": "khách báo dương tính"},
    )
    made = HandOver.objects.get(place=place)
    assert made.begins.astimezone(clock.LOCAL).hour == 8
    desk = signed_in(officer_with("commune_health_officer", Scope("unit", str(here.pk))))
    assert "Chủ địa điểm chuyển giao" in text(desk, "/ban-lam-viec")
    assert made.receipt in text(desk, "/chuyen-giao")
    desk.post(f"/chuyen-giao/{made.receipt}")
    assert made.receipt not in text(desk, "/chuyen-giao").split("alert")[0]
    assert "Đã có cán bộ nhận" in text(owner, f"/cua-toi/dia-diem/{place.pk}")


def test_an_owner_adds_a_gate_device_and_ends_it(here):
    owner = signed("0912700012")
    place = registers(owner, here, "Quán Mười Hai")
    page = owner.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi", {"name": "Cửa", "days": "30"}).content.decode()
    code = page.split('class="join-code"><strong>')[1].split("</strong>")[0]
    joined = browser().post("/api/v1/gate/join", {"code": code, "keeper": "Tư"}, content_type="application/json").json()
    device = joined["here"]["device"]["id"]
    listed = text(owner, f"/cua-toi/dia-diem/{place.pk}/thiet-bi")
    assert "Tư" in listed
    keeper = re.search(r'name="keeper" value="(\d+)"', listed)
    assert keeper
    act = f"/cua-toi/dia-diem/{place.pk}/thiet-bi/viec"
    assert "join-code" in owner.post(act, {"act": "add-keeper", "device": device}).content.decode()
    owner.post(act, {"act": "end-keeper", "keeper": keeper.group(1)})
    owner.post(act, {"act": "revoke", "device": device})
    headers = {"Authorization": f"Bearer {joined['token']}"}
    assert browser().get("/api/v1/gate/here", headers=headers).status_code == 401


def test_after_a_week_a_place_that_nothing_resembles_is_approved_by_itself(here, at):
    at("2026-03-05T08:00")
    owner = signed("0912700013")
    alone, twin = registers(owner, here, "Quán Một Mình"), registers(owner, here, "Quán Sinh Đôi")
    other = signed("0912700014")
    other.post("/cua-toi/dia-diem/them", particulars(here, name="Quán Sinh Đôi", address="khác", another="1"))
    at.tick(days=6)
    own.approve_waited(clock.now())
    assert Place.objects.get(pk=alone.pk).state == "pending"
    at.tick(days=1, minutes=1)
    own.approve_waited(clock.now())
    assert Place.objects.get(pk=alone.pk).state == "approved"
    assert Place.objects.get(pk=twin.pk).state == "pending", "which of two it is, an officer decides"
    assert PlaceChange.objects.filter(place=alone, event="approved_by_time").count() == 1
    assert not officer_approved(Place.objects.get(pk=alone.pk)), "nobody has looked: its gate signs nobody in"


def test_one_phone_does_not_register_places_without_end(here, at):
    at("2026-03-05T12:00")
    owner = signed("0912700015")
    for number in range(10):
        registers(owner, here, f"Nơi số {number} của Mười Lăm")
    answer = owner.post("/cua-toi/dia-diem/them", particulars(here, name="Nơi thứ mười một", another="1"))
    assert "nhập danh sách giúp" in answer.content.decode()
    at.tick(hours=1)
    registers(owner, here, "Nơi thứ mười một")


def test_the_owners_pages_are_complete_in_english(here):
    owner = signed("0912700016")
    place = registers(owner, here, "Place of English")
    english = {"accept-language": "en"}
    for path, words in (
        ("", "Visits by hour, today"),
        ("/khach", "Names and numbers are masked"),
        ("/chuyen", "Hand over to health authority"),
        ("/thiet-bi", "Make a code for a new device"),
        ("/sua", "Opening hours"),
    ):
        assert words in owner.get(f"/cua-toi/dia-diem/{place.pk}{path}", headers=english).content.decode(), path


def gate_of(owner, place: Place) -> dict[str, str]:
    """The header of a gate device that joined this owner's place."""
    page = owner.post(f"/cua-toi/dia-diem/{place.pk}/thiet-bi", {"name": "Cửa", "days": "30"}).content.decode()
    code = page.split('class="join-code"><strong>')[1].split("</strong>")[0]
    joined = browser().post("/api/v1/gate/join", {"code": code, "keeper": "Tư"}, content_type="application/json").json()
    return {"Authorization": f"Bearer {joined['token']}"}


def asks(gate: dict[str, str], path: str, said: dict, status: int = 200) -> dict:
    answer = browser().post(f"/api/v1/gate/{path}", said, content_type="application/json", headers=gate)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_a_gate_signs_nobody_in_before_an_officer_has_looked_at_its_place(here, at):
    at("2026-03-09T08:00")
    owner = signed("0912700030")
    place = registers(owner, here, "Quán Tự Mở")
    gate = gate_of(owner, place)
    refused = asks(gate, "code", {"phone": "0912700031"}, 403)
    assert refused["code"] == "place_not_approved"
    assert not SignInCode.objects.filter(issuer="gate").exists()
    nurse = officer_with("province_health_officer")
    approve(place.pk, by=nurse, now=clock.now())
    assert len(asks(gate, "code", {"phone": "0912700031"})["code"]) == 8
    suspend(place.pk, by=nurse, reason="nghi giả mạo", now=clock.now())
    asks(gate, "code", {"phone": "0912700031"}, 403)


def test_only_the_gate_of_an_approved_place_learns_colours_by_numbers(here, at):
    at("2026-03-09T09:00")
    owner, chief = signed("0912700032"), officer_with("province_health_officer")
    place = registers(owner, here, "Quán Giả")
    person = register_person(Identity(name="Lê Thị Đỏ", phone="0912700033"), here.pk, by=chief, now=clock.now())
    set_standing(person, "manual", colour="red", reason="F0", by=chief, now=clock.now())
    gate = gate_of(owner, place)
    face = {"subject": {"kind": "phone", "number": "0912700033"}}
    assert asks(gate, "face", face)["colour"] == "grey", "nobody has looked at the place yet"
    approve(place.pk, by=chief, now=clock.now())
    assert asks(gate, "face", face)["colour"] == "red"
    suspend(place.pk, by=chief, reason="không có thật", now=clock.now())
    told = asks(gate, "face", face)
    assert (told["known"], told["colour"]) == (False, "grey")


def test_a_number_that_somebody_typed_shows_no_name_from_the_register(here, at):
    at("2026-03-04T14:00")
    chief = officer_with("province_health_officer")
    register_person(Identity(name="Phạm Thị Kín", phone="0912700035"), here.pk, by=chief, now=clock.now())
    owner = signed("0912700034")
    place = registers(owner, here, "Quán Dò Tên")
    Phone("0912700035").checks("in", Point.objects.get(place=place))
    derive()
    page = text(owner, f"/cua-toi/dia-diem/{place.pk}/khach")
    assert "0912 *** 035" in page
    assert "Phạm" not in page


def test_an_owners_number_that_changed_hands_opens_none_of_their_places(here, at):
    at("2026-03-11T09:00")
    owner = signed("0912700036")
    place = registers(owner, here, "Quán Đổi Số")
    empty = dict.fromkeys(("document", "old_document", "insurance", "sex", "address", "residence_text"), "")
    owner.post("/toi/danh-tinh", empty | {"name": "Chủ Cũ", "birth": "01/02/1980", "residence": str(here.pk)})
    at.tick(days=2)
    stranger, own_path = signed("0912700036"), f"/cua-toi/dia-diem/{place.pk}"
    for path in (own_path, f"{own_path}/khach", f"{own_path}/thiet-bi", "/cua-toi/dia-diem"):
        assert stranger.get(path)["Location"] == f"/toi/chung-minh?next={path}"
    proved = stranger.post(f"/toi/chung-minh?next={own_path}", {"birth_date": "01/02/1980"})
    assert proved["Location"] == own_path
    assert "Quán Đổi Số" in text(stranger, own_path)
    assert "Quán Đổi Số" in text(owner, own_path)


def test_a_window_before_anything_is_kept_is_refused_and_breaks_no_list(here, at):
    at("2026-03-04T16:00")
    owner = signed("0912700040")
    place = registers(owner, here, "Quán Xưa")
    said = {"begins": "0001-01-01T00:00", "ends": "0001-01-01T02:00", "reason": "thử"}
    answer = owner.post(f"/cua-toi/dia-diem/{place.pk}/chuyen", said)
    assert answer.status_code == 400
    assert "Khoảng thời gian chưa đúng" in answer.content.decode()
    text(owner, f"/cua-toi/dia-diem/{place.pk}")
    text(signed_in(officer_with("commune_health_officer", Scope("unit", str(here.pk)))), "/chuyen-giao")


def test_no_owner_buries_what_others_handed_over(here, at):
    at("2026-03-04T17:00")
    owner = signed("0912700041")
    place = registers(owner, here, "Quán Chuyển Mãi")
    said = {"begins": "2026-03-04T08:00", "ends": "2026-03-04T11:00", "reason": "khách báo dương tính"}
    for _ in range(10):
        assert owner.post(f"/cua-toi/dia-diem/{place.pk}/chuyen", said).status_code == 302
    answer = owner.post(f"/cua-toi/dia-diem/{place.pk}/chuyen", said)
    assert answer.status_code == 400
    assert "Bạn vừa chuyển nhiều lần" in answer.content.decode()
    assert HandOver.objects.filter(place=place).count() == 10


def test_the_pages_of_who_came_show_everybody_once_and_no_address_says_whose_line_was_the_last(here, at, monkeypatch):
    monkeypatch.setattr(at_place, "PAGE_SIZE", 2)
    at("2026-03-05T08:00")
    owner = signed("0912700042")
    place = registers(owner, here, "Quán Nhiều Khách")
    point = Point.objects.get(place=place)
    guests = [f"09127001{number:02d}" for number in range(5)]
    for number in guests[:4]:
        Phone(number).checks("in", point)
    at.tick(minutes=1)
    Phone(guests[4]).checks("in", point)
    derive()
    path, seen = f"/cua-toi/dia-diem/{place.pk}/khach", list[str]()
    next_page: re.Match[str] | None = re.match("(.*)", "")
    while next_page:
        page = text(owner, path + html.unescape(next_page.group(1)))
        seen += re.findall(r"0912 \*\*\* (\d{3})", page)
        next_page = re.search(r'href="(\?day=[^"]*)"', page)
        told = unquote(next_page.group(1)) if next_page else ""
        assert not told or re.fullmatch(r"\?day=[\d-]+&(amp;)?after=[\dT:+.-]+~\d", told), told
    assert sorted(seen) == sorted(number[-3:] for number in guests)
