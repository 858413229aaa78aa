"""Search and sort keys for Vietnamese text, computed here so that nothing depends on the server's locale."""

import unicodedata

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_ORDER = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_SHAPES = {"\u0306", "\u0302", "\u031b"}


def search_key(text: str) -> str:
    """The text as people type it in a hurry: lower case, no marks, đ as d, single spaces."""
    return " ".join(without_marks(text.casefold()).split())


def without_marks(text: str) -> str:
    """The text without its marks, Đ as D."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return unicodedata.normalize("NFC", plain)


def sort_key(text: str) -> str:
    """A key whose byte order is Vietnamese dictionary order: letters first, tones (ngang huyền hỏi ngã sắc nặng) after.

    Compares word by word under collation C; digits sort before letters.
    """
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", text.casefold()):
        base, tone = _split(letter)
        if base in _ORDER:
            letters.append(chr(ord("A") + _ORDER[base]))
            tones.append(str(tone))
        elif base.isdigit():
            letters.append(base)
        elif base.isspace() and letters and letters[-1] != " ":
            letters.append(" ")
    return "".join(letters).strip() + "\t" + "".join(tones)


def _split(letter: str) -> tuple[str, int]:
    tone, kept = 0, []
    for mark in unicodedata.normalize("NFD", letter):
        if mark in _TONES:
            tone = _TONES[mark]
        elif mark in _SHAPES or not unicodedata.combining(mark):
            kept.append(mark)
    return unicodedata.normalize("NFC", "".join(kept)), tone
