"""When a place is open, as people write it, and how long people stay at a point on a given day. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Any

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.errors import BadInput
from dauchan.kernel.intervals import Interval

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_WORDS = {
    **{word: index for index, word in enumerate(WEEKDAYS)},
    **{f"t{number}": number - 2 for number in range(2, 8)},
    "cn": 6,
}
_SHOWN_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_HOURS = re.compile(r"(\d{1,2})(?:[:hg.](\d{2})?)?\s*[-–—]\s*(\d{1,2})(?:[:hg.](\d{2})?)?")
_DAYS = re.compile(r"^\s*([a-z0-9]+)(?:\s*[-–—]\s*([a-z0-9]+))?\s*:?\s+(?=\d)")
MINUTES_A_DAY = 24 * 60
OPENING_SLACK = timedelta(hours=1)
"""How long before opening and after closing people still come and go: staff, deliveries, the last guests. Ours."""


class HoursUnclear(BadInput):
    vi = "Giờ mở cửa chưa rõ. Ví dụ: 07:00-21:00, hoặc T2-T6 07:00-17:00; T7 07:00-11:00."
    en = "The opening hours are unclear. Examples: 07:00-21:00, or Mon-Fri 07:00-17:00; Sat 07:00-11:00."


@dataclass(frozen=True, slots=True)
class StayPolicy:
    """What the deriver of visits needs to know about one point on one day.

    `openings` are the stretches that begin on that day or reach into it, in order; empty when the hours aren't known
    (`hours_known` false) or the place doesn't open. `position` is latitude and longitude in degrees, where known.
    """

    place_id: int
    default_minutes: int
    longest_minutes: int
    hours_known: bool = False
    openings: tuple[Interval, ...] = ()
    position: tuple[float, float] | None = None

    @property
    def closes_at(self) -> datetime | None:
        """The last closing of that local day, which may lie after midnight; None when unknown or not open."""
        return self.openings[-1].end if self.openings else None

    def was_shut(self, at: datetime) -> bool:
        """Whether nobody should have come then: before or after every opening of the day, with the slack at both ends.

        A place whose hours aren't known is never shut.
        """
        near = (opening.start - OPENING_SLACK <= at < opening.end + OPENING_SLACK for opening in self.openings)
        return self.hours_known and not any(near)

    def closing_after(self, arrived_at: datetime) -> datetime | None:
        """When somebody who arrived then had to leave at the latest: the end of that business day.

        Lunch breaks don't send people away; a night that reaches past midnight ends with its own closing.
        returns  None when no closing follows the arrival
        """
        holding = [opening.end for opening in self.openings if opening.contains(arrived_at)]
        same_day = [opening.end for opening in self.openings if opening.end > arrived_at]
        if (
            holding
            and _local_date(self.openings[0].start) < _local_date(arrived_at)
            and holding[0] == self.openings[0].end
        ):
            return holding[0]
        return same_day[-1] if same_day else None


def _local_date(instant: datetime) -> date:
    return instant.astimezone(LOCAL).date()


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Opening hours by weekday (Monday first), each a tuple of (start, end) in minutes after local midnight.

    An end at or before its start belongs to the next day: 18:00-02:00 is (1080, 1560). 24 hours is (0, 1440).
    """

    days: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "OpeningHours":
        """From the stored form, `{"mon": [["07:00", "11:00"], ...], ...}`.

        raises   HoursUnclear
        """
        if not isinstance(written, Mapping) or set(written) - set(WEEKDAYS):
            raise HoursUnclear(field="opening_hours")
        try:
            days = tuple(
                tuple(_stretch(_minute(start), _minute(end)) for start, end in written.get(day, ())) for day in WEEKDAYS
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise HoursUnclear(field="opening_hours") from error
        return cls(tuple(_in_order(day) for day in days))

    @classmethod
    def parse(cls, text: str) -> "OpeningHours":
        """From what people write: "7h-21h", "T2-T6 07:00-17:00; T7 07:00-11:00", "Mon-Sun 18:00-02:00".

        raises   HoursUnclear
        """
        days: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
        for part in re.split(r"[;\n]", text.casefold()):
            if part.strip():
                chosen, stretches = _parse_part(part)
                for index in chosen:
                    days[index].extend(stretches)
        if not any(days):
            raise HoursUnclear(field="opening_hours")
        return cls(tuple(_in_order(day) for day in days))

    def written(self) -> dict[str, list[list[str]]]:
        """The stored form; days without hours are left out."""
        return {
            name: [[_clock(start), _clock(end)] for start, end in day]
            for name, day in zip(WEEKDAYS, self.days, strict=True)
            if day
        }

    def text(self) -> str:
        """As people write it, so that `parse` reads it again; neighbouring days with equal hours together."""
        parts = []
        for day, group in groupby(range(7), key=lambda index: self.days[index]):
            indices = list(group)
            if day:
                names = [_SHOWN_DAYS[index] for index in (indices[0], indices[-1])]
                hours = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in day)
                parts.append(hours if len(indices) == 7 else f"{'-'.join(dict.fromkeys(names))} {hours}")
        return "; ".join(parts)

    def openings(self, day: date) -> tuple[Interval, ...]:
        """The stretches open on a local day, the night before's first where it reaches past midnight; in UTC."""
        evening = day - timedelta(days=1)
        late = [stretch for stretch in self.days[evening.weekday()] if stretch[1] > MINUTES_A_DAY]
        return tuple(_interval(evening, stretch) for stretch in late) + tuple(
            _interval(day, stretch) for stretch in self.days[day.weekday()]
        )


def _parse_part(part: str) -> tuple[list[int], list[tuple[int, int]]]:
    named = _DAYS.match(part)
    chosen = _chosen_days(named.group(1), named.group(2)) if named else list(range(7))
    rest = part[named.end() :] if named else part
    found = [
        _stretch(int(hour) * 60 + int(minute or 0), int(end) * 60 + int(end_minute or 0))
        for hour, minute, end, end_minute in _HOURS.findall(rest)
    ]
    if not found or _HOURS.sub("", rest).strip(" ,hg"):
        raise HoursUnclear(field="opening_hours")
    return chosen, found


def _chosen_days(first: str, last: str | None) -> list[int]:
    try:
        start, end = _DAY_WORDS[first], _DAY_WORDS[last or first]
    except KeyError as error:
        raise HoursUnclear(field="opening_hours") from error
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _stretch(start: int, end: int) -> tuple[int, int]:
    if not (0 <= start < MINUTES_A_DAY and 0 <= end <= MINUTES_A_DAY):
        raise HoursUnclear(field="opening_hours")
    return start, end if end > start else end + MINUTES_A_DAY


def _in_order(day: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    ordered = tuple(sorted(day))
    for (_, end), (start, _next) in pairwise(ordered):
        if start < end:
            raise HoursUnclear(field="opening_hours")
    return ordered


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    if not (len(hour) == len(minute) == 2 and int(minute) < 60):
        raise ValueError(text)
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes if minutes <= MINUTES_A_DAY else minutes - MINUTES_A_DAY, 60)
    return f"{hour:02d}:{minute:02d}"


def _interval(day: date, stretch: tuple[int, int]) -> Interval:
    midnight = datetime.combine(day, time(), LOCAL)
    start, end = (midnight + timedelta(minutes=minute) for minute in stretch)
    return Interval(start, end)
