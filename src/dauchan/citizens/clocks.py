"""By when a request about one's data must be answered and done: dated rules, values in and values out.

source   Decree 356/2025/NĐ-CP, in force 1/1/2026: an answer within 2 working days; 10, 15 or 20 days to do it, by what
         is asked, extended once by as many. Which of them holds for what is ours: the text was not at hand.
"""

from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Clock:
    """From a day on: working days to answer, and days to do each kind of request."""

    begins: date
    answer_working_days: int
    days: dict[str, int]


CLOCKS = (Clock(date(2026, 1, 1), 2, {"see": 10, "correct": 10, "restrict": 15, "erase": 20}),)


def clock_on(day: date) -> Clock:
    """The rules in force on a day; before the first ones those count too, for they are the stricter."""
    return next((clock for clock in reversed(CLOCKS) if clock.begins <= day), CLOCKS[0])


def answer_by(asked: date) -> date:
    """The last day for an answer: working days are Monday to Friday, and public holidays never lengthen it."""
    day, left = asked, clock_on(asked).answer_working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def do_by(asked: date, kind: str) -> date:
    """The last day for doing what was asked."""
    return asked + timedelta(days=clock_on(asked).days[kind])


def extended(do_by_now: date, asked: date, kind: str) -> date:
    """The last day after the one extension."""
    return do_by_now + timedelta(days=clock_on(asked).days[kind])
