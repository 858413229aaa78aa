"""Identifiers: scans carry their own instant (UUIDv7), people are random.

A scan id is a UUIDv7 (RFC 9562) whose 48-bit time *is* the instant of the scan in milliseconds, so one id
means one day and one partition.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_BITS = ((1 << 12) - 1) << 64 | ((1 << 62) - 1)


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def uuid7(instant: datetime, random10: bytes) -> UUID:
    """The UUIDv7 of an instant (to the millisecond) with the given 10 bytes as its random bits (74 are used)."""
    random_bits = int.from_bytes(random10, "big") & _RANDOM_BITS
    return UUID(int=milliseconds(instant) << 80 | _VERSION_AND_VARIANT | random_bits)


def random_uuid7(instant: datetime) -> UUID:
    """A fresh UUIDv7 for something that happened at this instant."""
    return uuid7(instant, secrets.token_bytes(10))


def deterministic_uuid7(instant: datetime, *parts: str) -> UUID:
    """The same UUIDv7 for the same instant and parts, so that an import run twice gives the same ids."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return uuid7(instant, digest[:10])


def is_uuid7(value: UUID) -> bool:
    return value.int >> 76 & 0xF == 7 and value.int >> 62 & 0b11 == 0b10


def share_random_bits(one: UUID, other: UUID) -> bool:
    """Whether two UUIDv7s differ in their instants alone."""
    return not (one.int ^ other.int) & _RANDOM_BITS


def instant_of(value: UUID) -> datetime:
    """The instant a UUIDv7 carries, to the millisecond.

    raises   OverflowError for instants after the year 9999
    """
    return EPOCH + timedelta(0, 0, (value.int >> 80) * 1000)  # by keyword it takes longer


def person_id() -> UUID:
    """A new person's id: 16 random bytes, without version marks, so that one AES block seals it."""
    return UUID(bytes=secrets.token_bytes(16))
