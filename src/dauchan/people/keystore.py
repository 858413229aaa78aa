"""The key store: people's own keys, in a schema with a dump of its own, and the tombstones that a restore replays.

Only `actions`, `queries` and `registering` of this slice come here. Tombstones stand in three places, since any backup
may be restored alone: beside the person, here, and as lines of `tombstones` in the keyring's directory.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from dauchan.kernel.keyring import KeyMissing, Keyring
from dauchan.people import vault

TOMBSTONES_FILE = "tombstones"

KEYS = "select person_id, kek, wrapped from keystore.person_key where person_id = any(%s)"


def keys_of(keyring: Keyring, people: Iterable[UUID]) -> dict[UUID, bytes]:
    """The keys of those people who still have one that the keyring can open."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [list(people)])
        rows = cursor.fetchall()
    found = {person: open_key(keyring, person, kek, wrapped) for person, kek, wrapped in rows}
    return {person: key for person, key in found.items() if key is not None}


def open_key(keyring: Keyring, person: UUID, kek: int | None, wrapped: bytes | None) -> bytes | None:
    """A person's key; None when it, or the key of the keyring that wraps it, was destroyed."""
    if kek is None or wrapped is None:
        return None
    try:
        return vault.open_key(keyring, person, kek=kek, wrapped=bytes(wrapped))
    except KeyMissing:
        return None


BURY = """
insert into keystore.tombstone (person_id, erased_at) select unnest(%s::uuid[]), %s on conflict do nothing
"""
DESTROY = "delete from keystore.person_key where person_id = any(%s)"


def bury(people: Iterable[UUID], at: datetime) -> None:
    """Write people's tombstones, where they don't stand yet."""
    with connection.cursor() as cursor:
        cursor.execute(BURY, [list(people), at])


def destroy_keys(people: Sequence[UUID], at: datetime) -> None:
    """Bury people and destroy their keys."""
    bury(people, at)
    with connection.cursor() as cursor:
        cursor.execute(DESTROY, [list(people)])


LEFT = """
select person_id from keystore.person_key where person_id = any(%(people)s)
union
select person_id from people_identity where person_id = any(%(people)s)
union
select person_id from people_blind_index where person_id = any(%(people)s)
union
select id from people_person where id = any(%(people)s) and tombstoned_at is null
"""


def with_anything_left(people: Iterable[UUID]) -> set[UUID]:
    """Those of these people of whom a key, an identity or a way to find them is still stored."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"people": list(people)})
        return {person for (person,) in cursor.fetchall()}


def write_tombstones(keyring: Keyring, people: Iterable[UUID]) -> None:
    """Append people to the tombstones beside the keyring; a line that stands there twice does no harm."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
    with os.fdopen(os.open(keyring.path / TOMBSTONES_FILE, flags, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{person}\n" for person in people)
        file.flush()
        os.fsync(file.fileno())


ERASED_SINCE = "select person_id from keystore.tombstone where erased_at >= %s"


def complete_tombstones(keyring: Keyring, since: datetime) -> int:
    """Write the lines of people erased since then that are missing beside the keyring: a process ended too early.

    returns  how many were missing
    """
    with connection.cursor() as cursor:
        cursor.execute(ERASED_SINCE, [since])
        missing = {str(person) for (person,) in cursor.fetchall()}
    file = keyring.path / TOMBSTONES_FILE
    if missing and file.exists():
        with file.open(encoding="ascii") as lines:
            missing.difference_update(line.strip() for line in lines)
    if missing:
        write_tombstones(keyring, map(UUID, sorted(missing)))
    return len(missing)


VACUUM = "vacuum (skip_locked) keystore.person_key, people_identity, people_blind_index"


def vacuum() -> None:
    """Give the room of erased rows back, so that no statement can bring them up again; outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(VACUUM)


STORED_TOMBSTONES = """
select person_id from keystore.tombstone
union
select id from people_person where tombstoned_at is not null
"""


def tombstones(keyring: Keyring) -> tuple[set[UUID], set[UUID]]:
    """Everybody who was erased: as the database remembers, and as the keyring's directory does."""
    file = keyring.path / TOMBSTONES_FILE
    written = {UUID(line) for line in file.read_text("ascii").split()} if file.exists() else set()
    with connection.cursor() as cursor:
        cursor.execute(STORED_TOMBSTONES)
        return {person for (person,) in cursor.fetchall()}, written


COUNT_BY_KEK = "select kek, count(*) from keystore.person_key group by kek order by kek"


def people_by_kek() -> dict[int, int]:
    """How many people's keys each of the keyring's "person" keys wraps."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_BY_KEK)
        return dict(cursor.fetchall())


WRAPPED_BY_OLDER = """
select person_id, kek, wrapped from keystore.person_key where kek = any(%s) order by person_id limit %s for update
"""
REWRAP = """
update keystore.person_key as stored set kek = given.kek, wrapped = given.wrapped
from unnest(%s::uuid[], %s::smallint[], %s::bytea[]) as given(person_id, kek, wrapped)
where stored.person_id = given.person_id
"""


@transaction.atomic
def rewrap(keyring: Keyring, limit: int) -> int:
    """Wrap some keys, that an older key of the keyring wraps, by the newest; how many: 0 when all are done."""
    *older, _ = keyring.numbers("person")
    with connection.cursor() as cursor:
        cursor.execute(WRAPPED_BY_OLDER, [older, limit])
        rows = cursor.fetchall()
        fresh = [vault.rewrap_key(keyring, person, kek=kek, wrapped=bytes(wrapped)) for person, kek, wrapped in rows]
        cursor.execute(REWRAP, [[row[0] for row in rows], [kek for kek, _ in fresh], [box for _, box in fresh]])
    return len(rows)
