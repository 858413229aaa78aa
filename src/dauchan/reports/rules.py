"""What a report's figures are over several days, what they are compared with, when it is due.

Values in, values out. Knows no database and no words: `telling.py` makes the sentences.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.search import search_key
from dauchan.visits.rules import GATE_BACKLOG

WEEK = 7
LONGEST_PERIOD = 92
"""Days that one ad hoc report may cover: a quarter. Ours."""
FIRST_DAY = date(2020, 1, 1)
CATCH_UP = timedelta(days=7)
"""How far back reports are still made that were due while nothing ran. Ours."""
CORRECTED_FOR = GATE_BACKLOG + timedelta(days=1)
"""How many days back a report corrects: gates deliver for so long, and the last may come after its hour."""
LEAGUE = 5
"""How many lead and how many lag. Source: bulletins of Hà Nội, docs/reference/reports.md."""

SUMMED = frozenset({"new_places", "scans", "check_ins", "check_outs"})
"""What happened on each day: a period's figure is the sum. Nothing else may be added up over days."""
AVERAGED = frozenset({"people", "active_day", "active_day_share"})
"""Counts of different people or places of one day: the same ones come again, so a period shows the days' mean."""


@dataclass(slots=True)
class OverDays:
    """A figure of a period, told day by day: sum, mean, or that of the last day; hidden when one it is made of is."""

    code: str
    hidden: bool = False
    _last: float | None = None
    _sum: float = 0
    _known: int = 0

    def add(self, value: float | None, *, hidden: bool) -> None:
        """The figure of the next day; None where it isn't known."""
        joined = self.code in SUMMED | AVERAGED
        self.hidden = hidden or (joined and self.hidden)
        self._last = value
        if value is not None:
            self._sum, self._known = self._sum + value, self._known + 1

    @property
    def value(self) -> float | None:
        """The period's figure; None where no day's is known."""
        if self._known and self.code in SUMMED:
            return self._sum
        if self._known and self.code in AVERAGED:
            return round(self._sum / self._known, 2)
        return self._last


def period_of(kind: str, last: date) -> tuple[date, date]:
    """First and last day of a daily or weekly report that ends on a day."""
    return (last - timedelta(days=WEEK - 1), last) if kind == "weekly" else (last, last)


def before(first: date, last: date) -> tuple[date, date]:
    """The period of the same length right before another."""
    length = last - first + timedelta(days=1)
    return first - length, last - length


def abbreviation(name: str) -> str:
    """The letters that an office's documents carry: "Sở Thông tin và Truyền thông tỉnh Đắk Nông" gives "STTTT"."""
    office = re.split(r" (?:tỉnh|thành phố) ", name)[0]
    words = [word for word in office.split() if word.lower() != "và"]
    return "".join(search_key(word)[:1] for word in words).upper()[:12]


# --- the schedule -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """One report that is due: its last day, and the instant from which it may be made."""

    last_day: date
    due: datetime


def slots(kind: str, at: time, weekday: int | None, *, since: date, until: date | None, now: datetime) -> list[Slot]:
    """The reports of a schedule that are due by now, oldest first, none older than CATCH_UP.

    A daily report is of the day that it is made on, up to its cut-off; a weekly one of the 7 days before its day.
    """
    today = now.astimezone(LOCAL).date()
    found = []
    for back in range(CATCH_UP.days, -1, -1):
        day = today - timedelta(days=back)
        due = datetime.combine(day, at, LOCAL)
        if due > now or day < since or (until is not None and day >= until):
            continue
        if kind == "daily":
            found.append(Slot(day, due))
        elif day.weekday() == weekday:
            found.append(Slot(day - timedelta(days=1), due))
    return found


# --- leading and lagging ----------------------------------------------------------------------------------------------


def ranked(values: Mapping[int, float | None], better: str) -> list[int]:
    """Keys with a known value, best first; equal values keep their order."""
    known = [key for key, value in values.items() if value is not None]
    return sorted(known, key=lambda key: values[key] or 0, reverse=better != "down")


def rank_in(values: Mapping[int, float | None], key: int, better: str) -> tuple[int, int] | None:
    """The place of one among all with a known value, and how many these are; equal values share a place.

    returns  None where it has none, and where all are equal
    """
    own = values.get(key)
    known = [value for value in values.values() if value is not None]
    if own is None or len(set(known)) < 2:
        return None
    ahead = sum(value < own if better == "down" else value > own for value in known)
    return ahead + 1, len(known)


@dataclass(frozen=True, slots=True)
class End:
    """One end of a league: whoever stands there, and those equal ones of whom not all have room.

    tied   their value and how many they are
    """

    keys: tuple[int, ...] = ()
    tied: tuple[float, int] | None = None


def league(values: Mapping[int, float | None], better: str) -> tuple[End, End]:
    """The leading and the lagging, worst first; nobody stands on both sides, and nobody where all are equal."""
    known = {key: value for key, value in values.items() if value is not None}
    if len(set(known.values())) < 2:
        return End(), End()
    order = ranked(known, better)
    first, last = _end(order, known), _end(order[::-1], known)
    return _apart(first, last), _apart(last, first)


def _end(order: Sequence[int], known: Mapping[int, float]) -> End:
    size = min(LEAGUE, len(order) // 2)
    cut = known[order[size]]
    if known[order[size - 1]] != cut:
        return End(tuple(order[:size]))
    return End(tuple(key for key in order[:size] if known[key] != cut), (cut, list(known.values()).count(cut)))


def _apart(end: End, other: End) -> End:
    """An end without the equal ones that reach to the other; where they begin an end, they stay there."""
    return End(end.keys) if end.keys and end.tied == other.tied else end
