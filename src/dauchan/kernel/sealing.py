"""Sealing: what a stolen database shows is noise.

A visit row holds `token = AES-128(day_key, person_id)`: one block, reversible with that day's key, equal within a day
and unlinkable across days. Identity and evidence are AES-256-GCM under a key of their own. Equality look-ups use keyed
hashes. Batches from gates are HPKE envelopes (RFC 9180: X25519, HKDF-SHA256, AES-128-GCM; `enc || ciphertext`).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from uuid import UUID, SafeUUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from dauchan.kernel.errors import Problem

BLOCK = 16
NONCE = 12
ENVELOPES = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


class CannotOpen(Problem):
    kind = "cannot_open"
    vi = "Không mở được dữ liệu đã niêm phong: sai khóa, hoặc dữ liệu đã bị thay đổi."
    en = "The sealed data cannot be opened: wrong key, or it was altered."


def seal(day_key: bytes, person_id: UUID) -> bytes:
    """The person's 16-byte token on that day."""
    return seal_all(day_key, [person_id])[0]


def unseal(day_key: bytes, token: bytes) -> UUID:
    """The person behind a token of that day."""
    return unseal_all(day_key, [token])[0]


def seal_all(day_key: bytes, person_ids: Iterable[UUID]) -> list[bytes]:
    """Tokens of many people on one day, in order, by one call to the cipher."""
    return _blocks(seal_blocks(day_key, b"".join(person.bytes for person in person_ids)))


def seal_blocks(day_key: bytes, joined_ids: bytes) -> bytes:
    """As `seal_all`, on ids joined into one string of 16 bytes each; the tokens come joined too.

    ECB is right here: each block is a random id of its own, and equality within the day is the purpose.
    """
    encryptor = Cipher(algorithms.AES128(day_key), modes.ECB()).encryptor()  # noqa: S305  see docstring
    return encryptor.update(joined_ids)


def unseal_all(day_key: bytes, tokens: Iterable[bytes]) -> list[UUID]:
    """The people behind many tokens of one day, in order."""
    return [person_of(block) for block in unseal_blocks(day_key, tokens)]


def person_of(block: bytes) -> UUID:
    """The id of 16 bytes: as `UUID(bytes=block)`, in a third of the time, for there are hundreds of thousands."""
    person = object.__new__(UUID)
    object.__setattr__(person, "int", int.from_bytes(block, "big"))
    object.__setattr__(person, "is_safe", SafeUUID.unknown)
    return person


def unseal_blocks(day_key: bytes, tokens: Iterable[bytes]) -> list[bytes]:
    """As `unseal_all`, with each person's id as its 16 bytes: a million of them take a tenth of the time."""
    decryptor = Cipher(algorithms.AES128(day_key), modes.ECB()).decryptor()  # noqa: S305  see seal_blocks
    return _blocks(decryptor.update(b"".join(tokens)))


def _blocks(joined: bytes) -> list[bytes]:
    return [joined[start : start + BLOCK] for start in range(0, len(joined), BLOCK)]


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """`nonce || AES-256-GCM(plain)`, bound to `context` (what it is and whose), given again to open it."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What `encrypt` sealed.

    raises   CannotOpen
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def blind_index(index_key: bytes, kind: str, value: str) -> bytes:
    """A 32-byte keyed hash by which equal values are found without storing them; `kind` keeps columns apart."""
    return hmac.new(index_key, f"{kind}\x1f{value}".encode(), hashlib.sha256).digest()


def seal_envelope(public_key: X25519PublicKey, plain: bytes, context: bytes) -> bytes:
    """An HPKE envelope to the server, `enc || ciphertext`, as gates make it."""
    return ENVELOPES.encrypt(plain, public_key, info=context)


def open_envelope(private_key: X25519PrivateKey, envelope: bytes, context: bytes) -> bytes:
    """What a gate sealed to the server.

    raises   CannotOpen
    """
    try:
        return ENVELOPES.decrypt(envelope, private_key, info=context)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error
