"""Lines of a filled paper form, typed in by a place's owner or an officer: good ones are recorded, bad ones come back.

As with what a gate types in later, nobody verified them: they count as typed, and are marked as told afterwards. A
line's own id, given with the empty form, makes up the random part of its scan's id: sent twice, it is recorded once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from dauchan import config
from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock, ids
from dauchan.kernel.errors import BadInput, Conflict, Problem, TooMany
from dauchan.kernel.keyring import Keyring
from dauchan.notify.budgets import Budget
from dauchan.people import subjects
from dauchan.people.on_paper import Written, people_of
from dauchan.people.rules import BadDocument, BadPhone, Identity, normal_document, normal_identity, normal_phone
from dauchan.people.subjects import Subject
from dauchan.places.models import Place
from dauchan.places.queries import closings_of
from dauchan.visits import recording
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, Direction

LINES_AT = Budget("paper.lines", capacity=600, per_hour=600)
"""Lines typed in for one place: more than one person types in an hour. Ours."""
TIME = re.compile(r"([01]?\d|2[0-3])\s*[:hg.]?\s*([0-5]\d)", re.IGNORECASE)
YEAR = re.compile(r"[0-9]{4}")
DIRECTIONS = {"in": Direction.IN, "out": Direction.OUT}


class TimeUnclear(BadInput):
    vi = "Giờ chưa đúng. Gõ theo 24 tiếng, ví dụ 07:45."
    en = "The time is not right. Type it in 24 hours, such as 07:45."


class NotYet(BadInput):
    vi = "Giờ này chưa tới. Xem lại giờ, và ngày ghi ở đầu phiếu."
    en = "This time has not come yet. Look again at the time, and at the date of the form."


class YearUnclear(BadInput):
    vi = "Năm sinh gồm 4 chữ số, ví dụ 1956."
    en = "The year of birth has 4 digits, such as 1956."


class NumberUnclear(BadInput):
    vi = "Không phải số điện thoại (10 chữ số) hay số giấy tờ. Xem lại phiếu, hoặc xóa số và gõ họ tên, năm sinh."
    en = "Neither a phone (10 digits) nor a document number. Look again, or leave it empty and type name and year."


class NobodyNamed(BadInput):
    vi = "Chưa rõ là ai: cần số điện thoại hoặc giấy tờ; không có số thì cần cả họ tên và năm sinh."
    en = "It is not clear who this is: a phone or document is needed, or both name and year of birth."


class DirectionMissing(BadInput):
    vi = "Hãy chọn Vào hoặc Ra."
    en = "Choose In or Out."


class RecordedOtherwise(Conflict):
    vi = "Dòng này đã được ghi trước đó với nội dung khác. Nếu lần trước gõ sai, hãy báo cán bộ y tế."
    en = "This line was recorded before, with other words. If those were wrong, tell a health officer."


class PointMissing(BadInput):
    vi = "Hãy chọn điểm quét của phiếu."
    en = "Choose the point of the form."


class DayMissing(BadInput):
    vi = "Hãy chọn ngày ghi ở đầu phiếu."
    en = "Choose the date at the head of the form."


class DayTooOld(BadInput):
    vi = "Phiếu đã quá thời hạn lưu ({days} ngày), không nhập được nữa. Hãy hủy phiếu."
    en = "The form is older than what may be kept ({days} days) and can't be typed in. Destroy it."


class DayAhead(BadInput):
    vi = "Ngày này chưa tới. Xem lại ngày ghi ở đầu phiếu."
    en = "This day has not come yet. Look again at the date of the form."


class BeforePlace(BadInput):
    vi = "Ngày này địa điểm chưa đăng ký. Nếu phiếu đúng, hãy nhờ cán bộ y tế nhập."
    en = "The place was not registered on this day. If the form is right, let a health officer type it in."


class TooManyLines(TooMany):
    vi = "Một giờ nhập quá nhiều dòng cho một nơi. Chưa dòng nào được ghi; hãy gửi lại sau ít phút."
    en = "Too many lines for one place within an hour. None was recorded; send them again in some minutes."


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was typed; `number` is its number on the sheet, `id` makes two sendings the same line."""

    number: int
    id: str
    time: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    year: str = field(default="", repr=False)
    who: str = field(default="", repr=False)
    direction: str = "in"

    @property
    def is_empty(self) -> bool:
        return not (self.time or self.name or self.year or self.who)


@dataclass(frozen=True, slots=True)
class Read:
    """A line that can be recorded: an instant, a direction, and whom it names."""

    line: Line
    at: datetime
    direction: Direction
    written: Written


@dataclass(frozen=True, slots=True)
class TypedIn:
    """What became of a sheet: the lines recorded now, those kept apart, those there before, and bad ones with why."""

    recorded: list[Read]
    kept: list[Read]
    before: list[Read]
    refused: list[tuple[Line, Problem]]


def type_in(
    place: Place,
    point_id: int,
    day: date,
    lines: Sequence[Line],
    *,
    by: Officer | UUID,
    keyring: Keyring,
    now: datetime,
) -> TypedIn:
    """Record the good ones of a sheet's lines, each once; lines without a word are no lines.

    by       the officer, or the owner's person
    raises   DayTooOld, DayAhead, BeforePlace, TooManyLines, Unavailable: then nothing is recorded
    """
    written = [line for line in lines if not line.is_empty]
    _check_day(day, keyring, now)
    if not isinstance(by, Officer) and day < clock.local_day(place.created_at):
        raise BeforePlace(field="day")
    if written and not LINES_AT.take(str(place.pk), now=now, cost=len(written)):
        raise TooManyLines(seconds=600)
    good: list[Read] = []
    refused: list[tuple[Line, Problem]] = []
    for line in written:
        try:
            good.append(_read(line, day, now))
        except Problem as problem:
            refused.append((line, problem))
    with transaction.atomic():
        return _record(place, point_id, day, good, refused, by=by, keyring=keyring, now=now)


def _check_day(day: date, keyring: Keyring, now: datetime) -> None:
    today, days = clock.local_day(now), config.load().retention_days
    if day > today:
        raise DayAhead(field="day")
    if day < today - timedelta(days=days) or day in keyring.destroyed():
        raise DayTooOld(field="day", days=days)


def _read(line: Line, day: date, now: datetime) -> Read:
    """A line in the words of the ledger.

    raises   Problem with the field
    """
    time = TIME.fullmatch(line.time.strip())
    if time is None:
        raise TimeUnclear(field="time")
    at = clock.day_start(day) + timedelta(hours=int(time[1]), minutes=int(time[2]))
    if at > now:
        raise NotYet(field="time")
    if line.direction not in DIRECTIONS:
        raise DirectionMissing(field="direction")
    return Read(line, at, DIRECTIONS[line.direction], _written(line, clock.local_day(now)))


def _written(line: Line, today: date) -> Written:
    year = line.year.strip()
    if year and not YEAR.fullmatch(year):
        raise YearUnclear(field="year")
    told = Identity(name=line.name, birth_year=int(year) if year else None)
    try:
        told = normal_identity(told, today=today)
    except Problem as problem:
        problem.detail["field"] = "year" if problem.detail.get("field") == "birth_date" else "name"
        raise
    number = _number(line.who) if line.who.strip() else None
    if number is None and not (told.name and told.birth_year):
        raise NobodyNamed(field="who")
    return Written(told.name, told.birth_year, number)


def _number(text: str) -> Subject:
    """A phone by its shape, else a document by its own; as the gate's manual entry reads them."""
    try:
        return Subject("phone", normal_phone(text))
    except BadPhone:
        try:
            return subjects.normalise("document", normal_document(text).text)
        except BadDocument as problem:
            raise NumberUnclear(field="who") from problem


def _record(
    place: Place,
    point_id: int,
    day: date,
    good: Sequence[Read],
    refused: list[tuple[Line, Problem]],
    *,
    by: Officer | UUID,
    keyring: Keyring,
    now: datetime,
) -> TypedIn:
    people = people_of([read.written for read in good], sheet=f"{place.pk}:{day}", keyring=keyring, now=now)
    scans = [_scan(place, point_id, read, person) for read, person in zip(good, people, strict=True)]
    same, closed_at = recording.same_before(scans, keyring=keyring), closings_of(place.pk).get(point_id)
    done, taken = TypedIn([], [], [], refused), dict[UUID, PageScan]()
    for read, scan in zip(good, scans, strict=True):
        if same.get(scan.id):
            done.before.append(read)
        elif scan.id in same or scan.id in taken:
            refused.append((read.line, RecordedOtherwise()))
        elif closed_at is not None and closed_at <= read.at:
            recording.keep(scan, "point_closed", keyring=keyring, now=now)
            done.kept.append(read)
        else:
            taken[scan.id] = scan
            done.recorded.append(read)
    if taken:
        recording.record(list(taken.values()), keyring=keyring, now=now)
    refused.sort(key=lambda found: found[0].number)
    _note(place, done, by=by, now=now)
    return done


def _scan(place: Place, point_id: int, read: Read, person: UUID) -> PageScan:
    scan_id = ids.deterministic_uuid7(read.at, "paper", str(place.pk), read.line.id)
    return PageScan(scan_id, person, point_id, read.direction, Confidence.TYPED, backfilled=True)


def _note(place: Place, done: TypedIn, *, by: Officer | UUID, now: datetime) -> None:
    """One row for the sheet: who typed how many lines for which place."""
    if done.recorded or done.kept:
        officer, owner = (by, None) if isinstance(by, Officer) else (None, by)
        count, detail = len(done.recorded) + len(done.kept), {"place": place.pk}
        audit.record("paper.typed_in", by=officer, about=owner, unit=place.unit_id, at=now, count=count, detail=detail)
