"""`dauchan doctor` names each weak state, and only those."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.database import Database

from dauchan import config
from dauchan.cli._examination import Finding, examine
from dauchan.kernel import clock
from dauchan.notify.actions import EVERYBODY
from dauchan.notify.models import Message, State

SMS: dict[str, Any] = {
    "url": "https://sms.example.vn/send",
    "body": {"to": "{phone}", "content": "{text}"},
    "status": {"id_at": "id", "state_at": "state", "delivered": ["DELIVRD"], "undelivered": ["UNDELIV"]},
}
WEAK_BY_TEST_SERVER = ("fsync", "synchronous_commit", "full_page_writes")


@pytest.fixture
def production(database: Database, monkeypatch: pytest.MonkeyPatch) -> config.Installation:
    """The module's installation as if it were in production, everything as it should be."""
    monkeypatch.delenv("DAUCHAN_TRY_OUT")
    (database.data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    for path in (database.data_dir, database.data_dir / "logs"):
        path.chmod(0o700)
    return dataclasses.replace(config.load(), try_out=False, clock="", sms=SMS)


def found(installation: config.Installation) -> list[Finding]:
    """Findings without those that the tests' own server has on purpose."""
    return [finding for finding in examine(installation) if not finding.what.startswith(WEAK_BY_TEST_SERVER)]


def test_a_sound_installation_has_no_finding(production: config.Installation) -> None:
    assert found(production) == []


def test_a_server_that_may_lose_acknowledged_scans_is_a_fault(production: config.Installation) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        said = [finding.what for finding in examine(production) if finding.fault]
        cursor.execute("reset synchronous_commit")
    assert any(what.startswith("synchronous_commit is off") for what in said)


WEAK: dict[str, Callable[[config.Installation], config.Installation]] = {
    "No public host": lambda sound: dataclasses.replace(sound, public_host=""),
    "The clock is set": lambda sound: dataclasses.replace(sound, clock="2021-08-17T08:00+07:00"),
    "The secret key is weak": lambda sound: dataclasses.replace(sound, secret_key="a" * 50),
    "The section [sms]": lambda sound: dataclasses.replace(sound, sms={**SMS, "url": "http://sms.example.vn"}),
    "The section [sms] of installation.toml is not right: status.delivered": lambda sound: dataclasses.replace(
        sound, sms={**SMS, "status": {**SMS["status"], "delivered": []}}
    ),
    "There is no keyring": lambda sound: dataclasses.replace(sound, keyring_dir=sound.data_dir / "nowhere"),
}


@pytest.mark.parametrize("what", WEAK)
def test_each_weak_mark_is_a_fault_by_its_name(production: config.Installation, what: str) -> None:
    (finding,) = found(WEAK[what](production))
    assert finding.what.startswith(what)
    assert finding.fault
    assert finding.remedy


def test_a_keyring_in_the_data_directory_is_a_fault_and_in_a_try_out_a_warning(production: config.Installation) -> None:
    beside = dataclasses.replace(production, data_dir=production.keyring_dir.parent)
    assert [finding.fault for finding in found(beside) if "beside the database" in finding.what] == [True]
    trying = dataclasses.replace(beside, try_out=True)
    assert [finding.fault for finding in found(trying) if "beside the database" in finding.what] == [False]


def test_a_key_that_others_can_read_is_a_fault(production: config.Installation) -> None:
    key = next((production.keyring_dir / "named").glob("*.key"))
    key.chmod(0o644)
    said = [finding.what for finding in found(production) if finding.fault]
    key.chmod(0o600)
    assert said == [f"{key} is open to other accounts of this machine."]


def test_coming_days_without_keys_and_partitions_are_faults(production: config.Installation) -> None:
    with clock.at(clock.now() + timedelta(days=13)):
        said = [finding.what for finding in found(production) if finding.fault]
    assert "Only 0 coming days have keys." in said
    assert "Only 1 coming days have partitions." in said


def test_audit_rows_that_nobody_chains_are_a_fault(production: config.Installation) -> None:
    from dauchan.accounts import audit
    from dauchan.accounts.chain import chain_pending

    audit.record("examination.tried", by=None, at=clock.now() - timedelta(minutes=5))
    assert [finding.what for finding in found(production)] == ["1 audit rows wait to be chained for long."]
    chain_pending()
    assert found(production) == []


def test_a_lost_keyring_is_never_replaced_in_silence(tmp_path: Path) -> None:
    from dauchan.cli import _installation

    assert _installation.create(tmp_path / "data", keyring_dir=tmp_path / "keyring")
    made = config.load({"DAUCHAN_DATA_DIR": str(tmp_path / "data")})
    _installation.keyring_of(made, now=clock.now())
    made.keyring_dir.rename(tmp_path / "lost")
    with pytest.raises(_installation.KeyringGone, match="backup"):
        _installation.keyring_of(made, now=clock.now())
    assert not _installation.create(tmp_path / "data")
    assert not made.keyring_dir.exists()


def test_a_secret_that_is_named_but_empty_is_not_stored(
    production: config.Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAUCHAN_SECRET_KEY", "")
    (finding,) = found(dataclasses.replace(production, secret_key=config.load().secret_key))
    assert finding.what.startswith("No secret key is stored")


def test_a_root_key_that_lies_elsewhere_is_looked_at_too(
    production: config.Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "root.hex"
    elsewhere.write_bytes((production.keyring_dir / "root.key").read_bytes())
    elsewhere.chmod(0o644)
    monkeypatch.setenv("DAUCHAN_ROOT_KEY_FILE", str(elsewhere))
    assert [finding.what for finding in found(production)] == [
        f"{elsewhere} is open to other accounts of this machine."
    ]


def test_a_try_out_is_never_called_strong_in_silence(production: config.Installation) -> None:
    (finding,) = found(dataclasses.replace(production, try_out=True))
    assert finding.what.startswith("This is a try-out")
    assert not finding.fault


def test_a_day_key_that_cannot_be_read_is_a_fault(production: config.Installation) -> None:
    file = max((production.keyring_dir / "days").glob("*.key"))
    content = file.read_bytes()
    file.write_bytes(b"x" * len(content))
    said = [finding.what for finding in found(production)]
    file.write_bytes(content)
    assert said == ["Only 2 coming days have keys."]


def test_an_installation_that_sends_no_messages_or_hears_nothing_of_them_is_warned(
    production: config.Installation,
) -> None:
    (none_set,) = found(dataclasses.replace(production, sms={}))
    (not_heard,) = found(dataclasses.replace(production, sms={name: SMS[name] for name in ("url", "body")}))
    assert (none_set.fault, not_heard.fault) == (False, False)
    assert "No SMS provider" in none_set.what
    assert "delivery receipts" in not_heard.what


def test_messages_that_wait_that_are_lost_and_that_are_too_many_are_faults(production: config.Installation) -> None:
    now = clock.now()
    late, soon = now - timedelta(minutes=5), now + timedelta(minutes=5)
    waiting = Message.objects.create(purpose="code", sealed=b"x", sealed_by=1, made_at=late, expires_at=soon)
    assert [finding.what for finding in found(production)] == ["1 messages have waited for minutes."]
    waiting.delete()
    for state in [State.UNDELIVERED] * 11 + [State.DELIVERED] * 10:
        Message.objects.create(purpose="code", state=state, sealed_by=1, made_at=late, expires_at=soon)
    assert [finding.what for finding in found(production)] == ["11 of 21 messages of the last hour were lost."]
    Message.objects.all().delete()
    assert EVERYBODY.take(now=now, cost=EVERYBODY.capacity)
    assert [finding.fault for finding in found(production) if "budget" in finding.what] == [True]
    EVERYBODY.put_back(now=now, cost=EVERYBODY.capacity)
