"""The keyring: keys are made once, read by whoever comes later, and gone for good once they are destroyed."""

from datetime import date, timedelta

import pytest

from dauchan.kernel.keyring import KeyMissing, Keyring

FIRST = date(2026, 10, 1)


@pytest.fixture
def keyring(tmp_path) -> Keyring:
    made = Keyring.create(tmp_path / "keys")
    made.ensure_days(FIRST, back=0, ahead=33)
    return made


def test_a_day_has_one_key_for_every_process(keyring):
    other = Keyring(keyring.path)
    assert other.day_key(FIRST) == keyring.day_key(FIRST)
    assert other.day_key(FIRST) != other.day_key(FIRST + timedelta(days=1))


def test_a_destroyed_day_is_gone_in_other_processes_too_and_is_never_made_again(keyring):
    other = Keyring(keyring.path)
    assert other.day_key(FIRST)
    keyring.destroy_day(FIRST)
    assert keyring.ensure_days(FIRST, back=0, ahead=0) == []
    for each in (keyring, other):
        with pytest.raises(KeyMissing):
            each.day_key(FIRST)


def test_the_key_that_wrapped_a_month_goes_with_its_last_day_so_that_no_old_copy_of_a_day_opens(keyring):
    october = [FIRST + timedelta(days=number) for number in range(31)]
    for day in october[:-1]:
        keyring.destroy_day(day)
    assert sorted(file.stem for file in (keyring.path / "periods").iterdir()) == ["2026-10", "2026-11"]
    keyring.destroy_day(october[-1])
    assert sorted(file.stem for file in (keyring.path / "periods").iterdir()) == ["2026-11"]
    assert keyring.day_key(date(2026, 11, 1))


def test_asking_for_a_key_that_is_not_there_makes_none(keyring):
    before = sorted(keyring.files())
    for ask in (lambda: keyring.day_key(date(2027, 1, 1)), lambda: keyring.named("place", 9)):
        with pytest.raises(KeyMissing):
            ask()
    assert sorted(keyring.files()) == before
