"""Bring a dated unit list from the package's data files into the tables: used by migrations, safe to run twice.

A list is never edited after it shipped; a later list is a new file and a new migration.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from shapely.geometry import shape

from dauchan.kernel.search import search_key, sort_key
from dauchan.units import rules

DATA = Path(__file__).parent / "data"

COLUMNS = (
    "path, parent_path, code, level, name, kind, full_name, search_key, name_key, sort_key, "
    "population, area_km2, latitude, longitude"
)

MAKE_INCOMING_UNITS = """
create temporary table incoming_unit on commit drop as
select path, path as parent_path, code, level, name, kind, full_name, search_key, name_key, sort_key,
       population, area_km2, latitude, longitude
from units_unit
with no data
"""

ADD_UNITS = """
insert into units_unit (code, level, name, kind, path, full_name, valid_from, valid_to, search_key, name_key, sort_key,
                        population, area_km2, latitude, longitude, parent_id)
select code, level, name, kind, path, full_name, %(begins)s, %(ends)s, search_key, name_key, sort_key,
       population, area_km2, latitude, longitude,
       (select above.id from units_unit above where above.path = parent_path and above.valid_from = %(begins)s)
from incoming_unit
where level = %(level)s
on conflict (path, valid_from) do nothing
"""

CLOSE_REPLACED_UNITS = """
update units_unit earlier
set valid_to = %(begins)s
from incoming_unit
where earlier.path = incoming_unit.path
  and earlier.valid_from < %(begins)s
  and (earlier.valid_to is null or earlier.valid_to > %(begins)s)
"""

MAKE_INCOMING_SUCCESSIONS = """
create temporary table incoming_succession (old_path text, new_path text, divided boolean) on commit drop
"""

ADD_SUCCESSIONS = """
insert into units_unitsuccession (old_id, new_id, divided, share, continues)
select earlier.id, later.id, divided, case when divided then null else 1.0 end, %(continues)s
from incoming_succession
join units_unit earlier on earlier.path = old_path and earlier.valid_to = %(begins)s
join units_unit later on later.path = new_path and later.valid_from = %(begins)s
on conflict (old_id, new_id) do nothing
"""

MAKE_INCOMING_BOUNDARIES = """
create temporary table incoming_boundary
    (path text, geojson text, west float8, south float8, east float8, north float8) on commit drop
"""

ADD_BOUNDARIES = """
insert into units_unitboundary (unit_id, geojson, west, south, east, north)
select units_unit.id, geojson, west, south, east, north
from incoming_boundary
join units_unit on units_unit.path = incoming_boundary.path
where units_unit.valid_from >= %(begins)s
on conflict (unit_id) do nothing
"""


def load_list(cursor: Any, begins: date, ends: date | None) -> None:
    """Add the units of the list that begins on a day, closing the rows of the same path that it replaces."""
    cursor.execute(MAKE_INCOMING_UNITS)
    _copy(cursor, f"copy incoming_unit ({COLUMNS}) from stdin", unit_rows(begins))
    cursor.execute(CLOSE_REPLACED_UNITS, {"begins": begins})
    for level in rules.LEVEL_BY_CODE_LENGTH.values():
        cursor.execute(ADD_UNITS, {"begins": begins, "ends": ends, "level": level})
    cursor.execute("drop table incoming_unit")


def load_successions(cursor: Any, begins: date) -> None:
    """Add what became of the units that ended on the day another list began."""
    moves = [(row["old"], row["new"], row["divided"]) for row in _table(f"successions_{begins}.csv.gz")]
    _add_successions(cursor, begins, moves, continues=False)


def load_renamings(cursor: Any, begins: date) -> None:
    """Add that every unit of this list goes on from the unit that had its path before."""
    moves = [(row["path"], row["path"], "False") for row in _table(f"units_{begins}.csv.gz")]
    _add_successions(cursor, begins, moves, continues=True)


def load_boundaries(cursor: Any, begins: date) -> None:
    """Add outlines to the units of this list and of later lists that have the same path."""
    cursor.execute(MAKE_INCOMING_BOUNDARIES)
    _copy(cursor, "copy incoming_boundary from stdin", _boundary_rows(begins))
    cursor.execute(ADD_BOUNDARIES, {"begins": begins})
    cursor.execute("drop table incoming_boundary")


def unit_rows(begins: date) -> Iterator[tuple[Any, ...]]:
    """The rows of a list in the order of `COLUMNS`; parents come before their children."""
    table = list(_table(f"units_{begins}.csv.gz"))
    names = {row["path"]: row["name"] for row in table}
    for row in table:
        path, name = row["path"], row["name"]
        parent_path, _, code = path.rpartition(".")
        lineage = [names[above] for above in _upward(path)]
        keys = (_search_key(" ".join(lineage)), _search_key(rules.bare_name(name)), _sort_key(name))
        level = rules.LEVEL_BY_CODE_LENGTH[len(code)]
        known = [row.get(column) or None for column in ("population", "area_km2", "latitude", "longitude")]
        yield path, parent_path, code, level, name, rules.kind_of(name), rules.full_name(lineage), *keys, *known


def _add_successions(cursor: Any, begins: date, moves: Sequence[tuple[str, ...]], *, continues: bool) -> None:
    cursor.execute(MAKE_INCOMING_SUCCESSIONS)
    _copy(cursor, "copy incoming_succession from stdin", moves)
    cursor.execute(ADD_SUCCESSIONS, {"begins": begins, "continues": continues})
    cursor.execute("drop table incoming_succession")


def _boundary_rows(begins: date) -> Iterator[tuple[Any, ...]]:
    with gzip.open(DATA / f"boundaries_{begins}.geojsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            feature = json.loads(line)
            outline = json.dumps(feature["geometry"], separators=(",", ":"))
            yield feature["path"], outline, *shape(feature["geometry"]).bounds


def _copy(cursor: Any, statement: str, rows: Any) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _table(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _upward(path: str) -> list[str]:
    codes = path.split(".")
    return [".".join(codes[:length]) for length in range(len(codes), 0, -1)]


def _search_key(text: str) -> str:
    return " ".join(rules.words_of(search_key(text)))


def _sort_key(name: str) -> str:
    return sort_key(rules.ordered_numbers(rules.bare_name(name)))
