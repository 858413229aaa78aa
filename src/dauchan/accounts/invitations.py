"""What one-time links do: the first administrator, invitations of colleagues, new passwords and second factors."""

from datetime import date, datetime

from django.db import transaction

from dauchan.accounts import actions, audit, queries, recovery, rules
from dauchan.accounts.links import TYPED_BYTES, link_path, make_link
from dauchan.accounts.models import Officer, OneTimeLink
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted


@transaction.atomic
def bootstrap_link(base_url: str, now: datetime) -> str | None:
    """A one-time address to create the first administrator, while there is none.

    Older addresses of this kind stop working.

    returns  the address, to be printed once; None when there is an administrator
    """
    if queries.installation_has_administrator(clock.local_day(now)):
        return None
    OneTimeLink.objects.filter(kind="administrator", used_at=None, revoked_at=None).update(revoked_at=now)
    _, token = make_link("administrator", by=None, now=now, role="administrator", scope_kind="all")
    audit.record("administrator.link_made", by=None, at=now)
    return base_url.rstrip("/") + link_path(token)


@transaction.atomic
def invite(
    email: str,
    role: str,
    scope: actions.Scope,
    *,
    by: Officer,
    now: datetime,
    base_url: str = "",
) -> str:
    """Invite a colleague to a role at a scope.

    returns  the one-time address, shown once to the inviter, who passes it on
    raises   NotPermitted, EmailTaken, UnknownRole
    """
    today = clock.local_day(now)
    actions.require_over(by, scope, today, role=role)
    actions.check_grant(role, scope, today, None)
    email = email.strip().lower()
    if by.email == email:
        raise rules.NotForYourself()
    if Officer.objects.filter(email=email).exists():
        raise rules.EmailTaken()
    link, token = make_link(
        "invitation",
        by=by,
        now=now,
        email=email,
        role=role,
        scope_kind=scope.kind,
        scope_id=scope.id,
    )
    said = {"link": link.pk, "role": role, "scope": f"{scope.kind}:{scope.id}"}
    audit.record("officer.invited", by=by, at=now, unit=actions.unit_of(scope), detail=said)
    return base_url.rstrip("/") + link_path(token)


@transaction.atomic
def invite_by_letter(
    email: str, role: str, scope: actions.Scope, *, by: Officer, now: datetime, until: date | None = None
) -> tuple[OneTimeLink, str]:
    """Invite somebody by a link that can be typed and lives as long as letters travel; without an e-mail address they
    tell theirs when they join.

    returns  the link and its token, which the caller passes on and does not keep
    raises   NotPermitted, UnknownRole, BadInput
    """
    today = clock.local_day(now)
    actions.require_over(by, scope, today, role=role)
    actions.check_grant(role, scope, today, until)
    what = {"email": email, "role": role, "scope_kind": scope.kind, "scope_id": scope.id, "role_until": until}
    link, token = make_link(
        "invitation", by=by, now=now, lifetime=rules.LETTER_LIFETIME, secret_bytes=TYPED_BYTES, **what
    )
    said = {"link": link.pk, "role": role, "scope": f"{scope.kind}:{scope.id}"}
    audit.record("officer.invited", by=by, at=now, unit=actions.unit_of(scope), detail=said)
    return link, token


def withdraw(link: OneTimeLink | None, *, by: Officer, now: datetime) -> None:
    """Make an invitation's link useless, if it still opens; whether the officer may is the caller's question."""
    if link is None:
        return
    if OneTimeLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(revoked_at=now):
        audit.record("officer.link_revoked", by=by, at=now, detail={"link": link.pk})


@transaction.atomic
def reset_link(officer: Officer, *, by: Officer, now: datetime, base_url: str = "") -> str:
    """A one-time address with which an officer sets a new password; the second factor stays (see `recovery.py`).

    raises   NotPermitted, NotForYourself
    """
    actions.require_manages(by, officer, now)
    OneTimeLink.objects.filter(kind="reset", officer=officer, used_at=None, revoked_at=None).update(revoked_at=now)
    _, token = make_link("reset", by=by, now=now, officer=officer)
    audit.record("officer.reset_link_made", by=by, at=now, detail={"officer": officer.pk})
    return base_url.rstrip("/") + link_path(token)


@transaction.atomic
def revoke_link(link_id: int, *, by: Officer, now: datetime) -> None:
    """Make a one-time link useless before it was used.

    raises   NotFound
    """
    visible = {link.pk for link in queries.visible_links(by, clock.local_day(now), limit=1000)}
    changed = OneTimeLink.objects.filter(pk=link_id, pk__in=visible, used_at=None, revoked_at=None).update(
        revoked_at=now
    )
    if not changed:
        raise NotFound()
    audit.record("officer.link_revoked", by=by, at=now, detail={"link": link_id})


@transaction.atomic
def accept_link(token: str, *, name: str, email: str, password: str, now: datetime) -> Officer:
    """Use a one-time link: a new officer with the promised role, or a new password for an old one.

    name, email   as the new officer writes them; an invitation's own e-mail wins; both unused by a reset
    raises        LinkUsedUp, EmailTaken, BadInput
    """
    links = OneTimeLink.objects.select_for_update().exclude(kind="try_out")
    link = links.filter(token_hash=queries.secret_hash(token)).first()
    if link is None or not rules.is_usable(
        now, used_at=link.used_at, revoked_at=link.revoked_at, until=link.expires_at
    ):
        raise rules.LinkUsedUp()
    try:
        renews = link.kind in ("reset", "recovery")
        officer = _renewed(link, password, now) if renews else _welcomed(link, name, email, password, now)
    except NotPermitted as error:  # whoever made the link may no longer do what it promises
        raise rules.LinkUsedUp() from error
    link.officer, link.used_at = officer, now
    link.save()
    audit.record(f"{link.kind}.accepted", by=officer, at=now, detail={"link": link.pk})
    return officer


def _welcomed(link: OneTimeLink, name: str, email: str, password: str, now: datetime) -> Officer:
    officer = actions.create_officer(email=link.email or email, name=name, password=password, now=now)
    scope = actions.Scope(link.scope_kind, link.scope_id)
    if link.kind == "administrator" and queries.installation_has_administrator(clock.local_day(now)):
        raise rules.LinkUsedUp()
    actions.grant_role(officer, link.role, scope, by=link.made_by, now=now, valid_to=link.role_until)
    return officer


def _renewed(link: OneTimeLink, password: str, now: datetime) -> Officer:
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    officer = Officer.objects.select_for_update().get(pk=link.officer_id or 0)
    if link.kind == "recovery":
        for one in link.recoveries.select_related("asked_by", "decided_by"):
            recovery.require_above(one.asked_by, officer, now)
            recovery.require_above(one.decided_by, officer, now)
    elif link.made_by is not None:
        actions.require_manages(link.made_by, officer, now)
    actions.set_password(officer, password)
    officer.session_epoch += 1
    officer.save()
    if link.kind == "recovery":
        Authenticator.objects.filter(user_id=officer.pk).delete()
    return officer
