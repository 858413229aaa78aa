"""Finds the units, settings and agencies that a file or a program names, and so turns texts into places.

Units are found by code or by name without accents, also by names of older lists where what was one unit then lies in
one unit now. Nothing is taken by mere likeness: what is not exactly one unit is refused with the choices.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from dauchan.accounts.queries import Reach
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key
from dauchan.places import columns, owners, rules
from dauchan.places.columns import Fault, PlaceText
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units import queries as units
from dauchan.units.models import Unit
from dauchan.units.rules import KIND_WORDS, words_of

UNITS_SEARCHED = 60
NAMES_SHOWN = 3
_KINDS = tuple(sorted((search_key(word) for word in KIND_WORDS), key=len, reverse=True))


class UnitMissing(BadInput):
    kind = "unit_missing"
    vi = "Thiếu xã, phường."
    en = "The commune is missing."


class UnitUnknown(BadInput):
    kind = "unit_unknown"
    vi = "Không có xã, phường nào như “{text}”. Hãy viết tên xã và tỉnh, hoặc mã."
    en = "There is no commune like “{text}”. Write the names of commune and province, or the code."


class UnitUnclear(BadInput):
    kind = "unit_unclear"
    vi = "“{text}” có thể là: {names}. Hãy viết thêm tên huyện, tỉnh, hoặc mã."
    en = "“{text}” may be: {names}. Add the district or province, or write the code."


class UnitDivided(BadInput):
    kind = "unit_divided"
    vi = "“{text}” nay thuộc nhiều xã: {names}. Hãy viết tên xã mới."
    en = "“{text}” now lies in several communes: {names}. Write the new commune."


class CategoryUnknown(BadInput):
    kind = "category_unknown"
    vi = "Không rõ loại hình “{text}”. Các loại: xem tệp mẫu."
    en = "The setting “{text}” is unknown. The settings are in the template."


class AgencyUnknown(BadInput):
    kind = "agency_unknown"
    vi = "Không có cơ quan nào tên “{text}”."
    en = "There is no agency called “{text}”."


class Finder:
    """Looks up names for one list, each text once; `reach` breaks ties in favour of the officer's own units."""

    def __init__(self, on: date, reach: Reach) -> None:
        self.on, self.reach = on, reach
        self._units: dict[str, int | Problem] = {}
        self._agencies: dict[str, int | Problem] = {}

    def unit(self, text: str) -> int:
        """The commune that a text names on the day.

        raises   UnitMissing, UnitUnknown, UnitUnclear, UnitDivided
        """
        return _once(self._units, text.strip(), self._find_unit)

    def category(self, text: str) -> int:
        """The setting that a text names, by code, name, or the words it begins with; no text is "other".

        raises   CategoryUnknown
        """
        words = search_key(text).replace("_", " ").split()
        if not words:
            return self._settings["other"]
        for length in range(len(words), 0, -1):
            found = self._settings.get(" ".join(words[:length]))
            if found is not None:
                return found
        raise CategoryUnknown(field="category", text=text[:60])

    def agency(self, text: str) -> int | None:
        """The agency of exactly this name; None for no text.

        raises   AgencyUnknown
        """
        return _once(self._agencies, text.strip(), self._find_agency) if text.strip() else None

    def _find_unit(self, text: str) -> int:
        parts = [part.strip() for part in re.split(r"[,;/>|\n]| - ", text[:200].replace("\0", " ")) if part.strip()]
        if not parts:
            raise UnitMissing(field="unit")
        if parts[0].isascii() and parts[0].isdigit():
            return self._by_code(parts[0].zfill(5), text)
        return self._by_name([_words(part) for part in parts], text)

    def _by_code(self, code: str, text: str) -> int:
        unit = units.unit_by_code(code, self.on)
        if unit is not None:
            return unit.pk
        older = units.any_by_code(code)
        return self._one(units.equivalent(older, self.on) if older else [], text, renamed=True)

    def _by_name(self, keys: Sequence[str], text: str) -> int:
        """The present name first; an older one only when no present unit is called so."""
        found = units.search_units(" ".join(keys), self.on, level="commune", limit=UNITS_SEARCHED)
        present = [unit for unit in found if not unit.found_by and _is_called(str(unit), keys)]
        older = [unit for unit in found if unit.found_by and _is_called(unit.found_by, keys)]
        return self._one(present, text) if present else self._one(older, text, renamed=True)

    def _one(self, found: Sequence[Unit], text: str, *, renamed: bool = False) -> int:
        own = [unit for unit in found if unit.pk in self.reach.unit_ids]
        chosen = own if len(own) == 1 and not (renamed and len({unit.found_by for unit in found}) == 1) else found
        if not chosen:
            raise UnitUnknown(field="unit", text=text[:60])
        if len(chosen) > 1:
            names = "; ".join(str(unit) for unit in chosen[:NAMES_SHOWN])
            divided = renamed and len({unit.found_by for unit in chosen}) == 1
            raise (UnitDivided if divided else UnitUnclear)(field="unit", text=text[:60], names=names)
        return chosen[0].pk

    def _find_agency(self, text: str) -> int:
        key = search_key(text.replace("\0", " "))
        found = [agency for agency in units.search_agencies(key, self.on) if agency.search_key == key]
        if len(found) != 1:
            raise AgencyUnknown(field="agency", text=text[:60])
        return found[0].pk

    @cached_property
    def _settings(self) -> dict[str, int]:
        """Every way to write a setting: its code, its names, each part of them, and common words for it."""
        known: dict[str, int] = {}
        by_code = {category.code: category for category in Category.objects.order_by("position")}
        for category in by_code.values():
            names = (category.code, category.name_vi, category.name_en)
            parts = [part for name in names[1:] for part in name.split(",")]
            for name in (*names, *parts):
                known.setdefault(search_key(name).strip(), category.pk)
        for words, code in columns.SETTING_WORDS.items():
            known.setdefault(words, by_code[code].pk)
        return known


def _once(known: dict[str, int | Problem], text: str, find: Callable[[str], int]) -> int:
    if text not in known:
        try:
            known[text] = find(text)
        except Problem as problem:
            known[text] = problem
    found = known[text]
    if isinstance(found, Problem):
        raise found
    return found


def _words(name: str) -> str:
    return " ".join(words_of(search_key(name)))


def _bare(key: str) -> str:
    """A name's key without its type word, except where a number follows it."""
    for kind in _KINDS:
        if key.startswith(f"{kind} ") and not key[len(kind) + 1 :][:1].isdigit():
            return key[len(kind) + 1 :]
    return key


def _is_called(full_name: str, keys: Sequence[str]) -> bool:
    """Whether a unit's full name is what the keys say: its own name, and each further one among its parents'."""
    own, *parents = (_words(part) for part in full_name.split(", "))
    above = {_bare(parent) for parent in parents}
    return keys[0] in (own, _bare(own)) and all(_bare(key) in above for key in keys[1:])


def understood(place: PlaceText, finder: Finder, titles: Mapping[str, str]) -> PlaceInput | list[Fault]:
    """The place that a line means, or everything that is wrong with the line.

    titles   the header of each field's column, for the faults
    """
    faults: list[Fault] = []

    def read(name: str, convert: Callable[[str], Any], text: str | None = None) -> Any:
        given = place.fields.get(name, "") if text is None else text
        try:
            return convert(given)
        except Problem as problem:
            faults.append(Fault(place.line, titles.get(name, ""), problem))
            return None

    found: dict[str, Any] = {
        "unit_id": read("unit", finder.unit, columns.unit_text(place)),
        "category_id": read("category", finder.category),
        "agency_id": read("agency", finder.agency),
        "latitude": read("latitude", columns.number),
        "longitude": read("longitude", columns.number),
        "capacity": read("capacity", columns.whole_number),
        "opening_hours": read("opening_hours", columns.hours),
        "owner_phone": read("owner_phone", owners.check_phone),
        "points": read("points", columns.points),
    }
    if faults:
        return faults
    plain: dict[str, Any] = {
        name: place.fields.get(name, "") for name in ("name", "address", "owner_name", "external_code")
    }
    try:
        return rules.checked(PlaceInput(**plain, **found))
    except Problem as problem:
        field = str(problem.detail.get("field", ""))
        return [Fault(place.line, titles.get(field, ""), problem)]


def from_program(item: Mapping[str, Any], finder: Finder) -> PlaceInput:
    """The place that a program names: unit and setting as texts, everything else typed already.

    raises   BadInput with the field
    """
    points: Iterable[PointInput] = item.get("points", ())
    return rules.checked(
        PlaceInput(
            name=item["name"],
            unit_id=finder.unit(item["unit"]),
            category_id=finder.category(item.get("category", "")),
            agency_id=finder.agency(item.get("agency", "")),
            address=item.get("address", ""),
            latitude=item.get("latitude"),
            longitude=item.get("longitude"),
            capacity=item.get("capacity"),
            opening_hours=item.get("opening_hours") or None,
            external_code=item.get("external_code"),
            owner_name=item.get("owner_name", ""),
            owner_phone=owners.check_phone(item.get("owner_phone", "")),
            points=tuple(points),
        )
    )
