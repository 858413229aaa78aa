"""When and how much places were used, as far as days were counted."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q

from dauchan.coverage.models import PlaceDay, PlaceUse


def last_days(place_ids: Iterable[int]) -> dict[int, date | None]:
    """The last day with a check-in at each of these places; None where there never was one, or nothing was counted."""
    asked = set(place_ids)
    found = dict(PlaceUse.objects.filter(place_id__in=asked).values_list("place_id", "last_day"))
    return {place: found.get(place) for place in asked}


class Span(NamedTuple):
    """Some days of a place, from the first to the last, both included."""

    place_id: int
    first: date
    last: date


def check_ins_of(spans: Iterable[Span]) -> dict[Span, int]:
    """How many check-ins each of these places had on its days, as far as they were counted."""
    asked = set(spans)
    if not asked:
        return {}
    meant = reduce(or_, (Q(place_id=span.place_id, day__range=(span.first, span.last)) for span in asked))
    rows = list(PlaceDay.objects.filter(meant).values_list("place_id", "day", "check_ins"))
    return {
        span: sum(count for place, day, count in rows if place == span.place_id and span.first <= day <= span.last)
        for span in asked
    }
