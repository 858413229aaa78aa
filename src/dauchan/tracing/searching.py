"""Who of one case's contacts bears a name: the only search by name, inside a list that the officer has in hand.

It tells more than a mask shows, so it takes the right to reveal, and everybody found can read that somebody looked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.search import search_key
from dauchan.people.queries import named_among
from dauchan.tracing.models import Contact

FEWEST_LETTERS = 2
"""Ours: many Vietnamese given names have no more."""
MOST_FOUND = 50
"""Ours: who finds more has not said whom."""


class NameTooShort(BadInput):
    kind = "name_too_short"
    vi = "Hãy gõ ít nhất {least} chữ cái của tên."
    en = "Type at least {least} letters of the name."


class TooManyNamed(BadInput):
    kind = "too_many_named"
    vi = "Hơn {most} người khớp. Hãy gõ thêm chữ của tên."
    en = "More than {most} people match. Type more of the name."


def find_by_name(case: Case, name: str, *, by: Officer, now: datetime) -> list[Contact]:
    """The contacts of this case whose name holds these words, of every grade, newest first; each look is written down.

    raises   NotPermitted, NameTooShort, TooManyNamed
    """
    require_on(case, "person.reveal", by, clock.local_day(now))
    if len(search_key(name)) < FEWEST_LETTERS:
        raise NameTooShort(field="name", least=FEWEST_LETTERS)
    listed = case.contacts.values_list("person_id", flat=True)
    named = named_among(listed, name)
    too_many = len(named) > MOST_FOUND
    _write_down(case, [] if too_many else named, len(named), by=by, now=now)  # before it is refused: that tells too
    if too_many:
        raise TooManyNamed(field="name", most=MOST_FOUND)
    rows = case.contacts.filter(person_id__in=named).order_by("-pk")
    return list(rows.select_related("case", "residence", "assigned_unit", "decided_by"))


@transaction.atomic
def _write_down(case: Case, found: Sequence[UUID], count: int, *, by: Officer, now: datetime) -> None:
    """One row a person, and one for a search that showed nobody; never the name."""
    about: list[UUID | None] = [*found] or [None]
    for person in about:
        audit.record(
            "person.searched",
            by=by,
            about=person,
            case=case.code,
            unit=case.unit_id,
            at=now,
            detail={"by": "name"},
            count=count,
        )
