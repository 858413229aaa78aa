"""What makes a place acceptable, which state may follow which, and when a place closes on a given day.

Values in, values out. Who may do it and where it is stored is decided elsewhere.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.errors import BadInput, Conflict
from dauchan.kernel.intervals import Interval

NAME_LENGTH = 200
ADDRESS_LENGTH = 300
CODE_LENGTH = 60
POINT_NAME_LENGTH = 80
REASON_LENGTH = 300
POINTS_LIMIT = 200  # our number: a market with a gate to every street still fits; keeps one row of a list bounded
CAPACITY_LIMIT = 1_000_000
SINCE_ALWAYS = date(1900, 1, 1)
"""The first day of what has held ever since a place or a setting has been known, also for visits told of afterwards."""

PENDING, APPROVED, SUSPENDED, CLOSED, REJECTED = "pending", "approved", "suspended", "closed", "rejected"
FOLLOWING: dict[str, frozenset[str]] = {
    PENDING: frozenset({APPROVED, REJECTED}),
    APPROVED: frozenset({SUSPENDED, CLOSED}),
    SUSPENDED: frozenset({APPROVED, CLOSED}),
    CLOSED: frozenset({APPROVED}),
    REJECTED: frozenset({PENDING}),
}
"""Which states may follow a state. A closed place can open again; a rejected one can be asked for again."""
NEEDS_REASON = frozenset({SUSPENDED, CLOSED, REJECTED})
RECORDS_SCANS = frozenset({PENDING, APPROVED})
"""Where people are recorded: a place that waits for approval too, so that nothing is lost on its first day."""
PRINTS = frozenset({PENDING, APPROVED})

CREATE_ONLY, FILL_BLANKS, UPDATE = "create", "fill", "update"
MODES = (CREATE_ONLY, FILL_BLANKS, UPDATE)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_WORDS = {
    **{word: index for index, word in enumerate(WEEKDAYS)},
    **{f"t{number}": number - 2 for number in range(2, 8)},
    "cn": 6,
}
_HOURS = re.compile(r"(\d{1,2})(?:[:hg.](\d{2})?)?\s*[-–—]\s*(\d{1,2})(?:[:hg.](\d{2})?)?")
_DAYS = re.compile(r"^\s*([a-z0-9]+)(?:\s*[-–—]\s*([a-z0-9]+))?\s*:?\s+(?=\d)")
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co"})
MINUTES_A_DAY = 24 * 60


class StepNotAllowed(Conflict):
    vi = "Địa điểm đang ở trạng thái khác nên không làm được bước này. Hãy tải lại trang."
    en = "The place is in another state, so this step is not possible. Reload the page."


class ReasonMissing(BadInput):
    vi = "Hãy ghi lý do."
    en = "Give the reason."


class HoursUnclear(BadInput):
    vi = "Giờ mở cửa chưa rõ. Ví dụ: 07:00-21:00, hoặc T2-T6 07:00-17:00; T7 07:00-11:00."
    en = "The opening hours are unclear. Examples: 07:00-21:00, or Mon-Fri 07:00-17:00; Sat 07:00-11:00."


class TextNotAllowed(BadInput):
    vi = "{field}: có ký tự không dùng được, hoặc dài quá {limit} ký tự."
    en = "{field}: holds characters that can't be used, or is longer than {limit} characters."


class NameMissing(BadInput):
    vi = "Thiếu tên địa điểm."
    en = "The name of the place is missing."


class PositionUnclear(BadInput):
    vi = "Vị trí chưa đúng: cần cả vĩ độ và kinh độ, trong lãnh thổ Việt Nam."
    en = "The position is not right: give latitude and longitude, within Việt Nam."


class NumberNotAllowed(BadInput):
    vi = "{field}: cần một số nguyên từ 1 đến {limit}."
    en = "{field}: give a whole number from 1 to {limit}."


@dataclass(frozen=True, slots=True)
class PointInput:
    """One point as somebody hands it in."""

    name: str = ""
    kind: str = "gate"
    direction: str = "both"
    external_code: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceInput:
    """One place as somebody hands it in, checked by `checked`; unit and category are ids found beforehand.

    `owner_phone` and `owner_name` lead to a person of the register; they are never stored with the place.
    """

    name: str
    unit_id: int
    category_id: int
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    agency_id: int | None = None
    capacity: int | None = None
    opening_hours: Mapping[str, Any] | None = None
    external_code: str | None = None
    owner_name: str = ""
    owner_phone: str = ""
    points: Sequence[PointInput] = field(default=())


def clean_text(text: str, *, name: str, limit: int) -> str:
    """The text in NFC with single spaces, without the zero-width marks that word processors leave.

    raises   TextNotAllowed for control characters, marks that turn the writing direction, lone surrogates, too long
    """
    composed = " ".join(unicodedata.normalize("NFC", text).translate(_UNSEEN).split())
    if len(composed) > limit or any(unicodedata.category(letter) in _NOT_TEXT for letter in composed):
        raise TextNotAllowed(field=name, limit=limit)
    return composed


def checked(given: PlaceInput) -> PlaceInput:
    """The same place with clean texts, at least one point, and hours in their one form.

    raises   BadInput with the field's name
    """
    name = clean_text(given.name, name="name", limit=NAME_LENGTH)
    if not name:
        raise NameMissing(field="name")
    _check_position(given.latitude, given.longitude)
    _check_capacity(given.capacity)
    return PlaceInput(
        name=name,
        unit_id=given.unit_id,
        category_id=given.category_id,
        address=clean_text(given.address, name="address", limit=ADDRESS_LENGTH),
        latitude=given.latitude,
        longitude=given.longitude,
        agency_id=given.agency_id,
        capacity=given.capacity,
        opening_hours=OpeningHours.read(given.opening_hours).written() if given.opening_hours else None,
        external_code=clean_text(given.external_code or "", name="external_code", limit=CODE_LENGTH) or None,
        owner_name=clean_text(given.owner_name, name="owner_name", limit=NAME_LENGTH),
        owner_phone=given.owner_phone.strip(),
        points=checked_points(given.points),
    )


def checked_points(points: Sequence[PointInput]) -> tuple[PointInput, ...]:
    """The points with clean names; a place without any gets its main gate.

    raises   BadInput, also when two points carry the same external code
    """
    if len(points) > POINTS_LIMIT:
        raise NumberNotAllowed(field="points", limit=POINTS_LIMIT)
    found = tuple(_checked_point(point, number) for number, point in enumerate(points or (PointInput(),), 1))
    codes = [point.external_code for point in found if point.external_code]
    if len(codes) != len(set(codes)):
        raise BadInput(field="points.external_code")
    return found


def _checked_point(point: PointInput, number: int) -> PointInput:
    if point.kind not in {"gate", "floor", "room", "vehicle"} or point.direction not in {"both", "in", "out"}:
        raise BadInput(field="points.kind")
    name = clean_text(point.name, name="points.name", limit=POINT_NAME_LENGTH)
    code = clean_text(point.external_code or "", name="points.external_code", limit=CODE_LENGTH)
    return PointInput(name or default_point_name(number), point.kind, point.direction, code or None)


def default_point_name(number: int) -> str:
    """What a point is called when nobody named it."""
    return "Cổng chính" if number == 1 else f"Điểm {number}"


def _check_position(latitude: float | None, longitude: float | None) -> None:
    """Both or none, inside a generous box around Việt Nam with its islands (our box: 5-24 N, 101-118 E)."""
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None or not (5 <= latitude <= 24 and 101 <= longitude <= 118):
        raise PositionUnclear(field="latitude")


def _check_capacity(capacity: int | None) -> None:
    if capacity is not None and not 1 <= capacity <= CAPACITY_LIMIT:
        raise NumberNotAllowed(field="capacity", limit=CAPACITY_LIMIT)


def check_step(before: str, after: str, reason: str) -> None:
    """Whether a place may go from one state to another.

    raises   StepNotAllowed, ReasonMissing
    """
    if after not in FOLLOWING.get(before, frozenset()):
        raise StepNotAllowed
    if after in NEEDS_REASON and not reason.strip():
        raise ReasonMissing(field="reason")


@dataclass(frozen=True, slots=True)
class StayPolicy:
    """What the deriver of visits needs to know about one point on one day.

    `openings` are the stretches that begin on that day or reach into it, in order; empty when the hours aren't known
    (`hours_known` false) or the place doesn't open.
    """

    place_id: int
    default_minutes: int
    longest_minutes: int
    hours_known: bool = False
    openings: tuple[Interval, ...] = ()

    @property
    def closes_at(self) -> datetime | None:
        """The last closing of that local day, which may lie after midnight; None when unknown or not open."""
        return self.openings[-1].end if self.openings else None

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
        except (TypeError, ValueError) as error:
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
