"""One run of the retention over all slices: days that have expired, then people of whom nothing is left.

Somebody known from scans alone goes when nothing of them can be read any more and nothing else needs them; each slice
that may is asked, so that none needs to know of another. Registered people stay until they are erased. A part that
fails keeps no other from its work; the run then counts as failed and is tried again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring

if TYPE_CHECKING:  # the worker imports this before Django is ready for models
    from dauchan.people.erasing import Needed
    from dauchan.visits.retention import Run

BATCH = 100
"""People looked at in one transaction; whoever is scanned by number waits for it, so it is kept short. Ours."""


def run(keyring: Keyring, now: datetime) -> "Run":
    """Destroy what has expired, and write down what was done; errors are written down and raised.

    raises   AlreadyRunning, and what a part raised, together where it was several
    """
    from dauchan.visits import retention

    with retention.alone():
        since = retention.last_success()
        number = retention.begin(now)
        done: dict[str, int] = {}
        failed: list[Exception] = []
        for name, part in _parts(keyring, now, since):
            try:
                done[name] = part() or 0
            except Exception as error:
                failed.append(error)
        days, people = done.get("days", 0), done.get("people", 0)
        finished, errors = clock.now(), ", ".join(type(error).__name__ for error in failed)
        retention.end(number, finished, days=days, people=people, error=errors)
    if failed:
        raise failed[0] if len(failed) == 1 else ExceptionGroup("parts of the retention failed", failed)
    return retention.Run(now, finished, days, people, "")


def _parts(keyring: Keyring, now: datetime, since: datetime | None) -> list[tuple[str, Callable[[], int | None]]]:
    """What a run does, in order: holds whose day has passed, the tombstones that an earlier end left unwritten, days,
    people, what was freed.
    """
    from dauchan.people import keystore
    from dauchan.tracing.holding import end_expired
    from dauchan.visits import retention
    from dauchan.visits.actions import drop_expired_days

    return [
        ("holds", lambda: end_expired(now)),
        ("tombstones", lambda: keystore.complete_tombstones(keyring, since or datetime.min.replace(tzinfo=now.tzinfo))),
        ("days", lambda: len(drop_expired_days(keyring, now))),
        ("people", lambda: erase_expired_people(keyring, now)),
        ("freed", keystore.vacuum),
        ("freed days", retention.vacuum),
    ]


def erase_expired_people(keyring: Keyring, now: datetime) -> int:
    """Erase everybody known from scans alone of whom nothing is left and whom nothing needs; how many."""
    from dauchan.people import erasing
    from dauchan.visits.actions import oldest_day

    needed = _needed(keyring)
    erased = 0
    after: UUID | None = None
    while found := erasing.provisional_before(oldest_day(now), after=after, most=BATCH, now=now):
        after = found[-1]
        kept = needed(found)
        if gone := [person for person in found if person not in kept]:
            erased += erasing.erase_expired(gone, needed, now=now)
    return erased


def _needed(keyring: Keyring) -> "Needed":
    """Who may still need somebody: what can be read of them, a place, work there, what they asked, a case, its list."""
    from dauchan.cases.queries import cases_among
    from dauchan.citizens.requests import asking_among
    from dauchan.owners.actions import handing_over_among
    from dauchan.owners.staff import working_among
    from dauchan.places.queries import owners_among
    from dauchan.tracing.queries import traced_among
    from dauchan.visits.retention import seen_among

    slices = (owners_among, working_among, handing_over_among, asking_among, cases_among, traced_among)

    def ask(people: Sequence[UUID]) -> set[UUID]:
        return seen_among(people, keyring).union(*(each(people) for each in slices))

    return ask
