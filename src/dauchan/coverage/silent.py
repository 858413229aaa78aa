"""Places that fell silent, by name: approved for some days and without a check-in in any of them.

Read from where each place stands after the latest counted day; who may see which subject is asked before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from dauchan.coverage.definitions import thresholds
from dauchan.coverage.figures import Subject, latest_day
from dauchan.coverage.models import UNIT, PlaceUse
from dauchan.coverage.reaches import units_within
from dauchan.coverage.uses import silence
from dauchan.kernel.numbers import row_number
from dauchan.places.queries import PlaceCard, place_cards
from dauchan.units.agencies import agency_ids_within
from dauchan.units.queries import atlas

PAGE_SIZE = 50
NEVER, OPEN = "never", "open"


@dataclass(frozen=True)
class SilentPlace:
    """A silent place; `last_day` is None for one that was never used, and `days` then counts from its approval."""

    place: PlaceCard
    last_day: date | None
    days: int
    sector: str
    agency_id: int | None


@dataclass(frozen=True)
class SilentPage:
    """A page of silent places and the key of the next one ("" after the last)."""

    places: list[SilentPlace]
    next_after: str


def silent_page(
    subject: Subject,
    day: date,
    *,
    beside: Sequence[Subject] = (),
    after: str = "",
    only: str = "",
    size: int = PAGE_SIZE,
) -> SilentPage:
    """One page of a subject's silent places, never used ones first, then the longest silent.

    day      the latest counted day, from which days of silence are told
    beside   other subjects whose places stand in the same list
    only     NEVER: only those that were never used; OPEN: every open place, silent or not
    """
    found = open_places([subject, *beside], day) if only == OPEN else silent_places([subject, *beside], day)
    if only == NEVER:
        found = found.filter(last_day__isnull=True)
    if after:
        found = found.filter(_beyond(after))
    rows = list(found.order_by(F("last_day").asc(nulls_first=True), "place_id")[: size + 1])
    cards = place_cards(row.place_id for row in rows[:size])
    shown = [_shown(row, cards[row.place_id], day) for row in rows[:size] if row.place_id in cards]
    return SilentPage(shown, _key(rows[size - 1]) if len(rows) > size else "")


def silent_places(subjects: Sequence[Subject], day: date) -> QuerySet[PlaceUse]:
    """The places of some subjects that are silent on a day, in no order; the subjects name one sector, or all none."""
    silent_days = thresholds(day).silent_days
    found = open_places(subjects, day - timedelta(days=silent_days - 1))
    return found.filter(Q(last_day__isnull=True) | Q(last_day__lte=day - timedelta(days=silent_days)))


def open_places(subjects: Sequence[Subject], day: date) -> QuerySet[PlaceUse]:
    """The places of some subjects that were open by a day, in no order; the subjects name one sector, or all none."""
    found = PlaceUse.objects.filter(_of(subjects, day), open_from__lte=day)
    sectors = {subject.sector for subject in subjects} - {""}
    return found.filter(sector__in=sectors) if sectors else found


def unused_on(subject: Subject, day: date, *, limit: int) -> tuple[list[SilentPlace], int]:
    """The first of a subject's open places without a check-in on the latest counted day, and how many there are.

    Never used ones come first, then the longest silent. Of an earlier day nothing is known: ([], 0).
    """
    if day != latest_day():
        return [], 0
    unused = Q(last_day__isnull=True) | Q(last_day__lt=day)
    found = PlaceUse.objects.filter(_of([subject], day), unused, open_from__lte=day)
    rows = list(found.order_by(F("last_day").asc(nulls_first=True), "place_id")[:limit])
    cards = place_cards(row.place_id for row in rows)
    return [_shown(row, cards[row.place_id], day) for row in rows if row.place_id in cards], found.count()


def _of(subjects: Sequence[Subject], day: date) -> Q:
    """Places of these units; of these agencies, and what lies where they govern and has no agency."""
    units = {unit for each in subjects if each.kind == UNIT for unit in units_within(UNIT, each.id, day)}
    if len(units) == len(atlas().nodes):
        return Q()
    governing = [each for each in subjects if each.kind != UNIT]
    governed = {unit for each in governing for unit in units_within(each.kind, each.id, day)}
    found = Q(unit_id__in=units)
    if governing:
        found |= Q(agency_id__in=agency_ids_within([each.id for each in governing], day))
        found |= Q(agency_id__isnull=True, unit_id__in=governed)
    return found


def _shown(row: PlaceUse, card: PlaceCard, day: date) -> SilentPlace:
    return SilentPlace(card, row.last_day, silence(row, day) or 0, row.sector, row.agency_id)


def _key(row: PlaceUse) -> str:
    return f"{row.last_day or NEVER}~{row.place_id}"


def _beyond(after: str) -> Q:
    """The places after the one that a key names; all of them for a text that is no key."""
    last, _, number = after.partition("~")
    place = row_number(number) or 0
    if last == NEVER:
        return Q(last_day__isnull=False) | Q(place_id__gt=place)
    try:
        day = date.fromisoformat(last)
    except ValueError:
        return Q()
    return Q(last_day__gt=day) | Q(last_day=day, place_id__gt=place)
