"""After a day has gone, every file of the installation is searched byte by byte: the database's own files with WAL and
temporary files, logs, the keyring, what was exported. Nobody stands there, and nothing that opens their day again; an
older backup, restored with a keyring's backup of the allowed age, links nobody and brings nobody back.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from support.canaries import Canary, spellings
from support.database import RUN, Database
from support.keeper import with_database
from support.officers import officer_with, signed_in
from support.scene import place_of_here, two_communes

from dauchan.cli import _keyring_archive, _retention
from dauchan.cli._postgres.binaries import find_binaries
from dauchan.kernel import clock, ids
from dauchan.kernel.keyring import KeyMissing, Keyring
from dauchan.kernel.sealing import seal
from dauchan.people import actions, erasing, keystore, queries, subjects, vault
from dauchan.people.models import Person
from dauchan.people.rules import Identity
from dauchan.places.models import Point
from dauchan.visits import recording
from dauchan.visits.actions import derive_all, ensure_days
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, Direction

CLOCK = "2026-03-02T08:00+07:00"
REGISTERED = Canary("Phượng Hoàng Tệp", "0961777001", "067190177001", "77 Ngõ Phượng Hoàng")
PASSING_BY = Canary("", "0961777002")
BOTH = (REGISTERED, PASSING_BY)
DAY = date(2026, 3, 2)
PASSPHRASE = "một cụm mật khẩu đủ dài cho kho khóa"


@dataclass
class Files:
    """Where everything lies that the installation owns."""

    database: Database
    cluster: Path
    exports: Path

    def kinds_with(self, needles: set[bytes]) -> dict[bytes, set[str]]:
        """Each of some byte strings that stands somewhere, with the kinds of files it stands in."""
        with connection.cursor() as cursor:
            cursor.execute("checkpoint")
        found: dict[bytes, set[str]] = {}
        for file in self._all():
            try:
                content = file.read_bytes()
            except OSError:  # gone meanwhile, or a socket
                continue
            for needle in needles:
                if needle in content:
                    found.setdefault(needle, set()).add(self._kind(file))
        return found

    def _all(self) -> Iterator[Path]:
        for folder in (self.cluster, self.database.data_dir, self.database.keyring.path, self.exports):
            for directory, _, names in os.walk(folder):  # it goes on where another test's database has just gone
                yield from (file for name in names if not (file := Path(directory, name)).is_symlink())
        yield from Path(os.environ[RUN]).glob("*.log")

    def _kind(self, file: Path) -> str:
        if file.is_relative_to(self.cluster):
            return file.relative_to(self.cluster).parts[0]
        return "keyring" if file.is_relative_to(self.database.keyring.path) else "other"


@dataclass
class Before:
    """What was there on the day itself."""

    files: Files
    there: dict[bytes, set[str]]
    """In which kinds of files ids and tokens stood right after they were written: WAL files are used again."""
    people: dict[Canary, UUID]
    tokens: dict[Canary, bytes]
    day_key: bytes
    person_keys: dict[Canary, bytes]
    dump: Path


def as_bytes(*canaries: Canary) -> set[bytes]:
    """Every spelling of the canaries as a file may hold it."""
    return {spelled.encode() for canary in canaries for text in canary.texts for spelled in spellings(text)} | {
        text.encode("utf-16-le") for canary in canaries for text in canary.texts
    }


@pytest.fixture(scope="module")
def point(database: Database) -> Point:
    return Point.objects.get(place_id=place_of_here(two_communes())["place_id"])


def scanned(phone: str, point: Point, keyring: Keyring) -> UUID:
    now = clock.now()
    ensure_days(keyring, now)
    subject = subjects.normalise("phone", phone)
    person = subjects.resolve_on_page([subject], keyring=keyring, now=now)[subject]
    scan = PageScan(ids.random_uuid7(now), person, point.pk, Direction.IN, Confidence.TYPED)
    recording.record([scan], keyring=keyring, now=now)
    derive_all(keyring, now)
    return person


@pytest.fixture(scope="module")
def before(database: Database, point: Point, tmp_path_factory: pytest.TempPathFactory) -> Before:
    """Two people on one day: one registered, one known from a scan alone; a backup of that day."""
    with clock.at(clock.day_start(DAY) + timedelta(hours=10)):
        keyring, now, officer = vault.the_keyring(), clock.now(), officer_with("province_health_officer")
        documents = (queries.rules.normal_document(REGISTERED.document),)
        identity = Identity(
            name=REGISTERED.name, phone=REGISTERED.phone, address=REGISTERED.address, documents=documents
        )
        actions.register_person(identity, None, by=officer, now=now)
        people = {canary: scanned(canary.phone, point, keyring) for canary in BOTH}
        day_key = keyring.day_key(DAY)
        tokens = {canary: seal(day_key, person) for canary, person in people.items()}
        exports = tmp_path_factory.mktemp("exports")
        with connection.cursor() as cursor:
            cursor.execute("show data_directory")
            files = Files(database, Path(cursor.fetchone()[0]), exports)
        there = files.kinds_with({*(person.bytes for person in people.values()), *tokens.values()})
        (exports / "places.xlsx").write_bytes(signed_in(officer).get("/dia-diem/xuat").content)
        dump = tmp_path_factory.mktemp("backup") / "older.dump"
        run_program("pg_dump", "-Fc", "-f", str(dump), database.dsn)
        return Before(
            files,
            there,
            people,
            tokens,
            day_key,
            {canary: keystore.keys_of(keyring, [person])[person] for canary, person in people.items()},
            dump,
        )


def run_program(name: str, *arguments: str) -> None:
    subprocess.run([find_binaries().program(name), *arguments], check=True, capture_output=True)


def test_the_search_finds_what_is_there_and_nobody_in_clear(before: Before) -> None:
    of_people = [before.there.get(person.bytes, set()) for person in before.people.values()]
    assert set().union(*of_people) >= {"base", "pg_wal"}
    assert all(before.there[token] >= {"base", "pg_wal"} for token in before.tokens.values())
    assert before.files.kinds_with(as_bytes(*BOTH) | {before.day_key, *before.person_keys.values()}) == {}


@pytest.fixture(scope="module")
def after(before: Before, database: Database) -> Before:
    """The day has gone with whoever was known from it alone; the other asked to be erased."""
    with clock.at(clock.day_start(DAY + timedelta(days=31)) + timedelta(minutes=30)):
        _retention.run(vault.the_keyring(), clock.now())
        protector = officer_with("data_protection_officer")
        erasing.erase_person(before.people[REGISTERED], purpose="YC 1", by=protector, now=clock.now())
        keystore.vacuum()
    return before


def test_after_the_day_nobody_and_no_key_stands_in_any_file(after: Before) -> None:
    assert Person.objects.filter(pk__in=after.people.values(), tombstoned_at__isnull=True).count() == 0
    secrets = {after.day_key, *after.person_keys.values()}
    assert after.files.kinds_with(as_bytes(*BOTH) | secrets) == {}


def test_after_the_day_its_tokens_stand_in_no_table_and_say_nothing_where_a_log_still_has_them(after: Before) -> None:
    there = after.files.kinds_with(set(after.tokens.values()))
    assert {kind for kinds in there.values() for kind in kinds} <= {"pg_wal"}
    keyring = vault.the_keyring()
    with pytest.raises(KeyMissing):
        keyring.day_key(DAY)
    later = [keyring.day_key(each) for each in keyring.days()]
    for canary, person in after.people.items():
        assert after.tokens[canary] not in {seal(key, person) for key in later}


@pytest.fixture(scope="module")
def restored(after: Before, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The older backup, as somebody has it who keeps it longer than they should."""
    dsn = with_database(database.dsn, "older_backup")
    with psycopg.connect(with_database(database.dsn, "postgres"), autocommit=True) as owner:
        owner.execute("create database older_backup")
        try:
            run_program("pg_restore", "--no-owner", "-d", dsn, str(after.dump))
            yield dsn
        finally:
            owner.execute("drop database older_backup with (force)")


def test_an_older_backup_links_nobody_with_a_keyring_backup_of_the_allowed_age(
    after: Before, restored: str, database: Database, tmp_path: Path
) -> None:
    """The oldest keyring backup that may still exist a week after the day went was made after it went."""
    made_at = clock.day_start(DAY + timedelta(days=31)) + timedelta(hours=1)
    allowed = made_at + timedelta(days=_keyring_archive.LONGEST_AGE_DAYS)
    archive = _keyring_archive.write(
        database.keyring, tmp_path / "kept.dckeys", PASSPHRASE, now=made_at, with_root=True
    )
    assert (allowed - archive.made_at).days == _keyring_archive.LONGEST_AGE_DAYS
    directory = tmp_path / "restored-keyring"
    directory.mkdir()
    _keyring_archive.put_back(archive, directory)
    keyring = Keyring(directory)
    assert DAY not in keyring.days()
    with psycopg.connect(restored) as older:
        tokens = {bytes(token) for (token,) in older.execute("select token from visits_scan where day = %s", [DAY])}
    assert tokens == set(after.tokens.values()), "the backup does hold the day"
    keys = [keyring.day_key(each) for each in keyring.days()]
    assert not tokens & {seal(key, person) for key in keys for person in after.people.values()}


def test_whoever_was_erased_opens_from_an_older_backup_only_until_the_person_key_was_changed_and_destroyed(
    after: Before, restored: str, database: Database
) -> None:
    keyring, person = vault.the_keyring(), after.people[REGISTERED]
    with psycopg.connect(restored) as older:
        kept = older.execute("select kek, wrapped from keystore.person_key where person_id = %s", [person]).fetchone()
    assert kept is not None
    assert keystore.open_key(keyring, person, *kept) == after.person_keys[REGISTERED], "that is why keys are changed"
    keyring.rotate("person")
    erasing.rewrap_person_keys()
    keyring.destroy_named("person", kept[0])
    assert keystore.open_key(vault.the_keyring(), person, *kept) is None
