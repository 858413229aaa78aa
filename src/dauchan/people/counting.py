"""How many people there are with something: counts, and who of a list has a phone. Opens nobody's identity."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

AT_ONCE = 50_000

WITH_PHONE = """
select distinct person_id
from people_blind_index
where person_id = any(%s) and kind = 'phone'
"""


def with_phone(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people of whom a phone number is known."""
    found: set[UUID] = set()
    with connection.cursor() as cursor:
        for begin in range(0, len(people), AT_ONCE):
            cursor.execute(WITH_PHONE, [list(people[begin : begin + AT_ONCE])])
            found.update(row[0] for row in cursor.fetchall())
    return found


BEARERS = """
select person.residence_id, count(*)
from people_person person
join people_pass pass on pass.person_id = person.id
where person.residence_id is not null
  and person.tombstoned_at is null
  and not person.provisional
  and pass.issued_at < %(at)s
  and (pass.revoked_at is null or pass.revoked_at >= %(at)s)
group by 1
"""


def residents_with_pass(at: datetime) -> dict[int, int]:
    """How many residents of each unit bore a valid pass at an instant, by the id of the unit they live in."""
    with connection.cursor() as cursor:
        cursor.execute(BEARERS, {"at": at})
        return dict(cursor.fetchall())
