"""Keys and boxes of people: one key a person, wrapped by the keyring; identities sealed under it; keyed hashes.

Pure: takes a keyring, gives and takes bytes. Which rows hold them is known to `actions`, `queries` and `subjects`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from dauchan import config
from dauchan.kernel import base32, ids, sealing
from dauchan.kernel.errors import NotFound
from dauchan.kernel.keyring import Keyring, NamedKey, open_keyring
from dauchan.people.rules import Identity, name_and_birth

_to_json = msgspec.json.Encoder()
_from_json = msgspec.json.Decoder(Identity)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A fresh id with its key, wrapped (`kek` says by which key of the keyring), and the identity sealed under it."""

    id: UUID
    kek: int
    wrapped: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to find a person: the kind, its keyed hash, and whether it may lead (see `models.BlindIndex`)."""

    kind: str
    hash: bytes
    may_lead: bool


def the_keyring() -> Keyring:
    """The keyring of this installation."""
    return open_keyring(config.load().keyring_dir)


def new_person(wrapping: NamedKey, identity: Identity) -> NewPerson:
    """A person who isn't stored yet, their key wrapped by the newest "person" key."""
    person, key = ids.person_id(), secrets.token_bytes(32)
    return NewPerson(
        id=person,
        kek=wrapping.id,
        wrapped=sealing.encrypt(wrapping.secret, key, _key_context(person)),
        sealed=seal_identity(key, person, identity),
    )


def open_key(keyring: Keyring, person: UUID, *, kek: int, wrapped: bytes) -> bytes:
    """A person's own key.

    raises   KeyMissing, CannotOpen
    """
    return sealing.decrypt(keyring.named("person", kek).secret, wrapped, _key_context(person))


def rewrap_key(keyring: Keyring, person: UUID, *, kek: int, wrapped: bytes) -> tuple[int, bytes]:
    """The same key wrapped by the keyring's newest key: its number and the bytes."""
    wrapping = keyring.named("person")
    key = open_key(keyring, person, kek=kek, wrapped=wrapped)
    return wrapping.id, sealing.encrypt(wrapping.secret, key, _key_context(person))


def seal_identity(key: bytes, person: UUID, identity: Identity) -> bytes:
    return sealing.encrypt(key, _to_json.encode(identity), b"identity" + person.bytes)


def open_identity(key: bytes, person: UUID, sealed: bytes) -> Identity:
    """What `seal_identity` sealed.

    raises   CannotOpen
    """
    return _from_json.decode(sealing.decrypt(key, sealed, b"identity" + person.bytes))


def seal_text(key: bytes, person: UUID, text: str) -> bytes:
    return sealing.encrypt(key, text.encode(), b"text" + person.bytes)


def open_text(key: bytes, person: UUID, sealed: bytes) -> str:
    return sealing.decrypt(key, sealed, b"text" + person.bytes).decode()


def index_secrets(keyring: Keyring) -> list[bytes]:
    """The keys of all keyed hashes, newest first: a search asks for each, a new row takes the first."""
    return [keyring.named("index", number).secret for number in reversed(keyring.numbers("index"))]


def hashes_of(keyring: Keyring, kind: str, value: str) -> list[bytes]:
    """The keyed hashes under which a value may stand, that of the newest key first."""
    return [sealing.blind_index(secret, kind, value) for secret in index_secrets(keyring)]


def reference_kind(credential: str) -> str:
    """The kind of an integrator's references; two integrators' references never meet."""
    return f"ref:{credential}"


def entries_of(index_key: bytes, identity: Identity) -> list[Entry]:
    """Every way to find the bearer of an identity."""
    told = [("phone", identity.phone, True)] if identity.phone else []
    told += [("document", document.text, True) for document in identity.documents]
    twin = name_and_birth(identity)
    told += [("name_birth", twin, False)] if twin else []
    return [Entry(kind, sealing.blind_index(index_key, kind, value), may_lead) for kind, value, may_lead in told]


def handle(person: UUID) -> str:
    """A person's id as it may stand in an address: 26 letters that mean nothing without the keyring."""
    return base32.encode(sealing.seal(_handle_key(), person))


def person_of_handle(text: str) -> UUID:
    """The id behind a handle; whether somebody bears it is not decided here.

    raises   NotFound
    """
    try:
        token = base32.decode(text)
    except ValueError as error:
        raise NotFound from error
    if len(token) != sealing.BLOCK:
        raise NotFound
    return sealing.unseal(_handle_key(), token)


def handles(people: Iterable[UUID]) -> dict[UUID, str]:
    """Handles of many people."""
    listed = list(people)
    return {
        person: base32.encode(token)
        for person, token in zip(listed, sealing.seal_all(_handle_key(), listed), strict=True)
    }


def _handle_key() -> bytes:
    return sealing.blind_index(the_keyring().named("index").secret, "handle", "")[: sealing.BLOCK]


def _key_context(person: UUID) -> bytes:
    return b"person-key" + person.bytes
