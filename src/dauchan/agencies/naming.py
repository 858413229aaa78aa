"""Naming an agency's focal officers and heads for a term; one with an account gets the role for that term."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dauchan.accounts import actions as accounts
from dauchan.accounts import invitations
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officer_by_email
from dauchan.agencies.models import Appointment, Duty, Post
from dauchan.agencies.tree import note, require_at
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, NotPermitted
from dauchan.people.rules import normal_phone
from dauchan.units.models import Agency


class AlreadyNamed(Conflict):
    vi = "“{name}” đã được cử làm việc này ở cơ quan. Hãy gia hạn thay vì cử lần nữa."
    en = "“{name}” is named for this at the agency already. Extend the term instead."


class NoWayToReach(BadInput):
    vi = "Cần số điện thoại hoặc thư điện tử."
    en = "A phone number or an e-mail address is needed."


class TermPast(BadInput):
    vi = "Nhiệm kỳ phải kéo dài qua hôm nay. Hãy chọn ngày sau hôm nay, hoặc để trống nếu chưa định ngày."
    en = "The term must go on beyond today. Choose a later day, or leave it empty while no day is set."


@dataclass(frozen=True)
class Named:
    """Who is named, for what, how they are reached, until before which day."""

    name: str
    duty: str = Duty.FOCAL_OFFICER
    post: str = Post.IT
    phone: str = ""
    email: str = ""
    until: date | None = None


def checked(given: Named, today: date) -> Named:
    """The same, tidied.

    raises   BadInput, TermPast, PhoneWrong
    """
    name, email = " ".join(given.name.replace("\0", " ").split()), given.email.strip().lower()
    if not 2 <= len(name) <= 120:
        raise BadInput(field="name")
    if given.duty not in Duty.values or given.post not in Post.values:
        raise BadInput(field="duty")
    if not (given.phone.strip() or email):
        raise BadInput(
            "Cần số điện thoại hoặc thư điện tử.", "A phone number or an e-mail address is needed.", field="phone"
        )
    if given.until is not None and given.until <= today:
        raise TermPast(field="until")
    return Named(
        name, given.duty, given.post, normal_phone(given.phone) if given.phone.strip() else "", email, given.until
    )


def may_name(by: Officer, duty: str, agency: Agency, on: date) -> bool:
    """Whether an officer may name somebody for this at an agency: as they may hand out the role."""
    try:
        accounts.require_over(by, Scope("agency", str(agency.pk)), on, role=duty)
    except NotPermitted:
        return False
    return True


@transaction.atomic
def name_officer(agency: Agency, given: Named, *, by: Officer, now: datetime) -> Appointment:
    """Name somebody; whoever has an account under that e-mail address holds the role from now on.

    raises   NotFound, NotPermitted, BadInput, TermPast, AlreadyNamed, NotForYourself
    """
    today = clock.local_day(now)
    clean = checked(given, today)
    _require(by, clean.duty, agency, today)
    appoint = appoint_at(agency, clean, by=by, now=now)
    if clean.email and (officer := officer_by_email(clean.email)):
        link_account(appoint, officer, by=by, now=now)
    return appoint


def _require(by: Officer, duty: str, agency: Agency, today: date) -> None:
    if may_name(by, duty, agency, today):
        return
    require_at(by, "rollout.view", agency, today)
    raise NotPermitted()


def appoint_at(agency: Agency, clean: Named, *, by: Officer, now: datetime) -> Appointment:
    """The row of a naming, inside the caller's transaction, who has checked the right.

    raises   AlreadyNamed
    """
    today = clock.local_day(now)
    same = Appointment.objects.filter(agency=agency, duty=clean.duty, name=clean.name, ended_at=None)
    if any(one.valid_to is None or one.valid_to > today for one in same):
        raise AlreadyNamed(name=clean.name)
    made = Appointment.objects.create(
        agency=agency,
        duty=clean.duty,
        post=clean.post,
        name=clean.name,
        phone=clean.phone,
        email=clean.email,
        valid_from=today,
        valid_to=clean.until,
        named_by=by,
        named_at=now,
    )
    note("named", agency, by=by, now=now, detail=clean.duty)
    return made


def link_account(appointment: Appointment, officer: Officer, *, by: Officer, now: datetime) -> None:
    """Give the named officer's account the role for the term.

    raises   NotPermitted, NotForYourself
    """
    scope = Scope("agency", str(appointment.agency_id))
    accounts.grant_role(officer, appointment.duty, scope, by=by, now=now, valid_to=appointment.valid_to)
    appointment.officer = officer
    appointment.save(update_fields=["officer"])


def account_of(appointment: Appointment) -> Officer | None:
    """The account of a named officer: known when named, or made since by an invitation."""
    if appointment.officer is not None:
        return appointment.officer
    joined = appointment.invitations.filter(link__used_at__isnull=False).select_related("link__officer").first()
    return joined.link.officer if joined and joined.link else None


def _open(appointment_id: int, by: Officer, today: date) -> Appointment:
    """A naming that goes on, locked.

    raises   NotFound, NotPermitted
    """
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("agency", "officer")
    found = rows.filter(pk=appointment_id, ended_at=None).first()
    if found is None:
        raise NotFound()
    _require(by, found.duty, found.agency, today)
    return found


@transaction.atomic
def renew(appointment_id: int, *, until: date | None, by: Officer, now: datetime) -> Appointment:
    """Go on with a term until before another day, or without end; the role goes along.

    raises   NotFound, NotPermitted, TermPast
    """
    today = clock.local_day(now)
    found = _open(appointment_id, by, today)
    if until is not None and until <= today:
        raise TermPast(field="until")
    officer = account_of(found)
    found.valid_to = until
    found.save(update_fields=["valid_to"])
    if officer is not None:
        scope = Scope("agency", str(found.agency_id))
        accounts.end_roles_at(scope, holder=officer, role=found.duty, by=by, now=now)
        link_account(found, officer, by=by, now=now)
    note("term_renewed", found.agency, by=by, now=now, detail=found.duty)
    return found


@transaction.atomic
def end(appointment_id: int, *, by: Officer, now: datetime) -> Appointment:
    """End a term today: the role ends with it, and an invitation not used yet no longer opens.

    raises   NotFound, NotPermitted
    """
    found = _open(appointment_id, by, clock.local_day(now))
    finish(found, by=by, now=now)
    note("term_ended", found.agency, by=by, now=now, detail=found.duty)
    return found


def finish(found: Appointment, *, by: Officer, now: datetime) -> None:
    """The end of a naming, inside the caller's transaction."""
    today = clock.local_day(now)
    for invitation in found.invitations.filter(revoked_at=None).select_related("link"):
        invitations.withdraw(invitation.link, by=by, now=now)
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
    if officer := account_of(found):
        accounts.end_roles_at(Scope("agency", str(found.agency_id)), holder=officer, role=found.duty, by=by, now=now)
    found.valid_to, found.ended_at = max(today, found.valid_from), now
    found.save(update_fields=["valid_to", "ended_at"])
