"""What makes a place acceptable, and which state may follow which; when it is open is in `hours.py`.

Values in, values out. Who may do it and where it is stored is decided elsewhere.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from dauchan.kernel.errors import BadInput, Conflict
from dauchan.places.hours import WEEKDAYS as WEEKDAYS
from dauchan.places.hours import HoursUnclear as HoursUnclear
from dauchan.places.hours import OpeningHours as OpeningHours
from dauchan.places.hours import StayPolicy as StayPolicy

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
OFF_LIST = (CLOSED, REJECTED)
"""States in which a place stands on nobody's list any more."""
RECORDS_SCANS = frozenset({PENDING, APPROVED})
"""Where people are recorded: a place that waits for approval too, so that nothing is lost on its first day."""
PRINTS = frozenset({PENDING, APPROVED})

CREATE_ONLY, FILL_BLANKS, UPDATE = "create", "fill", "update"
MODES = (CREATE_ONLY, FILL_BLANKS, UPDATE)

_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co"})


BY_EYE, BY_LEDGER, OF_SAMPLE = "eye", "ledger", "sample"
SHARE_BASES = (BY_EYE, BY_LEDGER, OF_SAMPLE)
"""What a share of visitors who scan rests on: scans seen by who counted, scans that arrived, or a sample of places."""


class StepNotAllowed(Conflict):
    vi = "Địa điểm đang ở trạng thái khác nên không làm được bước này. Hãy tải lại trang."
    en = "The place is in another state, so this step is not possible. Reload the page."


class ReasonMissing(BadInput):
    vi = "Hãy ghi lý do."
    en = "Give the reason."


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


class Lies(Protocol):
    """Where a place lies: its unit, and the agency that answers for it."""

    @property
    def unit_id(self) -> int: ...
    @property
    def agency_id(self) -> int | None: ...


class Reaches(Protocol):
    """How far a permission goes, as far as a place's unit and agency are asked about."""

    @property
    def everywhere(self) -> bool: ...
    @property
    def unit_ids(self) -> frozenset[int]: ...
    @property
    def agency_ids(self) -> frozenset[str]: ...


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


def lies_within(given: Lies, reach: Reaches) -> bool:
    """Whether a place would lie where a permission is held: in one of its units, or an agency's of its own."""
    owned = given.agency_id is not None and str(given.agency_id) in reach.agency_ids
    return reach.everywhere or given.unit_id in reach.unit_ids or owned


def checked(given: PlaceInput) -> PlaceInput:
    """The same place with clean texts, at least one point, and hours in their one form.

    raises   BadInput with the field's name
    """
    name = clean_text(given.name, name="name", limit=NAME_LENGTH)
    if not name:
        raise NameMissing(field="name")
    check_position(given.latitude, given.longitude)
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


def check_position(latitude: float | None, longitude: float | None) -> None:
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
