"""What `reach` and `sources` mean, told in scenes small enough to check by eye, on every engine."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from spec.scenes import ANY_OVERLAP, span, told

Tracing = Callable[[str], Any]


def test_a_path_back_in_time_is_refused(tracer: Tracing) -> None:
    """A static graph ana–ben–chi would reach chi; but ben met chi before he met ana."""
    scene = tracer("""
        ben school 07:00-08:00
        chi school 07:00-08:00
        ana market 09:00-10:00
        ben market 09:00-10:00
    """)
    assert told(scene.reach("ana", generations=5)) == ["F1 ben by ana 60/60 since 09:00"]


def test_the_same_meetings_in_the_other_order_reach_the_third_person(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 07:00-08:00
        ben market 07:00-08:00
        ben school 09:00-10:00
        chi school 09:00-10:00
    """)
    assert told(scene.reach("ana")) == ["F1 ben by ana 60/60 since 07:00", "F2 chi by ben 60/60 since 09:00"]


def test_generations_limit_the_steps(tracer: Tracing) -> None:
    scene = tracer("""
        a room1 01:00-02:00
        b room1 01:00-02:00
        b room2 03:00-04:00
        c room2 03:00-04:00
        c room3 05:00-06:00
        d room3 05:00-06:00
    """)
    assert [each.person for each in scene.reach("a", generations=1)] == ["b"]
    assert [each.person for each in scene.reach("a", generations=2)] == ["b", "c"]
    assert [each.person for each in scene.reach("a", generations=3)] == ["b", "c", "d"]


def test_a_contact_passes_it_on_only_from_the_moment_of_exposure(tracer: Tracing) -> None:
    """Ana joins the room in which ben and chi already sit: chi's minutes with ben count from then on."""
    scene = tracer("""
        ben hall/1 08:00-12:00
        chi hall/1 08:00-11:00
        ana hall/2 07:00-09:00
        ben hall/2 07:30-08:30
    """)
    assert told(scene.reach("ana")) == ["F1 ben by ana 60/60 since 07:30", "F2 chi by ben 180/180 since 08:00"]
    assert told(scene.reach("ana@08:20-09:00")) == [
        "F1 ben by ana 10/10 since 08:20",
        "F2 chi by ben 160/160 since 08:20",
    ]


def test_an_earlier_exposure_in_two_steps_keeps_the_generation_and_evidence_of_one_step(tracer: Tracing) -> None:
    """Chi meets ben (exposed 08:00) at 09:00, and ana herself only at 10:00: F1 by ana, earliest exposure by ben."""
    scene = tracer("""
        ana market 08:00-08:30
        ben market 08:00-08:30
        ben school 09:00-09:40
        chi school 09:00-09:40
        ana clinic 10:00-10:20
        chi clinic 10:00-10:20
    """)
    _, chi = scene.reach("ana")
    assert (chi.generation, chi.via, chi.certain_minutes, chi.exposed_at) == (1, "ana", 20, span("10:00-10:20").start)
    assert (chi.best_via, chi.best_at) == ("ben", span("09:00-09:40").start)
    assert [each.place for each in chi.encounters] == ["clinic"]


def test_with_one_step_only_the_earlier_exposure_in_two_steps_is_not_known(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-08:30
        ben market 08:00-08:30
        ben school 09:00-09:40
        chi school 09:00-09:40
        ana clinic 10:00-10:20
        chi clinic 10:00-10:20
    """)
    _, chi = scene.reach("ana", generations=1)
    assert (chi.best_via, chi.best_at) == ("ana", span("10:00-10:20").start)


def test_the_third_generation_comes_from_labels_of_exactly_two_steps(tracer: Tracing) -> None:
    """Dao is met by chi at 09:30; chi has labels 10:00 (one step) and 09:00 (two steps): dao is F3, not F2."""
    scene = tracer("""
        ana market 08:00-08:30
        ben market 08:00-08:30
        ben school 09:00-09:40
        chi school 09:00-09:40
        chi lane 09:45-09:55
        dao lane 09:45-09:55
        ana clinic 10:00-10:20
        chi clinic 10:00-10:20
    """)
    found = {each.person: (each.generation, each.via) for each in scene.reach("ana", generations=3)}
    assert found == {"ben": (1, "ana"), "chi": (1, "ana"), "dao": (3, "chi")}
    assert "dao" not in {each.person for each in scene.reach("ana", generations=2)}


def test_equal_exposures_are_credited_to_the_lowest_person(tracer: Tracing) -> None:
    """Text orders by code point: B10 comes before B9, and capital letters before small ones."""
    scene = tracer("""
        index bus 06:00-07:00
        b9 bus 06:00-07:00
        b10 bus 06:00-07:00
        Z bus 06:00-07:00
        Z shop 08:00-09:00
        b9 shop 08:00-09:00
        b10 shop 08:00-08:20
        guest shop 08:10-09:00
    """)
    guest = scene.reach("index")[-1]
    assert (guest.person, guest.generation, guest.via, guest.possible_minutes) == ("guest", 2, "Z", 50)


def test_an_earlier_exposure_wins_over_a_lower_person(tracer: Tracing) -> None:
    scene = tracer("""
        index bus 06:00-07:00
        a bus 06:00-07:00
        b bus 06:00-07:00
        b shop 08:00-08:30
        a shop 08:10-09:00
        guest shop 08:05-09:00
    """)
    guest = scene.reach("index")[-1]
    assert (guest.via, guest.possible_minutes) == ("b", 25)


def test_evidence_is_that_of_the_credited_person_alone(tracer: Tracing) -> None:
    scene = tracer("""
        index bus 06:00-07:00
        a bus 06:00-07:00
        b bus 06:00-07:00
        a shop 08:00-08:10
        b shop 08:00-09:00
        guest shop 08:00-09:00
        a park 10:00-10:05
        guest park 09:55-11:00
    """)
    assert told(scene.reach("index"))[-1] == "F2 guest by a 15/15 since 08:00"


def test_stays_that_only_touch_share_nothing(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 09:00-10:00
        chi market 07:00-08:00
    """)
    assert told(scene.reach("ana")) == []


def test_an_exposure_at_the_very_end_of_a_meeting_does_not_count(tracer: Tracing) -> None:
    """Ben is exposed at 09:00, when chi leaves."""
    scene = tracer("""
        ana market 09:00-10:00
        ben market 08:00-10:00
        chi market 08:00-09:00
    """)
    assert told(scene.reach("ana")) == ["F1 ben by ana 60/60 since 09:00"]


def test_stays_of_no_length_count_for_nothing(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 08:30-08:30
        chi market 08:30-08:45
        ben school 09:00-10:00
    """)
    assert told(scene.reach("ana")) == ["F1 chi by ana 15/15 since 08:30"]


def test_two_points_of_one_place_are_apart(tracer: Tracing) -> None:
    scene = tracer("""
        ana market/gate1 08:00-09:00
        ben market/gate1 08:00-09:00
        chi market/gate2 08:00-09:00
        dao market 08:00-09:00
        em hall/gate1 08:00-09:00
    """)
    assert told(scene.reach("ana")) == ["F1 ben by ana 60/60 since 08:00"]


def test_the_index_case_is_never_exposed_again(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 08:00-09:00
        ana school 10:00-11:00
        ben school 10:00-11:00
    """)
    assert told(scene.reach("ana", generations=4)) == ["F1 ben by ana 120/120 since 08:00"]


def test_meetings_outside_the_index_cases_period_do_not_count_and_those_across_its_edge_are_cut(
    tracer: Tracing,
) -> None:
    scene = tracer("""
        ana market 08:00-10:00
        ben market 08:00-10:00
        chi market 08:00-08:30
        dao market 09:30-10:00
    """)
    assert told(scene.reach("ana@08:30-09:30", generations=1)) == ["F1 ben by ana 60/60 since 08:30"]


def test_the_period_bounds_the_index_case_only(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 08:00-09:00
        ben school 20:00-21:00
        chi school 20:00-21:00
    """)
    assert told(scene.reach("ana@08:00-08:30")) == [
        "F1 ben by ana 30/30 since 08:00",
        "F2 chi by ben 60/60 since 20:00",
    ]


def test_certain_and_possible_minutes_are_told_apart_and_possible_ones_carry_on(tracer: Tracing) -> None:
    """Ana was seen until 08:20 and may have stayed until 10:00."""
    scene = tracer("""
        ana market 08:00-08:20-10:00
        ben market 08:10-09:00-09:30
        chi market 09:50-11:00
    """)
    assert told(scene.reach("ana", generations=1)) == [
        "F1 ben by ana 10/80 since 08:10",
        "F1 chi by ana 0/10 since 09:50",
    ]


def test_meetings_past_midnight_and_over_several_days_are_one_meeting(tracer: Tracing) -> None:
    scene = tracer("""
        ana dorm 22:00-55:00
        ben dorm 23:30-49:00
    """)
    (ben,) = scene.reach("ana")
    assert (ben.certain_minutes, len(ben.encounters)) == (25.5 * 60, 1)


def test_several_meetings_of_one_pair_are_listed_in_order_and_add_up(tracer: Tracing) -> None:
    scene = tracer("""
        ana market/2 10:00-10:20
        ben market/2 10:10-11:00
        ana school 08:00-08:30
        ben school 07:00-09:00
    """)
    (ben,) = scene.reach("ana")
    assert [(each.place, each.point, each.possible) for each in ben.encounters] == [
        ("school", "", span("08:00-08:30")),
        ("market", "2", span("10:10-10:20")),
    ]
    assert ben.certain_minutes == 40


def test_meetings_before_the_source_was_exposed_are_no_evidence(tracer: Tracing) -> None:
    scene = tracer("""
        ben school 07:00-08:00
        chi school 07:00-08:00
        ana market 09:00-09:30
        ben market 09:00-09:30
        ben park 10:00-10:15
        chi park 10:00-10:15
    """)
    assert told(scene.reach("ana"))[-1] == "F2 chi by ben 15/15 since 10:00"


def test_confirmed_contacts_as_seeds_reach_their_own_contacts_and_one_another_but_not_the_case(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 08:00-12:00
        chi market 08:00-12:00
        dao market 11:00-12:00
    """)
    found = scene.reach("ben@08:00-12:00", "chi@08:30-12:00", generations=1, apart={"ana"})
    assert sorted(told(found)) == [
        "F1 ben by chi 210/210 since 08:30",
        "F1 chi by ben 240/240 since 08:00",
        "F1 dao by ben 60/60 since 11:00",
    ]


def test_latent_days_delay_when_a_contact_can_pass_it_on(tracer: Tracing) -> None:
    lines = """
        ana market 08:00-09:00
        ben market 08:00-09:00
        ben school 30:00-34:00
        chi school 30:00-34:00
    """
    one_day = replace(ANY_OVERLAP, latent_days=1)
    assert told(tracer(lines).reach("ana", ruleset=one_day))[-1] == "F2 chi by ben 120/120 since 32:00"
    assert len(tracer(lines).reach("ana", ruleset=replace(ANY_OVERLAP, latent_days=2))) == 1


def test_infectious_days_end_what_a_contact_can_pass_on(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben market 08:00-09:00
        ben school 30:00-34:00
        chi school 30:00-34:00
        ben school 40:00-41:00
        dao school 40:00-41:00
    """)
    found = scene.reach("ana", ruleset=replace(ANY_OVERLAP, infectious_days=1))
    assert told(found) == ["F1 ben by ana 60/60 since 08:00", "F2 chi by ben 120/120 since 30:00"]


def test_looking_backward_finds_who_could_have_infected_the_case(tracer: Tracing) -> None:
    """Ben met the case at noon; chi met ben before that, dao only after."""
    scene = tracer("""
        case clinic 12:00-13:00
        ben clinic 12:00-12:40
        ben market 08:00-09:00
        chi market 08:30-09:30
        ben school 15:00-16:00
        dao school 15:00-16:00
    """)
    assert told(scene.sources("case")) == ["F1 ben by case 40/40 since 12:40", "F2 chi by ben 30/30 since 09:00"]


def test_backward_a_meeting_counts_only_until_the_last_instant_that_still_reaches_the_case(tracer: Tracing) -> None:
    """Ben leaves the case at 12:40: his later minutes with chi can't matter."""
    scene = tracer("""
        case clinic/1 12:00-12:40
        ben clinic/1 12:00-13:00
        ben clinic/2 12:20-14:00
        chi clinic/2 12:30-14:00
        dao clinic/2 12:40-14:00
    """)
    assert told(scene.sources("case")) == ["F1 ben by case 40/40 since 12:40", "F2 chi by ben 10/10 since 12:40"]


def test_backward_the_latest_chance_and_then_the_lowest_person_is_credited(tracer: Tracing) -> None:
    scene = tracer("""
        case clinic 12:00-13:00
        b clinic 12:00-13:00
        a clinic 12:00-13:00
        a shop 08:00-09:00
        b shop 08:00-09:30
        guest shop 08:00-10:00
    """)
    guest = scene.sources("case")[-1]
    assert (guest.generation, guest.via, guest.best_at) == (2, "b", span("08:00-09:30").end)


def test_backward_latent_days_need_an_earlier_exposure(tracer: Tracing) -> None:
    scene = tracer("""
        case clinic 32:30-33:00
        ben clinic 32:30-33:00
        ben market 08:00-09:30
        chi market 08:00-09:30
    """)
    found = scene.sources("case", ruleset=replace(ANY_OVERLAP, latent_days=1))
    assert told(found)[-1] == "F2 chi by ben 60/60 since 09:00"


def test_a_person_who_met_nobody_reaches_nobody(tracer: Tracing) -> None:
    scene = tracer("""
        ana market 08:00-09:00
        ben school 08:00-09:00
    """)
    assert (scene.reach("ana"), scene.sources("ana"), scene.reach("stranger")) == ([], [], [])
