"""Columns of one statement, packed as PostgreSQL's binary arrays in one go.

psycopg adapts an array element by element: 18 µs a scan for the ledger's 13 columns, 2 µs this way (`dauchan bench`).
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.adapt import Dumper
from psycopg.pq import Format

ARRAY = struct.Struct(">iiIii")
"""The head of a one-dimensional array: 1, whether it holds nulls, the elements' type, how many, 1."""
NULL = (-1).to_bytes(4, "big", signed=True)
BOOL, BYTEA, INT8, INT2, TEXT, DATE, TIMESTAMPTZ, UUID_TYPE = 16, 17, 20, 21, 25, 1082, 1184, 2950
FIRST_DAY = date(2000, 1, 1).toordinal()
FIRST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_int2, _int4, _int8 = struct.Struct(">h").pack, struct.Struct(">i").pack, struct.Struct(">q").pack


@dataclass(frozen=True, slots=True)
class Packed:
    """An array as it goes over the wire."""

    content: bytes


class PackedDumper(Dumper):
    """Hands a packed array on as it is; its type is what the statement casts it to."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> bytes:
        return obj.content


def teach(connection: AsyncConnection[Any]) -> None:
    """Let a connection take packed arrays as parameters."""
    connection.adapters.register_dumper(Packed, PackedDumper)


def dates(values: Iterable[date]) -> Packed:
    return _alike(DATE, [_int4(value.toordinal() - FIRST_DAY) for value in values])


def instants(values: Iterable[datetime]) -> Packed:
    return _alike(TIMESTAMPTZ, [_int8((value - FIRST_INSTANT) // MICROSECOND) for value in values])


def bigints(values: Iterable[int]) -> Packed:
    return _alike(INT8, list(map(_int8, values)))


def smallints(values: Iterable[int]) -> Packed:
    return _alike(INT2, list(map(_int2, values)))


def booleans(values: Iterable[bool]) -> Packed:
    return _alike(BOOL, [b"\1" if value else b"\0" for value in values])


def uuids(values: Iterable[UUID | None]) -> Packed:
    return _array(UUID_TYPE, [None if value is None else value.bytes for value in values])


def binaries(values: Iterable[bytes | None]) -> Packed:
    return _array(BYTEA, list(values))


def texts(values: Iterable[str]) -> Packed:
    return _array(TEXT, [value.encode() for value in values])


def _alike(element: int, values: Sequence[bytes]) -> Packed:
    """An array without nulls whose elements all have the length of the first."""
    length = _int4(len(values[0])) if values else b""
    return Packed(ARRAY.pack(1, 0, element, len(values), 1) + length + length.join(values))


def _array(element: int, values: Sequence[bytes | None]) -> Packed:
    """An array of elements of any length, nulls among them."""
    parts = [NULL if value is None else _int4(len(value)) + value for value in values]
    return Packed(ARRAY.pack(1, None in values, element, len(parts), 1) + b"".join(parts))
