"""`dauchan trace --engine postgres`: a cluster of its own, the product's table, and nothing left behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from support.database import Database

from dauchan.cli._postgres.account import state_dir
from dauchan.cli._scratch_table import django_in, scratch_schema
from dauchan.cli.trace import command
from dauchan.visits.loading import create_visit_table

NIGHTS = """person,place,point,arrived_at,departed_at
An,Khoa Nội,phòng 3,2026-11-20 20:00,2026-11-23 09:15
Bình,Khoa Nội,phòng 3,2026-11-21 23:30,2026-11-22 00:30
Chi,Căng tin,,2026-11-22 07:00,
Bình,Căng tin,,2026-11-22 07:05,2026-11-22 07:20
"""
COLUMNS = """
select column_name, data_type, is_nullable
from information_schema.columns
where table_schema = %s and table_name = 'visits_visit'
order by ordinal_position
"""
INDEXES = """
select replace(pg_get_indexdef(indexrelid), %s || '.', '')
from pg_index where indrelid = %s::regclass
order by 1
"""


def traced(sheet: Path, *options: str) -> Result:
    return CliRunner().invoke(command, [str(sheet), "--case", "An", "--ruleset", "any-overlap", *options])


def started(sheet: Path, temporary: Path, *options: str) -> "subprocess.Popen[bytes]":
    """The program as an epidemiologist starts it: no server, no settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DAUCHAN"))}
    asked = ["trace", str(sheet), "--case", "An", "--ruleset", "any-overlap", "--json", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "dauchan", *asked],
        env=environment | {"TMPDIR": str(temporary)},
        cwd=temporary,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "visits.csv"
    file.write_text(NIGHTS, "utf-8")
    return file


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the program puts what it throws away."""
    directory = tmp_path / "t"
    directory.mkdir()
    return directory


def clusters_of(sheet: Path) -> list[Path]:
    """The clusters that a run about this file has left where root keeps them."""
    holders = (state_dir() / "clusters").glob("*/holder") if os.geteuid() == 0 else ()
    return [file.parent for file in holders if file.exists() and str(sheet) in file.read_text("utf-8", "replace")]


def test_it_answers_without_any_server_set_up_by_hand_and_leaves_nothing_behind(sheet: Path, temporary: Path) -> None:
    running = started(sheet, temporary, "--engine", "postgres")
    answer, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (0, b"")
    assert answer == started(sheet, temporary, "--engine", "memory").communicate(timeout=60)[0]
    assert list(temporary.iterdir()) == []
    assert clusters_of(sheet) == []


def test_asked_to_end_it_clears_up_first(sheet: Path, temporary: Path) -> None:
    running = started(sheet, temporary, "--engine", "postgres")
    deadline = time.monotonic() + 30
    while not list(temporary.glob("*/cluster.json")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.terminate()
    answer, said = running.communicate(timeout=60)
    assert (running.returncode, answer) == (130, b""), said.decode()
    assert list(temporary.iterdir()) == []
    assert clusters_of(sheet) == []


def test_the_scratch_table_is_the_table_of_the_product(database: Database) -> None:
    with scratch_schema(database.dsn) as schema, psycopg.connect(database.dsn, autocommit=True) as server:
        with django_in(database.dsn, schema):
            create_visit_table()
        columns = [server.execute(COLUMNS, [name]).fetchall() for name in ("public", schema)]
        indexes = [server.execute(INDEXES, [name, f"{name}.visits_visit"]).fetchall() for name in ("public", schema)]
    assert columns[0] == columns[1] != []
    assert indexes[0] == indexes[1] != []


def test_a_file_of_many_years_is_refused_in_one_sentence(database: Database, sheet: Path) -> None:
    sheet.write_text("person,place,arrived_at,departed_at\nAn,x,2020-01-01 08:00,2026-01-01 08:00\n", "utf-8")
    result = traced(sheet, "--engine", "postgres")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Work them out in memory" in result.stderr
    assert traced(sheet, "--engine", "memory").exit_code == 0


def test_a_server_that_is_away_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, sheet: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql:///dauchan?host={tmp_path}")
    result = traced(sheet, "--engine", "postgres")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No scratch schema could be made" in result.stderr
