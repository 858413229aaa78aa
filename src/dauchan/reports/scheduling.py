"""Reports that are made at their hour, once each.

A worker may be killed anywhere: a report and its recipients are one transaction, kept to one by its series and period.
A schedule goes on with a renamed unit and with the successor of an agency; it ends by itself when nobody is left.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.coverage.computing import count_day
from dauchan.coverage.figures import counted_on
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.people import vault
from dauchan.reports import queries, rules, schedules
from dauchan.reports.actions import MOST_RECIPIENTS, NobodyToTell, NothingCounted, asked_for, require_in_scope, store
from dauchan.reports.models import Kind, Recipient, Report, Schedule
from dauchan.units.models import Agency, Unit
from dauchan.visits.counting import DayNotStored

log = logging.getLogger(__name__)


class ScheduledAlready(Conflict):
    vi = "Đã có lịch cho loại báo cáo này của đơn vị này. Hãy kết thúc lịch cũ trước."
    en = "This kind of report is scheduled for this unit already. End that schedule first."


class WeekdayMissing(BadInput):
    vi = "Báo cáo tuần cần một ngày trong tuần."
    en = "A weekly report needs a day of the week."


@transaction.atomic
def schedule(
    kind: str,
    subject: Unit | Agency,
    issuer: Agency,
    *,
    at: time,
    weekday: int | None,
    to: Sequence[Agency],
    by: Officer,
    now: datetime,
) -> Schedule:
    """Have a report made each day, or each week on a weekday (0 is Monday), from today on.

    raises   NotPermitted, WeekdayMissing, NobodyToTell, ScheduledAlready
    """
    today = clock.local_day(now)
    require_in_scope(by, subject, issuer, today)
    if kind == Kind.WEEKLY and weekday is None:
        raise WeekdayMissing(field="weekday")
    if len(to) > MOST_RECIPIENTS:
        raise NobodyToTell(field="to", most=MOST_RECIPIENTS)
    made = Schedule(kind=kind, issuer=issuer, at=at, valid_from=today, made_by=by, made_at=now)
    made.weekday = weekday if kind == Kind.WEEKLY else None
    made.unit, made.agency = (subject, None) if isinstance(subject, Unit) else (None, subject)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise ScheduledAlready from None
    Recipient.objects.bulk_create([Recipient(schedule=made, to_agency=agency) for agency in dict.fromkeys(to)])
    audit.record("report_schedule.made", by=by, at=now, unit=_unit_of(made), detail={"schedule": made.pk})
    return made


@transaction.atomic
def end_schedule(schedule_id: int, *, by: Officer, now: datetime) -> None:
    """Make no more reports by a schedule.

    raises   NotFound
    """
    today = clock.local_day(now)
    standing = schedules.schedules_of(by, today).filter(pk=schedule_id, valid_to__isnull=True)
    found = standing.select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound
    _end(found, today, by=by, now=now)


def _end(one: Schedule, on: date, *, by: Officer | None, now: datetime) -> None:
    one.valid_to, one.ended_by = on, by
    one.save(update_fields=["valid_to", "ended_by"])
    audit.record("report_schedule.ended", by=by, at=now, unit=_unit_of(one), detail={"schedule": one.pk})


def _unit_of(made: Schedule) -> int | None:
    return made.unit_id or (made.agency.unit_id if made.agency else None)


def make_due(now: datetime) -> int:
    """Make every report that is due and isn't there yet.

    returns  how many were made
    """
    end_those_over(now)
    since = clock.local_day(now) - rules.CATCH_UP
    related = ("unit", "agency", "issuer")
    standing = Schedule.objects.filter(valid_to__isnull=True).select_related(*related)
    ended = Schedule.objects.filter(valid_to__gte=since).select_related(*related)
    lately = Report.objects.filter(schedule__isnull=False, last_day__gte=since - timedelta(days=1))
    there = set(lately.values_list("schedule_id", "last_day"))
    due = [(one, slot) for one in [*standing, *ended] for slot in _slots(one, now)]
    return sum(_try_to_make(one, slot, now) for one, slot in due if (one.pk, slot.last_day) not in there)


@transaction.atomic
def end_those_over(now: datetime) -> None:
    """End the schedules whose unit or agency, or whose issuer, is no more and has no heir."""
    today = clock.local_day(now)
    rows = Schedule.objects.filter(valid_to__isnull=True).select_related("unit", "agency", "issuer")
    alive = schedules.subjects_on(rows, today).keys() & schedules.issuers_on(rows, today).keys()
    for one in rows.filter(valid_from__lte=today).exclude(pk__in=alive).select_for_update(of=("self",)):
        _end(one, today, by=None, now=now)


def _slots(one: Schedule, now: datetime) -> list[rules.Slot]:
    return rules.slots(one.kind, one.at, one.weekday, since=one.valid_from, until=one.valid_to, now=now)


def _try_to_make(one: Schedule, slot: rules.Slot, now: datetime) -> bool:
    try:
        return _make(one, slot, now)
    except Exception:  # whatever a single one brings up must not stop the others; the next run tries it again
        log.exception("reports.not_made schedule=%d day=%s", one.pk, slot.last_day)
        return False


def _make(one: Schedule, slot: rules.Slot, now: datetime) -> bool:
    """Make one report of a schedule, unless it exists or nothing was counted yet."""
    subject = schedules.subjects_on([one], slot.last_day).get(one.pk)
    issuer = schedules.issuers_on([one], clock.local_day(now)).get(one.pk)
    if subject is None or issuer is None or queries.existing(one.kind, subject, issuer, slot.last_day):
        return False
    asked = asked_for(one.kind, subject, issuer, *rules.period_of(one.kind, slot.last_day))
    _count_up_to(slot, now)
    try:
        store(asked, by=None, now=now, schedule=one)
    except (IntegrityError, NothingCounted):  # another worker was quicker; or the next run tries again
        return False
    return True


def _count_up_to(slot: rules.Slot, now: datetime) -> None:
    """Count the day again when its figures are older than the cut-off; the first report of an hour does it for all."""
    counted = counted_on(slot.last_day)
    if counted is None or counted < slot.due:
        with suppress(DayNotStored):  # then it stays as it was counted last
            count_day(slot.last_day, vault.the_keyring(), now)
