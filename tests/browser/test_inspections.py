"""An inspector's phone in a real Chromium: a list taken along, places without network, a killed tab, sent once."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from support.axe import grave_faults
from support.gate import eventually, kill
from support.inspecting import inspector_at, places_along, plan_for
from support.officers import PASSWORD, officer_with, signed_in
from support.scene import Scene, two_communes

from dauchan.accounts.actions import Scope, end_role, grant_role
from dauchan.accounts.models import Officer
from dauchan.inspections.models import Inspection
from dauchan.kernel import clock
from dauchan.places import posters
from dauchan.places.models import Place

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    return two_communes()


@pytest.fixture(scope="module")
def road(scene) -> list[Place]:
    return places_along(scene.here, 4)


@pytest.fixture
def inspector(scene, road) -> Officer:
    made = inspector_at(scene.here)
    plan_for(made, scene.here)
    return made


def arrives(context: BrowserContext, officer: Officer, server: str) -> Page:
    """The officer has signed in on this phone and opens the app."""
    session = str(signed_in(officer).cookies["sessionid"].value)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.pages[0] if context.pages else context.new_page()
    page.goto("/app/kiem-tra")
    expect(page.get_by_role("button", name="Quán 01")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def answers(page: Page, name: str, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def inspects(page: Page, name: str, *, shown: str = "Có", reasons: tuple[str, ...] = (), taps: str = "") -> None:
    page.get_by_role("button", name=name).click()
    answers(page, name, "Có treo mã không?", shown)
    for reason in reasons:
        page.get_by_label(reason).check()
    if taps:
        page.get_by_role("button", name="Bắt đầu đếm").click()
        for tap in taps:
            page.get_by_role("button", name="Đến và quét" if tap == "x" else "Đến, không quét").click()
        page.get_by_role("button", name="Dừng đếm").click()
    page.get_by_role("button", name="Lưu kết quả").click()
    expect(page.get_by_role("heading", name="Kiểm tra tại chỗ")).to_be_visible()


def rows(officer: Officer) -> int:
    return Inspection.objects.filter(by=officer).count()


def test_three_places_without_network_and_a_killed_browser_arrive_exactly_once(opened, server, inspector, tmp_path):
    context = opened([], camera=False)
    page = arrives(context, inspector, server)
    context.set_offline(True)
    page.reload()
    inspects(page, "Quán 01", taps="x--x-")
    expect(page.get_by_text("Đã lưu kết quả của Quán 01 trên máy này, chờ gửi.")).to_have_attribute("role", "status")
    inspects(page, "Quán 02", shown="Không", reasons=("Không có mã",))
    page.get_by_role("button", name="Quán 03").click()
    answers(page, "Quán 03", "Có treo mã không?", "Có")
    page.get_by_role("button", name="Bắt đầu đếm").click()
    page.get_by_role("button", name="Đến và quét").click()
    page.get_by_role("button", name="Đến, không quét").click()
    expect(page.get_by_text("Người đến: 2 · Đã quét: 1")).to_be_visible()
    kill(tmp_path / "profile")

    context = opened([], camera=False)
    context.clear_cookies()  # a killed browser may have kept the session; it has run out by now
    context.set_offline(True)
    page = context.pages[0]
    page.goto("/app/kiem-tra")
    expect(page.get_by_role("status").first).to_contain_text("Chờ gửi: 2")
    page.get_by_role("button", name=re.compile("Quán 03.*đang ghi dở")).click()
    expect(page.get_by_text("Người đến: 2 · Đã quét: 1")).to_be_visible()
    page.get_by_role("button", name="Dừng đếm").click()
    page.get_by_role("button", name="Lưu kết quả").click()
    expect(page.get_by_role("status").first).to_contain_text("Chờ gửi: 3")
    assert rows(inspector) == 0

    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("Phiên làm việc đã hết.")).to_be_visible()
    page.get_by_role("link", name="Đăng nhập").click()
    page.get_by_label("Thư điện tử").fill(inspector.email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_role("status").first).to_have_text("Đã gửi hết")
    eventually(lambda: rows(inspector) == 3)
    page.reload()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1500)
    assert rows(inspector) == 3
    told = {each.place.name: each for each in Inspection.objects.filter(by=inspector).select_related("place")}
    assert {name: each.result for name, each in told.items()} == {
        "Quán 01": "good", "Quán 02": "missing", "Quán 03": "good",
    }  # fmt: skip
    assert [(each.visitors, each.seen_scans) for _, each in sorted(told.items())] == [(5, 2), (None, None), (2, 1)]
    expect(page.get_by_role("button", name="Quán 04")).to_be_visible()
    expect(page.get_by_role("button", name="Quán 01")).to_have_count(0)


def test_an_answer_that_got_lost_is_asked_again_and_counts_once(opened, server, inspector):
    page = arrives(opened([], camera=False), inspector, server)
    lost = []

    def lose(route):
        if not lost:
            lost.append(True)
            route.fetch()  # the server has it, the phone never hears so
            return route.abort()
        return route.continue_()

    page.route("**/api/v1/inspections", lose)
    inspects(page, "Quán 01")
    expect(page.get_by_text("không có mạng")).to_be_visible(timeout=20_000)
    assert rows(inspector) == 1
    expect(page.get_by_role("status").first).to_contain_text("Chờ gửi: 1")
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("status").first).to_have_text("Đã gửi hết")
    expect(page.get_by_text("Đã lưu và gửi kết quả của Quán 01.")).to_be_visible()
    page.get_by_role("button", name="Quán 02").click()
    page.get_by_role("button", name="Quay lại").click()
    expect(page.get_by_text("Đã lưu và gửi")).to_have_count(0)
    assert rows(inspector) == 1


def test_who_may_no_longer_inspect_there_reads_why_and_the_record_stays_on_the_phone(opened, server, inspector, scene):
    context = opened([], camera=False)
    page = arrives(context, inspector, server)
    grant_role(inspector, "inspector", Scope("unit", str(scene.elsewhere.pk)), by=None, now=clock.now())
    administrator, role = officer_with("administrator"), inspector.roles.get(scope_id=str(scene.here.pk))
    end_role(role.pk, by=administrator, now=clock.now())
    inspects(page, "Quán 02")
    expect(
        page.get_by_text("Địa điểm này nằm ngoài phạm vi kiểm tra của bạn. Bản ghi vẫn còn trên máy")
    ).to_be_visible()
    page.reload()
    expect(page.get_by_role("status").first).to_contain_text("không nhận: 1")
    assert rows(inspector) == 0
    grant_role(inspector, "inspector", Scope("unit", str(scene.here.pk)), by=None, now=clock.now())
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_role("status").first).to_have_text("Đã gửi hết")
    assert rows(inspector) == 1


def test_another_officer_on_the_same_phone_sends_nothing_under_their_name(opened, server, inspector, scene):
    context = opened([], camera=False)
    page = arrives(context, inspector, server)
    context.set_offline(True)
    inspects(page, "Quán 03")
    context.clear_cookies(name="sessionid")
    context.set_offline(False)
    other = inspector_at(scene.here)
    plan_for(other, scene.here)
    page = arrives(context, other, server)
    expect(page.get_by_text("Có bản ghi của tài khoản khác trên máy này.")).to_be_visible()
    assert (rows(inspector), rows(other)) == (0, 0)
    page = arrives(context, inspector, server)
    expect(page.get_by_role("status").first).to_have_text("Đã gửi hết")
    assert (rows(inspector), rows(other)) == (1, 0)


def test_a_form_without_an_answer_says_what_is_missing_and_hides_what_follows_from_no_code(opened, server, inspector):
    page = arrives(opened([], camera=False), inspector, server)
    page.get_by_role("button", name="Quán 01").click()
    page.get_by_role("button", name="Lưu kết quả").click()
    expect(page.get_by_role("alert")).to_contain_text("Hãy trả lời có treo mã hay không")
    expect(page.get_by_role("group", name="Mã đủ cỡ")).to_be_hidden()
    answers(page, "", "Có treo mã không?", "Có")
    expect(page.get_by_role("group", name="Mã đủ cỡ")).to_be_visible()


def poster(place: Place) -> str:
    return posters.code_text(place.points.select_related("place").get())


def test_the_camera_tells_the_code_of_this_place_from_that_of_another_and_from_another_app(
    opened, server, inspector, road
):
    for shown, said, own in (
        (poster(road[0]), "Đúng mã của nơi này.", "Có"),
        (poster(road[1]), "Đây là mã của nơi khác", "Không"),
        ("https://qr.tokhaiyte.vn/abc123", "Đây không phải mã của hệ thống này.", "Không"),
    ):
        page = arrives(opened([shown], profile=own + shown[-5:].replace("/", "")), inspector, server)
        page.get_by_role("button", name="Quán 01").click()
        answers(page, "", "Có treo mã không?", "Có")
        page.get_by_role("button", name="Quét thử mã").click()
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_role("group", name="Đúng mã của hệ thống này").get_by_label(own, exact=True)).to_be_checked()
        expect(page.get_by_role("group", name="Quét thử có được không?").get_by_label("Có", exact=True)).to_be_checked()
        other_app = page.get_by_label("Mã của ứng dụng khác")
        assert other_app.is_checked() == ("tokhaiyte" in shown)
        page.context.close()


def test_a_plan_drawn_at_a_desk_is_on_the_phone_of_its_inspector_in_the_order_to_go(look, scene, road):
    inspector = inspector_at(scene.here)
    page = look(1280, officer=inspector)
    page.goto("/trien-khai/kiem-tra/ke-hoach")
    page.get_by_label("Xã, phường").fill(scene.here.code)
    page.get_by_label("Độ chính xác").select_option("0.05")
    page.get_by_label("Chia nhóm").select_option(label="Nơi im lặng trước")
    page.get_by_label("Số nơi mỗi ngày").fill("2")
    page.get_by_role("button", name="Rút mẫu").click()
    expect(page.get_by_role("heading", name="Kế hoạch kiểm tra")).to_be_visible()
    listed = page.locator("tbody tr:not(.group)").evaluate_all(
        "rows => rows.map(row => row.querySelector('a').textContent)"
    )
    assert sorted(listed) == ["Quán 01", "Quán 02", "Quán 03", "Quán 04"]
    assert listed in (sorted(listed), sorted(listed, reverse=True)), "along the road, from one end to the other"
    assert page.locator("tr.group").count() == 2, "two a day"
    phone = look(360, officer=inspector)
    phone.goto("/app/kiem-tra")
    expect(phone.locator(".places .button.place")).to_have_count(2)
    names = phone.locator(".places .button.place strong").all_inner_texts()
    assert names == listed[:2]


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
def test_no_screen_of_an_inspector_locks_anybody_out(look, inspector, language):
    page = look(360, officer=inspector, language=language)
    page.goto("/app/kiem-tra")
    places = page.locator(".places .button.place")
    expect(places).to_have_count(4)
    faults = grave_faults(page)
    places.first.click()
    page.locator("input[name=poster_shown][value=yes]").check()
    page.get_by_role("button", name="Bắt đầu đếm" if language == "vi-VN" else "Begin to count").click()
    assert faults + grave_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
