"""Finds the units, settings and agencies that a file or a program names, and so turns texts into places.

Units are found by code or by name without accents, also by names of older lists where what was one unit then lies in
one unit now. Nothing is taken by mere likeness: what is not exactly one unit is refused with the choices.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.db import connection

from dauchan.accounts.queries import Reach
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.search import search_key, sort_key
from dauchan.places import columns, owners, rules
from dauchan.places.columns import Fault, PlaceText
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Unit
from dauchan.units.rules import KIND_WORDS, bare_name, kind_of, words_of

NAMES_SHOWN = 3
ABBREVIATED = {"p": "phuong", "x": "xa", "h": "huyen", "q": "quan", "t": "tinh"}
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
    vi = "“{text}” có thể là: {names}. Hãy viết tên xã hiện nay kèm tên tỉnh, hoặc mã."
    en = "“{text}” may be: {names}. Write the present commune with its province, or the code."


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

        raises   UnitMissing, UnitUnknown, UnitUnclear (also for a commune of old that was divided)
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
        clean = text[:200].replace("\0", " ")
        for separators in (r"[,;/>|\n]", r"[,;/>|\n]|\s[-–]\s"):
            parts = [part.strip() for part in re.split(separators, clean) if part.strip()]
            found = self._named(parts) if parts else []
            if found:
                return self._one(found, clean)
        raise (UnitUnknown if clean.strip() else UnitMissing)(field="unit", text=clean[:60])

    def _named(self, parts: Sequence[str]) -> list[int]:
        """Ids of the communes of the day that a code, or a name with its parents', leads to; rows of the day first."""
        rows = communes()
        if parts[0].isascii() and parts[0].isdigit():
            called = list(rows.by_code.get(parts[0].zfill(5), ()))
        else:
            keys = [_words(part) for part in parts]
            called = [
                row for row in rows.by_name.get(keys[0], ()) if all(_bare(key) in row.parents for key in keys[1:])
            ]
            called = [row for row in called if sort_key(parts[0]) in row.sort_keys] or called
        day = units.tree_on(self.on).begins
        present = [row.id for row in called if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
        return present or [unit.pk for row in called for unit in units.equivalent(Unit(id=row.id), self.on)]

    def _one(self, found: Sequence[int], text: str) -> int:
        distinct = list(dict.fromkeys(found))
        own = [unit for unit in distinct if unit in self.reach.unit_ids]
        if len(distinct) == 1 or len(own) == 1:
            return (own or distinct)[0]
        names = "; ".join(map(str, units.units_of(distinct[:NAMES_SHOWN])))
        raise UnitUnclear(field="unit", text=text[:60], names=names)

    def _find_agency(self, text: str) -> int:
        found = agencies.agencies_named(text.replace("\0", " "), self.on)
        own = [agency for agency in found if str(agency.pk) in self.reach.agency_ids]
        if len(found) != 1 and len(own) != 1:
            raise AgencyUnknown(field="agency", text=text[:60])
        return (own or found)[0].pk

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


@dataclass(frozen=True, slots=True)
class Commune:
    """One row of a list of communes, with what it can be called."""

    id: int
    parents: frozenset[str]
    sort_keys: frozenset[str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Communes:
    """Every commune of every list, by code and by name without accents, with and without its type word."""

    by_code: Mapping[str, Sequence[Commune]]
    by_name: Mapping[str, Sequence[Commune]]


def communes() -> Communes:
    """All communes, read once per process and database (0.3 s): lists of units never change once they are loaded."""
    return _communes(f"{connection.settings_dict['HOST']}/{connection.settings_dict['NAME']}")


@cache
def _communes(database: str) -> Communes:
    by_code: dict[str, list[Commune]] = defaultdict(list)
    by_name: dict[str, list[Commune]] = defaultdict(list)
    rows = units.communes_of_all_lists()
    for pk, code, full_name, begins, ends in rows.values_list("pk", "code", "full_name", "valid_from", "valid_to"):
        own, *parents = full_name.split(", ")
        names = {own, own.removeprefix(f"{kind_of(own)} "), bare_name(own)}
        above = frozenset(_bare(_words(parent)) for parent in parents)
        row = Commune(pk, above, frozenset(map(sort_key, (*names, own[:1].lower() + own[1:]))), begins, ends)
        by_code[code].append(row)
        for key in {_words(name) for name in names}:
            by_name[key].append(row)
    return Communes(by_code, by_name)


def _words(name: str) -> str:
    """A name as it is compared: no accents, abbreviations of type words spelled out."""
    words = words_of(search_key(name))
    return " ".join([*(ABBREVIATED.get(word, word) for word in words[:1]), *words[1:]])


def _bare(key: str) -> str:
    """A name's key without its type word, except where a number follows it."""
    for kind in _KINDS:
        if key.startswith(f"{kind} ") and not key[len(kind) + 1 :][:1].isdigit():
            return key[len(kind) + 1 :]
    return key


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
        "owner_name": read("owner_name", owners.unmasked),
        "owner_phone": read("owner_phone", owners.check_phone),
        "points": read("points", columns.points),
    }
    if faults:
        return faults
    plain: dict[str, Any] = {name: place.fields.get(name, "") for name in ("name", "address", "external_code")}
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
