"""Complementary suppression: which counts of people stay hidden on a day so that none of few is a difference.

Residents and staff add up from part to whole, so beside a hidden part a second one must be hidden. It is chosen for the
whole tree when the day is counted: pages, files, the API and reports then hide the same, and what was chosen before
stays chosen while it is needed, so that none of few is the difference of two days.
"""

from bisect import bisect_right
from datetime import date

from django.db.models import QuerySet

from dauchan.coverage.definitions import Indicator, adding_up
from dauchan.coverage.figures import Rows, Subject, read_rows
from dauchan.coverage.models import AGENCY, UNIT, CountedDay, SuppliedFigure, Suppression
from dauchan.coverage.publishing import hidden_beside_few
from dauchan.coverage.reaches import Reaches
from dauchan.coverage.supplied import CODES


def suppress(day: date, reaches: Reaches) -> int:
    """Choose for a day whose rows are written; a choice made before is kept where it still serves.

    returns   how many supplied figures were known to it
    """
    known = _supplied().filter(as_of_day__lte=day).count()
    subjects = [Subject(*key) for key in reaches.everyone()]
    rows = read_rows(subjects, list(adding_up().values()), day, day)
    parents = {kind: _parents(kind, subjects, reaches) for kind in (UNIT, AGENCY)}
    for one in adding_up().values():
        for kind, above in parents.items():
            _replace(day, kind, one.code, _chosen(one, kind, above, rows, day))
    return known


def outdated() -> list[date]:
    """The counted days for which figures were supplied after their choice, oldest first."""
    known = dict(CountedDay.objects.order_by("day").values_list("day", "supplied"))
    told = list(_supplied().order_by("as_of_day").values_list("as_of_day", flat=True))
    return [day for day, count in known.items() if count != bisect_right(told, day)]


def ever_kept_back(kind: str, subject_id: int, code: str) -> bool:
    """Whether a subject's count was hidden on any day for what could be worked out from it."""
    return Suppression.objects.filter(kind=kind, subject_id=subject_id, count=code).exists()


def _supplied() -> QuerySet[SuppliedFigure]:
    """The supplied figures that a choice depends on."""
    codes = {name for one in adding_up().values() for name in (one.numerator, one.whole)}
    return SuppliedFigure.objects.filter(indicator__in=codes & set(CODES))


def _parents(kind: str, subjects: list[Subject], reaches: Reaches) -> dict[int, int | None]:
    """Whose part each unit or agency of the day is."""
    above: dict[int, int | None] = {}
    for subject in subjects:
        if subject.kind == kind:
            chain = reaches.units_of(subject.id) if kind == UNIT else reaches.above([subject.id])
            above[subject.id] = next(iter(chain[1:]), None)
    return above


def _chosen(one: Indicator, kind: str, above: dict[int, int | None], rows: Rows, day: date) -> set[int]:
    counts = {number: rows.part(Subject(kind, number), one.numerator, day) for number in above}
    wholes = {number: rows.part(Subject(kind, number), one.whole, day) for number in above}
    return hidden_beside_few(counts, wholes, above, before=_before(day, kind, one.code), day=day)


def _before(day: date, kind: str, count: str) -> set[int]:
    """What was chosen for the day when it was counted before, or else for the nearest day earlier."""
    chosen = Suppression.objects.filter(kind=kind, count=count, day__lte=day)
    newest = chosen.order_by("-day").values("day")[:1]
    return set(chosen.filter(day=newest).values_list("subject_id", flat=True))


def _replace(day: date, kind: str, count: str, chosen: set[int]) -> None:
    Suppression.objects.filter(day=day, kind=kind, count=count).delete()
    Suppression.objects.bulk_create(
        Suppression(day=day, kind=kind, count=count, subject_id=number) for number in sorted(chosen)
    )
