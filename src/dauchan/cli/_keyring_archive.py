"""The keyring's own backup: one encrypted file under a passphrase, written, read back, and put back without harm.

    "DCKEYS1\\n" · salt 16 · nonce 12 · AES-256-GCM(msgpack: made_at, files)
    the key is scrypt(passphrase, salt, N=2^17, r=8, p=1)

What was destroyed stays destroyed: putting an archive back never brings a destroyed day or named key to life again, and
lists of destroyed days and erased people only grow.
"""

import os
import secrets
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dauchan.kernel import sealing
from dauchan.kernel.errors import BadInput, Conflict, Problem
from dauchan.kernel.keyring import Keyring

MAGIC = b"DCKEYS1\n"
SALT = 16
SHORTEST_PASSPHRASE = 12
GROWING = ("destroyed", "destroyed_named", "tombstones")
"""Files of lines that are joined when an archive is put back, never replaced."""
RECORD = "backups"
LONGEST_AGE_DAYS = 7
"""How old an archive may get before it is to be destroyed: ours; see `docs/reference/people-and-keys.md`."""


class PassphraseShort(BadInput):
    kind = "passphrase_short"
    vi = "Cụm mật khẩu cần ít nhất {shortest} ký tự."
    en = "The passphrase needs at least {shortest} characters."


class ArchiveUnreadable(Problem):
    kind = "archive_unreadable"
    vi = "Không mở được tệp sao lưu khóa: sai cụm mật khẩu, hoặc tệp bị hỏng."
    en = "The archive can't be opened: another passphrase, or the file is damaged."


class ArchiveDiffers(Problem):
    kind = "archive_differs"
    vi = "Tệp sao lưu vừa ghi không giống kho khóa. Đừng dùng tệp này."
    en = "The archive just written does not equal the keyring. Don't use it."


class OtherKeyring(Conflict):
    kind = "other_keyring"
    vi = "Ở đó đã có kho khóa khác: {name} không giống. Không ghi gì cả."
    en = "Another keyring is there: {name} differs. Nothing was written."


class Archive(msgspec.Struct):
    """What an archive holds: each file by its path inside the keyring's directory."""

    made_at: datetime
    files: dict[str, bytes]


def read_keyring(keyring: Keyring, *, with_root: bool) -> dict[str, bytes]:
    """The keyring's files but its drafts and the record of backups; the root key only when asked for."""
    files = {file.relative_to(keyring.path).as_posix(): file.read_bytes() for file in keyring.files()}
    kept = {name: content for name, content in files.items() if name != RECORD and not _is_draft(name)}
    root = keyring.path / "root.key"
    return kept | ({"root.key": root.read_bytes()} if with_root and root.exists() else {})


def _is_draft(name: str) -> bool:
    return PurePosixPath(name).name.startswith(".")


def write(keyring: Keyring, destination: Path, passphrase: str, *, now: datetime, with_root: bool) -> Archive:
    """Write an archive that did not exist before, read it back from the disk and compare.

    raises   PassphraseShort, ArchiveDiffers, FileExistsError
    """
    archive = Archive(now, read_keyring(keyring, with_root=with_root))
    salt = secrets.token_bytes(SALT)
    sealed = sealing.encrypt(_key(passphrase, salt), msgspec.msgpack.encode(archive), MAGIC + salt)
    with os.fdopen(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(MAGIC + salt + sealed)
        file.flush()
        os.fsync(file.fileno())
    if read(destination, passphrase) != archive:
        raise ArchiveDiffers
    _remember(keyring, now)
    return archive


def read(source: Path, passphrase: str) -> Archive:
    """The archive in a file.

    raises   ArchiveUnreadable, PassphraseShort
    """
    content = source.read_bytes()
    salt = content[len(MAGIC) : len(MAGIC) + SALT]
    if not content.startswith(MAGIC):
        raise ArchiveUnreadable
    try:
        plain = sealing.decrypt(_key(passphrase, salt), content[len(MAGIC) + SALT :], MAGIC + salt)
        return msgspec.msgpack.decode(plain, type=Archive)
    except (sealing.CannotOpen, msgspec.MsgspecError) as error:
        raise ArchiveUnreadable from error


def put_back(archive: Archive, directory: Path) -> list[str]:
    """Write the files that are missing in the directory, and join the lists that only grow.

    returns  the names written or joined
    raises   OtherKeyring, before anything is written
    """
    wanted = {name: content for name, content in archive.files.items() if _may_return(name, archive, directory)}
    for name, content in wanted.items():
        file = directory / name
        if name not in GROWING and file.exists() and file.read_bytes() != content:
            raise OtherKeyring(name=name)
    for folder in (directory, directory / "named", directory / "periods", directory / "days"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [
        name for name, content in wanted.items() if _write_missing(directory / name, content, grows=name in GROWING)
    ]


def _may_return(name: str, archive: Archive, directory: Path) -> bool:
    """Only the keyring's own kinds of file come back, and no day that either side knows as destroyed."""
    path = PurePosixPath(name)
    if name in (*GROWING, "root.key"):
        return True
    if len(path.parts) != 2 or path.parts[0] not in ("named", "periods", "days") or path.name.startswith("."):
        return False
    return path.stem.encode() not in {
        line
        for listed in ("destroyed", "destroyed_named")
        for line in archive.files.get(listed, b"").split() + _lines(directory / listed)
    }


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().split() if file.exists() else []


def _write_missing(file: Path, content: bytes, *, grows: bool) -> bool:
    lines = [line for line in content.split() if line not in _lines(file)] if grows else []
    if file.exists() and not (grows and lines):
        return False
    flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
    with os.fdopen(os.open(file, flags, 0o600), "wb") as handle:
        handle.write(b"".join(line + b"\n" for line in lines) if grows else content)
        handle.flush()
        os.fsync(handle.fileno())
    return True


def backed_up_at(keyring: Keyring) -> datetime | None:
    """When this keyring was last written to an archive, as far as it remembers."""
    file = keyring.path / RECORD
    lines = _lines(file)
    return datetime.fromisoformat(lines[-1].decode("ascii")) if lines else None


def destroy_named(keyring: Keyring, purpose: str, number: int) -> None:
    """Destroy a named key, and remember it, so that no archive brings it back.

    raises   KeyMissing
    """
    keyring.named(purpose, number)
    _write_missing(keyring.path / "destroyed_named", f"{purpose}-{number}".encode(), grows=True)
    keyring.destroy_named(purpose, number)


def _remember(keyring: Keyring, now: datetime) -> None:
    flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
    with os.fdopen(os.open(keyring.path / RECORD, flags, 0o600), "w", encoding="ascii") as file:
        file.write(f"{now.isoformat()}\n")


def _key(passphrase: str, salt: bytes) -> bytes:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PassphraseShort(field="passphrase", shortest=SHORTEST_PASSPHRASE)
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())
