"""What every page shows around its content: the navigation that this officer may use, and the installation's marks."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import is_locked, is_shared
from dauchan.kernel import clock
from dauchan.web.routes import route_for

SIGN_OUT_URL = "/dang-xuat"
ACCOUNT_URL = "/tai-khoan"


@dataclass(frozen=True)
class Entry:
    """One entry of the desk's navigation; `hint` says on the morning page what is done there."""

    path: str
    label: Any
    icon: str
    hint: Any


ENTRIES = (
    Entry("/dia-diem", _("Địa điểm"), icon="map-pin", hint=_("Đăng ký địa điểm, điểm quét, in mã QR")),
    Entry("/nguoi-dan/tim", _("Người dân"), icon="id", hint=_("Tìm, đăng ký, cấp mã cá nhân, đặt trạng thái")),
    Entry("/nguoi-dan/xoa", _("Xóa danh tính"), icon="trash", hint=_("Khi người dân yêu cầu, hoặc hết căn cứ lưu giữ")),
    Entry("/quan-tri/yeu-cau", _("Yêu cầu dữ liệu"), icon="user-shield", hint=_("Trả lời trong 2 ngày làm việc")),
    Entry("/ca-benh", _("Ca bệnh"), icon="virus", hint=_("Mốc dịch tễ, đề xuất và danh sách tiếp xúc của từng ca")),
    Entry("/tiep-xuc", _("Tiếp xúc"), icon="users", hint=_("Người tiếp xúc trong phạm vi của bạn, mức độ và nơi ở")),
    Entry(
        "/luot-quet", _("Lượt quét cần xem"), icon="scan", hint=_("Lượt quét gửi muộn hoặc sai giờ, chờ nhận hay bỏ")
    ),
    Entry("/trien-khai", _("Triển khai"), icon="chart-bar", hint=_("Độ phủ, ai chậm, văn bản, đôn đốc, báo cáo")),
    Entry("/don-vi", _("Đơn vị hành chính"), icon="hierarchy-2", hint=_("Tìm tỉnh, huyện, xã theo tên cũ hoặc mới")),
    Entry("/quan-tri", _("Quản trị"), icon="settings", hint=_("Cán bộ, quyền, khóa, nhật ký truy cập")),
)

ROLLOUT = (
    Entry("/trien-khai", _("Tình hình"), icon="chart-bar", hint=_("Có gì mới, ai chậm, việc gì đến hạn")),
    Entry("/trien-khai/im-lang", _("Địa điểm im lặng"), icon="volume-off", hint=_("Nơi nhiều ngày không có lượt quét")),
    Entry("/trien-khai/co-quan", _("Cơ quan"), icon="building", hint=_("Cây cơ quan, cán bộ đầu mối, cam kết")),
    Entry("/trien-khai/nguon", _("Danh sách nguồn"), icon="list-check", hint=_("Nơi lẽ ra phải có mã, đối chiếu")),
    Entry("/trien-khai/van-ban", _("Văn bản"), icon="file-text", hint=_("Chỉ đạo, nhiệm vụ, đôn đốc")),
    Entry("/trien-khai/kiem-tra", _("Kiểm tra"), icon="clipboard-check", hint=_("Kiểm tra tại chỗ, chọn mẫu")),
    Entry("/trien-khai/huong-dan", _("Hướng dẫn"), icon="book", hint=_("Soạn tài liệu, ai đã đọc")),
    Entry("/trien-khai/bao-cao", _("Báo cáo"), icon="report", hint=_("Báo cáo ngày, tuần, tải về")),
)
"""The rooms of the rollout, as tabs above each of its pages."""


@cache
def _permission(path: str, method: str) -> str:
    """What the route table asks for a path; "" when no such page exists yet."""
    try:
        row = route_for(resolve(path).view_name, method)
    except Resolver404:
        return ""
    return row.permission if row else ""


def may_open(user: Any, path: str, method: str = "GET") -> bool:
    """Whether there is such a page and this officer may open it; how far it reaches is its own question."""
    permission = _permission(path, method)
    if permission in ("", "public", "signed-in"):
        return bool(permission)
    return has_permission(user, permission, clock.local_day(clock.now()))


def entries_for(user: Any) -> list[Entry]:
    """The navigation entries that this officer may open, in the order of the loop."""
    return [entry for entry in ENTRIES if may_open(user, entry.path)]


def rollout_tabs_for(user: Any) -> list[Entry]:
    """The rooms of the rollout that this officer may open."""
    return [entry for entry in ROLLOUT if may_open(user, entry.path)]


def rollout_room(path: str) -> str:
    """The room of the rollout in which a page lies: that of the longest address which begins its own."""
    around = [entry.path for entry in ROLLOUT if path == entry.path or path.startswith(f"{entry.path}/")]
    return max(around, key=len, default="")


def desk(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor; the entries are worked out only when a template asks for them."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "desk_entries": lambda: entries_for(user) if signed_in else [],
        "rollout_tabs": lambda: rollout_tabs_for(user) if signed_in else [],
        "rollout_room": lambda: rollout_room(request.path),
        "shared_computer": signed_in and is_shared(request) and not is_locked(request),
        "installation": settings.INSTALLATION,
        "sign_in_url": settings.LOGIN_URL,
        "sign_out_url": SIGN_OUT_URL,
        "account_url": ACCOUNT_URL,
    }
