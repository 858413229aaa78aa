"""In which one unit of a day something counts that belongs to a unit of another list.

A question of who may see something knows parts (`queries.unit_ids_within`); a count knows one unit only, or sums would
count twice. The rule: a unit that was divided counts whole in one of its successors: that with the largest known share,
else the one that bears the same code, else the one with the lowest code. One without a known successor counts in the
unit above it alone. Ours; see docs/methods/coverage.md.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from dauchan.units.models import UnitSuccession
from dauchan.units.queries import atlas

Links = dict[int, list[tuple[float, bool, str, int]]]


def counted_in(unit_ids: Iterable[int], on: date) -> dict[int, int]:
    """The one unit in force on a day in which each of these counts; an id that is no unit is missing."""
    tree = atlas()
    day = tree.list_day(on)
    known = [unit for unit in unit_ids if unit in tree.nodes]
    if all(tree.nodes[unit].alive(day) for unit in known):
        return {unit: unit for unit in known}
    later, earlier = _links()

    def follow(unit: int) -> int | None:
        node = tree.nodes[unit]
        if node.alive(day):
            return unit
        onward = (later if node.begins < day else earlier).get(unit)
        if onward:
            return follow(min(onward)[3])
        return follow(node.parent) if node.parent is not None else None

    found = {unit: follow(unit) for unit in known}
    return {unit: counted for unit, counted in found.items() if counted is not None}


def _links() -> tuple[Links, Links]:
    """What each unit went into and came out of, the one that it counts in smallest."""
    later: Links = defaultdict(list)
    earlier: Links = defaultdict(list)
    columns = ("old_id", "new_id", "share", "old__code", "new__code")
    for old, new, share, old_code, new_code in UnitSuccession.objects.values_list(*columns):
        order = (-(share or 0.0), old_code != new_code)
        later[old].append((*order, new_code, new))
        earlier[new].append((*order, old_code, old))
    return later, earlier


def chain(unit_id: int) -> list[int]:
    """The unit and those above it in its own list, itself first."""
    nodes, found = atlas().nodes, [unit_id]
    while (parent := nodes[found[-1]].parent) is not None:
        found.append(parent)
    return found
