"""Which column of a file means what, guessed from its header, and what a line then says about a place.

Pure: units, settings and agencies are still texts here; `finding.py` looks them up.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key
from dauchan.places import rules
from dauchan.places.sheets import Line

FIELDS: dict[str, tuple[str, str]] = {
    "name": ("Tên địa điểm", "Name"),
    "category": ("Loại hình", "Setting"),
    "unit": ("Xã, phường (mã hoặc tên)", "Commune (code or name)"),
    "district": ("Huyện, quận", "District"),
    "province": ("Tỉnh, thành phố", "Province"),
    "address": ("Địa chỉ", "Address"),
    "latitude": ("Vĩ độ", "Latitude"),
    "longitude": ("Kinh độ", "Longitude"),
    "owner_name": ("Người phụ trách", "Owner's name"),
    "owner_phone": ("Điện thoại", "Owner's phone"),
    "agency": ("Cơ quan quản lý", "Agency"),
    "capacity": ("Sức chứa", "Capacity"),
    "opening_hours": ("Giờ mở cửa", "Opening hours"),
    "external_code": ("Mã riêng", "Your code"),
    "points": ("Điểm quét", "Points"),
}
"""What a column can mean, with its Vietnamese and English name; the same names head the template and exports."""
REQUIRED = ("name", "unit")

_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("ten dia diem", "ten co so", "dia diem", "ten don vi", "ten", "name", "place", "place name"),
    "category": ("loai hinh", "loai", "loai dia diem", "nganh nghe", "linh vuc", "category", "setting", "type"),
    "unit": (
        "xa phuong",
        "phuong xa",
        "xa",
        "phuong",
        "xa phuong thi tran",
        "phuong xa thi tran",
        "don vi hanh chinh",
        "ma xa",
        "dia ban",
        "xa phuong ma hoac ten",
        "unit",
        "unit code",
        "commune",
        "ward",
        "commune code",
        "commune code or name",
    ),
    "district": ("quan huyen", "huyen", "quan", "huyen quan", "huyen thanh pho", "district"),
    "province": ("tinh", "tinh thanh pho", "tinh tp", "thanh pho", "province", "city"),
    "address": ("dia chi", "so nha", "duong", "address", "street"),
    "latitude": ("vi do", "lat", "latitude"),
    "longitude": ("kinh do", "lon", "lng", "long", "longitude"),
    "owner_name": (
        "nguoi phu trach",
        "chu co so",
        "nguoi dai dien",
        "nguoi dang ky",
        "nguoi lien he",
        "chu ho",
        "ho ten",
        "ho va ten",
        "owner",
        "owners name",
        "contact",
        "contact name",
    ),
    "owner_phone": (
        "dien thoai",
        "so dien thoai",
        "sdt",
        "di dong",
        "dt",
        "so dt",
        "phone",
        "mobile",
        "telephone",
        "owners phone",
        "dien thoai lien he",
    ),
    "agency": ("co quan quan ly", "co quan", "co quan chu quan", "don vi quan ly", "agency"),
    "capacity": ("suc chua", "so cho", "quy mo", "capacity"),
    "opening_hours": ("gio mo cua", "gio hoat dong", "thoi gian hoat dong", "opening hours", "hours"),
    "external_code": ("ma rieng", "ma", "ma so", "ma dia diem", "ma co so", "code", "id", "external code", "your code"),
    "points": ("diem quet", "cong", "cac diem quet", "so diem quet", "points", "gates"),
}


SETTING_WORDS: dict[str, str] = {
    "cho": "market",
    "sieu thi": "supermarket",
    "quan an": "restaurant",
    "quan com": "restaurant",
    "quan": "restaurant",
    "nha hang": "restaurant",
    "ca phe": "cafe",
    "cafe": "cafe",
    "coffee": "cafe",
    "benh vien": "hospital",
    "trung tam y te": "hospital",
    "phong kham": "clinic",
    "tram y te": "clinic",
    "nha thuoc": "pharmacy",
    "hieu thuoc": "pharmacy",
    "truong": "school",
    "mam non": "school",
    "co quan": "office",
    "uy ban": "office",
    "ubnd": "office",
    "van phong": "office",
    "cong ty": "office",
    "ngan hang": "bank",
    "buu dien": "bank",
    "ben xe": "station",
    "san bay": "station",
    "xe": "vehicle",
    "taxi": "vehicle",
    "khach san": "hotel",
    "nha nghi": "hotel",
    "nha may": "factory",
    "xuong": "factory",
    "chua": "religious",
    "nha tho": "religious",
    "ton giao": "religious",
    "san": "sports",
    "the thao": "sports",
    "gym": "sports",
    "cat toc": "hairdresser",
    "karaoke": "entertainment",
    "bar": "entertainment",
    "internet": "entertainment",
    "tiec cuoi": "event",
    "hoi nghi": "event",
    "cach ly": "quarantine",
    "chung cu": "residence",
    "khu dan cu": "residence",
    "chot": "checkpoint",
    "cua hang": "shop",
    "tap hoa": "shop",
    "khac": "other",
}
"""Words that a setting's text may begin with, without accents, and the setting they mean. Our own list."""


class ColumnsMissing(BadInput):
    kind = "columns_missing"
    vi = "Chưa biết cột nào là: {field}. Hãy chọn cột rồi kiểm tra lại."
    en = "Which column is: {field}? Choose it and check again."


class ColumnTwice(BadInput):
    kind = "column_twice"
    vi = "Một cột được chọn cho hai mục: {field}."
    en = "One column is chosen for two things: {field}."


class NotANumber(BadInput):
    kind = "not_a_number"
    vi = "Cần một số, không phải “{text}”."
    en = "A number is needed, not “{text}”."


@dataclass(frozen=True, slots=True)
class PlaceText:
    """A place as a line tells it, everything still text; `fields` without what the file doesn't have."""

    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a line: where, in which column (its header; "" for the whole line), and why."""

    line: int
    column: str
    problem: Problem


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column each field probably stands in, by the words of the header; each column at most once.

    A header counts with and without what it says in brackets, never by its beginning alone: “Tình trạng” is no “Tỉnh”.
    """
    found: dict[str, int] = {}
    for titles in (header, [title.partition("(")[0] for title in header]):
        keys = [_header_key(title) for title in titles]
        for wanted, names in _HEADERS.items():
            free = [keys.index(name) for name in names if name in keys and keys.index(name) not in found.values()]
            if wanted not in found and free:
                found[wanted] = free[0]
    return found


def _header_key(title: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", search_key(title).replace("'", "").replace("’", "")).split())


def check_mapping(
    mapping: Mapping[str, int],
    header: Sequence[str],
    *,
    fields: Mapping[str, tuple[str, str]] = FIELDS,
    required: Sequence[str] = REQUIRED,
) -> dict[str, int]:
    """The mapping, once it names existing columns, each once, and the required fields.

    fields   what a column can mean, where a list is not one of places
    raises   ColumnsMissing, ColumnTwice
    """
    known = {name: column for name, column in mapping.items() if name in fields and 0 <= column < len(header)}
    missing = [fields[name][0] for name in required if name not in known]
    if missing:
        raise ColumnsMissing(field=", ".join(missing))
    twice = {header[column] for column in known.values() if list(known.values()).count(column) > 1}
    if twice:
        raise ColumnTwice(field=", ".join(sorted(twice)))
    return known


def parse_mapping(text: str, header: Sequence[str]) -> dict[str, int]:
    """A mapping as written on the command line: "name=Tên cơ sở,unit=Xã"; columns by header or by number from 1.

    raises   ColumnsMissing
    """
    keys = [_header_key(title) for title in header]
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, column = (piece.strip() for piece in part.partition("="))
        if name not in FIELDS:
            raise ColumnsMissing(field=name)
        if column.isdecimal() and 1 <= int(column) <= len(header):
            found[name] = int(column) - 1
        elif _header_key(column) in keys:
            found[name] = keys.index(_header_key(column))
        else:
            raise ColumnsMissing(field=f"{name}={column}")
    return found


def texts(line: Line, mapping: Mapping[str, int]) -> PlaceText:
    """What a line says, by field."""
    return PlaceText(line.number, {name: line.cells[column] for name, column in mapping.items()})


def faults_of(line: Line, header: Sequence[str]) -> list[Fault]:
    """What was wrong with a line already when it was read."""
    return [Fault(line.number, header[min(column, len(header) - 1)], problem) for column, problem in line.faults]


def unit_text(place: PlaceText) -> str:
    """Commune, district and province in one text, as far as the file has them."""
    parts = (place.fields.get(name, "") for name in ("unit", "district", "province"))
    return ", ".join(part for part in parts if part)


def number(text: str) -> float | None:
    """A number with point or comma; None for an empty text.

    raises   NotANumber
    """
    if not text.strip():
        return None
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise NotANumber(field="", text=text.strip()[:40]) from error
    if not abs(value) < 1e9:
        raise NotANumber(field="", text=text.strip()[:40])
    return value


def whole_number(text: str) -> int | None:
    """A whole number, thousands set apart by points or blanks; None for an empty text.

    raises   NotANumber
    """
    digits = re.sub(r"(?<=\d)[ .,](?=\d{3}\b)", "", text.strip())
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise NotANumber(field="", text=text.strip()[:40])
    return int(digits)


def hours(text: str) -> dict[str, Any] | None:
    """Opening hours in their stored form; None for an empty text.

    raises   HoursUnclear
    """
    return rules.OpeningHours.parse(text).written() if text.strip() else None


def points(text: str) -> tuple[rules.PointInput, ...]:
    """Points as "Cổng A; Cổng B", or a number of gates."""
    if text.strip().isdecimal():
        count = min(int(text), rules.POINTS_LIMIT + 1)
        return tuple(rules.PointInput(rules.default_point_name(number)) for number in range(1, count + 1))
    return tuple(rules.PointInput(part.strip()) for part in re.split(r"[;\n]", text) if part.strip())
