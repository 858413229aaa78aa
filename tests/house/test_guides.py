"""What the guides that ship say is true of this product's pages: buttons, pictures, addresses, both languages."""

import re
from pathlib import Path

import polib
import pytest

from dauchan.guides import pictures, rules
from dauchan.guides.languages import SOURCE, languages
from dauchan.guides.models import Audience, Setting
from dauchan.guides.rules import Content
from dauchan.guides.shipping import Shipped, shipped

PACKAGE = Path(__file__).parents[2] / "src" / "dauchan"
LINK = re.compile(r'\{% guide "([a-z0-9-]+)" %\}|"/huong-dan/([a-z0-9-]+)"')
BOTH = ("vi", "en")
SHORTEST_SCRIPT, LONGEST_SCRIPT = 10, 90


def english() -> dict[str, str]:
    """Every text of the product with its English."""
    found = {}
    for file in sorted(PACKAGE.rglob("locale/en/LC_MESSAGES/django.po")):
        found |= {entry.msgid: entry.msgstr for entry in polib.pofile(str(file))}
    return found


def bold(text: str) -> list[str]:
    return [words for words, is_bold in rules.runs(text) if is_bold]


GUIDES = list(shipped())
named = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)


@named
def test_bold_words_are_texts_of_the_product_and_mean_the_same_in_both_languages(guide: Shipped) -> None:
    texts = english()
    for step in guide.content.steps:
        said = bold(step.words["vi"])
        assert [words for words in said if words not in texts] == []
        assert sorted(texts[words] for words in said) == sorted(bold(step.words["en"]))


@named
def test_a_guide_is_whole_in_both_languages_and_fits_its_papers(guide: Shipped) -> None:
    rules.check(guide.content)
    for language in BOTH:
        assert guide.content.has(language)
        assert all(0 < len(step.few[language]) <= rules.LONGEST_FEW for step in guide.content.steps)
        assert not any("**" in step.few[language] for step in guide.content.steps)
    assert 3 <= len(guide.content.steps) <= rules.MOST_STEPS


@named
def test_a_script_can_be_read_in_a_minute_and_a_half(guide: Shipped) -> None:
    for language in BOTH:
        script = guide.content.texts[language].script
        assert bool(script) == bool(guide.content.texts["vi"].script)
        if script:
            assert SHORTEST_SCRIPT <= languages()[language].seconds(script) <= LONGEST_SCRIPT


@named
def test_audience_and_settings_are_known_ones(guide: Shipped) -> None:
    assert guide.audience in Audience.values
    assert set(guide.settings) <= set(Setting.values)


def test_every_audience_has_readers() -> None:
    assert set(rules.READERS) == set(Audience.values)
    assert all(rules.READERS.values())


def test_every_setting_has_a_guide_of_its_own() -> None:
    assert {setting for guide in GUIDES for setting in guide.settings} == set(Setting.values)


def test_the_first_guide_has_a_citizens_and_an_officers_edition() -> None:
    first = sorted(GUIDES, key=lambda guide: guide.position)[:2]
    assert [guide.audience for guide in first] == ["citizen", "officer"]
    assert all("1324/BTTTT-THH" in guide.content.texts[language].official for guide in first for language in BOTH)


def test_every_pictogram_can_be_printed_and_every_step_has_one() -> None:
    assert all(pictures.svg(name).startswith("<svg ") for name in pictures.PICTURES)
    used = {step.picture for guide in GUIDES for step in guide.content.steps}
    assert used <= set(pictures.PICTURES)


def test_pages_link_only_to_guides_that_ship() -> None:
    files = [*PACKAGE.rglob("*.html"), *(PACKAGE.parents[1] / "frontend" / "src").rglob("*.ts")]
    linked = {one for file in files for found in LINK.findall(file.read_text("utf-8")) for one in found if one}
    assert len(linked) >= 6
    assert linked <= {guide.slug for guide in GUIDES}


def test_guides_promise_no_declaration_bluetooth_or_map() -> None:
    """What is not in this release is named in three guides only, there with the words that it is not."""
    naming = {guide.slug for guide in GUIDES if re.search("Bluetooth|tờ khai y tế", everything(guide.content), re.I)}
    assert naming == {"bo-giai-phap", "bo-giai-phap-can-bo", "cach-ly-cua-khau"}


def everything(content: Content) -> str:
    told = content.texts[SOURCE]
    return " ".join([told.summary, told.script, *(step.words[SOURCE] for step in content.steps)])
