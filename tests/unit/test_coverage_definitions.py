"""Every indicator comes from one file, is made of counts that exist, and hides few people."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from dauchan.coverage import supplied
from dauchan.coverage.definitions import UnknownIndicator, indicator, indicators, thresholds
from dauchan.coverage.figures import COLUMNS
from dauchan.coverage.publishing import Figure, published

DAY = date(2026, 11, 20)
AS_OF = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONTRACT = [
    "should_exist",
    "registered",
    "coverage",
    "approved",
    "displayed",
    "new_places",
    "active_day",
    "active_day_share",
    "active_7d",
    "active_7d_share",
    "silent_places",
    "never_used",
    "scans",
    "check_ins",
    "check_outs",
    "people",
    "exit_share",
    "reachable_share",
    "scan_ratio",
    "reporting_zero",
    "not_reporting",
    "communes_at_zero",
    "days_at_zero",
    "attested",
    "focal_officers",
    "population",
    "residents_with_pass",
    "pass_share",
    "smartphones",
    "installs",
    "install_share",
    "headcount",
    "staff_with_pass",
    "staff_joined",
    "staff_declared",
    "self_check",
    "first_use_days",
    "scans_7d_mean",
    "people_7d_mean",
    "active_day_7d_mean",
    "new_places_7d_mean",
]


def test_every_promised_indicator_is_there() -> None:
    assert set(CONTRACT) <= indicators().keys()


@pytest.mark.parametrize("code", indicators())
def test_an_indicator_is_made_of_counts_that_exist_and_named_in_both_languages(code: str) -> None:
    one = indicator(code)
    for part in (one.numerator, one.denominator, one.whole):
        assert part is None or part in COLUMNS or part in supplied.CODES
    assert one.name_vi
    assert one.name_en != one.name_vi
    assert "{" not in one.formula_vi + one.formula_en
    assert (one.unit == "percent") <= (one.denominator is not None)


def test_every_count_of_people_is_marked_as_one() -> None:
    of_people = {"people", "reachable", "residents_with_pass", "staff_with_pass", "staff_joined", "staff_declared"}
    for one in indicators().values():
        assert one.people == bool({one.numerator, one.denominator} & of_people), one.code


def test_names_come_in_the_language_of_the_page() -> None:
    with translation.override("en"):
        assert indicator("scans").name == "Scans"
    with translation.override("vi"):
        assert indicator("scans").name == "Lượt quét"


def test_an_unknown_indicator_is_named_in_the_refusal() -> None:
    with pytest.raises(UnknownIndicator, match="nonsense"):
        indicator("nonsense")


def test_thresholds_hold_from_their_day_and_say_whose_they_are() -> None:
    assert thresholds(date(1999, 1, 1)) == thresholds(DAY)
    assert "Chosen by the makers" in thresholds(DAY).source_en


@pytest.mark.parametrize(
    ("code", "numerator", "denominator", "hidden"),
    [
        ("people", 0, None, False),
        ("people", 1, None, True),
        ("people", 9, None, True),
        ("people", 10, None, False),
        ("pass_share", 40, 100, False),
        ("pass_share", 3, 100, True),
        ("pass_share", 97, 100, True),  # all but three
        ("pass_share", 100, 100, False),
        ("pass_share", 0, 100, False),
        ("pass_share", 0, 9, True),  # nobody of nine
        ("staff_joined", 9, None, True),
        ("scans", 2, None, False),  # scans are not people
        ("active_day_share", 1, 3, False),
    ],
)
def test_few_people_are_hidden_and_few_places_are_not(
    code: str, numerator: int, denominator: int | None, hidden: bool
) -> None:
    shown = published(Figure(code, 12.0, numerator, denominator, DAY, AS_OF), denominator)
    assert shown.suppressed == hidden
    assert (shown.value, shown.numerator, shown.denominator) == (
        (None, None, None) if hidden else (12.0, numerator, denominator)
    )
