"""`dauchan trace` as an epidemiologist runs it, and the worked example of its page."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dauchan.cli.trace import command

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "trace.md"

MARKET = """person,place,point,arrived_at,departed_at
ana,market,2,2026-11-20 08:00,2026-11-20 08:52
ben,market,2,2026-11-20 08:10,2026-11-20 09:00:30
ben,cafe,,2026-11-20 10:30,2026-11-20 10:40
chi,cafe,,2026-11-20 10:00,
dao,school,,2026-11-20 06:00,2026-11-20 07:00
ben,school,,2026-11-20 06:30,2026-11-20 07:00
"""


def traced(tmp_path: Path, *options: str, content: str = MARKET) -> Result:
    path = tmp_path / "visits.csv"
    path.write_text(content, encoding="utf-8")
    return CliRunner(env={"LANG": "en", "COLUMNS": "200"}).invoke(command, [str(path), *options])


def answered(tmp_path: Path, *options: str, content: str = MARKET) -> dict[str, Any]:
    result = traced(tmp_path, *options, "--json", content=content)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_example_of_the_page_prints_what_the_page_shows(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (sheet,) = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"```console\n\$ dauchan trace visits.csv (.*?)```", page, re.DOTALL)
    options, _, printed = shown.partition("\n")
    result = traced(tmp_path, *options.split(), content=sheet)
    assert [line.split() for line in printed.splitlines() if line.strip(" ─")] == [
        line.split() for line in (result.stderr + result.stdout).splitlines() if line.strip(" ─")
    ]


def test_the_answer_names_each_contact_with_the_evidence(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "ana", "--ruleset", "any-overlap")
    ben, chi = answer["contacts"]
    assert ben == {
        "person": "ben",
        "generation": 1,
        "via": "ana",
        "class": "ungraded",
        "certain_minutes": 42.0,
        "possible_minutes": 42.0,
        "cumulative_minutes": 42.0,
        "encounters": [
            {
                "place": "market",
                "point": "2",
                "start": "2026-11-20T08:10:00+07:00",
                "end": "2026-11-20T08:52:00+07:00",
                "certain_minutes": 42.0,
                "possible_minutes": 42.0,
            }
        ],
        "exposure": "2026-11-20T08:10:00+07:00",
        "earliest_exposure": "2026-11-20T08:10:00+07:00",
        "earliest_via": "ana",
        "reason": {
            "vi": "Cùng market, 2, 08:10–08:52 ngày 20/11/2026: 42 phút chắc chắn",
            "en": "Both at market, 2, 08:10–08:52 on 20/11/2026: 42 certain minutes",
        },
    }
    assert (chi["person"], chi["via"], chi["certain_minutes"], chi["possible_minutes"]) == ("chi", "ben", 0.0, 10.0)


def test_onset_sets_the_infectious_period_by_the_ruleset_in_force_that_day(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "ana", "--onset", "21/11/2026")
    assert (answer["ruleset"], answer["window"]) == (
        "1909",
        {"from": "2026-11-19T00:00:00+07:00", "to": "2026-12-05T00:00:00+07:00"},
    )
    assert [each["class"] for each in answer["contacts"]] == ["close", "brief"]
    assert answered(tmp_path, "--case", "ana", "--onset", "2021-06-30")["ruleset"] == "5053"


def test_from_and_to_bound_the_case_only(tmp_path: Path) -> None:
    answer = answered(
        tmp_path,
        "--case",
        "ana",
        "--from",
        "2026-11-20 08:30",
        "--to",
        "2026-11-20T08:40+07:00",
        "--ruleset",
        "any-overlap",
    )
    assert [(each["person"], each["possible_minutes"]) for each in answer["contacts"]] == [("ben", 10.0), ("chi", 10.0)]


def test_a_day_alone_counts_whole(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "ana", "--from", "2026-11-20", "--to", "2026-11-20")
    assert answer["window"] == {"from": "2026-11-20T00:00:00+07:00", "to": "2026-11-21T00:00:00+07:00"}
    assert answer["ruleset"] == "1909"


def test_backward_tells_who_may_have_infected_the_case(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "chi", "--backward", "--ruleset", "any-overlap", "--generations", "3")
    assert [
        (each["person"], each["generation"], each["via"], each["latest_exposure"]) for each in answer["contacts"]
    ] == [
        ("ben", 1, "chi", "2026-11-20T10:40:00+07:00"),
        ("ana", 2, "ben", "2026-11-20T08:52:00+07:00"),
        ("dao", 2, "ben", "2026-11-20T07:00:00+07:00"),
    ]
    assert "earliest_exposure" not in answer["contacts"][0]


def test_backward_from_onset_looks_at_the_days_of_incubation(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "chi", "--backward", "--onset", "2026-11-25")
    assert answer["window"] == {"from": "2026-11-11T00:00:00+07:00", "to": "2026-11-25T00:00:00+07:00"}


def test_the_default_stay_can_be_set(tmp_path: Path) -> None:
    answer = answered(tmp_path, "--case", "ana", "--ruleset", "any-overlap", "--default-stay", "35")
    assert [each["possible_minutes"] for each in answer["contacts"]] == [42.0, 5.0]


def test_minutes_are_exact_to_the_second(tmp_path: Path) -> None:
    content = (
        "person,place,arrived_at,departed_at\n"
        "a,x,2026-11-20 08:00:00,2026-11-20 09:00:20\n"
        "b,x,2026-11-20 08:59:50,2026-11-20 10:00\n"
    )
    (b,) = answered(tmp_path, "--case", "a", "--ruleset", "any-overlap", content=content)["contacts"]
    assert b["certain_minutes"] == 0.5


def test_bad_lines_are_told_and_counted_and_the_rest_is_traced(tmp_path: Path) -> None:
    result = traced(
        tmp_path, "--case", "ana", "--ruleset", "any-overlap", "--json", content=MARKET + ",x,,2026-11-20 08:00,\n"
    )
    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        ["line 8, column person: is empty", "1 dòng bị loại. / 1 lines were left out."],
    )
    assert json.loads(result.stdout)["rejected"] == [{"line": 8, "column": "person", "reason": "is empty"}]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--case", "zoe", "--ruleset", "any-overlap"], "No usable line is about the person asked for"),
        (["--case", "ana"], "Give the day of onset"),
        (["--case", "ana", "--onset", "2019-01-01"], "No ruleset was in force on 01/01/2019"),
        (["--case", "ana", "--onset", "2026-11-21", "--ruleset", "any-overlap"], "has no infectious period"),
        (["--case", "ana", "--onset", "2026-11-21", "--from", "2026-11-20"], "Use either --onset, or --from and --to"),
        (["--case", "ana", "--from", "2026-11-21 08:00", "--to", "2026-11-20 08:00"], "--from must lie before --to"),
        (["--case", "ana", "--from", "2026-11-21 08:00"], "needs --onset, or both --from and --to"),
        (["--case", "ana", "--ruleset", "nonsense"], "There is no ruleset named “nonsense”"),
        (["--case", "ana", "--onset", "soon"], "not a time like"),
        (["--case", "ana", "--generations", "0"], "0 is not in the range"),
        ([], "Missing option '--case'"),
    ],
)
def test_a_question_that_can_not_be_answered_gets_one_sentence_and_exit_code_2(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    result = traced(tmp_path, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


@pytest.mark.parametrize(
    "content", ["", "person,place,arrived_at\n", "person,place,arrived_at\nana,x,soon\n", "a,b\n1,2\n"]
)
def test_a_file_without_a_usable_line_gets_exit_code_2(tmp_path: Path, content: str) -> None:
    result = traced(tmp_path, "--case", "ana", "--ruleset", "any-overlap", content=content)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) >= 2


def test_strict_stops_at_bad_lines(tmp_path: Path) -> None:
    result = traced(tmp_path, "--case", "ana", "--ruleset", "any-overlap", "--strict", content=MARKET + "x\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "which --strict does not allow" in result.stderr


def test_names_with_markup_are_printed_as_they_are(tmp_path: Path) -> None:
    content = MARKET.replace("ben", "[red]ben[/]")
    assert "[red]ben[/]" in traced(tmp_path, "--case", "ana", "--ruleset", "any-overlap", content=content).stdout


def test_the_command_starts_without_django() -> None:
    code = "import sys, dauchan.cli.trace; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
