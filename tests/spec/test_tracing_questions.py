"""The named questions one by one, on every engine."""

from collections.abc import Callable
from typing import Any

from spec.scenes import clock, met, span

from dauchan.visits.rules import Confidence, Doubt

Tracing = Callable[[str], Any]

MARKET = """
    ana market/2 08:00-08:20-10:00
    ben market/2 08:10-09:00-09:30
    chi market/2 09:50-11:00
    dao market/1 08:00-11:00
    ana home 12:00-36:00
    ben home 13:00-14:00
"""


def test_encounters_tell_place_certain_and_possible_time_of_everyone_met(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    assert met(scene.engine.encounters({"ana": scene.window}, scene.window)) == [
        "ana ben home/ 13:00-14:00-14:00",
        "ana ben market/2 08:10-08:20-09:30",
        "ana chi market/2 09:50-09:50-10:00",
    ]


def test_encounters_are_cut_to_each_persons_time_and_to_the_window(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    found = scene.engine.encounters({"ana": span("08:15-09:55"), "ben": span("13:00-20:00")}, span("08:00-13:30"))
    assert met(found) == [
        "ana ben market/2 08:15-08:20-09:30",
        "ana chi market/2 09:50-09:50-09:55",
        "ben ana home/ 13:00-13:30-13:30",
    ]


def test_an_encounter_is_as_sure_as_the_less_sure_of_both_and_has_the_doubts_of_either(tracer: Tracing) -> None:
    scene = tracer("""
        ana market/2 08:00-10:00 rotating_pass far
        ben market/2 08:10-09:00 typed shut
        chi market/2 08:10-09:00 poster
        dao home 12:00-13:00 typed
        ana home 12:30-40:00 staff_scanned
    """)
    found = scene.engine.encounters({"ana": scene.window}, scene.window)
    assert {each.target: (each.confidence, each.doubts) for each in found} == {
        "ben": (Confidence.TYPED, Doubt.SHUT | Doubt.FAR),
        "chi": (Confidence.POSTER, Doubt.FAR),
        "dao": (Confidence.TYPED, Doubt.NONE),
    }
    stays = scene.engine.places_of({"ana": scene.window}, scene.window)
    assert {(each.place, each.confidence, each.doubts) for each in stays} == {
        ("market", Confidence.ROTATING_PASS, Doubt.FAR),
        ("home", Confidence.STAFF_SCANNED, Doubt.NONE),
    }, "a stay over midnight is one, as sure as its pieces"


def test_encounters_of_pairs_are_those_of_the_pairs_alone(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    time = {"ana": scene.window, "ben": scene.window}
    found = scene.engine.encounters(time, scene.window, pairs={"chi": "ana", "ana": "ben"})
    assert met(found) == [
        "ana chi market/2 09:50-09:50-10:00",
        "ben ana home/ 13:00-14:00-14:00",
        "ben ana market/2 08:10-08:20-09:30",
    ]
    assert scene.engine.encounters(time, scene.window, pairs={}) == []


def test_first_exposures_of_many_carriers_are_the_earliest_and_then_the_lowest(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    found = scene.engine.first_exposures({"ana": scene.window, "ben": span("09:00-36:00")}, scene.window)
    assert {person: (clock(each.at), each.via) for person, each in found.items()} == {
        "ana": ("09:00", "ben"),
        "ben": ("08:10", "ana"),
        "chi": ("09:50", "ana"),
    }


def test_last_exposures_of_many_receivers_are_the_latest_and_then_the_lowest(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    found = scene.engine.last_exposures({"ana": span("00:00-09:55"), "ben": span("00:00-09:00")}, scene.window)
    assert {person: (clock(each.at), each.via) for person, each in found.items()} == {
        "ana": ("09:00", "ben"),
        "ben": ("09:30", "ana"),
        "chi": ("09:55", "ana"),
    }


def test_places_of_persons_are_their_whole_stays_that_touch_the_time(tracer: Tracing) -> None:
    scene = tracer(MARKET)
    found = scene.engine.places_of(
        {"ben": scene.window, "ana": span("09:59-12:00"), "nobody": scene.window}, scene.window
    )
    assert [(each.person, each.place, clock(each.latest_departure)) for each in found] == [
        ("ana", "market", "10:00"),
        ("ben", "market", "09:30"),
        ("ben", "home", "14:00"),
    ]


def test_crowding_counts_each_person_possibly_present_once(tracer: Tracing) -> None:
    scene = tracer(MARKET + "    ben market/2 10:30-10:40\n")
    assert scene.engine.crowding("market", "2", scene.window) == 3
    assert scene.engine.crowding("market", "2", span("08:00-08:10")) == 1
    assert scene.engine.crowding("market", "3", scene.window) == 0


def test_nobody_is_there_in_no_time(tracer: Tracing) -> None:
    scene, never = tracer(MARKET), span("08:15-08:15")
    assert scene.engine.crowding("market", "2", never) == 0
    assert scene.engine.encounters({"ana": never}, scene.window) == []
    assert scene.engine.first_exposures({"ana": scene.window, "ben": scene.window}, never) == {}
    assert scene.engine.last_exposures({"ana": scene.window, "ben": never}, never) == {}
    assert scene.engine.places_of({"ana": never}, scene.window) == []
