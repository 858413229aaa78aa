"""Which cases an officer may see, and what is known about one.

A case belongs to its managing unit and to the units it is shared with; every list starts from `visible_to`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import EVERYWHERE, scope_unit_ids
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case, CaseShare, Milestone, MilestoneState
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.kernel.intervals import Interval
from dauchan.people.queries import expand

PAGE = 50


class CaseNotFound(NotFound):
    kind = "case_not_found"
    vi = "Không có ca bệnh này, hoặc nó nằm ngoài phạm vi của bạn."
    en = "There is no such case, or it lies outside your scope."


def visible_to(officer: Officer, on: date, permission: str = "case.view") -> QuerySet[Case]:
    """The cases for which the officer holds the permission: at the managing unit, or at one it is shared with."""
    scope = scope_unit_ids(officer, permission, on)
    if scope is EVERYWHERE:
        return Case.objects.all()
    shared = CaseShare.objects.filter(case=OuterRef("pk"), unit_id__in=scope)
    return Case.objects.filter(Q(unit_id__in=scope) | Exists(shared))


def case_by_code(officer: Officer, code: str, on: date) -> Case:
    """The case with this number, for an officer who may see it.

    raises   CaseNotFound, also when it exists elsewhere
    """
    found = visible_to(officer, on).select_related("unit", "person").filter(code=code).first()
    if found is None:
        raise CaseNotFound
    return found


def require_on(case: Case, permission: str, officer: Officer, on: date) -> None:
    """Refuses an officer who may not do this with this case.

    raises   NotPermitted
    """
    if not visible_to(officer, on, permission).filter(pk=case.pk).exists():
        raise NotPermitted


@dataclass(frozen=True)
class CaseFilter:
    """What the list of cases is narrowed by; everything may be left out."""

    unit_ids: tuple[int, ...] | None = None
    confirmed_from: date | None = None
    confirmed_to: date | None = None
    code: str = ""


def list_cases(
    officer: Officer, on: date, narrowed: CaseFilter, *, after: int | None = None, limit: int = PAGE
) -> list[Case]:
    """One page of an officer's cases, newest first; `after` is the id of the last row of the page before."""
    found = visible_to(officer, on).select_related("unit").order_by("-pk")
    if narrowed.unit_ids is not None:
        found = found.filter(unit_id__in=narrowed.unit_ids)
    if narrowed.confirmed_from:
        found = found.filter(confirmed_on__gte=narrowed.confirmed_from)
    if narrowed.confirmed_to:
        found = found.filter(confirmed_on__lte=narrowed.confirmed_to)
    if narrowed.code:
        found = found.filter(code__icontains=narrowed.code.strip().upper())
    return list(found.filter(pk__lt=after)[:limit] if after else found[:limit])


def cases_of_person(person_id: UUID) -> list[Case]:
    """Every case of one person, under any of their ids, newest first."""
    ids = [each for group in expand([person_id]).values() for each in group]
    return list(Case.objects.filter(person_id__in=ids).order_by("-confirmed_on"))


class MilestoneEvidence(msgspec.Struct, frozen=True):
    """Where and when a case was: a registered place by id, or any place by name, address and unit."""

    start: datetime
    end: datetime
    place_id: int | None = None
    point_id: int | None = None
    place_name: str = ""
    address: str = ""
    unit_id: int | None = None
    note: str = ""

    @property
    def window(self) -> Interval:
        return Interval(self.start, self.end)


@dataclass(frozen=True)
class OpenMilestone:
    """A milestone with its evidence opened, for a page or a question; never stored like this."""

    row: Milestone
    evidence: MilestoneEvidence


def milestones_of(case: Case, states: Sequence[str] = ()) -> list[OpenMilestone]:
    """The case's milestones in the order of time, in any state or in the given ones."""
    vault = vault_of(case)
    rows = case.milestones.filter(state__in=states or MilestoneState.values)
    opened = [
        OpenMilestone(row, vault.open("milestone", bytes(row.key), row.evidence, MilestoneEvidence)) for row in rows
    ]
    return sorted(opened, key=lambda each: (each.evidence.start, each.row.pk))


def cases_among(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people who are or were a case."""
    return {person for person in Case.objects.filter(person__in=people).values_list("person_id", flat=True) if person}
