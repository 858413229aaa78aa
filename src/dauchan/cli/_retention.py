"""One run of the retention over all slices: days that have expired, then people of whom nothing is left.

Somebody known from scans alone goes when none of their scans is kept and nothing else needs them; who else does, each
slice is asked. Registered people stay until they are erased.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring

if TYPE_CHECKING:  # the worker imports this before Django is ready for models
    from dauchan.visits.retention import Run

BATCH = 500
Needed = Callable[[Sequence[UUID]], set[UUID]]


def run(keyring: Keyring, now: datetime) -> "Run":
    """Destroy what has expired, and write down what was done; an error is written down and raised."""
    from dauchan.visits import retention

    number = retention.begin(now)
    days = people = 0
    try:
        from dauchan.visits.actions import drop_expired_days

        days = len(drop_expired_days(keyring, now))
        people = erase_expired_people(keyring, now)
    except Exception as error:
        retention.end(number, clock.now(), days=days, people=people, error=type(error).__name__)
        raise
    finished = clock.now()
    retention.end(number, finished, days=days, people=people)
    return retention.Run(now, finished, days, people, "")


def erase_expired_people(keyring: Keyring, now: datetime) -> int:
    """Erase everybody known from scans alone whose last scan has expired and whom nothing needs; how many."""
    from dauchan.people import erasing
    from dauchan.visits.actions import oldest_day

    before = clock.day_start(oldest_day(now))
    erased = 0
    after: UUID | None = None
    while found := erasing.provisional_before(before, after=after, most=BATCH):
        after = found[-1]
        needed: set[UUID] = set()
        for ask in _askers(keyring):
            needed |= ask(found)
        erased += erasing.erase_expired([person for person in found if person not in needed], now=now)
    return erased


def _askers(keyring: Keyring) -> tuple[Needed, ...]:
    """Who may still need somebody: their visits, a place, a case, a list of contacts."""
    from dauchan.cases.queries import cases_among
    from dauchan.places.queries import owners_among
    from dauchan.tracing.queries import traced_among
    from dauchan.visits.retention import seen_among

    return (lambda people: seen_among(people, keyring), owners_among, cases_among, traced_among)
