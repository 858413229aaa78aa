"""Who may do what, by role: permissions, the kind of data each one opens, and what is asked of those who hold them.

Decides nothing about where: a role is held at a scope, and `accounts.queries` works out how far that reaches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dauchan.kernel.errors import BadInput, Conflict, NotPermitted

LINK_LIFETIME = timedelta(hours=24)  # our number: long enough for a colleague on another shift
LETTER_LIFETIME = timedelta(days=30)  # our number: a list is worked off, a letter travels, somebody is on leave
RECOVERY_STANDING = timedelta(days=2)  # our number: nobody names an accomplice and recovers an account the same day
RECOVERY_WAITS = timedelta(days=3)  # our number: the second officer may be away over a weekend
SESSION_LIFETIME = timedelta(hours=12)  # our number: one long shift
SESSION_IDLE = timedelta(minutes=30)  # our number: a desk left alone
SHARED_IDLE = timedelta(minutes=5)  # our number: a computer that others use too locks itself
CREDENTIAL_USUAL = timedelta(days=180)  # our number: what the form proposes
CREDENTIAL_LONGEST = timedelta(days=400)  # our number: a year's agreement and its renewal


class SecondFactorMissing(NotPermitted):
    kind = "second_factor_missing"
    vi = "Tài khoản này phải có bước xác thực thứ hai. Hãy đăng nhập trang web và cài đặt."
    en = "This account needs a second factor. Sign in to the web pages and set it up."


class LinkUsedUp(Conflict):
    kind = "gone"
    vi = "Liên kết đã dùng, đã hết hạn hoặc đã thu hồi. Hãy xin người mời một liên kết mới."
    en = "This link was used, has expired or was revoked. Ask for a new one."


class NotTryOut(NotPermitted):
    kind = "not_try_out"
    vi = "Chỉ bản dùng thử mới có liên kết vào thẳng."
    en = "Only a try-out has links that sign in directly."


class EmailTaken(Conflict):
    kind = "conflict"
    vi = "Đã có cán bộ dùng thư điện tử này. Hãy mở trang của người đó để thêm vai trò."
    en = "An officer with this e-mail address exists. Open their page to add a role."


class NotForYourself(NotPermitted):
    vi = "Không ai tự cấp, tự gỡ vai trò hay tự khóa tài khoản của mình. Hãy nhờ quản trị viên khác."
    en = "Nobody changes their own roles or switches off their own account. Ask another administrator."


class LastAdministrator(Conflict):
    vi = "Đây là quản trị viên cuối cùng. Hãy mời một quản trị viên khác trước."
    en = "This is the last administrator. Invite another one first."


class RecoveryNeedsTwo(NotPermitted):
    vi = "Việc này cần hai người: người duyệt phải khác người đề nghị và khác người được cấp lại."
    en = "This takes two people: whoever approves is neither the one who asked nor the one it is for."


class RecoveryTooNew(NotPermitted):
    vi = "Người duyệt phải giữ vai trò cấp trên từ ít nhất {days} ngày. Hãy nhờ người đã giữ vai trò lâu hơn."
    en = "Whoever approves must have been above for at least {days} days. Ask somebody who has been longer."


class UnknownRole(BadInput):
    vi = "Không có vai trò này, hoặc phạm vi không hợp lệ."
    en = "There is no such role, or the scope does not fit."


@dataclass(frozen=True)
class Permission:
    """One thing that can be allowed: the data it opens and its plain words in both languages."""

    data_class: str
    vi: str
    en: str


PERMISSIONS: dict[str, Permission] = {
    "unit.view": Permission("none", "Xem đơn vị hành chính", "See administrative units"),
    "place.view": Permission("none", "Xem địa điểm", "See places"),
    "place.edit": Permission("none", "Đăng ký và sửa địa điểm", "Register and edit places"),
    "place.approve": Permission("none", "Duyệt địa điểm", "Approve places"),
    "place.import": Permission("none", "Nhập danh sách địa điểm", "Import places"),
    "person.register": Permission("identity", "Đăng ký người dân", "Register people"),
    "person.standing": Permission("health", "Đặt trạng thái của người dân", "Set a person's standing"),
    "person.reveal": Permission("identity", "Xem danh tính (ghi nhật ký)", "Reveal an identity (audited)"),
    "person.erase": Permission("pseudonym", "Xóa danh tính theo yêu cầu", "Erase an identity on request"),
    "case.view": Permission("health", "Xem ca bệnh", "See cases"),
    "case.confirm": Permission("health", "Xác nhận ca bệnh", "Confirm cases"),
    "case.edit": Permission("health", "Sửa ca bệnh và mốc dịch tễ", "Edit cases and milestones"),
    "trace.propose": Permission("health", "Lập đề xuất tiếp xúc", "Propose contacts"),
    "contact.decide": Permission("health", "Quyết định người tiếp xúc", "Decide contacts"),
    "case.hold": Permission("location", "Giữ dữ liệu của ca bệnh theo lệnh", "Hold a case's data by an order"),
    "case.release": Permission("identity", "Xuất danh sách gọi điện", "Release a call sheet"),
    "case.approve_release": Permission("identity", "Duyệt xuất danh sách lớn", "Approve large releases"),
    "scan.review": Permission("location", "Xét lượt quét bị giữ lại", "Review kept scans"),
    "rollout.view": Permission("none", "Xem độ phủ và tình hình triển khai", "See coverage and how the rollout goes"),
    "rollout.ask": Permission("none", "Yêu cầu quét mã tại một nơi", "Ask for scanning at a place"),
    "agency.edit": Permission("officer", "Sửa cây cơ quan, mời hàng loạt", "Edit agencies, invite in bulk"),
    "agency.name": Permission("officer", "Cử cán bộ đầu mối của cơ quan", "Name an agency's focal officers"),
    "agency.act": Permission("none", "Trả lời thay cơ quan", "Answer for an agency"),
    "register.edit": Permission("none", "Nhập và đối chiếu danh sách nguồn", "Import and match registers of places"),
    "inspection.do": Permission("none", "Kiểm tra tại chỗ", "Inspect places in the field"),
    "directive.issue": Permission("none", "Ban hành văn bản, đôn đốc", "Issue directives and reminders"),
    "guide.edit": Permission("none", "Soạn tài liệu hướng dẫn", "Write guides"),
    "report.make": Permission("none", "Lập báo cáo", "Make reports"),
    "audit.view": Permission("officer", "Xem nhật ký kiểm toán", "See the audit log"),
    "officer.manage": Permission("officer", "Quản lý cán bộ và vai trò", "Manage officers and roles"),
    "credential.manage": Permission("officer", "Quản lý ứng dụng và thiết bị cổng", "Manage integrators and gates"),
    "keys.manage": Permission("secret", "Quản lý khóa", "Manage keys"),
    "system.view": Permission("none", "Xem tình trạng hệ thống", "See the health of the system"),
}

_SEES_PLACES = frozenset({"unit.view", "place.view"})
_INVESTIGATES = _SEES_PLACES | {
    "person.register",
    "person.standing",
    "person.reveal",
    "case.view",
    "case.confirm",
    "case.edit",
    "trace.propose",
    "contact.decide",
    "case.release",
}
_HEALTH_DESK = _INVESTIGATES | {"place.edit", "place.import", "scan.review", "rollout.view", "rollout.ask"}
_SEES_ROLLOUT = _SEES_PLACES | {"rollout.view"}

ROLES: dict[str, frozenset[str]] = {
    "commune_health_officer": _HEALTH_DESK,
    "district_health_officer": _HEALTH_DESK | {"place.approve"},
    "province_health_officer": _HEALTH_DESK | {"place.approve", "case.approve_release", "case.hold", "system.view"},
    "investigator": _INVESTIGATES,
    "gate_keeper": frozenset({"place.view"}),
    "place_owner": _SEES_PLACES | {"place.edit"},
    "focal_officer": _SEES_ROLLOUT
    | {"place.edit", "place.import", "agency.act", "register.edit", "inspection.do", "report.make"},
    "agency_head": _SEES_ROLLOUT | {"place.approve", "agency.act", "agency.name", "report.make"},
    "rollout_manager": _SEES_ROLLOUT
    | {"place.edit", "place.approve", "place.import"}
    | {"agency.edit", "agency.name", "register.edit", "inspection.do", "directive.issue", "guide.edit", "report.make"},
    "inspector": _SEES_ROLLOUT | {"inspection.do"},
    "auditor": frozenset({"unit.view", "audit.view", "system.view"}),
    "data_protection_officer": frozenset({"unit.view", "audit.view", "keys.manage", "system.view", "person.erase"}),
    "integrator": _SEES_PLACES,
    "administrator": frozenset({"unit.view", "officer.manage", "credential.manage", "system.view"}),
}

NAMES: dict[str, frozenset[str]] = {
    "agency.edit": frozenset({"focal_officer", "agency_head", "inspector"}),
    "agency.name": frozenset({"focal_officer"}),
}
"""The roles that a permission of the rollout hands out within its own reach; all others ask for `officer.manage`."""

ROLE_NAMES: dict[str, tuple[str, str]] = {
    "commune_health_officer": ("Cán bộ y tế xã", "Commune health officer"),
    "district_health_officer": ("Cán bộ y tế huyện", "District health officer"),
    "province_health_officer": ("Cán bộ y tế tỉnh (CDC)", "Province health officer"),
    "investigator": ("Điều tra viên dịch tễ", "Investigator"),
    "gate_keeper": ("Người trực cổng", "Gate keeper"),
    "place_owner": ("Chủ địa điểm", "Place owner"),
    "focal_officer": ("Cán bộ đầu mối", "Focal officer"),
    "agency_head": ("Lãnh đạo cơ quan", "Agency head"),
    "rollout_manager": ("Quản lý triển khai", "Rollout manager"),
    "inspector": ("Cán bộ kiểm tra", "Field inspector"),
    "auditor": ("Kiểm toán viên", "Auditor"),
    "data_protection_officer": ("Cán bộ bảo vệ dữ liệu", "Data-protection officer"),
    "integrator": ("Đơn vị tích hợp", "Integrator"),
    "administrator": ("Quản trị viên", "Administrator"),
}

SCOPE_KINDS = ("unit", "agency", "place", "all")
CREDENTIAL_KINDS = ("gate", "integrator")
CREDENTIAL_SCOPES: dict[str, tuple[str, str]] = {
    "scans:write": ("Gửi lượt quét", "Send scans"),
    "scans:backfill": (
        "Gửi lượt quét cũ (đến hết thời hạn lưu)",
        "Send old scans (up to the retention)",
    ),
    "scans:paper": (
        "Nhập lượt ghi trên phiếu giấy (đến hết thời hạn lưu)",
        "Enter scans from paper sheets (up to the retention)",
    ),
    "places:register": ("Đăng ký địa điểm hàng loạt", "Register places in bulk"),
    "people:register": ("Đăng ký người dân hàng loạt", "Register people in bulk"),
    "messages:status": ("Báo kết quả gửi tin nhắn", "Report what became of messages"),
}
GATE_SCOPES = frozenset({"scans:write"})
GATE_MAY_HAVE = GATE_SCOPES | {"scans:paper"}
"""Whoever keeps a gate may also be trusted to type in its paper sheets, days later; that is granted, not claimed."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that these roles allow together."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def roles_allowing(permission: str) -> frozenset[str]:
    """The roles that carry a permission; empty for a name that nobody holds."""
    return frozenset(role for role, permissions in ROLES.items() if permission in permissions)


def needs_second_factor(permissions: Iterable[str]) -> bool:
    """Whether a password alone is too little: anything that opens data about people, officers or keys."""
    return any(PERMISSIONS[name].data_class != "none" for name in permissions if name in PERMISSIONS)


def naming(role: str) -> list[str]:
    """The permissions with which this role is given, widest first."""
    return ["officer.manage", *(permission for permission, roles in NAMES.items() if role in roles)]


def session_is_over(now: datetime, *, signed_in_at: datetime, seen_at: datetime) -> bool:
    """Whether a sign-in has lasted a shift or was left alone for too long."""
    return now - signed_in_at >= SESSION_LIFETIME or now - seen_at >= SESSION_IDLE


def is_usable(
    now: datetime,
    *,
    used_at: datetime | None,
    revoked_at: datetime | None,
    until: datetime,
) -> bool:
    """Whether a one-time link still opens."""
    return used_at is None and revoked_at is None and now < until


def check_credential(
    kind: str,
    name: str,
    scopes: frozenset[str],
    *,
    lifetime: timedelta,
    has_place: bool,
) -> None:
    """Whether a credential may be made like this.

    raises   BadInput, naming the field
    """
    if kind not in CREDENTIAL_KINDS:
        raise BadInput(field="kind")
    if not name.strip():
        raise BadInput(field="name")
    if not scopes or not scopes <= CREDENTIAL_SCOPES.keys():
        raise BadInput(field="scopes")
    if kind == "gate" and not GATE_SCOPES <= scopes <= GATE_MAY_HAVE:
        raise BadInput(field="scopes")
    if kind == "gate" and not has_place:
        raise BadInput(field="place_id")
    if not timedelta(0) < lifetime <= CREDENTIAL_LONGEST:
        raise BadInput(field="expires_at")
