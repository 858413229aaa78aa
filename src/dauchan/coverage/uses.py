"""When and how much places were used, as far as days were counted."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from dauchan.coverage.definitions import MEAN_DAYS
from dauchan.coverage.models import CHANNELS, UNIT, CountedDay, DayCounts, PlaceDay, PlaceUse

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
    """How many check-ins each of these places and units had on its days, as far as they were counted."""
    asked = set(spans)
    places = {span for span in asked if span.kind == PLACE}
    of_units = DayCounts.objects.filter(kind=UNIT, sector="")
    return _summed(places, PlaceDay.objects.all(), "place_id") | _summed(asked - places, of_units, "subject_id")


def _summed(spans: Set[Span], counted: QuerySet[Any], subject: str) -> dict[Span, int]:
    if not spans:
        return {}
    meant = reduce(or_, (Q((subject, span.subject_id), day__range=(span.first, span.last)) for span in spans))
    rows = list(counted.filter(meant).values_list(subject, "day", "check_ins"))
    return {
        span: sum(count for whose, day, count in rows if whose == span.subject_id and span.first <= day <= span.last)
        for span in spans
    }
