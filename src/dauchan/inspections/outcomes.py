"""What inspections found within some units or at agencies' places over some days: counts, for reports."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q

from dauchan.inspections.models import Inspection
from dauchan.kernel import clock


def results_between(unit_ids: Iterable[int], agency_ids: Iterable[int], first: date, last: date) -> dict[str, int]:
    """How many inspections of these days had each result (`models.Result`); results that none had are missing."""
    there = Q(place__unit__in=list(unit_ids)) | Q(place__agency__in=list(agency_ids))
    made = Inspection.objects.filter(there, at__gte=clock.day_start(first), at__lt=clock.day_interval(last).end)
    return dict(made.values_list("result").annotate(count=Count("pk")).order_by("result"))
