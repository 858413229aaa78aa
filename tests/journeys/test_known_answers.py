"""A ward and two schools whose contacts are known, sent through the API: whoever met the case long enough is proposed.

Each person's day, from the first to the last contact, becomes visits in the ward, class rooms and yard
(tests/support/known.py), two scans each. Then nothing is told to tracing but these visits.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from support import known
from support.known import Contact, Visit
from support.officers import officer_with
from support.runs import make_list

from dauchan.accounts.actions import create_credential
from dauchan.accounts.models import Credential
from dauchan.accounts.queries import authenticate_credential
from dauchan.cases.rules import CaseDates
from dauchan.cli.replay import command as replay
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.people.actions import register_people
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.tracing import actions, rulesets
from dauchan.tracing.engines.base import reach
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.tracing.engines.postgres import PostgresEngine
from dauchan.tracing.plainfile import read_visits
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-20T20:00+07:00"
LAST_DAY = date(2026, 11, 19)
LONG = 15
SETS: dict[str, tuple[Callable[[Contact], str], float]] = {
    "hospital_lyon_2010": (known.one_place, 1.0),
    "primary_school_lyon_2009": (known.class_rooms, 0.95),
    "highschool_marseille_2011": (known.class_rooms, 0.95),
}
"""How a set's contacts are placed, and at least how many of the long pairs these coarse places leave together."""


class World:
    """One set as it was sent: its visits moved to our days, and who its people are here."""

    def __init__(self, name: str, server: str, token: str, directory: Path) -> None:
        self.name = name
        place_of, self.kept_together = SETS[name]
        records = [contact for contact in known.contacts(name) if contact.one != contact.other]
        self.visits = self._ours(known.visits(records, place_of))
        self.long_pairs = {pair for pair, minutes in self._met(records).items() if minutes >= LONG}
        self.met = self._met(records)
        self.file = directory / f"{name}.csv"
        known.write_visits(self.file, self.visits)
        options = ["--url", server, "--token", token, "--register", "--json"]
        self.sent = CliRunner().invoke(replay, [str(self.file), *options])

    def _ours(self, visits: list[Visit]) -> list[Visit]:
        """Days moved so that the last is LAST_DAY here; names that no other set has."""
        last = max(clock.local_day(visit.end) for visit in visits)
        moved = LAST_DAY - last
        return [
            Visit(self._called(visit.person), self._called(visit.place), visit.start + moved, visit.end + moved)
            for visit in visits
        ]

    def _met(self, records: list[Contact]) -> dict[tuple[str, str], float]:
        met = known.minutes_met(records)
        return {tuple(sorted(map(self._called, pair))): minutes for pair, minutes in met.items()}

    def _called(self, name: str) -> str:
        return f"{self.name}:{name}"

    @cached_property
    def together(self) -> dict[tuple[str, str], float]:
        return known.shared(self.visits)

    @cached_property
    def people(self) -> list[str]:
        return sorted({visit.person for visit in self.visits})

    @property
    def window(self) -> Interval:
        return Interval(min(visit.start for visit in self.visits), max(visit.end for visit in self.visits))

    def expected_of(self, person: str) -> set[str]:
        """Who really met this person long enough, and was at a place with them."""
        return {(set(pair) - {person}).pop() for pair in self.long_pairs if person in pair and pair in self.together}


@pytest.fixture(scope="module")
def integrator(database) -> tuple[Credential, str]:
    now = clock.now()
    scopes = ["scans:write", "scans:backfill", "places:register", "people:register"]
    _, token = create_credential(
        kind="integrator", name="known answers", scopes=scopes, expires_at=now + timedelta(days=1), by=None, now=now
    )
    credential = authenticate_credential(token, now)
    assert credential is not None
    return credential, token


@pytest.fixture(scope="module", params=sorted(SETS))
def world(request, server, database, integrator, tmp_path_factory) -> World:
    from dauchan.visits.actions import derive_all

    made = World(request.param, server, integrator[1], tmp_path_factory.mktemp("known"))
    derive_all(database.keyring, clock.now())
    return made


@pytest.fixture(scope="module")
def ids(world, integrator) -> dict[str, UUID]:
    """Who the people of the set are here: registering them again answers, and changes nothing."""
    given = [Registration(Identity(), person) for person in world.people]
    return {
        person: outcome.person_id
        for person, outcome in zip(
            world.people, register_people(given, credential=integrator[0], now=clock.now()), strict=True
        )
    }


def test_every_scan_is_accepted(world):
    told = json.loads(world.sent.stdout.strip().splitlines()[-1])
    assert (world.sent.exit_code, told["troubles"]) == (0, [])
    assert told["accepted"] == 2 * len(world.visits)


def test_coarse_places_still_hold_together_those_who_met_long(world):
    kept = sum(pair in world.together for pair in world.long_pairs)
    assert kept >= world.kept_together * len(world.long_pairs)


@pytest.mark.parametrize("engine_name", ["memory", "postgres"])
def test_everybody_who_met_somebody_for_fifteen_minutes_in_one_place_is_found_for_everybody(
    world, ids, database, engine_name
):
    if engine_name == "memory":
        engine, names = MemoryEngine(read_visits(world.file, timedelta(hours=2)).stays), {p: p for p in world.people}
    else:
        engine, names = PostgresEngine(database.keyring), ids
    people = {identity: person for person, identity in names.items()}
    ruleset = rulesets.load("any-overlap")
    for person in world.people:
        found = {
            people[each.person]: each.certain_minutes
            for each in reach({names[person]: world.window}, 1, ruleset, engine, window=world.window)
        }
        shared = {(set(pair) - {person}).pop(): minutes for pair, minutes in world.together.items() if person in pair}
        assert found == pytest.approx(shared)
        assert world.expected_of(person) <= found.keys()


def test_the_contact_list_of_a_confirmed_case_has_everybody_who_met_it_long_enough(world, ids):
    officer = officer_with("province_health_officer")
    unit = unit_by_code("24611", clock.local_day(clock.now()))
    busiest = sorted(world.people, key=lambda person: (-len(world.expected_of(person)), person))
    people = {identity: person for person, identity in ids.items()}
    for person in (busiest[0], busiest[len(busiest) // 2]):
        onset = clock.local_day(world.window.start) + timedelta(days=2)
        dates = CaseDates(clock.local_day(clock.now()), onset)
        case = actions.confirm_case(ids[person], unit, dates, by=officer, now=clock.now())
        assert case.period_start <= world.window.start
        make_list(case, by=officer, generations=1)
        proposed = {people[row.person_id]: row for row in case.proposals.all()}
        expected = world.expected_of(person)
        assert expected
        assert expected <= proposed.keys()
        for other in expected:
            met = world.met[tuple(sorted((person, other)))]
            if world.kept_together == 1.0:
                assert proposed[other].certain_minutes >= met
                assert proposed[other].evidence_class == "close"
