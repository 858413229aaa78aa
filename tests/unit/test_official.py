"""Official documents after Decree 30/2020/NĐ-CP: what a reader finds in the files, and where."""

import io
from dataclasses import replace
from datetime import date

import docx as word
import pypdfium2
import pytest
from docx.document import Document
from docx.shared import Mm, Pt

from dauchan.kernel.official import (
    Annex,
    Heading,
    Listing,
    Official,
    Picture,
    Table,
    Text,
    docx,
    pdf,
    written,
)

ROWS = tuple((number, f"Xã {number}", number / 2) for number in range(1, 101))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="20" height="10" fill="#555"/></svg>'
LETTER = Official(
    upper="Ủy ban nhân dân tỉnh Đắk Nông",
    issuer="Sở Thông tin và Truyền thông",
    number="",
    symbol="STTTT-CNTT",
    place="Đắk Nông",
    dated=None,
    kind="",
    subject="đôn đốc đăng ký địa điểm quét mã QR",
    addressees=("Văn phòng Tỉnh ủy", "Ủy ban nhân dân các xã, phường, thị trấn"),
    body=(
        Text("Thực hiện Công văn số 2242/UBND-KGVX ngày 11/5/2021."),
        Heading("1. Đề nghị"),
        Listing(("Phân công cán bộ", "Khai báo địa điểm")),
        Picture(SVG, "Độ phủ", "Một nửa"),
    ),
    signer_title="KT. GIÁM ĐỐC\nPhó Giám đốc",
    signer_name="Nguyễn Văn Mẫu",
    copies=("Như trên", "Lưu: VT, CNTT"),
    annexes=(
        Annex(
            "Đơn vị chưa đạt",
            (
                Table(
                    "",
                    ("STT", "Đơn vị", "Độ phủ (%)"),
                    tuple((n, f"Xã {n}", n / 2) for n in range(1, 101)),
                    ("Tính đến 16:00.",),
                ),
            ),
        ),
    ),
)
REPORT = replace(LETTER, kind="Báo cáo", number="5", dated=date(2021, 2, 3), addressees=("UBND tỉnh",), annexes=())


def printed(official: Official) -> list[str]:
    document = pypdfium2.PdfDocument(pdf(official))
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def opened(official: Official) -> Document:
    return word.Document(io.BytesIO(docx(official)))


def words(document: Document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_an_english_copy_has_an_english_frame_and_says_that_it_is_a_copy() -> None:
    annex = replace(LETTER.annexes[0], title="Lagging units")
    copy = replace(REPORT, kind="Report", copies=("As above",), annexes=(annex,), language="en")
    for text in (" ".join(printed(copy)), " ".join(words(opened(copy)).split())):
        for part in (
            "SOCIALIST REPUBLIC OF VIET NAM",
            "No. 05/STTTT-CNTT",
            "Đắk Nông, 3 February 2021",
            "English copy; the document is the one in Vietnamese",
            "To: UBND tỉnh",
            "Recipients:",
            "(Attached to document No. 05/STTTT-CNTT of 3 February 2021 by Sở Thông tin và Truyền thông)",
        ):
            assert part in text
        for vietnamese in ("Kính gửi", "Nơi nhận", "PHỤ LỤC", "Số:", "CỘNG HÒA"):
            assert vietnamese not in text


def test_a_table_of_many_columns_is_set_smaller_so_that_no_word_of_it_breaks() -> None:
    headers = ("Unit", "Registered", "Coverage", "New places", "Places with a scan", "Share of places with a scan")
    headers += ("Scans", "Check-ins", "People scanned", "Reporting zero", "Not reporting", "Share of residents")
    crowded = Table("", headers, (("Phường Đông Hưng Thuận", 129, *["30.99%"] * 10),))
    annex = Annex("Figures by unit", (crowded,), landscape=True)
    *_, page = printed(replace(REPORT, annexes=(annex,), language="en"))
    assert " ".join(headers) in page
    assert page.count("30.99%") == 10
    cell = opened(replace(REPORT, annexes=(annex,))).tables[-1].rows[1].cells[0]
    assert cell.paragraphs[0].runs[0].font.size == Pt(10)


def test_both_files_carry_every_part_of_the_letter() -> None:
    for text in (" ".join(printed(LETTER)), " ".join(words(opened(LETTER)).split())):
        for part in (
            "ỦY BAN NHÂN DÂN TỈNH ĐẮK NÔNG",
            "SỞ THÔNG TIN VÀ TRUYỀN THÔNG",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "/STTTT-CNTT",
            "Đắk Nông, ngày ..... tháng ..... năm ......",
            "V/v đôn đốc đăng ký địa điểm quét mã QR",
            "Kính gửi:",
            "- Văn phòng Tỉnh ủy;",
            "- Ủy ban nhân dân các xã, phường, thị trấn.",
            "Nơi nhận:",
            "- Như trên;",
            "- Lưu: VT, CNTT.",
            "PHÓ GIÁM ĐỐC",
            "Nguyễn Văn Mẫu",
            "PHỤ LỤC",
            "ĐƠN VỊ CHƯA ĐẠT",
            "Xã 100",
            "Tính đến 16:00.",
        ):
            assert part in text, part


def test_a_report_names_its_kind_and_has_its_number_and_date_as_the_decree_writes_them() -> None:
    for text in (printed(REPORT)[0], " ".join(words(opened(REPORT)).split())):
        assert "BÁO CÁO" in text
        assert "V/v" not in text
        assert "Số: 05/STTTT-CNTT" in text
        assert "ngày 03 tháng 02 năm 2021" in text
        assert "Kính gửi: UBND tỉnh" in text
        assert "Kính gửi: UBND tỉnh." not in text


def test_the_pages_are_a4_and_numbered_from_the_second_on() -> None:
    document = pypdfium2.PdfDocument(pdf(LETTER))
    assert {tuple(round(side * 25.4 / 72) for side in page.get_size()) for page in document} == {(210, 297)}
    first, *others = printed(LETTER)
    assert not first.startswith("1 ")
    assert [page.split()[0] for page in others] == [str(number) for number in range(2, len(others) + 2)]
    section, annex = opened(LETTER).sections
    assert section.different_first_page_header_footer
    assert not annex.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert [round(side.mm) for side in (section.left_margin, section.right_margin, section.top_margin)] == [30, 15, 20]


def test_a_long_annex_repeats_its_header_on_each_page() -> None:
    annex = [page for page in printed(LETTER) if "Xã" in page]
    assert len(annex) > 1
    assert all("Độ phủ (%)" in page for page in annex)
    table = opened(LETTER).tables[-1]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert len(table.rows) == 101


def test_a_wide_annex_lies_on_its_side() -> None:
    wide = replace(LETTER, annexes=(replace(LETTER.annexes[0], landscape=True),))
    widths = [round(page.get_width() * 25.4 / 72) for page in pypdfium2.PdfDocument(pdf(wide))]
    assert widths[0] == 210
    assert widths[-1] == 297
    assert round(opened(wide).sections[-1].page_width.mm) == 297


def test_a_picture_has_its_words_for_who_cannot_see_it() -> None:
    document = opened(LETTER)
    assert 'descr="Một nửa"' in document.element.xml
    assert document.inline_shapes[0].width > Mm(150)


@pytest.mark.parametrize(
    ("cell", "text"), [(1234567, "1.234.567"), (12.54, "12,5"), (None, "–"), ("007", "007"), ("a\x00b", "a�b")]
)
def test_cells_are_written_the_vietnamese_way(cell: str | int | float | None, text: str) -> None:
    assert written(cell) == text


def test_signs_that_word_files_or_templates_read_as_commands_stay_text() -> None:
    odd = replace(LETTER, subject="<b> & #show \x07 $x$ *y* _z_ @a", annexes=())
    assert "V/v <b> & #show � $x$ *y* _z_ @a" in printed(odd)[0]
    assert "V/v <b> & #show � $x$ *y* _z_ @a" in words(opened(odd))
