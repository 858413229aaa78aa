"""The verbs on officers, their roles, one-time links and credentials; each one transaction with its audit row.

`require` is what the slices above ask before they act. Who may do what is decided in `rules.py`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from dauchan.accounts import audit, queries, rules
from dauchan.accounts.models import Credential, Officer, OneTimeLink, Role
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted
from dauchan.kernel.search import search_key

SECRET_BYTES = 32


@dataclass(frozen=True)
class Scope:
    """Where a role is held: `Scope("unit", "412")`, `Scope("place", "7")`, `Scope("all")`."""

    kind: str
    id: str = ""


# --- asking ----------------------------------------------------------------------------------------------------------


def require(
    officer: Officer,
    permission: str,
    *,
    unit_id: int | None = None,
    place_id: int | None = None,
    on: date,
) -> None:
    """Let an officer go on only with this permission on that day, at the unit or place if one is named.

    unit_id, place_id   together they mean either: a place's own officer, or one of the place's unit
    raises              NotPermitted
    """
    reach = queries.reach_of(officer, permission, on)
    if reach.everywhere:
        return
    if unit_id is None and place_id is None and not reach.nowhere:
        return
    if unit_id in reach.unit_ids or (place_id is not None and str(place_id) in reach.place_ids):
        return
    raise NotPermitted()


def _require_over(officer: Officer, scope: Scope, on: date) -> None:
    """Who hands out roles at a unit manages officers there; at anything else, everywhere."""
    unit_id = int(scope.id) if scope.kind == "unit" and scope.id.isdecimal() else -1
    require(officer, "officer.manage", unit_id=unit_id, on=on)


# --- officers and roles ----------------------------------------------------------------------------------------------


def create_officer(*, email: str, name: str, password: str | None, now: datetime, language: str = "vi") -> Officer:
    """Make an officer without any role; `password` None leaves an account that nobody can sign in to.

    raises   EmailTaken, BadInput (name or password)
    """
    email, name = email.strip().lower(), " ".join(name.split())
    if not name:
        raise BadInput(field="name")
    if Officer.objects.filter(email=email).exists():
        raise rules.EmailTaken()
    officer = Officer(email=email, name=name[:120], language=language, created_at=now)
    officer.search_key = search_key(f"{officer.name} {email}")[:400]
    _set_password(officer, password)
    officer.save()
    return officer


def _set_password(officer: Officer, password: str | None) -> None:
    if password is None:
        officer.set_unusable_password()
        return
    try:
        validate_password(password, officer)
    except ValidationError as error:
        sentence = " ".join(error.messages)
        raise BadInput(vi=sentence, en=sentence, field="password") from error
    officer.set_password(password)


@transaction.atomic
def grant_role(
    officer: Officer,
    role: str,
    scope: Scope,
    *,
    by: Officer | None,
    now: datetime,
    valid_to: date | None = None,
) -> Role:
    """Give an officer a role at a scope from today.

    by       None only for the installation itself (first administrator, try-out)
    raises   NotPermitted, NotForYourself, UnknownRole
    """
    today = clock.local_day(now)
    if by is not None:
        if by.pk == officer.pk:
            raise rules.NotForYourself()
        _require_over(by, scope, today)
    _check_grant(role, scope, today, valid_to)
    grant = Role.objects.create(
        officer=officer,
        role=role,
        scope_kind=scope.kind,
        scope_id=scope.id,
        valid_from=today,
        valid_to=valid_to,
        granted_by=by,
        granted_at=now,
    )
    audit.record("role.granted", by=by, at=now, unit=_unit_of(scope), detail=_said(grant))
    return grant


def _check_grant(role: str, scope: Scope, today: date, valid_to: date | None) -> None:
    named = (scope.kind == "all") == (scope.id == "")
    if role not in rules.ROLES or scope.kind not in rules.SCOPE_KINDS or not named:
        raise rules.UnknownRole()
    if valid_to is not None and valid_to <= today:
        raise BadInput(field="valid_to")


def _unit_of(scope: Scope) -> int | None:
    return int(scope.id) if scope.kind == "unit" and scope.id.isdecimal() else None


def _said(grant: Role) -> dict[str, str | int]:
    return {
        "officer": grant.officer_id,
        "role": grant.role,
        "scope": f"{grant.scope_kind}:{grant.scope_id}",
    }


@transaction.atomic
def end_role(grant_id: int, *, by: Officer, now: datetime) -> Role:
    """End a role today; its holder is refused from the next request on.

    raises   NotFound, NotPermitted, NotForYourself, LastAdministrator
    """
    today = clock.local_day(now)
    grant = Role.objects.select_for_update().filter(pk=grant_id, ended_at=None).first()
    if grant is None:
        raise NotFound()
    if grant.officer_id == by.pk:
        raise rules.NotForYourself()
    _require_over(by, Scope(grant.scope_kind, grant.scope_id), today)
    grant.valid_to, grant.ended_by, grant.ended_at = (
        max(today, grant.valid_from),
        by,
        now,
    )
    grant.save()
    _keep_an_administrator(today)
    audit.record(
        "role.ended",
        by=by,
        at=now,
        unit=_unit_of(Scope(grant.scope_kind, grant.scope_id)),
        detail=_said(grant),
    )
    return grant


def _keep_an_administrator(today: date) -> None:
    if not queries.installation_has_administrator(today):
        raise rules.LastAdministrator()


@transaction.atomic
def switch_off(officer: Officer, *, by: Officer, now: datetime) -> None:
    """Shut an officer out at once; roles stay on record.

    raises   NotPermitted, NotForYourself, LastAdministrator
    """
    _require_manages(by, officer, now)
    Officer.objects.filter(pk=officer.pk).update(is_active=False, session_epoch=officer.session_epoch + 1)
    _keep_an_administrator(clock.local_day(now))
    audit.record("officer.switched_off", by=by, at=now, detail={"officer": officer.pk})


@transaction.atomic
def switch_on(officer: Officer, *, by: Officer, now: datetime) -> None:
    """Let an officer sign in again, with the roles still in force.

    raises   NotPermitted, NotForYourself
    """
    _require_manages(by, officer, now)
    Officer.objects.filter(pk=officer.pk).update(is_active=True)
    audit.record("officer.switched_on", by=by, at=now, detail={"officer": officer.pk})


def _require_manages(by: Officer, officer: Officer, now: datetime) -> None:
    """Every place where the other officer holds a role must lie within the reach of the one who acts."""
    today = clock.local_day(now)
    require(by, "officer.manage", on=today)
    if by.pk == officer.pk:
        raise rules.NotForYourself()
    for grant in queries.roles_of(officer, today):
        _require_over(by, Scope(grant.scope_kind, grant.scope_id), today)
    if not queries.visible_officers(by, today).filter(pk=officer.pk).exists():
        raise NotPermitted()


# --- one-time links --------------------------------------------------------------------------------------------------


def _make_link(kind: str, *, by: Officer | None, now: datetime, **what: object) -> tuple[OneTimeLink, str]:
    token = base32.encode(secrets.token_bytes(SECRET_BYTES))
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
    _, token = _make_link("administrator", by=None, now=now, role="administrator", scope_kind="all")
    audit.record("administrator.link_made", by=None, at=now)
    return base_url.rstrip("/") + link_path(token)


@transaction.atomic
def invite(
    email: str,
    role: str,
    scope: Scope,
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
    _require_over(by, scope, today)
    _check_grant(role, scope, today, None)
    email = email.strip().lower()
    if by.email == email:
        raise rules.NotForYourself()
    if Officer.objects.filter(email=email).exists():
        raise rules.EmailTaken()
    link, token = _make_link(
        "invitation",
        by=by,
        now=now,
        email=email,
        role=role,
        scope_kind=scope.kind,
        scope_id=scope.id,
    )
    said = {"link": link.pk, "role": role, "scope": f"{scope.kind}:{scope.id}"}
    audit.record("officer.invited", by=by, at=now, unit=_unit_of(scope), detail=said)
    return base_url.rstrip("/") + link_path(token)


@transaction.atomic
def reset_link(officer: Officer, *, by: Officer, now: datetime, base_url: str = "") -> str:
    """A one-time address with which an officer sets a new password and a new second factor.

    raises   NotPermitted, NotForYourself
    """
    _require_manages(by, officer, now)
    OneTimeLink.objects.filter(kind="reset", officer=officer, used_at=None, revoked_at=None).update(revoked_at=now)
    _, token = _make_link("reset", by=by, now=now, officer=officer)
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
    link = OneTimeLink.objects.select_for_update().filter(token_hash=queries.secret_hash(token)).first()
    if link is None or not rules.is_usable(
        now, used_at=link.used_at, revoked_at=link.revoked_at, until=link.expires_at
    ):
        raise rules.LinkUsedUp()
    officer = _renewed(link, password) if link.kind == "reset" else _welcomed(link, name, email, password, now)
    link.officer, link.used_at = officer, now
    link.save()
    audit.record(f"{link.kind}.accepted", by=officer, at=now, detail={"link": link.pk})
    return officer


def _welcomed(link: OneTimeLink, name: str, email: str, password: str, now: datetime) -> Officer:
    officer = create_officer(email=link.email or email, name=name, password=password, now=now)
    scope = Scope(link.scope_kind, link.scope_id)
    if link.kind == "administrator" and queries.installation_has_administrator(clock.local_day(now)):
        raise rules.LinkUsedUp()
    if link.made_by is not None:
        _require_over(link.made_by, scope, clock.local_day(now))
    grant_role(officer, link.role, scope, by=link.made_by, now=now)
    return officer


def _renewed(link: OneTimeLink, password: str) -> Officer:
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    officer = Officer.objects.select_for_update().get(pk=link.officer_id or 0)
    _set_password(officer, password)
    officer.session_epoch += 1
    officer.save()
    Authenticator.objects.filter(user_id=officer.pk).delete()
    return officer


# --- credentials -----------------------------------------------------------------------------------------------------


@transaction.atomic
def create_credential(
    *,
    kind: str,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    by: Officer | None,
    now: datetime,
    place_id: int | None = None,
    unit_id: int | None = None,
) -> tuple[Credential, str]:
    """Make a gate's or an integrator's secret.

    returns  the credential and its token `dc_<id>_<secret>`, which is shown once and not stored
    raises   NotPermitted, BadInput
    """
    asked = frozenset(scopes)
    if by is not None:
        require(
            by,
            "credential.manage",
            unit_id=-1 if unit_id is None else unit_id,
            on=clock.local_day(now),
        )
    rules.check_credential(kind, name, asked, lifetime=expires_at - now, has_place=place_id is not None)
    secret = base32.encode(secrets.token_bytes(SECRET_BYTES))
    credential = Credential.objects.create(
        kind=kind,
        name=name.strip()[:120],
        secret_hash=queries.secret_hash(secret),
        scopes=sorted(asked),
        place_id=place_id,
        unit_id=unit_id,
        made_by=by,
        made_at=now,
        expires_at=expires_at,
    )
    said = {"credential": credential.pk, "kind": kind, "scopes": sorted(asked)}
    audit.record("credential.made", by=by, at=now, unit=unit_id, detail=said)
    _tell_gateways()
    return credential, f"dc_{credential.pk}_{secret}"


@transaction.atomic
def revoke_credential(credential_id: str, *, by: Officer, now: datetime) -> Credential:
    """End a credential; gateways refuse it within seconds.

    raises   NotFound
    """
    visible = queries.visible_credentials(by, clock.local_day(now))
    credential = visible.select_for_update().filter(pk=credential_id, revoked_at=None).first()
    if credential is None:
        raise NotFound()
    credential.revoked_at = now
    credential.save()
    audit.record(
        "credential.revoked",
        by=by,
        at=now,
        unit=credential.unit_id,
        detail={"credential": credential.pk},
    )
    _tell_gateways()
    return credential


TELL_GATEWAYS = "select pg_notify('dauchan_gateway', 'credentials')"


def _tell_gateways() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TELL_GATEWAYS)
