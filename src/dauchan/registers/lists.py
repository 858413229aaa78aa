"""What a line of a register says: columns, settings, positions, phones. Turns lines into entries; writes nothing."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import translation

from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key, sort_key
from dauchan.people.rules import BadPhone
from dauchan.places import columns
from dauchan.places import rules as places
from dauchan.places.columns import Fault
from dauchan.places.finding import CategoryUnknown, Finder
from dauchan.places.owners import check_phone
from dauchan.places.sheets import Line
from dauchan.places.storing import place_search_key
from dauchan.registers import rules
from dauchan.units.models import Sector
from dauchan.units.positions import unit_at_position

FIELDS: dict[str, tuple[str, str]] = {
    **{
        name: columns.FIELDS[name]
        for name in ("name", "category", "unit", "district", "province", "address", "latitude", "longitude", "agency")
    },
    "owner_phone": ("Điện thoại", "Phone"),
    "external_code": ("Mã trong danh sách", "Code in the list"),
    "sector": ("Lĩnh vực", "Sector"),
}
"""What a column of a register can mean; named as those of places, so that the same headers are understood."""
_OSM = {
    "name": ("name",),
    "category": ("amenity", "shop", "tourism", "healthcare", "office", "leisure", "building"),
    "external_code": ("@id", "osm_id", "id"),
    "address": ("addr:full", "addr:street"),
    "owner_phone": ("phone", "contact:phone", "contact:mobile"),
}
"""The tags of OpenStreetMap that say the same, the best first."""
_CODES = (
    "ma trong danh sach",
    "code in the list",
    "ma so thue",
    "mst",
    "ma so doanh nghiep",
    "ma so ho kinh doanh",
    "ma truong",
    "so giay phep",
    "tax code",
)
"""How lists call the column by which they know a line again, beside what files of places call it."""
SHOWN = 60
"""So many letters of what was read stand in a fault."""
OSM_SETTINGS = {
    "restaurant": "restaurant",
    "fast_food": "restaurant",
    "food_court": "restaurant",
    "cafe": "cafe",
    "bar": "entertainment",
    "pub": "entertainment",
    "nightclub": "entertainment",
    "cinema": "entertainment",
    "theatre": "entertainment",
    "hospital": "hospital",
    "clinic": "clinic",
    "doctors": "clinic",
    "dentist": "clinic",
    "pharmacy": "pharmacy",
    "school": "school",
    "kindergarten": "school",
    "university": "school",
    "college": "school",
    "marketplace": "market",
    "supermarket": "supermarket",
    "mall": "supermarket",
    "convenience": "shop",
    "bank": "bank",
    "post_office": "bank",
    "bus_station": "station",
    "hotel": "hotel",
    "guest_house": "hotel",
    "hostel": "hotel",
    "place_of_worship": "religious",
    "townhall": "office",
    "government": "office",
    "sports_centre": "sports",
    "fitness_centre": "sports",
    "hairdresser": "hairdresser",
}
"""OpenStreetMap's values and the setting that each means. Ours, after the map features of its wiki."""


class NameMissing(BadInput):
    kind = "name_missing"
    vi = "Dòng không có tên."
    en = "The line has no name."


class PlaceUnknown(BadInput):
    kind = "unit_missing"
    vi = "Thiếu xã, phường, và không có vị trí để suy ra."
    en = "The commune is missing, and there is no position to tell it by."


class PositionOutside(BadInput):
    kind = "position_outside"
    vi = "Vị trí {position} không nằm trong xã, phường nào."
    en = "The position {position} lies in no commune."


class PositionAbroad(BadInput):
    kind = "position_abroad"
    vi = "Vị trí {position} không ở Việt Nam. Xem lại vĩ độ và kinh độ, có thể đã đổi chỗ."
    en = "The position {position} is not in Việt Nam. Look again at latitude and longitude: they may be swapped."


class SectorUnknown(BadInput):
    kind = "sector_unknown"
    vi = "Không có lĩnh vực nào như “{text}”."
    en = "There is no sector like “{text}”."


class LineTwice(BadInput):
    kind = "line_twice"
    vi = "Dòng này đã có ở dòng {line} (cùng mã, hoặc cùng tên, địa chỉ và xã)."
    en = "This line stands in line {line} already (same code, or same name, address and commune)."


class CategoryLeftOut(Problem):
    kind = "category_left_out"
    vi = "Không rõ loại hình “{text}” nên ghi là “khác”; dòng vẫn được nhập."
    en = "The setting “{text}” is unknown and taken as “other”; the line is taken."


class PhoneLeftOut(Problem):
    kind = "phone_left_out"
    vi = "Số điện thoại không đọc được nên bỏ qua; dòng vẫn được nhập."
    en = "The phone number could not be read and was left out; the line is taken."


@dataclass(frozen=True, slots=True)
class Told:
    """One line as understood: every column of an entry that a list can tell."""

    line: int
    code: str
    name: str
    address: str
    phone: str
    latitude: float | None
    longitude: float | None
    category_id: int
    sector: str
    unit_id: int
    agency_id: int | None
    says_sector: bool
    says_agency: bool

    @property
    def identity(self) -> str:
        """By what a newer list knows the line again: its code, or its commune, name and address."""
        told = f"#{self.code}" if self.code else f"{self.unit_id}|{search_key(self.name)}|{search_key(self.address)}"
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    @property
    def keys(self) -> dict[str, str]:
        """The columns by which it is found and sorted."""
        return {
            "search_key": place_search_key(self.name, self.address),
            "sort_key": sort_key(self.name),
            "name_key": rules.name_key(self.name),
            "address_key": rules.address_key(self.address),
        }


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column each field probably stands in; OpenStreetMap's tags are known too."""
    found = {name: column for name, column in columns.guess(header).items() if name in FIELDS}
    keys = [search_key(title) for title in header]
    for name, tags in _OSM.items():
        tagged = [header.index(tag) for tag in tags if tag in header and header.index(tag) not in found.values()]
        if name not in found and tagged:
            found[name] = tagged[0]
    codes = [keys.index(code) for code in _CODES if code in keys]
    if codes and "external_code" not in found:
        found["external_code"] = codes[0]
    sectors = [index for index, key in enumerate(keys) if key in ("linh vuc", "sector")]
    if sectors and found.get("category") == sectors[0]:
        del found["category"]
    return found | ({"sector": sectors[0]} if sectors else {})


def check_mapping(mapping: Mapping[str, int], header: Sequence[str]) -> dict[str, int]:
    """The mapping, once it names a column for the name, and for the commune or both halves of a position.

    raises   ColumnsMissing, ColumnTwice
    """
    placed = "latitude" in mapping and "longitude" in mapping
    required = ("name",) if placed else ("name", "unit")
    return columns.check_mapping(mapping, header, fields=FIELDS, required=required)


class Reader:
    """Turns the lines of one list into entries; what is wrong with a line is a fault of it."""

    def __init__(self, finder: Finder, sectors: Mapping[int, str], agency_id: int | None) -> None:
        self.finder, self.sectors, self.agency_id = finder, sectors, agency_id
        self._units: dict[tuple[float, float], int | None] = {}

    def read(self, line: Line, mapping: Mapping[str, int], header: Sequence[str]) -> tuple[Told | None, list[Fault]]:
        """The entry that a line means, and what is wrong with it; None when it can't be taken."""
        if line.faults:
            return None, columns.faults_of(line, header)
        texts = columns.texts(line, mapping)
        faults: list[Fault] = []

        def take(name: str, convert: Any, text: str) -> Any:
            try:
                return convert(text)
            except Problem as problem:
                column = header[mapping[name]] if name in mapping else ""
                faults.append(Fault(line.number, column, problem))
                return None

        given = texts.fields
        latitude = take("latitude", columns.number, given.get("latitude", ""))
        longitude = take("longitude", columns.number, given.get("longitude", ""))
        position = (latitude, longitude) if latitude is not None and longitude is not None else None
        if position:
            take("latitude", lambda _: _check_position(*position), "")
        sector = take("sector", self._sector, given.get("sector", ""))
        agency = take("agency", self.finder.agency, given.get("agency", ""))
        unit = take("unit", lambda text: self._unit(text, position), columns.unit_text(texts))
        name = take("name", self._name, given.get("name", ""))
        address = take("address", _text("address", places.ADDRESS_LENGTH), given.get("address", ""))
        code = take("external_code", _text("code", places.CODE_LENGTH), given.get("external_code", ""))
        if faults:
            return None, faults
        category = take("category", self._category, given.get("category", "")) or self.finder.category("")
        phone = take("owner_phone", _phone, given.get("owner_phone", "")) or ""
        told = Told(
            line=line.number,
            code=code,
            name=name,
            address=address,
            phone=phone,
            latitude=position[0] if position else None,
            longitude=position[1] if position else None,
            category_id=category,
            sector=sector or self.sectors[category],
            unit_id=unit,
            agency_id=agency or self.agency_id,
            says_sector=bool(sector),
            says_agency=bool(agency),
        )
        return told, faults

    def _name(self, text: str) -> str:
        clean = places.clean_text(text, name="name", limit=places.NAME_LENGTH)
        if not rules.words(clean):
            raise NameMissing(field="name")
        return clean

    def _category(self, text: str) -> int:
        try:
            return self.finder.category(OSM_SETTINGS.get(text.strip().lower(), text))
        except CategoryUnknown as problem:
            raise CategoryLeftOut(text=text[:SHOWN]) from problem

    def _sector(self, text: str) -> str:
        key = search_key(text)
        if key and key not in _sectors():
            raise SectorUnknown(field="sector", text=text[:SHOWN])
        return _sectors().get(key, "")

    def _unit(self, text: str, position: tuple[float, float] | None) -> int:
        """The commune that is named; where none is, or not clearly, the one that holds the position."""
        try:
            return self.finder.unit(text)
        except BadInput as problem:
            if position is None:
                raise problem if text.strip() else PlaceUnknown(field="unit") from problem
        if position not in self._units:
            found = unit_at_position(*position, self.finder.on)
            self._units[position] = found.pk if found and found.level == "commune" else None
        unit = self._units[position]
        if unit is None:
            raise PositionOutside(field="latitude", position="{}, {}".format(*position))
        return unit


@cache
def _sectors() -> dict[str, str]:
    """Every way to write a sector: its code, and its name in both languages, whichever the page speaks."""
    known = {code: code for code in Sector.values}
    for language in ("vi", "en"):
        with translation.override(language):
            known |= {search_key(str(words)): code for code, words in Sector.choices}
    return known


def _check_position(latitude: float, longitude: float) -> None:
    try:
        places.check_position(latitude, longitude)
    except places.PositionUnclear as problem:
        raise PositionAbroad(field="latitude", position=f"{latitude}, {longitude}") from problem


def _text(name: str, limit: int) -> Any:
    return lambda text: places.clean_text(text, name=name, limit=limit)


def _phone(text: str) -> str:
    """The first number that can be read, mobile or landline.

    raises   PhoneLeftOut
    """
    for part in re.split(r"[;,/]|\s-\s", text):
        try:
            if found := check_phone(part):
                return found
        except BadPhone:
            digits = re.sub(r"\D", "", part)
            if re.fullmatch(r"02\d{8,9}", digits):
                return digits
    if text.strip():
        raise PhoneLeftOut
    return ""
