"""What `dauchan doctor` looks at: each examination answers with findings, worst last to be seen.

A finding says what is wrong and the one thing that mends it. In a try-out some faults are only warnings: nobody's real
data is there.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from dauchan import config
from dauchan.cli._postgres.home import found_home
from dauchan.kernel import clock
from dauchan.kernel.keyring import DAYS_AHEAD, PURPOSES, KeyMissing, Keyring
from dauchan.kernel.sealing import CannotOpen

FEWEST_DAYS_AHEAD = 3
OLDEST_SERVER = 150000
CHAINED_WITHIN = timedelta(minutes=2)
SHORTEST_SECRET = 40
FOLDERS = ("named", "periods", "days")
KEEP_APART = "Move it to a directory, account and backup of its own; say where by keyring_dir or DAUCHAN_KEYRING_DIR."
LATELY = timedelta(hours=1)
MOST_LOST = 10
"""So few lost messages of an hour may be wrong numbers. Ours."""
WORKER_OR_PROVIDER = "Is the worker running? What does the provider's own page say?"
SET_SMS = "Set section [sms] of installation.toml as docs/reference/messages.md says."
WORKER = "Is the worker running? `dauchan up` makes them."


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: a fault fails the examination, a warning does not."""

    fault: bool
    what: str
    remedy: str


def fault(what: str, remedy: str) -> Finding:
    return Finding(True, what, remedy)


def warning(what: str, remedy: str) -> Finding:
    return Finding(False, what, remedy)


def examine(installation: config.Installation) -> list[Finding]:
    """Everything that is weak in this installation, in the order of the examinations."""
    return [finding for look in EXAMINATIONS for finding in look(installation)]


def look_at_marks(installation: config.Installation) -> Iterator[Finding]:
    """Whether this is a try-out, the secret, the host in codes, and a clock that was set."""
    if installation.try_out:
        yield warning("This is a try-out: officers enter by links alone.", "Never put real people's data into it.")
    if config.load().secret_key != config.load().secret_key:  # one that is not stored is another at each look
        yield fault("No secret key is stored: sessions end with each start.", "Run `dauchan up` once.")
    elif len(installation.secret_key) < SHORTEST_SECRET or len(set(installation.secret_key)) < 12:
        yield fault("The secret key is weak.", "Set a random one of 48 characters.")
    if not installation.public_host:
        weak = warning if installation.try_out else fault
        yield weak("No public host is set: nothing with a code is printed.", "Set public_host in installation.toml.")
    if installation.clock and not installation.try_out:
        yield fault("The clock is set by hand.", "Unset DAUCHAN_CLOCK; only a try-out may set it.")


def look_at_files(installation: config.Installation) -> Iterator[Finding]:
    """Who can read the data directory's secrets."""
    for path in (installation.data_dir, installation.data_dir / "installation.toml", installation.data_dir / "logs"):
        yield from _closed(path)


def look_at_keyring(installation: config.Installation) -> Iterator[Finding]:
    """Where the keyring lies, who can read it, and whether the coming days have keys."""
    directory = installation.keyring_dir
    if not (directory / "named").exists():
        yield fault(f"There is no keyring at {directory}.", "Restore its backup.")
        return
    root = Path(os.environ.get("DAUCHAN_ROOT_KEY_FILE", directory / "root.key"))
    for path in (directory, *(directory / part for part in FOLDERS), *directory.glob("*/*.key"), root):
        yield from _closed(path)
    yield from _apart(installation)
    keyring = Keyring(directory)
    yield from _named(keyring)
    yield from _days(keyring)


def _apart(installation: config.Installation) -> Iterator[Finding]:
    """The keyring must not lie where the database, its backup or its administrator is."""
    directory = installation.keyring_dir
    if directory.is_relative_to(installation.data_dir):
        weak = warning if installation.try_out else fault
        yield weak(
            f"The keyring {directory} lies in the data directory, beside the database: one backup holds both.",
            KEEP_APART,
        )
    home = found_home(installation.data_dir)
    if home is None or str(home.socket_dir) not in installation.database_url:
        return
    if directory.is_relative_to(home.directory) or home.directory.is_relative_to(directory):
        yield fault(f"The keyring {directory} lies with the cluster {home.directory}.", KEEP_APART)
    if directory.stat().st_uid == home.data.stat().st_uid:
        weak = warning if installation.try_out else fault
        yield weak("The account that owns the database owns the keyring too.", KEEP_APART)


def _named(keyring: Keyring) -> Iterator[Finding]:
    for purpose in PURPOSES:
        if not _opens(partial(keyring.named, purpose)):
            yield fault(f"The {purpose} key can't be opened.", "Restore the keyring's backup, and root.key.")


def _opens(read: Callable[[], object]) -> bool:
    try:
        read()
    except (KeyMissing, CannotOpen):
        return False
    return True


def _days(keyring: Keyring) -> Iterator[Finding]:
    today = clock.local_day(clock.now())
    ahead = sum(1 for day in keyring.days() if day > today and _opens(partial(keyring.day_key, day)))
    if ahead < min(FEWEST_DAYS_AHEAD, DAYS_AHEAD):
        yield fault(f"Only {ahead} coming days have keys.", WORKER)


def look_at_database(_installation: config.Installation) -> Iterator[Finding]:
    """The server's version and durability."""
    if int(_shown("server_version_num")) < OLDEST_SERVER:
        yield fault("PostgreSQL is older than 15.", "Upgrade the server.")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if (value := _shown(name)) in ("off", "local"):
            yield fault(f"{name} is {value}: an acknowledged scan may be lost.", f"Set {name} = on on the server.")


def look_at_ledger(installation: config.Installation) -> Iterator[Finding]:
    """Migrations, the partitions of the coming days, what could not be derived, and the audit chain."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from dauchan.visits.queries import partitions_ahead, person_days_parked

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield fault("The database is behind this version.", "Run `dauchan up`, or `dauchan manage migrate`.")
        return
    if (ahead := partitions_ahead()) < FEWEST_DAYS_AHEAD:
        yield fault(f"Only {ahead} coming days have partitions.", WORKER)
    if parked := person_days_parked():
        yield fault(
            f"{parked} person-days can't be derived: their scans are no visits.",
            "visits.parked in logs/worker.log says why; once that is mended, the worker tries again by itself.",
        )
    yield from _audit()
    yield from _retention(installation)


def _retention(installation: config.Installation) -> Iterator[Finding]:
    from dauchan.visits.retention import status

    if not (installation.keyring_dir / "named").exists():  # said by `look_at_keyring`
        return
    if status(Keyring(installation.keyring_dir), clock.now()).overdue:
        yield fault("What has expired is not destroyed.", "Is the worker running? See `dauchan retention status`.")


def _audit() -> Iterator[Finding]:
    from dauchan.accounts.chain import unchained_before

    if waiting := unchained_before(clock.now() - CHAINED_WITHIN):
        yield fault(f"{waiting} audit rows wait to be chained for long.", "Is the worker running? See logs/worker.log.")


def look_at_messages(installation: config.Installation) -> Iterator[Finding]:
    """Whether codes and notices can leave, are paid for, and are heard of afterwards."""
    from dauchan.notify import gateways, receipts

    if not installation.sms:
        if not installation.try_out:
            yield warning("No SMS provider is set: codes come from gate keepers and officers only.", SET_SMS)
        return
    try:
        gateways.configured(installation.sms)
    except gateways.SmsUnclear as unclear:
        yield fault(str(unclear), SET_SMS)
        return
    if "status" not in installation.sms:
        yield warning("The SMS provider's delivery receipts are not read.", SET_SMS)
        return
    try:
        receipts.wording(installation.sms["status"])
    except gateways.SmsUnclear as unclear:
        yield fault(str(unclear), SET_SMS)


def look_at_mail(installation: config.Installation) -> Iterator[Finding]:
    """Whether invitations can leave by e-mail; without a server they leave by SMS and on paper."""
    from dauchan.notify import mail

    if installation.email:
        try:
            mail.configured(installation.email)
        except mail.MailUnclear as unclear:
            yield fault(str(unclear), "Set section [email] of installation.toml as docs/reference/messages.md says.")


def look_at_sending(_installation: config.Installation) -> Iterator[Finding]:
    """Whether messages go out and arrive just now."""
    from dauchan.notify import queries

    now = clock.now()
    if waiting := queries.stuck(now):
        yield fault(f"{waiting} messages have waited for minutes.", f"{WORKER_OR_PROVIDER} See logs/worker.log.")
    if queries.budget_is_spent(now):
        yield fault("No more messages are sent for now: their budget is spent.", "Who asks for so many codes?")
    tally = queries.tally_since(now - LATELY)
    if tally.lost >= MOST_LOST and tally.lost > tally.all / 2:
        yield fault(f"{tally.lost} of {tally.all} messages of the last hour were lost.", WORKER_OR_PROVIDER)


Examination = Callable[[config.Installation], Iterator[Finding]]
EXAMINATIONS: tuple[Examination, ...] = (
    look_at_marks,
    look_at_files,
    look_at_keyring,
    look_at_database,
    look_at_ledger,
    look_at_messages,
    look_at_mail,
    look_at_sending,
)


def _closed(path: Path) -> Iterator[Finding]:
    """A finding when anybody but the owner can read or enter it."""
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield fault(f"{path} is open to other accounts of this machine.", f"chmod go= {path}")


def _shown(name: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select current_setting(%s)", [name])
        return str(cursor.fetchone()[0])
