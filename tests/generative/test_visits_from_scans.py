"""Whatever the order, delay and repetition in which scans come in, the visits are those of a rebuild, and those that
the rules give when a whole stay is looked at at once.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dauchan.kernel import clock, ids
from dauchan.kernel.sealing import seal, unseal
from dauchan.places.models import Category, CategoryStay
from dauchan.places.queries import stay_policies
from dauchan.visits.actions import derive_all, rebuild
from dauchan.visits.rules import Confidence, Direction, ScanFact, seen_past_midnight, visits_of_day

CLOCK = "2026-11-20T12:00+07:00"
FIRST = date(2026, 11, 12)
DAYS = 6
PEOPLE = [UUID(int=1), UUID(int=2)]

RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash)
    values (%s, %s, %s, %s, %s, %s, %s, 'TEST', 3, false, ''::bytea)
    on conflict do nothing
    returning day, token
)
insert into visits_dirty (day, token) select day, token from recorded
"""
VISITS = """
select day, token, point_id, arrived_at, seen_until, departed_at, latest_departure, departed_by, continues_before,
       continues_after
from visits_visit
"""


@pytest.fixture(scope="module")
def points(server, database) -> list[int]:
    """Three points: a market, its back gate, and a ward where people stay for days."""
    from support.town import build

    town = build(server, database)
    hospital = Category.objects.get(code="hospital")
    CategoryStay.objects.filter(category=hospital).update(default_stay_minutes=600, longest_stay_minutes=3 * 1440)
    return [town.points["market"], town.points["market 2"], town.points["ward"]]


LEFT_AT_MIDNIGHT = [(0, 1200, 2, Direction.IN, 0, 1), (0, 1440, 2, Direction.OUT, 0, 1)]
"""In the ward from 20:00, and out in the instant in which the next day begins: that proves the evening too."""

scan_rows = st.lists(
    st.tuples(
        st.integers(0, 1),  # person
        st.integers(0, DAYS * 1440 - 1),  # minute
        st.integers(0, 2),  # point
        st.sampled_from([Direction.IN, Direction.IN, Direction.OUT]),
        st.integers(0, 3 * 1440),  # minutes until it comes in
        st.integers(1, 2),  # how often it is sent
    ),
    max_size=14,
)


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def visits(keyring) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(VISITS)
        return sorted((unseal(keyring.day_key(row[0]), bytes(row[1])), row[0], *row[2:]) for row in cursor.fetchall())


def facts_of(rows, points) -> list[tuple[UUID, ScanFact, datetime, int]]:
    facts = []
    for number, (person, minute, point, direction, delay, times) in enumerate(rows):
        at = clock.day_start(FIRST) + timedelta(minutes=minute)
        scan_id = ids.deterministic_uuid7(at, str(number))
        fact = ScanFact(scan_id, at, points[point], direction, Confidence.STAFF_SCANNED)
        facts.append((PEOPLE[person], fact, at + timedelta(minutes=delay), times))
    return facts


def expected(facts) -> list[tuple]:
    """The same by the rules alone, day by day, each day corrected once the next is known."""
    found = []
    for person in PEOPLE:
        scans, carry, days = [fact for who, fact, _, _ in facts if who == person], None, []
        for offset in range(DAYS + 5):
            day = FIRST + timedelta(days=offset)
            today = [scan for scan in scans if clock.local_day(scan.at) == day]
            result = visits_of_day(
                clock.day_interval(day), today, carry, stay_policies({s.point_id for s in today}, day)
            )
            days.append((day, result))
            carry = result.carried_out
        seen = False
        for day, result in reversed(days):
            went_on = seen and result.carried_out is not None
            pieces = seen_past_midnight(result.pieces) if went_on else result.pieces
            seen = result.carried_in_seen or (went_on and pieces[-1].continues_before)
            found.extend(
                (person, day, piece.point_id, piece.arrived_at, piece.seen_until, piece.departed_at,
                 piece.latest_departure, piece.departed_by, piece.continues_before, piece.continues_after)
                for piece in pieces
            )  # fmt: skip
    return sorted(found)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=LEFT_AT_MIDNIGHT, derive_between=[False] * 28)
@example(rows=[*LEFT_AT_MIDNIGHT, (0, 1440, 2, Direction.IN, 0, 1)], derive_between=[False] * 28)
@given(rows=scan_rows, derive_between=st.lists(st.booleans(), min_size=28, max_size=28))
def test_any_order_delay_and_repetition_gives_the_visits_of_a_rebuild(database, points, rows, derive_between):
    for table in ("scan", "visit", "carry", "dirty", "closed_day"):
        execute(f"delete from visits_{table}")
    keyring, facts = database.keyring, facts_of(rows, points)
    deliveries = sorted((when, number) for number, (_, _, when, times) in enumerate(facts) for _ in range(times))
    for (when, number), derive_now in zip(deliveries, derive_between, strict=False):
        person, fact, _, _ = facts[number]
        day = clock.local_day(fact.at)
        token = seal(keyring.day_key(day), person)
        execute(RECORD, day, fact.id, token, fact.point_id, int(fact.direction), fact.at, when)
        if derive_now:
            derive_all(keyring, when)
    end = clock.now()
    derive_all(keyring, end)
    derived = visits(keyring)
    assert derived == expected(facts)
    rebuild(keyring, end)
    assert visits(keyring) == derived
