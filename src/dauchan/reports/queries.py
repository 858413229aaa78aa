"""Reads on reports: what an officer may see, what was sent to whom, the series, what the public may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.agencies.queries import Scope, scope_of
from dauchan.kernel.errors import NotFound
from dauchan.kernel.numbers import row_number
from dauchan.reports import rules
from dauchan.reports.models import Kind, Recipient, Report, Schedule, State
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Agency, AgencyKind, Sector, Unit

PAGE_SIZE = 30
MAKE, SEE = "report.make", "rollout.view"
AGENCIES_OFFERED = 500
"""How many agencies a form's list offers. Ours."""
SUGGESTED = 20
DRAFTS_COUNTED = 10_000
"""How far the drafts that wait are counted: the morning page shows "9.999+". Ours."""


@dataclass(frozen=True)
class Filters:
    """What a list of reports is narrowed to; empty fields narrow nothing."""

    kind: str = ""
    unit_ids: tuple[int, ...] | None = None
    mine: bool = False
    state: str = ""


@dataclass(frozen=True)
class Page:
    """A page of reports and the key of the next one ("" after the last)."""

    reports: list[Report]
    next_after: str


def visible_to(officer: Officer, on: date) -> QuerySet[Report]:
    """What is about an officer's units and agencies, and what was sent to them; drafts only where they make reports."""
    seen, makes = scope_of(officer, SEE, on), scope_of(officer, MAKE, on)
    issued = ~Q(state=State.DRAFT) & _about(seen)
    received = Q(state=State.SENT, pk__in=_received_by(officer, on).values("report"))
    return Report.objects.filter(issued | made_in(makes) | received)


def _about(scope: Scope) -> Q:
    if scope.everywhere:
        return ~Q(pk=None)
    inside = Q(agency__in=scope.agency_ids) | Q(agency__unit__in=scope.unit_ids)
    return Q(unit__in=scope.unit_ids) | inside


def made_in(scope: Scope) -> Q:
    """Reports, or schedules, about what lies in a scope and issued by an agency in it."""
    if scope.everywhere:
        return ~Q(pk=None)
    return _about(scope) & (Q(issuer__in=scope.agency_ids) | Q(issuer__unit__in=scope.unit_ids))


def _received_by(officer: Officer, on: date) -> QuerySet[Recipient]:
    """What was addressed to an officer, or to an agency where they may see the rollout."""
    own = [int(agency) for agency in reach_of(officer, SEE, on).agency_ids]
    return Recipient.objects.filter(Q(officer=officer) | Q(to_agency__in=own), report__isnull=False)


def report_seen(officer: Officer, report_id: int, on: date) -> Report:
    """One report that an officer may see.

    raises   NotFound
    """
    related = ("unit", "agency", "issuer", "issued_by", "made_by", "corrects")
    found = visible_to(officer, on).select_related(*related).filter(pk=report_id).first()
    if found is None:
        raise NotFound
    return found


def may_make(officer: Officer, report: Report, on: date) -> bool:
    """Whether an officer may issue, send and discard a report."""
    return Report.objects.filter(made_in(scope_of(officer, MAKE, on)), pk=report.pk).exists()


def search(officer: Officer, filters: Filters = Filters(), *, after: str = "", on: date) -> Page:
    """One page of the reports that an officer sees, those of the newest days first.

    after   `next_after` of the page before: the id of its last report
    """
    found = visible_to(officer, on).select_related("unit", "agency", "issuer").defer("content")
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.unit_ids is not None:
        found = found.filter(Q(unit__in=filters.unit_ids) | Q(agency__unit__in=filters.unit_ids))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.mine:
        found = found.filter(state=State.SENT, pk__in=_received_by(officer, on).values("report"))
    last = Report.objects.filter(pk=row_number(after) or 0).only("last_day").first()
    if last:
        found = found.filter(Q(last_day__lt=last.last_day) | Q(last_day=last.last_day, pk__lt=last.pk))
    listed = list(found.order_by("-last_day", "-pk")[: PAGE_SIZE + 1])
    return Page(listed[:PAGE_SIZE], str(listed[PAGE_SIZE - 1].pk) if len(listed) > PAGE_SIZE else "")


def drafts_waiting(officer: Officer, on: date) -> int:
    """How many drafts wait for this officer to issue them, counted no further than DRAFTS_COUNTED; `?state=draft` of
    the list shows them.
    """
    drafts = Report.objects.filter(made_in(scope_of(officer, MAKE, on)), state=State.DRAFT)
    return drafts.order_by()[:DRAFTS_COUNTED].count()


def unread(officer: Officer, on: date) -> set[int]:
    """Ids of the reports that were sent to an officer and that nobody there has opened yet."""
    waiting = _received_by(officer, on).filter(opened_at__isnull=True, report__state=State.SENT)
    return {report for report in waiting.values_list("report_id", flat=True) if report}


def recipients_for(officer: Officer, report: Report, on: date) -> QuerySet[Recipient]:
    """Those of a report's recipients that an officer opens it as."""
    return _received_by(officer, on).filter(report=report)


def recipients_of(owner: Report | Schedule) -> list[Recipient]:
    return list(owner.recipients.select_related("to_agency", "officer").order_by("pk"))


# --- the series -------------------------------------------------------------------------------------------------------


def former_of(kind: str, subject: Unit | Agency, issuer: Agency, first: date) -> Report | None:
    """The last issued report of a series before a day."""
    found = Report.objects.filter(_of(subject), kind=kind, issuer=issuer, last_day__lt=first)
    return found.exclude(state=State.DRAFT).order_by("-last_day", "-pk").first()


def formers_of(kind: str, subject: Unit | Agency, issuer: Agency, first: date, last: date) -> list[Report]:
    """The issued reports of a series that one of these days may correct, newest first: the one before, and those of
    days for which scans still came since. Ad hoc ones may overlap, so of these it is the one before alone.
    """
    before = former_of(kind, subject, issuer, first)
    if before is None or kind == Kind.AD_HOC:
        return [before] if before else []
    issued = Report.objects.filter(_of(subject), kind=kind, issuer=issuer).exclude(state=State.DRAFT)
    older = issued.filter(last_day__lt=before.last_day, last_day__gte=last - rules.CORRECTED_FOR)
    return [before, *older.order_by("-last_day")]


def existing(kind: str, subject: Unit | Agency, issuer: Agency, last: date) -> Report | None:
    """The report of a series and period that was made already; an ad hoc one never stands in the way."""
    if kind == Kind.AD_HOC:
        return None
    return Report.objects.filter(_of(subject), kind=kind, issuer=issuer, last_day=last).first()


def corrections_of(report: Report) -> list[Report]:
    """Issued reports that correct this one: the next of the series, and later ones with a figure of its days."""
    series = Report.objects.filter(
        kind=report.kind, issuer=report.issuer_id, unit=report.unit_id, agency=report.agency_id
    )
    later = Q(last_day__gt=report.last_day, last_day__lte=report.last_day + rules.CORRECTED_FOR)
    told = later & ~Q(kind=Kind.AD_HOC)
    told &= Q(content__contains={"corrections": [{"day": report.last_day.isoformat()}]})
    found = series.exclude(state=State.DRAFT).filter(Q(corrects=report) | told)
    return list(found.select_related("issuer").defer("content").order_by("last_day", "pk"))


def _of(subject: Unit | Agency) -> Q:
    return Q(unit=subject) if isinstance(subject, Unit) else Q(agency=subject)


# --- for forms --------------------------------------------------------------------------------------------------------


def agencies_offered(officer: Officer, on: date, permission: str = MAKE) -> list[Agency]:
    """The agencies of a day where an officer holds a permission, by name, up to a limit."""
    scope = scope_of(officer, permission, on)
    found = agencies.agencies_in_force(on)
    if not scope.everywhere:
        found = found.filter(Q(pk__in=scope.agency_ids) | Q(unit__in=scope.unit_ids))
    return list(found.select_related("unit").order_by("search_key", "pk")[:AGENCIES_OFFERED])


def suggested(subject: Unit | Agency, issuer: Agency, on: date) -> list[Agency]:
    """Who usually receives a report: the issuer's superior, the People's Committees above, the Department of Health."""
    unit = subject if isinstance(subject, Unit) else subject.unit
    chain = [*units.ancestors(unit), unit]
    committees = Q(unit__in=chain, kind=AgencyKind.COMMITTEE)
    health = Q(unit=chain[0], kind=AgencyKind.DEPARTMENT, sector=Sector.HEALTH)
    found = agencies.agencies_in_force(on).filter(Q(pk=issuer.parent_id) | committees | health)
    return list(found.exclude(pk=issuer.pk).order_by("search_key", "pk")[:SUGGESTED])


def offered_to(officer: Officer, text: str, chosen: Iterable[str], on: date) -> list[Agency]:
    """Whom a schedule can send to: those found by name, those chosen already, else the usual ones of the officer's."""
    kept = {number for key in chosen if (number := row_number(key))}
    found = agencies.search_agencies(text, on, limit=SUGGESTED) if text.strip() else []
    own = agencies_offered(officer, on)
    top = {unit.pk for agency in own[:1] for unit in [*units.ancestors(agency.unit), agency.unit]}
    usual = Q(unit__in=top, kind=AgencyKind.COMMITTEE) | Q(unit__in=top, kind="department", sector=Sector.HEALTH)
    listed = agencies.agencies_in_force(on).filter(usual | Q(pk__in=kept)).order_by("search_key", "pk")[:SUGGESTED]
    return list({one.pk: one for one in [*found, *listed]}.values())


def last_issued_by(issuer: Agency) -> Report | None:
    return Report.objects.filter(issuer=issuer).exclude(state=State.DRAFT).order_by("-issued_at").first()


# --- the public -------------------------------------------------------------------------------------------------------


def public_reports() -> QuerySet[Report]:
    """What anybody may have: issued daily reports of provinces, one a day and province.

    Two of the same day, cut off at other hours, might hide different parts of its visitors, and a small count would be
    the difference. Those of other days have other visitors; which residents and staff stay hidden is chosen once a day.
    """
    issued = Report.objects.filter(kind=Kind.DAILY, unit__parent__isnull=True, unit__isnull=False)
    first = issued.exclude(state=State.DRAFT).order_by("unit", "last_day", "issued_at", "pk")
    return Report.objects.filter(pk__in=first.distinct("unit", "last_day").values("pk"))


def public_days(limit: int = 400) -> list[date]:
    """The days of which there is open data, newest first."""
    days = public_reports().order_by("-last_day").values_list("last_day", flat=True)
    return list(dict.fromkeys(days))[:limit]


def public_day(day: date) -> QuerySet[Report]:
    """What is published of a day, province by province."""
    return public_reports().filter(last_day=day).select_related("unit", "issuer").order_by("unit__sort_key", "pk")
