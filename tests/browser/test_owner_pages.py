"""The pages of owners and their staff, and of a reported poster, on a phone and a desk, in both languages."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page
from support.citizens import Phone, code_sent_to, derive
from support.officers import officer_with
from support.owners import registers, signed

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.owners.staff import give
from dauchan.places import posters
from dauchan.places.importing import import_file
from dauchan.places.models import Place, Point
from dauchan.places.reports import report
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T16:40+07:00"
PHONE, DESK = 360, 1280
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
OWN = ("", "/nhan-vien", "/thiet-bi", "/khach", "/sua", "/chuyen")
pytestmark = pytest.mark.usefixtures("database")


class Shop:
    """A place with guests, staff and a reported poster, and the cookies of who looks after it."""

    def __init__(self) -> None:
        here = unit_by_code("24611", clock.local_day(clock.now()))
        assert here
        boss = signed("0912500001")
        self.place = registers(boss, here, "Cửa hàng vật liệu xây dựng Nghĩa Trung số 2")
        self.quiet = registers(boss, here, "Quán chưa có khách")
        until = clock.day_start(clock.local_day(clock.now())).replace(month=5)
        give(self.place, "0912500002", "Lan, ca sáng", until=until, by=self.place.owner_id, now=clock.now())
        self.point = Point.objects.select_related("place").get(place=self.place)
        for number in range(5):
            with clock.at(clock.now() - timedelta(hours=1 + number)):
                Phone(f"091250010{number}").checks("in", self.point)
        derive()
        for _ in range(2):
            report(self.point, 1, network="thử", now=clock.now())
        import_file("Tên,Xã\nChợ nhập từ tệp,24611\n".encode(), by=None, mode="fill", now=clock.now(), dry_run=False)
        self.imported = Place.objects.get(name="Chợ nhập từ tệp")
        self.owner, self.worker = boss.cookies["dc_me"].value, signed("0912500002").cookies["dc_me"].value
        self.desk: Officer = officer_with("province_health_officer")


@pytest.fixture(scope="module")
def shop(server, database) -> Shop:
    return Shop()


def as_citizen(page: Page, cookie: str, server: str) -> Page:
    page.context.add_cookies([{"name": "dc_me", "value": cookie, "url": server}])
    return page


def faults_of(page: Page, *paths: str) -> dict[str, object]:
    found = {}
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found[path] = page.evaluate(FAULTS)
    return {path: faults for path, faults in found.items() if faults}


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_page_of_an_owner_is_too_wide_too_pale_too_small_or_unnamed(look, server, shop, width, language) -> None:
    own, quiet = (f"/cua-toi/dia-diem/{place.pk}" for place in (shop.place, shop.quiet))
    owner = as_citizen(look(width, language=language), shop.owner, server)
    assert faults_of(owner, "/cua-toi/dia-diem", "/cua-toi/dia-diem/them", quiet, *(own + end for end in OWN)) == {}
    worker = as_citizen(look(width, language=language), shop.worker, server)
    assert faults_of(worker, "/cua-toi/dia-diem", own) == {}


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_about_a_reported_or_needed_poster_is(look, server, shop, width, language) -> None:
    code = f"/P/{posters.code_text(shop.point)}"
    desk = look(width, language=language, officer=shop.desk)
    pages = ("/dia-diem", "/dia-diem?poster=needed", f"/dia-diem/{shop.place.pk}", f"/dia-diem/{shop.imported.pk}")
    assert faults_of(desk, "/ban-lam-viec", *pages) == {}
    assert faults_of(look(width, language=language), code, f"{code}/khong-dung-noi") == {}


def test_a_visitor_reports_a_poster_and_the_owner_closes_the_report(look, server, shop) -> None:
    visitor = look(PHONE)
    visitor.goto(f"/P/{posters.code_text(shop.point)}")
    visitor.get_by_role("link", name="Áp phích này không đúng nơi?").click()
    visitor.get_by_role("button", name="Báo áp phích không đúng nơi").click()
    assert "Đã báo" in visitor.locator("main [role=status]").inner_text()
    owner = as_citizen(look(PHONE), shop.owner, server)
    owner.goto(f"/cua-toi/dia-diem/{shop.place.pk}")
    owner.get_by_label("Đã làm gì").fill("đã gỡ tờ dán ở quán bên")
    owner.get_by_role("button", name="Xong").click()
    assert "đã gỡ tờ dán ở quán bên" in owner.locator("section", has=owner.locator("#reports")).inner_text()


def test_the_position_is_filled_in_from_the_device_with_how_exact_it_is(look, server, shop) -> None:
    page = as_citizen(look(PHONE), shop.owner, server)
    page.context.grant_permissions(["geolocation"], origin=server)
    page.goto("/cua-toi/dia-diem/them")
    page.get_by_text("Thêm giờ mở cửa, sức chứa, vị trí").click()
    here, said = page.get_by_role("button", name="Lấy vị trí của tôi"), page.locator("#position-said")
    for accuracy, words in ((12.4, "sai số khoảng 13 m"), (2500, "sai số tới 2500 m")):
        page.context.set_geolocation({"latitude": 12.004213, "longitude": 107.690711, "accuracy": accuracy})
        here.click()
        said.get_by_text(words).wait_for()
    assert page.get_by_label("Vĩ độ").input_value() == "12.00421"
    assert page.get_by_label("Kinh độ").input_value() == "107.69071"
    page.context.clear_permissions()
    here.click()
    said.get_by_text("không được phép").wait_for()


def test_without_a_script_the_position_is_typed(chromium, server, shop) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="vi-VN", base_url=server)
    page = as_citizen(context.new_page(), shop.owner, server)
    page.goto("/cua-toi/dia-diem/them")
    page.get_by_text("Thêm giờ mở cửa, sức chứa, vị trí").click()
    assert page.get_by_label("Vĩ độ").is_visible()
    assert not page.locator("[data-position-here]").is_visible()
    context.close()


KEY, TAP, PAGE, MESSAGE = 0.5, 3.0, 5.0, 20.0
"""Seconds of a slow thumb: two keys a second (36 words a minute, so 3 keys, are usual on phones: Palin et al. 2019),
to find and tap something, to read a page, to wait for a message and look at it.
"""


class Thumb:
    """Somebody's thumb on a phone; how long it takes is counted, not measured."""

    def __init__(self, page: Page) -> None:
        self.page, self.seconds = page, PAGE

    def taps(self, name: str, *, role: str = "button", leads_on: bool = False) -> None:
        self.page.get_by_role(role, name=name).first.click()
        self.seconds += TAP + (PAGE if leads_on else 0)

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.press_sequentially(text)
        self.seconds += TAP + KEY * len(text)

    def chooses(self, label: str, choice: str) -> None:
        self.page.get_by_label(label, exact=False).first.select_option(label=choice)
        self.seconds += 2 * TAP


def test_a_slow_thumb_registers_a_place_and_holds_its_poster_within_two_minutes(look) -> None:
    page = look(PHONE)
    page.goto("/cua-toi/dia-diem/them")
    thumb = Thumb(page)
    thumb.types("Số điện thoại", "0912500077")
    thumb.taps("Gửi mã", leads_on=True)
    thumb.seconds += MESSAGE
    thumb.types("Mã trong tin nhắn", code_sent_to("0912500077"))
    thumb.taps("Đăng nhập", leads_on=True)
    thumb.types("Tên địa điểm", "Quán phở Hoà")
    thumb.chooses("Loại hình", "Nhà hàng, quán ăn")
    thumb.types("Xã, phường", "bac gia")
    thumb.taps("Phường Bắc Gia Nghĩa", role="option")
    thumb.types("Địa chỉ", "12 Lê Duẩn")
    thumb.taps("Đăng ký địa điểm", leads_on=True)
    poster = page.get_by_role("link", name="In tờ mã A4").get_attribute("href")
    assert poster
    assert page.request.get(poster).headers["content-type"] == "application/pdf"
    assert thumb.seconds < 120
    print(f"{thumb.seconds:.0f} s")
