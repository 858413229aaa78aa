"""What an inspection says: its answers, what follows from them for the place, and when somebody should come again.

Pure. The reasons are those that inspectors met in 2021 (Khánh Hòa, Hà Nội): docs/reference/inspections.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from dauchan.kernel.errors import BadInput

GOOD, MEND, NOT_DISPLAYED, NOT_SEEN = "good", "mend", "missing", "unseen"
RESULTS = (GOOD, MEND, NOT_DISPLAYED, NOT_SEEN)

QUESTIONS = ("poster_shown", "right_size", "own_code", "readable", "right_place", "exits_scanned", "staff_remind")
"""Answered yes, no or not at all."""
ALL, SOME, NOBODY, NO_VISITORS = "all", "some", "none", "empty"
SEEN = (ALL, SOME, NOBODY, NO_VISITORS)
"""Who was seen to scan while the inspector watched."""

REASONS: dict[str, tuple[str, str]] = {
    "no_code": ("Không có mã", "No code"),
    "other_app": ("Mã của ứng dụng khác, mã cũ", "Another app's code, an old code"),
    "too_small": ("In quá nhỏ", "Printed too small"),
    "unreadable": ("Mã mờ, rách, không quét được", "Pale or torn, can't be scanned"),
    "hidden": ("Treo chỗ khó thấy, sai cửa", "Hangs where few see it, at the wrong door"),
    "nobody_guides": ("Không ai hướng dẫn, nhắc khách", "Nobody guides or reminds visitors"),
    "photographed": ("Bảo vệ chụp lại mã của khách", "Guards photograph visitors' codes"),
    "once_a_day": ("Chỉ quét một lần trong ngày", "Scanned once a day only"),
    "no_exit": ("Không quét khi ra", "No scan on leaving"),
    "crowded": ("Giờ đông quét không kịp", "Too crowded at peak hours"),
    "closed": ("Đóng cửa lúc kiểm tra", "Closed at the time"),
    "moved": ("Đã chuyển đi, không còn ở đây", "Moved away, no longer here"),
    "refused": ("Từ chối cho kiểm tra", "Refused the inspection"),
}
"""Why it is not as it should be, in both languages: the phone shows them without network."""
UNSEEN = frozenset({"closed", "moved", "refused"})

AGAIN = {GOOD: timedelta(days=60), MEND: timedelta(days=7), NOT_DISPLAYED: timedelta(days=3), NOT_SEEN: timedelta(3)}
"""When to come again. Ours."""

LONGEST_WINDOW = timedelta(hours=4)
MOST_COUNTED = 20_000


@dataclass(frozen=True)
class Answers:
    """What was found; None where a question was not answered."""

    poster_shown: bool | None = None
    right_size: bool | None = None
    own_code: bool | None = None
    readable: bool | None = None
    right_place: bool | None = None
    exits_scanned: bool | None = None
    staff_remind: bool | None = None
    scanning: str = ""
    reasons: Collection[str] = ()


def is_displayed(found: Answers) -> bool | None:
    """Whether a code of ours hangs there and can be read; None when nobody could look."""
    if found.poster_shown is None:
        return None
    return found.poster_shown and found.own_code is not False and found.readable is not False


def result_of(found: Answers) -> str:
    """The inspection in one word: good, something to mend, no code displayed, or not seen at all."""
    displayed = is_displayed(found)
    if displayed is None:
        return NOT_SEEN
    if not displayed:
        return NOT_DISPLAYED
    faulty = any(getattr(found, name) is False for name in QUESTIONS) or found.scanning == NOBODY
    return MEND if faulty or found.reasons else GOOD


def due_on(found: Answers, day: date) -> date | None:
    """The day from which somebody should come again; None for a place that has moved away."""
    return None if "moved" in found.reasons else day + AGAIN[result_of(found)]


class AnswersUnclear(BadInput):
    vi = "Bản ghi thiếu câu trả lời: hãy trả lời có treo mã hay không, hoặc chọn lý do không xem được."
    en = "The record lacks an answer: say whether a code hangs there, or choose why nobody could look."


class CountUnclear(BadInput):
    vi = "Số đếm chưa đúng: bắt đầu trước kết thúc, không quá 4 giờ, số đã quét không quá số người đến."
    en = "The count is not right: it ends after it begins, takes 4 hours at most, and no more scan than come."


class TooOld(BadInput):
    vi = "Bản ghi này cũ hơn 90 ngày. Hãy kiểm tra lại nơi đó."
    en = "This record is older than 90 days. Inspect the place again."


OLDEST = timedelta(days=90)
"""How late a record may come in. Ours."""


@dataclass(frozen=True)
class Count:
    """Visitors counted in a window of time; `seen_scans` is None where nobody watched who scanned."""

    start: datetime
    end: datetime
    visitors: int
    seen_scans: int | None = None


@dataclass(frozen=True)
class Finding:
    """An inspection as a phone tells it."""

    client_id: UUID
    place_id: int
    at: datetime
    found: Answers
    note: str = ""
    count: Count | None = None
    assignment_id: int | None = None


def checked(told: Finding, now: datetime) -> Finding:
    """The inspection, if it makes sense. A phone whose clock is ahead is told by the time it was received.

    raises   AnswersUnclear, CountUnclear, TooOld
    """
    found, count = told.found, told.count
    known = set(found.reasons) <= REASONS.keys() and found.scanning in (*SEEN, "")
    if not known or (found.poster_shown is None and UNSEEN.isdisjoint(found.reasons)):
        raise AnswersUnclear(field="poster_shown")
    if count is not None:
        in_time = timedelta(0) < count.end - count.start <= LONGEST_WINDOW
        fits = 0 <= (count.seen_scans or 0) <= count.visitors <= MOST_COUNTED
        if not in_time or not fits:
            raise CountUnclear(field="count")
    if told.at < now - OLDEST:
        raise TooOld(field="at")
    return told
