"""The audit log's chain: whether a row was edited, dropped, moved, added or cut off can be seen afterwards.

A worker chains the rows that are committed (`chain_pending`): each gets a place `seq` and
`row_hash = SHA-256(previous hash || canonical bytes of the row)`. The newest hash is signed (`export_head`) into a
directory outside the database, from where it is copied to another party. `verify` reads it all again.

What can't be seen: a row edited or dropped in the seconds before it is chained, and the tail after the newest head
that somebody else holds. A row that the database's owner adds is chained like any other.
"""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.db import connection, transaction

from dauchan.kernel.keyring import KeyMissing, Keyring

GENESIS = b"\x00" * 32
CHAIN_LOCK = 0x6461_7563_6861  # "daucha": only one worker chains at a time
SIGN_EVERY = timedelta(minutes=1)  # our number: how much of the tail a thief of the database can make anew
KEEP_EVERY_HEAD = timedelta(days=2)  # our number; older days keep their last head

COLUMNS = """id, at, event, officer_id, credential_id, role, agency, purpose, case_ref, unit_id,
    about_index, about_sealed, count, detail"""
"""What is hashed of a row, in this order; a column added later goes to the end, with a rule from which row on."""


def canonical_bytes(seq: int, values: tuple[Any, ...]) -> bytes:
    """The bytes of a row that are hashed: its place and the columns of `COLUMNS`, as a JSON list."""
    return json.dumps([seq, *map(_plain, values)], ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def chained_hash(previous: bytes, seq: int, values: tuple[Any, ...]) -> bytes:
    """The hash of a row at its place in the chain."""
    return hashlib.sha256(previous + canonical_bytes(seq, values)).digest()


# --- chaining ---------------------------------------------------------------------------------------------------------

HEAD = "select seq, row_hash from accounts_auditrow where seq is not null order by seq desc limit 1"
UNCHAINED = f"select {COLUMNS} from accounts_auditrow where seq is null order by id limit %s"  # noqa: S608  own columns
PLACE = """
update accounts_auditrow as entry
set seq = placed.seq, prev_hash = placed.prev_hash, row_hash = placed.row_hash
from unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[]) as placed (id, seq, prev_hash, row_hash)
where entry.id = placed.id
"""


def chain_pending(limit: int = 1000) -> int:
    """Chain the committed rows that are not chained yet, oldest first.

    returns  how many; 0 when none wait or another worker is at it
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", (CHAIN_LOCK,))
        if not _only(cursor):
            return 0
        cursor.execute(HEAD)
        seq, previous = cursor.fetchone() or (0, GENESIS)
        cursor.execute(UNCHAINED, (limit,))
        placed = _placed(seq, bytes(previous), cursor.fetchall())
        if placed:
            cursor.execute(PLACE, [list(column) for column in zip(*placed, strict=True)])
        return len(placed)


def _placed(seq: int, previous: bytes, rows: list[tuple[Any, ...]]) -> list[tuple[int, int, bytes, bytes]]:
    placed = []
    for place, row in enumerate(rows, start=seq + 1):
        row_hash = chained_hash(previous, place, row)
        placed.append((row[0], place, previous, row_hash))
        previous = row_hash
    return placed


def _only(cursor: Any) -> Any:
    return cursor.fetchone()[0]


# --- heads ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    """A signed statement: at this instant the row with this place had this hash."""

    seq: int
    row_hash: str
    at: str
    key: int
    signature: str = ""

    def signed_bytes(self) -> bytes:
        return f"dauchan audit head\n{self.seq}\n{self.row_hash}\n{self.at}\n{self.key}".encode()


def export_head(directory: Path, keyring: Keyring, now: datetime) -> Path | None:
    """Sign the newest hash into `head-<seq>.json`, unless nothing was chained since.

    returns  the file, or None when it is there already or the chain is empty
    """
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        newest = cursor.fetchone()
    if newest is None or (file := directory / f"head-{newest[0]}.json").exists():
        return None
    directory.mkdir(parents=True, exist_ok=True)
    key = keyring.named("audit")
    head = Head(newest[0], bytes(newest[1]).hex(), now.astimezone(UTC).isoformat(), key.id)
    signature = base64.b64encode(key.signing.sign(head.signed_bytes())).decode()
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({**asdict(head), "signature": signature}, indent=1) + "\n", encoding="ascii")
    draft.replace(file)
    return file


def chain_and_sign(directory: Path, keyring: Keyring, now: datetime) -> int:
    """What a worker does every few seconds: chain what waits; sign the newest hash, at most once a minute.

    directory  `chain.heads_dir(files)`; its files are what is copied to another party
    returns    how many rows were chained
    """
    chained = chain_pending()
    newest = max((_number(file) for file in _head_files(directory)), default=0)
    lately = newest and now - datetime.fromisoformat(_read(directory / f"head-{newest}.json").at) < SIGN_EVERY
    if not lately and export_head(directory, keyring, now) is not None:
        thin_heads(directory, now)
    return chained


def heads_dir(files_dir: Path) -> Path:
    """Where the signed heads of an installation lie, below its files."""
    return files_dir / "audit"


def _number(file: Path) -> int:
    return int(file.stem.removeprefix("head-"))


def thin_heads(directory: Path, now: datetime) -> int:
    """Remove all but the last head of each day that is older than two days; returns how many went."""
    last_of_day: dict[str, Path] = {}
    gone = 0
    for file in sorted(_head_files(directory), key=_number):
        head = _read(file)
        if now - datetime.fromisoformat(head.at) < KEEP_EVERY_HEAD:
            break
        if earlier := last_of_day.get(head.at[:10]):
            earlier.unlink()
            gone += 1
        last_of_day[head.at[:10]] = file
    return gone


def _head_files(directory: Path) -> list[Path]:
    return [file for file in directory.glob("head-*.json") if file.stem.removeprefix("head-").isdecimal()]


def _read(file: Path) -> Head:
    return Head(**json.loads(file.read_text(encoding="ascii")))


# --- verification -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verification:
    """What reading the whole chain again came to; `first_bad` is the place of the first row that does not fit."""

    ok: bool
    first_bad: int | None
    message: str
    rows: int = 0
    heads: int = 0
    waiting: int = 0


CHAIN_WALK = f"""
declare chain_walk no scroll cursor for
select seq, prev_hash, row_hash, {COLUMNS} from accounts_auditrow where seq is not null order by seq
"""  # noqa: S608  own columns
WAITING = "select count(*) from accounts_auditrow where seq is null"


LATE = "select count(*) from accounts_auditrow where seq is null and at < %s"


def unchained_before(instant: datetime) -> int:
    """How many rows older than this are not chained yet."""
    with connection.cursor() as cursor:
        cursor.execute(LATE, [instant])
        return int(_only(cursor))


def verify(heads_dir: Path, keyring: Keyring) -> Verification:
    """Read the chain from its first row and hold it against every signed head."""
    try:
        heads = _signed_heads(heads_dir, keyring)
        rows = _walk(heads)
    except _BrokenError as broken:
        return Verification(False, broken.seq, broken.message)
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = _only(cursor)
    return Verification(
        True,
        None,
        f"{rows} rows fit, {len(heads)} heads agree",
        rows,
        len(heads),
        waiting,
    )


class _BrokenError(Exception):
    def __init__(self, seq: int, message: str) -> None:
        super().__init__(message)
        self.seq, self.message = seq, message


def _signed_heads(directory: Path, keyring: Keyring) -> dict[int, str]:
    heads: dict[int, str] = {}
    for file in _head_files(directory):
        try:
            head = _read(file)
            signature = base64.b64decode(head.signature)
            keyring.named("audit", head.key).verifying.verify(signature, head.signed_bytes())
        except (InvalidSignature, KeyMissing, ValueError, TypeError) as error:
            raise _BrokenError(0, f"the head {file.name} does not carry our signature") from error
        heads[head.seq] = head.row_hash
    return heads


def _walk(heads: dict[int, str]) -> int:
    """Go through the rows in order; returns their number.

    raises   _BrokenError at the first row that does not fit
    """
    previous, seq = GENESIS, 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHAIN_WALK)
        while True:
            cursor.execute("fetch 2000 from chain_walk")
            rows = cursor.fetchall()
            if not rows:
                break
            for row in rows:
                seq, previous = _fits(row, seq + 1, previous, heads)
    _reaches_heads(seq, heads)
    return seq


def _fits(row: tuple[Any, ...], expected: int, previous: bytes, heads: dict[int, str]) -> tuple[int, bytes]:
    seq, row_hash = row[0], bytes(row[2])
    if seq != expected:
        raise _BrokenError(expected, f"row {expected} is missing")
    if bytes(row[1]) != previous:
        raise _BrokenError(seq, f"row {seq} does not follow from the row before it")
    if chained_hash(previous, seq, row[3:]) != row_hash:
        raise _BrokenError(seq, f"row {seq} was changed after it was chained")
    if heads.get(seq, row_hash.hex()) != row_hash.hex():
        raise _BrokenError(seq, f"row {seq} is not the one that was signed: the chain was made anew")
    return seq, row_hash


def _reaches_heads(last: int, heads: dict[int, str]) -> None:
    if heads and max(heads) > last:
        raise _BrokenError(
            last + 1,
            f"the log ends at row {last}, but row {max(heads)} was signed: its end was cut off",
        )
    if last and not heads:
        raise _BrokenError(
            last,
            "no signed head was found: put the exported heads back, or name their directory",
        )
