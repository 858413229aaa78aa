"""`dauchan trace` prints the same bytes whichever engine answers: small generated files, both engines, one server.

Each run of the postgres engine makes a schema of its own on the module's server, as it does with DATABASE_URL.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from support.database import Database

from dauchan.cli.trace import command
from dauchan.kernel.clock import LOCAL

SECONDS = 25
"""How long examples are tried; on a quick machine they are all tried before."""
FIRST = datetime(2026, 11, 20, 12, tzinfo=LOCAL)
PERSONS = ("An", "Ân", "a10", "a9", "B", "b c")
SPOTS = (("x", ""), ("x", "1"), ("x", "10"), ("x", "9"), ("y", ""))
HALF_HOURS = 2 * 24 * 4
"""Arrivals over four days; stays of up to three cross several midnights."""
LENGTHS = (0, 1, 2, 3, 5, 13, 24, 25, 49, 60, 144)

pytestmark = pytest.mark.usefixtures("database")


def clock_time(half_hours: int) -> str:
    return f"{FIRST + timedelta(minutes=30 * half_hours):%Y-%m-%d %H:%M}"


@st.composite
def lines(draw: st.DrawFn) -> str:
    arrived = draw(st.integers(0, HALF_HOURS))
    length = draw(st.none() | st.sampled_from(LENGTHS))
    departed = "" if length is None else clock_time(arrived + length)
    return ",".join([draw(st.sampled_from(PERSONS)), *draw(st.sampled_from(SPOTS)), clock_time(arrived), departed])


files = st.lists(lines(), min_size=2, max_size=14, unique=True)
periods = st.one_of(
    st.just(["--ruleset", "any-overlap"]),
    st.tuples(st.integers(0, HALF_HOURS // 2), st.integers(1, HALF_HOURS)).map(
        lambda two: ["--from", clock_time(two[0]), "--to", clock_time(sum(two))]
    ),
    st.sampled_from(["2026-11-20", "2026-11-22", "2026-11-25"]).map(lambda day: ["--onset", day]),
)
asked = st.builds(
    lambda period, generations, stay, backward: [
        *period,
        "--generations",
        str(generations),
        "--default-stay",
        str(stay),
        *["--backward"][:backward],
    ],
    periods,
    st.integers(1, 3),
    st.sampled_from([30, 120, 3000]),
    st.booleans(),
)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheet") / "visits.csv"


@pytest.fixture(scope="module")
def deadline() -> float:
    return time.monotonic() + SECONDS


def printed(sheet: Path, case: str, options: list[str], engine: str) -> bytes:
    arguments = [str(sheet), "--case", case, *options, "--json", "--engine", engine]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes


@settings(max_examples=150, deadline=None)
@given(rows=files, options=asked)
def test_a_generated_file_gets_the_same_answer_from_both_engines(
    sheet: Path, deadline: float, rows: list[str], options: list[str]
) -> None:
    if time.monotonic() > deadline:
        return
    sheet.write_text("\n".join(["person,place,point,arrived_at,departed_at", *rows]), "utf-8")
    case = rows[0].partition(",")[0]
    assert printed(sheet, case, options, "postgres") == printed(sheet, case, options, "memory")


SCENES = {
    "a stay over several midnights": """
        ana,ward,3,2026-11-20 20:00,2026-11-23 09:15
        ben,ward,3,2026-11-21 23:30,2026-11-22 00:30
        chi,ward,3,2026-11-22 00:00,2026-11-24 00:00
        dao,ward,3,2026-11-23 09:15,2026-11-23 10:00""",
    "departures missing on both sides of midnight": """
        ana,cafe,,2026-11-20 23:00,
        ben,cafe,,2026-11-20 23:50,
        ben,home,,2026-11-21 00:10,
        chi,home,,2026-11-21 00:00,2026-11-21 06:00
        chi,cafe,,2026-11-20 23:59,""",
    "empty points beside named ones": """
        ana,market,,2026-11-20 08:00,2026-11-20 10:00
        ben,market,,2026-11-20 09:00,2026-11-20 11:00
        chi,market,1,2026-11-20 09:00,2026-11-20 11:00
        ana,market,1,2026-11-20 10:30,2026-11-20 10:45""",
    "two carriers at one instant, the lower one by code point": """
        ana,bus,,2026-11-20 06:00,2026-11-20 07:00
        zoe,bus,,2026-11-20 06:00,2026-11-20 07:00
        Zoe,bus,,2026-11-20 06:00,2026-11-20 07:00
        ân,hall,,2026-11-20 08:00,2026-11-20 09:00
        zoe,hall,,2026-11-20 08:00,2026-11-20 09:00
        Zoe,hall,,2026-11-20 08:00,2026-11-20 09:00""",
    "one person twice at one point, over midnight": """
        ana,dorm,2,2026-11-20 20:00,2026-11-20 21:30
        ana,dorm,2,2026-11-20 21:00,2026-11-22 08:00
        ana,dorm,2,2026-11-20 22:00,
        ana,dorm,2,2026-11-20 22:00,2026-11-21 12:00
        ben,dorm,2,2026-11-20 21:15,2026-11-21 09:00
        ben,dorm,2,2026-11-20 21:15,
        chi,dorm,2,2026-11-21 07:00,2026-11-21 07:00""",
}


@pytest.mark.parametrize("scene", sorted(SCENES))
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_a_scene_gets_the_same_answer_from_both_engines(sheet: Path, scene: str, backward: bool) -> None:
    rows = [row.strip() for row in SCENES[scene].strip().splitlines()]
    sheet.write_text("\n".join(["person,place,point,arrived_at,departed_at", *rows]), "utf-8")
    options = ["--ruleset", "any-overlap", "--generations", "3", *["--backward"][:backward]]
    answer = printed(sheet, "ana", options, "memory")
    assert b'"generation": 1' in answer
    assert printed(sheet, "ana", options, "postgres") == answer


def test_nothing_of_the_file_is_left_on_the_server(database: Database, sheet: Path) -> None:
    sheet.write_text("person,place,arrived_at\nana,x,2026-11-20 08:00\n", "utf-8")
    printed(sheet, "ana", ["--ruleset", "any-overlap"], "postgres")
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute("select nspname from pg_namespace where nspname like 'dauchan_trace%'").fetchall()
    assert found == []
