"""A guide from end to end: written in two languages, published, found without accents, on paper, read, counted."""

import pypdfium2
import pytest
from playwright.sync_api import Page
from support.letter import Province, dak_nong

CLOCK = "2021-07-19T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
PHONE, DESK = 360, 1280
TITLE, FEW = "Quét mã ở bến xe", ("Quét mã", "Lên xe")
VIETNAMESE = ("Mở máy ảnh, quét mã ở cửa, bấm **Vào**.", "Lên xe và giữ khoảng cách.")
ENGLISH = ("Open the camera, scan the code at the door, press **Check in**.", "Get on and keep your distance.")


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


def writes(page: Page, title: str, summary: str, steps: tuple[str, ...], few: tuple[str, ...]) -> None:
    page.get_by_label("Tiêu đề").fill(title)
    page.get_by_label("Tóm tắt").fill(summary)
    for number, (words, poster) in enumerate(zip(steps, few, strict=True), 1):
        step = page.get_by_role("group", name=f"Bước {number}", exact=True)
        step.get_by_label("Lời", exact=True).fill(words)
        step.get_by_label("Vài chữ trên áp phích").fill(poster)


def test_a_guide_is_written_found_printed_and_understood(look, province):
    desk = look(DESK, officer=province.manager)
    desk.goto("/trien-khai/huong-dan")
    desk.get_by_role("link", name="Hướng dẫn mới").click()
    desk.get_by_label("Tiêu đề").fill(TITLE)
    desk.get_by_label("Dành cho").select_option(label="Người dân")
    desk.get_by_role("button", name="Viết hướng dẫn").click()
    for number, picture in ((1, "Quét mã"), (2, "Xe")):
        step = desk.get_by_role("group", name=f"Bước {number}", exact=True)
        step.get_by_label("Hình").select_option(label=picture)
    writes(desk, TITLE, "Dành cho hành khách.", VIETNAMESE, FEW)
    desk.get_by_role("button", name="Lưu bản nháp").click()
    desk.get_by_text("Đã lưu bản nháp").wait_for()
    desk.get_by_role("link", name="English").click()
    desk.get_by_text("Dịch từng bước").wait_for()
    writes(desk, "Scanning at the bus station", "For passengers.", ENGLISH, ("Scan the code", "Get on"))
    desk.get_by_role("button", name="Lưu và xem trước").click()
    desk.get_by_role("button", name="Công bố").click()
    desk.locator("#confirm [data-yes]").click()
    desk.get_by_text("Đã công bố").wait_for()

    citizen = look(PHONE)
    citizen.goto("/huong-dan")
    citizen.get_by_label("Tìm", exact=True).fill("ma o ben xe")
    citizen.get_by_role("button", name="Tìm hướng dẫn").click()
    citizen.get_by_role("link", name=TITLE).click()
    citizen.locator("strong", has_text="Vào").wait_for()
    assert citizen.locator(".guide-steps .icon").count() == len(VIETNAMESE)
    poster = citizen.request.get(str(citizen.get_by_role("link", name="Áp phích").get_attribute("href")))
    printed = pypdfium2.PdfDocument(poster.body())
    assert len(printed) == 1
    words = " ".join(printed[0].get_textpage().get_text_range().split())
    assert all(few in words for few in FEW)
    citizen.get_by_role("link", name="English").click()
    citizen.locator("strong", has_text="Check in").wait_for()

    focal = look(PHONE, officer=province.focal(province.commune("Ủy ban nhân dân xã Đắk Wil")))
    focal.goto("/trien-khai/huong-dan")
    focal.get_by_role("link", name=TITLE).click()
    focal.get_by_role("button", name="Tôi đã đọc và hiểu").click()
    focal.get_by_text("Bạn đã xác nhận đọc và hiểu bản này").wait_for()

    desk.reload()
    numbers = " ".join(desk.get_by_role("region", name="Đến được bao nhiêu người").inner_text().split())
    assert "Cán bộ đã đọc và hiểu 1/1" in numbers
    assert "Lượt mở trang 2" in numbers
    assert "Tải áp phích 1" in numbers
    desk.get_by_role("link", name="Ai đã đọc").click()
    desk.get_by_text("1 trên 1 cán bộ").wait_for()
