"""Holds what a decision is on until it is written: of two who decide at once the second sees what the first did."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from dauchan.places import actions as places

PREMISES = """
with first as (
    select coalesce(same_as_id, id) as id
    from registers_entry
    where id = any(%(entries)s) or place_id = any(%(places)s)
)
select id from first
union
select entry.id from registers_entry entry join first on entry.same_as_id = first.id
order by id
"""
HOLD = "select id from registers_entry where id = any(%s) order by id for update"


def hold(ids: Iterable[int], place_ids: Iterable[int] = ()) -> list[int]:
    """Hold places, then entries with all that are the same premises or at those places, until the transaction ends.

    Always by id and all of them at once: where more entries belong to them by the time they are held, they are let go
    and held anew with those, so that nobody waits for somebody who waits.

    returns  the entries, in order
    """
    asked = {"entries": list(ids), "places": list(place_ids)}
    places.hold_all(asked["places"])
    with connection.cursor() as cursor:
        group = _ids(cursor, PREMISES, asked)
        while True:
            before = transaction.savepoint()
            held = set(_ids(cursor, HOLD, [group]))
            group = _ids(cursor, PREMISES, asked)
            if held.issuperset(group):
                transaction.savepoint_commit(before)
                return group
            transaction.savepoint_rollback(before)


def _ids(cursor: CursorWrapper, question: str, values: Any) -> list[int]:
    cursor.execute(question, values)
    return [row[0] for row in cursor.fetchall()]
