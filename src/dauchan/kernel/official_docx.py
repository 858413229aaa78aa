"""Writes an official document's words (`official.py`) as DOCX: sizes and places are those of Decree 30/2020/NĐ-CP."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

FONT = "Times New Roman"
LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}
PAGE_MM = (210, 297)
MARGINS_MM = {"top": 20, "bottom": 20, "left": 30, "right": 15}
HEAD_MM = (80, 92)
HEAD_OUTSIDE_MM = 6
"""Widths of the head's two columns, which begin left of the text as office papers do, to hold the state's title."""
INDENT = Mm(12.7)
TALLEST_MM = 200
"""No picture is taller: its title stays on its page. Ours."""
TWIPS_A_MM = 1440 / 25.4
AFTER_INDENT = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
"""What the schema wants behind a table's indent."""
LETTER_MM = 2.75
"""What a bold capital of 13 pt takes in the mean: only the rules under the head are measured with it. Ours."""
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
JUSTIFIED = WD_ALIGN_PARAGRAPH.JUSTIFY


def write(content: Mapping[str, Any], png: Callable[[str], bytes]) -> bytes:
    """The document as bytes.

    content   what `official._content` says
    png       makes a picture of an SVG
    """
    document = docx.Document()
    _prepare(document, content)
    _head(document, content)
    _addressees(document, content["frame"]["to"], content["addressees"])
    _blocks(document, content["body"], png)
    _foot(document, content)
    for annex in content["annexes"]:
        _annex(document, annex, content["attached"], png)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _prepare(document: Document, content: Mapping[str, Any]) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)
    language = LANGUAGES[content["language"]]
    normal.element.get_or_add_rPr().append(_element("w:lang", val=language))
    for level in (1, 2, 3):
        _plain_heading(document, level)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = content["subject"][:255], content["issuer"][:255], ""
    properties.language = language
    first = document.sections[0]
    _sheet(first, landscape=False)
    first.different_first_page_header_footer = True
    _page_number(first)


def _plain_heading(document: Document, level: int) -> None:
    """A heading looks like bold text, and word processors still find it as a heading."""
    style = document.styles[f"Heading {level}"]
    style.font.name, style.font.size, style.font.bold = FONT, Pt(14), True
    style.font.italic = level > 2
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:color")):
        properties.remove(old)
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)


def _sheet(section: Section, *, landscape: bool) -> None:
    width, height = PAGE_MM[::-1] if landscape else PAGE_MM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    for side, size in MARGINS_MM.items():
        setattr(section, f"{side}_margin", Mm(size))
    section.header_distance = Mm(10)


def _page_number(section: Section) -> None:
    """The number stands centred above the text; the document's first page has none."""
    header = section.header
    header.is_linked_to_previous = False
    paragraph = header.paragraphs[0]
    paragraph.alignment = CENTRE
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(13)
        run._r.append(_element("w:fldChar", fldCharType=kind) if kind else _instruction(text))


def _instruction(text: str) -> Any:
    element = OxmlElement("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = text
    return element


def _element(name: str, **values: str) -> Any:
    element = OxmlElement(name)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _head(document: Document, content: Mapping[str, Any]) -> None:
    table = _frame(document, HEAD_MM, rows=2)
    table._tbl.tblPr.insert_element_before(
        _element("w:tblInd", w=str(round(-HEAD_OUTSIDE_MM * TWIPS_A_MM)), type="dxa"), *AFTER_INDENT
    )
    (left, right), (number, dated) = table.rows[0].cells, table.rows[1].cells
    if content["upper"]:
        _line(left, content["upper"], size=12)
    _line(left, content["issuer"], size=12, bold=True)
    _rule(left, min(len(content["issuer"]) * LETTER_MM * 0.4, 30), HEAD_MM[0])
    _line(right, content["frame"]["nation"], size=12, bold=True)
    _line(right, content["frame"]["motto"], size=13.5, bold=True)
    _rule(right, 58, HEAD_MM[1])
    _line(number, content["number"], size=13)
    _line(dated, content["place_and_date"], size=13.5, italic=True)
    if not content["kind"]:
        _line(number, f"{content['frame']['about']} {content['subject']}", size=12.5)
        return
    kind = document.add_paragraph()
    _say(kind, content["kind"], bold=True, align=CENTRE, before=18)
    subject = document.add_paragraph()
    _say(subject, content["subject"], bold=True, align=CENTRE, before=2)
    _rule(document, min(len(content["subject"]) * 0.8, 45), sum(HEAD_MM))
    if content["frame"]["copy"]:
        _say(document.add_paragraph(), content["frame"]["copy"], size=12, italic=True, align=CENTRE)


def _frame(document: Document, widths: Sequence[float], rows: int = 1) -> Table:
    """A table without lines that only places things side by side; each cell's first paragraph is still empty."""
    table: Table = document.add_table(rows=rows, cols=len(widths))
    table.autofit = False
    bare = OxmlElement("w:tblCellMar")
    bare.extend([_element("w:left", w="0", type="dxa"), _element("w:right", w="0", type="dxa")])
    table._tbl.tblPr.insert_element_before(bare, "w:tblLook")
    for index, width in enumerate(widths):
        table.columns[index].width = Mm(width)
        for cell in table.columns[index].cells:
            cell.width = Mm(width)
    return table


def _line(
    cell: _Cell, text: str, *, size: float, bold: bool = False, italic: bool = False, align: Any = CENTRE
) -> None:
    first = cell.paragraphs[0]
    paragraph = cell.add_paragraph() if first.runs or len(cell.paragraphs) > 1 else first
    _say(paragraph, text, size=size, bold=bold, italic=italic, align=align)


def _say(
    paragraph: Paragraph,
    text: str,
    *,
    size: float = 14,
    bold: bool = False,
    italic: bool = False,
    align: Any = JUSTIFIED,
    before: float = 0,
    after: float = 0,
    indent: Length | None = None,
) -> Run:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
    layout = paragraph.paragraph_format
    layout.alignment, layout.space_before, layout.space_after = align, Pt(before), Pt(after)
    layout.first_line_indent = indent
    return run


def _rule(where: _Cell | Document, length_mm: float, width_mm: float) -> None:
    """A thin line in the middle: an empty small paragraph with a border."""
    paragraph = where.add_paragraph()
    _say(paragraph, "", align=CENTRE, after=8)
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm(max((width_mm - length_mm) / 2, 0))
    layout.line_spacing = Pt(2)
    borders = OxmlElement("w:pBdr")
    borders.append(_element("w:bottom", val="single", sz="6", space="1", color="000000"))
    paragraph._p.get_or_add_pPr().append(borders)


def _addressees(document: Document, to: str, addressees: Sequence[str]) -> None:
    if not addressees:
        return
    if len(addressees) == 1:
        _say(document.add_paragraph(), f"{to} {addressees[0]}", align=CENTRE, before=18, after=12)
        return
    title = document.add_paragraph()
    _say(title, to, align=LEFT, before=18, after=4)
    title.paragraph_format.left_indent = Mm(25)
    for line in addressees:
        paragraph = document.add_paragraph()
        _say(paragraph, f"- {line}", align=LEFT, after=3, indent=Mm(-3))
        paragraph.paragraph_format.left_indent = Mm(36)
    document.paragraphs[-1].paragraph_format.space_after = Pt(12)


def _blocks(document: Document, blocks: Sequence[Mapping[str, Any]], png: Callable[[str], bytes]) -> None:
    for block in blocks:
        match block["is"]:
            case "heading":
                heading = document.add_heading(level=min(block["level"], 3))
                _say(heading, block["text"], bold=True, italic=block["level"] > 2, before=8, after=4, indent=INDENT)
            case "text":
                paragraph = document.add_paragraph()
                _say(paragraph, block["text"], after=6, indent=INDENT)
                paragraph.paragraph_format.keep_with_next = block["text"].endswith(":")
            case "listing":
                for item in block["items"]:
                    _say(document.add_paragraph(), item, after=6, indent=INDENT)
            case "table":
                _table(document, block)
            case "picture":
                _picture(document, block, png)


def _line_width_mm(document: Document) -> float:
    section = document.sections[-1]
    width = section.page_width or Mm(PAGE_MM[0])
    return width / Mm(1) - MARGINS_MM["left"] - MARGINS_MM["right"]


def _table(document: Document, block: Mapping[str, Any]) -> None:
    if block["title"]:
        title = document.add_paragraph()
        _say(title, block["title"], bold=True, align=CENTRE, before=8, after=4)
        title.paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(block["headers"]), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    width = _line_width_mm(document)
    widths = [Mm(share * width) for share in block["shares"]]
    for column, size in zip(table.columns, widths, strict=True):
        column.width = size
    heads = [(header, CENTRE) for header in block["headers"]]
    _row(table.rows[0], heads, widths, block["points"], bold=True)
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
    for cells in block["rows"]:
        sides = [RIGHT if right else LEFT for right in block["right"]]
        _row(table.add_row(), list(zip(cells, sides, strict=True)), widths, block["points"])
    for note in block["notes"]:
        _say(document.add_paragraph(), note, size=11, italic=True, align=LEFT, before=2, after=2)
    if not block["notes"]:
        _say(document.add_paragraph(), "", size=6)


def _row(
    row: Any, cells: list[tuple[str, Any]], widths: Sequence[Length], points: float, *, bold: bool = False
) -> None:
    row._tr.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
    for cell, width, (text, side) in zip(row.cells, widths, cells, strict=True):
        cell.width = width
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _say(cell.paragraphs[0], text, size=points, bold=bold, align=side, before=2, after=2)


def _picture(document: Document, block: Mapping[str, Any], png: Callable[[str], bytes]) -> None:
    paragraph = document.add_paragraph()
    run = _say(paragraph, "", align=CENTRE, before=6)
    drawn = png(block["svg"])
    wide, tall = int.from_bytes(drawn[16:20], "big"), int.from_bytes(drawn[20:24], "big")  # as PNG's header has them
    width = min(_line_width_mm(document), 165, TALLEST_MM * wide / tall)
    shape = run.add_picture(io.BytesIO(drawn), width=Mm(width))
    shape._inline.docPr.set("descr", block["alternative"])
    shape._inline.docPr.set("title", block["title"])
    paragraph.paragraph_format.keep_with_next = True
    _say(document.add_paragraph(), block["title"], size=12, italic=True, align=CENTRE, after=8)


def _foot(document: Document, content: Mapping[str, Any]) -> None:
    """Who gets it on the left, who signs on the right, never torn apart by a page's end or alone on a page."""
    _say(document.add_paragraph(), "", size=8)
    for last in document.paragraphs[-2:]:
        last.paragraph_format.keep_with_next = True
    table = _frame(document, (82, 83))
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
    left, right = table.rows[0].cells
    if content["copies"]:
        _line(left, content["frame"]["copies"], size=12, bold=True, italic=True, align=LEFT)
        for line in content["copies"]:
            _line(left, f"- {line}", size=11, align=LEFT)
    for line in content["signer_title"]:
        _line(right, line, size=14, bold=True)
    space = right.add_paragraph()
    _say(space, "", before=70)
    _line(right, content["signer_name"], size=14, bold=True)


def _annex(document: Document, annex: Mapping[str, Any], attached: str, png: Callable[[str], bytes]) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _sheet(section, landscape=annex["landscape"])
    section.different_first_page_header_footer = False
    _say(document.add_paragraph(), annex["label"], bold=True, align=CENTRE)
    _say(document.add_paragraph(), annex["title"].upper(), bold=True, align=CENTRE, before=4)
    _say(document.add_paragraph(), attached, italic=True, align=CENTRE, before=2)
    _rule(document, 45, _line_width_mm(document))
    _blocks(document, annex["body"], png)
