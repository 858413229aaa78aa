"""Files from offices: every usual encoding and delimiter is read, every line is numbered, nothing vanishes."""

import io
import re
import unicodedata
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from dauchan.places import columns, sheets
from dauchan.places.sheets import read_file

ROWS = [["Tên địa điểm", "Xã"], ["Chợ Gia Nghĩa", "Bắc Gia Nghĩa"], ["Quán Đắk Mil", "Đắk Mil"]]


def as_csv(delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in ROWS) + "\n"


def as_xlsx(rows: list[list[object]], *more: str) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title in more:
        book.create_sheet(title)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_encoding_and_delimiter_is_read(encoding, delimiter):
    sheet = read_file(as_csv(delimiter).encode(encoding))
    assert [list(sheet.header), *(list(line.cells) for line in sheet.lines)] == ROWS
    assert [line.number for line in sheet.lines] == [2, 3]


def test_the_old_code_page_of_windows_is_read_and_said():
    tones = "\u0300\u0301\u0303\u0309\u0323"
    text = unicodedata.normalize("NFD", "Tên,Xã\r\nChợ Đông,Đắk Nông\r\n")
    apart = re.sub(f"([^{tones}]+)", lambda found: unicodedata.normalize("NFC", found[0]), text)
    apart = re.sub(f"(.)([{tones}])([\u0302\u0306\u031b])", r"\1\3\2", apart)
    sheet = read_file(apart.encode("cp1258"))
    assert sheet.lines[0].cells == ("Chợ Đông", "Đắk Nông")
    assert any("1258" in note for note, _ in sheet.notes)


def test_a_file_in_an_unknown_encoding_is_refused_with_what_to_do():
    with pytest.raises(sheets.EncodingUnknown, match="UTF-8"):
        read_file("Tên,Xã\nChî Gia NghÜa §¾k\n".encode("latin-1"))


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\xd0\xcf\x11\xe0old", b"%PDF-1.4", b"PK\x03\x04broken", b'a,b\n"x' + b"y" * 200_000]
)
def test_what_is_no_table_is_refused(content):
    with pytest.raises(sheets.FileUnreadable):
        read_file(content)


def test_a_line_break_inside_quotes_keeps_the_numbers_right():
    sheet = read_file(b'a,b\n"x\ny",1\n\nz,2\n')
    assert [(line.number, line.cells[0]) for line in sheet.lines] == [(2, "x\ny"), (5, "z")]
    assert sheet.blank == 1


def test_too_many_cells_in_a_line_are_a_fault_of_that_line():
    sheet = read_file(b"a,b\n1,2,3\n4,5\n")
    assert [[problem.kind for _, problem in line.faults] for line in sheet.lines] == [["line_too_long"], []]


def test_formulas_and_errors_are_refused_with_the_address_of_the_cell():
    sheet = read_file(as_xlsx([["Tên", "Xã"], ["=1+1", "x"], ["y", "#N/A"]]))
    told = [problem.text("en") for line in sheet.lines for _, problem in line.faults]
    assert told == ["Cell A2 is a formula. Paste its value instead.", "Cell B3 holds a spreadsheet error."]


def test_numbers_dates_and_other_sheets_of_a_workbook_are_read_as_typed_and_said():
    day = datetime(2021, 8, 17, tzinfo=UTC).replace(tzinfo=None)
    sheet = read_file(as_xlsx([["a", "b", "c", "d"], [912345678.0, 1.5, day, True], [None] * 4, ["x"]], "Phụ lục"))
    assert [line.cells for line in sheet.lines] == [("912345678", "1.5", "17/08/2021", "1"), ("x", "", "", "")]
    assert sheet.blank == 1
    assert any("Phụ lục" in note for note, _ in sheet.notes)


def test_a_file_of_too_many_lines_fails_aloud():
    with pytest.raises(sheets.FileTooLarge):
        read_file(b"a\n" + b"x\n" * (sheets.LINES_LIMIT + 1))


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (sheets.UNPACKED_LIMIT + 1))
    with pytest.raises(sheets.FileTooLarge):
        read_file(file.getvalue())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_crash_the_reader(content):
    try:
        sheet = read_file(content)
    except sheets.FileUnreadable:
        return
    assert all(len(line.cells) == len(sheet.header) for line in sheet.lines)
    assert columns.guess(sheet.header).keys() <= columns.FIELDS.keys()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=2, max_size=4)),
    st.sampled_from(sheets.DELIMITERS),
)
def test_every_record_is_a_line_a_blank_or_a_fault(rows, delimiter):
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["tên", "xã", "c", "d"], *rows])
    sheet = read_file(text.getvalue().encode())
    assert len(sheet.lines) + sheet.blank == len(rows)


@pytest.mark.parametrize(
    ("header", "guessed"),
    [
        (["STT", "TÊN ĐỊA ĐIỂM", "Xã/Phường", "Số điện thoại", "Mã"],
         {"name": 1, "unit": 2, "owner_phone": 3, "external_code": 4}),
        (["Name", "Commune", "Category", "Latitude", "Longitude"],
         {"name": 0, "unit": 1, "category": 2, "latitude": 3, "longitude": 4}),
        (["Tên cơ sở (bắt buộc)", "Phường, xã", "Quận, huyện", "Tỉnh", "Địa chỉ"],
         {"name": 0, "unit": 1, "district": 2, "province": 3, "address": 4}),
        (["foo", "Tình trạng", "Tên trường", "Xã hội hóa"], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_their_headers(header, guessed):
    assert columns.guess(header) == guessed


def test_the_header_of_the_template_is_understood_in_both_languages():
    for language in (0, 1):
        header = [names[language] for names in columns.FIELDS.values()]
        assert columns.guess(header) == {name: position for position, name in enumerate(columns.FIELDS)}


def test_a_mapping_must_name_the_required_columns_once():
    with pytest.raises(columns.ColumnsMissing, match="Tên địa điểm"):
        columns.check_mapping({"unit": 0}, ["a", "b"])
    with pytest.raises(columns.ColumnTwice):
        columns.check_mapping({"name": 0, "unit": 0}, ["a", "b"])
    assert columns.parse_mapping("name=Cột A, unit=2", ["cot a", "x"]) == {"name": 0, "unit": 1}


@pytest.mark.parametrize(("text", "value"), [("", None), ("12", 12), ("1.200", 1200), ("1 200", 1200), ("1,200", 1200)])
def test_whole_numbers_are_read_as_written_in_two_countries(text, value):
    assert columns.whole_number(text) == value


def test_points_are_names_or_a_number():
    assert [point.name for point in columns.points("Cổng A; Cổng B")] == ["Cổng A", "Cổng B"]
    assert [point.name for point in columns.points("2")] == ["Cổng chính", "Điểm 2"]


def test_a_quote_that_was_never_closed_does_not_swallow_lines_in_silence():
    sheet = read_file('Tên,Xã,Ghi chú\nA,X,"mở\nB,X,\nC,X,\n'.encode())
    assert [(line.number, [(column, fault.kind) for column, fault in line.faults]) for line in sheet.lines] == [
        (2, [(2, "lines_swallowed")])
    ]


def test_a_cell_of_several_lines_is_no_fault():
    sheet = read_file('Tên,Xã,Ghi chú\nA,X,"cổng trước, mở 8 giờ\ncổng sau, đóng"\n'.encode())
    assert [line.faults for line in sheet.lines] == [()]
