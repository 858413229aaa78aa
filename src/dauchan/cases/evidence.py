"""Evidence of a case: who was where and when, sealed under the case's own key.

A row's evidence is one AES-256-GCM blob bound to its case and to what it is about, so that blobs can't be exchanged.
Filters need equality without opening every row: a *facet* is 8 bytes of a hash keyed by the case ("this place", "this
day"), which says nothing across cases and nothing at all without the key (docs/decisions/evidence.md).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from dauchan import config
from dauchan.cases.models import Case, CaseKey
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import decrypt, encrypt

KEY_BYTES = 32
FACET_BYTES = 8
Record = TypeVar("Record")


class Vault:
    """Seals and opens the evidence of one case."""

    def __init__(self, case_id: int, key: bytes) -> None:
        self._case_id, self._key = case_id, key
        self._facets = hmac.new(key, b"facets", hashlib.sha256).digest()

    def seal(self, kind: str, about: bytes, record: object) -> bytes:
        """The record as a blob that opens only as this `kind` (proposal, milestone ...) about the same thing."""
        return encrypt(self._key, msgspec.msgpack.encode(record), self._context(kind, about))

    def open(self, kind: str, about: bytes, blob: bytes | memoryview, record: type[Record]) -> Record:
        """What `seal` sealed.

        raises   CannotOpen
        """
        plain = decrypt(self._key, bytes(blob), self._context(kind, about))
        return msgspec.msgpack.decode(plain, type=record)

    def facet(self, kind: str, value: object) -> int:
        """The number under which "this `kind` is `value`" is stored and found, as a signed 64-bit integer."""
        digest = hmac.new(self._facets, f"{kind}\x1f{value}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:FACET_BYTES], "big", signed=True)

    def facets(self, kind: str, values: Iterable[object]) -> set[int]:
        return {self.facet(kind, value) for value in values}

    def index(self, *parts: object) -> bytes:
        """A 32-byte key by which the same evidence is known again."""
        return hmac.new(self._facets, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).digest()

    def _context(self, kind: str, about: bytes) -> bytes:
        return f"case:{self._case_id}:{kind}:".encode() + about


def make_key(case: Case) -> None:
    """Give a new case its key, wrapped by the newest "case" key of the keyring."""
    wrapping = open_keyring(_keyring_dir()).named("case")
    wrapped = encrypt(wrapping.secret, secrets.token_bytes(KEY_BYTES), _wrap_context(case.pk))
    CaseKey.objects.create(case=case, wrapping_key=wrapping.id, wrapped=wrapped)


def vault_of(case: Case) -> Vault:
    """The vault of a case.

    raises   CaseKey.DoesNotExist when the evidence was destroyed, KeyMissing when the keyring lost its key
    """
    key = CaseKey.objects.get(case=case)
    return Vault(case.pk, _unwrap(_keyring_dir(), case.pk, key.wrapping_key, bytes(key.wrapped)))


@lru_cache(maxsize=64)
def _unwrap(keyring_dir: Path, case_id: int, wrapping_key: int, wrapped: bytes) -> bytes:
    wrapping = open_keyring(keyring_dir).named("case", wrapping_key)
    return decrypt(wrapping.secret, wrapped, _wrap_context(case_id))


def _wrap_context(case_id: int) -> bytes:
    return f"case-key:{case_id}".encode()


def _keyring_dir() -> Path:
    return config.load().keyring_dir
