"""Every text of pages, commands and forms has its English, and no English stands there for a text that is gone."""

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from dauchan.gates.texts import texts

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dauchan"
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def texts_in_python(file: Path) -> Iterator[tuple[int, str]]:
    with file.open("rb") as source:
        for line, message, _, _ in extract("python", source, keywords=KEYWORDS):
            yield line, message if isinstance(message, str) else next(part for part in message if part)


def texts_in_template(file: Path) -> Iterator[tuple[int, str]]:
    """Django's own reading of a template as Python text; indentation means nothing in it and would only confuse."""
    python = "\n".join(line.strip() for line in templatize(file.read_text("utf-8")).splitlines())
    for line, message, _, _ in extract("python", io.BytesIO(python.encode()), keywords=KEYWORDS):
        yield line, message if isinstance(message, str) else next(part for part in message if part)


@cache
def used() -> dict[str, str]:
    """Each text of the product with one place where it stands."""
    found: dict[str, str] = {}
    for reader, pattern in ((texts_in_python, "*.py"), (texts_in_template, "*.html"), (texts_in_template, "*.txt")):
        for file in sorted(PACKAGE.rglob(pattern)):
            if pattern != "*.py" and "templates" not in file.parts:
                continue
            for line, message in reader(file):
                found.setdefault(message, f"{file.relative_to(PACKAGE)}:{line}")
    return found


def catalogues() -> list[Path]:
    return sorted(PACKAGE.rglob("locale/en/LC_MESSAGES/django.po"))


def english(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_text_has_its_english() -> None:
    translated = {
        entry.msgid
        for file in catalogues()
        for entry in polib.pofile(str(file))
        if all(english(entry)) and not entry.fuzzy
    }
    missing = [f"{place}: {text}" for text, place in used().items() if text not in translated]
    assert not missing, "\n".join(["no English for", *missing])


@pytest.mark.parametrize("file", catalogues(), ids=lambda file: file.relative_to(PACKAGE).parts[0])
def test_no_english_is_kept_for_a_text_that_is_gone(file: Path) -> None:
    known = used()
    assert [entry.msgid for entry in polib.pofile(str(file)) if entry.msgid not in known] == []


@pytest.mark.parametrize("file", catalogues(), ids=lambda file: file.relative_to(PACKAGE).parts[0])
def test_a_translation_keeps_the_blanks_of_its_text(file: Path) -> None:
    broken = [
        entry.msgid
        for entry in polib.pofile(str(file))
        for text in english(entry)
        if set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        or (not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(entry.msgid)))
    ]
    assert broken == []


@pytest.mark.parametrize("file", catalogues(), ids=lambda file: file.relative_to(PACKAGE).parts[0])
def test_a_text_stands_once_in_its_catalogue(file: Path) -> None:
    ids = [(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(file))]
    assert sorted(text for _, text in ids if ids.count((_, text)) > 1) == []


def test_a_text_has_one_english_wherever_it_is_used() -> None:
    """All catalogues are one: of two translations of a text, whichever was loaded first would be seen."""
    said: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for file in catalogues():
        for entry in polib.pofile(str(file)):
            said[entry.msgctxt, entry.msgid].add("\n".join(english(entry)))
    assert {text: words for (_, text), words in said.items() if len(words) > 1} == {}


def test_every_sentence_of_the_gate_app_is_told_and_none_in_vain() -> None:
    """The app asks by keys; some are put together from a kind, so those are held against the kinds."""
    scripts = "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "frontend/src/gate").glob("*.ts")))
    asked = set(re.findall(r'\bt\("(\w+)"', scripts))
    asked |= {key for either in re.findall(r'\bt\([^)]*\? "(\w+)" : "(\w+)"', scripts) for key in either}
    begun = set(re.findall(r"\bt\(`(\w+_)\$", scripts))
    keys = set(texts())
    assert asked - keys == set()
    by_kind = {key for key in keys if any(key.startswith(start) for start in begun)}
    assert keys - asked - by_kind - {"in", "out"} == set()
    faults = set(re.findall(r'"(code_\w+)"', (ROOT / "frontend/src/gate/codes.ts").read_text("utf-8")))
    assert {f"no_{fault}" for fault in faults} <= keys
    assert {f"colour_{colour}" for colour in ("grey", "green", "yellow", "orange", "red")} <= keys
