"""The places, units and days that the filters above a case's proposals offer. Opened for one page and never stored.

Facets can't be read backwards, so whatever is offered comes from evidence: the case's stays, what it told, and where
its contacts met others. Other places are found by words of their name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case
from dauchan.kernel.intervals import Interval
from dauchan.kernel.search import sort_key
from dauchan.places.queries import PlaceCard, place_cards
from dauchan.tracing.evidence import ENCOUNTERS, Met, Trail, days_of
from dauchan.tracing.finding import told_windows
from dauchan.tracing.queries import ProposalFilter
from dauchan.tracing.timeline import Trail as Days
from dauchan.tracing.timeline import local_days
from dauchan.units.queries import units_of

MOST_OPENED = 2000
"""People of later generations whose evidence is opened for one page. Ours: opening so many takes milliseconds."""

Named = tuple[tuple[int, str], ...]
"""Ids with names, in Vietnamese order."""


@dataclass(frozen=True)
class Choices:
    """What the menus hold.

    later      places where those met by the case met others
    chosen     the place of the address when it is none of these
    complete   False when there were too many people to look for later places in all their evidence
    """

    own: Named
    told: Named
    later: Named
    chosen: Named
    units: Named
    days: tuple[date, ...]
    complete: bool


def choices_of(case: Case, trail: Days, wanted: ProposalFilter) -> Choices:
    """What the filters of one case offer, and what the address has chosen already."""
    told, later = told_windows(case), _met_later(case)
    met = [each for trail in later[:MOST_OPENED] for each in trail.encounters]
    cards = place_cards({*(place for place, _ in told), *(each.place_id for each in met), wanted.place_id or 0})
    own = {place for place, _ in trail.places}
    by_word = {place for place, _ in told} - own
    after = {each.place_id for each in met} - own - by_word
    return Choices(
        own=trail.places,
        told=_named(by_word, cards),
        later=_named(after, cards),
        chosen=_named({wanted.place_id or 0} - own - by_word - after, cards),
        units=_units(trail.units, cards.values(), wanted.place_unit),
        days=_days(trail, [when for _, when in told], met, wanted.day),
        complete=len(later) <= MOST_OPENED,
    )


def _met_later(case: Case) -> list[Trail]:
    """The evidence of the first people who were not met by the case itself, one more than is used."""
    vault = vault_of(case)
    rows = case.proposals.filter(generation__gt=1).order_by("rank", "pk").values_list("person_id", "evidence")
    return [vault.open(ENCOUNTERS, person.bytes, sealed, Trail) for person, sealed in rows[: MOST_OPENED + 1]]


def _named(places: Iterable[int], cards: dict[int, PlaceCard]) -> Named:
    return _sorted((place, cards[place].name) for place in places if place in cards)


def _units(known: Named, cards: Iterable[PlaceCard], chosen: int | None) -> Named:
    units = dict(known) | {card.unit_id: card.unit for card in cards}
    if chosen and chosen not in units:
        units |= {unit.pk: str(unit) for unit in units_of([chosen])}
    return _sorted(units.items())


def _sorted(named: Iterable[tuple[int, str]]) -> Named:
    return tuple(sorted(named, key=lambda each: (sort_key(each[1]), each[0])))


def _days(trail: Days, told: Iterable[Interval], met: Iterable[Met], chosen: date | None) -> tuple[date, ...]:
    days = {day for time in told for day in local_days(time)} | {day.day for day in trail.days} | days_of(met)
    return tuple(sorted(days | ({chosen} if chosen else set())))
