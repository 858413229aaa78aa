"""Who holds which role where on a day, who is behind a token, and the lists that officers see.

Answers only; what a role allows is decided by `rules.py`.
"""

import hashlib
import hmac
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from dauchan.accounts import rules
from dauchan.accounts.models import AuditRow, Credential, Officer, OneTimeLink, Role
from dauchan.kernel.once import once
from dauchan.kernel.search import search_key
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Unit


class Everywhere(Enum):
    """The reach of a role held for the whole installation."""

    EVERYWHERE = "everywhere"


EVERYWHERE: Final = Everywhere.EVERYWHERE


@dataclass(frozen=True)
class Reach:
    """How far one permission goes for one officer on one day: unit ids, place ids, agency ids, or everywhere."""

    everywhere: bool = False
    unit_ids: frozenset[int] = frozenset()
    place_ids: frozenset[str] = frozenset()
    agency_ids: frozenset[str] = frozenset()

    @property
    def nowhere(self) -> bool:
        return not (self.everywhere or self.unit_ids or self.place_ids or self.agency_ids)


@once
def roles_of(officer: Officer, on: date) -> list[Role]:
    """The roles that an officer really has on a day; an officer who is switched off has none."""
    return roles_held(officer, on) if officer.is_active else []


def roles_held(officer: Officer, on: date) -> list[Role]:
    """The roles that an officer has on a day once the account is switched on.

    A role at a unit or agency that was dissolved by that day gives nothing (a unit that only got another name goes on).
    """
    dated = list(Role.objects.filter(_in_force(on), officer=officer).order_by("id"))
    standing = {
        "unit": units_standing(_scope_ids(dated, "unit"), on).keys(),
        "agency": agencies_standing(_scope_ids(dated, "agency"), on),
    }
    return [role for role in dated if role.scope_id in standing.get(role.scope_kind, (role.scope_id,))]


def _scope_ids(roles: Iterable[Role], kind: str) -> list[str]:
    return [role.scope_id for role in roles if role.scope_kind == kind]


def agencies_standing(scope_ids: Iterable[str], on: date) -> frozenset[str]:
    """Those of these agencies' ids that are in force on a day."""
    ids = {int(scope_id) for scope_id in scope_ids if scope_id.isdecimal()}
    if not ids:
        return frozenset()
    return frozenset(
        str(agency) for agency in agencies.agencies_in_force(on).filter(id__in=ids).values_list("id", flat=True)
    )


def units_standing(scope_ids: Iterable[str], on: date) -> dict[str, Unit]:
    """The unit that each of these scopes is on a day, by the scope's id; those dissolved or unknown are missing."""
    ids = {int(scope_id) for scope_id in scope_ids if scope_id.isdecimal()}
    if not ids:
        return {}
    return {str(unit_id): unit for unit_id, unit in units.standing(ids, on).items()}


class Holder(NamedTuple):
    """Somebody who holds a role at a scope."""

    officer_id: int
    role: str
    scope_kind: str
    scope_id: str


@once
def holders(roles: frozenset[str], on: date) -> list[Holder]:
    """Everybody active who holds one of these roles on a day; nobody at units and agencies that are no more."""
    held = Role.objects.filter(_in_force(on), role__in=list(roles), officer__is_active=True).order_by("id")
    found = [Holder(*row) for row in held.values_list("officer_id", "role", "scope_kind", "scope_id")]
    standing: dict[str, Container[str]] = {
        "unit": units_standing({one.scope_id for one in found if one.scope_kind == "unit"}, on).keys(),
        "agency": agencies_standing({one.scope_id for one in found if one.scope_kind == "agency"}, on),
    }
    return [one for one in found if one.scope_id in standing.get(one.scope_kind, (one.scope_id,))]


def officer_names(ids: Iterable[int]) -> dict[int, str]:
    """What officers are called."""
    return dict(Officer.objects.filter(pk__in=list(set(ids))).values_list("pk", "name"))


def _in_force(on: date) -> Q:
    """Rows dated with `valid_from` and an exclusive `valid_to` that count on a day."""
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def permissions_on(officer: Officer, on: date) -> frozenset[str]:
    """Everything that the officer may do somewhere on that day."""
    return rules.permissions_of(role.role for role in roles_of(officer, on))


def has_permission(officer: Officer, permission: str, on: date) -> bool:
    """Whether the officer holds the permission anywhere on that day; "a|b" asks for either of the two."""
    return not permissions_on(officer, on).isdisjoint(permission.split("|"))


@once
def reach_of(officer: Officer, permission: str, on: date) -> Reach:
    """Where the officer holds the permission on that day: units and agencies with all below, old and new rows.

    A People's Committee's officer reaches its unit too.
    """
    allowing = [role for role in roles_of(officer, on) if permission in rules.ROLES.get(role.role, ())]
    if any(role.scope_kind == "all" for role in allowing):
        return Reach(everywhere=True)
    standing = units_standing(_scope_ids(allowing, "unit"), on)
    within = {unit_id for unit in standing.values() for unit_id in units.unit_ids_within(unit, on)}
    below = agencies.agency_ids_within((int(scope_id) for scope_id in _scope_ids(allowing, "agency")), on)
    return Reach(
        unit_ids=frozenset(within) | agencies.units_governed(below, on),
        place_ids=frozenset(_scope_ids(allowing, "place")),
        agency_ids=frozenset(str(agency) for agency in below),
    )


def own_agency(officer: Officer, on: date) -> str:
    """The name of the one agency at which an officer works; "" for none or several."""
    held = {role.scope_id for role in roles_of(officer, on) if role.scope_kind == "agency"}
    return agencies.name_of(int(held.pop())) if len(held) == 1 else ""


def works_at(officer: Officer, permission: str, agency_id: int, on: date) -> bool:
    """Whether the officer holds the permission by a role at this very agency, not at one above it."""
    return any(
        role.scope_kind == "agency"
        and role.scope_id == str(agency_id)
        and permission in rules.ROLES.get(role.role, frozenset())
        for role in roles_of(officer, on)
    )


def covers(officer: Officer, permission: str, kind: str, scope_id: str, on: date) -> bool:
    """Whether all that a role at a unit or an agency would reach lies where the officer holds the permission.

    A place, an agency not in force, and the whole installation are covered only by whoever holds it everywhere.
    """
    reach = reach_of(officer, permission, on)
    if reach.everywhere:
        return True
    if not scope_id.isdecimal():
        return False
    if kind == "unit":
        return int(scope_id) in reach.unit_ids
    below = agencies.agency_ids_within([int(scope_id)], on) if kind == "agency" else frozenset()
    return bool(below) and lies_within(reach, below, on)


def lies_within(reach: Reach, agency_ids: frozenset[int], on: date) -> bool:
    """Whether a reach holds each of these agencies, itself or the unit in which it sits, and all that they govern."""
    if reach.everywhere:
        return True
    sits = agencies.units_of_agencies(agency_ids - frozenset(int(agency) for agency in reach.agency_ids))
    return sits <= reach.unit_ids and agencies.units_governed(agency_ids, on) <= reach.unit_ids


def officers_at_agencies(permission: str, agency_units: Mapping[int, int], on: date) -> dict[int, list[Officer]]:
    """The active officers who hold a permission at each of these agencies, or at the unit that it is asked with.

    agency_units   the agencies' ids, each with the id of a unit whose officers count too; 0 for none
    """
    asked = Q(scope_kind="agency", scope_id__in=[str(agency) for agency in agency_units])
    asked |= Q(scope_kind="unit", scope_id__in=[str(unit) for unit in agency_units.values() if unit])
    roles = Role.objects.filter(_in_force(on), asked, role__in=rules.roles_allowing(permission))
    held: dict[tuple[str, str], dict[int, Officer]] = {}
    active = roles.filter(officer__is_active=True).select_related("officer")
    for role in active.order_by("officer__search_key", "officer_id"):
        held.setdefault((role.scope_kind, role.scope_id), {})[role.officer_id] = role.officer
    return {
        agency: list((held.get(("agency", str(agency)), {}) | held.get(("unit", str(unit)), {})).values())
        for agency, unit in agency_units.items()
    }


def scope_unit_ids(officer: Officer, permission: str, on: date) -> list[int] | Everywhere:
    """The units where the officer holds the permission on that day.

    returns  EVERYWHERE, or sorted unit ids (subtrees included, dissolved predecessors too); empty when none
    """
    reach = reach_of(officer, permission, on)
    return EVERYWHERE if reach.everywhere else sorted(reach.unit_ids)


def second_factor_missing(officer: Officer, on: date) -> bool:
    """Whether the officer's permissions ask for a second factor and none is set up."""
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    if not rules.needs_second_factor(permissions_on(officer, on)):
        return False
    strong = Authenticator.objects.filter(user_id=officer.pk, type__in=("totp", "webauthn"))
    return not strong.exists()


def installation_has_administrator(on: date) -> bool:
    """Whether anybody active can manage officers for the whole installation on that day."""
    grants = Role.objects.filter(_in_force(on), scope_kind="all", role__in=rules.roles_allowing("officer.manage"))
    return grants.filter(officer__is_active=True).exists()


# --- tokens -----------------------------------------------------------------------------------------------------------


def secret_hash(secret: str) -> bytes:
    """How a 256-bit random secret is stored: plain SHA-256, since there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


def authenticate_credential(token: str, now: datetime) -> Credential | None:
    """The gate or integrator behind `dc_<id>_<secret>`; none when unknown, altered, expired or revoked."""
    prefix, _, rest = token.partition("_")
    public, _, secret = rest.partition("_")
    if prefix != "dc" or not secret or "\x00" in public:
        return None
    credential = Credential.objects.filter(pk=public[:8]).first()
    stored = bytes(credential.secret_hash) if credential else b""
    if not hmac.compare_digest(stored, secret_hash(secret)) or credential is None or credential.pk != public:
        return None
    if credential.revoked_at is not None or credential.expires_at <= now:
        return None
    return credential


def credential_names(ids: Iterable[str]) -> dict[str, str]:
    """What gates and integrators are called; an unknown id is missing from the answer."""
    return dict(Credential.objects.filter(pk__in=list(set(ids))).values_list("pk", "name"))


def credential_kinds(ids: Iterable[str]) -> dict[str, str]:
    """Which of these are gates and which integrators; an unknown id is missing from the answer."""
    return dict(Credential.objects.filter(pk__in=list(set(ids))).values_list("pk", "kind"))


@dataclass(frozen=True)
class GatewayCredential:
    """What the fast lane keeps in memory of one credential."""

    id: str
    kind: str
    secret_hash: bytes
    scopes: frozenset[str]
    place_id: int | None
    unit_id: int | None
    expires_at: datetime


CREDENTIALS_FOR_GATEWAY = """
select id, kind, secret_hash, scopes, place_id, unit_id, expires_at
from accounts_credential
where revoked_at is null and expires_at > %s
order by id
"""


def credentials_for_gateway(now: datetime, cursor: Any = None) -> list[GatewayCredential]:
    """Every credential that works now, for the fast lane's memory.

    It is read again on `NOTIFY dauchan_gateway, 'credentials'`, and now and then without.
    cursor   of any psycopg connection, for a process that keeps its own; Django's when left out
    """
    if cursor is None:
        with connection.cursor() as own:
            return credentials_for_gateway(now, own)
    cursor.execute(CREDENTIALS_FOR_GATEWAY, (now,))
    return [_gateway_row(*row) for row in cursor.fetchall()]


def _gateway_row(
    public: str,
    kind: str,
    hashed: bytes,
    scopes: list[str],
    place_id: int | None,
    unit_id: int | None,
    until: datetime,
) -> GatewayCredential:
    return GatewayCredential(public, kind, bytes(hashed), frozenset(scopes), place_id, unit_id, until)


def open_link(token: str, now: datetime) -> OneTimeLink | None:
    """The invitation or new password behind a token, if it can still be used."""
    return _usable(OneTimeLink.objects.exclude(kind="try_out"), token, now)


def open_try_out_link(token: str, now: datetime) -> OneTimeLink | None:
    """The try-out's link behind a token, if it can still be used."""
    return _usable(OneTimeLink.objects.filter(kind="try_out").select_related("officer"), token, now)


def _usable(links: QuerySet[OneTimeLink], token: str, now: datetime) -> OneTimeLink | None:
    link = links.filter(token_hash=secret_hash(token)).first()
    if link is None:
        return None
    usable = rules.is_usable(now, used_at=link.used_at, revoked_at=link.revoked_at, until=link.expires_at)
    return link if usable else None


# --- lists ------------------------------------------------------------------------------------------------------------


def visible_officers(officer: Officer, on: date) -> QuerySet[Officer]:
    """The colleagues whom an officer may manage: all, or those holding a role inside the officer's units."""
    scope = scope_unit_ids(officer, "officer.manage", on)
    if scope is EVERYWHERE:
        return Officer.objects.all()
    held = Role.objects.filter(scope_kind="unit", scope_id__in=[str(unit_id) for unit_id in scope])
    return Officer.objects.filter(pk__in=held.values("officer_id"))


def search_officers(officer: Officer, on: date, *, text: str = "", after: int = 0, limit: int = 50) -> list[Officer]:
    """One page of the colleagues whom an officer manages, by id, found by part of name or e-mail without accents."""
    found = visible_officers(officer, on).filter(pk__gt=after).order_by("pk")
    if text.strip():
        found = found.filter(search_key__contains=search_key(text))
    return list(found[:limit])


def visible_links(officer: Officer, on: date, limit: int = 50) -> list[OneTimeLink]:
    """The newest one-time links that an officer may see and revoke: all, or those the officer made."""
    links = OneTimeLink.objects.select_related("officer", "made_by").order_by("-pk")
    if scope_unit_ids(officer, "officer.manage", on) is not EVERYWHERE:
        links = links.filter(made_by=officer)
    return list(links[:limit])


def visible_credentials(officer: Officer, on: date) -> QuerySet[Credential]:
    """The credentials that an officer manages: all, or those bound to the officer's units."""
    scope = scope_unit_ids(officer, "credential.manage", on)
    if scope is EVERYWHERE:
        return Credential.objects.all()
    return Credential.objects.filter(unit_id__in=scope)


def visible_audit(officer: Officer, on: date) -> QuerySet[AuditRow]:
    """The audit rows that an auditor may read: all, or those of acts at the auditor's units."""
    scope = scope_unit_ids(officer, "audit.view", on)
    if scope is EVERYWHERE:
        return AuditRow.objects.all()
    return AuditRow.objects.filter(unit_id__in=scope)


def officer_by_email(email: str) -> Officer | None:
    """The active officer who signs in with this address."""
    return Officer.objects.filter(email=email.strip().lower(), is_active=True).first()


def officers_holding(permission: str, within: Reach, on: date, *, limit: int | None = 200) -> list[Officer]:
    """The active officers who hold a permission on a day at a unit or agency within a reach, or everywhere; by name.

    Whether somebody reaches a certain place is for `reach_of` to say.
    """
    roles = Role.objects.filter(_in_force(on), role__in=rules.roles_allowing(permission))
    if not within.everywhere:
        units_named, agencies_named = [str(unit) for unit in within.unit_ids], list(within.agency_ids)
        roles = roles.filter(
            Q(scope_kind="all")
            | Q(scope_kind="unit", scope_id__in=units_named)
            | Q(scope_kind="agency", scope_id__in=agencies_named)
        )
    found = Officer.objects.filter(pk__in=roles.values("officer"), is_active=True)
    return list(found.order_by("search_key", "pk")[:limit])
