"""The verbs on officers, their roles and credentials; each one transaction with its audit row.

`require` is what the slices above ask before they act. Who may do what is decided in `rules.py`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F

from dauchan.accounts import audit, queries, rules
from dauchan.accounts.models import Credential, Officer, Role
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted
from dauchan.kernel.search import search_key

SECRET_BYTES = 32
OFFICERS_LEAVE_ONE_BY_ONE = "select pg_advisory_xact_lock(hashtext('accounts.leave'))"
"""Two administrators who shut each other out at the same moment would otherwise leave none."""


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


def require_over(officer: Officer, scope: Scope, on: date, *, role: str = "") -> None:
    """Who hands out a role at a unit or agency manages officers there, or may name just this one; else, everywhere.

    raises   NotPermitted
    """
    if not any(queries.covers(officer, named, scope.kind, scope.id, on) for named in rules.naming(role)):
        raise NotPermitted()


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
    set_password(officer, password)
    officer.save()
    return officer


def set_password(officer: Officer, password: str | None) -> None:
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
        require_over(by, scope, today, role=role)
    check_grant(role, scope, today, valid_to)
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
    audit.record("role.granted", by=by, at=now, unit=unit_of(scope), detail=_said(grant))
    return grant


def check_grant(role: str, scope: Scope, today: date, valid_to: date | None) -> None:
    named = (scope.kind == "all") == (scope.id == "")
    if role not in rules.ROLES or scope.kind not in rules.SCOPE_KINDS or not named:
        raise rules.UnknownRole()
    if valid_to is not None and valid_to <= today:
        raise BadInput(field="valid_to")


def unit_of(scope: Scope) -> int | None:
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
    _leave_one_by_one()
    grant = Role.objects.select_for_update().filter(pk=grant_id, ended_at=None).first()
    if grant is None:
        raise NotFound()
    if grant.officer_id == by.pk:
        raise rules.NotForYourself()
    require_over(by, Scope(grant.scope_kind, grant.scope_id), today, role=grant.role)
    _end(grant, today, by=by, now=now)
    _keep_an_administrator(today)
    return grant


def _end(grant: Role, today: date, *, by: Officer | None, now: datetime) -> None:
    grant.valid_to, grant.ended_by, grant.ended_at = max(today, grant.valid_from), by, now
    grant.save()
    scope = Scope(grant.scope_kind, grant.scope_id)
    audit.record("role.ended", by=by, at=now, unit=unit_of(scope), detail=_said(grant))


@transaction.atomic
def end_roles_at(
    scope: Scope, *, by: Officer | None, now: datetime, holder: Officer | None = None, role: str = ""
) -> list[Role]:
    """End every role held at a scope, or one holder's, today; whether the officer may is the caller's question."""
    today = clock.local_day(now)
    open_ones = Role.objects.select_for_update(of=("self",)).select_related("officer").order_by("pk")
    found = open_ones.filter(scope_kind=scope.kind, scope_id=scope.id, ended_at=None)
    if holder is not None:
        found = found.filter(officer=holder)
    grants = list(found.filter(role=role) if role else found)
    for grant in grants:
        _end(grant, today, by=by, now=now)
    return grants


def _leave_one_by_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute(OFFICERS_LEAVE_ONE_BY_ONE)


def _keep_an_administrator(today: date) -> None:
    if not queries.installation_has_administrator(today):
        raise rules.LastAdministrator()


@transaction.atomic
def switch_off(officer: Officer, *, by: Officer, now: datetime) -> None:
    """Shut an officer out at once; roles stay on record.

    raises   NotPermitted, NotForYourself, LastAdministrator
    """
    _leave_one_by_one()
    require_manages(by, officer, now)
    Officer.objects.filter(pk=officer.pk).update(is_active=False, session_epoch=F("session_epoch") + 1)
    _keep_an_administrator(clock.local_day(now))
    audit.record("officer.switched_off", by=by, at=now, detail={"officer": officer.pk})


@transaction.atomic
def switch_on(officer: Officer, *, by: Officer, now: datetime) -> None:
    """Let an officer sign in again, with the roles still in force.

    raises   NotPermitted, NotForYourself
    """
    require_manages(by, officer, now)
    Officer.objects.filter(pk=officer.pk).update(is_active=True)
    audit.record("officer.switched_on", by=by, at=now, detail={"officer": officer.pk})


def require_manages(by: Officer, officer: Officer, now: datetime) -> None:
    """Every place where the other officer holds a role must lie within the reach of the one who acts."""
    today = clock.local_day(now)
    require(by, "officer.manage", on=today)
    if by.pk == officer.pk:
        raise rules.NotForYourself()
    for grant in queries.roles_held(officer, today):
        require_over(by, Scope(grant.scope_kind, grant.scope_id), today)
    if not queries.visible_officers(by, today).filter(pk=officer.pk).exists():
        raise NotPermitted()


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
    end_credential(credential, by=by, now=now)
    return credential


def end_credential(credential: Credential, *, by: Officer | None, now: datetime) -> None:
    """End a credential inside the caller's transaction; whether the officer may is the caller's question."""
    credential.revoked_at = now
    credential.save(update_fields=["revoked_at"])
    audit.record("credential.revoked", by=by, at=now, unit=credential.unit_id, detail={"credential": credential.pk})
    _tell_gateways()


TELL_GATEWAYS = "select pg_notify('dauchan_gateway', 'credentials')"


def _tell_gateways() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TELL_GATEWAYS)
