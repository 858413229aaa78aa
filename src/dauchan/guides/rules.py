"""What a guide may hold, which words are bold, who is expected to read it, and what may become of a version.

Pure: values in, values out. Texts are plain: `**words**` stand for a button or a heading of the product's own pages and
are shown bold; nothing else is markup.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from dauchan.guides.languages import SOURCE
from dauchan.kernel.errors import BadInput, Conflict
from dauchan.kernel.search import search_key

LONGEST_TITLE = 120
LONGEST_SUMMARY = 600
LONGEST_WORDS = 400
LONGEST_FEW = 40
LONGEST_SCRIPT = 3000
LONGEST_OFFICIAL = 300
MOST_STEPS = 12
PLAIN_PICTURE = "circle-check"
LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of an attachment. Ours: a scanned letter with its annexes."""

DRAFT, PUBLISHED, REPLACED, WITHDRAWN = "draft", "published", "replaced", "withdrawn"

_FOCAL = frozenset({"focal_officer"})
_HEALTH = frozenset({"commune_health_officer", "district_health_officer", "province_health_officer"})
READERS: dict[str, frozenset[str]] = {
    "citizen": _FOCAL,
    "gate_keeper": _FOCAL,
    "place_owner": _FOCAL,
    "agency": _FOCAL | {"agency_head"},
    "health": _HEALTH,
    "officer": _FOCAL | _HEALTH | {"agency_head", "inspector"},
}
"""Whose roles are expected to have read a guide for an audience: who uses it, or has to explain it to those who do."""

_WORD = re.compile(r"\w+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


class NotADocument(BadInput):
    vi = "Chỉ nhận tệp PDF, nhiều nhất {limit} MB."
    en = "Only a PDF is taken, {limit} MB at most."


class TextMissing(BadInput):
    vi = "Bản tiếng Việt cần tiêu đề, tóm tắt và ít nhất một bước có lời."
    en = "The Vietnamese needs a title, a summary and at least one step with words."


class TooLong(BadInput):
    vi = "Phần “{field}” dài hơn {limit} ký tự. Hãy viết ngắn lại: người đọc đang vội."
    en = "“{field}” is longer than {limit} characters. Say it shorter: readers are in a hurry."


class TooManySteps(BadInput):
    vi = "Một hướng dẫn có nhiều nhất {limit} bước. Hãy chia làm hai."
    en = "A guide has {limit} steps at most. Make two of it."


class UnknownPicture(BadInput):
    vi = "Không có hình này. Hãy chọn trong danh sách."
    en = "There is no such picture. Choose one of the list."


class NotInState(Conflict):
    vi = "Bản này không còn ở tình trạng đó. Hãy tải lại trang."
    en = "This version is no longer in that state. Reload the page."


class EditedMeanwhile(Conflict):
    vi = "Người khác vừa lưu bản nháp này. Lời của bạn vẫn ở đây: hãy mở bản nháp ở cửa sổ khác, so rồi lưu lại."
    en = (
        "Somebody else just saved this draft. Your words are still here: open the draft elsewhere, compare, save again."
    )


@dataclass(frozen=True)
class Step:
    """One step: a picture, and by language the sentence and the few words that a poster shows."""

    picture: str
    words: Mapping[str, str] = field(default_factory=dict)
    few: Mapping[str, str] = field(default_factory=dict)

    def as_stored(self) -> dict[str, object]:
        return {"picture": self.picture, "words": dict(self.words), "few": dict(self.few)}


@dataclass(frozen=True)
class Told:
    """A guide's texts in one language beside its steps; `official` names the official document that belongs to it."""

    title: str
    summary: str
    script: str = ""
    official: str = ""


@dataclass(frozen=True)
class Content:
    """What one version says: its steps, and the texts of each language that it is written in."""

    steps: tuple[Step, ...]
    texts: Mapping[str, Told]

    def has(self, language: str) -> bool:
        """Whether a reader of this language finds all of it."""
        told = self.texts.get(language)
        complete = bool(told and told.title and told.summary)
        return complete and bool(self.steps) and all(step.words.get(language) for step in self.steps)

    def search_text(self, language: str) -> str:
        """Every word that a search in this language finds."""
        told = self.texts[language]
        return " ".join([told.title, told.summary, *(step.words.get(language, "") for step in self.steps)])


def distance(text: str, content: Content) -> tuple[int, int, int]:
    """How far a guide is from a search, the nearest language counting; (0, 0, 0) begins as typed.

    returns   where the words stand: title, below it, nowhere; how: first, as whole words, inside others; other marks
    """
    typed, keys = text.casefold().split(), search_key(text).split()
    found = [(2, 2, 1)]
    for language, told in content.texts.items():
        for place, said in enumerate((told.title, plain(content.search_text(language)))):
            words, known = set(_WORD.findall(said.casefold())), search_key(said)
            if all(key in known for key in keys):
                read = _WORD.findall(known)
                how = 0 if read[: len(keys)] == keys else 1 if set(keys) <= set(read) else 2
                other_marks = typed != keys and not all(word in words for word in typed)
                found.append((place, how, int(other_marks)))
    return min(found)


def check(content: Content) -> None:
    """Whether a draft may be stored like this; it may lack what `check_complete` asks.

    raises   TooManySteps, TooLong
    """
    if len(content.steps) > MOST_STEPS:
        raise TooManySteps(field="steps", limit=MOST_STEPS)
    for step in content.steps:
        for text in step.words.values():
            _check_length("words", text, LONGEST_WORDS)
        for text in step.few.values():
            _check_length("few", text, LONGEST_FEW)
    for told in content.texts.values():
        _check_length("title", told.title, LONGEST_TITLE)
        _check_length("summary", told.summary, LONGEST_SUMMARY)
        _check_length("script", told.script, LONGEST_SCRIPT)
        _check_length("official", told.official, LONGEST_OFFICIAL)


def _check_length(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise TooLong(field=name, limit=limit)


def check_complete(content: Content) -> None:
    """Whether a version may be published: the Vietnamese is whole; other languages may still wait.

    raises   TextMissing
    """
    if not content.has(SOURCE):
        raise TextMissing


def check_document(content: bytes) -> None:
    """Whether an upload is a PDF of the size that is taken.

    raises   NotADocument
    """
    if len(content) > LARGEST_FILE or not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise NotADocument(field="file", limit=LARGEST_FILE // 1024 // 1024)


def runs(text: str) -> list[tuple[str, bool]]:
    """A text as its stretches, each with whether it is bold."""
    parts = _BOLD.split(text)
    return [(part, at % 2 == 1) for at, part in enumerate(parts) if part]


def plain(text: str) -> str:
    """A text without the marks of bold words."""
    return _BOLD.sub(r"\1", text)


def steps_from(answer: str) -> tuple[Step, ...]:
    """A place's answer as the first steps of a guide: one a line, cut where a step would be too long."""
    lines = [words for line in answer.splitlines() for words in wrap(line, LONGEST_WORDS)]
    return tuple(Step(PLAIN_PICTURE, {"vi": words}) for words in lines[:MOST_STEPS])
