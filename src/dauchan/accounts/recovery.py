"""A new second factor for an officer who lost theirs: an officer above asks, another one above approves.

Above is whoever could have given every role that the officer holds; who approves has been so for some days, so that
nobody names an accomplice and takes an account over. The link that an approval makes is shown once to
the officer who approved, opens once, and dies when either of the two is no longer above. A forgotten password alone
takes one officer (`invitations.reset_link`); it leaves the second factor as it is.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import actions, audit, queries, rules
from dauchan.accounts.links import link_path, make_link
from dauchan.accounts.models import Officer, Recovery, Role
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, NotPermitted
from dauchan.notify.actions import send_mail
from dauchan.notify.mail import can_mail

SHOWN = 100
TOLD_WITHIN = timedelta(days=2)
SUBJECT = "Tài khoản Dấu Chân của bạn / Your Dấu Chân account"
ASKED = (
    "Có người đề nghị cấp lại mật khẩu và bước xác thực thứ hai cho tài khoản của bạn. Nếu không phải bạn nhờ, hãy"
    " đăng nhập, mở “Tài khoản của tôi” và bấm Từ chối.\n\n"
    "Somebody asked that your account gets a new password and second factor. If you didn't ask for it, sign in, open"
    " My account and refuse it."
)
APPROVED = (
    "Tài khoản của bạn vừa được cấp lại mật khẩu và bước xác thực thứ hai. Nếu không phải bạn nhờ, hãy báo ngay cấp"
    " trên.\n\n"
    "Your account was given a new password and second factor. If you didn't ask for it, tell your superiors at once."
)


class AlreadyAsked(Conflict):
    vi = "Đã có đề nghị cấp lại cho người này, đang chờ người thứ hai duyệt."
    en = "This has been asked for already and waits for a second officer."


def is_above(by: Officer, officer: Officer, now: datetime) -> bool:
    """Whether somebody could have given every role that the officer holds; nobody is above themselves."""
    return _is_above(by, officer, now, on=clock.local_day(now))


def _is_above(by: Officer, officer: Officer, now: datetime, *, on: date) -> bool:
    """Whether somebody could have given the roles that the officer holds now on an earlier day already."""
    held = queries.roles_held(officer, clock.local_day(now))
    return by.pk != officer.pk and bool(held) and all(_could_give(by, role, on) for role in held)


def _day_held(by: Officer, since: datetime) -> date:
    """The last day whose roles somebody had at that moment: one given later that day counts for the whole of it."""
    day = clock.local_day(since)
    later = by.roles.filter(valid_from=day, granted_at__gt=since).exists()
    return day - timedelta(days=1) if later else day


def _could_give(by: Officer, held: Role, on: date) -> bool:
    try:
        actions.require_over(by, actions.Scope(held.scope_kind, held.scope_id), on, role=held.role)
    except NotPermitted:
        return False
    return True


def require_above(by: Officer | None, officer: Officer, now: datetime) -> None:
    """Refuse whoever is not above.

    raises   NotPermitted
    """
    if by is None or not by.is_active or not is_above(by, officer, now):
        raise NotPermitted()


@transaction.atomic
def ask(email: str, reason: str, *, by: Officer, now: datetime) -> Recovery:
    """Ask that an officer may set a new password and second factor.

    raises   NotFound for an address that is nobody's below, BadInput, AlreadyAsked
    """
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise BadInput(field="reason")
    officer = Officer.objects.filter(email=email.strip().lower(), is_active=True).first()
    if officer is None or not is_above(by, officer, now):
        raise NotFound()
    Officer.objects.select_for_update().get(pk=officer.pk)
    _let_go(now)
    if Recovery.objects.filter(officer=officer, decided_at=None).exists():
        raise AlreadyAsked()
    made = Recovery.objects.create(officer=officer, reason=reason, asked_by=by, asked_at=now)
    audit.record("recovery.asked", by=by, at=now, detail={"officer": officer.pk, "recovery": made.pk})
    _tell(officer, ASKED, now)
    return made


def _tell(officer: Officer, text: str, now: datetime) -> None:
    """Tell the officer by e-mail where this installation sends any; their own account's page tells it anyhow."""
    if can_mail():
        until = now + TOLD_WITHIN
        send_mail(officer.email, SUBJECT, text, purpose="recovery", expires_at=until, now=now)


def _let_go(now: datetime) -> None:
    """What nobody decided in time is refused by itself."""
    late = Recovery.objects.filter(decided_at=None, asked_at__lte=now - rules.RECOVERY_WAITS)
    late.update(decided_at=now, approved=False)


@transaction.atomic
def decide(recovery_id: int, *, approve: bool, by: Officer, now: datetime, base_url: str = "") -> str:
    """Approve or refuse what another officer asked for.

    returns  the one-time address, shown once to whoever approved; "" when refused
    raises   NotFound, RecoveryNeedsTwo, RecoveryTooNew
    """
    _let_go(now)
    open_ones = Recovery.objects.select_for_update(of=("self",)).select_related("officer", "asked_by")
    asked = open_ones.filter(pk=recovery_id, decided_at=None).first()
    if asked is None or not (by.pk == asked.officer_id or is_above(by, asked.officer, now)):
        raise NotFound()
    if approve and by.pk in (asked.officer_id, asked.asked_by_id):
        raise rules.RecoveryNeedsTwo()
    if approve and not _is_above(by, asked.officer, now, on=_day_held(by, now - rules.RECOVERY_STANDING)):
        raise rules.RecoveryTooNew(days=rules.RECOVERY_STANDING.days)
    token = ""
    if approve:
        require_above(asked.asked_by, asked.officer, now)
        asked.link, token = make_link("recovery", by=by, now=now, officer=asked.officer)
        _tell(asked.officer, APPROVED, now)
    asked.decided_at, asked.approved = now, approve
    asked.decided_by = by if by.pk != asked.asked_by_id else None  # whoever asked may take it back
    asked.save()
    event = "recovery.approved" if approve else "recovery.refused"
    audit.record(event, by=by, at=now, detail={"officer": asked.officer_id, "recovery": asked.pk})
    return base_url.rstrip("/") + link_path(token) if token else ""


def seen_by(officer: Officer, now: datetime) -> list[Recovery]:
    """The newest recoveries of the officers whom somebody is above, those that wait first."""
    rows = Recovery.objects.select_related("officer", "asked_by", "decided_by", "link").order_by("-pk")[:SHOWN]
    seen = [row for row in rows if is_above(officer, row.officer, now)]
    return sorted(seen, key=lambda row: row.decided_at is not None)


def about(officer: Officer, now: datetime) -> QuerySet[Recovery]:
    """What was asked about an officer within a month: told on their own account's page."""
    since = now - rules.LETTER_LIFETIME
    return Recovery.objects.filter(officer=officer, asked_at__gte=since).select_related("asked_by", "decided_by")
