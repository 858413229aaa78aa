"""What a report is frozen with: every figure, name, definition and drawing that its pages and files need.

Language-neutral: the words come at the end, so one report is read in Vietnamese and in English. Small counts of people
who live, work or were somewhere are already out of its figures when a snapshot is made; nothing made from it can show
them. `spreading` alone tells of any number of people: an audience, as the agency that held the session told it.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Any

import msgspec

FORMAT = 1
"""Of what a snapshot looks like; `read` knows all that were ever written."""


class Known(msgspec.Struct, frozen=True):
    """An indicator as it was defined on the day that the report was frozen."""

    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str
    unit: str
    better: str = ""
    supplied: bool = False
    people: bool = False


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure of the report's period; for the subject also that of the period before and the mean of 7 days."""

    value: float | None = None
    before: float | None = None
    mean: float | None = None
    hidden: bool = False

    @property
    def change(self) -> float | None:
        return None if self.value is None or self.before is None else round(self.value - self.before, 2)


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One unit, agency, sector or channel with its figures by indicator; `parent` is the id of what it is part of."""

    id: int
    name: str
    figures: dict[str, Shown]
    code: str = ""
    level: str = ""
    parent: int | None = None
    name_en: str = ""


class Drawn(msgspec.Struct, frozen=True):
    """A map's shapes by row id: path, and where the name may stand."""

    shapes: dict[int, tuple[str, float, float]]
    width: float
    height: float
    tiled: bool


class Correction(msgspec.Struct, frozen=True):
    """A figure of the former report that has changed since."""

    row: int
    name: str
    indicator: str
    day: date
    old: float | None
    new: float | None


class Unused(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place without a check-in on the last day; `last_day` is None for one that was never used."""

    name: str
    unit: str
    last_day: date | None = None


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a supplied figure of the subject is from, and of which day; by `app` for installs.

    Without a source it is the sum of those below, each of which has its own.
    """

    indicator: str
    source: str = ""
    day: date | None = None
    app: str = ""


class Former(msgspec.Struct, frozen=True):
    """The report of this series before: what changes are counted from, and what was looked through for corrections."""

    number: str
    issued_on: date
    first: date
    last: date
    as_of: datetime


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole report. `rows` are all parts of the subject, wholes before their parts; the subject is none of them.

    order   the codes of the indicators as they stand in tables: the database keeps no order of a JSON object's keys
    """

    format: int
    kind: str
    first: date
    last: date
    as_of: datetime
    issuer: str
    issuer_above: str
    place: str
    subject: Row
    indicators: dict[str, Known]
    order: list[str]
    compared_with: str
    rows: list[Row] = []
    sectors: list[Row] = []
    channels: list[Row] = []
    ranks: dict[str, tuple[int, int]] = {}
    trends: dict[str, list[tuple[date, float | None]]] = {}
    reminders: dict[str, int] = {}
    inspections: dict[str, int] = {}
    spreading: dict[str, int] = {}
    drawing: Drawn | None = None
    former: Former | None = None
    corrections: list[Correction] = []
    suppressed_below: int = 0
    unused: list[Unused] = []
    unused_count: int = 0
    sources: list[Source] = []


def written(content: Content) -> dict[str, Any]:
    """A content as JSON."""
    return dict(msgspec.to_builtins(content, str_keys=True))


def read(stored: dict[str, Any]) -> Content:
    """A content from JSON, its indicators and trends in their order again."""
    found = msgspec.convert(stored, Content, strict=False)
    known = {code: found.indicators[code] for code in found.order}
    trends = {code: found.trends[code] for code in found.order if code in found.trends}
    return msgspec.structs.replace(found, indicators=known, trends=trends)


def digest(stored: dict[str, Any]) -> str:
    """The SHA-256 of a content's JSON in canonical form: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(stored, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def version_of(content: Content) -> str:
    """The SHA-256 of the definitions that a content was made with: equal for reports whose figures mean the same."""
    return digest({code: msgspec.to_builtins(known) for code, known in content.indicators.items()})
