"""Reports that are made at their hour, once each, and telling those to whom a report was sent.

A worker may be killed anywhere: a report and its recipients are one transaction, kept to one by its series and period;
that an officer was told is written in the transaction that has the message sent.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext

from dauchan import config
from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_at_agencies
from dauchan.coverage.computing import count_day
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, TooMany
from dauchan.notify.actions import send_mail, send_sms, spend_on_sms
from dauchan.notify.gateways import NoSms
from dauchan.notify.mail import can_mail
from dauchan.people import vault
from dauchan.reports import queries, rules
from dauchan.reports.actions import MOST_RECIPIENTS, NobodyToTell, NothingCounted, asked_for, require_in_scope, store
from dauchan.reports.freezing import Asked, counted_at
from dauchan.reports.models import Kind, Recipient, Report, Schedule, State, Told
from dauchan.units import agencies
from dauchan.units.models import Agency, Unit
from dauchan.visits.counting import DayNotStored

TOLD_FOR = timedelta(days=1)
"""After so long a message that a report is there is no longer worth sending. Ours."""


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
    found = next((one for one in queries.schedules_seen(by, today) if one.pk == schedule_id), None)
    if found is None:
        raise NotFound
    found.valid_to, found.ended_by = today, by
    found.save(update_fields=["valid_to", "ended_by"])
    audit.record("report_schedule.ended", by=by, at=now, unit=_unit_of(found), detail={"schedule": found.pk})


def _unit_of(made: Schedule) -> int | None:
    return made.unit_id or (made.agency.unit_id if made.agency else None)


def make_due(now: datetime) -> int:
    """Make every report that is due and isn't there yet.

    returns  how many were made
    """
    since = clock.local_day(now) - rules.CATCH_UP
    related = ("unit", "agency", "issuer")
    standing = Schedule.objects.filter(valid_to__isnull=True).select_related(*related)
    ended = Schedule.objects.filter(valid_to__gte=since).select_related(*related)
    return sum(_make(one, slot, now) for one in [*standing, *ended] for slot in _slots(one, now))


def _slots(one: Schedule, now: datetime) -> list[rules.Slot]:
    return rules.slots(one.kind, one.at, one.weekday, since=one.valid_from, until=one.valid_to, now=now)


def _make(one: Schedule, slot: rules.Slot, now: datetime) -> bool:
    """Make one report of a schedule, unless it exists or nothing was counted yet."""
    subject = one.unit or one.agency
    assert subject is not None
    if queries.existing(one.kind, subject, one.issuer, slot.last_day):
        return False
    asked = asked_for(one.kind, subject, one.issuer, *rules.period_of(one.kind, slot.last_day))
    _count_up_to(slot, asked, now)
    try:
        store(asked, by=None, now=now, schedule=one)
    except (IntegrityError, NothingCounted):  # another worker was quicker; or the next run tries again
        return False
    return True


def _count_up_to(slot: rules.Slot, asked: Asked, now: datetime) -> None:
    """Count the day again when its figures are older than the cut-off; the first report of an hour does it for all."""
    counted = counted_at(asked.key, slot.last_day)
    if counted is None or counted < slot.due:
        with suppress(DayNotStored):  # then it stays as it was counted last
            count_day(slot.last_day, vault.the_keyring(), now)


# --- telling ----------------------------------------------------------------------------------------------------------


def tell(report_id: int, *, now: datetime) -> int:
    """Tell the recipients of a report that one is there for them, each once; the message says nothing else.

    returns  how many messages are on their way
    """
    report = Report.objects.filter(pk=report_id, state=State.SENT).first()
    host = config.load().public_host
    if report is None or not host:
        return 0
    told = set(Told.objects.filter(report=report).values_list("officer_id", flat=True))
    return sum(_tell(report, officer, host, now) for officer in _officers(report, now) if officer.pk not in told)


def _officers(report: Report, now: datetime) -> list[Officer]:
    """Everybody whom a report was sent to, themselves or at their agency."""
    recipients = queries.recipients_of(report)
    named = [one.officer for one in recipients if one.officer]
    today = clock.local_day(now)
    standing = agencies.agencies_in_force(today).filter(pk__in=[one.to_agency_id for one in recipients])
    there = officers_at_agencies(queries.SEE, dict.fromkeys(standing.values_list("pk", flat=True), 0), today)
    found = dict.fromkeys([*named, *(officer for each in there.values() for officer in each)])
    return [officer for officer in found if officer.is_active]


def _tell(report: Report, officer: Officer, host: str, now: datetime) -> bool:
    """By e-mail, or by SMS where this installation sends no e-mail; the list shows the report all the same."""
    by_mail = can_mail()
    if not by_mail and not _may_spend(officer, now):
        return False
    with translation.override(officer.language):
        subject = gettext("Có báo cáo mới gửi đến bạn")
        text = gettext("Có báo cáo mới gửi đến bạn. Xem tại %(address)s")
        text %= {"address": f"https://{host}/trien-khai/bao-cao?for=me"}
    until = now + TOLD_FOR
    with transaction.atomic():
        _row, is_new = Told.objects.get_or_create(report=report, officer=officer, defaults={"at": now})
        if is_new and by_mail:
            send_mail(officer.email, subject, text, purpose="report", expires_at=until, now=now)
        elif is_new:
            send_sms(officer.phone, text, purpose="report", expires_at=until, now=now)
    return is_new


def _may_spend(officer: Officer, now: datetime) -> bool:
    if not officer.phone:
        return False
    try:
        spend_on_sms(officer.phone, now=now)
    except (TooMany, NoSms):
        return False
    return True
