"""One-time links: the first administrator, invitations of colleagues, new passwords.

A link is shown once to the person who makes it, opens once, and is stored as a hash.
"""

import secrets
from datetime import datetime

from django.db import transaction

from dauchan.accounts import actions, audit, queries, rules
from dauchan.accounts.models import Officer, OneTimeLink
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import NotFound, NotPermitted


def make_link(kind: str, *, by: Officer | None, now: datetime, **what: object) -> tuple[OneTimeLink, str]:
    """A fresh link with its token, which is not stored."""
    token = base32.encode(secrets.token_bytes(actions.SECRET_BYTES))
    link = OneTimeLink.objects.create(
        kind=kind,
        token_hash=queries.secret_hash(token),
        made_by=by,
        made_at=now,
        expires_at=now + rules.LINK_LIFETIME,
        **what,
    )
    return link, token


def link_path(token: str) -> str:
    """Where a one-time link leads, below the installation's address."""
    return f"/loi-moi/{token}"


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
    actions.require_over(by, scope, today)
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
def reset_link(officer: Officer, *, by: Officer, now: datetime, base_url: str = "") -> str:
    """A one-time address with which an officer sets a new password and a new second factor.

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
        officer = _renewed(link, password, now) if link.kind == "reset" else _welcomed(link, name, email, password, now)
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
    actions.grant_role(officer, link.role, scope, by=link.made_by, now=now)
    return officer


def _renewed(link: OneTimeLink, password: str, now: datetime) -> Officer:
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    officer = Officer.objects.select_for_update().get(pk=link.officer_id or 0)
    if link.made_by is not None:
        actions.require_manages(link.made_by, officer, now)
    actions.set_password(officer, password)
    officer.session_epoch += 1
    officer.save()
    Authenticator.objects.filter(user_id=officer.pk).delete()
    return officer
