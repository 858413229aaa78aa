"""Reads on units: by code, by any part of a name, by area, on any date.

`on` is a local day everywhere. A day before the oldest list is answered with the oldest list; `tree_on` says so.
Answers about areas come from an `Atlas` kept per process and database (14,818 rows, read once in about 0.2 s).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from dauchan.kernel.numbers import row_number
from dauchan.kernel.search import search_key
from dauchan.units import rules
from dauchan.units.models import Unit, UnitSuccession

ROWS_A_SEARCH_READS = 400  # our own bound: more than this many hits of one search are not ranked


@dataclass(frozen=True)
class Tree:
    """One dated list of units: in force from `begins` until before `ends`.

    `exact` is False when the question was about a day before the oldest list.
    """

    begins: date
    ends: date | None
    exact: bool = True


@dataclass(frozen=True)
class Page:
    """A page of units and the key of the next one ("" after the last)."""

    units: list[Unit]
    next_after: str


def tree_dates() -> list[date]:
    """First days of the lists that are loaded, oldest first."""
    return list(atlas().list_days)


def tree_on(on: date) -> Tree:
    """The list that answers for a day."""
    days = tree_dates()
    begins = atlas().list_day(on)
    later = [day for day in days if day > begins]
    return Tree(begins, later[0] if later else None, exact=on >= days[0])


def unit_by_code(code: str, on: date) -> Unit | None:
    """The unit that has this code on a day, or None; leading zeros count."""
    return in_force(on).filter(code=code).first()


def in_force(on: date) -> QuerySet[Unit]:
    """All units of the list that answers for a day."""
    day = atlas().list_day(on)
    return Unit.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


def is_in_force(unit: Unit, on: date) -> bool:
    """Whether the unit exists in the list that answers for a day."""
    day = atlas().list_day(on)
    return unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to)


def standing(unit_ids: Iterable[int], on: date) -> dict[int, Unit]:
    """The unit that each of these is on a day, by the id asked about: itself, or itself renamed.

    Dissolved units, and ids that don't exist, are missing: a role held there has ended.
    """
    known = {unit: atlas().continuation(unit, on) for unit in unit_ids if unit in atlas().nodes}
    units = Unit.objects.in_bulk([same for same in known.values() if same is not None])
    return {unit: units[same] for unit, same in known.items() if same is not None}


def provinces(on: date) -> list[Unit]:
    """The provinces of a day in Vietnamese order."""
    return list(in_force(on).filter(level="province").order_by("sort_key", "id"))


def children(unit: Unit, on: date) -> list[Unit]:
    """The units directly below this one on a day, in Vietnamese order; [] when it doesn't exist then."""
    same = atlas().continuation(unit.id, on)
    return list(Unit.objects.filter(parent_id=same).order_by("sort_key", "id")) if same is not None else []


def children_page(unit: Unit, on: date, *, after: str = "", size: int = 50) -> Page:
    """One page of `children`; `after` is the id of the last unit seen."""
    same = atlas().continuation(unit.id, on)
    below = Unit.objects.filter(parent_id=same if same is not None else 0).order_by("sort_key", "id")
    last = Unit.objects.filter(id=row_number(after) or 0).first()
    if last:
        below = below.filter(Q(sort_key__gt=last.sort_key) | Q(sort_key=last.sort_key, id__gt=last.id))
    found = list(below[: size + 1])
    return Page(found[:size], str(found[size - 1].id) if len(found) > size else "")


def ancestors(unit: Unit) -> list[Unit]:
    """The units above this one in its own list, the province first."""
    above = unit.path.split(".")[:-1]
    codes = [".".join(above[: length + 1]) for length in range(len(above))]
    return sorted(in_force(unit.valid_from).filter(path__in=codes), key=lambda each: len(each.path))


def path_names(unit: Unit) -> list[str]:
    """The unit's name and those above it: ["Phường Bắc Gia Nghĩa", "Lâm Đồng"]; `str(unit)` is the same joined."""
    return unit.full_name.split(", ")


def successors(unit: Unit, on: date) -> list[Unit]:
    """The units of a later day that took over this unit's area; [] while it still exists or when unknown."""
    return equivalent(unit, on) if unit.valid_to is not None and unit.valid_to <= atlas().list_day(on) else []


def predecessors(unit: Unit, on: date) -> list[Unit]:
    """The units of an earlier day whose area went into this one, wholly or in part; [] when it existed then."""
    return equivalent(unit, on) if unit.valid_from > atlas().list_day(on) else []


def equivalent(unit: Unit, on: date) -> list[Unit]:
    """The units in force on a day that have this unit's area, wholly or in part; [] where no source says."""
    return units_of(atlas().equivalents(unit.id, on))


@dataclass(frozen=True)
class Kin:
    """A unit of the list before or after, and whether only a part of the earlier one's area is meant."""

    unit: Unit
    divided: bool


def earlier_units(unit: Unit) -> list[Kin]:
    """The units of the list before that went into this one; [] for a unit of the oldest list."""
    links = UnitSuccession.objects.filter(new=unit).select_related("old").order_by("old__sort_key", "old_id")
    return [Kin(link.old, link.divided) for link in links]


def later_units(unit: Unit) -> list[Kin]:
    """The units of the next list that this one went into; a district's are those of its communes; [] if unknown."""
    links = UnitSuccession.objects.filter(old=unit).select_related("new").order_by("new__sort_key", "new_id")
    if links or unit.valid_to is None:
        return [Kin(link.new, link.divided) for link in links]
    return [Kin(each, divided=False) for each in successors(unit, unit.valid_to)]


def lost_children(unit: Unit) -> int:
    """How many communes below this unit have ended without a source saying where they went."""
    ended = Unit.objects.filter(valid_to__isnull=False, later__isnull=True, level="commune")
    return ended.filter(id__in=atlas().subtree(unit.id)).count()


def any_by_code(code: str) -> Unit | None:
    """The latest unit that ever had this code, or None."""
    return Unit.objects.filter(code=code).order_by("-valid_from").first()


def unit_ids_within(unit: Unit | int, on: date) -> list[int]:
    """Ids of every dated row, old and new, whose area belongs to this unit as it stands on a day.

    A divided commune counts when any part of it belongs; larger units only when all of them do. A unit that was
    dissolved before the day, or not yet made, has nothing: []. See docs/reference/units.md.
    """
    return list(atlas().within(unit if isinstance(unit, int) else unit.id, on))


def unit_ids_above(unit_id: int, on: date) -> frozenset[int]:
    """Ids of every dated row of the units that hold this one on a day, its own included: roles there reach it."""
    known = atlas()
    holding: set[int | None] = set(known.equivalents(unit_id, on))
    for unit in holding.copy():
        while unit is not None:
            holding.add(unit)
            unit = known.nodes[unit].parent
    return frozenset(unit for unit in known.nodes if known.continuation(unit, on) in holding - {None})


SEARCH_UNITS = """
select id,
       case when name_key = %(key)s then 4
            when starts_with(name_key, %(key)s) or starts_with(search_key, %(key)s) then 3
            when strpos(' ' || name_key, ' ' || %(key)s) > 0 then 2
            when {word_starts} then 1
            else 0 end as closeness
from units_unit
where {conditions}
order by closeness desc,
         case level when 'province' then 0 when 'district' then 1 else 2 end,
         length(name_key), sort_key, id
limit %(limit)s
"""


def search_units(
    text: str, on: date, *, level: str | None = None, within: Unit | None = None, limit: int = 20
) -> list[Unit]:
    """Units of a day found by any words of their own or their parents' names, accents and order free.

    A text that is a code finds that unit. Names of other lists are found too: the answer is then the unit that has the
    area on the day, with `found_by` set to the full name that matched. Exact names first, then names that begin so,
    then names that contain the text; among equally close ones the day's own names, then larger units.
    """
    words = rules.words_of(search_key(text.replace("\0", " ")[:200]))
    if not words:
        return []
    day = atlas().list_day(on)
    allowed = set(unit_ids_within(within, on)) if within else None
    found: dict[int, tuple[int, int]] = {}
    for conditions in (IN_FORCE, NOT_IN_FORCE):
        for hit, closeness in _search(words, conditions, day):
            for unit in atlas().equivalents(hit, on):
                if (allowed is None or unit in allowed) and (unit not in found or found[unit][0] < closeness):
                    found[unit] = (closeness, hit)
    return _shown(found, level=level, limit=limit)


def units_called(text: str, on: date, *, level: str | None = None) -> list[Unit]:
    """The few units that a code or name means on a day: those called exactly so, else those that have all its words.

    A name stands with or without its type word, its parents and its accents; what is in brackets is left out.
    """
    name = text.split("(")[0]
    key = search_key(name)
    found = search_units(name, on, level=level, limit=4)
    return [
        unit for unit in found if key in (unit.code, unit.name_key, search_key(unit.name), search_key(unit.full_name))
    ] or found


IN_FORCE = "valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)"
NOT_IN_FORCE = "(valid_from > %(day)s or valid_to <= %(day)s)"


def _search(words: Sequence[str], dates: str, day: date) -> list[tuple[int, int]]:
    """Ids of rows that have every word, with how closely each matches (4 exactly .. 0 inside words)."""
    key = " ".join(words)
    if key.isdigit() and len(key) in rules.LEVEL_BY_CODE_LENGTH:
        matches = ["code = %(key)s"]
    else:
        matches = [f"search_key like %(word{index})s" for index in range(len(words))]
    starts = [f"strpos(' ' || search_key, %(start{index})s) > 0" for index in range(len(words))]
    sql = SEARCH_UNITS.format(conditions="\n  and ".join([dates, *matches]), word_starts=" and ".join(starts))
    values: dict[str, Any] = {"key": key, "day": day, "limit": ROWS_A_SEARCH_READS}
    values |= {f"word{index}": f"%{word}%" for index, word in enumerate(words)}
    values |= {f"start{index}": f" {word}" for index, word in enumerate(words)}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _shown(found: dict[int, tuple[int, int]], *, level: str | None, limit: int) -> list[Unit]:
    """The closest units first; one that was found by another row's name says by which."""
    ids = sorted(found, key=lambda unit: (-found[unit][0], found[unit][1] != unit))
    units = Unit.objects.filter(level=level) if level else Unit.objects.all()
    known = units.in_bulk(ids)
    shown = [known[unit] for unit in ids if unit in known][:limit]
    names = Unit.objects.in_bulk({found[unit.id][1] for unit in shown} - {unit.id for unit in shown})
    for unit in shown:
        by = names.get(found[unit.id][1])
        unit.found_by = by.full_name if by and by.full_name != unit.full_name else ""
    return shown


_atlases: dict[str, rules.Atlas] = {}


def atlas() -> rules.Atlas:
    """All lists and what became of each unit, read once per process and database."""
    database = f"{connection.settings_dict['HOST']}/{connection.settings_dict['NAME']}"
    if database not in _atlases:
        nodes = Unit.objects.values_list("id", "parent_id", "valid_from", "valid_to")
        links = UnitSuccession.objects.values_list("old_id", "new_id", "continues")
        _atlases[database] = rules.Atlas([rules.Node(*row) for row in nodes], [rules.Link(*row) for row in links])
    return _atlases[database]


def forget_atlas() -> None:
    """Read the lists anew at the next question: after units were added by hand, as tests do."""
    _atlases.clear()


def unresolved(on: date) -> dict[str, list[Unit]]:
    """Communes whose successor on a later day no source says, by the path of their province."""
    lost: dict[str, list[Unit]] = defaultdict(list)
    ended = Unit.objects.filter(valid_to__lte=on, level="commune", later__isnull=True).order_by(F("path"))
    for unit in ended:
        lost[unit.path.split(".")[0]].append(unit)
    return dict(lost)


def communes_of_all_lists() -> QuerySet[Unit]:
    """Every commune there ever was, the youngest first."""
    return Unit.objects.filter(level="commune").order_by("-valid_from", "sort_key")


def units_of(ids: Iterable[int]) -> list[Unit]:
    """These units in Vietnamese order, whatever list they are of; an unknown id is missing from the answer."""
    return list(Unit.objects.filter(id__in=list(ids)).order_by("sort_key", "id"))
