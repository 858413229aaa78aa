"""The verbs of reports: make a draft, make it again, discard it, issue it, send it, open it.

A draft's figures are frozen when it is made; issuing gives it a number, a day and a signer, and from then on it never
changes. A scan that comes later changes the live figure; the next report of the series says what changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission, officer_by_email
from dauchan.agencies.queries import scope_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, NotPermitted
from dauchan.people.rules import normal_text
from dauchan.reports import queries, rules, snapshot
from dauchan.reports.freezing import Asked, correcting, counted_at, freeze
from dauchan.reports.models import Recipient, Report, Schedule, State
from dauchan.units import agencies
from dauchan.units.models import Agency, Unit

NUMBERING = 0x5265706F  # "Repo": the first half of the advisory lock on an issuer's numbers
MOST_RECIPIENTS = 100


class NothingCounted(Conflict):
    kind = "nothing_counted"
    vi = "Chưa có số liệu ngày {day}. Số liệu được tính lại vài phút một lần; hãy thử lại sau, hoặc chọn ngày khác."
    en = (
        "There are no figures of {day} yet. They are counted every few minutes; try again later, or choose another day."
    )


class AlreadyMade(Conflict):
    vi = "Báo cáo kỳ này đã được lập. Hãy mở báo cáo đó trong danh sách."
    en = "The report of this period exists. Open it in the list."


class PeriodWrong(BadInput):
    vi = "Thời gian chưa đúng: ngày cuối không ở tương lai và không trước ngày đầu, dài nhất {days} ngày."
    en = "The period is not right: its last day isn't in the future or before the first, and {days} days at most."


class NotADraft(Conflict):
    vi = "Báo cáo đã ban hành thì không sửa được. Số liệu đổi sau đó được đính chính ở báo cáo sau."
    en = "An issued report can't be changed. What changes later is corrected in the next report."


class MadeBySchedule(Conflict):
    vi = "Bản thảo này do lịch lập trong 7 ngày qua; bỏ đi thì lịch lập lại. Hãy lấy số liệu mới nhất."
    en = "The schedule made this draft within the last 7 days, and would make it again. Take the newest figures."


class NotIssued(Conflict):
    vi = "Chỉ gửi được báo cáo đã ban hành. Hãy ban hành trước."
    en = "Only an issued report can be sent. Issue it first."


class NobodyToTell(BadInput):
    vi = "Chưa chọn nơi nhận. Hãy chọn ít nhất một cơ quan, nhiều nhất {most}."
    en = "Nobody is chosen to receive it. Choose at least one agency, {most} at most."


class NoSuchReader(BadInput):
    vi = "Không có cán bộ nào dùng thư điện tử “{email}” và xem được phần triển khai. Xem lại địa chỉ."
    en = "No officer with the address “{email}” may see the rollout. Look again at the address."


class SignerMissing(BadInput):
    vi = "Hãy ghi chức vụ và họ tên người ký, và ký hiệu văn bản."
    en = "Say who signs, as what, and the document's symbol."


@dataclass(frozen=True)
class Signature:
    """Under which symbol a report is issued, and who signs it as what."""

    symbol: str
    title: str
    name: str


def require_in_scope(officer: Officer, subject: Unit | Agency, issuer: Agency, on: date) -> None:
    """Refuse an officer who doesn't make reports about the one in the name of the other.

    raises   NotPermitted
    """
    scope = scope_of(officer, queries.MAKE, on)
    holds = scope.holds_unit(subject.pk) if isinstance(subject, Unit) else scope.holds_agency(subject)
    if not (holds and scope.holds_agency(issuer)):
        raise NotPermitted


def make_report(
    kind: str, subject: Unit | Agency, issuer: Agency, *, first: date, last: date, by: Officer, now: datetime
) -> Report:
    """Freeze the figures of some days into a draft.

    raises   NotPermitted, PeriodWrong, NothingCounted, AlreadyMade
    """
    today = clock.local_day(now)
    require_in_scope(by, subject, issuer, today)
    if not first <= last <= today or (last - first).days >= rules.LONGEST_PERIOD:
        raise PeriodWrong(field="last", days=rules.LONGEST_PERIOD)
    if queries.existing(kind, subject, issuer, last):
        raise AlreadyMade
    asked = asked_for(kind, subject, issuer, first, last)
    try:
        return store(asked, by=by, now=now)
    except IntegrityError:
        raise AlreadyMade from None


def asked_for(kind: str, subject: Unit | Agency, issuer: Agency, first: date, last: date) -> Asked:
    """A question with the reports before it in its series."""
    return Asked(kind, subject, issuer, first, last, tuple(queries.formers_of(kind, subject, issuer, first, last)))


@transaction.atomic
def store(asked: Asked, *, by: Officer | None, now: datetime, schedule: Schedule | None = None) -> Report:
    """A new draft with its recipients.

    raises   NothingCounted; IntegrityError when the period's report exists
    """
    made = Report(kind=asked.kind, issuer=asked.issuer, first_day=asked.first, last_day=asked.last, schedule=schedule)
    made.unit = asked.subject if isinstance(asked.subject, Unit) else None
    made.agency = asked.subject if isinstance(asked.subject, Agency) else None
    _fill(made, asked, by=by, now=now)
    made.save()
    if schedule:
        _address(made, schedule, clock.local_day(now))
        app.configure_task("reports.tell_draft").defer(report_id=made.pk)
    _record("report.made", made, by=by, at=now)
    return made


def _address(made: Report, schedule: Schedule, on: date) -> None:
    """Give a draft the recipients of its schedule, or who stands for them now."""
    told = list(schedule.recipients.all())
    heirs = agencies.bearers([one.to_agency_id for one in told if one.to_agency_id], on)
    pairs = dict.fromkeys((heirs.get(one.to_agency_id or 0), one.officer_id) for one in told)
    Recipient.objects.bulk_create(
        [Recipient(report=made, to_agency=agency, officer_id=officer_id) for agency, officer_id in pairs]
    )


def _fill(report: Report, asked: Asked, *, by: Officer | None, now: datetime) -> None:
    """The frozen content, and what is known of it without opening it."""
    if counted_at(asked.key, asked.last) is None:
        raise NothingCounted(day=f"{asked.last:%d/%m/%Y}")
    content = freeze(asked, now=now)
    _hold(report, content, asked.former)
    report.definitions, report.as_of = snapshot.version_of(content), content.as_of
    report.made_by, report.made_at = by, now


def _hold(report: Report, content: snapshot.Content, former: Report | None) -> None:
    report.content = snapshot.written(content)
    report.sha256, report.corrects = snapshot.digest(report.content), former


@transaction.atomic
def remake(report_id: int, *, by: Officer, now: datetime) -> Report:
    """Freeze a draft's figures anew.

    raises   NotFound, NotADraft, NothingCounted
    """
    report = _mine(report_id, by, now, draft=True)
    _fill(report, _asked_again(report), by=by, now=now)
    report.save()
    _record("report.made", report, by=by, at=now)
    return report


def _asked_again(report: Report) -> Asked:
    subject = report.unit or report.agency
    assert subject is not None
    return asked_for(report.kind, subject, report.issuer, report.first_day, report.last_day)


def is_made_again(report: Report, now: datetime) -> bool:
    """Whether its schedule would make a draft again that is thrown away."""
    by = report.schedule
    due = rules.slots(by.kind, by.at, by.weekday, since=by.valid_from, until=by.valid_to, now=now) if by else []
    return report.last_day in {slot.last_day for slot in due}


@transaction.atomic
def discard(report_id: int, *, by: Officer, now: datetime) -> None:
    """Throw a draft away.

    raises   NotFound, NotADraft, MadeBySchedule
    """
    report = _mine(report_id, by, now, draft=True)
    if is_made_again(report, now):
        raise MadeBySchedule
    _record("report.discarded", report, by=by, at=now)
    report.delete()


@transaction.atomic
def issue(report_id: int, signature: Signature, *, by: Officer, now: datetime) -> Report:
    """Give a draft its number of the issuer's year, its day and its signer.

    raises   NotFound, NotADraft, SignerMissing, BadText
    """
    report = _mine(report_id, by, now, draft=True)
    symbol = normal_text(signature.symbol, field="symbol", longest=60)
    title = normal_text(signature.title, field="signer_title", longest=120)
    name = normal_text(signature.name, field="signer_name", longest=120)
    if not (symbol and title and name):
        raise SignerMissing(field="signer_name")
    report.symbol, report.signer_title, report.signer_name = symbol, title, name
    report.year = clock.local_day(now).year
    report.number = _next_number(report.issuer_id, report.year)
    _correct_those_issued_since(report)
    report.state, report.issued_at, report.issued_by = State.ISSUED, now, by
    report.save()
    _record("report.issued", report, by=by, at=now)
    return report


def _correct_those_issued_since(report: Report) -> None:
    """Have a draft correct the reports of the days before that were drafts themselves when its figures were frozen."""
    asked = _asked_again(report)
    known = report.corrects.last_day if report.corrects else None
    if asked.former and (known is None or known < asked.former.last_day):
        _hold(report, correcting(asked, snapshot.read(report.content)), asked.former)


def _next_number(issuer_id: int, year: int) -> int:
    """The issuer's next number of a year; whoever asks meanwhile waits for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [NUMBERING, issuer_id])
    last = Report.objects.filter(issuer_id=issuer_id, year=year).order_by("-number").first()
    return (last.number or 0) + 1 if last else 1


@transaction.atomic
def send(report_id: int, to: Sequence[Agency], *, emails: Sequence[str] = (), by: Officer, now: datetime) -> Report:
    """Send an issued report to its recipients and these agencies: it is in their list, and they are told so.

    emails   single officers who get it, too, by the address with which they sign in
    raises   NotFound, NotIssued, NoSuchReader, NobodyToTell
    """
    report = _mine(report_id, by, now)
    if report.state != State.ISSUED:
        raise NotIssued
    for agency in to:
        Recipient.objects.get_or_create(report=report, to_agency=agency, officer=None)
    for officer in [_reader(email, clock.local_day(now)) for email in emails]:
        Recipient.objects.get_or_create(report=report, to_agency=None, officer=officer)
    if not 0 < report.recipients.count() <= MOST_RECIPIENTS:
        raise NobodyToTell(field="to", most=MOST_RECIPIENTS)
    report.state, report.sent_at = State.SENT, now
    report.save(update_fields=["state", "sent_at"])
    _record("report.sent", report, by=by, at=now, count=report.recipients.count())
    app.configure_task("reports.tell").defer(report_id=report.pk)
    return report


def _reader(email: str, on: date) -> Officer:
    """The officer of an address, who may see the rollout somewhere.

    raises   NoSuchReader
    """
    found = officer_by_email(email)
    if found is None or not has_permission(found, queries.SEE, on):
        raise NoSuchReader(field="emails", email=email[:80])
    return found


def opened(report: Report, officer: Officer, *, now: datetime) -> None:
    """Note that a report was opened by one whom it was sent to; the first time counts."""
    if report.state == State.SENT:
        told = queries.recipients_for(officer, report, clock.local_day(now))
        told.filter(opened_at__isnull=True).update(opened_at=now)


def _mine(report_id: int, by: Officer, now: datetime, *, draft: bool = False) -> Report:
    """A report that an officer may act on, locked.

    raises   NotFound, NotADraft
    """
    report = Report.objects.select_for_update(of=("self",)).filter(pk=report_id).first()
    if report is None or not queries.may_make(by, report, clock.local_day(now)):
        raise NotFound
    if draft and report.state != State.DRAFT:
        raise NotADraft
    return report


def _record(event: str, report: Report, *, by: Officer | None, at: datetime, count: int | None = None) -> None:
    unit_id = report.unit_id or (report.agency.unit_id if report.agency else None)
    detail = {"report": report.pk, "sha256": report.sha256, "number": report.number}
    audit.record(event, by=by, at=at, unit=unit_id, count=count, detail=detail)
