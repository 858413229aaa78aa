"""`dauchan keys`: what keys there are, newer ones, their own backup, and the end of those that shall open nothing more.

Whatever destroys says first, in words and numbers, what can never be read again, and wants that typed.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import click

from dauchan import config
from dauchan.cli import _installation
from dauchan.cli import _keyring_archive as archives
from dauchan.cli._key_uses import RENEWALS, USES
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict
from dauchan.kernel.keyring import PURPOSES, Keyring, open_keyring


class NewestKey(Conflict):
    kind = "newest_key"
    vi = "{name} là khóa mới nhất, đang dùng. Hãy xoay khóa trước (dauchan keys rotate {purpose})."
    en = "{name} is the newest key and in use. Rotate first (dauchan keys rotate {purpose})."


class NotConfirmed(BadInput):
    kind = "not_confirmed"
    vi = "Chưa xác nhận: phải gõ đúng {wanted}. Không khóa nào bị hủy."
    en = "Not confirmed: {wanted} had to be typed. No key was destroyed."


class NoSuchDay(BadInput):
    kind = "no_such_day"
    vi = "Không có khóa của ngày {day}."
    en = "There is no key of {day}."


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan")
@click.pass_context
def command(context: click.Context, data_dir: Path) -> None:
    """Keys: list, rotate, back up, restore, destroy."""
    context.obj = data_dir
    _installation.enter(data_dir)


@contextmanager
def _recorded(event: str, **detail: str | int) -> Iterator[None]:
    """What is done inside stands in the audit log: no key goes when that can't be written."""
    from django.db import transaction

    from dauchan.accounts import audit

    with transaction.atomic():
        audit.record(event, by=None, at=clock.now(), detail=detail)
        yield
        _tell_gateways()


def _tell_gateways() -> None:
    """Gateways read the keyring again with the end of this transaction; without being told, some seconds later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('dauchan_gateway', 'keys')")


def _keyring() -> Keyring:
    return open_keyring(config.load().keyring_dir)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_keys(as_json: bool) -> None:
    """Purposes with the numbers and ages of their keys, days held, days destroyed, the last backup."""
    keyring, now = _keyring(), clock.now()
    days, destroyed, saved = keyring.days(), sorted(keyring.destroyed()), archives.backed_up_at(keyring)
    named = {
        purpose: {n: _age_days(keyring, purpose, n, now) for n in keyring.numbers(purpose)} for purpose in PURPOSES
    }
    if as_json:
        listed = {"named": named, "days": days, "destroyed": destroyed, "backed_up_at": saved}
        click.echo(json.dumps(listed, default=str))
        return
    for purpose, ages in named.items():
        click.echo(f"{purpose:<10}" + ", ".join(f"{n} ({age} days old)" for n, age in ages.items()))
    click.echo(f"days held: {len(days)}" + (f", {days[0]} to {days[-1]}" if days else ""))
    click.echo(f"days destroyed: {len(destroyed)}" + (f", the last {destroyed[-1]}" if destroyed else ""))
    click.echo(_backup_line(saved, now))


def _age_days(keyring: Keyring, purpose: str, number: int, now: datetime) -> int:
    made = (keyring.path / "named" / f"{purpose}-{number}.key").stat().st_mtime
    return max((now - datetime.fromtimestamp(made, UTC)).days, 0)


def _backup_line(saved: datetime | None, now: datetime) -> str:
    if saved is None:
        return "backup: never made (dauchan keys backup FILE)"
    return f"backup: {(now - saved).days} days ago; destroy archives older than {archives.LONGEST_AGE_DAYS} days"


@command.command()
@click.argument("purpose", type=click.Choice(PURPOSES))
@click.pass_obj
def rotate(data_dir: Path, purpose: str) -> None:
    """Add a newer key for a purpose; older ones stay, to read what they made."""
    with _installation.opened(data_dir):
        with _recorded("key.rotated", purpose=purpose):
            key = _keyring().rotate(purpose)
        click.echo(f"{purpose}: key {key.id} is in use now; older keys stay until they are destroyed")
        if renewal := RENEWALS.get(purpose):
            click.echo(f"{renewal.renew()} {renewal.told}")


@command.command()
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--with-root-key", is_flag=True, help="Include root.key; without it, keep that file apart yourself.")
@click.pass_obj
def backup(data_dir: Path, destination: Path, passphrase_file: Path | None, with_root_key: bool) -> None:
    """Write the keyring to one encrypted file, or into a directory under the present time, and verify it."""
    now = clock.now()
    file = destination / f"keyring-{now:%Y%m%d-%H%M%S}.dckeys" if destination.is_dir() else destination
    if file.exists():
        raise click.UsageError(f"{file} exists; it is not overwritten")
    passphrase = _passphrase(passphrase_file, confirm=True)
    with _installation.opened(data_dir), _recorded("keyring.backed_up"):
        made = archives.write(_keyring(), file, passphrase, now=now, with_root=with_root_key)
        click.echo(f"{file}: {len(made.files)} files, read back and verified")
    click.echo(
        f"Destroy archives older than {archives.LONGEST_AGE_DAYS} days: until then they can open destroyed days."
    )
    if not with_root_key:
        click.echo("root.key is not inside: without a copy of it, kept apart, the archive opens nothing.")


@command.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(archive: Path, passphrase_file: Path | None) -> None:
    """Put the files of an archive back that are missing; what was destroyed stays destroyed."""
    read = archives.read(archive, _passphrase(passphrase_file, confirm=False))
    directory = config.load().keyring_dir
    names = archives.put_back(read, directory)
    click.echo(
        f"{directory}: {len(names)} of {len(read.files)} files put back, as of {read.made_at:%Y-%m-%d %H:%M} UTC"
    )
    click.echo("If a database was restored too, run now: dauchan keys replay-tombstones")


@command.command("replay-tombstones")
@click.pass_obj
def replay_tombstones(data_dir: Path) -> None:
    """After any restore: forget again everybody who was erased before it."""
    with _installation.opened(data_dir), _recorded("tombstones.replayed"):
        from dauchan.people import erasing

        click.echo(f"{erasing.replay_tombstones(now=clock.now())} people had come back and are erased again")


@command.command("destroy-day")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--yes", metavar="DATE", default="", help="Confirm without a question, by the same date again.")
@click.pass_obj
def destroy_day(data_dir: Path, day: datetime, yes: str) -> None:
    """Destroy a day's key: nobody can ever say again who was where on that day."""
    _destroy_day(data_dir, day.date(), yes)


def _destroy_day(data_dir: Path, day: date, yes: str) -> None:
    if not _keyring().has_day(day):
        raise NoSuchDay(field="day", day=day.isoformat())
    with _installation.opened(data_dir), _recorded("key.day_destroyed", day=day.isoformat()):
        from dauchan.visits.queries import rows_of

        scans, visits = rows_of(day)
        click.echo(f"{scans} scans and {visits} visits of {day} lose their people for good. It can't be undone.")
        _confirm(day.isoformat(), yes)
        _keyring().destroy_day(day)
        click.echo(f"the key of {day} is destroyed; archives of the keyring made before may still hold it")


@command.command()
@click.argument("purpose", type=click.Choice(PURPOSES))
@click.argument("number", type=int)
@click.option("--yes", metavar="PURPOSE-N", default="", help="Confirm without a question, by PURPOSE-N.")
@click.pass_obj
def destroy(data_dir: Path, purpose: str, number: int, yes: str) -> None:
    """Destroy a rotated key for good."""
    keyring, name = _keyring(), f"{purpose}-{number}"
    keyring.named(purpose, number)
    if number == max(keyring.numbers(purpose)):
        raise NewestKey(name=name, purpose=purpose)
    with _installation.opened(data_dir), _recorded("key.destroyed", purpose=purpose, number=number):
        lost = "; ".join(use.told(number) for use in USES[purpose])
        click.echo(f"When {name} is gone, {lost}. It can't be undone.")
        _confirm(name, yes)
        archives.destroy_named(keyring, purpose, number)
        click.echo(f"{name} is destroyed")


def _confirm(wanted: str, yes: str) -> None:
    """Go on only when the name of what goes was typed.

    raises   NotConfirmed
    """
    typed = yes or click.prompt(f"Type {wanted} to confirm", default="", show_default=False)
    if typed.strip() != wanted:
        raise NotConfirmed(field="yes", wanted=wanted)


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return file.read_text("utf-8").rstrip("\r\n")
    typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    return typed
