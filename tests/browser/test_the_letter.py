"""The letter in a real browser: the department writes and sends it, a commune acknowledges, the laggard is reminded."""

import pypdfium2
import pytest
from support.letter import BASE, Province, counted, dak_nong, the_letter, writer, writes

from dauchan.directives.models import Ladder, Task
from dauchan.kernel import clock

CLOCK = "2021-07-19T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


def open_fold(page, words: str) -> None:
    page.locator("summary", has_text=words).first.click()


def test_from_the_letter_to_the_reminder(look, province, tmp_path):
    letter = the_letter()
    draft = writes(writer(province), letter | {"orders": letter["orders"][:3]}, number="")
    page = look(1280, officer=province.manager)
    page.goto(f"{BASE}/{draft.pk}")
    open_fold(page, "Thêm nhiệm vụ")
    page.get_by_label("Nhiệm vụ", exact=True).fill(letter["orders"][3]["text"])
    page.get_by_label("Hạn", exact=True).fill("2021-07-31")
    page.get_by_role("button", name="Thêm nhiệm vụ").click()
    page.get_by_text("Đã thêm nhiệm vụ").wait_for()
    assert page.get_by_text("số văn bản").is_visible()
    page.get_by_role("link", name="Sửa").click()
    page.get_by_label("Số", exact=True).fill("702")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_role("button", name="Gửi đến").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("đang được báo tin").wait_for()

    commune = province.commune("Ủy ban nhân dân xã Đắk Wil")
    phone = look(360, officer=province.focal(commune))
    phone.goto(f"{BASE}/{draft.pk}")
    phone.get_by_role("button", name="Báo đã nhận").click()
    phone.get_by_text("đã báo nhận lúc").wait_for()
    phone.get_by_role("link", name="Phân công cán bộ").first.click()
    phone.get_by_label("Kết quả, ghi chú").fill("Đã cử cán bộ văn phòng")
    phone.get_by_role("button", name="Báo đã xong").click()
    phone.get_by_text("Đã ghi.").wait_for()
    done = Task.objects.get(order__directive=draft, order__position=2, agency=commune)
    assert (done.state, done.note) == ("done", "Đã cử cán bộ văn phòng")

    slow = province.commune("Ủy ban nhân dân xã Đắk Som")
    today = clock.local_day(clock.now())
    counted(slow.unit_id, should_exist=20, matched=3, registered=4)
    page.goto(f"{BASE}/don-doc/moi")
    page.get_by_text("Chưa chọn nơi nào").wait_for()
    page.evaluate(
        """([path, unit]) => {
            const form = document.createElement('form');
            form.method = 'post'; form.action = path;
            const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
            for (const [name, value] of [['csrfmiddlewaretoken', token], ['unit', unit], ['indicator', 'coverage']]) {
                const field = document.createElement('input');
                field.type = 'hidden'; field.name = name; field.value = value; form.append(field);
            }
            document.body.append(form); form.submit();
        }""",
        [f"{BASE}/don-doc/moi", str(slow.unit_id)],
    )
    page.get_by_text("15 %").wait_for()
    page.get_by_label("Ký hiệu").fill("STTTT-CNTT")
    page.get_by_label("Địa danh").fill("Đắk Nông")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_text("Tải về để trình ký").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF").click()
    kept = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(kept)
    pdf = pypdfium2.PdfDocument(kept)
    text = " ".join(" ".join(sheet.get_textpage().get_text_range().split()) for sheet in pdf)
    assert "Ủy ban nhân dân xã Đắk Som" in text
    assert "15,0" in text
    page.get_by_role("link", name="Sửa").click()
    page.get_by_label("Số", exact=True).fill("801")
    page.get_by_label("Ngày ký").fill(today.isoformat())
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_label("Lý do của bước này").fill("15 % sau một tuần")
    page.get_by_role("button", name="Gửi đến").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("đang được báo tin").wait_for()
    assert Ladder.objects.get(subject_id=slow.unit_id).reminders == 1
    page.goto(f"{BASE}/don-doc")
    assert page.get_by_text("Đôn đốc lần 2").is_visible()
