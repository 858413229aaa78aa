"""What an identity may look like, how it is written one way only, and how much of it is shown under a mask.

Decides about texts and dates alone: whether two people are the same, and who may see what, is decided elsewhere.
Formats: `docs/reference/people-and-keys.md`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from dauchan.kernel.errors import BadInput, Conflict
from dauchan.kernel.search import search_key
from dauchan.people import card_number

DocumentKind = Literal["cccd", "cmnd", "bhyt", "passport", "card"]
Sex = Literal["", "female", "male", "other"]

SEXES: tuple[Sex, ...] = ("", "female", "male", "other")
LONGEST_NAME = 100  # code points after NFC; ours: the longest names of Việt Nam's civil registers have about 60
LONGEST_ADDRESS = 300
LONGEST_REFERENCE = 100
MOST_DOCUMENTS = 8
OLDEST_YEARS = 125
HIDDEN = "***"

_TURNS_TEXT = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: no name needs them, and they make one number look like another."""

_PHONE = re.compile(r"0[35789]\d{8}")
_DOCUMENTS: dict[DocumentKind, re.Pattern[str]] = {
    "cccd": re.compile(r"\d{12}"),
    "cmnd": re.compile(r"\d{9}"),
    "bhyt": re.compile(r"(?:[A-Z]{2}[1-5]\d{2})?(\d{10})"),
    "card": re.compile(r"DC[A-Z0-9]{9}"),
    "passport": re.compile(r"(?=.*\d)[A-Z0-9]{6,9}"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its number as `normal_document` writes it; a card of ours ("card") is none of an identity."""

    kind: DocumentKind
    number: str

    @property
    def text(self) -> str:
        """Kind and number in one, as subjects of scans and blind indexes carry it: "cccd:067156000001"."""
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that is known of who somebody is; empty parts are unknown. Kept only encrypted."""

    name: str = ""
    phone: str = ""
    documents: tuple[Document, ...] = ()
    birth_date: date | None = None
    birth_year: int | None = None
    sex: Sex = ""
    address: str = ""

    @property
    def year(self) -> int | None:
        return self.birth_date.year if self.birth_date else self.birth_year


@dataclass(frozen=True, slots=True)
class MaskedDocument:
    kind: DocumentKind
    number: str


@dataclass(frozen=True, slots=True)
class Mask:
    """What of an identity may stand on a page before anybody reveals it."""

    name: str
    phone: str
    documents: tuple[MaskedDocument, ...]
    sex: Sex
    birth_year: int | None


class BadPhone(BadInput):
    kind = "bad_phone"
    vi = "Số điện thoại chưa đúng. Hãy nhập 10 chữ số bắt đầu bằng 03, 05, 07, 08 hoặc 09."
    en = "This is not a mobile number. Enter 10 digits that begin with 03, 05, 07, 08 or 09."


class BadDocument(BadInput):
    kind = "bad_document"
    vi = "Số giấy tờ chưa đúng. CCCD có 12 chữ số, CMND 9, thẻ BHYT 15 ký tự hoặc 10 chữ số, hộ chiếu 6 đến 9 ký tự."
    en = "This is not a document number. CCCD has 12 digits, CMND 9, BHYT 15 characters or 10 digits, passports 6 to 9."


class NoIdentityDocument(BadDocument):
    vi = "Đây là số in trên thẻ mã cá nhân, không phải giấy tờ tùy thân. Hãy nhập CCCD, CMND, thẻ BHYT hoặc hộ chiếu."
    en = "This is the number on a personal card, not an identity document. Enter a CCCD, CMND, BHYT or passport number."


class BadName(BadInput):
    kind = "bad_name"
    vi = "Họ tên chưa đúng: cần có chữ, không quá {longest} ký tự, không có ký tự lạ."
    en = "The name is not right: it needs letters, at most {longest} characters, and no control characters."


class BadText(BadInput):
    kind = "bad_text"
    vi = "Phần {field} quá dài (hơn {longest} ký tự) hoặc có ký tự lạ."
    en = "The part {field} is too long (more than {longest} characters) or has control characters."


class BadBirth(BadInput):
    kind = "bad_birth"
    vi = "Ngày sinh chưa đúng: không ở tương lai và không quá {oldest} năm trước."
    en = "The date of birth is not right: not in the future and not more than {oldest} years ago."


class BadSex(BadInput):
    kind = "bad_sex"
    vi = "Giới tính chưa đúng: để trống, female, male hoặc other."
    en = "The sex is not right: empty, female, male or other."


class TooManyPeople(BadInput):
    kind = "too_large"
    vi = "Mỗi lần gửi không quá {most} người."
    en = "At most {most} people in one request."


class NoPurpose(BadInput):
    kind = "no_purpose"
    vi = "Hãy ghi mục đích xem danh tính; người đó sẽ đọc được dòng này."
    en = "Say why you look at this identity; the person will be able to read it."


class NobodyToldOf(BadInput):
    kind = "nobody_told_of"
    vi = "Cần ít nhất họ tên, số điện thoại hoặc một giấy tờ."
    en = "At least a name, a phone number or a document is needed."


class AlreadyMerged(Conflict):
    kind = "already_merged"
    vi = "Người này đã được gộp vào người khác, hoặc hai bên đã là một. Hãy hủy lần gộp trước."
    en = "This person was merged before, or both are one already. Undo the earlier merge first."


class NotProvisional(Conflict):
    kind = "not_provisional"
    vi = "Người này đã có danh tính; chỉ bổ sung được cho người mới biết qua lượt quét."
    en = "This person has an identity already; only somebody known from scans alone can be completed."


def normal_phone(text: str) -> str:
    """A Vietnamese mobile number as ten digits from 0; +84, 84, blanks, dots and hyphens are understood.

    raises   BadPhone
    source   docs/reference/people-and-keys.md: prefixes change, so only the first two digits are checked
    """
    digits = re.sub(r"[\s.\-()]", "", text)
    for country in ("+84", "0084", "84"):
        if digits.startswith(country) and len(digits) > 10:
            digits = "0" + digits.removeprefix(country).removeprefix("0")
            break
    if not digits.isascii() or not _PHONE.fullmatch(digits):
        raise BadPhone(field="phone")
    return digits


def normal_document(number: str, kind: str = "") -> Document:
    """A document number one way only: capitals, no blanks; BHYT by its last ten digits. An empty kind is guessed.

    raises   BadDocument, also for a card's number whose check letter does not fit
    """
    prefix, colon, rest = number.partition(":")
    if colon and not kind:
        kind, number = prefix.strip().lower(), rest
    plain = re.sub(r"[\s.\-]", "", number).upper()
    chosen = kind or _guess(plain)
    for known, pattern in _DOCUMENTS.items():
        match = pattern.fullmatch(plain) if known == chosen and plain.isascii() else None
        if match and (written := _written(known, match)):
            return Document(known, written)
    raise BadDocument(field="documents")


def _written(kind: DocumentKind, match: re.Match[str]) -> str:
    if kind == "card":
        return card_number.checked(match.group())
    return match.group(1) if kind == "bhyt" else match.group()


def identity_document(number: str, kind: str = "") -> Document:
    """As `normal_document`, of the documents that say who somebody is: a card's number says no more than its code.

    raises   BadDocument, NoIdentityDocument
    """
    document = normal_document(number, kind)
    if document.kind == "card":
        raise NoIdentityDocument(field="documents")
    return document


def _guess(plain: str) -> str:
    """The kind a number's shape tells; digits alone are never taken for a passport."""
    return next((kind for kind, pattern in _DOCUMENTS.items() if pattern.fullmatch(plain)), "")


def document_warnings(document: Document, *, sex: Sex = "", year: int | None = None) -> list[str]:
    """Where a CCCD number contradicts sex or year of birth: kinds "cccd_sex", "cccd_year", "cccd_century".

    The number has no check digit, and registers hold errors: a contradiction asks for a second look, no more.
    source   Decree 137/2015/NĐ-CP, article 13: PPP C YY RRRRRR; C even male, odd female, two for each century from 1900
    """
    if document.kind != "cccd":
        return []
    century, two_digits = int(document.number[3]), int(document.number[4:6])
    born = 1900 + 100 * (century // 2) + two_digits
    found = ["cccd_century"] if century > 3 else []
    if year is not None and year != born:
        found.append("cccd_year")
    if sex in ("female", "male") and (sex == "female") != bool(century % 2):
        found.append("cccd_sex")
    return found


def normal_text(text: str, *, field: str, longest: int) -> str:
    """NFC, single spaces, without control characters or halves of characters; length counted in code points.

    raises   BadText
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) > longest or any(map(_is_foreign, plain)):
        raise BadText(field=field, longest=longest)
    return plain


def _is_foreign(letter: str) -> bool:
    return letter in _TURNS_TEXT or unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn")


def normal_name(text: str) -> str:
    """A name as its bearer writes it, tidied; combining marks are fine, digits and symbols are left to people.

    raises   BadName
    """
    try:
        plain = normal_text(text, field="name", longest=LONGEST_NAME)
    except BadText as error:
        raise BadName(field="name", longest=LONGEST_NAME) from error
    if plain and not any(letter.isalpha() for letter in plain):
        raise BadName(field="name", longest=LONGEST_NAME)
    return plain


def normal_reference(text: str) -> str:
    """An integrator's own reference for a person, kept as given but for NFC and outer blanks.

    raises   BadText
    """
    plain = normal_text(text, field="reference", longest=LONGEST_REFERENCE)
    if not plain:
        raise BadText(field="reference", longest=LONGEST_REFERENCE)
    return plain


def normal_identity(identity: Identity, *, today: date) -> Identity:
    """The same identity with every part written one way only.

    raises   BadName, BadPhone, BadDocument, BadBirth, BadSex, BadText
    """
    if identity.sex not in SEXES:
        raise BadSex(field="sex")
    year = identity.year
    too_late = bool(identity.birth_date and identity.birth_date > today)
    if year is not None and (too_late or not today.year - OLDEST_YEARS <= year <= today.year):
        raise BadBirth(field="birth_date", oldest=OLDEST_YEARS)
    if len(identity.documents) > MOST_DOCUMENTS:
        raise BadDocument(field="documents")
    documents = dict.fromkeys(identity_document(document.number, document.kind) for document in identity.documents)
    return replace(
        identity,
        name=normal_name(identity.name),
        phone=normal_phone(identity.phone) if identity.phone.strip() else "",
        documents=tuple(documents),
        birth_year=year,
        address=normal_text(identity.address, field="address", longest=LONGEST_ADDRESS),
    )


def completed(known: Identity, told: Identity) -> Identity:
    """What was known together with what is told now; where both speak, what is told counts."""
    return Identity(
        name=told.name or known.name,
        phone=told.phone or known.phone,
        documents=tuple(dict.fromkeys((*known.documents, *told.documents))),
        birth_date=told.birth_date or (known.birth_date if told.birth_year is None else None),
        birth_year=told.year if told.year is not None else known.year,
        sex=told.sex or known.sex,
        address=told.address or known.address,
    )


def name_and_birth(identity: Identity) -> str:
    """The folded name with the date of birth, by which twins in the register are noticed; "" when either is unknown."""
    if not (identity.name and identity.birth_date):
        return ""
    return f"{search_key(identity.name)}\x1f{identity.birth_date.isoformat()}"


def mask_name(name: str) -> str:
    """Family name and at most one middle name: "Nguyễn Văn ***"; a single word is hidden whole."""
    words = name.split()
    return " ".join([*words[: min(2, len(words) - 1)], HIDDEN]) if words else ""


def mask_phone(phone: str) -> str:
    """First four and last three digits: "0912 *** 345"."""
    return f"{phone[:4]} {HIDDEN} {phone[-3:]}" if phone else ""


def mask_document(document: Document) -> MaskedDocument:
    """Ends only, a third of the number at most: sex and year of birth stand in the middle of a CCCD."""
    shown = 3 if len(document.number) >= 12 else 2
    return MaskedDocument(document.kind, f"{document.number[:shown]} {HIDDEN} {document.number[-shown:]}")


def mask(identity: Identity) -> Mask:
    """An identity under its mask."""
    return Mask(
        name=mask_name(identity.name),
        phone=mask_phone(identity.phone),
        documents=tuple(map(mask_document, identity.documents)),
        sex=identity.sex,
        birth_year=identity.year,
    )


def all_warnings(identity: Identity) -> list[str]:
    """The contradictions of all documents of an identity, each kind once."""
    return list(dict.fromkeys(_warnings(identity)))


def _warnings(identity: Identity) -> Iterable[str]:
    for document in identity.documents:
        yield from document_warnings(document, sex=identity.sex, year=identity.year)
