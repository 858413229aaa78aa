"""What was done to an agency, and what became of an invitation, in the page's words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "added": _("Thêm cơ quan"),
    "edited": _("Sửa"),
    "closed": _("Đã ghi giải thể"),
    "guided": _("Đã thêm quan hệ hướng dẫn"),
    "guidance_ended": _("Kết thúc quan hệ hướng dẫn"),
    "named": _("Cử cán bộ"),
    "term_renewed": _("Gia hạn nhiệm kỳ"),
    "term_ended": _("Kết thúc nhiệm kỳ"),
    "attested": _("Cam kết danh sách địa điểm"),
    "handed_over": _("Bàn giao cho cơ quan kế thừa"),
    "took_over": _("Nhận bàn giao"),
    "signed_for": _("Ký nhận bàn giao"),
    "guidance_given": _("Hướng dẫn"),
    "join_code_made": _("Tạo mã tham gia"),
}
STATES = {
    "waiting": _("Chờ gửi"),
    "to-print": _("Chờ in thư"),
    "sent": _("Đã mời"),
    "lost": _("Không đến được"),
    "expired": _("Hết hạn"),
    "joined": _("Đã tham gia"),
    "never": _("Có tài khoản, chưa đăng nhập lại"),
    "revoked": _("Đã thu hồi"),
    "refused": _("Không mời được"),
}


def event_words(event: str) -> Any:
    """What was done, for the history."""
    return EVENTS.get(event, event)


def state_words(state: str) -> Any:
    """What became of an invitation."""
    return STATES.get(state, state)
