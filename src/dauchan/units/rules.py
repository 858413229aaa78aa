"""How units hang together over time, and how their names are read.

Decides what belongs to a unit when lists change. Doesn't decide who may see it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from dauchan.kernel.errors import BadInput, NotFound

KIND_WORDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")
ABBREVIATIONS = {
    "tp": "thanh pho",
    "tt": "thi tran",
    "tx": "thi xa",
    "hcm": "ho chi minh",
    "tphcm": "thanh pho ho chi minh",
}
LEVEL_BY_CODE_LENGTH = {2: "province", 3: "district", 5: "commune"}


@dataclass(frozen=True, slots=True)
class Node:
    """One dated row of a unit list."""

    id: int
    parent: int | None
    begins: date
    ends: date | None

    def alive(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class Link:
    """`new` took over the area of `old` or a part of it; `continues`: the same unit under a new name or kind."""

    old: int
    new: int
    continues: bool


class Atlas:
    """All lists together, for questions about areas: asks no database and never changes."""

    def __init__(self, nodes: Iterable[Node], links: Iterable[Link]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.below: dict[int, list[int]] = defaultdict(list)
        self.later: dict[int, list[Link]] = defaultdict(list)
        self.earlier: dict[int, list[Link]] = defaultdict(list)
        for node in self.nodes.values():
            if node.parent is not None:
                self.below[node.parent].append(node.id)
        for link in links:
            self.later[link.old].append(link)
            self.earlier[link.new].append(link)
        self.list_days = sorted({node.begins for node in self.nodes.values()})
        self._within: dict[tuple[int, date], tuple[int, ...]] = {}
        self._renamings = {unit: rows for rows in self._chains() for unit in rows}

    def list_day(self, day: date) -> date:
        """The first day of the list in force on a day; days before the oldest list use the oldest list."""
        return max((begin for begin in self.list_days if begin <= day), default=self.list_days[0])

    def subtree(self, unit: int) -> list[int]:
        """The unit and everything below it in its own list."""
        found = [unit]
        for each in found:
            found.extend(self.below.get(each, []))
        return found

    def equivalents(self, unit: int, day: date) -> list[int]:
        """The units in force on a day that have the area of this one, wholly or in part; [] where unknown."""
        day = self.list_day(day)
        node = self.nodes[unit]
        if node.alive(day):
            return [unit]
        linked = [link.new for link in self.later[unit]] if node.begins < day else [x.old for x in self.earlier[unit]]
        onward = linked or self.below.get(unit, [])
        return sorted({found for each in onward for found in self.equivalents(each, day)})

    def continuation(self, unit: int, day: date) -> int | None:
        """The same unit on that day, perhaps renamed; None when it was dissolved or didn't exist yet."""
        day = self.list_day(day)
        same = unit
        while not self.nodes[same].alive(day):
            later = self.nodes[same].begins < day
            links = self.later[same] if later else self.earlier[same]
            onward = [link.new if later else link.old for link in links if link.continues]
            if not onward:
                return None
            same = onward[0]
        return same

    def renamings(self, unit: int) -> list[int]:
        """All rows that are this unit under one name or another, oldest first."""
        return self._renamings.get(unit) or [unit]

    def _chains(self) -> Iterable[list[int]]:
        """The rows of each unit that was renamed, oldest first."""
        after = {link.old: link.new for links in self.later.values() for link in links if link.continues}
        for first in after.keys() - set(after.values()):
            rows = [first]
            while rows[-1] in after:
                rows.append(after[rows[-1]])
            yield rows

    def within(self, unit: int, day: date) -> tuple[int, ...]:
        """Ids of all rows, of any list, whose area belongs to this unit as it stands on that day.

        A commune that a later list divided counts when any part of it belongs; a larger unit of another list counts
        only when all of it does. A unit that doesn't exist on the day, or at all, has nothing.
        """
        if unit not in self.nodes:
            return ()
        question = (unit, self.list_day(day))
        if question not in self._within:
            same = self.continuation(unit, day)
            base = set(self.subtree(same)) if same is not None else set()
            self._within[question] = tuple(sorted(self._before(base) | self._after(base)))
        return self._within[question]

    def _before(self, base: set[int]) -> set[int]:
        """The base and everything of earlier lists that went into it."""
        found, frontier = set(base), base
        while frontier:
            direct = {link.old for unit in frontier for link in self.earlier.get(unit, ())}
            frontier = {each for old in direct for each in self.subtree(old)} - found
            found |= frontier
            self._add_complete_parents(found, frontier)
        return found

    def _after(self, base: set[int]) -> set[int]:
        """The base and everything of later lists that came out of it."""
        found, frontier = set(base), base
        while frontier:
            direct = {link.new for unit in frontier for link in self.later.get(unit, ())}
            frontier = {new for new in direct if new not in found and self._comes_out_of(new, found)}
            found |= frontier
        return found

    def _comes_out_of(self, new: int, found: set[int]) -> bool:
        is_leaf = new not in self.below
        return is_leaf or all(link.old in found for link in self.earlier[new])

    def _add_complete_parents(self, found: set[int], added: set[int]) -> None:
        parents = {self.nodes[unit].parent for unit in added} - found - {None}
        complete = {unit for unit in parents if unit is not None and found.issuperset(self.below[unit])}
        found |= complete
        if complete:
            self._add_complete_parents(found, complete)


def kind_of(name: str) -> str:
    """The type word that a full name begins with: "Phường Bắc Gia Nghĩa" -> "phường"."""
    lowered = name.lower()
    return next(word for word in KIND_WORDS if lowered.startswith(word + " "))


def bare_name(name: str) -> str:
    """The name without its type word, except where a number follows it ("Quận 1")."""
    rest = name[len(kind_of(name)) + 1 :]
    return name if rest[:1].isdigit() else rest


def full_name(names: Sequence[str]) -> str:
    """The name with those of its parents, own name first; a province stands without its type word at the end."""
    return ", ".join([*names[:-1], bare_name(names[-1])] if len(names) > 1 else names)


def words_of(key: str) -> list[str]:
    """The words of a search, each to be found somewhere; common abbreviations of type words are spelled out."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", key)
    return " ".join(ABBREVIATIONS.get(word, word) for word in words).split()


def ordered_numbers(name: str) -> str:
    """The name with numbers padded, so that "Phường 2" sorts before "Phường 10"."""
    return re.sub(r"\d+", lambda number: number[0].zfill(3), name)


def common_path(paths: Sequence[str]) -> str:
    """The path of the smallest unit that all these lie in; "" when they share not even a province."""
    shared = list(
        takewhile(lambda codes: len(set(codes)) == 1, zip(*(path.split(".") for path in paths), strict=False))
    )
    return ".".join(codes[0] for codes in shared)


class UnitUnknown(NotFound):
    vi = "Không có đơn vị nào mang mã {code}."
    en = "No unit has the code {code}."


class NotADay(BadInput):
    vi = "“{field}” không phải là một ngày. Hãy viết như 01/07/2025."
    en = "“{field}” is not a day. Write it like 01/07/2025."


def day_from(text: str, *, otherwise: date) -> date:
    """The day that a link or a field names as YYYY-MM-DD or dd/mm/yyyy; `otherwise` when it names none.

    raises   NotADay
    """
    text = text.strip()
    if not text:
        return otherwise
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no zone
    raise NotADay(field=text[:20])
