"""A document as it is printed: our words put into the layout of Decree 30/2020/NĐ-CP (`kernel.official`)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import override

from dauchan.coverage.definitions import Indicator, indicator, indicators
from dauchan.coverage.words import number
from dauchan.directives.models import Addressee, Directive, Lag, Reminded
from dauchan.directives.wording import Form, Purpose, Role
from dauchan.kernel import clock
from dauchan.kernel.official import Annex, Block, Cell, Heading, Listing, Official, Table, Text
from dauchan.kernel.search import without_marks
from dauchan.units.models import Agency

LETTER = "Công văn"
KINDS = {
    "NQ": "Nghị quyết",
    "NĐ": "Nghị định",
    "TT": "Thông tư",
    "QĐ": "Quyết định",
    "CT": "Chỉ thị",
    "KH": "Kế hoạch",
    "TB": "Thông báo",
    "HD": "Hướng dẫn",
    "CĐ": "Công điện",
    "TTR": "Tờ trình",
    "BC": "Báo cáo",
}
"""Source: Decree 30/2020/NĐ-CP, annex III, table of abbreviations."""
COPIES = {Role.REPORT: "(b/c)", Role.COORDINATE: "(p/h)", Role.INFORM: "(để biết)"}
REMINDER = """Thời gian qua, nhiều cơ quan, đơn vị, địa phương đã đăng ký địa điểm và kiểm soát người ra vào bằng \
mã QR. Tuy nhiên, theo số liệu của hệ thống, các nơi nêu trong phụ lục {lag}.
Đề nghị các cơ quan, đơn vị, địa phương có tên trong phụ lục khẩn trương rà soát, đăng ký đủ địa điểm, in và treo mã \
ở mọi lối vào, bố trí người hướng dẫn quét mã cả khi vào và khi ra, và báo cáo kết quả trong 3 ngày làm việc.
Nếu cần hỗ trợ, xin liên hệ cán bộ đầu mối của cơ quan ban hành văn bản này."""
"""With what words a reminder begins; whoever writes it changes them."""
SILENT = "đã nhiều ngày liền không có lượt đến"
LAGS = {
    "up": "còn chậm (chỉ tiêu {indicator} còn thấp)",
    "down": "còn chậm (chỉ tiêu {indicator} còn cao)",
    "": "còn chậm (chỉ tiêu {indicator})",
}
"""In what they lag: more is better, less is better, or neither is."""
ANNEX_TITLES = {
    Lag.UNIT: "Các địa phương cần đôn đốc",
    Lag.AGENCY: "Các cơ quan, đơn vị cần đôn đốc",
    Lag.PLACE: "Các địa điểm cần đôn đốc",
}


def reminder(code: str) -> str:
    """The first words of a reminder to those whom its annex names.

    code   the indicator by which they do; "" for places, which are silent
    """
    if not code:
        return REMINDER.format(lag=SILENT)
    one = indicator(code)
    name = one.name_vi[:1].lower() + one.name_vi[1:]
    return REMINDER.format(lag=LAGS[one.better].format(indicator=name))


def official(directive: Directive) -> Official:
    """What stands in the printed document."""
    lines = list(directive.addressees.order_by("id"))
    return Official(
        upper=_upper(directive.issuer),
        issuer=directive.issuer.name,
        number=directive.number,
        symbol=directive.symbol,
        place=directive.place,
        dated=directive.dated,
        kind=_kind(directive),
        subject=directive.subject,
        addressees=tuple(line.words for line in lines if line.role == Role.EXECUTE),
        body=tuple(_body(directive)),
        signer_title=directive.signer_title,
        signer_name=directive.signer_name,
        copies=tuple(_copies(directive, lines)),
        annexes=tuple(_annexes(list(directive.reminded.select_related("unit", "agency").order_by("id")))),
    )


def _kind(directive: Directive) -> str:
    """The kind as it is printed, in Vietnamese whatever the page's language is."""
    with override("vi"):
        return "" if directive.form == Form.LETTER else str(Form(directive.form).label)


def _upper(issuer: Agency) -> str:
    """The office above the issuer; a People's Committee has none over its name."""
    return issuer.parent.name if issuer.parent and issuer.kind != "committee" else ""


def _body(directive: Directive) -> list[Block]:
    """What the document rests on and its words; without an own text the orders stand as its numbered points."""
    paragraphs: list[Block] = [Text(line) for line in _grounds(directive)]
    paragraphs += [_paragraph(line) for line in directive.body.splitlines() if line.strip()]
    orders = list(directive.orders.all())
    if orders and directive.purpose == Purpose.ORDER:
        paragraphs.append(Listing(tuple(_order_words(order) for order in orders), numbered=True))
    return paragraphs


def _grounds(directive: Directive) -> list[str]:
    """What the document rests on, as far as its words don't name it themselves: the first sentence of a công văn, a
    line each where a document has a name of its kind.
    """
    above, body = directive.carries_out, directive.body
    grounds = [
        _ground(kind_of(one.reference), one.reference, one.dated, one.issuer, one.subject)
        for one in (citation.cited for citation in directive.citations.select_related("cited").order_by("id"))
        if one.reference not in body
    ]
    if above and str(above) not in body:
        grounds.insert(0, _ground(_kind(above) or LETTER, str(above), above.dated, above.issuer.name, above.subject))
    if directive.form != Form.LETTER:
        return [f"Căn cứ {ground};" for ground in grounds]
    return [f"Thực hiện {'; '.join(grounds)}, {directive.issuer.name} có ý kiến như sau:"] if grounds else []


def _ground(kind: str, number: str, dated: date | None, issuer: str, subject: str) -> str:
    day = f" ngày {dated:%d/%m/%Y}" if dated else ""
    return f"{kind} số {number}{day}{f' của {issuer}' if issuer else ''}{f' về {subject}' if subject else ''}"


def kind_of(reference: str) -> str:
    """What a document is, by the letters of its number: 15/2021/CT-TTg is a chỉ thị; a công văn has none of its own."""
    return KINDS.get(reference.rpartition("/")[2].partition("-")[0].upper(), LETTER)


def _paragraph(line: str) -> Block:
    text = line.strip()
    return Heading(text.removeprefix("# ")) if text.startswith("# ") else Text(text)


def _order_words(order: Any) -> str:
    words = f"{order.text.rstrip('. ')}; hoàn thành trước ngày {order.deadline:%d/%m/%Y}"
    if not order.indicator:
        return f"{words}."
    one = indicator(order.indicator)
    mark = "%" if one.unit == "percent" else ""
    with override("vi"):
        return f"{words} (chỉ tiêu: {one.name_vi} {number(order.target)}{mark})."


def _copies(directive: Directive, lines: Sequence[Addressee]) -> list[str]:
    others = [f"{line.words} {COPIES[Role(line.role)]}" for line in lines if line.role in COPIES]
    kept = [directive.filed, *(line.words for line in lines if line.role == Role.FILE)]
    return ["Như trên", *others, f"Lưu: {', '.join(kept)}"]


def _annexes(reminded: Sequence[Reminded]) -> list[Annex]:
    made = []
    for kind, title in ANNEX_TITLES.items():
        rows = [one for one in reminded if one.kind == kind]
        if rows:
            table = _of_places(rows) if kind == Lag.PLACE else _of_figures(rows)
            made.append(Annex(title, (table,), landscape=kind != Lag.PLACE))
    return made


def _of_figures(rows: Sequence[Reminded]) -> Table:
    shown = _columns(rows)
    headers = tuple(f"{one.name_vi} (%)" if one.unit == "percent" else one.name_vi for one in shown)
    lines: list[tuple[Cell, ...]] = [
        (number, one.name, *((one.figures.get(each.code) or {}).get("value") for each in shown))
        for number, one in enumerate(rows, 1)
    ]
    return Table("", ("STT", "Đơn vị", *headers), tuple(lines), (_as_of(rows), *_formulas(shown)))


def _columns(rows: Sequence[Reminded]) -> list[Indicator]:
    """The figures that were frozen with these rows, first the one by which they lag."""
    first = indicator(rows[0].indicator)
    frozen = {code for one in rows for code in one.figures}
    return [first, *(one for code, one in indicators().items() if code in frozen and one is not first)]


def _formulas(shown: Sequence[Indicator]) -> tuple[str, ...]:
    return tuple(f"{one.name_vi}: {one.formula_vi}." for one in shown if one.unit == "percent")


def _of_places(rows: Sequence[Reminded]) -> Table:
    lines: list[tuple[Cell, ...]] = [
        (
            number,
            one.name,
            one.figures.get("address") or "",
            one.unit.name,
            _day(one.figures.get("last_scan")),
            one.figures.get("silent"),
        )
        for number, one in enumerate(rows, 1)
    ]
    headers = ("STT", "Địa điểm", "Địa chỉ", "Đơn vị", "Lượt đến gần nhất", "Số ngày không có lượt đến")
    return Table("", headers, tuple(lines), (_counted([one.figures.get("as_of") for one in rows]),))


def _day(text: str | None) -> str:
    return "chưa có" if not text else f"{datetime.fromisoformat(text):%d/%m/%Y}"


def _as_of(rows: Sequence[Reminded]) -> str:
    """When the figures were counted."""
    return _counted(
        [figure.get("as_of") for one in rows for figure in one.figures.values() if isinstance(figure, dict)]
    )


def _counted(times: Sequence[str | None]) -> str:
    """The newest of some times, with the source; that nothing was counted yet where there is none."""
    known = [datetime.fromisoformat(text) for text in times if text]
    if not known:
        return "Chưa có số liệu. Nguồn: hệ thống Dấu Chân."
    return f"Tính đến {max(known).astimezone(clock.LOCAL):%H:%M ngày %d/%m/%Y}. Nguồn: hệ thống Dấu Chân."


def file_name(directive: Directive) -> str:
    """What a downloaded document is called: letters, figures and dashes alone."""
    named = without_marks(f"{directive.number or 'du-thao'}-{directive.symbol}".replace("/", "-"))
    plain = "".join(letter for letter in named if letter.isascii() and (letter.isalnum() or letter in "-_"))
    return f"van-ban-{plain or directive.pk}"


def chat_text(directive: Directive, address: str) -> str:
    """What is copied into a chat or an SMS: by which document what is asked of whom with which figures, where to read
    it; no names of people.
    """
    numbered = f"{directive.issuer.name}: {directive.subject}."
    if directive.number:
        numbered += f" Văn bản số {directive}."
    if directive.purpose == Purpose.ORDER:
        return f"{numbered} Xem tại {address}"
    count, rows = directive.reminded.count(), list(directive.reminded.order_by("id")[:4])
    others = f" và {count - 3} nơi khác" if count > 4 else ""
    listed = ", ".join(f"{one.name}{_lag(one)}" for one in (rows[:3] if count > 4 else rows))
    return f"{numbered} Đề nghị {listed}{others} thực hiện ngay. Xem tại {address}"


def _lag(one: Reminded) -> str:
    """The figure by which one lags, in brackets; nothing where it isn't known."""
    if one.kind == Lag.PLACE:
        silent = one.figures.get("silent")
        return "" if silent is None else f" ({silent} ngày không có lượt đến)"
    if one.value is None:
        return ""
    by = indicator(one.indicator)
    mark, value = " %" if by.unit == "percent" else "", f"{one.value:g}".replace(".", ",")
    return f" ({by.name_vi[:1].lower()}{by.name_vi[1:]}: {value}{mark})"
