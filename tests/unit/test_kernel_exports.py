"""Every spreadsheet is safe to open: typed text, whole rows, nothing cut off in silence."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from support.formulas import FORMULAS, HARMLESS

from dauchan.kernel import exports


def cells(content: bytes) -> list[tuple[object, str]]:
    """Values and types of all cells below the header."""
    sheet = load_workbook(io.BytesIO(content)).active
    return [(cell.value, cell.data_type) for row in sheet.iter_rows(min_row=2) for cell in row]


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_a_text_in_a_workbook_is_never_a_formula(text):
    content = exports.xlsx("Địa điểm", ["Tên"], [[text]]).content
    ((value, kind),) = cells(content)
    assert kind in {"s", "inlineStr"}
    assert value == exports.shown(text).replace("\r", "\n")
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 't="e"' not in sheet


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_file_begins_a_formula_whatever_the_separator(text, separator):
    lines = exports.csv_file(["a", "b"], [["x", text]]).content.decode("utf-8-sig")
    naive = [cell for line in lines.splitlines() for cell in line.split(separator)]
    read = [cell for row in csv.reader(io.StringIO(lines), delimiter=separator) for cell in row]
    for cell in [*naive, *read]:
        assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell), repr(cell)


@pytest.mark.parametrize("text", HARMLESS)
def test_phone_numbers_and_addresses_survive_both_formats(text):
    assert cells(exports.xlsx("x", ["a"], [[text]]).content) == [(text, "s")]
    rows = list(csv.reader(io.StringIO(exports.csv_file(["a"], [[text]]).content.decode("utf-8-sig"))))
    assert rows == [["a"], [text]]


def test_columns_are_as_wide_as_header_and_content_and_no_row_is_lost_by_measuring():
    rows = ([f"Phường Đông Hưng Thuận {number}", number] for number in range(500))
    sheet = load_workbook(
        io.BytesIO(exports.xlsx("x", ["Tên", "Số địa điểm đã đăng ký"], rows, expected=500).content)
    ).active
    widths = [sheet.column_dimensions[letter].width for letter in "AB"]
    assert widths[0] >= len("Phường Đông Hưng Thuận 499")
    assert widths[1] >= len("Số địa điểm đã đăng ký") * 1.2
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == list(range(500))


def test_what_cannot_be_shown_is_replaced_for_all_to_see():
    assert exports.shown("a\x00b\ud800c") == "a�b�c"
    assert exports.shown("x" * 40_000) == "x" * 32_766 + "…"


@given(st.text(max_size=200))
def test_no_text_makes_an_export_fail(text):
    export = exports.xlsx("x", ["a"], [[text]])
    ((value, _),) = cells(export.content)
    assert isinstance(value, str | None)
    assert exports.csv_file(["a"], [[text]]).rows == 1


def test_numbers_days_and_instants_keep_their_types_and_times_are_local():
    noon_utc = datetime(2021, 8, 17, 5, tzinfo=UTC)
    row = [7, 2.5, date(2021, 8, 17), noon_utc, None]
    values = [value for value, _ in cells(exports.xlsx("x", list("abcde"), [row]).content)]
    assert values[:2] == [7, 2.5]
    assert [str(value) for value in values[2:]] == ["2021-08-17 00:00:00", "2021-08-17 12:00:00", "None"]
    (_, read) = csv.reader(io.StringIO(exports.csv_file(list("abcde"), [row]).content.decode("utf-8-sig")))
    assert read == ["7", "2.5", "2021-08-17", "2021-08-17T12:00:00+07:00", ""]


def test_one_row_too_many_fails_aloud():
    with pytest.raises(exports.TooManyRows):
        exports.csv_file(["a"], ([str(number)] for number in range(1_048_576)))


def test_a_list_that_changed_meanwhile_is_not_delivered():
    with pytest.raises(exports.RowsMissing, match="3 rows expected, 2 written"):
        exports.xlsx("x", ["a"], [["1"], ["2"]], expected=3)


def test_an_export_says_its_rows_and_checksum():
    export = exports.csv_file(["a"], [["1"], ["2"]])
    assert export.rows == 2
    assert re.fullmatch(r"[0-9a-f]{64}", export.sha256)


def test_a_decimal_is_written_and_shown_with_the_digits_that_it_has():
    row = [Decimal("58.3"), Decimal("1234.0"), Decimal("-7"), 58.25]
    sheet = load_workbook(io.BytesIO(exports.xlsx("x", ["a"] * 4, [row]).content)).active
    told = [(cell.value, cell.number_format) for cell in sheet[2]]
    assert told == [(58.3, "#,##0.0"), (1234, "#,##0.0"), (-7, "#,##0"), (58.25, "General")]
    line = exports.csv_file(["a"] * 4, [row]).content.decode("utf-8-sig").splitlines()[1]
    assert line == '"58.3","1234.0","-7","58.25"'
