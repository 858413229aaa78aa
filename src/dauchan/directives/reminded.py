"""How often and how many were urged within some units or by agencies, for reports: counts, nobody by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from dauchan.directives.models import LadderStep
from dauchan.directives.rules import REMIND
from dauchan.kernel import clock


@dataclass(frozen=True)
class Urged:
    """Reminders that were sent, and how many different units, agencies or places they were about."""

    letters: int
    subjects: int


def reminders_between(unit_ids: Iterable[int], agency_ids: Iterable[int], first: date, last: date) -> Urged:
    """What was sent from the first day to the last about these units and agencies, as far as it wasn't undone."""
    about = Q(ladder__unit__in=list(unit_ids)) | Q(ladder__agency__in=list(agency_ids))
    days = Q(at__gte=clock.day_start(first), at__lt=clock.day_interval(last).end)
    sent = LadderStep.objects.filter(about, days, step=REMIND, undone_at=None)
    counted = sent.aggregate(letters=Count("directive", distinct=True))
    subjects = sent.values("ladder__kind", "ladder__subject_id").distinct().count()
    return Urged(counted["letters"], subjects)
