"""Posters: the code is as large as asked, decodes back to the point, and nothing else of it can be altered."""

import re

import numpy
import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from support.officers import officer_with

from dauchan.kernel import clock, codes
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.printing import qr_svg
from dauchan.places import actions, posters
from dauchan.places.models import Category, Place, Point
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
MM_A_POINT = 25.4 / 72
PIXELS_A_POINT = 4
NAMES = {
    "short": "Chợ Gia Nghĩa",
    "all letters": "Ăn Ạ Ổ Ữ Ẵ Ễ Ỵ Đường Nguyễn Huệ, phở Thìn, trường Ỷ Lan",
    "longest": "Trường Trung học phổ thông Dân tộc nội trú " * 4 + "cơ sở hai",
}


@pytest.fixture(scope="module")
def points(database) -> dict[str, Point]:
    """One point a name; the longest waits for approval and has the longest address."""
    unit = unit_by_code("24611", clock.local_day(clock.now()))
    market, chief = Category.objects.get(code="market"), officer_with("province_health_officer")
    made = {}
    for kind, name in NAMES.items():
        address = "12 đường Hùng Vương" if kind != "longest" else "Số nhà ở cạnh trạm y tế, " * 11
        given = PlaceInput(name, unit.pk, market.pk, address, points=[PointInput("Tầng 3, khu B " * 5)])
        place = actions.register_place(given, by=chief, now=clock.now())
        made[kind] = Point.objects.select_related("place__unit").get(place=place)
    Place.objects.filter(pk=made["longest"].place_id).update(state="pending")
    made["longest"].place.state = "pending"
    return made


def rendered(pdf: bytes, page: int = 0) -> numpy.ndarray:
    """The page in grey, PIXELS_A_POINT pixels a PostScript point."""
    document = pypdfium2.PdfDocument(pdf)
    return document[page].render(scale=PIXELS_A_POINT, grayscale=True).to_numpy().copy()


def text_of(pdf: bytes, page: int = 0) -> str:
    text = pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range()
    return " ".join(text.split())


def read_code(picture: numpy.ndarray) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(numpy.ascontiguousarray(picture))
    return found


def box_of(picture: numpy.ndarray, code: zxingcpp.Barcode) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the code's ink in pixels, measured along the finder patterns."""
    corner, inside = code.position.top_left, 5 * PIXELS_A_POINT
    across = numpy.flatnonzero(picture[corner.y + inside] < 128)
    down = numpy.flatnonzero(picture[:, corner.x + inside] < 128)
    down = down[(down > corner.y - inside) & (down < code.position.bottom_left.y + inside)]
    return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1


@pytest.mark.parametrize(("sheet", "size", "least"), [("a4", (210, 297), 150), ("a5", (148, 210), 119.5)])
@pytest.mark.parametrize("kind", NAMES)
def test_the_code_on_paper_is_large_enough_and_leads_to_its_point(points, sheet, size, least, kind):
    pdf = posters.poster_pdf([points[kind]], sheet=sheet, now=clock.now())
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert tuple(round(side * MM_A_POINT) for side in document[0].get_size()) == size
    picture = rendered(pdf)
    code = read_code(picture)
    left, top, right, bottom = box_of(picture, code)
    assert min(right - left, bottom - top) / PIXELS_A_POINT * MM_A_POINT >= least
    assert re.fullmatch(r"HTTPS://DAUCHAN\.TEST/P/[0-9A-Z]{125}", code.text)
    point, told = posters.point_of_code(code.text)
    assert (point.pk, told.serial) == (points[kind].pk, 1)


@pytest.mark.parametrize("sheet", ["a4", "a5"])
def test_four_modules_around_the_code_are_empty_paper(points, sheet):
    for point in points.values():
        picture = rendered(posters.poster_pdf([point], sheet=sheet, now=clock.now()))
        code = read_code(picture)
        left, top, right, bottom = box_of(picture, code)
        quiet = (right - left) * 4 // qr_svg(code.text)[1] - 1
        around = picture[max(top - quiet, 0) : bottom + quiet, max(left - quiet, 0) : right + quiet]
        around[quiet - 1 : 1 - quiet, quiet - 1 : 1 - quiet] = 255
        assert around.min() > 200


@pytest.mark.parametrize("sheet", ["a4", "a5"])
def test_name_address_serial_instructions_and_notice_are_on_the_sheet(points, sheet):
    pdf = posters.poster_pdf(list(points.values()), sheet=sheet, now=clock.now())
    for page, (kind, point) in enumerate(points.items()):
        text = text_of(pdf, page)
        assert " ".join(NAMES[kind].split()) in text
        assert "Phường Bắc Gia Nghĩa, Lâm Đồng" in text
        assert f"Mã số {point.place_id}-1 · Bản in 1" in text
        assert "Mở camera, quét mã này" in text
        assert "Open the camera and scan this code" in text
        assert "Sở Y tế Lâm Đồng kiểm soát" in text
        assert "Luật Phòng, chống bệnh truyền nhiễm 03/2007/QH12" in text
        assert "biết ai đã xem, tại dauchan.test" in text
        assert "lưu 30 ngày" in text
        assert "In ngày 02/03/2026" in text
        assert ("CHỜ DUYỆT" in text) == (kind == "longest")


def test_only_the_font_that_ships_is_used(points):
    pdf = posters.poster_pdf(list(points.values()), sheet="a4", now=clock.now())
    fonts = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z-]+)", pdf))
    assert fonts <= {b"NotoSans-Regular", b"NotoSans-Bold"}


def test_nothing_is_printed_while_the_public_address_is_unset(points, monkeypatch):
    monkeypatch.setenv("DAUCHAN_PUBLIC_HOST", "")
    with pytest.raises(posters.HostUnset):
        posters.poster_pdf([points["short"]], sheet="a4", now=clock.now())


def test_a_closed_place_is_not_printed(points):
    chief = officer_with("province_health_officer")
    closed = actions.register_place(
        PlaceInput("Đã đóng", points["short"].place.unit_id, points["short"].place.category_id),
        by=chief,
        now=clock.now(),
    )
    actions.close(closed.pk, by=chief, reason="Hết phép", now=clock.now())
    with pytest.raises(posters.NotInUse):
        posters.poster_pdf(list(Point.objects.filter(place=closed)), sheet="a4", now=clock.now())


def test_every_altered_letter_of_a_code_is_noticed(points):
    keyring = open_keyring(settings.INSTALLATION.keyring_dir)
    text = posters.code_text(points["short"], keyring)
    for position in range(0, len(text), 3):
        letter = "A" if text[position] != "A" else "B"
        with pytest.raises((codes.CodeProblem,)):
            posters.point_of_code(text[:position] + letter + text[position + 1 :])


def test_a_new_printing_has_a_new_serial_and_the_old_one_still_works(points):
    chief, point = officer_with("province_health_officer"), points["all letters"]
    old = posters.code_text(point)
    renewed = actions.renew_poster(point.pk, by=chief, now=clock.now())
    assert posters.code_text(renewed) != old
    found, told = posters.point_of_code(old)
    assert (found.serial, told.serial) == (2, 1)


def test_too_many_posters_at_once_are_refused(points):
    with pytest.raises(posters.TooManyPosters):
        posters.poster_pdf([points["short"]] * 501, sheet="a4", now=clock.now())
