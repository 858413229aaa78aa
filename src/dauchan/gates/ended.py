"""The list of ended passes that gates carry, so that one without network refuses a pass that was replaced.

A gate can open no pass. So an entry is the beginning of a hash over the sealed part of a pass, which the gate sees in
every code; big-endian, docs/reference/gates.md:

    version 1 (1) · issuer (2) · standing key (1) · made at (4) · entries (4) · entries, sorted (8 each) · Ed25519 (64)
"""

import hashlib
import struct
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dauchan.kernel import base32, codes
from dauchan.kernel.keyring import Keyring, NamedKey

VERSION = 1
HEADER = struct.Struct(">BHBII")
ENTRY = 8


def entry_of(pass_text: str) -> bytes:
    """What stands in the list for a static pass."""
    return hashlib.sha256(base32.decode(pass_text)[codes.HEADER.size :]).digest()[:ENTRY]


def entries_of(passes: Iterable[tuple[UUID, int]], keyring: Keyring, issuer: int) -> list[bytes]:
    """The entries of passes by person and serial, under every key that they may have been made with, sorted."""
    keys = [keyring.named("pass", number) for number in keyring.numbers("pass")]
    texts = (
        codes.encode_pass(codes.PassCode(issuer, person, serial), key) for person, serial in passes for key in keys
    )
    return sorted({entry_of(text) for text in texts})


def write_list(entries: list[bytes], *, issuer: int, key: NamedKey, made_at: datetime) -> bytes:
    """The whole list, signed."""
    body = HEADER.pack(VERSION, issuer, key.id, int(made_at.timestamp()), len(entries)) + b"".join(entries)
    return body + key.signing.sign(body)
