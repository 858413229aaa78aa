"""What the administration's pages show of a row: roles, scopes and acts in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dauchan.accounts import rules
from dauchan.accounts.events import event_words
from dauchan.accounts.forms import in_words
from dauchan.accounts.models import AuditRow, Credential, Officer, OneTimeLink, Role
from dauchan.accounts.queries import units_standing
from dauchan.kernel.numbers import row_number
from dauchan.units.models import Unit
from dauchan.units.queries import equivalent, units_of

PAGE_SIZE = 50
LINK_HOURS = int(rules.LINK_LIFETIME.total_seconds() // 3600)


@dataclass(frozen=True)
class Door:
    """One entry of the administration's first page."""

    permission: str
    url: str
    icon: str
    label: Any
    hint: Any


DOORS = (
    Door("officer.manage", "accounts:officers", "users", _("Cán bộ và vai trò"), _("Mời, giao quyền, khóa tài khoản")),
    Door(
        "officer.manage|agency.edit",
        "accounts:recoveries",
        "key",
        _("Cấp lại bước thứ hai"),
        _("Cho cán bộ mất điện thoại; cần hai người"),
    ),
    Door(
        "credential.manage",
        "accounts:credentials",
        "plug-connected",
        _("Ứng dụng và thiết bị cổng"),
        _("Cấp và thu hồi mã truy cập"),
    ),
    Door(
        "audit.view", "accounts:audit", "history", _("Nhật ký kiểm toán"), _("Ai đã xem hay làm gì, khi nào, để làm gì")
    ),
)


def doors(allowed: frozenset[str]) -> list[Door]:
    """The entries that these permissions open."""
    return [door for door in DOORS if not allowed.isdisjoint(door.permission.split("|"))]


def role_name(role: str) -> str:
    """A role in the page's language."""
    return in_words(rules.ROLE_NAMES.get(role, (role, role)))


def scope_names(scopes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Scopes in words; units by their full names, in one query."""
    asked = set(scopes)
    ids = [int(scope_id) for kind, scope_id in asked if kind == "unit" and scope_id.isdecimal()]
    units = {str(unit.pk): unit.full_name for unit in units_of(ids)}
    words = {"all": _("Toàn hệ thống"), "place": _("Địa điểm %s"), "agency": _("Cơ quan %s"), "unit": _("Đơn vị %s")}
    return {
        (kind, scope_id): units.get(scope_id, "")
        if kind == "unit" and scope_id in units
        else _worded(words, kind, scope_id)
        for kind, scope_id in asked
    }


def _worded(words: dict[str, Any], kind: str, scope_id: str) -> str:
    pattern = str(words.get(kind, kind))
    return pattern % scope_id if "%s" in pattern else pattern


@dataclass(frozen=True)
class GrantLine:
    id: int
    role: str
    scope: str
    valid_from: date
    valid_to: date | None
    in_force: bool
    units_then: list[Unit] | None
    """Who has the unit's area on the day asked about; None when the unit itself stands then, and for other scopes."""


@dataclass(frozen=True)
class OfficerLine:
    id: int
    name: str
    email: str
    is_active: bool
    roles: list[GrantLine]


def _grants(officer_ids: list[int], on: date) -> dict[int, list[GrantLine]]:
    rows = list(Role.objects.filter(officer_id__in=officer_ids).order_by("-valid_from", "-id"))
    names = scope_names((row.scope_kind, row.scope_id) for row in rows)
    then = _units_then({row.scope_id for row in rows if row.scope_kind == "unit"}, on)
    lines: dict[int, list[GrantLine]] = {}
    for row in rows:
        dated = row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
        gone = then.get(row.scope_id) if row.scope_kind == "unit" else None
        scope = names[row.scope_kind, row.scope_id]
        line = GrantLine(
            row.pk, role_name(row.role), scope, row.valid_from, row.valid_to, dated and gone is None, units_then=gone
        )
        lines.setdefault(row.officer_id, []).append(line)
    return lines


def _units_then(scope_ids: set[str], on: date) -> dict[str, list[Unit]]:
    """For each of these that doesn't stand on a day, the units that have its area then."""
    asked = units_of(int(scope_id) for scope_id in scope_ids if scope_id.isdecimal())
    there = units_standing(scope_ids, on)
    return {str(unit.pk): equivalent(unit, on) for unit in asked if str(unit.pk) not in there}


def grant_lines(officer: Officer, on: date) -> list[GrantLine]:
    """All roles of an officer, newest first, those ended too."""
    return _grants([officer.pk], on).get(officer.pk, [])


def officer_lines(officers: list[Officer], on: date) -> list[OfficerLine]:
    """A page of officers with the roles in force."""
    grants = _grants([officer.pk for officer in officers], on)
    return [
        OfficerLine(
            officer.pk,
            officer.name,
            officer.email,
            officer.is_active,
            [line for line in grants.get(officer.pk, []) if line.in_force],
        )
        for officer in officers
    ]


def second_factors(officer: Officer) -> list[Any]:
    """The kinds of second factor that an officer has set up, in words."""
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    words = {"totp": _("Ứng dụng tạo mã"), "webauthn": _("Khóa thiết bị")}
    kinds = Authenticator.objects.filter(user_id=officer.pk, type__in=words).values_list("type", flat=True)
    return [words[kind] for kind in sorted(set(kinds))]


@dataclass(frozen=True)
class LinkLine:
    id: int
    kind: Any
    whom: str
    role: str
    made_by: str
    made_at: datetime
    state: Any
    is_open: bool


def link_lines(links: list[OneTimeLink], now: datetime) -> list[LinkLine]:
    """One-time links with what became of them."""
    kinds = {
        "administrator": _("Quản trị viên đầu tiên"),
        "invitation": _("Lời mời"),
        "reset": _("Đặt lại mật khẩu"),
        "recovery": _("Cấp lại bước thứ hai"),
        "try_out": _("Vào bản chạy thử"),
    }
    return [
        LinkLine(
            link.pk,
            kinds[link.kind],
            link.email or (link.officer.email if link.officer else ""),
            role_name(link.role) if link.role else "",
            link.made_by.name if link.made_by else "",
            link.made_at,
            *_link_state(link, now),
        )
        for link in links
    ]


def _link_state(link: OneTimeLink, now: datetime) -> tuple[Any, bool]:
    if link.used_at:
        return _("Đã dùng"), False
    if link.revoked_at:
        return _("Đã thu hồi"), False
    if link.expires_at <= now:
        return _("Hết hạn"), False
    return _("Đang chờ"), True


@dataclass(frozen=True)
class CredentialLine:
    id: str
    name: str
    kind: Any
    scopes: list[str]
    place_id: int | None
    unit: str
    expires_at: datetime
    state: Any
    is_open: bool


def credential_lines(credentials: QuerySet[Credential], now: datetime) -> list[CredentialLine]:
    """The newest credentials with their state."""
    rows = list(credentials.order_by("-made_at", "-id")[:200])
    units = scope_names(("unit", str(row.unit_id)) for row in rows if row.unit_id)
    kinds = {"gate": _("Thiết bị ở cổng"), "integrator": _("Ứng dụng tích hợp")}
    return [
        CredentialLine(
            row.pk,
            row.name,
            kinds[row.kind],
            [in_words(rules.CREDENTIAL_SCOPES[scope]) for scope in row.scopes],
            row.place_id,
            units.get(("unit", str(row.unit_id)), ""),
            row.expires_at,
            _("Đã thu hồi") if row.revoked_at else _("Hết hạn") if row.expires_at <= now else _("Đang dùng"),
            row.revoked_at is None and row.expires_at > now,
        )
        for row in rows
    ]


def audit_page(rows: QuerySet[AuditRow], *, before: str, event: str, officer: str) -> dict[str, Any]:
    """One page of the log with the names of those who acted; filters are plain words of the URL."""
    if (last := row_number(before)) is not None:
        rows = rows.filter(pk__lt=last)
    if event:
        rows = rows.filter(event=event[:60])
    if (who := row_number(officer)) is not None:
        rows = rows.filter(officer_id=who)
    found = list(rows.order_by("-pk")[:PAGE_SIZE])
    names = dict(Officer.objects.filter(pk__in={row.officer_id for row in found}).values_list("pk", "name"))
    return {
        "rows": [_audit_line(row, names.get(row.officer_id or 0, "")) for row in found],
        "more_before": found[-1].pk if len(found) == PAGE_SIZE else None,
        "event": event,
        "event_words": event_words(event),
        "officer": officer,
    }


@dataclass(frozen=True)
class AuditLine:
    row: AuditRow
    act: str
    facts: str
    who: str
    roles: str


def _audit_line(row: AuditRow, who: str) -> AuditLine:
    return AuditLine(row, event_words(row.event), _facts(row.detail), who, roles_in_words(row.role))


def _facts(detail: str) -> str:
    """The small facts of a row on one line: "officer: 3 · role: auditor"."""
    facts: dict[str, Any] = json.loads(detail) if detail else {}
    told = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in facts.items()}
    return " · ".join(f"{name}: {value}" for name, value in told.items())


def roles_in_words(roles: str) -> str:
    """The roles of an audit row in the page's language; "" for the installation itself."""
    return ", ".join(role_name(role) for role in roles.split(",") if role not in ("", "system"))
