"""What a guide may hold, what is bold in it, how long it takes to read aloud, and its address."""

import pytest

from dauchan.guides import rules
from dauchan.guides.languages import languages
from dauchan.guides.rules import Content, Step, Told


def content(steps: int = 1, **told: str) -> Content:
    one = Step("scan", {"vi": "Quét **Vào**"}, {"vi": "Quét"})
    return Content((one,) * steps, {"vi": Told(**{"title": "Chợ", "summary": "Ngắn", **told})})


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Bấm **Vào**.", [("Bấm ", False), ("Vào", True), (".", False)]),
        ("**Vào** hay **Ra**", [("Vào", True), (" hay ", False), ("Ra", True)]),
        ("2 ** 3, và <b>đậm</b>", [("2 ** 3, và <b>đậm</b>", False)]),
        ("", []),
    ],
)
def test_words_between_two_stars_are_bold_and_nothing_else_is_markup(text, runs):
    assert rules.runs(text) == runs


def test_a_script_of_170_syllables_takes_a_minute_in_vietnamese_and_none_takes_no_time():
    assert languages()["vi"].seconds("xin " * 170) == 60
    assert languages()["vi"].seconds("xin " * 171) == 61
    assert languages()["vi"].seconds("") == 0


def test_a_language_is_there_when_its_title_summary_and_every_step_are():
    whole = content()
    assert whole.has("vi")
    assert not whole.has("en")
    assert not content(summary="").has("vi")
    assert not Content((*whole.steps, Step("scan", {"en": "Scan"})), whole.texts).has("vi")
    assert not Content((), whole.texts).has("vi")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (content(rules.MOST_STEPS + 1), rules.TooManySteps),
        (content(title="a" * (rules.LONGEST_TITLE + 1)), rules.TooLong),
        (content(script="a" * (rules.LONGEST_SCRIPT + 1)), rules.TooLong),
        (Content((Step("scan", {"vi": "a" * (rules.LONGEST_WORDS + 1)}),), content().texts), rules.TooLong),
        (Content((Step("scan", {}, {"vi": "a" * (rules.LONGEST_FEW + 1)}),), content().texts), rules.TooLong),
    ],
)
def test_what_is_too_much_for_a_reader_in_a_hurry_is_refused(told, problem):
    rules.check(content(rules.MOST_STEPS))
    with pytest.raises(problem):
        rules.check(told)


def test_a_search_is_nearest_to_what_its_title_begins_with_then_to_whole_words_and_the_same_marks():
    told = {
        "for": Told("Hướng dẫn cho trường học", "Quét"),
        "market": Told("Chợ, siêu thị", "Quét trước khi vào"),
        "inside": Told("Chòi canh", "Quét"),
        "below": Told("Bến xe", "Như ở chợ"),
        "below_for": Told("Rạp phim", "Dành cho khách"),
    }

    def found(text: str) -> list[str]:
        near = {name: rules.distance(text, Content((), {"vi": one})) for name, one in told.items()}
        return sorted(told, key=lambda name: near[name])

    assert found("cho") == ["market", "for", "inside", "below", "below_for"]
    assert found("chợ") == ["market", "for", "inside", "below", "below_for"]
    assert rules.distance("Chợ", Content((), {"vi": told["market"]})) == (0, 0, 0)
    assert rules.distance("chợ", Content((), {"vi": told["for"]})) == (0, 1, 1)
    assert rules.distance("không đâu", Content((), {"vi": told["for"]})) == (2, 2, 1)
