"""An official document of a Vietnamese office, as DOCX and as PDF, from one description.

The layout is that of Decree 30/2020/NĐ-CP, appendix I: state title and motto on the right, the issuer on the left,
number and symbol, place and date, subject, "Kính gửi", body, signer and "Nơi nhận"; annexes stand on their own pages.
Official documents are written in Vietnamese, so the fixed words are too; a copy in English has English ones and says
that it is a copy. What is signed isn't decided here: number and date stay blank until somebody fills them in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dauchan.kernel import official_docx
from dauchan.kernel.exports import shown
from dauchan.kernel.printing import typeset

TEMPLATE = Path(__file__).parent / "paper" / "official.typ"
PICTURE = TEMPLATE.with_name("picture.typ")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
FRAMES = {
    "vi": {
        "nation": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "motto": "Độc lập - Tự do - Hạnh phúc",
        "number": "Số: ",
        "about": "V/v",
        "copy": "",
        "to": "Kính gửi:",
        "copies": "Nơi nhận:",
        "annex": "PHỤ LỤC",
        "attached": "(Kèm theo Văn bản số {number} {dated} của {issuer})",
    },
    "en": {
        "nation": "SOCIALIST REPUBLIC OF VIET NAM",
        "motto": "Independence - Freedom - Happiness",
        "number": "No. ",
        "about": "Re:",
        "copy": "(English copy; the document is the one in Vietnamese)",
        "to": "To:",
        "copies": "Recipients:",
        "annex": "ANNEX",
        "attached": "(Attached to document No. {number} of {dated} by {issuer})",
    },
}
"""The fixed words by language."""
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NO_NUMBER = "\u00a0" * 10
PICTURE_PPI = 200
TABLE_POINTS, CROWDED_POINTS, CROWDED = 12, 10, 10
"""A table's letters, smaller ones with more columns than so many: words would break. Ours."""
LINE_LETTERS = 75
"""Letters of a table's size that a line holds in the mean. Ours."""

Cell = str | int | float | None
_NUMBER = re.compile(r"[-+]?(0|[1-9][\d.,]*)([.,]\d+)?%?|[*–]")
"""What stands to the right in a table: numbers, shares, changes and the marks that stand for a number."""


@dataclass(frozen=True)
class Heading:
    """A part's title inside the body: level 1 is "I. ...", level 2 "1. ...", numbers are the caller's."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Paragraphs that begin with a dash, or with 1., 2. ..."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a header that is repeated on each page; numbers are written the Vietnamese way, to the right.

    notes   what the reader must know, in small letters below it: source, as-of, marks
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart or a map as SVG that needs nothing outside itself.

    alternative   the same in words, for who can't see it
    """

    svg: str
    title: str
    alternative: str


Block = Heading | Text | Listing | Table | Picture


@dataclass(frozen=True)
class Annex:
    """A part behind the signature that begins a page of its own.

    landscape   the sheet lies on its side, for a wide table
    """

    title: str
    body: tuple[Block, ...]
    landscape: bool = False


@dataclass(frozen=True)
class Official:
    """What stands in the document.

    upper        the office above the issuer, "" where none is written
    number       "" leaves a blank to be filled in by hand
    dated        None leaves a blank
    kind         "" for a công văn (whose subject stands under the number), else "BÁO CÁO", "THÔNG BÁO" ...
    signer_title lines of the signer's authority, e.g. "KT. GIÁM ĐỐC\\nPHÓ GIÁM ĐỐC"
    language     what it is written in: "en" for an English copy
    """

    upper: str
    issuer: str
    number: str
    symbol: str
    place: str
    dated: date | None
    kind: str
    subject: str
    addressees: tuple[str, ...]
    body: tuple[Block, ...]
    signer_title: str
    signer_name: str
    copies: tuple[str, ...]
    annexes: tuple[Annex, ...] = ()
    language: str = "vi"

    @property
    def full_number(self) -> str:
        """Number and symbol, "15/STTTT-CNTT"; one figure gets a zero before it."""
        number = self.number.zfill(2) if self.number.isdecimal() else self.number
        return f"{number or NO_NUMBER}/{self.symbol}"

    @property
    def date_words(self) -> str:
        """The date, "ngày 05 tháng 02 năm 2021"; of the months only the first two have a zero."""
        if self.language == "en":
            return f"{self.dated.day} {MONTHS[self.dated.month - 1]} {self.dated.year}" if self.dated else "." * 20
        if self.dated is None:
            return "ngày ..... tháng ..... năm ......"
        month = f"{self.dated.month:02d}" if self.dated.month < 3 else str(self.dated.month)
        return f"ngày {self.dated.day:02d} tháng {month} năm {self.dated.year}"


def docx(official: Official) -> bytes:
    """The document for a word processor; it is set in Times New Roman, pictures are PNG."""
    return official_docx.write(_content(official), png)


def pdf(official: Official) -> bytes:
    """The document for printing; it is set in Tinos, which runs as wide as Times New Roman."""
    return typeset(TEMPLATE, _content(official))


def png(svg: str) -> bytes:
    """A picture of this SVG, 160 mm wide at 200 ppi."""
    return typeset(PICTURE, {"svg": svg}, ppi=PICTURE_PPI)


def written(cell: Cell) -> str:
    """A cell as Vietnamese documents write it: 1.234.567 and 12,5; an empty cell is a dash."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return shown(cell)
    plain = f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"
    return plain.translate(str.maketrans(",.", ".,"))


def _content(official: Official) -> dict[str, Any]:
    """All words of the document as plain values, which both writers read."""
    frame = FRAMES[official.language]
    attached = {"number": official.full_number, "dated": official.date_words, "issuer": official.issuer}
    return {
        "language": official.language,
        "frame": frame,
        "upper": shown(official.upper).upper(),
        "issuer": shown(official.issuer).upper(),
        "number": shown(frame["number"] + official.full_number),
        "place_and_date": shown(f"{official.place}, {official.date_words}"),
        "kind": shown(official.kind).upper(),
        "subject": shown(official.subject),
        "addressees": _ended(official.addressees),
        "body": [_block(block) for block in official.body],
        "signer_title": [shown(line).upper() for line in official.signer_title.splitlines()],
        "signer_name": shown(official.signer_name),
        "copies": _ended(official.copies),
        "annexes": _annexes(official.annexes, frame["annex"]),
        "attached": shown(frame["attached"].format(**attached)),
    }


def _ended(lines: Sequence[str]) -> list[str]:
    """Each line ends with a semicolon, the last with a full stop; a line that is alone stays as it is."""
    bare = [shown(line).rstrip(";. ") for line in lines]
    if len(bare) == 1:
        return bare
    return [line + ";" for line in bare[:-1]] + [line + "." for line in bare[-1:]]


def _annexes(annexes: Sequence[Annex], label: str) -> list[dict[str, Any]]:
    several = len(annexes) > 1
    return [
        {
            "label": f"{label} {_roman(number)}" if several else label,
            "title": shown(annex.title),
            "landscape": annex.landscape,
            "body": [_block(block) for block in annex.body],
        }
        for number, annex in enumerate(annexes, 1)
    ]


def _roman(number: int) -> str:
    """1 to 39, as annexes are numbered."""
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text, level):
            return {"is": "heading", "text": shown(text), "level": level}
        case Text(text):
            return {"is": "text", "text": shown(text)}
        case Listing(items, numbered):
            marks = [f"{number}." if numbered else "-" for number in range(1, len(items) + 1)]
            return {"is": "listing", "items": [f"{m} {shown(item)}" for m, item in zip(marks, items, strict=True)]}
        case Table():
            return _table(block)
        case Picture(svg, title, alternative):
            return {"is": "picture", "svg": svg, "title": shown(title), "alternative": shown(alternative)}


def _table(table: Table) -> dict[str, Any]:
    rows = [[written(cell) for cell in row] for row in table.rows]
    right = [bool(rows) and all(_NUMBER.fullmatch(row[index]) for row in rows) for index in range(len(table.headers))]
    return {
        "is": "table",
        "title": shown(table.title),
        "headers": [shown(header) for header in table.headers],
        "rows": rows,
        "right": right,
        "points": CROWDED_POINTS if len(table.headers) > CROWDED else TABLE_POINTS,
        "shares": _shares(table.headers, rows, right),
        "notes": [shown(note) for note in table.notes],
    }


def _shares(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[float]:
    """How wide each column is in parts of the table: what its texts need; what is left over goes to the texts."""
    columns = [[header, *(row[index] for row in rows)] for index, header in enumerate(headers)]
    wide = [_letters(cells) for cells in columns]
    texts = [index for index, number in enumerate(right) if not number] or list(range(len(wide)))
    spare = max(LINE_LETTERS - sum(wide), 0) / len(texts)
    for index in texts:
        wide[index] += spare
    return [width / sum(wide) for width in wide]


def _letters(cells: Sequence[str]) -> float:
    """How many letters a column is wide: its header never breaks inside a word, its texts may wrap after 34."""
    words = [len(word) for cell in cells for word in cell.split()]
    return max(max(words, default=0) * 1.25, min(max(map(len, cells[1:]), default=0), 34)) + 2
