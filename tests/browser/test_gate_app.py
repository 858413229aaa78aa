"""The gate app in a real Chromium with a camera that sees real codes: joined, scanning, offline, killed, revoked."""

import time
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Route, expect
from support.camera import read_from_screen
from support.gate import PIN, code_for, comes_back, eventually, joins, kill, page_of, scans, stands, types_in
from support.officers import officer_with
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.gates import actions
from dauchan.gates.models import Device, Shift
from dauchan.kernel import clock
from dauchan.kernel.sealing import seal
from dauchan.people import vault
from dauchan.people.actions import issue_pass, register_person, reissue_pass, set_standing
from dauchan.people.models import Person
from dauchan.people.rules import Identity
from dauchan.places import posters
from dauchan.places.models import Place

pytestmark = pytest.mark.usefixtures("database")
CCCD = "067156000901|245000001|Trần Thị Mẫu|15081956|Nữ|Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông|02072021"
CANARIES = ("067156000901", "Mẫu", "0912999001", "Lê Thị Thử")


@pytest.fixture(scope="module")
def place(database) -> Place:
    return Place.objects.select_related("unit").get(pk=place_of_here(two_communes())["place_id"])


@pytest.fixture(scope="module")
def owner(place: Place) -> Officer:
    return officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))


def somebody(owner: Officer, place: Place, name: str) -> Person:
    return register_person(Identity(name=name, sex="female", birth_year=1961), place.unit_id, by=owner, now=clock.now())


def test_a_pass_and_a_card_are_recorded_without_a_tap_and_shown_under_their_masks(opened, place, owner):
    shown = issue_pass(somebody(owner, place, "Lê Thị Thử"), now=clock.now(), by=owner).text
    before = scans()
    page = joins(opened([shown, CCCD]), code_for(place, owner))
    stands(page)
    expect(page.get_by_text("Lê Thị *** · Nữ · 1961")).to_be_visible()
    expect(page.get_by_text("Đã ghi nhận, chưa có tờ khai")).to_be_visible()
    expect(page.get_by_text("Trần Thị *** · Nữ · 1956")).to_be_visible()
    eventually(lambda: scans() == before + 2)
    expect(page.locator(".bar")).to_have_text("Đã gửi hết")
    time.sleep(4)
    assert scans() == before + 2, "the film goes round, but a repeat is no second arrival"


def test_red_says_what_to_do_and_a_replaced_pass_is_not_taken(opened, place, owner):
    person = somebody(owner, place, "Đỗ Thị Thử")
    set_standing(
        person, "manual", colour="red", action_vi="Mời đứng riêng, gọi trạm y tế", reason="x", by=owner, now=clock.now()
    )
    replaced = somebody(owner, place, "Hồ Thị Thử")
    old = issue_pass(replaced, now=clock.now(), by=owner).text
    reissue_pass(replaced, by=owner, now=clock.now(), reason="lost")
    page = joins(opened([issue_pass(person, now=clock.now(), by=owner).text, old]), code_for(place, owner))
    stands(page)
    expect(page.get_by_text("Mời đứng riêng, gọi trạm y tế")).to_be_visible()
    expect(page.locator(".result.red .word")).to_have_text("Đỏ")
    expect(page.get_by_text("đã được thay bằng mã mới")).to_be_visible()


def test_without_network_everything_goes_on_and_nothing_readable_is_on_the_disk(opened, place, owner, tmp_path):
    context = opened([CCCD])
    page = joins(context, code_for(place, owner))
    before = scans()
    stands(page)
    eventually(lambda: scans() == before + 1)
    expect(page.locator(".bar")).to_have_text("Đã gửi hết")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    before += 1
    types_in(page, "0912 999 001")
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 1")
    expect(page.get_by_text("Đã ghi, chưa kiểm tra")).to_be_visible()
    assert scans() == before
    page.reload()
    comes_back(page)
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 1")
    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    eventually(lambda: scans() == before + 1)
    expect(page.locator(".bar")).to_have_text("Đã gửi hết")
    assert found_in(tmp_path / "profile") == []


def found_in(profile: Path) -> list[tuple[str, str]]:
    """Canaries in any file of a profile, in UTF-8 or UTF-16."""
    found = []
    for file in profile.rglob("*"):
        content = file.read_bytes() if file.is_file() and not file.is_symlink() else b""
        for canary in CANARIES:
            if canary.encode() in content or canary.encode("utf-16-le") in content:
                found += [(file.name, canary)]
    return found


def test_a_browser_killed_with_a_queue_sends_it_once_when_it_comes_back(opened, place, owner, tmp_path):
    context = opened([CCCD], camera=False)
    page = joins(context, code_for(place, owner))
    stands(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    before = scans()
    for number in range(3):
        types_in(page, f"09129990{number:02d}")
        expect(page.locator(".bar")).to_contain_text(f"Chờ gửi: {number + 1}")
    kill(tmp_path / "profile")
    again = opened([CCCD], camera=False)
    comes_back(page_of(again))
    eventually(lambda: scans() == before + 3)
    time.sleep(2)
    assert scans() == before + 3


def test_a_revoked_device_keeps_its_queue_and_says_so(opened, place, owner):
    page = joins(opened([CCCD], camera=False), code_for(place, owner))
    stands(page)
    device = Device.objects.latest("credential__made_at")
    actions.revoke_device(device, by=owner, now=clock.now())
    time.sleep(1)
    types_in(page, "0912999077")
    expect(page.locator(".bar")).to_contain_text("thiết bị đã bị thu hồi")
    expect(page.locator(".bar")).to_contain_text("Chờ gửi: 1")


def test_the_owners_code_is_scanned_inside_the_app(opened, place, owner):
    address = f"https://dauchan.test/app/cong#{code_for(place, owner)}"
    page = page_of(opened([CCCD, address], seconds=3.0))
    page.goto("/app/cong")
    page.get_by_role("button", name="Quét mã tham gia").click()
    expect(page.get_by_text("Đây không phải mã tham gia")).to_be_visible()
    expect(page.get_by_label("Mã tham gia")).to_have_value(address[-10:])
    expect(page.locator("video")).to_be_hidden()
    page.get_by_label("Tên người trực").fill("Chị Tư")
    page.get_by_label("Đặt mã PIN của bạn").fill(PIN)
    page.get_by_label("Gõ lại mã PIN").fill(PIN)
    page.get_by_role("button", name="Tham gia", exact=True).click()
    stands(page)
    assert Device.objects.latest("credential__made_at").credential.place_id == place.pk


def test_without_a_camera_it_says_what_to_do_and_the_app_speaks_english(opened, place, owner):
    context = opened([CCCD], camera=False, language="en-US")
    page = page_of(context)
    page.goto(f"/app/cong#{code_for(place, owner)}")
    page.get_by_label("Name of the keeper").fill("Tu")
    page.get_by_label("Choose your PIN").fill(PIN)
    page.get_by_label("Type the PIN again").fill(PIN)
    page.get_by_role("button", name="Join", exact=True).click()
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.get_by_text("The camera can't be used")).to_be_visible()
    assert page.url.endswith("/app/cong"), "the code of one use does not stay in the address"


def test_the_number_on_a_card_is_typed_where_no_camera_reads_its_code(opened, place, owner):
    issued = issue_pass(somebody(owner, place, "Mai Thị Thử"), now=clock.now(), by=owner)
    page, before = joins(opened([CCCD], camera=False), code_for(place, owner)), scans()
    page.get_by_role("button", name="Vào").click()
    types_in(page, issued.number[:-1] + ("0" if issued.number[-1] != "0" else "1"))
    expect(page.get_by_text("Số chưa đúng")).to_be_visible()
    page.get_by_role("button", name="Quay lại").click()
    types_in(page, issued.number.lower())
    eventually(lambda: scans() == before + 1)
    token = seal(vault.the_keyring().day_key(clock.local_day(clock.now())), issued.person_id)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from visits_scan where token = %s", [token])
        assert cursor.fetchone() == (1,)


@pytest.mark.long
def test_a_queue_of_forty_moves_in_under_four_minutes(opened, place, owner):
    """25 passes and 10 cards, a second and a half each, then five people with nothing, typed as by a slow hand."""
    passes = [
        issue_pass(somebody(owner, place, f"Người Thứ {number}"), now=clock.now(), by=owner).text
        for number in range(25)
    ]
    cards = [CCCD.replace("067156000901", f"0671560011{number:02d}") for number in range(10)]
    before, begun = scans(), time.monotonic()
    page = joins(opened([*passes, *cards], seconds=1.2, blank=0.3), code_for(place, owner))
    stands(page)
    eventually(lambda: scans() >= before + 35, 120)
    with_codes = time.monotonic() - begun
    begun = time.monotonic()
    for number in range(5):
        page.get_by_role("button", name="Nhập tay").click()
        page.get_by_label("Số điện thoại, căn cước hoặc mã thẻ").press_sequentially(f"09127770{number:02d}", delay=400)
        page.get_by_role("button", name="Ghi", exact=True).click()
        expect(page.locator(".stage")).to_be_visible()
    eventually(lambda: scans() >= before + 40, 30)  # the film goes round, and after a minute nobody is a repeat
    typed = time.monotonic() - begun
    assert with_codes + typed < 240
    assert 35 / with_codes * 60 >= 20
    assert 5 / typed * 60 >= 6


def test_a_screen_at_the_entrance_shows_another_code_each_half_minute_and_says_when_it_has_none(opened, place, owner):
    context = opened([], camera=False)
    page = joins(context, code_for(place, owner))
    point = place.points.first()
    page.get_by_role("button", name="Chiếu mã lên màn hình này").first.click()
    expect(page.get_by_role("heading", name=place.name)).to_be_visible()
    first = read_from_screen(page)
    assert first.startswith("HTTPS://DAUCHAN.TEST/P/")
    found, code = posters.point_of_code(first)
    assert (found.pk, code.is_on_screen(clock.now())) == (point.pk, True)
    page.clock.install()
    page.clock.fast_forward(31_000)
    eventually(lambda: read_from_screen(page) != first)
    context.set_offline(True)
    page.clock.fast_forward(2 * 3_600_000)
    expect(page.get_by_text("Cần có mạng để lấy mã mới.")).to_be_visible()
    expect(page.locator("canvas.pass")).to_be_hidden()


def test_the_screen_of_a_device_that_is_lost_shows_no_code_after_it_is_revoked(opened, place, owner):
    page = joins(opened([], camera=False), code_for(place, owner))
    page.clock.install()
    page.get_by_role("button", name="Chiếu mã lên màn hình này").first.click()
    read_from_screen(page)
    actions.revoke_device(Device.objects.latest("credential__made_at"), by=owner, now=clock.now())
    page.clock.fast_forward(31 * 60_000)
    expect(page.locator("canvas.pass")).to_be_hidden()


def test_the_end_of_a_shift_that_came_while_its_beginning_was_told_is_told_too(opened, place, owner):
    context = opened([], camera=False)
    held: list[Route] = []

    def hold_first_and_lose_second(route: Route) -> None:
        held.append(route)
        if len(held) == 2:
            route.abort()
        elif len(held) > 2:
            route.continue_()

    context.route("**/api/v1/gate/shifts", hold_first_and_lose_second)
    page = joins(context, code_for(place, owner), keeper="Cô Sáu")
    page.get_by_role("button", name="Vào").click()
    page.get_by_role("button", name="Cô Sáu").click()
    page.wait_for_timeout(500)
    assert len(held) == 2
    held[0].continue_()
    page.wait_for_timeout(1500)
    shift = Shift.objects.get(keeper__name="Cô Sáu")
    assert shift.ended_at is None
    page.get_by_role("button", name="Cô Sáu").click()
    page.get_by_label("Mã PIN").fill(PIN)
    page.get_by_role("button", name="Bắt đầu trực").click()
    page.wait_for_timeout(1500)
    assert Shift.objects.get(pk=shift.pk).ended_at is not None
