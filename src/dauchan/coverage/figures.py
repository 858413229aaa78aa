"""Reads of the figures: of many subjects on a day, of one over days, and who lags.

Everything comes from rows counted beforehand (`computing`) and from supplied figures; every figure passes
`publishing.published`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max

from dauchan.coverage import supplied
from dauchan.coverage.definitions import MEAN_DAYS, Indicator, adding_up, indicator
from dauchan.coverage.models import KINDS, CountedDay, DayCounts, Suppression
from dauchan.coverage.publishing import Figure, published
from dauchan.coverage.supplied import Value

__all__ = ["Figure", "Subject", "counted_on", "figures", "lagging", "latest_day", "series"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figures: a unit or an agency with all beneath, in one sector or ("") in all."""

    kind: str
    id: int
    sector: str = ""


Key = tuple[str, int, str, date]
Counts = dict[str, int | None]
COLUMNS = tuple(
    field.column
    for field in DayCounts._meta.concrete_fields
    if field.get_internal_type() == "BigIntegerField" and field.column != "subject_id"
)


def latest_day() -> date | None:
    """The newest day that was counted; None before the first."""
    found: date | None = CountedDay.objects.aggregate(newest=Max("day"))["newest"]
    return found


def counted_on(day: date) -> datetime | None:
    """When a day was counted last, whoever was in force on it; None when it never was."""
    return CountedDay.objects.filter(day=day).values_list("as_of", flat=True).first()


def figures(subjects: Sequence[Subject], codes: Iterable[str], day: date) -> dict[Subject, dict[str, Figure]]:
    """These figures of these subjects on a day; a figure that isn't known has the value None.

    raises   UnknownIndicator
    """
    asked = [indicator(code) for code in codes]
    rows = read_rows(subjects, asked, day, day)
    return {subject: {one.code: rows.figure(subject, one, day) for one in asked} for subject in subjects}


def series(subject: Subject, codes: Iterable[str], first: date, last: date) -> dict[str, list[Figure]]:
    """These figures of one subject for every day from the first to the last, both included.

    raises   UnknownIndicator
    """
    asked = [indicator(code) for code in codes]
    rows = read_rows([subject], asked, first, last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {one.code: [rows.figure(subject, one, day) for day in days] for one in asked}


def lagging(subjects: Sequence[Subject], code: str, day: date, *, under: float) -> list[tuple[Subject, Figure]]:
    """Those of the subjects whose figure is worse than the mark, worst first; unknown and hidden ones are left out.

    under    the mark: below it where more is better, above it where less is better
    """
    worst_first = ranked(subjects, code, day)
    if indicator(code).better == "down":
        return [(subject, figure) for subject, figure in worst_first if (figure.value or 0) > under]
    return [(subject, figure) for subject, figure in worst_first if (figure.value or 0) < under]


def ranked(subjects: Sequence[Subject], code: str, day: date) -> list[tuple[Subject, Figure]]:
    """The subjects with a known figure, worst first; equal ones by the larger denominator, then in the given order."""
    found = figures(subjects, [code], day)
    known = [(subject, found[subject][code]) for subject in subjects if found[subject][code].value is not None]
    sign = -1 if indicator(code).better == "down" else 1
    return sorted(known, key=lambda each: (sign * (each[1].value or 0), -(each[1].denominator or 0)))


READ = """
select wanted.kind, wanted.asked, wanted.sector, counts.day, counts.as_of, {columns}
from unnest(%(kinds)s::text[], %(asked)s::bigint[], %(ids)s::bigint[], %(sectors)s::text[])
    as wanted (kind, asked, id, sector)
join coverage_daycounts counts
  on counts.kind = wanted.kind and counts.subject_id = wanted.id and counts.sector = wanted.sector
where counts.day between %(first)s and %(last)s
"""


@dataclass(frozen=True)
class Rows:
    """What was read for a question: counts by subject and day, supplied figures by day, which counts stay hidden."""

    counts: dict[Key, tuple[datetime, Counts]]
    supplied: dict[date, Value]
    kept_back: frozenset[tuple[str, int, date, str]] = frozenset()

    def figure(self, subject: Subject, one: Indicator, day: date) -> Figure:
        """One figure, as it may be shown."""
        if one.is_mean:
            return self._mean(subject, one, day)
        as_of, _ = self._counted(subject, day)
        numerator, denominator = (self.part(subject, name, day) for name in (one.numerator, one.denominator))
        figure = Figure(one.code, _value(one, numerator, denominator), numerator, denominator, day, as_of)
        kept_back = (subject.kind, subject.id, day, one.numerator) in self.kept_back
        return published(figure, self.part(subject, one.whole or one.denominator, day), kept_back=kept_back)

    def part(self, subject: Subject, name: str | None, day: date) -> int | None:
        """A column of a subject's counts or a figure supplied for it, hidden or not; None where it isn't known."""
        if name not in supplied.CODES:
            return self._counted(subject, day)[1].get(name or "")
        found: int | None = None if subject.sector else self.supplied[day](subject.kind, subject.id, name)
        return found

    def _counted(self, subject: Subject, day: date) -> tuple[datetime | None, Counts]:
        return self.counts.get((subject.kind, subject.id, subject.sector, day), (None, {}))

    def _mean(self, subject: Subject, one: Indicator, day: date) -> Figure:
        """The mean of the days that were counted among the last seven; hidden where any of them is."""
        days = [day - timedelta(days=back) for back in range(MEAN_DAYS)]
        daily = [self.figure(subject, indicator(one.base), each) for each in days]
        known = [each.numerator for each in daily if each.numerator is not None]
        if any(each.suppressed for each in daily):
            return Figure(one.code, None, None, None, day, daily[0].as_of, suppressed=True)
        if not known or daily[0].as_of is None:
            return Figure(one.code, None, None, None, day, daily[0].as_of)
        return Figure(one.code, sum(known) / len(known), sum(known), len(known), day, daily[0].as_of)


def _value(one: Indicator, numerator: int | None, denominator: int | None) -> float | None:
    if numerator is None:
        return None
    if one.denominator is None:
        return numerator
    if not denominator:
        return None
    return (100 if one.unit == "percent" else 1) * numerator / denominator


def read_rows(subjects: Sequence[Subject], asked: Sequence[Indicator], first: date, last: date) -> Rows:
    """Everything that some figures are made of, for these subjects and days."""
    parts = sorted({part for one in asked for part in (one.numerator, one.denominator, one.whole) if part})
    columns = [part for part in parts if part in COLUMNS]
    begins = first - timedelta(days=MEAN_DAYS - 1) if any(one.is_mean for one in asked) else first
    days = [begins + timedelta(days=number) for number in range((last - begins).days + 1)]
    counts = _read(subjects, columns, begins, last)
    return Rows(counts, supplied.on_days(parts, days), _kept_back(subjects, parts, begins, last))


def _kept_back(
    subjects: Sequence[Subject], parts: Sequence[str], first: date, last: date
) -> frozenset[tuple[str, int, date, str]]:
    """Which counts of people stay hidden though they aren't few, see `suppression`."""
    adding = [part for part in parts if part in adding_up()]
    if not adding:
        return frozenset()
    asked = {(each.kind, row): each.id for each in subjects for row in supplied.rows_of(each.kind, each.id)}
    chosen = Suppression.objects.filter(count__in=adding, kind__in=KINDS, day__range=(first, last))
    named = chosen.filter(subject_id__in=[row for _, row in asked]).values_list("kind", "subject_id", "day", "count")
    return frozenset((kind, asked[kind, row], day, count) for kind, row, day, count in named if (kind, row) in asked)


def _read(
    subjects: Sequence[Subject], columns: Sequence[str], first: date, last: date
) -> dict[Key, tuple[datetime, Counts]]:
    pairs = [(subject, row) for subject in subjects for row in supplied.rows_of(subject.kind, subject.id)]
    asked: dict[str, Any] = {
        "kinds": [subject.kind for subject, _ in pairs],
        "asked": [subject.id for subject, _ in pairs],
        "ids": [row for _, row in pairs],
        "sectors": [subject.sector for subject, _ in pairs],
        "first": first,
        "last": last,
    }
    chosen = ", ".join(f"counts.{column}" for column in columns) or "null"
    with connection.cursor() as cursor:
        cursor.execute(READ.format(columns=chosen), asked)
        return {
            (kind, subject, sector, day): (as_of, dict(zip(columns, found, strict=False)))
            for kind, subject, sector, day, as_of, *found in cursor.fetchall()
        }
