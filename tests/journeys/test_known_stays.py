"""Real people's stays over nights and days (tests/data/geolife), sent as scans: what comes out is what they did.

Each user's own calendar starts at day 0, so users are never compared with each other. A stay ends at its beginning
plus its duration; the file's end_day is one too high where that is midnight.
"""

import csv
import gzip
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.db import connection
from support import known
from support.known import Visit

from dauchan.accounts.actions import create_credential
from dauchan.accounts.queries import authenticate_credential
from dauchan.cli.replay import command as replay
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.people.actions import register_people
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.places.models import Place
from dauchan.tracing.engines.postgres import PostgresEngine

CLOCK = "2026-11-20T20:00+07:00"
DAYS = 24
FIRST_DAY = date(2026, 10, 27)
MINUTES_A_DAY = 1440
OVERLAPPING = """person,place,point,arrived_at,departed_at
eva,gym,,2026-11-18 08:00,2026-11-18 12:00
eva,kiosk,,2026-11-18 09:00,2026-11-18 09:30
eva,pool,,2026-11-18 13:00,2026-11-18 15:00
eva,shop,,2026-11-18 14:00,2026-11-18 16:00
"""


def stays_of_each() -> dict[str, list[tuple[int, int, str]]]:
    """Each user's stays as (first minute, end, place), minutes since that user's first midnight."""
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    with gzip.open(known.DATA / "geolife" / "geolife_visits.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start = int(row["start_day"]) * MINUTES_A_DAY + int(row["start_min"])
            found[row["user_id"]].append((start, start + round(float(row["duration"])), row["location_id"]))
    return {user: sorted(stays) for user, stays in found.items()}


def best_weeks(stays: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The stays within the 24 days in a row that have most, those with a stay over three days before all others."""

    def within(first: int) -> list[tuple[int, int, str]]:
        last = (first + DAYS) * MINUTES_A_DAY
        chosen = [stay for stay in stays if first * MINUTES_A_DAY <= stay[0] and stay[1] <= last]
        return [(start - first * MINUTES_A_DAY, end - first * MINUTES_A_DAY, place) for start, end, place in chosen]

    def worth(first: int) -> tuple[int, int]:
        chosen = within(first)
        return sum(days_touched(start, end) > 2 for start, end, _ in chosen), len(chosen)

    return within(max({start // MINUTES_A_DAY for start, _, _ in stays}, key=worth))


def days_touched(start: int, end: int) -> int:
    return (end - 1) // MINUTES_A_DAY - start // MINUTES_A_DAY + 1


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    midnight = clock.day_start(FIRST_DAY)

    def at(minute: int) -> datetime:
        return midnight + timedelta(minutes=minute)

    return [
        Visit(f"user {user}", f"place {place}", at(start), at(end))
        for user, stays in stays_of_each().items()
        for start, end, place in best_weeks(stays)
    ]


@pytest.fixture(scope="module")
def integrator(database) -> str:
    now = clock.now()
    scopes = ["scans:write", "scans:backfill", "places:register", "people:register"]
    _, token = create_credential(
        kind="integrator", name="known stays", scopes=scopes, expires_at=now + timedelta(days=1), by=None, now=now
    )
    return token


@pytest.fixture(scope="module")
def derived(visits, server, database, integrator, tmp_path_factory) -> dict[str, list[Visit]]:
    """What the ledger made of the stays, by person."""
    file = tmp_path_factory.mktemp("geolife") / "stays.csv"
    known.write_visits(file, visits)
    sent = send(file, server, integrator)
    assert sent == {"accepted": 2 * len(visits)}
    return found_stays(database, integrator, sorted({visit.person for visit in visits}))


def send(file, server: str, token: str) -> dict[str, int]:
    result = CliRunner().invoke(replay, [str(file), "--url", server, "--token", token, "--register", "--json"])
    told = json.loads(result.stdout.strip().splitlines()[-1])
    return {name: count for name, count in told.items() if name != "troubles" and count}


def found_stays(database, token: str, people: list[str]) -> dict[str, list[Visit]]:
    from dauchan.visits.actions import derive_all

    derive_all(database.keyring, clock.now())
    ids = {person: id_of(person, token) for person in people}
    names = dict(Place.objects.values_list("pk", "external_code"))
    window = Interval(clock.day_start(FIRST_DAY), clock.now())
    stays = PostgresEngine(database.keyring).places_of(dict.fromkeys(ids.values(), window), window)
    people_of = {identity: person for person, identity in ids.items()}
    found: dict[str, list[Visit]] = defaultdict(list)
    for stay in stays:
        person = people_of[stay.person]
        assert stay.seen_until == stay.latest_departure, "a scan out makes the end certain"
        found[person].append(Visit(person, names[stay.place], stay.arrived_at, stay.latest_departure))
    return found


def id_of(person: str, token: str) -> UUID:
    credential = authenticate_credential(token, clock.now())
    (outcome,) = register_people([Registration(Identity(), person)], credential=credential, now=clock.now())
    return outcome.person_id


def test_the_chosen_weeks_have_stays_past_midnight_and_over_three_days(visits):
    nights = [visit for visit in visits if clock.local_day(visit.start) < clock.local_day(visit.end)]
    longest = [visit for visit in visits if (clock.local_day(visit.end) - clock.local_day(visit.start)).days >= 2]
    assert len(nights) > 500
    assert len(longest) >= 3


def test_every_stay_comes_back_whole_joined_over_its_nights(visits, derived):
    for person in sorted({visit.person for visit in visits}):
        expected = sorted(
            (visit for visit in visits if visit.person == person), key=lambda visit: (visit.start, visit.place)
        )
        assert derived[person] == expected, person


def test_each_persons_minutes_add_up(visits, derived):
    for person, stays in derived.items():
        lasted = sum((stay.end - stay.start for stay in stays), timedelta())
        assert lasted == sum((visit.end - visit.start for visit in visits if visit.person == person), timedelta())


def test_no_token_stands_on_two_days_and_no_piece_leaves_its_day(derived):
    with connection.cursor() as cursor:
        for table in ("visits_visit", "visits_scan"):
            cursor.execute(
                f"select count(*) from (select 1 from {table} group by token having count(distinct day) > 1) as linked"
            )
            assert cursor.fetchone() == (0,)
        cursor.execute(
            "select count(*) from visits_visit where arrived_at < (day::timestamp at time zone 'Asia/Ho_Chi_Minh')"
            " or latest_departure > ((day + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh')"
        )
        assert cursor.fetchone() == (0,)


def test_a_rebuild_gives_the_same_stays(visits, derived, database, integrator):
    from dauchan.visits.actions import rebuild

    rebuild(database.keyring, clock.now())
    assert found_stays(database, integrator, sorted(derived)) == derived


def test_of_stays_that_overlap_the_later_arrival_counts_and_nobody_is_at_two_places_at_once(
    server, database, integrator, tmp_path, derived
):
    from dauchan.visits.actions import derive_all

    file = tmp_path / "overlapping.csv"
    file.write_text(OVERLAPPING, "utf-8")
    assert send(file, server, integrator) == {"accepted": 8}
    derive_all(database.keyring, clock.now())
    eva = id_of("eva", integrator)
    window = clock.day_interval(date(2026, 11, 18))
    names = dict(Place.objects.values_list("pk", "external_code"))
    stays = PostgresEngine(database.keyring).places_of({eva: window}, window)
    told = [
        (names[stay.place], *(f"{at.astimezone(clock.LOCAL):%H:%M}" for at in (stay.arrived_at, stay.latest_departure)))
        for stay in stays
    ]
    assert told == [
        ("gym", "08:00", "09:00"),
        ("kiosk", "09:00", "09:30"),
        ("pool", "13:00", "14:00"),
        ("shop", "14:00", "15:00"),
    ]
