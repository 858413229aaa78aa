"""What stays of somebody who was erased, and what a stolen database shows: nothing."""

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from support.database import Database
from support.officers import officer_with
from support.people import NOW, integrator, resolved, someone

from dauchan.accounts.models import Credential, Officer
from dauchan.kernel.errors import NotFound
from dauchan.people import actions, erasing, holding, keystore, queries, subjects
from dauchan.people.actions import Grant
from dauchan.people.models import BlindIndex, Pass, Person
from dauchan.people.registering import Registration
from dauchan.people.rules import Document, Identity

CLOCK = "2021-08-17T08:00+07:00"
Answer = TypeVar("Answer")
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def officer(database: Database) -> Officer:
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def protector(database: Database) -> Officer:
    return officer_with("data_protection_officer")


@pytest.fixture(scope="module")
def school(database: Database) -> Credential:
    return integrator("TRUONG01")


def test_an_erased_person_is_found_no_more_and_no_pass_or_audit_row_leads_there(
    officer: Officer, protector: Officer
) -> None:
    person = someone(officer, name="Ngô Văn Quên", phone="0955000001")
    card = actions.issue_pass(person, now=NOW)
    actions.reveal_identity(person.pk, Grant(officer, "Hỏi lịch trình", NOW))
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=NOW)
    assert queries.find_by_phone("0955000001") == []
    assert (person.pk, card.serial) in queries.revoked_passes()
    assert queries.masked([person.pk])[person.pk].name == ""
    assert queries.looks_at(person.pk) == []
    assert not BlindIndex.objects.filter(person=person).exists()
    with pytest.raises(NotFound):
        actions.reveal_identity(person.pk, Grant(officer, "Xem lại", NOW))
    with pytest.raises(NotFound):
        actions.issue_pass(person, now=NOW)


def test_a_restored_backup_forgets_again_whoever_was_erased_since(
    officer: Officer, protector: Officer, database: Database
) -> None:
    person = someone(officer, name="Ngô Văn Về", phone="0955000002")
    actions.issue_pass(person, now=NOW)
    backup = row_texts(database, person.pk)
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=NOW)
    restore(database, person.pk, backup)
    assert queries.masked([person.pk])[person.pk].name == "Ngô Văn ***"
    assert erasing.replay_tombstones(now=NOW) == 1
    assert queries.masked([person.pk])[person.pk].name == ""
    assert queries.find_by_phone("0955000002") == []
    assert not Pass.objects.filter(person=person, revoked_at__isnull=True).exists()
    assert erasing.replay_tombstones(now=NOW) == 0


RESTORED = ("people_identity", "people_blind_index", "keystore.person_key", "people_pass")


def row_texts(database: Database, person: UUID) -> dict[str, list[str]]:
    """The rows of a person as the database writes them out."""
    with psycopg.connect(database.dsn) as connection:
        return {
            table: [
                row for (row,) in connection.execute(f"select t::text from {table} t where person_id = %s", [person])
            ]
            for table in RESTORED
        }


def restore(database: Database, person: UUID, backup: dict[str, list[str]]) -> None:
    """Bring a person's rows back as an old backup would: no tombstone in the database is left."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("delete from keystore.tombstone where person_id = %s", [person])
        connection.execute("delete from people_pass where person_id = %s", [person])
        connection.execute("update people_person set tombstoned_at = null where id = %s", [person])
        for table, rows in backup.items():
            for row in rows:
                connection.execute(f"insert into {table} select (%s::{table}).*", [row])


def test_keys_wrapped_by_an_older_key_move_to_the_newest_and_open_as_before(
    officer: Officer, database: Database
) -> None:
    person = someone(officer, name="Vũ Thị Khoá")
    newest = database.keyring.rotate("person").id
    with_older = keystore.people_by_kek()
    assert erasing.rewrap_person_keys() == sum(number for kek, number in with_older.items() if kek != newest)
    assert set(keystore.people_by_kek()) == {newest}
    assert queries.masked([person.pk])[person.pk].name == "Vũ Thị ***"


def test_people_whose_wrapping_key_was_destroyed_are_nobody_and_break_no_list(
    officer: Officer, database: Database
) -> None:
    lost, kept = someone(officer, name="Vũ Thị Mất"), None
    number = database.keyring.numbers("person")[-1]
    database.keyring.rotate("person")
    kept = someone(officer, name="Vũ Thị Còn")
    database.keyring.destroy_named("person", number)
    shown = queries.masked([lost.pk, kept.pk])
    assert (shown[lost.pk].erased, shown[lost.pk].name) == (True, "")
    assert shown[kept.pk].name == "Vũ Thị ***"
    assert erasing.rewrap_person_keys() == 0


def test_who_looked_at_somebody_erased_is_still_found_after_the_index_key_was_rotated(database: Database) -> None:
    from dauchan.accounts import audit
    from dauchan.kernel import ids

    erased = ids.person_id()
    row = audit.record("person.erased", by=None, at=NOW, about=erased)
    database.keyring.rotate("index")
    assert [found.pk for found in audit.rows_about(erased)] == [row.pk]


CANARIES = (
    "Hoàng Yến Canary",
    "0919191919",
    "067195919191",
    "245919191",
    "P9191919",
    "19 đường Chim Yến",
    "REF-CANARY-19",
)


def test_a_dump_of_the_database_shows_no_name_phone_or_document_and_the_keyring_brings_them_back(
    officer: Officer, school: Credential, database: Database
) -> None:
    identity = Identity(
        name=CANARIES[0],
        phone=CANARIES[1],
        documents=(Document("cccd", CANARIES[2]), Document("cmnd", CANARIES[3]), Document("passport", CANARIES[4])),
        birth_date=date(1995, 9, 19),
        address=CANARIES[5],
    )
    outcome = actions.register_people([Registration(identity, reference=CANARIES[6])], credential=school, now=NOW)[0]
    assert outcome.person_id is not None
    actions.set_standing(
        Person.objects.get(pk=outcome.person_id),
        "manual",
        colour="red",
        reason=f"{CANARIES[0]} về từ vùng dịch",
        by=officer,
        now=NOW,
    )
    actions.search("phone", CANARIES[1], by=officer, now=NOW)
    dumped = dump(database)
    assert str(outcome.person_id) in dumped
    assert [canary for canary in (*CANARIES, "hoang yen canary") if is_inside(canary, dumped)] == []
    seen = actions.reveal_identity(outcome.person_id, Grant(officer, "Kiểm tra", NOW))
    assert seen.name == CANARIES[0]
    assert seen.phone == CANARIES[1]


def dump(database: Database) -> str:
    """The whole database as text, the key store included."""
    from dauchan.cli._postgres.binaries import find_binaries

    program = find_binaries().program("pg_dump")
    done = subprocess.run([program, "--inserts", database.dsn], capture_output=True, check=True)
    return done.stdout.decode().lower()


def is_inside(canary: str, dumped: str) -> bool:
    """Whether it stands there as text, or as the hexadecimal of its bytes."""
    return canary.lower() in dumped or canary.encode().hex() in dumped or canary.lower().encode().hex() in dumped


def while_held(person: UUID, act: Callable[[], Answer]) -> Future[Answer]:
    """Begin an act after an order has held somebody and before that is committed."""

    def acting() -> Answer:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            holding.hold([person], 4711, until=(NOW + timedelta(days=30)).date())
            begun = thread.submit(acting)
            time.sleep(1)
        wait([begun])
    return begun


def test_whoever_an_order_holds_at_this_moment_is_not_erased(officer: Officer, protector: Officer) -> None:
    person = someone(officer, name="Lý Văn Giữ", phone="0955000071")
    erased = while_held(person.pk, lambda: erasing.erase_person(person.pk, purpose="Đơn", by=protector, now=NOW))
    assert isinstance(erased.exception(), holding.PersonHeld)
    assert Person.objects.get(pk=person.pk).tombstoned_at is None


def test_whoever_an_order_holds_at_this_moment_does_not_expire(database: Database) -> None:
    (person,) = resolved(database, subjects.normalise("phone", "0955000072"))
    expired = while_held(person, lambda: erasing.erase_expired([person], lambda _: set(), now=NOW))
    assert expired.result() == 0
    assert Person.objects.get(pk=person).tombstoned_at is None
