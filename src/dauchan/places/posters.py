"""Codes of points and the posters that show them: A4 with a code of 15 x 15 cm, A5 with 12 x 12 cm.

A poster can't be called back. So nothing is printed before the installation knows its public address, and only for
places that are in use or wait for approval (these are marked). docs/reference/codes-poster.md has the measures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from dauchan import config
from dauchan.kernel import clock, codes, notices
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.kernel.keyring import Keyring, open_keyring
from dauchan.kernel.printing import QUIET_MODULES, qr_svg, typeset
from dauchan.places import rules
from dauchan.places.models import Place, Point
from dauchan.units.queries import path_names

TEMPLATE = Path(__file__).parent / "poster" / "poster.typ"
POSTERS_A_FILE = 500
"""How many posters one file holds; a printer's job of an hour. Our number."""


@dataclass(frozen=True)
class Sheet:
    """A paper size, the width of the code on it without quiet zone, and the height left for the name above; in mm."""

    name: str
    width: float
    height: float
    margin: float
    code_mm: float
    head_mm: float


SHEETS = {
    "a4": Sheet("A4", 210, 297, 10, 152, 44),  # at least 150 asked; 2 mm for printers that shrink to their margins
    "a5": Sheet("A5", 148, 210, 5, 120, 21),  # 150 with a quiet zone of 4 modules is wider than the sheet
}

STEPS = (
    ("phone", "Mở camera, quét mã này", "Open the camera and scan this code"),
    ("check", "Xem đúng tên và địa chỉ nơi này", "See that name and address are of this place"),
    ("door", "Làm theo hướng dẫn khi vào và khi ra", "Follow the page when you enter and leave"),
)
WITHOUT_PHONE = {
    "vi": "Không có điện thoại? Đưa thẻ hoặc giấy tờ cho người trực.",
    "en": "No phone? Show your card or papers.",
}


class HostUnset(Conflict):
    vi = "Chưa đặt tên miền công khai của hệ thống nên chưa in được mã. Quản trị viên đặt public_host trước."
    en = "The public address of this installation is not set, so no code is printed. An administrator sets public_host."


class NotInUse(Conflict):
    vi = "Địa điểm này không hoạt động nên không in mã."
    en = "This place is not in use, so its code is not printed."


class TooManyPosters(BadInput):
    vi = "Mỗi lần in nhiều nhất {limit} tờ. Hãy lọc danh sách hẹp hơn."
    en = "At most {limit} posters are printed at a time. Narrow the list first."


def code_text(point: Point, keyring: Keyring | None = None) -> str:
    """The signed text of a point's code in its present printing; the same point always gives the same text."""
    key = (keyring or open_keyring(config.load().keyring_dir)).named("place")
    return codes.encode_place(_code(point), key)


def screen_urls(point: Point, begin: datetime, *, lasting: timedelta) -> list[tuple[datetime, str]]:
    """The addresses that a screen at a point shows, one each step, with the instant at which its step begins.

    raises   HostUnset
    """
    installation = config.load()
    if not installation.public_host:
        raise HostUnset
    key, first = open_keyring(installation.keyring_dir).named("place"), int(begin.timestamp()) // codes.STEP_SECONDS
    steps = range(first, first + lasting // timedelta(seconds=codes.STEP_SECONDS))
    shown = [replace(_code(point), step=step) for step in steps]
    return [
        (code.begins_at, codes.place_url(installation.public_host, codes.encode_place(code, key))) for code in shown
    ]


def _code(point: Point) -> codes.PlaceCode:
    return codes.PlaceCode(config.load().issuer, point.place_id, point.pk, point.serial)


def point_of_code(text: str) -> tuple[Point, codes.PlaceCode]:
    """The point behind a code, its place along, and what the code itself says.

    raises   CodeProblem (malformed, altered, foreign, unknown key), NotFound for a point that isn't there
    """
    installation = config.load()
    keyring = open_keyring(installation.keyring_dir)
    code = codes.decode_place(text, lambda number: keyring.named("place", number), issuer=installation.issuer)
    found = Point.objects.select_related("place__category", "place__unit")
    point = found.filter(pk=code.point_id, place_id=code.place_id).first()
    if point is None:
        raise NotFound
    return point, code


def poster_pdf(points: Sequence[Point], *, sheet: str, now: datetime) -> bytes:
    """The posters of these points (their places and units along) as one PDF, a page each.

    sheet    "a4" or "a5"
    raises   HostUnset, NotInUse, TooManyPosters, BadInput for another sheet
    """
    if sheet not in SHEETS:
        raise BadInput(field="sheet")
    host = host_for(points)
    return typeset(TEMPLATE, _content(points, SHEETS[sheet], host, now))


def host_for(points: Sequence[Point]) -> str:
    """The public address that may be printed for all of these points.

    raises   HostUnset, NotInUse, TooManyPosters
    """
    host = config.load().public_host
    if not host:
        raise HostUnset
    if len(points) > POSTERS_A_FILE:
        raise TooManyPosters(limit=POSTERS_A_FILE)
    if not points or any(not is_printable(point) for point in points):
        raise NotInUse
    return host


def printable_points(places: Iterable[Place]) -> list[Point]:
    """The points in use of these places, in the places' order: what a batch of posters holds."""
    order = {place.pk: position for position, place in enumerate(places)}
    points = Point.objects.filter(place__in=order, active_to__isnull=True, place__state__in=rules.PRINTS)
    found = points.select_related("place__unit")[: POSTERS_A_FILE + 1]
    return sorted(found, key=lambda point: (order[point.place_id], point.number))


def hangs(points: Iterable[Point]) -> None:
    """These points need our poster no longer: it was printed, or somebody opened its code."""
    waiting = [point.pk for point in points if point.needs_poster]
    if waiting:
        Point.objects.filter(pk__in=waiting).update(needs_poster=False)


def is_printable(point: Point) -> bool:
    """Whether a poster of this point may hang somewhere."""
    return point.active_to is None and point.place.state in rules.PRINTS


def _content(points: Sequence[Point], sheet: Sheet, host: str, now: datetime) -> dict[str, Any]:
    return {
        "title": points[0].place.name if len(points) == 1 else f"{len(points)} mã địa điểm",
        "sheet": asdict(sheet),
        "steps": [{"picture": _picture(name), "vi": vi, "en": en} for name, vi, en in STEPS],
        "without_phone": WITHOUT_PHONE,
        "posters": [_poster(point, sheet, host, now) for point in points],
    }


def _poster(point: Point, sheet: Sheet, host: str, now: datetime) -> dict[str, Any]:
    printed = on_paper(point, host, now)
    return {**printed, "quiet_mm": sheet.code_mm * QUIET_MODULES / printed["modules"]}


def on_paper(point: Point, host: str, now: datetime) -> dict[str, Any]:
    """What every paper about a point says: which place, its code (its width in modules along), notice and foot."""
    place, today = point.place, clock.local_day(now)
    qr, modules = qr_svg(codes.place_url(host, code_text(point)))
    days, province = config.load().retention_days, path_names(place.unit)[-1]
    notice = notices.notice(notices.VISITS, today, days=days, province=province, host=host.lower())
    return {
        "name": place.name,
        "address": ", ".join(part for part in (place.address, place.unit.full_name) if part),
        "point": f"{point.number}. {point.name}",
        "serial": f"Mã số {place.pk}-{point.number} · Bản in {point.serial}",
        "pending": place.state == rules.PENDING,
        "qr": qr,
        "modules": modules,
        "notice_vi": " ".join(notice.vi),
        "notice_en": " ".join(notice.en),
        "foot": f"In ngày {today:%d/%m/%Y} · {place.unit.full_name} · Dấu Chân, {host.lower()}",
    }


@cache
def _picture(name: str) -> str:
    return (TEMPLATE.parent / f"{name}.svg").read_text("utf-8")
