"""A case's days as a picture: where it was, when, how surely; and findings with names instead of ids.

Reads only; what is drawn is opened for this one page and never stored.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from dauchan.cases.models import Case, MilestoneSource, MilestoneState
from dauchan.cases.queries import OpenMilestone, milestones_of
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.people.queries import Masked, masked
from dauchan.places.queries import PlaceCard, place_cards, point_names
from dauchan.places.shares import scan_shares, share_words
from dauchan.tracing import rules
from dauchan.tracing.engines.base import Stay
from dauchan.tracing.finding import Finding, visits_of_case
from dauchan.tracing.queries import Encountered, encountered
from dauchan.units.queries import units_of
from dauchan.visits.words import doubts_in_words

MOST_DAYS = 35  # our number: more days than are kept


@dataclass(frozen=True)
class Bar:
    """One stay within one local day; `x` and widths are minutes of the day; `doubts` says what speaks against it."""

    place_id: int
    place: str
    point: str
    start: datetime
    certain_until: datetime
    end: datetime
    x: int
    certain_width: int
    width: int
    doubts: str


@dataclass(frozen=True)
class Day:
    """One local day of a case; without bars the case was seen nowhere."""

    day: date
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Trail:
    """The days of a case's period, and the places it was seen at."""

    days: tuple[Day, ...]
    places: tuple[tuple[int, str], ...]
    units: tuple[tuple[int, str], ...]


def days_of(case: Case) -> Trail:
    """Every local day of the case's period with the stays of the case."""
    visits = visits_of_case(case)
    cards = place_cards({cast("int", stay.place) for stay in visits})
    points = point_names({cast("int", stay.point) for stay in visits})
    bars: dict[date, list[Bar]] = defaultdict(list)
    for stay in visits:
        for day in local_days(Interval(stay.arrived_at, stay.latest_departure)):
            bars[day].append(_bar(day, stay, cards, points))
    last = min(case.period_end, clock.now())
    days = local_days(Interval(case.period_start, max(case.period_start + timedelta(minutes=1), last)))[:MOST_DAYS]
    places = tuple(sorted(((place, card.name) for place, card in cards.items()), key=lambda place: place[1]))
    units = tuple(sorted({(card.unit_id, card.unit) for card in cards.values()}, key=lambda unit: unit[1]))
    return Trail(tuple(Day(day, tuple(bars.get(day, ()))) for day in days), places, units)


def local_days(time: Interval) -> list[date]:
    """Every local day that some of this time lies in."""
    first, last = clock.local_day(time.start), clock.local_day(max(time.start, time.end - timedelta(microseconds=1)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _bar(day: date, stay: Stay, cards: Mapping[int, PlaceCard], points: Mapping[int, str]) -> Bar:
    within, place = clock.day_interval(day), cast("int", stay.place)
    start, end = max(stay.arrived_at, within.start), min(stay.latest_departure, within.end)
    sure = min(max(stay.seen_until, start), end)
    x, width = _minute(start, within.start), max(_minute(end, within.start) - _minute(start, within.start), 4)
    return Bar(
        place,
        cards[place].name if place in cards else "?",
        points.get(cast("int", stay.point), ""),
        start,
        sure,
        end,
        x,
        certain_width=max(0, _minute(sure, within.start) - x),
        width=width,
        doubts=", ".join(doubts_in_words(stay.doubts)),
    )


def _minute(instant: datetime, midnight: datetime) -> int:
    return int((instant - midnight).total_seconds() // 60)


@dataclass(frozen=True)
class Where:
    """How a milestone's place is shown; `scanned` says which share of visitors scans there.

    lies_in   the unit of a place that is still registered
    """

    name: str
    point: str
    address: str
    unit: str
    registered: bool
    scanned: str
    lies_in: int | None = None


def milestone_places(listed: Sequence[OpenMilestone]) -> dict[int, Where]:
    """The place of each milestone in words, by the milestone's id."""
    place_ids = {each.evidence.place_id for each in listed if each.evidence.place_id}
    cards, shares = place_cards(place_ids), scan_shares(place_ids)
    unit_ids = {each.evidence.unit_id for each in listed if each.evidence.unit_id}
    units = {unit.pk: str(unit) for unit in units_of(unit_ids)}
    points = point_names({each.evidence.point_id for each in listed if each.evidence.point_id})
    scanned = {each.row.pk: share_words(shares.get(each.evidence.place_id or 0)) for each in listed}
    return {each.row.pk: _where(each, cards, units, points, scanned[each.row.pk]) for each in listed}


def _where(
    milestone: OpenMilestone, cards: dict[int, PlaceCard], units: dict[int, str], points: dict[int, str], scanned: str
) -> Where:
    """In words. A milestone from visits keeps its point's name in `address`, for when the place is gone."""
    kept = milestone.evidence
    by_scan = milestone.row.source == MilestoneSource.VISITS
    point, address = points.get(kept.point_id or 0, kept.address if by_scan else ""), "" if by_scan else kept.address
    card = cards.get(kept.place_id) if kept.place_id else None
    if card is not None:
        shown = address or card.address
        return Where(card.name, point, shown, card.unit, registered=True, scanned=scanned, lies_in=card.unit_id)
    unit = units.get(kept.unit_id or 0, "")
    return Where(kept.place_name, point, address, unit, registered=kept.place_id is not None, scanned=scanned)


@dataclass(frozen=True)
class Scanned:
    """Which share of visitors scans where a case was: in words for places where something is known, and the names of
    the others.
    """

    known: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def scanned_where(case: Case) -> Scanned:
    """How much a list made from scans can say about the case's milestones, those set aside left out."""
    listed = milestones_of(case, (MilestoneState.PROPOSED, MilestoneState.DECIDED))
    where = milestone_places(listed)
    known = scan_shares({each.evidence.place_id for each in listed if each.evidence.place_id})
    words: dict[str, str] = {}
    unknown: set[str] = set()
    for each in listed:
        place = where[each.row.pk]
        if each.evidence.place_id in known:
            words[place.name] = place.scanned
        else:
            unknown.add(place.name)
    return Scanned(tuple(sorted(words.items())), tuple(sorted(unknown)))


@dataclass(frozen=True)
class NamedFinding:
    """One finding that is shown and not stored: who (masked), what was weighed, and why in words."""

    finding: Finding
    person: Masked | None
    encounters: tuple[Encountered, ...]
    reason_vi: str
    reason_en: str


def named_findings(findings: Sequence[Finding]) -> list[NamedFinding]:
    """Findings with names of people (masked) and places."""
    met = [each for finding in findings for each in finding.trail.encounters]
    cards, points = place_cards({each.place_id for each in met}), point_names({m.point_id for m in met if m.point_id})
    people = masked(finding.person for finding in findings)
    return [_named(finding, people.get(finding.person), cards, points) for finding in findings]


def _named(
    finding: Finding, person: Masked | None, cards: dict[int, PlaceCard], points: dict[int, str]
) -> NamedFinding:
    encounters = tuple(encountered(each, cards, points) for each in finding.trail.encounters)
    words = [each.met.encounter(each.place, each.point or None) for each in encounters]
    return NamedFinding(finding, person, encounters, *rules.reason_in_words(words))
