"""`dauchan audit verify` on an installation, as an auditor calls it."""

from click.testing import CliRunner
from django.db import connection, transaction

from dauchan.accounts import audit
from dauchan.cli.audit import command
from dauchan.kernel import clock

CLOCK = "2021-08-17T08:00+07:00"


def dauchan(database, *words: str):
    return CliRunner().invoke(command, [*words, "--data-dir", str(database.data_dir)])


def test_the_command_finds_an_edited_row_and_says_which(database):
    for purpose in ("điều tra ca 1", "điều tra ca 2"):
        audit.record("person.revealed", by=None, at=clock.now(), purpose=purpose)
    assert dauchan(database, "sign").exit_code == 0
    good = dauchan(database, "verify")
    assert (good.exit_code, good.output) == (0, "ok: 2 rows fit, 1 heads agree; 0 waiting to be chained\n")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("alter table accounts_auditrow disable trigger user")
        cursor.execute("update accounts_auditrow set purpose = 'khác' where seq = 2")
    bad = dauchan(database, "verify")
    assert (bad.exit_code, bad.stderr) == (1, "NOT AS WRITTEN: row 2 was changed after it was chained\n")
