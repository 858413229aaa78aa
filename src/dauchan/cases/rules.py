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
ONSET_AFTER_CONFIRMATION = timedelta(days=14)  # symptoms may begin after a positive test; incubation, ECDC 8 Apr 2020
NEAR_THE_CASE = timedelta(days=366)  # our number: what a case tells lies within a year of it
EARLIEST_YEAR, LATEST_YEAR = 2000, 9000  # our numbers: outside them a slip of the pen, and calendars end


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
        self._check_years()
        if self.onset_on is None and self.sampled_on is None:
            raise NoStartingDate
        self._check("Ngày lấy mẫu", "The day of the sample", self.sampled_on, latest=self.confirmed_on)
        latest_onset = self.confirmed_on + ONSET_AFTER_CONFIRMATION
        self._check("Ngày khởi phát", "The day of onset", self.onset_on, latest=latest_onset)

    def _check_years(self) -> None:
        days = (self.confirmed_on, self.isolated_at)
        if any(day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR for day in days):
            raise DatesOutOfOrder(what="Năm", what_en="The year", day="", confirmed=str(self.confirmed_on.year))

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


def check_period(period: Interval, confirmed_on: date) -> Interval:
    """An infectious period as the officer gave it.

    raises   PeriodWrong when empty, longer than 60 days, or more than a year away from the confirmation
    """
    return _bounded(period, LONGEST_PERIOD, clock.day_start(confirmed_on))


def check_milestone(window: Interval, case_from: datetime) -> Interval:
    """The window of a milestone told by the case.

    raises   PeriodWrong when empty, longer than 31 days, or more than a year away from the case's period
    """
    return _bounded(window, LONGEST_MILESTONE, case_from)


def _bounded(window: Interval, longest: timedelta, around: datetime) -> Interval:
    near = is_near(window.start, around) and is_near(window.end, around)
    if not near or not timedelta(0) < window.length <= longest:
        raise PeriodWrong(days=longest.days)
    return window


def is_near(instant: datetime, case_from: datetime) -> bool:
    """Whether something told lies within a year of the case."""
    return abs(instant - case_from) <= NEAR_THE_CASE


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
