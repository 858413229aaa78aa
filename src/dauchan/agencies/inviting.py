"""People are invited by a list: checked line by line, confirmed, then each sent once by e-mail, SMS or printed letter.

An invitation is sent in one transaction with its link and its message in the outbox, and marked in the same: whatever
dies in between, it was sent, or it was not. Who may invite whom is asked when the list is read, when it is sent, and
when the link is used.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from procrastinate.contrib.django import app

from dauchan.accounts import actions as accounts
from dauchan.accounts import audit, invitations
from dauchan.accounts import rules as roles
from dauchan.accounts.actions import Scope
from dauchan.accounts.links import link_path
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officer_by_email
from dauchan.agencies import naming
from dauchan.agencies.invited import Guest, InvitedAlready, is_invited, read_guests
from dauchan.agencies.models import Appointment, Batch, Channel, Duty, Fault, Invitation
from dauchan.agencies.queries import visible_to
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, NotFound, Problem
from dauchan.notify.actions import SmsBudgetSpent, send_mail, send_sms, spend_on_sms
from dauchan.notify.gateways import NoSms, can_text
from dauchan.notify.mail import can_mail

MESSAGE_LIFETIME = timedelta(days=2)
"""How long a provider may be away before an invitation counts as not delivered. Ours."""
DRAFT_LIFETIME = timedelta(days=1)
SUBJECT = "Lời mời dùng hệ thống Dấu Chân / Invitation to Dấu Chân"
MAIL = (
    "Bạn được mời dùng hệ thống phòng dịch Dấu Chân ở cơ quan mình. Liên kết dùng một lần, trong {days} ngày:\n"
    "{url}\n\n"
    "You are invited to Dấu Chân, the system that your agency uses in an outbreak. The link opens once, within {days}"
    " days:\n{url}\n\n"
    "Nếu không chờ thư này, hãy hỏi cán bộ đầu mối cấp trên. / If you don't expect this, ask your superior agency.\n"
)
TEXT = "Ban duoc moi dung he thong Dau Chan. Lien ket dung mot lan, trong {days} ngay: {url}"


class DraftGone(Conflict):
    vi = "Danh sách này không còn dòng nào để mời."
    en = "This list has no line left to invite."


class JoinedAlready(Conflict):
    vi = "Người này đã có tài khoản ở cơ quan. Không cần mời nữa."
    en = "This person has an account at the agency already. There is nothing to invite them to."


class TermOver(Conflict):
    vi = "Nhiệm kỳ trong lời mời đã hết. Hãy mời lại với nhiệm kỳ mới."
    en = "The term in the invitation is over. Invite anew for another term."


# --- a list -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft(content: bytes, *, file_name: str, letters: bool, base_url: str, by: Officer, now: datetime) -> Batch:
    """Read a list and keep what can be invited, without sending anything; what can't is a fault of its line.

    letters  print all of them, whatever addresses they have
    raises   FileUnreadable and its kinds, ColumnMissing
    """
    found = read_guests(content, by=by, on=clock.local_day(now))
    batch = Batch.objects.create(
        made_by=by, made_at=now, file_name=file_name[-200:], lines=found.lines, base_url=base_url.rstrip("/")
    )
    Fault.objects.bulk_create(
        Fault(
            batch=batch, line=line, column=column[:80], reason_vi=one.text("vi")[:400], reason_en=one.text("en")[:400]
        )
        for line, column, one in found.faults
    )
    Invitation.objects.bulk_create(_invitation(batch, guest, letters=letters) for guest in found.guests)
    return batch


def _invitation(batch: Batch, guest: Guest, *, letters: bool, appointment: Appointment | None = None) -> Invitation:
    return Invitation(
        batch=batch,
        line=guest.line,
        name=guest.name,
        email=guest.email,
        phone=guest.phone,
        role=guest.role,
        scope_kind=guest.scope.kind,
        scope_id=guest.scope.id,
        agency_id=guest.agency_id,
        appointment=appointment,
        until=guest.until,
        channel=Channel.LETTER if letters else channel_for(guest.email, guest.phone),
    )


def channel_for(email: str, phone: str) -> str:
    """How somebody is reached: by e-mail where that goes out, else by SMS, else on paper."""
    if email and can_mail():
        return Channel.EMAIL
    return Channel.SMS if phone and can_text() else Channel.LETTER


@transaction.atomic
def confirm(batch_id: int, *, by: Officer, now: datetime) -> Batch:
    """Have a checked list sent by the worker; confirming again changes nothing, and whom another list invited since is
    refused.

    raises   NotFound, DraftGone
    """
    batch = Batch.objects.select_for_update().filter(pk=batch_id, made_by=by).first()
    if batch is None:
        raise NotFound()
    if batch.confirmed_at is not None:
        return batch
    guests = list(batch.invitations.select_related("agency"))
    if not guests:
        raise DraftGone()
    for one in guests:
        if is_invited(one.name, one.email, one.phone, one.role, Scope(one.scope_kind, one.scope_id)):
            _refuse(one, InvitedAlready())
        else:
            _name(one, by=by, now=now)
    batch.confirmed_at = now
    batch.save(update_fields=["confirmed_at"])
    audit.record("officers.invited", by=by, at=now, count=len(guests), detail={"batch": batch.pk})
    app.configure_task("agencies.send_batch").defer(batch_id=batch.pk)
    return batch


def _name(one: Invitation, *, by: Officer, now: datetime) -> None:
    """Whoever is invited as focal officer or head of an agency is named there, if nobody did so before."""
    if one.agency is None or one.role not in Duty.values or one.appointment_id is not None:
        return
    known = Appointment.objects.filter(agency=one.agency, duty=one.role, name=one.name, ended_at=None).first()
    named = naming.Named(one.name, one.role, phone=one.phone, email=one.email, until=one.until)
    one.appointment = known or naming.appoint_at(one.agency, named, by=by, now=now)
    one.save(update_fields=["appointment"])


@transaction.atomic
def invite_named(appointment_id: int, *, letter: bool, base_url: str, by: Officer, now: datetime) -> Invitation:
    """Invite one named officer into the system; asked twice at once it is sent once, and only the last link opens.

    raises   NotFound, NotPermitted, JoinedAlready
    """
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("agency")
    named = rows.filter(pk=appointment_id, ended_at=None).first()
    if named is None:
        raise NotFound()
    scope = Scope("agency", str(named.agency_id))
    accounts.require_over(by, scope, clock.local_day(now), role=named.duty)
    if naming.account_of(named) is not None:
        raise JoinedAlready()
    for earlier in named.invitations.select_related("link").filter(revoked_at=None, problem_vi=""):
        if earlier.sent_at is None and not letter and earlier.channel != Channel.LETTER:
            return earlier
        invitations.withdraw(earlier.link, by=by, now=now)
        earlier.revoked_at = now
        earlier.save(update_fields=["revoked_at"])
    guest = Guest(1, named.name, named.email, named.phone, named.duty, scope, named.agency_id, named.valid_to)
    batch = Batch.objects.create(made_by=by, made_at=now, confirmed_at=now, lines=1, base_url=base_url.rstrip("/"))
    one = _invitation(batch, guest, letters=letter, appointment=named)
    one.save()
    app.configure_task("agencies.send_batch").defer(batch_id=batch.pk)
    return one


# --- sending ----------------------------------------------------------------------------------------------------------


def waiting(batch_id: int | None = None) -> QuerySet[Invitation]:
    """What is confirmed and still to be sent by message; letters wait for whoever prints them."""
    open_ones = Invitation.objects.filter(sent_at__isnull=True, revoked_at__isnull=True, problem_vi="")
    open_ones = open_ones.filter(batch__confirmed_at__isnull=False).exclude(channel=Channel.LETTER)
    return open_ones.filter(batch=batch_id) if batch_id is not None else open_ones


def send_batch(batch_id: int, *, now: datetime) -> None:
    """Send what waits of a list, each by itself; whom no SMS can reach for now waits on and holds up nobody behind."""
    for invitation_id in list(waiting(batch_id).order_by("pk").values_list("pk", flat=True)):
        with suppress(SmsBudgetSpent, NoSms):
            send(invitation_id, now=now)


def send(invitation_id: int, *, now: datetime) -> None:
    """Send one invitation, if that was not done: link, message and mark in one transaction.

    raises   SmsBudgetSpent, NoSms
    """
    known = waiting().filter(pk=invitation_id).first()
    if known is None:
        return
    if known.channel == Channel.SMS:
        spend_on_sms(known.phone, now=now)
    with transaction.atomic():
        one = (
            waiting()
            .select_for_update(of=("self",))
            .select_related("batch__made_by", "link")
            .filter(pk=invitation_id)
            .first()
        )
        if one is None:
            return
        try:
            with transaction.atomic():
                _send(one, now)
        except Problem as problem:
            _refuse(one, problem)


def _refuse(one: Invitation, problem: Problem) -> None:
    one.problem_vi, one.problem_en = problem.text("vi")[:300], problem.text("en")[:300]
    one.save(update_fields=["problem_vi", "problem_en"])


def _send(one: Invitation, now: datetime) -> None:
    if one.email and (officer := officer_by_email(one.email)):
        _give(one, officer, now)
        return
    url = _fresh_link(one, now)
    told = {"days": roles.LETTER_LIFETIME.days, "url": url}
    how = {"purpose": "invitation", "expires_at": now + MESSAGE_LIFETIME, "now": now}
    if one.channel == Channel.EMAIL:
        # one set of times and purpose for both ways
        one.message = send_mail(one.email, SUBJECT, MAIL.format(**told), **how)  # type: ignore[arg-type]
    else:
        one.message = send_sms(one.phone, TEXT.format(**told), **how)  # type: ignore[arg-type]  # the same set
    _mark(one, now)


def _give(one: Invitation, officer: Officer, now: datetime) -> None:
    """Somebody who works here already gets the role at once."""
    by = one.batch.made_by
    accounts.grant_role(officer, one.role, Scope(one.scope_kind, one.scope_id), by=by, now=now, valid_to=one.until)
    one.officer = officer
    _mark(one, now)


def _fresh_link(one: Invitation, now: datetime) -> str:
    """A new link; the one before no longer opens.

    raises   TermOver, NotPermitted where the inviter may no longer give it
    """
    if one.until is not None and one.until <= clock.local_day(now):
        raise TermOver()
    by = one.batch.made_by
    invitations.withdraw(one.link, by=by, now=now)
    scope = Scope(one.scope_kind, one.scope_id)
    one.link, token = invitations.invite_by_letter(one.email, one.role, scope, by=by, now=now, until=one.until)
    return one.batch.base_url + link_path(token)


def _mark(one: Invitation, now: datetime) -> None:
    one.sent_at, one.times = now, one.times + 1
    one.save(update_fields=["link", "message", "officer", "sent_at", "times", "problem_vi", "problem_en"])


def letters_to_print(found: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Those among some invitations whose letter waits for its first printing."""
    return found.filter(channel=Channel.LETTER, sent_at__isnull=True, revoked_at__isnull=True, problem_vi="")


@dataclass(frozen=True)
class Letter:
    """What stands in one printed letter."""

    invitation: Invitation
    url: str


@dataclass(frozen=True)
class LeftOut:
    """Whose letter could not be written, and why."""

    name: str
    problem: Problem


def write_letters(invitation_ids: Iterable[int], *, by: Officer, now: datetime) -> tuple[list[Letter], list[LeftOut]]:
    """Fresh links for letters that are printed now; older letters to the same people no longer open.

    returns  the letters, and who is left out: one invitation that no longer holds stops nobody else's letter
    raises   NotFound when nobody among them is to get a letter, else the first problem when nobody can
    """
    letters, left_out = _write_letters(list(invitation_ids), by, now)
    if not letters:
        raise left_out[0].problem if left_out else NotFound()
    return letters, left_out


@transaction.atomic
def _write_letters(ids: list[int], by: Officer, now: datetime) -> tuple[list[Letter], list[LeftOut]]:
    rows = seen_by(by, clock.local_day(now)).filter(pk__in=ids, channel=Channel.LETTER)
    rows = rows.filter(revoked_at=None, officer=None, batch__confirmed_at__isnull=False)
    letters, left_out = [], []
    for one in rows.exclude(link__used_at__isnull=False).select_for_update(of=("self",)).order_by("pk"):
        try:
            letters.append(_letter(one, by, now))
        except Problem as problem:
            left_out.append(LeftOut(one.name, problem))
    return letters, left_out


def _letter(one: Invitation, by: Officer, now: datetime) -> Letter:
    """One letter; what is wrong with the invitation, and not with who prints it, is noted on it."""
    accounts.require_over(by, Scope(one.scope_kind, one.scope_id), clock.local_day(now), role=one.role)
    try:
        with transaction.atomic():
            letter = Letter(one, _fresh_link(one, now))
    except Problem as problem:
        _refuse(one, problem)
        raise
    one.problem_vi = one.problem_en = ""
    _mark(one, now)
    return letter


# --- afterwards -------------------------------------------------------------------------------------------------------


def seen_by(officer: Officer, on: date) -> QuerySet[Invitation]:
    """The invitations that an officer made, or to agencies that the officer edits."""
    own = Q(batch__made_by=officer) | Q(agency__in=visible_to(officer, "agency.edit", on))
    rows = Invitation.objects.filter(own, batch__confirmed_at__isnull=False)
    return rows.select_related("batch__made_by", "agency", "link__officer", "message", "officer")


def _seen(invitation_id: int, by: Officer, now: datetime) -> Invitation:
    found = seen_by(by, clock.local_day(now)).select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if found is None:
        raise NotFound()
    accounts.require_over(by, Scope(found.scope_kind, found.scope_id), clock.local_day(now), role=found.role)
    return found


@transaction.atomic
def invite_again(invitation_id: int, *, by: Officer, now: datetime) -> Invitation:
    """Send once more, by a new link; the older one no longer opens. Whoever has joined is not invited again.

    raises   NotFound, NotPermitted, DraftGone
    """
    one = _seen(invitation_id, by, now)
    if one.officer_id is not None or (one.link is not None and one.link.used_at is not None):
        raise DraftGone()
    invitations.withdraw(one.link, by=by, now=now)
    one.sent_at = one.revoked_at = None
    one.problem_vi = one.problem_en = ""
    one.save(update_fields=["sent_at", "revoked_at", "problem_vi", "problem_en"])
    if one.channel != Channel.LETTER:
        app.configure_task("agencies.send_batch").defer(batch_id=one.batch_id)
    return one


@transaction.atomic
def revoke(invitation_id: int, *, by: Officer, now: datetime) -> Invitation:
    """Make an invitation useless that was not used yet.

    raises   NotFound, NotPermitted
    """
    one = _seen(invitation_id, by, now)
    invitations.withdraw(one.link, by=by, now=now)
    if one.revoked_at is None:
        one.revoked_at = now
        one.save(update_fields=["revoked_at"])
    return one


def forget_drafts(now: datetime) -> int:
    """Forget lists that nobody confirmed."""
    return Batch.objects.filter(confirmed_at=None, made_at__lt=now - DRAFT_LIFETIME).delete()[0]
