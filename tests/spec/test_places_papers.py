"""The paper form: its lines fit a hand and the sheet, its words say what to do, its code leads to the point."""

from itertools import pairwise

import numpy
import pypdfium2
import pytest
import zxingcpp
from support.officers import officer_with

from dauchan.kernel import clock
from dauchan.places import actions, papers, posters
from dauchan.places.models import Category, Place, Point
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
MM_A_POINT = 25.4 / 72
PIXELS_A_POINT = 4
PIXELS_A_MM = PIXELS_A_POINT / MM_A_POINT
LONGEST = "Trường Trung học phổ thông Dân tộc nội trú " * 4 + "cơ sở hai"


@pytest.fixture(scope="module")
def points(database) -> list[Point]:
    """Two points of a market, and a place with the longest name and address that waits for approval."""
    unit, market = unit_by_code("24611", clock.local_day(clock.now())), Category.objects.get(code="market")
    chief, made = officer_with("province_health_officer"), []
    for given in (
        PlaceInput("Chợ Gia Nghĩa", unit.pk, market.pk, "12 Hùng Vương", points=[PointInput("A"), PointInput("B")]),
        PlaceInput(LONGEST, unit.pk, market.pk, "Số nhà ở cạnh trạm y tế, " * 11, points=[PointInput("Tầng 3 " * 8)]),
    ):
        place = actions.register_place(given, by=chief, now=clock.now())
        made += Point.objects.select_related("place__unit").filter(place=place).order_by("number")
    Place.objects.filter(pk=made[-1].place_id).update(state="pending")
    made[-1].place.state = "pending"
    return made


@pytest.fixture(scope="module")
def pdf(points) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(papers.paper_pdf(points, now=clock.now()))


def text_of(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_range().split())


def rendered(page: pypdfium2.PdfPage) -> numpy.ndarray:
    return page.render(scale=PIXELS_A_POINT, grayscale=True).to_numpy().copy()


def rules_across(picture: numpy.ndarray) -> list[float]:
    """How far down, in mm, lines go over nearly the whole width of the sheet."""
    dark = numpy.flatnonzero((picture < 170).mean(axis=1) > 0.8)
    return [int(row) / PIXELS_A_MM for row, before in zip(dark, [-9, *dark], strict=False) if row - before > 1]


def test_each_point_has_one_sheet_of_a4(points, pdf):
    assert len(pdf) == len(points)
    for page in pdf:
        assert tuple(round(side * MM_A_POINT) for side in page.get_size()) == (210, 297)


def test_a_sheet_has_twenty_lines_of_nine_millimetres_however_long_the_names_are(pdf):
    for page in pdf:
        rules = rules_across(rendered(page))[: papers.LINES + 2]
        heights = [round(below - above, 1) for above, below in pairwise(rules)]
        assert heights == pytest.approx([11, *[9] * papers.LINES], abs=0.15)
        assert rules[-1] < 265


def test_columns_stand_in_the_order_of_the_page_that_takes_them(pdf):
    for page in pdf:
        text = text_of(page)
        at = [text.index(f"{vi} {en}") for vi, en in papers.COLUMNS]
        assert at == sorted(at)
        assert text.count("Vào Ra") == papers.LINES


def test_place_point_instructions_and_notice_are_on_the_sheet(points, pdf):
    for page, point in zip(pdf, points, strict=True):
        text = text_of(page)
        for words in (
            "PHIẾU GHI LƯỢT ĐẾN/ĐI",
            " ".join(point.place.name.split()),
            "Phường Bắc Gia Nghĩa, Lâm Đồng",
            " ".join(f"{point.number}. {point.name}".split()),
            f"Mã số {point.place_id}-{point.number} · Bản in 1",
            "Người trực Gate keeper",
            "Che các dòng đã ghi",
            "hủy sau 30 ngày",
            "destroy it after 30 days",
            "Sở Y tế Lâm Đồng kiểm soát",
            "In ngày 02/03/2026",
        ):
            assert words in text
        assert ("CHỜ DUYỆT" in text) == (point.place.state == "pending")


def test_the_code_on_the_sheet_is_read_back_and_leads_to_its_point(points, pdf):
    for page, point in zip(pdf, points, strict=True):
        (code,) = zxingcpp.read_barcodes(numpy.ascontiguousarray(rendered(page)))
        found, _ = posters.point_of_code(code.text)
        assert found.pk == point.pk
        assert (code.position.top_right.x - code.position.top_left.x) / PIXELS_A_MM == pytest.approx(30, abs=0.5)


def test_nothing_is_printed_while_the_public_address_is_unset(points, monkeypatch):
    monkeypatch.setenv("DAUCHAN_PUBLIC_HOST", "")
    with pytest.raises(posters.HostUnset):
        papers.paper_pdf(points, now=clock.now())


def test_a_point_out_of_use_has_no_form(points):
    with pytest.raises(posters.NotInUse):
        papers.paper_pdf([], now=clock.now())
