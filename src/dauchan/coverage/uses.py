"""When places were last used, as far as days were counted."""

from collections.abc import Iterable
from datetime import date

from dauchan.coverage.models import PlaceUse


def last_days(place_ids: Iterable[int]) -> dict[int, date | None]:
    """The last day with a check-in at each of these places; None where there never was one, or nothing was counted."""
    asked = set(place_ids)
    found = dict(PlaceUse.objects.filter(place_id__in=asked).values_list("place_id", "last_day"))
    return {place: found.get(place) for place in asked}
