"""What documents say of thresholds is what the definition file says."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from dauchan.coverage.definitions import thresholds
from dauchan.coverage.publishing import also_hidden
from dauchan.kernel import clock

DOCS = Path(__file__).parents[2] / "docs"
NOW = asdict(thresholds(clock.local_day(clock.now())))


@pytest.mark.parametrize("page", ["methods/coverage.md", "methods/reports.md", "reference/agencies.md"])
def test_a_document_says_from_how_many_people_on_counts_are_shown(page: str) -> None:
    said = re.findall(r"\b(?:from|but|of) 1 to (\d+)\b", (DOCS / page).read_text("utf-8"))
    assert {int(most) for most in said} == {NOW["fewest_people"] - 1}


def test_the_table_of_thresholds_has_the_numbers_in_force() -> None:
    page = (DOCS / "methods" / "coverage.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)`.*? \| (\d+)", page, re.MULTILINE))
    assert table.keys() >= {"silent_days", "active_check_ins", "counted_days", "fewest_people"}
    assert {name: int(number) for name, number in table.items()} == {name: NOW[name] for name in table}


def test_the_example_of_hidden_counts_comes_out_as_it_is_told() -> None:
    page = (DOCS / "methods" / "reports.md").read_text("utf-8")
    told = re.search(r"communes with ([\d, ]+) people of (\d+): (\d+) is small, (\d+) is hidden with it", page)
    assert told
    counts, (whole, small, also) = [int(each) for each in told[1].split(",")], map(int, told.groups()[1:])
    assert (sum(counts), [each for each in counts if 0 < each < NOW["fewest_people"]]) == (whole, [small])
    hidden = also_hidden(
        {-1: whole} | {each: each for each in counts},
        {-1: None} | dict.fromkeys(counts, -1),
        hidden={small},
        day=clock.local_day(clock.now()),
    )
    assert hidden == {also}
