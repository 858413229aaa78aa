"""The audit log shows every way of tampering that a thief of the database has."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from dauchan.accounts import audit, chain
from dauchan.kernel import clock, ids

CLOCK = "2021-08-17T08:00+07:00"
ROWS = 8


@pytest.fixture
def heads(database, tmp_path) -> Iterator[Path]:
    """A log of eight chained rows, signed after the fifth and at the end; emptied again afterwards."""
    for number in range(ROWS):
        audit.record("case.viewed", by=None, at=clock.now(), case=number, purpose="điều tra", detail={"n": number})
        if number == 4:
            chain.chain_pending()
            chain.export_head(tmp_path, database.keyring, clock.now())
    chain.chain_pending()
    chain.export_head(tmp_path, database.keyring, clock.now())
    yield tmp_path
    forge("truncate accounts_auditrow")


def forge(sql: str, *values: object) -> None:
    """What the owner of the database can do: the guard switched off, then any statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("alter table accounts_auditrow disable trigger user")
        cursor.execute(sql, values)
        cursor.execute("alter table accounts_auditrow enable trigger user")


def rechain(from_seq: int) -> None:
    """Make the chain anew from a place on, as a thief who knows the rule would."""
    with connection.cursor() as cursor:
        cursor.execute("select row_hash from accounts_auditrow where seq = %s", (from_seq - 1,))
        row = cursor.fetchone()
        previous = bytes(row[0]) if row else chain.GENESIS
        cursor.execute(f"select seq, {chain.COLUMNS} from accounts_auditrow where seq >= %s order by seq", (from_seq,))
        rows = cursor.fetchall()
    for seq, *values in rows:
        row_hash = chain.chained_hash(previous, seq, tuple(values))
        forge("update accounts_auditrow set prev_hash = %s, row_hash = %s where seq = %s", previous, row_hash, seq)
        previous = row_hash


def test_an_untouched_log_verifies(database, heads):
    found = chain.verify(heads, database.keyring)
    assert (found.ok, found.rows, found.heads, found.waiting) == (True, ROWS, 2, 0)


TAMPERING: dict[str, tuple[Callable[[], None], int]] = {
    "a purpose was edited": (lambda: forge("update accounts_auditrow set purpose = 'khác' where seq = 3"), 3),
    "an officer was changed": (lambda: forge("update accounts_auditrow set officer_id = 99 where seq = 1"), 1),
    "a time was moved": (lambda: forge("update accounts_auditrow set at = at + interval '1 s' where seq = 8"), 8),
    "a row in the middle was dropped": (lambda: forge("delete from accounts_auditrow where seq = 4"), 4),
    "the first row was dropped": (lambda: forge("delete from accounts_auditrow where seq = 1"), 1),
    "two rows were swapped": (
        lambda: forge("update accounts_auditrow set detail = format('{\"n\":%%s}', 3 - seq) where seq in (1, 2)"),
        1,
    ),
    "a row was put in between": (
        lambda: (
            forge("update accounts_auditrow set seq = -seq - 1 where seq >= 4"),
            forge("update accounts_auditrow set seq = -seq where seq < 0"),
            forge(
                "insert into accounts_auditrow (at, event, credential_id, role, agency, purpose, case_ref, detail, seq,"
                " prev_hash, row_hash) select at, 'made.up', '', '', '', '', '', '', 4, row_hash, row_hash"
                " from accounts_auditrow where seq = 3"
            ),
        ),
        4,
    ),
    "the end was cut off": (lambda: forge("delete from accounts_auditrow where seq > 6"), 7),
    "everything was removed": (lambda: forge("delete from accounts_auditrow"), 1),
    "a row was edited and the chain made anew": (
        lambda: (forge("update accounts_auditrow set purpose = 'khác' where seq = 2"), rechain(2)),
        5,
    ),
    "a row was dropped and the chain made anew": (
        lambda: (
            forge("delete from accounts_auditrow where seq = 7"),
            forge("update accounts_auditrow set seq = 7 where seq = 8"),
            rechain(7),
        ),
        8,
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_verification_names_the_first_bad_row_when(database, heads, what):
    tamper, first_bad = TAMPERING[what]
    tamper()
    found = chain.verify(heads, database.keyring)
    assert (found.ok, found.first_bad) == (False, first_bad), found.message


def test_a_cut_tail_is_seen_only_with_the_head_that_was_kept(database, heads):
    forge("delete from accounts_auditrow where seq > 5")
    (heads / "head-8.json").unlink()
    assert chain.verify(heads, database.keyring).ok
    (heads / "head-5.json").unlink()
    assert not chain.verify(heads, database.keyring).ok


def test_a_head_that_was_rewritten_loses_its_signature(database, heads):
    head = json.loads((heads / "head-8.json").read_text())
    (heads / "head-8.json").write_text(json.dumps({**head, "seq": 6}))
    assert "signature" in chain.verify(heads, database.keyring).message


@pytest.mark.parametrize(
    "statement",
    [
        "update accounts_auditrow set purpose = 'khác'",
        "update accounts_auditrow set row_hash = prev_hash where seq = 2",
        "delete from accounts_auditrow where seq = 2",
        "truncate accounts_auditrow",
    ],
)
def test_the_database_refuses_to_change_the_log(heads, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_row_vanishes_with_the_act_that_failed(database, heads):
    with transaction.atomic():
        audit.record("case.confirmed", by=None, at=clock.now())
        transaction.set_rollback(True)
    assert chain.verify(heads, database.keyring).waiting == 0


def test_a_late_commit_is_chained_after_rows_with_higher_numbers(database, heads):
    with connection.cursor() as cursor:
        cursor.execute("select nextval('accounts_auditrow_id_seq')")
        early = cursor.fetchone()[0]
    audit.record("case.viewed", by=None, at=clock.now())
    chain.chain_pending()
    row = audit.record("case.viewed", by=None, at=clock.now())
    forge("update accounts_auditrow set id = %s where id = %s", early, row.pk)
    assert chain.chain_pending() == 1
    assert chain.verify(heads, database.keyring).ok


def test_whom_a_row_is_about_stands_nowhere_in_clear_and_is_found_by_that_person(database, heads):
    ana, ben = ids.person_id(), ids.person_id()
    row = audit.record("person.revealed", by=None, at=clock.now(), about=ana, purpose="gọi điện")
    audit.record("person.revealed", by=None, at=clock.now(), about=ben)
    with connection.cursor() as cursor:
        cursor.execute("select entry::text from accounts_auditrow as entry where id = %s", (row.pk,))
        stored = cursor.fetchone()[0]
    assert ana.hex not in stored
    assert str(ana) not in stored
    assert [found.pk for found in audit.rows_about(ana)] == [row.pk]


def test_old_heads_are_thinned_to_the_last_of_each_day(database, heads):
    for file in heads.glob("head-*.json"):
        shutil.copy(file, heads / f"kept-{file.name}")
    assert chain.thin_heads(heads, clock.now()) == 0
    assert chain.thin_heads(heads, clock.now() + timedelta(days=3)) == 1
    assert sorted(file.name for file in heads.glob("head-*.json")) == ["head-8.json"]


def test_a_worker_signs_at_most_once_a_minute(database, heads):
    now = clock.now() + timedelta(seconds=30)
    audit.record("case.viewed", by=None, at=now)
    assert chain.chain_and_sign(heads, database.keyring, now) == 1
    assert not (heads / "head-9.json").exists()
    chain.chain_and_sign(heads, database.keyring, now + timedelta(seconds=61))
    assert (heads / "head-9.json").exists()
