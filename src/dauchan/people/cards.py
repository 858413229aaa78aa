"""What the codes on Vietnamese cards say: CCCD, the 2024 căn cước, BHYT, the personal QR of QĐ 1405.

Decoding the picture happens on the device; here is only the text. Nothing a card says is proof: it is read field by
field, what can't be read is left out with a warning, and contradictions between number, sex and birth are named.
Formats and their sources: `docs/reference/cards.md`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from dauchan.kernel.errors import BadInput
from dauchan.people import rules
from dauchan.people.rules import Document, Identity, Sex

CardKind = Literal["cccd", "can_cuoc", "bhyt", "qd1405"]
LONGEST = 4096
"""Letters of a code at most; a QR code holds no more bytes than 2,953. Ours."""
SEX_WORDS: dict[str, Sex] = {"nam": "male", "nữ": "female", "nu": "female"}
SEX_NUMBERS: dict[str, Sex] = {"1": "male", "2": "female"}
WARNINGS = {
    "name_not_read": ("Không đọc được họ tên.", "The name could not be read."),
    "birth_not_read": ("Không đọc được ngày sinh.", "The date of birth could not be read."),
    "sex_not_read": ("Không đọc được giới tính.", "The sex could not be read."),
    "address_not_read": ("Không đọc được địa chỉ.", "The address could not be read."),
    "date_not_read": ("Không đọc được một ngày trên thẻ.", "A date on the card could not be read."),
    "phone_not_read": ("Không đọc được số điện thoại.", "The phone number could not be read."),
    "document_not_read": ("Không đọc được một số giấy tờ.", "A document number could not be read."),
    "only_number": ("Chỉ đọc được số định danh; hãy hỏi phần còn lại.", "Only the number was read; ask for the rest."),
    "hidden": ("Mã này che một phần; hãy hỏi phần bị che.", "This code hides a part; ask for what is hidden."),
    "without_accents": ("Họ tên trong mã không dấu; hãy hỏi lại dấu.", "The code writes the name without accents."),
    "expired": ("Thẻ đã hết hạn.", "The card has expired."),
    "cccd_sex": ("Số căn cước và giới tính không khớp.", "The number and the sex contradict each other."),
    "cccd_year": ("Số căn cước và năm sinh không khớp.", "The number and the year of birth contradict each other."),
    "cccd_century": ("Số căn cước chỉ một thế kỷ chưa tới.", "The number names a century that has not come."),
}
"""Kind of warning -> sentence in Vietnamese and English."""


def in_words(warning: str, language: str) -> str:
    """The sentence for a kind of warning."""
    vi, en = WARNINGS[warning]
    return vi if language.startswith("vi") else en


class NotACard(BadInput):
    kind = "not_a_card"
    vi = "Đây không phải mã trên CCCD, căn cước, thẻ BHYT hay mã QR cá nhân. Hãy quét lại hoặc nhập tay."
    en = "This is no code of a CCCD, căn cước, BHYT card or personal QR. Scan it again or type it in."


@dataclass(frozen=True, slots=True)
class Card:
    """What one code says, and what to look at twice; empty parts were not there or not readable."""

    kind: CardKind
    identity: Identity
    issued_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    card_number: str = ""
    qid: str = ""
    proxy_qid: str = ""
    warnings: tuple[str, ...] = ()


def read_card(text: str, *, today: date) -> Card:
    """What a scanned text says.

    today    by which a card has expired
    raises   NotACard
    """
    if len(text) > LONGEST:
        raise NotACard(field="text")
    parts = [part.strip() for part in unicodedata.normalize("NFC", text).strip().split("|")]
    for reads in (_bhyt, _personal_qr, _cccd, _number_alone):
        card = reads(parts)
        if card is not None:
            return _checked(card, today)
    raise NotACard(field="text")


def _checked(card: Card, today: date) -> Card:
    identity = card.identity
    found = [*card.warnings, *rules.all_warnings(identity)]
    if card.valid_to is not None and card.valid_to < today:
        found.append("expired")
    if identity.year is not None and not today.year - rules.OLDEST_YEARS <= identity.year <= today.year:
        identity, found = replace(identity, birth_date=None, birth_year=None), [*found, "birth_not_read"]
    return replace(card, identity=identity, warnings=tuple(dict.fromkeys(found)))


# --- the formats ------------------------------------------------------------------------------------------------------


def _cccd(parts: Sequence[str]) -> Card | None:
    """`number|old CMND|name|ddMMyyyy|sex|address|ddMMyyyy`: six or seven fields, the CMND empty or left out."""
    if len(parts) not in (6, 7) or not _is_number(parts[0], 12):
        return None
    old = parts[1] if parts[1] == "" or _is_number(parts[1], 9) else None
    name, born, sex, address, *issued = parts[1 if old is None else 2 :]
    if not _birth(born) or sex.lower() not in SEX_WORDS:
        return None
    said = _Said()
    documents = [Document("cccd", parts[0]), *([Document("cmnd", old)] if old else [])]
    birth_date, birth_year = said.born(born)
    identity = Identity(
        name=said.name(name),
        documents=tuple(documents),
        birth_date=birth_date,
        birth_year=birth_year,
        sex=SEX_WORDS[sex.lower()],
        address=said.address(address),
    )
    return Card("cccd", identity, issued_on=said.day(issued[0] if issued else ""), warnings=said.warnings)


def _number_alone(parts: Sequence[str]) -> Card | None:
    """Any other code with an identity number in it, as the căn cước of 2024 whose fields nobody published."""
    number = next((part for part in parts if _is_number(part, 12)), None)
    if number is None:
        return None
    return Card("can_cuoc", Identity(documents=(Document("cccd", number),)), warnings=("only_number",))


def _bhyt(parts: Sequence[str]) -> Card | None:
    """`number|name in hex|birth|1 or 2|address in hex|facility|from|to|issued|...|$`; `-` is empty."""
    if len(parts) < 7 or parts[-1] != "$":
        return None
    number = re.sub(r"\s", "", parts[0]).upper()
    try:
        document = rules.normal_document(number, "bhyt")
    except BadInput:
        return None
    fields = ["" if part == "-" else part for part in parts[:-1]] + [""] * 16
    said = _Said()
    birth_date, birth_year = said.born(fields[2])
    identity = Identity(
        name=said.name(said.unhexed(fields[1], "name_not_read")),
        documents=(document,),
        birth_date=birth_date,
        birth_year=birth_year,
        sex=said.sex(fields[3]),
        address=said.address(said.unhexed(fields[4], "address_not_read")),
    )
    return Card(
        "bhyt",
        identity,
        valid_from=said.day(fields[6]),
        valid_to=said.day(fields[7]),
        issued_on=said.day(fields[8]),
        card_number=number,
        warnings=said.warnings,
    )


def _personal_qr(parts: Sequence[str]) -> Card | None:
    """`document|NAME|yyyy-MM-dd|0 or 1|QID|proxy's QID<sex<BHYT<phone<signature`, with stars where an app hides."""
    if len(parts) != 6 or parts[3] not in ("0", "1") or not re.fullmatch(r"[\d*]{4}-[\d*]{2}-[\d*]{2}", parts[2]):
        return None
    said = _Said()
    proxy_qid, sex, insurance, phone, *_ = [*(part.strip() for part in parts[5].split("<")), "", "", "", ""]
    name = said.name(parts[1])
    if name and name.isascii():
        said.warn("without_accents")
    birth_date, birth_year = said.born(parts[2])
    identity = Identity(
        name=name,
        phone=said.phone(phone),
        documents=tuple(said.documents((parts[0], ""), (insurance, "bhyt"))),
        birth_date=birth_date,
        birth_year=birth_year,
        sex=SEX_NUMBERS.get(sex, ""),
    )
    return Card("qd1405", identity, qid=parts[4][:64], proxy_qid=proxy_qid[:64], warnings=said.warnings)


# --- fields -----------------------------------------------------------------------------------------------------------


class _Said:
    """Reads fields one by one; what can't be read is empty, and said."""

    def __init__(self) -> None:
        self._warnings: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._warnings))

    def warn(self, kind: str) -> None:
        self._warnings.append(kind)

    def name(self, text: str) -> str:
        try:
            found = rules.normal_name(text)
        except BadInput:
            found = ""
        if not found:
            self.warn("name_not_read")
        return found

    def address(self, text: str) -> str:
        try:
            return rules.normal_text(text, field="address", longest=rules.LONGEST_ADDRESS)
        except BadInput:
            self.warn("address_not_read")
            return ""

    def unhexed(self, text: str, warning: str) -> str:
        try:
            return bytes.fromhex(text).decode()
        except ValueError:
            self.warn(warning)
            return ""

    def sex(self, text: str) -> Sex:
        if text not in SEX_NUMBERS:
            self.warn("sex_not_read")
        return SEX_NUMBERS.get(text, "")

    def phone(self, text: str) -> str:
        if "*" in text:
            self.warn("hidden")
        try:
            return rules.normal_phone(text) if text and "*" not in text else ""
        except BadInput:
            self.warn("phone_not_read")
            return ""

    def documents(self, *given: tuple[str, str]) -> Iterator[Document]:
        for number, kind in given:
            if "*" in number:
                self.warn("hidden")
            elif number:
                try:
                    yield rules.identity_document(number, kind)
                except BadInput:
                    self.warn("document_not_read")

    def born(self, text: str) -> tuple[date | None, int | None]:
        """The day of birth, or the year alone."""
        found = _birth(text)
        if "*" in text:
            self.warn("hidden")
        elif found is None:
            self.warn("birth_not_read")
        return (found, None) if isinstance(found, date) else (None, found)

    def day(self, text: str) -> date | None:
        found = _birth(text)
        if text and not isinstance(found, date):
            self.warn("date_not_read")
        return found if isinstance(found, date) else None


_DATES = (
    re.compile(r"(?P<d>\d{2})/?(?P<m>\d{2})/?(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>[\d*]{2})-(?P<d>[\d*]{2})"),
    re.compile(r"(?P<y>\d{4})"),
)


def _birth(text: str) -> date | int | None:
    """A day; or the year alone, where day and month are missing, zero or hidden; None for anything else."""
    plain = text.replace(" ", "")
    match = next((found for form in _DATES if plain.isascii() and (found := form.fullmatch(plain))), None)
    if match is None:
        return None
    given = match.groupdict()
    year, month, day = int(given["y"]), given.get("m", "00"), given.get("d", "00")
    if {month, day} & {"00", "**"} or "*" in month + day:
        return year if year else None
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


def _is_number(text: str, digits: int) -> bool:
    return len(text) == digits and text.isascii() and text.isdigit()
