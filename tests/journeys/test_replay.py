"""A file sent as an integrator would send it: registered, recorded once, every line answered for."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from dauchan.accounts.actions import create_credential
from dauchan.cli.replay import command as replay
from dauchan.kernel import clock

CLOCK = "2026-11-20T20:00+07:00"

VISITS = """person,place,point,arrived_at,departed_at
ana,café,,2021-08-16 10:00,2021-08-16 11:00
ben,café,,2021-08-16 10:20,2021-08-16 11:30
ben,market,back gate,2021-08-16 11:30,2021-08-16 12:00
chi,market,back gate,2021-08-17 11:45,
dung,ward,,2021-08-16 20:00,2021-08-17 07:00
"""
SCANS = """person;place;point;at;direction
ana;kiosk;;16/08/2021 10:00;vào
ana;kiosk;;16/08/2021 10:30;ra
"""


@pytest.fixture(scope="module")
def token(server, database) -> str:
    now = clock.now()
    scopes = ["scans:write", "scans:backfill", "places:register", "people:register"]
    _, token = create_credential(
        kind="integrator", name="replay", scopes=scopes, expires_at=now + timedelta(days=1), by=None, now=now
    )
    return token


@pytest.fixture
def send(server, token, tmp_path):
    def run(text: str, *options: str, name: str = "visits.csv", address: str = "") -> Result:
        file = tmp_path / name
        file.write_text(text, "utf-8")
        return CliRunner().invoke(replay, [str(file), "--url", address or server, "--token", token, "--json", *options])

    return run


def told(result: Result) -> dict[str, Any]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout.strip().splitlines()[-1])


def counts(result: Result) -> dict[str, int]:
    return {name: count for name, count in told(result).items() if name != "troubles" and count}


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_a_visits_file_is_registered_and_recorded_once_however_often_it_is_sent(send, derive):
    options = ("--register", "--shift-to", "2026-11-19")
    first = send(VISITS, *options)
    assert (first.exit_code, counts(first)) == (0, {"accepted": 9})
    assert counts(send(VISITS, *options)) == {"duplicate": 9}
    assert rows("select count(*) from places_place where external_code in ('café', 'market', 'ward')") == [(3,)]
    derive()
    stays = rows("select arrived_at, departed_at, departed_by from visits_visit order by 1, 2")
    local = [(start.astimezone(clock.LOCAL), end.astimezone(clock.LOCAL), by) for start, end, by in stays]
    assert [(f"{start:%d %H:%M}", f"{end:%d %H:%M}", by) for start, end, by in local] == [
        ("18 10:00", "18 11:00", 1),
        ("18 10:20", "18 11:30", 1),
        ("18 11:30", "18 12:00", 1),
        ("18 20:00", "19 00:00", 4),
        ("19 00:00", "19 07:00", 1),
        ("19 11:45", "19 12:45", 4),
    ]


def test_a_scans_file_in_vietnamese_words_and_semicolons_is_sent_too(send):
    assert counts(send(SCANS, "--register", "--shift-to", "2026-11-19", name="scans.csv")) == {"accepted": 2}


def test_lines_that_cannot_be_read_or_recorded_are_told_with_number_and_reason_and_the_exit_code_says_so(send):
    text = VISITS + "eve,café,,yesterday,\nfay,café,,2021-08-17 12:00,2021-08-17 11:00\n"
    bad = send(text, "--register", "--shift-to", "2026-11-19", name="bad.csv")
    assert (bad.exit_code, counts(bad)) == (1, {"accepted": 9, "rejected": 2})
    assert [(each["line"], each["code"]) for each in told(bad)["troubles"]] == [(7, "line"), (8, "line")]
    old = send(VISITS, "--register", name="old.csv")
    assert (old.exit_code, counts(old)) == (1, {"rejected": 9})
    assert {each["code"] for each in told(old)["troubles"]} == {"too_old"}


def test_a_changed_line_is_a_conflict_and_what_stands_stays(send):
    options = ("--register", "--shift-to", "2026-11-19")
    send(VISITS, *options, name="changed.csv")
    again = send(VISITS.replace("chi,market", "cho,market"), *options, name="changed.csv")
    assert (again.exit_code, counts(again)) == (1, {"duplicate": 8, "conflict": 1})


def test_sending_goes_on_from_a_line(send):
    options = ("--register", "--shift-to", "2026-11-19", "--from-line", "5")
    assert counts(send(VISITS, *options, name="rest.csv")) == {"accepted": 3}


def test_points_may_be_named_by_their_numbers_without_registering_anything(send, database):
    ((point,),) = rows("select min(id) from places_point")
    text = f"person,place,point,at,direction\nana,x,{point},2026-11-20 09:00,in\nana,y,,2026-11-20 10:00,in\n"
    result = send(text, name="numbers.csv")
    assert (result.exit_code, counts(result)) == (1, {"accepted": 1, "rejected": 1})
    assert told(result)["troubles"][0]["code"] == "no_such_point"


def test_nothing_made_up_is_registered_in_an_installation_that_is_no_try_out(send, database, tmp_path):
    import os

    from support.web import serving

    os.environ["DAUCHAN_TRY_OUT"] = "false"
    real = type(database)(database.dsn, database.keyring, database.data_dir, database.started_at)
    environment = {**real.environment, "DAUCHAN_TRY_OUT": "false"}

    class Real:
        environment: dict[str, str]

    serious = Real()
    serious.environment = environment
    with serving(serious, tmp_path / "real.log") as address:
        refused = send(VISITS, "--register", address=address)
    assert refused.exit_code == 1
    assert "try-out" in str(refused.exception)


def test_a_token_that_nobody_knows_is_refused_in_one_sentence(server, tmp_path):
    file = tmp_path / "visits.csv"
    file.write_text(VISITS, "utf-8")
    refused = CliRunner().invoke(replay, [str(file), "--url", server, "--token", "dc_x_y"])
    assert "401" in str(refused.exception) or "credential" in str(refused.exception) or refused.exit_code == 1
