"""A person's code on paper: a card of A4 to be cut out, with a code of 5 x 5 cm. docs/reference/codes-poster.md."""

from datetime import datetime
from pathlib import Path

from dauchan import config
from dauchan.kernel import clock, notices
from dauchan.kernel.printing import QUIET_MODULES, qr_svg, typeset
from dauchan.people.queries import IssuedPass

TEMPLATE = Path(__file__).parent / "card" / "card.typ"
CODE_MM = 52.0
"""Width of the code without its quiet zone: at least 50 is asked, 2 for printers that shrink to their margins."""


def card_pdf(issued: IssuedPass, masked_name: str, *, now: datetime) -> bytes:
    """The card as PDF; beside the code stand the name under its mask and the number, and nothing else of the person."""
    qr, modules = qr_svg(issued.text)
    today = clock.local_day(now)
    notice = notices.notice(notices.VISITS, today, days=config.load().retention_days)
    return typeset(
        TEMPLATE,
        {
            "title": "Mã cá nhân",
            "heading": "MÃ CÁ NHÂN",
            "heading_en": "PERSONAL CODE",
            "name": masked_name,
            "how": "Đưa mã này cho người trực quét khi vào và khi ra. Mất thẻ: xin cấp lại, thẻ cũ hết dùng ngay.",
            "how_en": "Show it at the gate when you enter and leave. Lost? Ask for another; this one ends at once.",
            "number": issued.number,
            "number_how": "Số thẻ, để đọc cho người trực gõ khi không quét được mã.",
            "number_how_en": "Card number, to read out when the code can't be scanned.",
            "foot": f"Lần cấp {issued.serial} · in ngày {today:%d/%m/%Y}",
            "cut": "Cắt theo đường đứt. Trong mã chỉ có một số ngẫu nhiên, không có tên, số điện thoại hay giấy tờ.",
            "qr": qr,
            "code_mm": CODE_MM,
            "quiet_mm": CODE_MM * QUIET_MODULES / modules,
            "notice_vi": " ".join(notice.vi),
            "notice_en": " ".join(notice.en),
        },
    )
