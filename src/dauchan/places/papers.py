"""The paper form of a point, A4: lines for people without any phone, filled by hand at the gate and typed in later.

The page that takes its lines (`visits/typing_in.py`) has the same columns in the same order, and as many lines.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dauchan import config
from dauchan.kernel.printing import QUIET_MODULES, typeset
from dauchan.places.models import Point
from dauchan.places.posters import host_for, on_paper

TEMPLATE = Path(__file__).parent / "paper" / "paper.typ"
LINES = 20
"""How many a sheet has: 9 mm each, which a hand can write in. Ours."""
CODE_MM = 30
COLUMNS = (
    ("Giờ", "Time"),
    ("Họ và tên", "Full name"),
    ("Năm sinh", "Year of birth"),
    ("Điện thoại hoặc số giấy tờ", "Phone or document number"),
    ("Vào / Ra", "In / Out"),
)
HOW = {
    "vi": (
        "Dành cho người không có điện thoại. Người trực ghi mỗi lượt một dòng, giờ 24 tiếng.",
        "Không có số nào: ghi rõ họ tên và năm sinh. Che các dòng đã ghi, đừng để khách sau đọc được.",
        "Trong ngày: nhập ở trang của địa điểm, “Nhập phiếu giấy”. Cất nơi khóa kín; hủy sau {days} ngày.",
    ),
    "en": (
        "For people without a phone. The gate keeper writes one line for each entry or exit, in 24 hour time.",
        "Without any number: the full name and year of birth. Cover the lines above from the next visitor.",
        "The same day: type them in on the place's page. Keep the form locked away; destroy it after {days} days.",
    ),
}


def paper_pdf(points: Sequence[Point], *, now: datetime) -> bytes:
    """The forms of these points (their places and units along) as one PDF, a page each.

    raises   HostUnset, NotInUse, TooManyPosters
    """
    host, days = host_for(points), config.load().retention_days
    sheets = [on_paper(point, host, now) for point in points]
    content = {
        "title": points[0].place.name,
        "lines": LINES,
        "columns": COLUMNS,
        "how_vi": [text.format(days=days) for text in HOW["vi"]],
        "how_en": [text.format(days=days) for text in HOW["en"]],
        "code_mm": CODE_MM,
        "sheets": [{**sheet, "quiet_mm": CODE_MM * QUIET_MODULES / sheet["modules"]} for sheet in sheets],
    }
    return typeset(TEMPLATE, content)
