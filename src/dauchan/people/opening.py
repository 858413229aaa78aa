"""Opening sealed identities, for masks and for reveals of this slice only: nobody else calls this."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from dauchan.people import vault
from dauchan.people.keystore import open_key
from dauchan.people.rules import Identity


@dataclass(frozen=True, slots=True)
class Opened:
    """A person's row with the identity in clear; an erased person has an empty one and no key."""

    id: UUID
    residence_id: int | None
    provisional: bool
    erased: bool
    identity: Identity = field(repr=False)
    key: bytes | None = field(repr=False)


SEALED = """
select person.id, person.residence_id, person.provisional, person.tombstoned_at is not null,
    identity.sealed, key.kek, key.wrapped
from people_person person
left join people_identity identity on identity.person_id = person.id
left join keystore.person_key key on key.person_id = person.id
where person.id = any(%s)
"""


def open_people(people: Iterable[UUID]) -> dict[UUID, Opened]:
    """Those of these people who exist, with their identities."""
    keyring = vault.the_keyring()
    opened = {}
    with connection.cursor() as cursor:
        cursor.execute(SEALED, [list(people)])
        for person, residence, provisional, erased, sealed, kek, wrapped in cursor.fetchall():
            key = open_key(keyring, person, kek, wrapped)
            identity = vault.open_identity(key, person, bytes(sealed)) if key and sealed else Identity()
            opened[person] = Opened(person, residence, provisional, erased or key is None, identity, key)
    return opened
