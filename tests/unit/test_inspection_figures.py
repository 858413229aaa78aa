"""How many places to inspect, which, in what order; and the share of visitors who scan, against published figures."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from dauchan.inspections import estimating, rules, sampling
from dauchan.inspections.estimating import Stratum, at_place, in_commune, ratio, t_975, wilson
from dauchan.inspections.pictures import shown
from dauchan.inspections.rules import Answers, Count, Finding, checked, due_on, is_displayed, result_of
from dauchan.inspections.sampling import Stop, allocate, draw, favour, sample_size, walk

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)


def test_cochrans_island_of_3200_people_takes_356_of_them():
    assert sample_size(3200, half_width=0.05, z=2) == 356


@pytest.mark.parametrize(
    ("places", "half_width", "size"), [(225, 0.1, 68), (225, 0.05, 143), (30, 0.1, 24), (1, 0.1, 1), (0, 0.1, 0)]
)
def test_a_commune_takes_as_many_places_as_the_correction_for_few_says(places, half_width, size):
    assert sample_size(places, half_width=half_width) == size


def test_a_sample_is_shared_by_size_and_small_groups_keep_two_places():
    assert allocate(20, {"market": 90, "cafe": 100, "school": 3, "clinic": 1}) == {
        "market": 8, "cafe": 9, "school": 2, "clinic": 1,
    }  # fmt: skip
    assert allocate(99, {"market": 2, "cafe": 1}) == {"market": 2, "cafe": 1}
    assert allocate(3, {"a": 5, "b": 5, "c": 5, "d": 5}) == {"a": 0, "b": 1, "c": 1, "d": 1}


def test_two_thirds_go_to_silent_places_and_some_to_the_others():
    assert favour(30, {"silent": 100, "active": 100}, "silent") == {"active": 10, "silent": 20}
    assert favour(30, {"silent": 5, "active": 100}, "silent") == {"active": 25, "silent": 5}
    assert favour(30, {"silent": 100, "active": 1}, "silent") == {"active": 1, "silent": 29}
    assert favour(4, {"active": 9}, "silent") == {"active": 4}


def test_any_shares_add_up_to_the_sample_and_no_group_gives_more_than_it_has():
    chances = random.Random(7)
    for _ in range(500):
        strata = {str(number): chances.randint(1, 60) for number in range(chances.randint(1, 9))}
        size = chances.randint(1, sum(strata.values()) + 5)
        for shares in (allocate(size, strata), favour(size, strata, "0")):
            assert sum(shares.values()) == min(size, sum(strata.values())), (size, strata)
            assert all(0 <= shares[name] <= strata[name] for name in strata), (size, strata)


def test_the_same_seed_draws_the_same_places_and_another_seed_others():
    frame = {"market": list(range(100)), "cafe": list(range(100, 300))}
    assert draw(frame, 30, 42) == draw({name: ids[::-1] for name, ids in reversed(frame.items())}, 30, 42)
    assert draw(frame, 30, 42) != draw(frame, 30, 43)
    assert [len(ids) for ids in draw(frame, 30, 42).values()] == [20, 10]


def test_every_place_has_the_same_chance():
    times = [0] * 20
    for seed in range(4000):
        for place in draw({"all": range(20)}, 5, seed)["all"]:
            times[place] += 1
    assert all(900 < each < 1100 for each in times)


def test_the_way_begins_at_an_end_goes_to_the_nearest_and_leaves_unknown_places_for_last():
    along_a_road = [Stop(1, 12.0, 107.0), Stop(2, 12.0, 107.3), Stop(9), Stop(3, 12.0, 107.1), Stop(4, 12.0, 107.2)]
    assert walk(along_a_road) in ([1, 3, 4, 2, 9], [2, 4, 3, 1, 9])
    assert walk([Stop(5), Stop(6)]) == [5, 6]


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombes_table_of_score_intervals_is_met(part, whole, low, high):
    assert wilson(part, whole) == pytest.approx((low, high), abs=0.00005)


def test_twelve_of_a_hundred_visitors_are_shown_as_12_percent_between_7_and_20():
    assert shown(at_place(100, 12)).words == "12 % (7–20 %)"
    assert at_place(10, 14).share == 1, "scans of others than those counted are no share above one"


def test_students_t_goes_on_from_the_table_as_tables_do():
    assert [round(t_975(degrees), 3) for degrees in (1, 10, 30, 40, 60, 120)] == [
        12.706,
        2.228,
        2.042,
        2.021,
        2.0,
        1.98,
    ]


def test_eight_finnish_towns_have_the_ratio_and_the_error_that_lehtonen_and_pahkinen_print():
    """Practical Methods for Design and Analysis of Complex Surveys, p. 102: unemployed per dwelling, 8 of 32 towns.

    The error, by jackknife, as WesVar prints it for this table (UCLA, Statistical Methods and Data Analytics).
    """
    dwellings = [26881, 4896, 3730, 556, 1463, 1946, 834, 932]
    unemployed = [4123, 760, 721, 142, 187, 331, 127, 219]
    share, variance = ratio([Stratum(32, list(zip(dwellings, unemployed, strict=True)))])
    assert share == pytest.approx(0.1603, abs=0.00005)
    assert variance**0.5 == pytest.approx(0.0110, abs=0.00005)


def test_a_table_small_enough_for_the_eye_gives_the_ratio_of_the_commune():
    """20 markets, 10 visitors each at two with 1 and 3 scans; 10 schools, 30 visitors each at two with 3 and 9."""
    share, variance = ratio([Stratum(20, [(10, 1), (10, 3)]), Stratum(10, [(30, 3), (30, 9)])])
    assert share == pytest.approx((20 * 2 + 10 * 6) / (20 * 10 + 10 * 30))
    markets, schools = 20**2 * (1 - 2 / 20) / 2 * 2, 10**2 * (1 - 2 / 10) / 2 * 18
    assert variance == pytest.approx((markets + schools) / 500**2)


def test_where_all_places_were_counted_only_the_visitors_are_a_sample():
    whole = in_commune([Stratum(3, [(100, 10), (200, 30), (100, 8)])])
    assert whole.share == pytest.approx(0.12)
    assert (whole.low, whole.high) == pytest.approx(wilson(48, 400, z=t_975(2)))


def test_nobody_scanning_anywhere_is_not_taken_for_certainty():
    none = in_commune([Stratum(50, [(100, 0)] * 8)])
    assert (none.share, none.low) == (0, 0)
    assert 0.3 < none.high < 0.5, "eight places tell as much as eight visitors would"


@pytest.mark.parametrize("strata", [[], [Stratum(9, [])], [Stratum(9, [(10, 1)])], [Stratum(9, [(0, 0), (0, 0)])]])
def test_one_place_or_nobody_counted_is_no_estimate(strata):
    assert in_commune(strata) is None


def test_strata_with_one_place_counted_are_joined():
    found = in_commune([Stratum(10, [(10, 1)]), Stratum(10, [(20, 2)]), Stratum(20, [(10, 1), (10, 1)])])
    assert (found.places, found.share) == (4, pytest.approx(0.1))


def test_the_interval_holds_the_true_share_of_made_up_communes_about_as_often_as_it_says():
    """400 samples of 30 of 200 places whose shares vary as in New Zealand (median 10 %, a third without any scan)."""
    chances = random.Random(11)
    places = [
        (chances.randint(5, 120), 0 if chances.random() < 0.3 else chances.betavariate(1.4, 8)) for _ in range(200)
    ]
    frame = [(visitors, round(visitors * share)) for visitors, share in places]
    truth = sum(scans for _, scans in frame) / sum(visitors for visitors, _ in frame)
    found = [in_commune([Stratum(200, chances.sample(frame, 30))]) for _ in range(400)]
    held = sum(each.low <= truth <= each.high for each in found) / len(found)
    assert 0.91 <= held <= 0.99, held


def test_a_code_of_ours_that_can_be_read_is_displayed_however_small():
    assert is_displayed(Answers(poster_shown=True, right_size=False)) is True
    assert is_displayed(Answers(poster_shown=True, own_code=False)) is False
    assert is_displayed(Answers(poster_shown=True, readable=False)) is False
    assert is_displayed(Answers(poster_shown=False)) is False
    assert is_displayed(Answers(reasons=("closed",))) is None


@pytest.mark.parametrize(
    ("found", "result", "days"),
    [
        (Answers(poster_shown=True, scanning="all"), rules.GOOD, 60),
        (Answers(poster_shown=True, scanning="none"), rules.MEND, 7),
        (Answers(poster_shown=True, reasons=("nobody_guides",)), rules.MEND, 7),
        (Answers(poster_shown=False, reasons=("no_code",)), rules.NOT_DISPLAYED, 3),
        (Answers(reasons=("closed",)), rules.NOT_SEEN, 3),
        (Answers(reasons=("moved",)), rules.NOT_SEEN, None),
    ],
)
def test_what_was_found_says_in_a_word_how_it_is_and_when_to_come_again(found, result, days):
    day = date(2026, 11, 20)
    assert result_of(found) == result
    assert due_on(found, day) == (None if days is None else day + timedelta(days=days))


def told(found: Answers, count: Count | None = None, at: datetime = NOW) -> Finding:
    return Finding(UUID(int=1), 1, at, found, count=count)


def test_records_that_say_nothing_or_count_the_impossible_are_not_taken():
    shows = Answers(poster_shown=True)
    hour = timedelta(hours=1)
    assert checked(told(shows, Count(NOW - hour, NOW, 50, 6)), NOW).count.visitors == 50
    with pytest.raises(rules.AnswersUnclear):
        checked(told(Answers(scanning="all")), NOW)
    with pytest.raises(rules.AnswersUnclear):
        checked(told(Answers(poster_shown=True, reasons=("weather",))), NOW)
    for count in (Count(NOW, NOW, 5), Count(NOW - 5 * hour, NOW, 5), Count(NOW - hour, NOW, 5, 6)):
        with pytest.raises(rules.CountUnclear):
            checked(told(shows, count), NOW)
    with pytest.raises(rules.TooOld):
        checked(told(shows, at=NOW - timedelta(days=91)), NOW)


def test_places_and_figures_are_never_drawn_outside_the_picture():
    picture = shown(estimating.at_place(20, 20))
    assert picture.x + picture.width <= 400
    assert picture.mark <= 397
    assert shown(None) is None
    assert sampling.walk([]) == []
