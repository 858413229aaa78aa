"""Runs the engine for one case and weighs what it found; writes nothing and decides nothing.

F2 come from confirmed F1 by default (`Basis.CONFIRMED`), from every F1 proposal in a what-if.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast
from uuid import UUID

import msgspec

from dauchan import config
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case, MilestoneSource, MilestoneState
from dauchan.cases.queries import MilestoneEvidence, OpenMilestone, milestones_of
from dauchan.kernel.intervals import Interval, without
from dauchan.kernel.keyring import open_keyring
from dauchan.people.queries import aliases_of
from dauchan.places.queries import PlaceCard, place_cards, point_names, points_of
from dauchan.tracing import rules, rulesets
from dauchan.tracing.engines.base import Encounter, PersonId, PointId, Reached, Stay, infectious_from, reach, sources
from dauchan.tracing.engines.pieces import local_days
from dauchan.tracing.engines.postgres import PostgresEngine, TellStay
from dauchan.tracing.evidence import ENCOUNTERS, TOLD, Met, Told, Trail
from dauchan.tracing.models import Basis, Contact, Grade
from dauchan.tracing.rulesets import Ruleset

MOST_GENERATIONS = 5  # our number: an officer asks for two; more is research


@dataclass(frozen=True)
class Finding:
    """One person found for a case, with the evidence weighed."""

    person: UUID
    generation: int
    trail: Trail
    weight: rules.Evidence


@dataclass(frozen=True)
class Found:
    """Everything one run of the engine found: people, and the crowds among those met by the case itself."""

    ruleset: Ruleset
    basis: Basis
    generations: int
    findings: tuple[Finding, ...]
    crowds: tuple[rules.CrowdGroup, ...]


def ruleset_of(case: Case) -> Ruleset:
    """The ruleset that the case's period was made with; stored as "name@digest"."""
    return rulesets.load(case.ruleset.partition("@")[0])


def version(ruleset: Ruleset) -> str:
    """How a result names the ruleset it was made with."""
    return f"{ruleset.name}@{ruleset.digest}"


def canonical_person(case: Case) -> UUID:
    """The case's person as all their merged records are known today."""
    return aliases_of([case.person_id])[case.person_id]


def find_contacts(case: Case, *, generations: int, basis: Basis, now: datetime) -> Found:
    """Whom the case, and those infected in turn, may have exposed.

    `case` may carry dates that are not saved yet: that is how a change is looked at before it is made.
    """
    ruleset, engine, person = ruleset_of(case), engine_for(case), canonical_person(case)
    window = Interval(case.period_start, max(case.period_end, now))
    first_steps = generations if basis == Basis.WHAT_IF else 1
    reached = reach({person: case.period}, first_steps, ruleset, engine, window=window)
    if basis == Basis.CONFIRMED and generations > 1:
        reached = _from_confirmed(case, reached, generations, ruleset, engine, window)
    told = told_windows(case)
    findings = tuple(_finding(each, ruleset, told if each.via == person else ()) for each in reached)
    first = [met for each in reached if each.generation == 1 for met in each.encounters]
    return Found(ruleset, basis, generations, findings, tuple(rules.crowd_groups(first, ruleset)))


def find_sources(case: Case, *, generations: int = 1) -> Found:
    """Who may have infected the case: backward from the days of exposure that incubation allows."""
    ruleset, engine, person = ruleset_of(case), engine_for(case), canonical_person(case)
    period = exposed_in(case)
    reached = sources({person: period}, generations, ruleset, engine, window=period)
    told = told_windows(case)
    findings = tuple(_finding(each, ruleset, told) for each in reached)
    return Found(ruleset, Basis.WHAT_IF, generations, findings, ())


def unreadable_days(window: Interval) -> list[date]:
    """The local days of this time whose visits can't be read any more, because their key is gone."""
    readable = set(open_keyring(config.load().keyring_dir).days())
    return [day for day in local_days(window) if day not in readable]


def exposed_in(case: Case) -> Interval:
    """When the case may have been infected.

    raises   NoPeriodInRuleset
    """
    return rules.exposure_period(case.onset_on, case.sampled_on, case.confirmed_on, ruleset_of(case))


def visits_of_case(case: Case) -> list[Stay]:
    """The case's own stays in its period, by arrival."""
    engine = PostgresEngine(open_keyring(config.load().keyring_dir))
    return list(engine.places_of({canonical_person(case): case.period}, case.period))


def own_visits(case: Case) -> list[MilestoneEvidence]:
    """The case's own stays in its period as milestones to decide on, with the names they go by today."""
    visits = visits_of_case(case)
    cards = place_cards({cast("int", stay.place) for stay in visits})
    points = point_names({cast("int", stay.point) for stay in visits})
    return [_own_visit(stay, cards, points) for stay in visits]


def _own_visit(stay: Stay, cards: Mapping[int, PlaceCard], points: Mapping[int, str]) -> MilestoneEvidence:
    place, point = cast("int", stay.place), cast("int", stay.point)
    card = cards.get(place)
    return MilestoneEvidence(
        start=stay.arrived_at,
        end=stay.latest_departure,
        place_id=place,
        point_id=point,
        place_name=card.name if card else "",
        address=points.get(point, ""),
        unit_id=card.unit_id if card else None,
    )


def engine_for(case: Case) -> PostgresEngine:
    """The engine with the places that the case told of added to its own visits.

    Where a scan already says that the case was at a point, its word about the same time adds nothing.
    """
    person, keyring = canonical_person(case), open_keyring(config.load().keyring_dir)
    told = [stay for milestone in told_milestones(case) for stay in _told_stays(person, milestone)]
    if not told:
        return PostgresEngine(keyring)
    whole = Interval(min(stay.window.start for stay in told), max(stay.window.end for stay in told))
    scanned: dict[PointId, list[Interval]] = defaultdict(list)
    for stay in PostgresEngine(keyring).places_of({person: whole}, whole):
        scanned[stay.point].append(Interval(stay.arrived_at, stay.latest_departure))
    new = [replace(stay, window=part) for stay in told for part in without(stay.window, scanned[stay.point])]
    return PostgresEngine(keyring, told=new)


def told_milestones(case: Case) -> list[OpenMilestone]:
    """The decided milestones at registered places that only the case's word stands for."""
    decided = milestones_of(case, [MilestoneState.DECIDED])
    return [each for each in decided if each.row.source == MilestoneSource.TOLD and each.evidence.place_id]


def told_windows(case: Case) -> tuple[tuple[int, Interval], ...]:
    return tuple((each.evidence.place_id or 0, each.evidence.window) for each in told_milestones(case))


def _told_stays(person: UUID, milestone: OpenMilestone) -> Iterable[TellStay]:
    """One stay at each point of the place, or at the point named."""
    told, place = milestone.evidence, milestone.evidence.place_id
    assert place is not None  # told_milestones
    points = [told.point_id] if told.point_id else [point.pk for point in points_of(place)]
    return [TellStay(person, place, point, told.window) for point in points]


def _from_confirmed(
    case: Case, first: Sequence[Reached], generations: int, ruleset: Ruleset, engine: PostgresEngine, window: Interval
) -> list[Reached]:
    """The first generation with the later ones, from those whom an officer confirmed as F1.

    Each is infectious from their own exposure. An F1 met earlier by another keeps their generation and gets that as
    their best label. Whom an officer decided to be no contact of the case is found again if a confirmed F1 met them.
    """
    exposed = {cast("UUID", each.person): each.exposed_at for each in first}
    confirmed = confirmed_first(case, exposed)
    times = {person: infectious_from(at, ruleset, window) for person, at in confirmed.items()}
    seeds: dict[PersonId, Interval] = {person: time for person, time in times.items() if time is not None}
    if not seeds:
        return list(first)
    found = reach(seeds, generations - 1, ruleset, engine, window=window, apart={canonical_person(case)})
    later = {each.person: msgspec.structs.replace(each, generation=each.generation + 1) for each in found}
    dismissed = _dismissed(case) & later.keys()
    told = confirmed.keys() - exposed.keys()
    return [
        *(_with_best(each, later.get(each.person)) for each in first if each.person not in dismissed),
        *(each for person, each in later.items() if person in dismissed or person not in {*exposed, *told}),
    ]


def _with_best(first: Reached, later: Reached | None) -> Reached:
    """An F1 with the earliest exposure of all generations."""
    if later is None or (first.exposed_at, first.via) <= (later.best_at, later.best_via):
        return first
    return msgspec.structs.replace(first, best_at=later.best_at, best_via=later.best_via)


def _dismissed(case: Case) -> set[UUID]:
    """Everybody an officer decided to be no contact, by today's id."""
    ids = case.contacts.filter(grade=Grade.NOT_CONTACT).values_list("person_id", flat=True)
    return set(aliases_of(ids).values())


def confirmed_first(case: Case, exposed: dict[UUID, datetime]) -> dict[UUID, datetime]:
    """Everybody confirmed as F1, with the instant from which they may have been infected.

    A contact told without a first day counts from the beginning of the case's period: nobody is missed.
    """
    vault = vault_of(case)
    rows = list(case.contacts.filter(grade=Grade.CLOSE, generation=1))
    names = aliases_of([row.person_id for row in rows])
    instants: dict[UUID, datetime] = {}
    for row in rows:
        person = names[row.person_id]
        if person in exposed:
            at = exposed[person]
        elif row.evidence is not None:
            at = vault.open(ENCOUNTERS, row.person_id.bytes, row.evidence, Trail).exposed_at
        else:
            at = _told_from(case, row)
        instants[person] = min(at, instants.get(person, at))
    return instants


def _told_from(case: Case, contact: Contact) -> datetime:
    assert contact.told is not None  # constraint contact_has_evidence
    told = vault_of(case).open(TOLD, contact.person_id.bytes, contact.told, Told)
    return told.first_exposure or case.period_start


def _finding(reached: Reached, ruleset: Ruleset, told: Sequence[tuple[int, Interval]]) -> Finding:
    encounters = tuple(_met(each, told) for each in reached.encounters)
    trail = Trail(
        via=cast("UUID", reached.via),
        exposed_at=reached.exposed_at,
        encounters=encounters,
        best_at=reached.best_at,
        best_via=cast("UUID", reached.best_via),
    )
    weight = rules.weigh(reached.encounters, ruleset)
    return Finding(cast("UUID", reached.person), reached.generation, trail, weight)


def _met(each: Encounter, told: Sequence[tuple[int, Interval]]) -> Met:
    place, point = cast("int", each.place), cast("int | None", each.point)
    by_word = any(place == where and each.possible.overlap(when) for where, when in told)
    only_told = by_word and each.certain_until == each.start
    return Met(place, point, each.start, each.certain_until, each.end, each.confidence, each.doubts, only_told)
