"""Periods, due hours, leagues and small cells of reports, by small tables."""

from datetime import date, datetime, time

import pytest

from dauchan.kernel.clock import LOCAL
from dauchan.reports import rules

MONDAY = date(2021, 12, 13)


@pytest.mark.parametrize(
    ("code", "days", "whole"),
    [
        ("scans", [10, 20, 30], 60),  # happened on each day: added up
        ("people", [10, 20, 30], 20),  # the same people come again: the mean
        ("registered", [10, 20, 30], 30),  # stands as it does on the last day
        ("scans", [None, 20, None], 20),
        ("people", [None, None], None),
        ("registered", [10, None], None),
    ],
)
def test_a_figure_over_days_is_a_sum_a_mean_or_the_last(code, days, whole):
    over = rules.OverDays(code)
    for value in days:
        over.add(value, hidden=False)
    assert (over.value, over.hidden) == (whole, False)


@pytest.mark.parametrize(
    ("code", "days", "hidden"),
    [
        ("people", [True, False], True),  # one hidden day could be worked out from the whole
        ("registered", [True, False], False),  # only the last day is shown
        ("registered", [False, True], True),
    ],
)
def test_a_figure_over_days_is_hidden_when_one_that_it_is_made_of_is(code, days, hidden):
    over = rules.OverDays(code)
    for each in days:
        over.add(None if each else 5, hidden=each)
    assert over.hidden is hidden


def test_the_period_before_is_as_long_and_ends_the_day_before():
    assert rules.before(date(2021, 12, 13), date(2021, 12, 19)) == (date(2021, 12, 6), date(2021, 12, 12))
    assert rules.period_of("weekly", date(2021, 12, 19)) == (MONDAY, date(2021, 12, 19))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2021, 12, day, hour, minute, tzinfo=LOCAL)


def due(kind: str, now: datetime, *, since: date = date(2021, 12, 1), until: date | None = None) -> list[date]:
    found = rules.slots(kind, time(16), 0 if kind == "weekly" else None, since=since, until=until, now=now)
    return [slot.last_day for slot in found]


def test_a_daily_report_is_due_at_its_hour_and_not_a_minute_before():
    assert due("daily", at(16, 15, 59), since=date(2021, 12, 16)) == []
    assert due("daily", at(16, 16), since=date(2021, 12, 16)) == [date(2021, 12, 16)]


def test_what_was_missed_is_made_up_for_a_week_and_no_longer():
    assert due("daily", at(16, 17)) == [date(2021, 12, day) for day in range(9, 17)]


def test_a_weekly_report_is_made_on_its_weekday_of_the_seven_days_before():
    assert due("weekly", at(13, 15, 59), since=MONDAY) == []
    assert due("weekly", at(14, 9), since=MONDAY) == [date(2021, 12, 12)]


def test_an_ended_schedule_makes_nothing_from_its_last_day_on():
    assert due("daily", at(16, 17), since=date(2021, 12, 14), until=date(2021, 12, 16)) == [
        date(2021, 12, 14),
        date(2021, 12, 15),
    ]


def league(*values: float | None, better: str = "up") -> tuple[tuple[object, object], ...]:
    return tuple((end.keys, end.tied) for end in rules.league(dict(enumerate(values, 1)), better))


def test_nobody_leads_and_lags_at_once():
    assert league(5.0, 9.0, 1.0, None) == (((2,), None), ((3,), None))
    assert league(5.0, 9.0, better="down") == (((1,), None), ((2,), None))


def test_nobody_leads_where_all_are_equal_and_none_has_a_rank():
    assert league(*[0.0] * 12) == (((), None), ((), None))
    assert rules.rank_in({1: 0.0, 2: 0.0, 3: None}, 1, "up") is None


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        ([9, 8, 7, *[0] * 20], ((1, 2, 3), None), ((), (0, 20))),  # the last are counted, and don't lead
        ([*[100] * 20, 5, 3], ((), (100, 20)), ((22, 21), None)),
        ([9, 5, 5, 5, 5, 1], ((1,), None), ((6,), None)),  # those in the middle do neither
        ([9, *[8] * 6, *range(7)], ((1,), (8, 6)), ((8, 9, 10, 11, 12), None)),
        ([9, 9, 5, 4, 1, 1], ((1, 2, 3), None), ((6, 5, 4), None)),  # equal ones that all have room are named
    ],
)
def test_equal_ones_that_have_no_room_at_an_end_are_counted_there(values, first, last):
    assert league(*map(float, values)) == (first, last)


def test_equal_ones_share_a_rank_and_one_alone_has_none():
    values = {1: 9.0, 2: 5.0, 3: 5.0, 4: 1.0, 5: None}
    assert [rules.rank_in(values, key, "up") for key in values] == [(1, 4), (2, 4), (2, 4), (4, 4), None]
    assert rules.rank_in({1: 9.0}, 1, "up") is None


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Sở Thông tin và Truyền thông", "STTTT"),
        ("Sở Thông tin và Truyền thông tỉnh Đắk Nông", "STTTT"),
        ("Ủy ban nhân dân thành phố Gia Nghĩa", "UBND"),
        ("Đài Truyền thanh", "DTT"),
    ],
)
def test_an_office_is_abbreviated_as_its_papers_are(name, letters):
    assert rules.abbreviation(name) == letters
