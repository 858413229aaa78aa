"""What a case report must look like: its number, the order of its dates, the window of a milestone.

Decides nothing about contagion: the infectious period comes from a ruleset, above this slice.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.intervals import Interval

LONGEST_PERIOD = timedelta(days=60)  # our number: longer is a slip of the pen, not an infectious period
LONGEST_MILESTONE = timedelta(days=31)  # our number: as above
ONSET_BEFORE_CONFIRMATION = timedelta(days=60)  # our number: older symptoms belong to another illness


class DatesOutOfOrder(BadInput):
    kind = "dates_out_of_order"
    vi = "{what} ({day}) chưa hợp lý so với ngày xác nhận ({confirmed}). Hãy xem lại các ngày."
    en = "{what_en} ({day}) does not fit the day of confirmation ({confirmed}). Look at the dates again."


class NoStartingDate(BadInput):
    kind = "no_starting_date"
    vi = "Cần ngày khởi phát, hoặc ngày lấy mẫu nếu ca bệnh không có triệu chứng."
    en = "A day of onset is needed, or the day of the sample when there are no symptoms."


class PeriodWrong(BadInput):
    kind = "period_wrong"
    vi = "Khoảng thời gian chưa đúng: kết thúc phải sau bắt đầu và dài không quá {days} ngày."
    en = "The period is not right: it must end after it starts and last at most {days} days."


class ReasonNeeded(BadInput):
    kind = "reason_needed"
    vi = "Hãy ghi lý do khi thay đổi thời kỳ lây hoặc bộ quy định."
    en = "Give a reason for changing the infectious period or the ruleset."


@dataclass(frozen=True)
class CaseDates:
    """The dates of one confirmed case; `onset_on` is empty when there were no symptoms.

    raises   NoStartingDate, DatesOutOfOrder
    """

    confirmed_on: date
    onset_on: date | None = None
    sampled_on: date | None = None
    isolated_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.onset_on is None and self.sampled_on is None:
            raise NoStartingDate
        self._check("Ngày lấy mẫu", "The day of the sample", self.sampled_on, latest=self.confirmed_on)
        # symptoms may begin after a positive test, so onset may follow the confirmation by some days
        latest_onset = self.confirmed_on + timedelta(days=14)
        self._check("Ngày khởi phát", "The day of onset", self.onset_on, latest=latest_onset)

    def _check(self, what: str, what_en: str, day: date | None, *, latest: date) -> None:
        if day is not None and not self.confirmed_on - ONSET_BEFORE_CONFIRMATION <= day <= latest:
            shown = {"day": f"{day:%d/%m/%Y}", "confirmed": f"{self.confirmed_on:%d/%m/%Y}"}
            raise DatesOutOfOrder(what=what, what_en=what_en, **shown)

    @property
    def first_day(self) -> date:
        """Onset, or the sample of a case without symptoms: what every window is counted from."""
        first = self.onset_on or self.sampled_on
        assert first is not None  # __post_init__
        return first


def check_not_in_future(dates: CaseDates, now: datetime) -> None:
    """Nothing is confirmed, sampled or isolated tomorrow.

    raises   DatesOutOfOrder
    """
    today = clock.local_day(now)
    isolated = clock.local_day(dates.isolated_at) if dates.isolated_at else None
    for day in (dates.confirmed_on, dates.onset_on, dates.sampled_on, isolated):
        if day is not None and day > today:
            shown = {"day": f"{day:%d/%m/%Y}", "confirmed": f"{dates.confirmed_on:%d/%m/%Y}"}
            raise DatesOutOfOrder(what="Một ngày trong tương lai", what_en="A day in the future", **shown)


def check_period(period: Interval) -> Interval:
    """An infectious period as the officer gave it.

    raises   PeriodWrong when empty or longer than 60 days
    """
    return _bounded(period, LONGEST_PERIOD)


def check_milestone(window: Interval) -> Interval:
    """The window of a milestone told by the case.

    raises   PeriodWrong when empty or longer than 31 days
    """
    return _bounded(window, LONGEST_MILESTONE)


def _bounded(window: Interval, longest: timedelta) -> Interval:
    if not timedelta(0) < window.length <= longest:
        raise PeriodWrong(days=longest.days)
    return window


def check_reason(reason: str, *, needed: bool) -> str:
    """The officer's reason, trimmed.

    raises   ReasonNeeded when one is needed and nothing was written
    """
    if needed and not reason.strip():
        raise ReasonNeeded
    return reason.strip()


def case_code(year: int, number: int) -> str:
    """The case's public number: "CB-2026-0001"."""
    return f"CB-{year}-{number:04d}"
