"""What makes a place acceptable, which state follows which, and when a place closes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.errors import BadInput, Problem
from dauchan.places import rules
from dauchan.places.rules import OpeningHours, PlaceInput, PointInput, StayPolicy

SATURDAY, SUNDAY, MONDAY = date(2021, 8, 14), date(2021, 8, 15), date(2021, 8, 16)


def local(day: date, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=LOCAL).astimezone(UTC)


def policy(hours: str, day: date) -> StayPolicy:
    return StayPolicy(1, 60, 240, True, OpeningHours.parse(hours).openings(day))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("7h-21h30", {day: [["07:00", "21:30"]] for day in rules.WEEKDAYS}),
        ("T2-T6 07:00-11:00, 13:00-17:00; T7 07:00-11:00",
         {day: [["07:00", "11:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
         | {"sat": [["07:00", "11:00"]]}),
        ("Mon 08:00-17:00\nSun 08:00-12:00", {"mon": [["08:00", "17:00"]], "sun": [["08:00", "12:00"]]}),
        ("CN: 6h00 - 12h00", {"sun": [["06:00", "12:00"]]}),
        ("Fri-Sun 18:00–02:00", {day: [["18:00", "02:00"]] for day in ("fri", "sat", "sun")}),
        ("00:00-24:00", {day: [["00:00", "24:00"]] for day in rules.WEEKDAYS}),
    ],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text, written):
    hours = OpeningHours.parse(text)
    assert hours.written() == written
    assert OpeningHours.read(written) == hours


@pytest.mark.parametrize(
    "text", ["", "mở cả ngày", "07:00", "25:00-26:00", "T9 07:00-08:00", "07:00-12:00, 11:00-13:00"]
)
def test_unclear_hours_are_refused(text):
    with pytest.raises(rules.HoursUnclear):
        OpeningHours.parse(text)


@given(st.text(max_size=60))
def test_no_text_of_hours_crashes(text):
    try:
        hours = OpeningHours.parse(text)
    except rules.HoursUnclear:
        return
    assert OpeningHours.read(hours.written()) == OpeningHours.parse(hours.text()) == hours


LEAVES = st.none() | st.integers() | st.text(max_size=5)
DAYS = st.sampled_from([*rules.WEEKDAYS, "x"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(DAYS, inner, max_size=3)))
def test_no_stored_hours_crash(value):
    try:
        OpeningHours.read(value)
    except rules.HoursUnclear:
        return


def test_a_market_with_a_lunch_break_closes_in_the_evening():
    market = policy("07:00-11:00, 13:00-17:00", MONDAY)
    assert market.closes_at == local(MONDAY, "17:00")
    assert market.closing_after(local(MONDAY, "10:50")) == local(MONDAY, "17:00")
    assert market.closing_after(local(MONDAY, "05:30")) == local(MONDAY, "17:00")
    assert market.closing_after(local(MONDAY, "18:00")) is None


def test_a_bar_that_opened_last_night_closes_this_night():
    bar = policy("Sat-Sun 18:00-02:00", SUNDAY)
    assert bar.closing_after(local(SUNDAY, "00:30")) == local(SUNDAY, "02:00")
    assert bar.closing_after(local(SUNDAY, "19:00")) == local(MONDAY, "02:00")
    assert policy("Sat-Sun 18:00-02:00", SATURDAY).closes_at == local(SUNDAY, "02:00")


def test_unknown_hours_close_never():
    assert StayPolicy(1, 60, 240).closes_at is None
    assert StayPolicy(1, 60, 240).closing_after(local(MONDAY, "10:00")) is None


def test_a_place_without_points_gets_its_main_gate():
    place = rules.checked(PlaceInput("  Chợ   Gia Nghĩa ", 1, 1))
    assert place.name == "Chợ Gia Nghĩa"
    assert place.points == (PointInput("Cổng chính"),)


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"name": "a" * 201},
        {"name": "Chợ\x00"},
        {"name": "Chợ \ud800"},
        {"name": "evil‮"},
        {"latitude": 12.0},
        {"latitude": 48.0, "longitude": 2.0},
        {"latitude": float("nan"), "longitude": 108.0},
        {"capacity": 0},
        {"points": [PointInput(kind="window")]},
        {"points": [PointInput(external_code="A"), PointInput(external_code="A")]},
    ],
)
def test_what_cannot_be_a_place_is_refused_with_its_field(change):
    with pytest.raises(BadInput) as refused:
        rules.checked(PlaceInput(**({"name": "Chợ", "unit_id": 1, "category_id": 1} | change)))
    assert refused.value.detail["field"]
    assert all(refused.value.text(language) for language in ("vi", "en"))


def test_a_rejected_place_is_never_recorded_or_printed():
    assert not {rules.REJECTED, rules.SUSPENDED, rules.CLOSED} & (rules.RECORDS_SCANS | rules.PRINTS)


def test_the_steps_between_states_are_exactly_these():
    allowed = {(before, after) for before, following in rules.FOLLOWING.items() for after in following}
    assert allowed == {
        ("pending", "approved"), ("pending", "rejected"), ("approved", "suspended"), ("approved", "closed"),
        ("suspended", "approved"), ("suspended", "closed"), ("closed", "approved"), ("rejected", "pending"),
    }  # fmt: skip
    for before in rules.FOLLOWING:
        for after in rules.FOLLOWING:
            if (before, after) not in allowed:
                with pytest.raises(rules.StepNotAllowed):
                    rules.check_step(before, after, "vì")


def test_closing_needs_a_reason():
    with pytest.raises(Problem, match="reason"):
        rules.check_step("approved", "closed", "  ")


def test_a_night_is_one_stretch_of_eight_hours():
    (night,) = OpeningHours.parse("Mon 18:00-02:00").openings(MONDAY)
    assert night.length == timedelta(hours=8)
