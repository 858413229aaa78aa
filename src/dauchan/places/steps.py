"""The steps between a place's states, in the words of buttons and histories."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.places import actions, rules

Act = Callable[[int, Officer, str, datetime], Any]


@dataclass(frozen=True)
class Step:
    """One step: the states it leads from and to, the button's verb, what is asked first, what is said after."""

    name: str
    before: frozenset[str]
    after: str
    act: Act
    verb: Any
    question: Any
    done: Any

    @property
    def asks_reason(self) -> bool:
        return self.after in rules.NEEDS_REASON


STEPS = (
    Step(
        "approve",
        frozenset({rules.PENDING}),
        rules.APPROVED,
        lambda place, by, reason, now: actions.approve(place, by=by, now=now),
        _("Duyệt"),
        _("Duyệt địa điểm này?"),
        _("Đã duyệt."),
    ),
    Step(
        "reopen",
        frozenset({rules.SUSPENDED, rules.CLOSED}),
        rules.APPROVED,
        lambda place, by, reason, now: actions.approve(place, by=by, now=now),
        _("Mở lại"),
        _("Mở lại địa điểm này? Mã của địa điểm dùng lại được ngay."),
        _("Đã mở lại."),
    ),
    Step(
        "suspend",
        frozenset({rules.APPROVED}),
        rules.SUSPENDED,
        lambda place, by, reason, now: actions.suspend(place, by=by, reason=reason, now=now),
        _("Tạm dừng"),
        _("Tạm dừng địa điểm này? Cho đến khi mở lại, lượt quét ở đây không tính là lượt đến mà được giữ chờ xem xét."),
        _("Đã tạm dừng."),
    ),
    Step(
        "close",
        frozenset({rules.APPROVED, rules.SUSPENDED}),
        rules.CLOSED,
        lambda place, by, reason, now: actions.close(place, by=by, reason=reason, now=now),
        _("Đóng cửa"),
        _("Đóng cửa địa điểm này? Lượt quét ở đây được giữ chờ xem xét, không tính là lượt đến; lịch sử vẫn được giữ."),
        _("Đã đóng cửa."),
    ),
    Step(
        "reject",
        frozenset({rules.PENDING}),
        rules.REJECTED,
        lambda place, by, reason, now: actions.reject(place, by=by, reason=reason, now=now),
        _("Không duyệt"),
        _("Không duyệt địa điểm này? Lượt quét ở đây sẽ không tính là lượt đến mà được giữ chờ xem xét."),
        _("Đã ghi: không duyệt."),
    ),
    Step(
        "reconsider",
        frozenset({rules.REJECTED}),
        rules.PENDING,
        lambda place, by, reason, now: actions.reconsider(place, by=by, now=now),
        _("Xét lại"),
        _("Đưa địa điểm này về chờ duyệt?"),
        _("Đã đưa về chờ duyệt."),
    ),
)

EVENTS = {
    "registered": _("Đăng ký"),
    "edited": _("Sửa"),
    "point_added": _("Thêm điểm quét"),
    "point_ended": _("Ngừng một điểm quét"),
    "poster_renewed": _("Bắt đầu bản in mới của mã"),
    "poster_report_closed": _("Xử lý xong báo cáo về áp phích"),
    "approved": _("Duyệt"),
    "approved_by_time": _("Tự duyệt sau khi chờ, không có nơi nào giống"),
    "rejected": _("Không duyệt"),
    "reconsidered": _("Xét lại"),
    "suspended": _("Tạm dừng"),
    "closed": _("Đóng cửa"),
    "agency_changed": _("Chuyển sang cơ quan khác"),
}


def steps_from(state: str) -> list[Step]:
    """The steps that are possible in a state."""
    return [step for step in STEPS if state in step.before]


def event_words(event: str) -> Any:
    """What happened, for the history."""
    return EVENTS.get(event, event)
