"""Reads on schedules: which an officer makes, and what became of each one's unit or agency and of its issuer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of
from dauchan.kernel.numbers import row_number
from dauchan.reports.models import Schedule
from dauchan.reports.queries import MAKE, PAGE_SIZE, made_in
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Agency, Unit

ENDED_SHOWN = timedelta(days=60)
"""How long the page says that a schedule ended by itself. Ours."""


def schedules_of(officer: Officer, on: date) -> QuerySet[Schedule]:
    """The schedules, ended ones too, of the series that an officer makes or that their agencies inherited."""
    scope = scope_of(officer, MAKE, on)
    inherited = replace(scope, agency_ids=agencies.with_predecessors(scope.agency_ids))
    return Schedule.objects.filter(made_in(inherited))


@dataclass(frozen=True)
class Standing:
    """A schedule on a day: whom its reports are about and who issues them now (None: nobody), and what came instead."""

    schedule: Schedule
    subject: Unit | Agency | None
    issuer: Agency | None
    instead: tuple[str, ...] = ()

    @property
    def new_subject(self) -> str:
        """What the subject is called now, when that is another name."""
        return "" if self.subject is None or str(self.subject) == self.schedule.subject_name else str(self.subject)

    @property
    def new_issuer(self) -> str:
        return "" if self.issuer in (None, self.schedule.issuer) else str(self.issuer)


def schedules_page(officer: Officer, on: date, *, after: str = "") -> tuple[list[Standing], str]:
    """One page of the schedules in force, and of those that ended by themselves lately; the key of the next page."""
    lately = Q(valid_to__gt=on - ENDED_SHOWN, ended_by__isnull=True)
    found = schedules_of(officer, on).filter(Q(valid_to__isnull=True) | lately, pk__gt=row_number(after) or 0)
    related = found.select_related("unit", "agency", "issuer").prefetch_related("recipients__to_agency")
    rows = list(related.order_by("pk")[: PAGE_SIZE + 1])
    standing = standing_on(rows[:PAGE_SIZE], on)
    return standing, str(rows[PAGE_SIZE - 1].pk) if len(rows) > PAGE_SIZE else ""


def standing_on(schedules: Iterable[Schedule], on: date) -> list[Standing]:
    """Each schedule as it stands on a day: a renamed unit, or an agency with a successor, goes on as that one."""
    rows = list(schedules)
    subjects, issuers = subjects_on(rows, on), issuers_on(rows, on)
    return [Standing(one, subjects.get(one.pk), issuers.get(one.pk), _instead(one, on)) for one in rows]


def subjects_on(schedules: Iterable[Schedule], on: date) -> dict[int, Unit | Agency]:
    """By schedule id, whom its reports of a day are about; those whose subject is no more are missing."""
    rows = list(schedules)
    here = units.standing({one.unit_id for one in rows if one.unit_id}, on)
    there = _agencies_on({one.agency_id for one in rows if one.agency_id}, on)
    found = {one.pk: here.get(one.unit_id) if one.unit_id else there.get(one.agency_id or 0) for one in rows}
    return {pk: subject for pk, subject in found.items() if subject}


def issuers_on(schedules: Iterable[Schedule], on: date) -> dict[int, Agency]:
    """By schedule id, in whose name its reports are issued on a day; those whose issuer is no more are missing."""
    rows = list(schedules)
    there = _agencies_on({one.issuer_id for one in rows}, on)
    return {one.pk: there[one.issuer_id] for one in rows if one.issuer_id in there}


def _agencies_on(agency_ids: Iterable[int], on: date) -> dict[int, Agency]:
    """Who bears the business of each of these agencies on a day; those without an heir in force are missing."""
    bearing = agencies.bearers(agency_ids, on)
    return {was: now for was, now in bearing.items() if now.valid_to is None or now.valid_to > on}


def _instead(one: Schedule, on: date) -> tuple[str, ...]:
    """The units that have the area of an ended one."""
    return tuple(str(unit) for unit in units.successors(one.unit, on)) if one.unit and one.valid_to else ()
