"""Open data: the issued daily figures of provinces as rows for programs, with what each column means.

Made from the rows of reports' snapshots alone, where small counts of people are out already. Nothing here tells of a
person.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from dauchan.coverage import definitions
from dauchan.kernel import exports
from dauchan.kernel.errors import NotFound
from dauchan.reports import queries
from dauchan.reports.freezing import reported
from dauchan.reports.models import Report
from dauchan.reports.snapshot import Content, Row, read

LICENCE_NAME = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_VI = "Được dùng lại, kể cả cho mục đích thương mại, nếu ghi nguồn là cơ quan ban hành và ngày số liệu."
LICENCE_EN = "May be reused, also commercially, if the issuing agency and the day of the figures are named as source."
"""Ours: no official text of a province names a licence for such figures."""
HEADERS = (
    *("day", "unit_code", "unit", "level", "parent_code", "indicator", "value", "suppressed"),
    *("as_of", "issuer", "report", "definitions"),
)


class NoSuchDay(NotFound):
    vi = "Chưa có dữ liệu mở của ngày này. Chỉ số liệu của báo cáo ngày đã ban hành mới được công bố."
    en = "There is no open data of this day. Only figures of issued daily reports are published."


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One figure of one unit; `value` is None where `suppressed`."""

    unit_code: str
    unit: str
    level: str
    parent_code: str
    indicator: str
    value: float | None
    suppressed: bool


@dataclass(frozen=True)
class Published:
    """One report's figures as they are published."""

    report: Report
    content: Content
    facts: tuple[Fact, ...]


def dictionary() -> list[definitions.Indicator]:
    """What each indicator means, from the one definition file."""
    return list(reported().values())


def etag(day: date, kind: str) -> str:
    """Names what is published of a day, without opening it: equal as long as the files are.

    raises   NoSuchDay
    """
    found = queries.public_day(day).values_list("sha256", "number")
    told = ",".join(f"{sha256}:{number}" for sha256, number in found)
    if not told:
        raise NoSuchDay
    return f'"{hashlib.sha256(f"{kind},{told}".encode()).hexdigest()[:32]}"'


def published_on(day: date) -> list[Published]:
    """Everything that is published of a day."""
    return [_published(report) for report in queries.public_day(day)]


def _published(report: Report) -> Published:
    content = read(report.content)
    assert report.unit is not None
    codes = {row.id: row.code for row in content.rows} | {content.subject.id: report.unit.code}
    rows = [content.subject, *(row for row in content.rows if row.level != "agency")]
    return Published(report, content, tuple(fact for row in rows for fact in _facts(row, codes, content, report)))


def _facts(row: Row, codes: dict[int, str], content: Content, report: Report) -> Iterable[Fact]:
    assert report.unit is not None
    level = row.level if row.parent is not None else report.unit.level
    parent = codes.get(row.parent, "") if row.parent is not None else ""
    for code, shown in ((code, row.figures[code]) for code in content.order if code in row.figures):
        yield Fact(codes[row.id], row.name, level, parent, code, shown.value, shown.hidden)


def csv_of(found: Sequence[Published]) -> exports.Export:
    """A day's figures, one a line."""
    rows = (
        (
            *(one.content.last, fact.unit_code, fact.unit, fact.level, fact.parent_code, fact.indicator),
            *(_plain(fact.value), "true" if fact.suppressed else "false"),
            *(one.content.as_of, one.content.issuer, str(one.report), one.report.definitions),
        )
        for one in found
        for fact in one.facts
    )
    return exports.csv_file(HEADERS, rows)


def _plain(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value
