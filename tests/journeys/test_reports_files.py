"""A report's files: workbook and page say the same, files are made again alike, LibreOffice opens them."""

import html
import io
import shutil
import subprocess
import textwrap
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from django.utils import translation
from msgspec.structs import replace
from support.bulletin import supplied
from support.figures import made_up_days
from support.officers import officer_with, signed_in
from support.reports import issued, office, words

from dauchan.accounts.actions import Scope
from dauchan.coverage.models import DayCounts
from dauchan.kernel import clock
from dauchan.reports import document, grids, telling
from dauchan.reports.models import Report
from dauchan.reports.snapshot import Row, Shown, Source, read, written
from dauchan.reports.workbook import workbook
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-20T19:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
TODAY, SUPPLIED = date(2026, 11, 20), date(2026, 7, 1)
SOFFICE = shutil.which("soffice")
OPENS = {"docx": "libswlo.so", "xlsx": "libsclo.so"}
"""Which part of LibreOffice opens which kind of file: each is a package of its own."""


@pytest.fixture(scope="module")
def manager(database):
    return officer_with("rollout_manager")


@pytest.fixture(scope="module")
def report(manager) -> Report:
    """A province of today's two tiers, with outlines: its map is drawn."""
    province = unit_by_code("68", TODAY)
    assert province is not None
    made_up_days(province, [TODAY - timedelta(days=back) for back in range(10)])
    supplied(province, "population", 3_300_000, SUPPLIED)
    issuer = office('=HYPERLINK("http://x","Sở")', province)
    issued(province, issuer, TODAY - timedelta(days=1), manager)
    return issued(province, issuer, TODAY, manager)


@pytest.fixture(scope="module")
def client(manager):
    return signed_in(manager)


def fetched(client, report: Report, kind: str, language: str = "vi") -> bytes:
    answer = client.get(f"/trien-khai/bao-cao/{report.pk}/tep/{kind}?lang={language}")
    assert answer.status_code == 200
    assert answer["X-Snapshot-SHA256"] == report.sha256
    return answer.content


def sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [tuple(cell.value for cell in row) for row in sheet.iter_rows()] for sheet in book}


def test_the_workbook_has_the_pages_numbers_as_numbers(client, report):
    content = read(report.content)
    found = sheets(fetched(client, report, "xlsx"))
    page = html.unescape(client.get(f"/trien-khai/bao-cao/{report.pk}").content.decode())
    for grid in (*grids.summary(content), *grids.all_parts(content), *grids.by_sector_and_channel(content)):
        header, *rows = found[grid.title[:31]]
        assert header == grid.headers
        for shown, told in zip(rows[: len(grid.rows)], grid.rows, strict=True):
            for value, cell in zip(shown, told, strict=True):
                right = cell.shown if cell.value is None else pytest.approx(cell.value / (100 if cell.percent else 1))
                assert value == right
    for grid in (*grids.summary(content), *grids.by_part(content)):
        for row in grid.rows:
            assert all(f">{cell.shown}</td>" in page for cell in row)


def test_a_hidden_figure_reads_the_same_however_large_and_a_note_below_the_table_says_what_it_means(client, report):
    content = read(report.content)
    few, many = (Row(each, "A", {"people": Shown(hidden=True), "scans": Shown(54)}) for each in (1, 2))
    (grid,) = grids.by_sector_and_channel(replace(content, sectors=[few, many], channels=[]))
    assert [row[-1].shown for row in grid.rows] == ["*", "*"]
    means = "Dấu * là số liệu không hiện: số người nhỏ hơn 10, hoặc số liệu mà từ đó tính ra được số ấy."
    assert grid.notes == (means,)
    assert means in document.table(grid, content).notes
    assert means in telling.notes(content)
    hidden = [each for each in (*grids.all_parts(content), *grids.by_sector_and_channel(content)) if each.notes]
    assert hidden
    found = sheets(fetched(client, report, "xlsx"))
    assert all(found[each.title[:31]][len(each.rows) + 2][0] == means for each in hidden)


def test_paper_has_all_communes_of_a_province_and_of_what_it_cuts_the_rows_with_figures_come_first(report):
    content = read(report.content)
    (whole,) = grids.by_part(content)
    paper = document.table(whole, content)
    assert [row[0] for row in paper.rows] == [row[0].shown for row in whole.rows]
    nothing = (grids.Cell("Xã không"), grids.Cell("0", 0))
    grid = grids.Grid("", ("Đơn vị", "Lượt quét"), (*[nothing] * 300, (grids.Cell("Xã có"), grids.Cell("5", 5))))
    cut = document.table(grid, content)
    assert (cut.rows[0], len(cut.rows)) == (("Xã có", "5"), grids.ON_PAPER)
    assert cut.notes[-1] == "Còn 101 dòng trong tệp XLSX kèm theo."


def test_scans_of_a_sector_without_an_active_place_are_explained(report):
    row = Row(1, "Giao thông", {"registered": Shown(1), "active_day": Shown(0), "scans": Shown(118)})
    (grid,) = grids.by_sector_and_channel(replace(read(report.content), sectors=[row], channels=[]))
    assert grid.notes == (
        "Lượt quét ở nơi chưa hoặc không còn được duyệt chỉ tính vào lượt quét, lượt đến và số người.",
    )


def test_every_column_of_the_workbook_is_as_wide_as_what_it_shows(client, report):
    sheet = openpyxl.load_workbook(io.BytesIO(fetched(client, report, "xlsx")))["Số liệu theo đơn vị"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    whole = [cell for cell in cells if cell.number_format == "0.00%" and cell.value == 1]
    assert whole
    assert all(sheet.column_dimensions[cell.column_letter].width >= len("100.00%") + 4 for cell in whole)
    for cell in sheet[1]:
        width = sheet.column_dimensions[cell.column_letter].width
        lines = textwrap.wrap(cell.value, int(width / 1.2))
        assert len(lines) * 15 <= sheet.row_dimensions[1].height
        assert max(map(len, lines)) * 1.2 <= width


def test_the_first_sheet_is_the_reports_text_and_the_last_its_definitions(client, report):
    found = sheets(fetched(client, report, "xlsx"))
    told = [row[0] for row in found["Báo cáo"]]
    assert set(words(report).splitlines()) <= set(told)
    assert ("active_day", "Địa điểm có lượt quét") in [row[:2] for row in found["Định nghĩa"]]


def test_the_workbook_has_charts_a_map_and_no_formula(client, report):
    content = fetched(client, report, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert sum(len(sheet._charts) for sheet in book) >= 3
    assert "xl/media/image1.png" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("=HYPERLINK" in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


def test_a_chart_of_units_is_drawn_though_the_first_has_no_figure(report):
    content = read(report.content)
    rows = [replace(content.rows[0], figures={}), *content.rows[1:]]
    made = Report(content=written(replace(content, rows=rows)), made_at=report.made_at)
    assert openpyxl.load_workbook(io.BytesIO(workbook(made)))["Số liệu theo đơn vị"]._charts


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_files_made_again_after_the_figures_changed_are_alike(client, report, manager):
    before = text_of(fetched(client, report, "pdf")), sheets(fetched(client, report, "xlsx"))
    DayCounts.objects.filter(day=TODAY).update(scans=1, active_day=1, people=1)
    with clock.at(clock.now() + timedelta(days=3)):
        later = signed_in(manager)
        assert (text_of(fetched(later, report, "pdf")), sheets(fetched(later, report, "xlsx"))) == before


def test_the_paper_is_an_official_report_with_number_and_signer(client, report):
    told = " ".join(text_of(fetched(client, report, "pdf")).split())
    for words_of_it in ("BÁO CÁO", "Số: 02/BC-STTTT", "Nguyễn Văn A", "PHỤ LỤC", "Lâm Đồng, ngày 20 tháng 11 năm 2026"):
        assert words_of_it in told


def test_the_english_edition_has_every_sentence_in_english(client, report):
    content = read(report.content)
    with translation.override("vi"):
        vietnamese = {line for section in telling.sections(content) for line in section.sentences}
    with translation.override("en"):
        english = {line for section in telling.sections(content) for line in section.sentences}
    assert not vietnamese & english
    assert "Scans in all" in text_of(fetched(client, report, "pdf", "en"))


@pytest.mark.parametrize("kind", OPENS)
def test_libreoffice_opens_the_file_and_prints_it(client, report, kind, tmp_path: Path):
    if SOFFICE is None or not Path(SOFFICE).resolve().with_name(OPENS[kind]).exists():
        pytest.skip(f"no LibreOffice here that opens {kind}")
    (tmp_path / f"report.{kind}").write_bytes(fetched(client, report, kind))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), f"report.{kind}"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    printed = (tmp_path / "report.pdf").read_bytes()
    scans = read(report.content).subject.figures["scans"].value
    assert f"{scans:,.0f}".replace(",", ".") in text_of(printed)


def test_only_these_three_kinds_of_files_exist(client, report):
    assert client.get(f"/trien-khai/bao-cao/{report.pk}/tep/exe").status_code == 404


def test_from_the_form_to_the_sent_report_by_its_pages(client, report, manager):
    province, health = report.unit, office("Sở Y tế Lâm Đồng", report.unit, sector="health")
    form = {"kind": "ad_hoc", "unit": str(province.pk), "last": "2026-11-19", "first": "2026-11-13"}
    refused = client.post("/trien-khai/bao-cao/moi", form)
    assert refused.status_code == 400
    made = client.post("/trien-khai/bao-cao/moi", form | {"issuer": str(report.issuer_id)})
    assert made.status_code == 302
    draft = Report.objects.get(kind="ad_hoc")
    assert made["Location"] == f"/trien-khai/bao-cao/{draft.pk}"
    assert (draft.first_day, draft.last_day) == (date(2026, 11, 13), date(2026, 11, 19))
    page = client.get(made["Location"]).content.decode()
    assert "Nguyễn Văn A" in page  # whoever signed the issuer's last report is proposed
    signed = {"symbol": "BC-STTTT", "signer_title": "GIÁM ĐỐC", "signer_name": "Trần Thị B"}
    client.post(f"{made['Location']}/ban-hanh", signed)
    issued_page = client.get(made["Location"]).content.decode()
    assert "Sở Y tế Lâm Đồng" in issued_page
    assert client.post(f"{made['Location']}/gui", {"to": [str(health.pk)]}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, str(draft), draft.issued_by) == ("sent", "03/BC-STTTT", manager)


def test_a_commune_officer_finds_the_schedule_only_of_its_own(client, report, manager):
    province = report.unit
    scheduled = {"kind": "weekly", "unit": str(province.pk), "issuer": str(report.issuer_id), "at": "08:00"}
    assert client.post("/trien-khai/bao-cao/lich", scheduled | {"weekday": "0"}).status_code == 302
    assert "Thứ Hai" in client.get("/trien-khai/bao-cao/lich").content.decode()
    commune = unit_by_code("24611", TODAY)
    stranger = signed_in(officer_with("focal_officer", Scope("unit", str(commune.pk))))
    page = stranger.get("/trien-khai/bao-cao/lich").content.decode()
    assert "Chưa có lịch nào." in page


def test_where_a_supplied_figure_is_from_is_frozen_and_stands_among_the_notes(client, report):
    supplied(report.unit, "population", 3_400_000, TODAY)
    assert read(report.content).sources == [Source("population", "Bản tin", SUPPLIED)]
    page = html.unescape(client.get(f"/trien-khai/bao-cao/{report.pk}").content.decode())
    assert "Dân số: nguồn Bản tin, ngày 01/07/2026." in page
