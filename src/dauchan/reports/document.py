"""A report as an official document (kind BÁO CÁO, layout of Decree 30/2020/NĐ-CP), from its snapshot and signature."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dauchan.kernel import official
from dauchan.kernel.official import Annex, Block, Heading, Listing, Official, Table, Text
from dauchan.reports import drawing, phrases, telling
from dauchan.reports.grids import Grid
from dauchan.reports.models import Report
from dauchan.reports.snapshot import Content, read

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
WIDE = 7
"""A table with more columns stands in the annex, on a sheet that lies on its side. Ours."""


def document(report: Report, recipients: Iterable[str]) -> Official:
    """The document in the language of the moment; a draft has neither number nor date nor signer."""
    content = read(report.content)
    told = telling.sections(content)
    body: list[Block] = [Text(telling.opening(content))]
    for number, section in zip(ROMAN, told, strict=False):
        body += _section(number, section, content)
    sent_to = tuple(recipients)
    return Official(
        upper=content.issuer_above,
        issuer=content.issuer,
        number=str(report.number or ""),
        symbol=report.symbol or "BC-",
        place=content.place,
        dated=report.issued_on,
        kind=_("BÁO CÁO"),
        subject=telling.title(content),
        addressees=sent_to,
        body=(*body, *_notes(content)),
        signer_title=report.signer_title,
        signer_name=report.signer_name,
        copies=(_("Như trên"), _("Lưu: VT")) if sent_to else (_("Lưu: VT"),),
        annexes=_annexes(told, content),
        language="vi" if phrases.is_vietnamese() else "en",
    )


def _section(number: str, section: telling.Section, content: Content) -> list[Block]:
    blocks: list[Block] = [Heading(f"{number}. {section.title}")]
    if section.sentences:
        blocks.append(Listing(section.sentences))
    blocks += [table(grid, content) for grid in section.grids if not _in_annex(grid)]
    if any(_in_annex(grid) for grid in section.grids):
        blocks.append(Text(_("Số liệu chi tiết ở phụ lục kèm theo.")))
    return blocks


def _in_annex(grid: Grid) -> bool:
    return grid.in_annex or len(grid.headers) > WIDE


def _annexes(told: Sequence[telling.Section], content: Content) -> tuple[Annex, ...]:
    """Wide tables and lists of names each on sheets of their own, then the pictures."""
    behind = [grid for section in told for grid in section.grids if _in_annex(grid)]
    drawn = [drawing.picture(name, content) for section in told for name in section.pictures]
    tables = [
        Annex(grid.title, (table(grid, content, titled=False),), landscape=len(grid.headers) > WIDE) for grid in behind
    ]
    pictures = tuple(picture for picture in drawn if picture)
    return (*tables, Annex(_("Biểu đồ và bản đồ"), pictures)) if pictures else tuple(tables)


def table(grid: Grid, content: Content, *, titled: bool = True) -> Table:
    """A table as paper shows it: one that is cut ends with a line that says where the rest is."""
    rows = tuple(tuple(cell.shown for cell in row) for row in grid.on_paper())
    notes = [
        *grid.notes,
        _("Nguồn: %(issuer)s, tính đến %(at)s.") % {"issuer": content.issuer, "at": phrases.at_words(content.as_of)},
    ]
    left = len(grid.rows) - len(rows)
    if left:
        notes.append(_("Còn %(left)d dòng trong tệp XLSX kèm theo.") % {"left": left})
    return Table(grid.title if titled else "", grid.headers, rows, tuple(notes))


def _notes(content: Content) -> list[Block]:
    return [Text(f"{_('Ghi chú')}:"), Listing(telling.notes(content))]


def files(report: Report, kind: str, recipients: Iterable[str]) -> tuple[bytes, str]:
    """The document as a file ("docx" or "pdf") and its media type."""
    made = document(report, recipients)
    if kind == "docx":
        return official.docx(made), official.DOCX
    return official.pdf(made), official.PDF
