"""How scans of one day become stays: small tables to be checked by eye. Local times; the market's usual stay is 60
minutes and its longest 4 hours; the ward's 8 hours and 24.
"""

import time
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.places.rules import StayPolicy
from dauchan.visits.rules import (
    Carry,
    Confidence,
    DepartedBy,
    Direction,
    Doubt,
    ScanFact,
    distance_km,
    seen_past_midnight,
    visits_of_day,
)

DAY = date(2021, 8, 17)
MARKET, MARKET_BACK_GATE, WARD = 1, 2, 3
POLICIES = {
    MARKET: StayPolicy(10, 60, 240),
    MARKET_BACK_GATE: StayPolicy(10, 60, 240),
    WARD: StayPolicy(30, 480, 1440),
}


def local(text: str, day: date = DAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=clock.LOCAL).astimezone(UTC)


def scans(*rows: tuple[str, int, str]) -> list[ScanFact]:
    return [
        ScanFact(UUID(int=number), local(at), point, Direction[direction.upper()], Confidence.STAFF_SCANNED)
        for number, (at, point, direction) in enumerate(rows)
    ]


def stays(*rows: tuple[str, int, str], carried: Carry | None = None, policies=POLICIES):
    pieces = visits_of_day(clock.day_interval(DAY), scans(*rows), carried, policies).pieces
    return [
        (
            piece.point_id,
            *(
                instant.astimezone(clock.LOCAL).strftime("%H:%M")
                for instant in (piece.arrived_at, piece.seen_until, piece.departed_at, piece.latest_departure)
            ),
            piece.departed_by.name.lower(),
        )
        for piece in pieces
    ]


def test_a_scan_in_and_a_scan_out_make_a_stay_whose_end_is_certain():
    assert stays(("08:00", MARKET, "in"), ("08:40", MARKET, "out")) == [
        (MARKET, "08:00", "08:40", "08:40", "08:40", "scan")
    ]


def test_leaving_by_another_gate_of_the_same_place_ends_the_stay():
    assert stays(("08:00", MARKET, "in"), ("08:40", MARKET_BACK_GATE, "out")) == [
        (MARKET, "08:00", "08:40", "08:40", "08:40", "scan")
    ]


def test_without_a_scan_out_the_usual_and_the_longest_stay_are_assumed_and_nothing_after_arrival_is_certain():
    assert stays(("08:00", MARKET, "in")) == [(MARKET, "08:00", "08:00", "09:00", "12:00", "assumed")]


def test_an_arrival_elsewhere_closes_the_open_stay():
    assert stays(("08:00", MARKET, "in"), ("08:30", WARD, "in"), ("09:00", WARD, "out")) == [
        (MARKET, "08:00", "08:00", "08:30", "08:30", "next_scan"),
        (WARD, "08:30", "09:00", "09:00", "09:00", "scan"),
    ]


def test_an_arrival_elsewhere_long_after_the_usual_stay_leaves_the_assumed_end_and_bounds_the_latest():
    assert stays(("08:00", MARKET, "in"), ("11:00", WARD, "in"), ("11:10", WARD, "out"))[0] == (
        MARKET, "08:00", "08:00", "09:00", "11:00", "assumed",
    )  # fmt: skip


def test_being_scanned_in_again_at_the_same_point_proves_that_the_stay_went_on():
    assert stays(("08:00", MARKET, "in"), ("08:50", MARKET, "in")) == [
        (MARKET, "08:00", "08:50", "09:50", "12:50", "assumed")
    ]


def test_being_scanned_in_again_after_the_usual_stay_is_another_stay():
    assert stays(("08:00", MARKET, "in"), ("09:30", MARKET, "in"), ("09:40", MARKET, "out")) == [
        (MARKET, "08:00", "08:00", "09:00", "09:30", "assumed"),
        (MARKET, "09:30", "09:40", "09:40", "09:40", "scan"),
    ]


def test_a_scan_out_without_an_arrival_is_a_stay_of_no_length():
    assert stays(("08:40", MARKET, "out")) == [(MARKET, "08:40", "08:40", "08:40", "08:40", "scan")]


def test_nobody_is_assumed_to_stay_past_closing_time():
    closes = {MARKET: StayPolicy(10, 60, 240, True, (Interval(local("07:00"), local("08:30")),))}
    assert stays(("08:00", MARKET, "in"), policies=closes) == [(MARKET, "08:00", "08:00", "08:30", "08:30", "closing")]


def test_the_order_in_which_scans_arrive_does_not_matter():
    rows = [("08:00", MARKET, "in"), ("08:30", WARD, "in"), ("09:00", WARD, "out"), ("10:00", MARKET, "in")]
    facts = scans(*rows)
    day = clock.day_interval(DAY)
    assert visits_of_day(day, facts, None, POLICIES) == visits_of_day(day, facts[::-1], None, POLICIES)


def test_a_stay_open_at_midnight_is_cut_there_and_handed_to_the_next_day():
    result = visits_of_day(clock.day_interval(DAY), scans(("20:00", WARD, "in")), None, POLICIES)
    (piece,) = result.pieces
    assert (piece.latest_departure, piece.continues_after) == (clock.day_interval(DAY).end, True)
    assert result.carried_out == Carry(
        WARD, 30, local("04:00", date(2021, 8, 18)), local("20:00", date(2021, 8, 18)),
        DepartedBy.ASSUMED, Confidence.STAFF_SCANNED,
    )  # fmt: skip


def test_a_stay_handed_over_ends_with_the_scan_out_of_the_next_morning_and_proves_the_night():
    carry = Carry(WARD, 30, local("04:00"), local("20:00"), DepartedBy.ASSUMED, Confidence.STAFF_SCANNED)
    result = visits_of_day(clock.day_interval(DAY), scans(("07:00", WARD, "out")), carry, POLICIES)
    assert stays(("07:00", WARD, "out"), carried=carry) == [(WARD, "00:00", "07:00", "07:00", "07:00", "scan")]
    assert result.carried_in_seen
    assert result.pieces[0].continues_before


def test_a_night_proved_by_the_next_day_is_certain_until_midnight():
    evening = visits_of_day(clock.day_interval(DAY), scans(("20:00", WARD, "in")), None, POLICIES).pieces
    (piece,) = seen_past_midnight(evening)
    assert piece.seen_until == piece.latest_departure == clock.day_interval(DAY).end


def test_a_stay_handed_over_may_go_on_through_a_whole_day_to_the_one_after():
    longer = {WARD: StayPolicy(30, 480, 4320)}
    carry = Carry(
        WARD, 30, local("04:00"), local("20:00", date(2021, 8, 19)), DepartedBy.ASSUMED, Confidence.STAFF_SCANNED
    )
    result = visits_of_day(clock.day_interval(DAY), [], carry, longer)
    (piece,) = result.pieces
    assert piece.continues_before
    assert piece.continues_after
    assert result.carried_out
    assert result.carried_out.latest_until == carry.latest_until
    assert not result.carried_in_seen


def test_ends_assumed_for_the_next_day_are_whole_hours_so_that_they_do_not_tell_which_evening_they_belong_to():
    fact = ScanFact(UUID(int=1), local("20:17:17.345"), WARD, Direction.IN, Confidence.STAFF_SCANNED)
    carry = visits_of_day(clock.day_interval(DAY), [fact], None, POLICIES).carried_out
    assert carry
    assert carry.assumed_until == local("05:00", date(2021, 8, 18))
    assert carry.latest_until == local("21:00", date(2021, 8, 18))


def test_a_closing_time_after_midnight_is_the_same_for_everybody_and_handed_over_as_it_is():
    closing = local("02:30", date(2021, 8, 18))
    opens = {WARD: StayPolicy(30, 480, 1440, True, (Interval(local("07:00"), closing),))}
    fact = ScanFact(UUID(int=1), local("20:17"), WARD, Direction.IN, Confidence.STAFF_SCANNED)
    carry = visits_of_day(clock.day_interval(DAY), [fact], None, opens).carried_out
    assert carry
    assert carry.assumed_until == carry.latest_until == closing


def test_who_leaves_one_place_and_arrives_at_the_next_in_the_same_minute_is_in_the_next_whatever_the_ids():
    expected = [
        (MARKET, "08:00", "10:00", "10:00", "10:00", "scan"),
        (WARD, "10:00", "11:00", "11:00", "11:00", "scan"),
    ]
    leaving, arriving = ("10:00", MARKET, "out"), ("10:00", WARD, "in")
    assert stays(("08:00", MARKET, "in"), leaving, arriving, ("11:00", WARD, "out")) == expected
    assert stays(("08:00", MARKET, "in"), arriving, leaving, ("11:00", WARD, "out")) == expected


def test_two_stays_at_one_place_that_touch_are_two_stays():
    rows = [("08:00", MARKET, "in"), ("09:00", MARKET, "in"), ("09:00", MARKET, "out"), ("10:00", MARKET, "out")]
    assert stays(*rows) == [
        (MARKET, "08:00", "09:00", "09:00", "09:00", "scan"),
        (MARKET, "09:00", "10:00", "10:00", "10:00", "scan"),
    ]


def test_arriving_and_leaving_in_the_same_minute_is_a_stay_of_no_length_and_leaves_nobody_inside():
    for rows in ([("08:00", WARD, "in"), ("08:00", WARD, "out")], [("08:00", WARD, "out"), ("08:00", WARD, "in")]):
        assert stays(*rows) == [(WARD, "08:00", "08:00", "08:00", "08:00", "scan")]


def test_a_code_read_twice_in_one_instant_is_one_arrival_and_leaving_in_that_instant_ends_it():
    arriving, leaving = ("08:00", WARD, "in"), ("08:00", WARD, "out")
    assert stays(arriving, arriving, leaving) == [(WARD, "08:00", "08:00", "08:00", "08:00", "scan")]


def test_ten_thousand_scans_of_one_instant_are_derived_as_quickly_as_one():
    started = time.process_time()
    assert len(stays(*[("08:00", WARD, "in")] * 10_000)) == 1
    assert time.process_time() - started < 2


def test_leaving_at_midnight_exactly_proves_the_evening_before():
    carry = Carry(WARD, 30, local("04:00"), local("20:00"), DepartedBy.ASSUMED, Confidence.STAFF_SCANNED)
    result = visits_of_day(clock.day_interval(DAY), scans(("00:00", WARD, "out")), carry, POLICIES)
    assert result.carried_in_seen


OPEN_FROM_7_TO_17 = StayPolicy(10, 60, 240, True, (Interval(local("07:00"), local("17:00")),))
GIA_NGHIA, BUON_MA_THUOT = (12.0, 107.69), (12.68, 108.04)
"""Two towns, 85 km apart as the crow flies."""


def doubts(*rows: tuple[str, int, str], policies) -> list[Doubt]:
    return [piece.doubts for piece in visits_of_day(clock.day_interval(DAY), scans(*rows), None, policies).pieces]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("05:59", Doubt.SHUT),
        ("06:00", Doubt.NONE),
        ("17:59", Doubt.NONE),
        ("18:00", Doubt.SHUT),
    ],
)
def test_who_comes_more_than_an_hour_before_opening_or_after_closing_is_doubted(at, expected):
    assert doubts((at, MARKET, "in"), policies={MARKET: OPEN_FROM_7_TO_17}) == [expected]


def test_leaving_late_is_no_doubt_and_a_day_without_any_opening_is_shut_all_day():
    assert doubts(("19:30", MARKET, "out"), policies={MARKET: OPEN_FROM_7_TO_17}) == [Doubt.NONE]
    rows = [("16:30", MARKET, "in"), ("16:50", MARKET, "out")]
    assert doubts(*rows, policies={MARKET: StayPolicy(10, 60, 240, True)}) == [Doubt.SHUT]
    assert doubts(*rows, policies=POLICIES) == [Doubt.NONE], "hours that nobody told shut nothing"


def far_apart(there=BUON_MA_THUOT) -> dict[int, StayPolicy]:
    here = StayPolicy(10, 60, 240, position=GIA_NGHIA)
    return {MARKET: here, MARKET_BACK_GATE: POLICIES[MARKET_BACK_GATE], WARD: StayPolicy(30, 480, 1440, position=there)}


def test_two_places_farther_apart_than_the_time_between_allows_put_the_second_in_doubt():
    assert distance_km(GIA_NGHIA, BUON_MA_THUOT) == pytest.approx(84.6, abs=0.5)
    assert doubts(("08:00", MARKET, "in"), ("08:20", WARD, "in"), policies=far_apart()) == [Doubt.NONE, Doubt.FAR]
    assert doubts(("08:00", MARKET, "in"), ("08:35", WARD, "in"), policies=far_apart()) == [Doubt.NONE, Doubt.NONE]


def test_a_scan_at_a_place_without_a_position_hides_no_impossible_way():
    rows = [("08:00", MARKET, "in"), ("08:05", 4, "in"), ("08:20", WARD, "in")]
    policies = far_apart() | {4: StayPolicy(40, 60, 240)}
    assert doubts(*rows, policies=policies) == [Doubt.NONE, Doubt.NONE, Doubt.FAR]


def test_neighbours_whose_positions_were_set_a_little_wrong_are_not_doubted():
    rows = [("08:00", MARKET, "in"), ("08:00", WARD, "in")]
    assert doubts(*rows, policies=far_apart((12.02, 107.69))) == [Doubt.NONE, Doubt.NONE]


def test_a_doubt_goes_with_the_stay_over_midnight():
    result = visits_of_day(
        clock.day_interval(DAY), scans(("20:00", WARD, "in")), None, {WARD: StayPolicy(30, 480, 1440, True)}
    )
    assert result.carried_out
    assert result.carried_out.doubts == Doubt.SHUT
