"""Face-to-face contacts of a ward and two schools, read as encounters: the published files' own counts come out.

The counts stand in tests/data/sociopatterns/SOURCE.md. A record is a stay of 20 seconds of both people at a place of
their own, so every overlap is a contact; tracing's reader, engine and rules do the rest. One line of the high school
says that person 43 met person 43: the published count has it as a pair, here nobody meets oneself.
"""

from datetime import datetime, timedelta

import pytest
from support import known
from support.known import RECORD, Visit

from dauchan.kernel.intervals import Interval
from dauchan.tracing import rules, rulesets
from dauchan.tracing.engines.base import Encounter
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.tracing.plainfile import read_visits

COUNTS = [
    ("hospital_lyon_2010", 75, 1139, 186, 118),
    ("primary_school_lyon_2009", 242, 8317, 691, 515),
    ("highschool_marseille_2011", 126, 1710, 110, 88),
]
LONG = 15


@pytest.mark.parametrize(("name", "persons", "pairs", "long_pairs", "long_in_a_day"), COUNTS)
def test_pairs_and_minutes_are_those_of_the_published_contacts(
    name, persons, pairs, long_pairs, long_in_a_day, tmp_path
):
    records = known.contacts(name)
    stays = {
        Visit(person, spot(contact), contact.until - RECORD, contact.until)
        for contact in records
        for person in known.pair(contact)
    }
    known.write_visits(tmp_path / "contacts.csv", sorted(stays, key=lambda stay: (stay.start, stay.person, stay.place)))
    file = read_visits(tmp_path / "contacts.csv", timedelta(minutes=1))
    assert file.rejected == []
    engine, window = MemoryEngine(file.stays), Interval(records[0].until - RECORD, records[-1].until)
    assert len({stay.person for stay in file.stays}) == persons
    met = minutes(engine, file.stays, window)
    with_oneself = {known.pair(contact) for contact in records if contact.one == contact.other}
    assert len(met) + len(with_oneself) == pairs
    published = known.minutes_met(contact for contact in records if contact.one != contact.other)
    assert met == pytest.approx(published)
    assert sum(each >= LONG for each in met.values()) == long_pairs
    by_day = [minutes(engine, file.stays, day) for day in utc_days(window)]
    assert len({pair for day in by_day for pair, each in day.items() if each >= LONG}) == long_in_a_day


def spot(contact: known.Contact) -> str:
    """A place for this pair alone; some readers of the high school were 10 s apart, and their records overlap."""
    return f"{'-'.join(known.pair(contact))} clock {contact.until.second % 20}"


def minutes(engine: MemoryEngine, stays: list, window: Interval) -> dict[tuple[str, str], float]:
    """Certain minutes of each pair within a window, weighed as tracing weighs them."""
    everybody = dict.fromkeys({stay.person for stay in stays}, window)
    met: dict[tuple[str, str], list[Encounter]] = {}
    for encounter in engine.encounters(everybody, window):
        if encounter.source < encounter.target:
            met.setdefault((encounter.source, encounter.target), []).append(encounter)
    ruleset = rulesets.load("any-overlap")
    return {pair: rules.weigh(encounters, ruleset).certain for pair, encounters in met.items()}


def utc_days(window: Interval) -> list[Interval]:
    first: datetime = window.start.replace(hour=0, minute=0, second=0)
    days = [first + timedelta(days=number) for number in range((window.end - first).days + 1)]
    return [Interval(day, day + timedelta(days=1)) for day in days]
