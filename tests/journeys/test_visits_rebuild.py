"""`dauchan visits rebuild`: everything derived is forgotten and comes back the same."""

import pytest
from click.testing import CliRunner
from django.db import connection
from support.town import Town, build, local

from dauchan.cli.visits import command as visits

CLOCK = "2026-11-20T12:00+07:00"
DERIVED = "select * from visits_visit order by day, token, arrived_at"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_visits_come_back_the_same_with_what_was_spoiled_in_between(town, derive, database):
    town.statuses(
        town.scan("ana", "cafe", "10:00"),
        town.scan("ben", "cafe", "10:20"),
        town.scan("ana", "cafe", "11:00", "out"),
        town.scan("dung", "ward", local("2026-11-17T20:00")),
        town.scan("dung", "ward", local("2026-11-19T07:00"), "out"),
    )
    derive()
    before = rows(DERIVED)
    assert len(before) == 5
    with connection.cursor() as cursor:
        cursor.execute("delete from visits_visit where day < date '2026-11-20'")
    done = CliRunner().invoke(visits, ["--data-dir", str(database.data_dir), "rebuild"])
    assert (done.exit_code, done.stdout.strip()) == (0, "rebuilt")
    assert rows(DERIVED) == before
    assert rows("select count(*) from visits_dirty") == [(0,)]
