"""The keyring: a directory outside the database, or rather outside its backups and its administrator's reach.

    root.key                 wraps everything below it; may lie elsewhere (`DAUCHAN_ROOT_KEY_FILE`)
    named/<purpose>-<id>.key long-lived keys, each with a number so that it can be rotated
    periods/<yyyy-mm>.key    wrap that month's day keys, and go with the last of them
    days/<yyyy-mm-dd>.key    seal that local day's visits
    destroyed                days whose key is gone for good; they are never made again

Every key is 32 random bytes, except day keys (16: one AES-128 block cipher). A key file is made exclusively, synced
and read back before anybody uses it. What reads keys, and for how long they live, is not decided here.
"""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dauchan.kernel.errors import Problem
from dauchan.kernel.sealing import decrypt, encrypt

PURPOSES = (
    "place", "pass", "standing", "ticket", "index", "body", "person", "factor", "file", "case", "audit", "envelope",
    "message",
)  # fmt: skip
"""What each opens, and what is lost with it, stands in `cli/_key_uses.py`: one purpose, one use where it can be."""
DAYS_AHEAD = 3
RETENTION_DAYS = 30
"""How long visits can be read, in days, where an installation says nothing else (`retention_days`): Việt Nam's national
platform of 2021 kept one month."""


class KeyMissing(Problem):
    kind = "key_missing"
    vi = "Không có khóa {name} trong kho khóa."
    en = "The keyring has no key {name}."


class KeyringExists(Problem):
    kind = "keyring_exists"
    vi = "Kho khóa đã có sẵn ở {path}; không ghi đè."
    en = "There is a keyring at {path} already; it is not overwritten."


@dataclass(frozen=True)
class NamedKey:
    """A long-lived key: its number (1 to 255, printed in codes) and its 32 secret bytes."""

    id: int
    secret: bytes = field(repr=False)

    @property
    def signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    @property
    def verifying(self) -> Ed25519PublicKey:
        return self.signing.public_key()

    @property
    def opening(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.secret)


class Keyring:
    """The keys of one installation, read from disk when first needed and kept while their files stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        root_file = Path(os.environ.get("DAUCHAN_ROOT_KEY_FILE", path / "root.key"))
        if not root_file.exists():
            raise KeyMissing(name=str(root_file))
        self._root = bytes.fromhex(root_file.read_text("ascii"))
        self._days: dict[date, bytes] = {}
        self._days_seen = 0
        self._named: dict[tuple[str, int], NamedKey] = {}
        self._names_seen = 0

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Make a new keyring with one key for each purpose; the directories are 0700, the files 0600.

        raises   KeyringExists
        """
        if (path / "named").exists():
            raise KeyringExists(path=str(path))
        for directory in (path, path / "named", path / "periods", path / "days"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        root_file = Path(os.environ.get("DAUCHAN_ROOT_KEY_FILE", path / "root.key"))
        if not root_file.exists():
            _write_once(root_file, secrets.token_hex(32).encode("ascii"))
        keyring = cls(path)
        for purpose in PURPOSES:
            keyring.rotate(purpose)
        return keyring

    def rotate(self, purpose: str) -> NamedKey:
        """Add a newer key for a purpose; older ones stay, to read what they made."""
        number = max(self.numbers(purpose), default=0) + 1
        context = f"named:{purpose}:{number}"
        _write_once(self.path / "named" / f"{purpose}-{number}.key", self._wrap(secrets.token_bytes(32), context))
        return self.named(purpose, number)

    def numbers(self, purpose: str) -> list[int]:
        """The numbers of a purpose's keys, oldest first."""
        return sorted(int(file.stem.rpartition("-")[2]) for file in (self.path / "named").glob(f"{purpose}-*.key"))

    def names(self) -> frozenset[str]:
        """Which named keys there are on the disk: equal for as long as none came and none was destroyed."""
        return frozenset(file.stem for file in (self.path / "named").glob("*.key"))

    def named(self, purpose: str, number: int | None = None) -> NamedKey:
        """A purpose's newest key as the disk has it now (another process may have rotated), or that with this number.

        raises   KeyMissing
        """
        self._forget_changed_names()
        chosen = number if number is not None else max(self.numbers(purpose), default=0)
        if (purpose, chosen) not in self._named:
            self._named[purpose, chosen] = self._read_named(purpose, chosen)
        return self._named[purpose, chosen]

    def _read_named(self, purpose: str, number: int) -> NamedKey:
        file = self.path / "named" / f"{purpose}-{number}.key"
        if not file.exists():
            raise KeyMissing(name=f"{purpose}-{number}")
        return NamedKey(number, decrypt(self._root, file.read_bytes(), f"named:{purpose}:{number}".encode()))

    def destroy_named(self, purpose: str, number: int) -> None:
        """Remove a rotated key for good; whatever only it could read is lost.

        raises   KeyMissing
        """
        file = self.path / "named" / f"{purpose}-{number}.key"
        if not file.exists():
            raise KeyMissing(name=f"{purpose}-{number}")
        _shred(file)

    def days(self) -> list[date]:
        """The days whose visits can be read, oldest first."""
        return sorted(date.fromisoformat(file.stem) for file in (self.path / "days").glob("*.key"))

    def day_key(self, day: date) -> bytes:
        """The 16-byte key that seals a local day.

        raises   KeyMissing, for days not made yet and days destroyed
        """
        self._forget_changed_days()
        if day not in self._days:
            self._days[day] = self._read_day(day)
        return self._days[day]

    def has_day(self, day: date) -> bool:
        self._forget_changed_days()
        return day in self._days or self._day_file(day).exists()

    def ensure_days(self, today: date, *, back: int = RETENTION_DAYS, ahead: int = DAYS_AHEAD) -> list[date]:
        """Make the keys still missing from `today - back` to `today + ahead`; destroyed days stay destroyed.

        returns  the days made now
        """
        wanted = [today + timedelta(days=offset) for offset in range(-back, ahead + 1)]
        destroyed = self.destroyed()
        return [day for day in wanted if day not in destroyed and self._make_day(day)]

    def destroyed(self) -> set[date]:
        file = self.path / "destroyed"
        return {date.fromisoformat(line) for line in file.read_text("ascii").split()} if file.exists() else set()

    def destroy_day(self, day: date) -> None:
        """Make a day's visits unlinkable for good: the tombstone, then the key, which its month's key may follow."""
        with (self.path / "destroyed").open("a", encoding="ascii") as tombstones:
            tombstones.write(f"{day.isoformat()}\n")
            tombstones.flush()
            os.fsync(tombstones.fileno())
        if self._day_file(day).exists():
            _shred(self._day_file(day))
        self._days.pop(day, None)
        if self._period_file(day).exists() and not any((self.path / "days").glob(f"{day:%Y-%m}-*.key")):
            _shred(self._period_file(day))

    def destroy_before(self, oldest: date) -> list[date]:
        """Destroy every day before `oldest`, and the keys of earlier months that a cut-off or a restore left alone.

        returns  the days destroyed now, oldest first
        """
        expired = [day for day in self.days() if day < oldest]
        for day in expired:
            self.destroy_day(day)
        for file in (self.path / "periods").glob("*.key"):
            if file.stem < f"{oldest:%Y-%m}" and not any((self.path / "days").glob(f"{file.stem}-*.key")):
                _shred(file)
        return expired

    def files(self) -> Iterable[Path]:
        """Every file of the keyring but the root key: what its own backup holds."""
        return sorted(file for file in self.path.rglob("*") if file.is_file() and file.name != "root.key")

    def _day_file(self, day: date) -> Path:
        return self.path / "days" / f"{day.isoformat()}.key"

    def _period_file(self, day: date) -> Path:
        return self.path / "periods" / f"{day:%Y-%m}.key"

    def _make_day(self, day: date) -> bool:
        if self._day_file(day).exists():
            return False
        if not self._period_file(day).exists():
            _write_once(self._period_file(day), self._wrap(secrets.token_bytes(32), f"period:{day:%Y-%m}"))
        wrapped = encrypt(self._period_key(day), secrets.token_bytes(16), f"day:{day.isoformat()}".encode())
        made = _write_once(self._day_file(day), wrapped)
        self._read_day(day)
        return made

    def _read_day(self, day: date) -> bytes:
        try:
            wrapped = self._day_file(day).read_bytes()
            return decrypt(self._period_key(day), wrapped, f"day:{day.isoformat()}".encode())
        except FileNotFoundError as error:
            raise KeyMissing(name=day.isoformat()) from error

    def _period_key(self, day: date) -> bytes:
        return decrypt(self._root, self._period_file(day).read_bytes(), f"period:{day:%Y-%m}".encode())

    def _wrap(self, secret: bytes, context: str) -> bytes:
        return encrypt(self._root, secret, context.encode())

    def _forget_changed_names(self) -> None:
        """As for days: another process may have destroyed a key that this one still holds."""
        seen = (self.path / "named").stat().st_mtime_ns
        if seen != self._names_seen:
            self._named.clear()
            self._names_seen = seen

    def _forget_changed_days(self) -> None:
        """Another process may have destroyed a day: the directory's own time says so, at the price of one stat."""
        seen = (self.path / "days").stat().st_mtime_ns
        if seen != self._days_seen:
            self._days.clear()
            self._days_seen = seen


@cache
def open_keyring(path: Path) -> Keyring:
    """The keyring at this path, opened once a process."""
    return Keyring(path)


def _write_once(file: Path, content: bytes) -> bool:
    """Write a new file so that it is there whole or not at all; False when another process was first."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_directory(file.parent)
    return True


def _shred(file: Path) -> None:
    """Overwrite, sync and remove. On copy-on-write disks the overwriting promises nothing; the wrapping key does."""
    with file.open("r+b") as handle:
        handle.write(secrets.token_bytes(file.stat().st_size))
        handle.flush()
        os.fsync(handle.fileno())
    file.unlink()
    _sync_directory(file.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
