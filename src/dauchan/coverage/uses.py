"""When and how much places were used, as far as days were counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from dauchan.coverage.definitions import MEAN_DAYS
from dauchan.coverage.models import CHANNELS, UNIT, CountedDay, DayCounts, PlaceDay, PlaceUse
from dauchan.units.queries import atlas

RUN_DAYS = 60
PLACE = "place"


def last_days(place_ids: Iterable[int]) -> dict[int, date | None]:
    """The last day with a check-in at each of these places; None where there never was one, or nothing was counted."""
    asked = set(place_ids)
    found = dict(PlaceUse.objects.filter(place_id__in=asked).values_list("place_id", "last_day"))
    return {place: found.get(place) for place in asked}


@dataclass(frozen=True, slots=True)
class Used:
    """One counted day of a place."""

    day: date
    scans: int
    check_ins: int
    by_channel: dict[str, int]


def daily(place_id: int, last: date, *, days: int = RUN_DAYS) -> list[Used]:
    """What a place did on each counted day up to the last, oldest first; a counted day without a row has zeros."""
    within = (last - timedelta(days=days - 1), last)
    rows = {row.day: row for row in PlaceDay.objects.filter(place_id=place_id, day__range=within)}
    counted = CountedDay.objects.filter(day__range=within).order_by("day").values_list("day", flat=True)
    return [_used(day, rows.get(day)) for day in counted]


def _used(day: date, row: PlaceDay | None) -> Used:
    if row is None:
        return Used(day, 0, 0, dict.fromkeys(CHANNELS, 0))
    return Used(day, row.scans, row.check_ins, {channel: getattr(row, channel) for channel in CHANNELS})


@dataclass(frozen=True, slots=True)
class Week:
    """The counted days among the last seven together."""

    days: int
    scans: int
    check_ins: int
    days_used: int


def week(run: Sequence[Used]) -> Week:
    """The last seven days of a run."""
    last = _last_week(run)
    return Week(
        len(last),
        sum(each.scans for each in last),
        sum(each.check_ins for each in last),
        sum(each.scans > 0 for each in last),
    )


def by_channel(run: Sequence[Used]) -> list[tuple[str, int]]:
    """By which ways a place was scanned in the last seven days; all ways, those without a scan too."""
    last = _last_week(run)
    return [(channel, sum(each.by_channel[channel] for each in last)) for channel in CHANNELS]


def _last_week(run: Sequence[Used]) -> list[Used]:
    return [each for each in run if each.day > run[-1].day - timedelta(days=MEAN_DAYS)] if run else []


def silence(use: PlaceUse, day: date) -> int | None:
    """For how many days an open place is without a check-in; None where it is not open."""
    if use.open_from is None:
        return None
    since = use.last_day or use.open_from
    return max(0, (day - since).days + (use.last_day is None))


def silent_days(place_ids: Iterable[int], day: date) -> dict[int, int | None]:
    """The silence of each of these places up to a day; one without any use is missing."""
    return {use.place_id: silence(use, day) for use in PlaceUse.objects.filter(place_id__in=set(place_ids))}


class Span(NamedTuple):
    """Some days of a place or of a unit with all beneath it, from the first to the last, both included."""

    kind: str
    subject_id: int
    first: date
    last: date


def check_ins_of(spans: Iterable[Span]) -> dict[Span, int]:
    """How many check-ins each of these places and units had on its days, as far as they were counted.

    A counted day of a place without a row had none; a unit without any row on its days was not counted, and is missing.
    """
    asked = set(spans)
    places = {span: [span.subject_id] for span in asked if span.kind == PLACE}
    units = {span: atlas().renamings(span.subject_id) for span in asked if span.kind == UNIT}
    of_places = _counted(places, PlaceDay.objects.all(), "place_id")
    of_units = _counted(units, DayCounts.objects.filter(kind=UNIT, sector=""), "subject_id")
    return {span: sum(counts) for span, counts in (of_places | of_units).items() if counts or span.kind == PLACE}


def _counted(spans: Mapping[Span, Sequence[int]], rows: QuerySet[Any], subject: str) -> dict[Span, list[int]]:
    """The check-ins of each day that has a row, under any of the ids of each span's subject."""
    if not spans:
        return {}
    meant = reduce(or_, (Q((f"{subject}__in", ids), day__range=(span.first, span.last)) for span, ids in spans.items()))
    known: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for whose, day, count in rows.filter(meant).values_list(subject, "day", "check_ins"):
        known[whose].append((day, count))
    return {
        span: [count for each in ids for day, count in known[each] if span.first <= day <= span.last]
        for span, ids in spans.items()
    }
