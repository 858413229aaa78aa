"""Telling officers of a report that was sent to them, and of a draft that waits for them: once each, without content.

That an officer was told is written in the transaction that pays for the message and has it sent: a worker may be killed
anywhere, and nobody is told or paid for twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_at_agencies
from dauchan.kernel import clock
from dauchan.notify.actions import SmsBudgetSpent, send_mail, send_sms, spend_on_sms
from dauchan.notify.gateways import NoSms
from dauchan.notify.mail import can_mail
from dauchan.reports import queries
from dauchan.reports.models import Report, State, Told
from dauchan.units import agencies
from dauchan.units.models import AgencyKind

TOLD_FOR = timedelta(days=1)
"""After so long a message that a report is there is no longer worth sending. Ours."""
TOGETHER = timedelta(hours=1)
"""One message tells an officer of all drafts that were made within so long: it leads to the list of them. Ours."""


def tell(report_id: int, *, now: datetime) -> int:
    """Tell the recipients of a report that one is there for them, each once; the message says nothing else.

    returns  how many messages are on their way
    raises   SmsBudgetSpent when some could not be told for now; all others were
    """
    report = Report.objects.filter(pk=report_id, state=State.SENT).first()
    if report is None or report.sent_at is None or report.sent_at + TOLD_FOR <= now:
        return 0
    return _tell_each(report, _recipients(report, now), now)


def tell_draft(report_id: int, *, now: datetime) -> int:
    """Tell those who may issue it that a schedule made a draft.

    returns  how many messages are on their way
    raises   SmsBudgetSpent, as above
    """
    related = ("issuer", "schedule__made_by")
    report = Report.objects.filter(pk=report_id, state=State.DRAFT).select_related(*related).first()
    if report is None or report.made_at + TOLD_FOR <= now:
        return 0
    return _tell_each(report, _issuers(report, now), now)


def _tell_each(report: Report, officers: Iterable[Officer], now: datetime) -> int:
    host = config.load().public_host
    told = set(Told.objects.filter(report=report, as_draft=report.is_draft).values_list("officer_id", flat=True))
    count, spent = 0, None
    for officer in officers if host else ():
        if officer.pk in told:
            continue
        try:
            count += _tell(report, officer, host, now)
        except SmsBudgetSpent as problem:
            spent = problem
        except NoSms:
            continue
    if spent:
        raise spent
    return count


def _recipients(report: Report, now: datetime) -> list[Officer]:
    """Everybody whom a report was sent to, themselves or at their agency."""
    recipients = queries.recipients_of(report)
    named = [one.officer for one in recipients if one.officer]
    today = clock.local_day(now)
    standing = agencies.agencies_in_force(today).filter(pk__in=[one.to_agency_id for one in recipients])
    there = officers_at_agencies(queries.SEE, dict.fromkeys(standing.values_list("pk", flat=True), 0), today)
    found = dict.fromkeys([*named, *(officer for each in there.values() for officer in each)])
    return [officer for officer in found if officer.is_active]


def _issuers(report: Report, now: datetime) -> list[Officer]:
    """Whoever made a draft's schedule, and who makes reports at its issuer, as far as they may issue it today."""
    today, issuer = clock.local_day(now), report.issuer
    unit_id = issuer.unit_id if issuer.kind == AgencyKind.COMMITTEE else 0
    there = officers_at_agencies(queries.MAKE, {issuer.pk: unit_id}, today)[issuer.pk]
    made_by = [report.schedule.made_by] if report.schedule else []
    return [one for one in dict.fromkeys([*made_by, *there]) if queries.may_make(one, report, today)]


@transaction.atomic
def _tell(report: Report, officer: Officer, host: str, now: datetime) -> bool:
    """By e-mail, or by SMS where this installation sends no e-mail; the list shows the report all the same.

    raises   SmsBudgetSpent, NoSms; then nothing is written
    """
    by_mail = can_mail()
    if not (by_mail or officer.phone):
        return False
    lately = Told.objects.filter(officer=officer, as_draft=True, at__gt=now - TOGETHER).order_by("at").last()
    known = lately if report.is_draft else None
    _row, is_new = Told.objects.get_or_create(
        report=report, officer=officer, as_draft=report.is_draft, defaults={"at": known.at if known else now}
    )
    if known or not is_new:
        return False
    subject, text = _words(report, officer, host)
    until = now + TOLD_FOR
    if by_mail:
        send_mail(officer.email, subject, text, purpose="report", expires_at=until, now=now)
    else:
        spend_on_sms(officer.phone, now=now)
        send_sms(officer.phone, text, purpose="report", expires_at=until, now=now)
    return True


def _words(report: Report, officer: Officer, host: str) -> tuple[str, str]:
    """Subject and text in the officer's language."""
    with translation.override(officer.language):
        if report.is_draft:
            subject, narrowed = gettext("Có bản thảo báo cáo chờ bạn ban hành"), "state=draft"
            text = gettext("Có bản thảo báo cáo chờ bạn ban hành. Xem tại %(address)s")
        else:
            subject, narrowed = gettext("Có báo cáo mới gửi đến bạn"), "for=me"
            text = gettext("Có báo cáo mới gửi đến bạn. Xem tại %(address)s")
        return subject, text % {"address": f"https://{host}/trien-khai/bao-cao?{narrowed}"}
