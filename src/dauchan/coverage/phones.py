"""The people of a day, numbered, and which of them can be reached by phone.

Tokens are opened here in memory with their day's key; who they are is asked of `people`, and only tokens of that day
come back into a temporary table, sorted by themselves. No key and no person's id stands in it.
"""

from datetime import date

from django.db import connection

from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import unseal_all
from dauchan.people.counting import with_phone

PEOPLE = """
create temporary table day_person on commit drop as
select token, (row_number() over (order by token))::integer as number, null::integer as reachable
from (select distinct token from day_seen) seen
"""
FOUND = """
create temporary table day_reachable on commit drop as
select unnest(%s::bytea[]) as token
"""
MARK = """
update day_person person
set reachable = (exists (select from day_reachable found where found.token = person.token))::integer
"""


def stage_people(day: date, keyring: Keyring) -> None:
    """Make `day_person`: token, number, reachable (1, 0, or null where the day's key is gone)."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        if keyring.has_day(day):
            cursor.execute("select token from day_person order by token")
            tokens = [bytes(token) for (token,) in cursor.fetchall()]
            cursor.execute(FOUND, [_reachable(tokens, keyring.day_key(day))])
            cursor.execute("analyze day_reachable")
            cursor.execute(MARK)
        cursor.execute("analyze day_person")


def _reachable(tokens: list[bytes], day_key: bytes) -> list[bytes]:
    """Those of the tokens whose people have a phone, in their own order."""
    people = unseal_all(day_key, tokens)
    known = with_phone(people)
    return [token for token, person in zip(tokens, people, strict=True) if person in known]
