"""The data-protection officer lists, rotates, backs up, restores and destroys keys at the command line."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from support.database import Database
from support.officers import add_second_factor

from dauchan.accounts.actions import Scope, create_officer, grant_role
from dauchan.accounts.models import AuditRow, Officer
from dauchan.cli import _keyring_archive as archives
from dauchan.cli import main
from dauchan.cli._key_uses import USES
from dauchan.kernel import clock
from dauchan.kernel.keyring import PURPOSES, KeyMissing, Keyring
from dauchan.people import actions, queries
from dauchan.people.rules import Identity

CLOCK = "2021-08-17T08:00+07:00"
NOW = datetime(2021, 8, 17, 1, tzinfo=UTC)
TODAY = date(2021, 8, 17)


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("một cụm mật khẩu dài\n", "utf-8")
    return file


def keys(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["keys", *map(str, arguments)], input=typed)


def done(*arguments: object, typed: str = "") -> str:
    result = keys(*arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def without_root(keyring: Keyring, target: Path) -> Path:
    """A machine that lost everything but the root key."""
    target.mkdir()
    shutil.copy(keyring.path / "root.key", target / "root.key")
    return target


def test_the_list_shows_purposes_numbers_ages_and_days(database: Database) -> None:
    listed = json.loads(done("list", "--json"))
    assert listed["named"]["person"].keys() == {"1"}
    assert date.fromisoformat(listed["days"][-1]) >= TODAY + timedelta(days=3)
    assert "never made" in done("list")


def test_a_rotated_person_key_takes_over_everybody_and_the_old_one_can_go(database: Database) -> None:
    officer = create_officer(email="xa@example.vn", name="Cán bộ xã", password=None, now=NOW)
    grant_role(officer, "commune_health_officer", Scope("all"), by=None, now=NOW)
    person = actions.register_person(Identity(name="Trần Thị Mẫu"), None, by=officer, now=NOW)
    assert "1 people's keys" in done("rotate", "person")
    assert "never be read again (0 people)" in done("destroy", "person", 1, "--yes", "person-1")
    assert queries.masked([person.pk])[person.pk].name == "Trần Thị ***"
    assert AuditRow.objects.filter(event="key.destroyed").count() == 1


def test_what_is_lost_with_a_key_is_told_for_every_purpose() -> None:
    assert USES.keys() == set(PURPOSES)


def opens_both_second_factors(officer: Officer, secret: str) -> bool:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import decrypt

    stored = {each.type: each for each in Authenticator.objects.filter(user=officer)}
    codes = stored["recovery_codes"].wrap().get_unused_codes()
    return decrypt(stored["totp"].data["secret"]) == secret and len(codes) > 0


@pytest.mark.parametrize("purpose", ["person", "factor"])
def test_no_officer_is_locked_out_by_a_rotation_and_the_end_of_the_older_key(database: Database, purpose: str) -> None:
    officer = create_officer(email=f"{purpose}@example.vn", name="Quản trị", password=None, now=NOW)
    secret = add_second_factor(officer)
    done("rotate", purpose)
    oldest = database.keyring.numbers(purpose)[0]
    done("destroy", purpose, oldest, "--yes", f"{purpose}-{oldest}")
    assert opens_both_second_factors(officer, secret)


def test_destroying_a_key_says_how_many_officers_still_need_it(database: Database) -> None:
    officer = create_officer(email="khac@example.vn", name="Cán bộ", password=None, now=NOW)
    add_second_factor(officer)
    number = database.keyring.numbers("factor")[-1]
    database.keyring.rotate("factor")
    from dauchan.accounts.allauth_adapter import officers_sealed_by, seal_second_factors_anew

    told = keys("destroy", "factor", number, typed="không\n").output
    assert f"({officers_sealed_by(number)} officers)" in told
    assert officers_sealed_by(number) > 0
    seal_second_factors_anew()
    assert "(0 officers)" in keys("destroy", "factor", number, typed="không\n").output


def test_gateways_are_told_of_a_key_that_comes_or_goes(database: Database) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as ear:
        ear.execute("listen dauchan_gateway")
        done("rotate", "place")
        done("destroy", "place", 1, "--yes", "place-1")
        heard = [told.payload for told in ear.notifies(timeout=5, stop_after=2)]
    assert heard == ["keys", "keys"]


def test_the_newest_key_of_a_purpose_is_not_destroyed(database: Database) -> None:
    refused = keys("destroy", "pass", 1, "--yes", "pass-1")
    assert refused.exit_code == 1
    assert "newest" in refused.output
    assert database.keyring.named("pass", 1)


def test_a_key_goes_only_when_its_name_is_typed(database: Database) -> None:
    database.keyring.rotate("ticket")
    refused = keys("destroy", "ticket", 1, typed="ticket-2\n")
    assert refused.exit_code == 1
    assert database.keyring.named("ticket", 1)
    assert "destroyed" in done("destroy", "ticket", 1, typed="ticket-1\n")
    with pytest.raises(KeyMissing):
        database.keyring.named("ticket", 1)


def test_destroying_a_day_says_what_is_lost_and_the_day_never_returns(
    database: Database, tmp_path: Path, passphrase: Path
) -> None:
    day = TODAY - timedelta(days=20)
    archive = tmp_path / "before.dckeys"
    done("backup", archive, "--passphrase-file", passphrase)
    assert keys("destroy-day", day, "--yes", TODAY).exit_code == 1
    assert "0 scans and 0 visits" in done("destroy-day", day, "--yes", day)
    assert not database.keyring.has_day(day)
    done("restore", archive, "--passphrase-file", passphrase)
    assert not database.keyring.has_day(day)
    assert day not in database.keyring.ensure_days(TODAY)
    assert keys("destroy-day", day, "--yes", day).exit_code == 1


def test_an_archive_brings_every_key_back_to_a_machine_that_kept_only_the_root_key(
    database: Database, tmp_path: Path, passphrase: Path
) -> None:
    destination = tmp_path / "archives"
    destination.mkdir()
    assert "read back and verified" in done("backup", destination, "--passphrase-file", passphrase)
    (archive,) = destination.iterdir()
    assert archive.stat().st_mode & 0o777 == 0o600
    lost = without_root(database.keyring, tmp_path / "new")
    archives.put_back(archives.read(archive, passphrase.read_text("utf-8").strip()), lost)
    returned = Keyring(lost)
    assert returned.days() == database.keyring.days()
    assert returned.day_key(TODAY) == database.keyring.day_key(TODAY)
    assert returned.named("index") == database.keyring.named("index")
    saved = archives.backed_up_at(database.keyring)
    assert saved is not None
    assert abs(saved - clock.now()) < timedelta(minutes=5)


def test_an_archive_shows_nothing_without_its_passphrase(database: Database, tmp_path: Path, passphrase: Path) -> None:
    archive = tmp_path / "keyring.dckeys"
    done("backup", archive, "--passphrase-file", passphrase)
    other = tmp_path / "other"
    other.write_text("một cụm mật khẩu khác", "utf-8")
    for damaged in (archive.read_bytes(), b"DCKEYS1\n", b"", archive.read_bytes()[:-1]):
        bad = tmp_path / "bad.dckeys"
        bad.write_bytes(damaged)
        refused = keys("restore", bad, "--passphrase-file", other)
        assert refused.exit_code == 1
        assert "can't be opened" in refused.output


def test_a_short_passphrase_is_refused(database: Database, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("ngắn", "utf-8")
    refused = keys("backup", tmp_path / "x.dckeys", "--passphrase-file", short)
    assert refused.exit_code == 1
    assert not (tmp_path / "x.dckeys").exists()


def test_another_installations_keyring_is_never_overwritten(
    database: Database, tmp_path: Path, passphrase: Path
) -> None:
    archive = tmp_path / "keyring.dckeys"
    done("backup", archive, "--passphrase-file", passphrase)
    other = Keyring.create(tmp_path / "other")
    before = {file: file.read_bytes() for file in other.path.rglob("*.key")}
    with pytest.raises(archives.OtherKeyring):
        archives.put_back(archives.read(archive, passphrase.read_text("utf-8").strip()), other.path)
    assert {file: file.read_bytes() for file in other.path.rglob("*.key")} == before


def test_an_archive_joins_the_lists_of_what_is_gone_and_writes_nowhere_else(tmp_path: Path) -> None:
    keyring = Keyring.create(tmp_path / "keyring")
    (keyring.path / "tombstones").write_text("a\nb\n", "ascii")
    foreign = archives.Archive(
        NOW, {"tombstones": b"b\nc\n", "../evil": b"x", "named/../../evil": b"x", "named/.x": b"x"}
    )
    assert archives.put_back(foreign, keyring.path) == ["tombstones"]
    assert (keyring.path / "tombstones").read_text("ascii").split() == ["a", "b", "c"]
    assert not (tmp_path / "evil").exists()


def test_no_key_is_destroyed_when_the_audit_log_cannot_be_written(database: Database) -> None:
    day = TODAY - timedelta(days=13)
    with psycopg.connect(database.dsn, autocommit=True) as owner:
        owner.execute(
            "alter table accounts_auditrow add constraint disk_full check (event <> 'key.day_destroyed') not valid"
        )
        refused = keys("destroy-day", day, "--yes", day)
        owner.execute("alter table accounts_auditrow drop constraint disk_full")
    assert refused.exit_code != 0
    assert database.keyring.has_day(day)


def test_a_refused_destruction_leaves_no_row_of_a_destruction(database: Database) -> None:
    before = AuditRow.objects.filter(event="key.day_destroyed").count()
    assert keys("destroy-day", (TODAY - timedelta(days=19)).isoformat(), typed="không\n").exit_code == 1
    assert AuditRow.objects.filter(event="key.day_destroyed").count() == before


def test_a_database_s_password_is_no_argument_of_any_program() -> None:
    from dauchan.cli.postgres import apart

    address, password = apart("postgresql://an:b%40d-secret@db.example:5433/dauchan?sslmode=require")
    assert password == "b@d-secret"
    assert "secret" not in address
    assert set(address.split()) == {"user=an", "host=db.example", "port=5433", "dbname=dauchan", "sslmode=require"}
    assert apart("postgresql:///dauchan?host=/tmp/x&user=dauchan")[1] == ""


def test_a_key_destroyed_by_another_process_is_gone_in_this_one(tmp_path):
    keyring = Keyring.create(tmp_path / "keyring")
    keyring.rotate("ticket")
    assert keyring.named("ticket", 1).id == 1
    Keyring(tmp_path / "keyring").destroy_named("ticket", 1)
    with pytest.raises(KeyMissing):
        keyring.named("ticket", 1)
