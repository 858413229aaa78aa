"""How often and how many were urged within some units or by agencies, for reports: counts, nobody by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from dauchan.directives.models import Reminded
from dauchan.kernel import clock


@dataclass(frozen=True)
class Urged:
    """Reminders that were sent, and how many different units, agencies or places they were about."""

    letters: int
    subjects: int


def reminders_between(unit_ids: Iterable[int], agency_ids: Iterable[int], first: date, last: date) -> Urged:
    """What was sent from the first day to the last about these units and agencies."""
    about = Q(unit__in=list(unit_ids)) | Q(agency__in=list(agency_ids))
    sent = Reminded.objects.filter(
        about,
        directive__sent_at__gte=clock.day_start(first),
        directive__sent_at__lt=clock.day_interval(last).end,
    )
    counted = sent.aggregate(letters=Count("directive", distinct=True))
    subjects = sent.values("kind", "subject_id").distinct().count()
    return Urged(counted["letters"], subjects)
