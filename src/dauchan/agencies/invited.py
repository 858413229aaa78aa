"""What a list of people to invite says, line by line, and what became of each invitation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dauchan.accounts import actions as accounts
from dauchan.accounts import rules as roles
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.agencies.models import Channel, Invitation
from dauchan.agencies.queries import scope_of
from dauchan.agencies.sheets import Columns, Row, day_of, read, unit_named
from dauchan.kernel.errors import BadInput, NotPermitted, Problem
from dauchan.kernel.search import search_key
from dauchan.notify.models import State
from dauchan.people.rules import normal_phone
from dauchan.units import agencies
from dauchan.units.models import Agency

INVITED_TO = frozenset().union(*roles.NAMES.values())
"""The roles of a list. Health roles and administrators are invited one by one, by whoever manages officers."""
JUST_JOINED = timedelta(minutes=5)
"""Whoever has not signed in since this long after joining has never come back. Ours."""
COLUMNS: Columns = {
    "name": ("Họ và tên", "Full name", frozenset({"ho ten", "ten", "name", "can bo"})),
    "agency": ("Cơ quan", "Agency", frozenset({"ten co quan", "don vi cong tac"})),
    "unit": ("Đơn vị hành chính", "Unit", frozenset({"don vi", "xa", "dia ban", "ma don vi"})),
    "role": ("Vai trò", "Role", frozenset({"chuc danh", "nhiem vu", "duoc cu lam"})),
    "phone": ("Điện thoại", "Phone", frozenset({"so dien thoai", "dien thoai di dong", "sdt", "dt"})),
    "email": ("Thư điện tử", "E-mail", frozenset({"email", "e mail", "hop thu"})),
    "until": ("Nhiệm kỳ đến ngày", "Term until", frozenset({"nhiem ky", "den ngay", "nhiem ky den", "until"})),
}


class RoleNotHere(NotPermitted):
    vi = "Không mời được vai trò “{text}” bằng danh sách. Được mời: {roles_vi}."
    en = "The role “{text}” can't be invited by a list. It may be: {roles_en}."


class OutsideReach(NotPermitted):
    vi = "Cơ quan hoặc đơn vị này nằm ngoài phạm vi của bạn."
    en = "This agency or unit is outside your scope."


class AgencyNotClear(BadInput):
    vi = "Không có đúng một cơ quan tên “{text}”. Hãy ghi thêm đơn vị hành chính."
    en = "There is not exactly one agency called “{text}”. Give its unit as well."


class NowhereNamed(BadInput):
    vi = "Hãy ghi cơ quan hoặc đơn vị hành chính."
    en = "Give an agency or a unit."


class NoName(BadInput):
    vi = "Thiếu họ và tên."
    en = "The name is missing."


class EmailWrong(BadInput):
    vi = "Thư điện tử không đúng."
    en = "The e-mail address is not right."


class TermOver(BadInput):
    vi = "Nhiệm kỳ phải kết thúc sau hôm nay."
    en = "The term must end after today."


class NamedTwice(BadInput):
    vi = "Trùng với dòng {line}: cùng người, cùng vai trò."
    en = "The same as line {line}: the same person and role."


class InvitedAlready(BadInput):
    vi = "Người này đã được mời làm việc này và lời mời còn hiệu lực."
    en = "This person is invited to this already, and the invitation still opens."


@dataclass(frozen=True)
class Guest:
    """Somebody to be invited, as a line says it."""

    line: int
    name: str
    email: str
    phone: str
    role: str
    scope: Scope
    agency_id: int | None
    until: date | None


@dataclass(frozen=True)
class Guests:
    """A list as read: whom to invite, and what is wrong with which line."""

    lines: int
    guests: list[Guest]
    faults: list[tuple[int, str, Problem]]


def read_guests(content: bytes, *, by: Officer, on: date) -> Guests:
    """Read and check a list; a line with any fault is left out.

    raises   FileUnreadable and its kinds, ColumnMissing
    """
    sheet, rows = read(content, COLUMNS, ("name", "role"))
    found = Guests(len(sheet.lines), [], [])
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        faults = list(row.problems)
        guest = _guest(row, faults, by, on)
        if guest is not None and not faults:
            _once(guest, seen, faults)
        found.faults.extend((row.line, column, problem) for column, problem in faults)
        if guest is not None and not faults:
            found.guests.append(guest)
    return found


def _guest(row: Row, faults: list[tuple[str, Problem]], by: Officer, on: date) -> Guest | None:
    """The guest of a line; None when a fault leaves nobody to invite."""
    said: dict[str, object] = {}
    readers: dict[str, Callable[[str], object]] = {"name": _name, "role": _role, "email": _email, "phone": _phone}
    readers["until"] = partial(_until, on=on)
    for field, reader in readers.items():
        try:
            said[field] = reader(row.cells.get(field, ""))
        except Problem as problem:
            faults.append((COLUMNS[field][0], problem))
    try:
        scope, agency = _scope(row.cells.get("agency", ""), row.cells.get("unit", ""), by, on)
        accounts.require_over(by, scope, on, role=str(said.get("role", "")) or "focal_officer")
    except NotPermitted:
        faults.append((COLUMNS["agency"][0], OutsideReach()))
    except Problem as problem:
        faults.append((COLUMNS["agency"][0], problem))
    if faults:
        return None
    # texts by field name, checked above
    return Guest(row.line, scope=scope, agency_id=agency.pk if agency else None, **said)  # type: ignore[arg-type]


def _name(text: str) -> str:
    clean = " ".join(text.split())
    if not 2 <= len(clean) <= 120:
        raise NoName()
    return clean


def _role(text: str) -> str:
    key = search_key(text)
    words = {
        search_key(word): role
        for role in INVITED_TO
        for word in (role, role.replace("_", " "), *roles.ROLE_NAMES[role])
    }
    if key not in words:
        named = sorted(roles.ROLE_NAMES[role] for role in INVITED_TO)
        vi, en = (", ".join(names) for names in zip(*named, strict=True))
        raise RoleNotHere(text=text[:40], roles_vi=vi, roles_en=en)
    return words[key]


def _email(text: str) -> str:
    clean = text.strip().lower()
    if clean:
        try:
            validate_email(clean)
        except ValidationError as error:
            raise EmailWrong() from error
    return clean


def _phone(text: str) -> str:
    return normal_phone(text) if text.strip() else ""


def _until(text: str, *, on: date) -> date | None:
    day = day_of(text)
    if day is not None and day <= on:
        raise TermOver()
    return day


def _scope(agency: str, unit: str, by: Officer, on: date) -> tuple[Scope, Agency | None]:
    where = unit_named(unit, on) if unit else None
    if agency:
        found = agencies.agencies_named(agency, on)
        if where is not None:
            found = [one for one in found if one.unit_id == where.pk]
        if len(found) > 1:
            mine = scope_of(by, "agency.edit", on)
            found = [one for one in found if mine.holds_agency(one)]
        if len(found) != 1:
            raise AgencyNotClear(text=agency[:60])
        return Scope("agency", str(found[0].pk)), found[0]
    if where is None:
        raise NowhereNamed()
    return Scope("unit", str(where.pk)), None


def _once(guest: Guest, seen: dict[tuple[str, ...], int], faults: list[tuple[str, Problem]]) -> None:
    """A person is invited to a thing once: in this list, and beside invitations that still open."""
    who = guest.email or guest.phone or search_key(guest.name)
    key = (who, guest.role, guest.scope.kind, guest.scope.id)
    if key in seen:
        faults.append((COLUMNS["name"][0], NamedTwice(line=seen[key])))
        return
    seen[key] = guest.line
    if is_invited(guest.name, guest.email, guest.phone, guest.role, guest.scope):
        faults.append((COLUMNS["name"][0], InvitedAlready()))


def is_invited(name: str, email: str, phone: str, role: str, scope: Scope) -> bool:
    """Whether a person is invited to this already by an invitation that may still be used."""
    alike = Invitation.objects.filter(role=role, scope_kind=scope.kind, scope_id=scope.id)
    alike = alike.filter(revoked_at=None, batch__confirmed_at__isnull=False, problem_vi="")
    alike = alike.filter(email=email, phone=phone, name=name)
    return alike.exclude(link__used_at__isnull=False).exists()


def state_of(one: Invitation, now: datetime) -> str:
    """What became of an invitation: waiting, to-print, sent, lost, expired, joined, never, revoked or refused."""
    if one.revoked_at is not None:
        return "revoked"
    if one.problem_vi:
        return "refused"
    officer = one.officer or (one.link.officer if one.link else None)
    joined_at = one.link.used_at if one.link and one.link.used_at else one.sent_at if one.officer else None
    if officer is not None and joined_at is not None:
        came_back = officer.last_login is not None and officer.last_login > joined_at + JUST_JOINED
        worked_before = one.officer is not None and officer.last_login is not None
        return "joined" if came_back or worked_before else "never"
    if one.sent_at is None:
        return "to-print" if one.channel == Channel.LETTER else "waiting"
    if one.link is not None and one.link.expires_at <= now:
        return "expired"
    lost = one.message is not None and one.message.state in (State.FAILED, State.UNDELIVERED, State.EXPIRED)
    return "lost" if lost else "sent"
