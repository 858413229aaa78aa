"""Whom an audit row is about, sealed so that erasing the person also makes the row nobody's."""

from uuid import UUID

from dauchan.accounts.audit import About, seal_by_installation
from dauchan.kernel.sealing import blind_index, encrypt
from dauchan.people import keystore, vault

CONTEXT = b"audit-about"


def seal_about(person: UUID) -> About:
    """Found by a hash under the person's key and opened with it; of somebody erased, by keys of the installation."""
    key = keystore.keys_of(vault.the_keyring(), [person]).get(person)
    if key is None:
        return seal_by_installation(person)
    return About(blind_index(key, "audit-about", person.hex), encrypt(key, person.bytes, CONTEXT))
