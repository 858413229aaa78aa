"""Whether words tell of a person or a case: what health asks for is read by those who may know of neither.

Values in, values out. What is found is what people write without thinking; a name alone can't be told from a street's.
"""

import re
import unicodedata

from dauchan.kernel.errors import BadInput

_TITLE = re.compile(r"\b(?:ông|bà|anh|chị|cô|chú|bác|cháu|mr|mrs|ms)\b\.?\s+(\w)", re.IGNORECASE)
_MIDDLE_NAME = re.compile(r"\b(\w)\w*\s+(?:Văn|Thị)\s+(\w)")
_TELLING = re.compile(
    r"\bCB\W*\d{4}\W*\d+"  # a case, as `cases.rules.case_code` writes it
    r"|(?:\d[ .\-]?){8}\d"  # a telephone, CCCD, CMND or insurance number
    r"|\b[A-Z]{1,2}\d{6,8}\b|\bDC[A-Z0-9]{9}\b"  # a passport, a personal card
    r"|\b\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)\d\d\b|\b(?:sinh\s+(?:năm|ngày)|sn|born)\W*\d"  # a birth
    r"|\bF[0-4]\b|\bca\s+(?:bệnh|nhiễm|mắc|dương|nghi|số)\b|\bbệnh\s+nhân\b|\bBN\W*\d"
    r"|\bdương\s+tính\b|\bngười\s+(?:nhiễm|mắc)\b|\bnghi\s+(?:nhiễm|mắc)\b|\btiếp\s+xúc\s+gần\b"
    r"|\bpatients?\b|\btest(?:ed|s)?\s+positive\b|\b(?:confirmed|positive)\s+case",
    re.IGNORECASE,
)


class TellsOfAPerson(BadInput):
    vi = (
        "Đừng ghi mã ca bệnh, tên người, số điện thoại, số giấy tờ, ngày sinh hay ai là F0, F1: người nhận không được"
        " biết. Chỉ ghi cần đạt gì, ví dụ: mọi người vào và ra đều quét; 80 % khách quét mã."
    )
    en = (
        "Leave out case codes, names, telephone and document numbers, dates of birth and who is F0 or F1: whoever gets"
        " this may not know. Write only what is to be reached, such as: everybody scans; 80 % of guests scan."
    )


def check(text: str, *, field: str) -> None:
    """Let only words pass that tell of no person and no case.

    raises   TellsOfAPerson
    """
    seen = unicodedata.normalize("NFKC", text)
    plain = "".join(letter for letter in seen if unicodedata.category(letter) != "Cf")
    titled = any(found[1].isupper() for found in _TITLE.finditer(plain))
    named = any(found[1].isupper() and found[2].isupper() for found in _MIDDLE_NAME.finditer(plain))
    if titled or named or _TELLING.search(plain):
        raise TellsOfAPerson(field=field)
