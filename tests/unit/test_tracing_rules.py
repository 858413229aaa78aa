"""The rules of tracing, each on a table that can be checked by eye."""

from datetime import UTC, date, datetime

import pytest

from dauchan.kernel.clock import LOCAL
from dauchan.kernel.intervals import Interval
from dauchan.tracing import rules, rulesets
from dauchan.tracing.engines.base import Encounter
from dauchan.tracing.rules import EvidenceClass

HANDBOOK, LETTER, RESEARCH = (rulesets.load(name) for name in ("5053", "11042", "any-overlap"))


def local(text: str) -> datetime:
    """`local("20 08:10")` is that time in Việt Nam in November 2026."""
    day, clock_time = text.split()
    return datetime.fromisoformat(f"2026-11-{day}T{clock_time}").replace(tzinfo=LOCAL).astimezone(UTC)


def between(start: str, end: str) -> Interval:
    return Interval(local(start), local(end))


def met(start: str, certain_until: str, end: str, *, target: str = "ben", point: str = "cổng 2") -> Encounter:
    return Encounter("ana", target, "Chợ Gia Nghĩa", point, local(start), local(certain_until), local(end))


def test_the_infectious_period_runs_from_days_before_onset_until_isolation() -> None:
    isolated = local("22 09:30")
    period = rules.infectious_period(date(2026, 11, 20), None, date(2026, 11, 22), isolated, HANDBOOK)
    assert period == between("17 00:00", "22 09:30")


def test_the_letter_of_2021_goes_back_two_days_instead_of_three() -> None:
    period = rules.infectious_period(date(2026, 11, 20), None, None, local("22 09:30"), LETTER)
    assert period.start == local("18 00:00")


def test_without_isolation_the_period_ends_with_the_thirteenth_day_after_onset() -> None:
    period = rules.infectious_period(date(2026, 11, 10), date(2026, 11, 12), None, None, HANDBOOK)
    assert period == between("07 00:00", "24 00:00")


def test_without_symptoms_the_sample_stands_for_onset_and_ten_days_follow() -> None:
    period = rules.infectious_period(None, date(2026, 11, 12), date(2026, 11, 13), None, LETTER)
    assert period == between("10 00:00", "23 00:00")


def test_a_case_isolated_before_becoming_infectious_exposed_nobody() -> None:
    period = rules.infectious_period(date(2026, 11, 20), None, None, local("15 10:00"), HANDBOOK)
    assert period.minutes == 0


def test_without_any_day_there_is_no_period() -> None:
    with pytest.raises(rules.NoDayToCountFrom):
        rules.infectious_period(None, None, None, None, HANDBOOK)


def test_the_ruleset_for_research_has_no_period() -> None:
    with pytest.raises(rules.NoPeriodInRuleset):
        rules.infectious_period(date(2026, 11, 20), None, None, None, RESEARCH)
    with pytest.raises(rules.NoPeriodInRuleset):
        rules.exposure_period(date(2026, 11, 20), None, None, RESEARCH)


def test_a_case_was_infected_between_the_longest_and_the_shortest_incubation_before_onset() -> None:
    period = rules.exposure_period(date(2026, 11, 20), None, None, HANDBOOK)
    assert period == between("06 00:00", "20 00:00")


@pytest.mark.parametrize(
    ("pieces", "minutes"),
    [
        ([], 0),
        ([between("20 08:00", "20 08:05")], 5),
        ([between(f"20 {hour:02}:00", f"20 {hour:02}:05") for hour in (8, 12, 20)], 15),
        ([between("20 08:00", "20 08:10"), between("21 08:05", "21 08:15")], 10),
        ([between("20 08:00", "20 08:10"), between("21 07:55", "21 08:15")], 20),
        ([between("20 00:00", "21 06:00")], 1440),
        ([between("20 08:00", "20 08:10"), between("20 08:00", "20 08:10")], 10),
        ([between("20 08:00", "20 08:10"), between("20 08:05", "20 08:20")], 20),
        ([between("20 08:00", "20 08:01"), between("20 18:00", "20 18:01"), between("21 08:30", "21 14:00")], 331),
        ([between("20 08:00", "20 08:00")], 0),
    ],
)
def test_cumulative_minutes_are_the_most_that_fall_into_any_24_hours(pieces: list[Interval], minutes: float) -> None:
    assert rules.cumulative_overlap(pieces, hours=24) == minutes


@pytest.mark.parametrize(
    ("certain", "possible", "cumulative", "expected"),
    [
        (15, 15, 15, EvidenceClass.CLOSE),
        (14.9, 14.9, 14.9, EvidenceClass.BRIEF),
        (5, 5, 15, EvidenceClass.CLOSE),
        (0, 15, 0, EvidenceClass.POSSIBLE),
        (14, 120, 14, EvidenceClass.POSSIBLE),
        (0, 1, 0, EvidenceClass.BRIEF),
    ],
)
def test_the_class_of_evidence_follows_certain_possible_and_summed_minutes(
    certain: float, possible: float, cumulative: float, expected: EvidenceClass
) -> None:
    assert rules.grade_evidence(certain, possible, cumulative, LETTER) == expected


def test_research_grades_nothing() -> None:
    assert rules.grade_evidence(600, 600, 600, RESEARCH) == EvidenceClass.UNGRADED


def test_three_short_meetings_of_one_day_weigh_as_close_though_none_is_long() -> None:
    meetings = [met(f"20 {hour}:00", f"20 {hour}:05", f"20 {hour}:05") for hour in (10, 12, 14)]
    evidence = rules.weigh(meetings, LETTER)
    assert evidence == rules.Evidence(15, 15, 15, 15, EvidenceClass.CLOSE)


def test_short_meetings_on_different_days_add_up_in_total_but_not_to_a_close_contact() -> None:
    meetings = [met(f"{day} 10:00", f"{day} 10:05", f"{day} 10:05") for day in (10, 12, 14)]
    evidence = rules.weigh(meetings, LETTER)
    assert evidence == rules.Evidence(15, 15, 5, 5, EvidenceClass.BRIEF)


def test_the_reason_names_place_point_time_day_and_minutes_in_both_languages() -> None:
    assert rules.reason_in_words([met("20 08:10", "20 08:52", "20 08:52")]) == (
        "Cùng Chợ Gia Nghĩa, cổng 2, 08:10–08:52 ngày 20/11/2026: 42 phút chắc chắn",
        "Both at Chợ Gia Nghĩa, cổng 2, 08:10–08:52 on 20/11/2026: 42 certain minutes",
    )


def test_the_reason_says_when_the_departure_is_not_known() -> None:
    vi, en = rules.reason_in_words([met("20 08:10", "20 08:10", "20 08:52", point="")])
    assert vi == (
        "Cùng Chợ Gia Nghĩa, 08:10–08:52 ngày 20/11/2026: 0 phút chắc chắn, có thể tới 42 phút (chưa rõ giờ rời)"
    )
    assert en.endswith("0 certain minutes, possibly 42 (departure not recorded)")


def test_the_reason_tells_the_longest_meeting_and_counts_the_others() -> None:
    vi, _ = rules.reason_in_words(
        [met("20 08:10", "20 08:12", "20 08:12"), met("20 22:10", "21 00:30", "21 00:30", point="sảnh")]
    )
    assert vi == (
        "Cùng Chợ Gia Nghĩa, sảnh, 22:10 ngày 20/11/2026 – 00:30 ngày 21/11/2026: 140 phút chắc chắn; "
        "và 1 lần khác, tổng 142 phút chắc chắn, 142 có thể"
    )


def test_there_is_no_reason_without_an_encounter() -> None:
    assert rules.reason_in_words([]) == ("", "")


def test_many_co_visitors_of_one_point_and_day_are_one_group_ranked_by_certain_minutes() -> None:
    crowd = [met("20 08:00", f"20 08:{number:02}", "20 09:30", target=f"person {number:02}") for number in range(50)]
    few = [met("20 08:00", "20 09:00", "20 09:00", target=f"guest {number}", point="cổng 1") for number in range(49)]
    (group,) = rules.crowd_groups([*few, *crowd], LETTER)
    assert (group.point, group.day, len(group.persons)) == ("cổng 2", date(2026, 11, 20), 50)
    assert group.persons[:2] == ("person 49", "person 48")
    assert (group.start, group.end) == (local("20 08:00"), local("20 09:30"))


def test_a_crowd_is_counted_by_persons_and_by_local_day_not_by_meetings() -> None:
    again = [met("20 08:00", "20 08:01", "20 08:01") for _ in range(60)]
    over_two_days = [
        met(f"{20 + number % 2} 08:00", "22 08:00", "22 08:00", target=f"person {number}") for number in range(60)
    ]
    assert rules.crowd_groups(again, LETTER) == []
    assert rules.crowd_groups(over_two_days, LETTER) == []


def test_research_makes_no_groups() -> None:
    crowd = [met("20 08:00", "20 08:01", "20 08:01", target=f"person {number}") for number in range(500)]
    assert rules.crowd_groups(crowd, RESEARCH) == []
