"""Figures that somebody supplied, as they count on a day: the newest as of then, else the sum of all that lies beneath.

A sum of only some is not known: beside a whole count it would tell of thousands of per cent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db import connection

from dauchan.coverage.models import AGENCY, UNIT, SuppliedFigure
from dauchan.units import agencies, queries

CODES = ("population", "smartphones", "installs", "headcount", "staff_with_pass")

OF_AGENCIES = frozenset({"headcount", "staff_with_pass"})
Value = Callable[[str, int, str], int | None]
"""What counts of a kind, subject and code."""

NEWEST = """
select kind, subject_id, indicator, app, value
from (
    select distinct on (kind, subject_id, indicator, app) kind, subject_id, indicator, app, value, as_of_day, id
    from coverage_suppliedfigure
    where indicator = any(%(codes)s) and as_of_day <= %(day)s
    order by kind, subject_id, indicator, app, as_of_day desc, id desc
) newest
order by as_of_day, id
"""


def values(codes: Iterable[str], day: date) -> Value:
    """What counts on a day, to be asked by kind, subject and code; None where it isn't known.

    Installs are added up over the apps. A subject without a figure of its own has the sum of its direct children's,
    once each of them has one.
    """
    renamings = queries.atlas().renamings

    def first_row(kind: str, subject: int) -> int:
        return renamings(subject)[0] if kind == UNIT else subject

    wanted = sorted(set(codes) & set(CODES))
    newest: dict[tuple[str, int, str, str], int] = {}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(NEWEST, {"codes": wanted, "day": day})
            for kind, subject, code, app, entered in cursor.fetchall():
                newest[kind, first_row(kind, subject), code, app] = entered
    own: dict[tuple[str, int, str], int] = defaultdict(int)
    for (kind, subject, code, _), entered in newest.items():
        own[kind, subject, code] += entered
    below = _below(day, {kind for kind, _, _ in own})

    @cache
    def value(kind: str, subject: int, code: str) -> int | None:
        key = (kind, first_row(kind, subject), code)
        if key in own:
            return own[key]
        return whole_sum(value(kind, child, code) for child in below(kind, subject))

    return value


def rows_of(kind: str, subject_id: int) -> list[int]:
    """The ids that a subject has had, oldest first: a unit that was renamed is the same one."""
    return queries.atlas().renamings(subject_id) if kind == UNIT else [subject_id]


def on_days(codes: Iterable[str], days: Sequence[date]) -> dict[date, Value]:
    """`values` of each of some days in a row: asked anew only where something was entered, or agencies changed."""
    wanted = sorted(set(codes) & set(CODES))
    if not wanted:
        return {}
    entered = SuppliedFigure.objects.filter(indicator__in=wanted, as_of_day__range=(days[0], days[-1]))
    anew = {days[0], *entered.values_list("as_of_day", flat=True).distinct()}
    if not OF_AGENCIES.isdisjoint(wanted):
        anew |= agencies.days_of_change(days[0], days[-1])
    found: dict[date, Value] = {}
    for day in days:
        found[day] = values(wanted, day) if day in anew else found[day - timedelta(days=1)]
    return found


def whole_sum(parts: Iterable[int | None]) -> int | None:
    """The sum of all parts; None where one of them isn't known, or there is none."""
    told = list(parts)
    return sum(each or 0 for each in told) if told and None not in told else None


def _below(day: date, kinds: set[str]) -> Callable[[str, int], Sequence[int]]:
    """The direct children of units and agencies on a day, where any figure was supplied at all."""
    units = queries.atlas().below
    belonging: dict[int, list[int]] = defaultdict(list)
    if AGENCY in kinds:
        living = agencies.agencies_in_force(day).filter(parent__isnull=False)
        for agency, parent in living.values_list("id", "parent_id"):
            belonging[parent].append(agency)
    return lambda kind, subject: (units if kind == UNIT else belonging).get(subject, ())


@dataclass(frozen=True)
class Entry:
    """A supplied figure as pages show it."""

    app: str
    value: int
    as_of_day: date
    source: str
    entered_by: str
    entered_at: datetime


def entries(kind: str, subject_id: int, code: str, *, limit: int = 20) -> list[Entry]:
    """What was entered of a subject's figure, newest day first: with source and by whom."""
    found = SuppliedFigure.objects.filter(kind=kind, subject_id__in=rows_of(kind, subject_id), indicator=code)
    return [_entry(each) for each in found.select_related("entered_by").order_by("-as_of_day", "-id")[:limit]]


def standing(kind: str, subject_id: int, codes: Iterable[str], day: date) -> dict[str, list[Entry]]:
    """Of a subject's own figures those that count on a day, by code; of installs one for each app."""
    own = SuppliedFigure.objects.filter(kind=kind, subject_id__in=rows_of(kind, subject_id))
    newest = (
        own.filter(indicator__in=codes, as_of_day__lte=day)
        .order_by("indicator", "app", "-as_of_day", "-id")
        .distinct("indicator", "app")
    )
    told: dict[str, list[Entry]] = defaultdict(list)
    for each in newest.select_related("entered_by"):
        told[each.indicator].append(_entry(each))
    return dict(told)


def _entry(row: SuppliedFigure) -> Entry:
    by = row.entered_by.name if row.entered_by else ""
    return Entry(row.app, row.value, row.as_of_day, row.source, by, row.entered_at)


def told_below(kind: str, subject_id: int, codes: Sequence[str], day: date) -> dict[str, tuple[int, int]]:
    """Of how many of those directly below a subject each figure is known on a day, and how many these are."""
    value, children = values(codes, day), _below(day, {kind})(kind, subject_id)
    return {code: (sum(value(kind, child, code) is not None for child in children), len(children)) for code in codes}
