"""Rulesets: which is in force, and that no number stands without its source."""

import ast
from datetime import date
from pathlib import Path

import pytest

from dauchan.tracing import rulesets


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2020, 12, 3), "5053"),
        (date(2021, 12, 28), "5053"),
        (date(2021, 12, 29), "11042"),
        (date(2022, 4, 14), "11042"),
        (date(2022, 4, 15), "1909"),
        (date(2026, 11, 23), "1909"),
    ],
)
def test_the_ruleset_in_force_is_the_latest_one_that_took_effect_by_that_day(day: date, name: str) -> None:
    assert rulesets.in_force(day).name == name


def test_before_the_first_version_no_ruleset_is_in_force_and_the_message_names_those_to_choose_from() -> None:
    with pytest.raises(rulesets.NoRulesetInForce, match=r"02/12/2020.*5053, 11042, 1909, any-overlap"):
        rulesets.in_force(date(2020, 12, 2))


def test_the_ruleset_for_research_has_no_date_and_grades_nothing() -> None:
    research = rulesets.load("any-overlap")
    assert (research.effective_from, research.grades, research.latent_days) == (None, False, 0)


@pytest.mark.parametrize("name", ["9999", "../rulesets/5053", "", "5053.toml"])
def test_an_unknown_name_is_refused_with_the_names_that_exist(name: str) -> None:
    with pytest.raises(rulesets.UnknownRuleset, match="5053, 11042, 1909, any-overlap"):
        rulesets.load(name)


@pytest.mark.parametrize("name", rulesets.names())
def test_every_number_says_where_it_comes_from_and_who_chose_it(name: str) -> None:
    for key, number in rulesets.load(name).numbers.items():
        assert number.by in {"text", "us"}, key
        assert len(number.source) > 5, key
        assert number.value == getattr(rulesets.load(name), key)


@pytest.mark.parametrize(
    ("name", "days_before", "metres", "minutes"), [("5053", 3, 2, 15), ("11042", 2, 2, 15), ("1909", 2, 1, 15)]
)
def test_official_versions_hold_the_numbers_of_their_texts(
    name: str, days_before: int, metres: int, minutes: int
) -> None:
    ruleset = rulesets.load(name)
    assert (ruleset.days_before_onset, ruleset.distance_m, ruleset.close_minutes) == (days_before, metres, minutes)


def test_the_sentence_about_the_setting_is_made_from_the_numbers() -> None:
    assert "trong vòng 1 m" in rulesets.load("1909").setting_vi
    assert "within 2 m" in rulesets.load("11042").setting_en


def test_the_digest_names_the_content_of_a_file() -> None:
    assert len({rulesets.load(name).digest for name in rulesets.names()}) == len(rulesets.names())


@pytest.mark.parametrize("module", ["rules.py", "engines/base.py", "engines/memory.py"])
def test_no_threshold_is_written_in_code(module: str) -> None:
    code = Path(rulesets.__file__).parents[1].joinpath(module).read_text(encoding="utf-8")
    nodes = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    numbers = {node.value for node in nodes if type(node.value) in (int, float)}
    assert numbers <= {0, 1, 2, 60, 1970}, "2 is a position, 60 turns seconds into minutes, 1970 is the epoch"
