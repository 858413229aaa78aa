"""The verbs: count the days that are due, hide what must stay hidden on them, forget what places did long ago."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction

from dauchan.coverage.computing import count_day, due_days, suppress_again
from dauchan.coverage.models import CountedDay, PlaceDay
from dauchan.coverage.suppression import outdated
from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.visits.rules import GATE_BACKLOG

PLACE_DAYS_KEPT = timedelta(days=800)
"""So long it is known what each place did on a day: two winters can be compared. Ours."""


def count_due(keyring: Keyring, now: datetime, tell: Callable[[CountedDay], None] = lambda counted: None) -> list[date]:
    """Count today, and those of the days that gates may still send scans of, that changed since they were counted; and
    choose anew what stays hidden on days that figures were supplied for.

    returns  the days that were counted, oldest first
    """
    days = due_days(now, back=GATE_BACKLOG.days)
    for day in days:
        tell(count_day(day, keyring, now))
    for day in outdated():
        suppress_again(day)
    return days


@transaction.atomic
def forget_place_days(now: datetime) -> int:
    """Delete what places did on days longer ago than it is kept; the figures of units and agencies stay."""
    gone, _ = PlaceDay.objects.filter(day__lt=clock.local_day(now) - PLACE_DAYS_KEPT).delete()
    return gone
