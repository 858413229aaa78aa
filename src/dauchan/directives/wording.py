"""The states, steps, ways and outcomes of documents, tasks and calls, in words: for models, forms and pages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dauchan.directives import rules

STATES = (
    (rules.SENT, _("Đã gửi")),
    (rules.ACKNOWLEDGED, _("Đã nhận")),
    (rules.STARTED, _("Đang làm")),
    (rules.DONE, _("Đã xong")),
    (rules.RETURNED, _("Trả lại làm tiếp")),
)
STEPS = ((rules.REMIND, _("Đôn đốc")), (rules.PROPOSE, _("Đề nghị tạm dừng hoặc can thiệp")))
PROPOSALS = {
    True: (
        _("Đề nghị tạm dừng"),
        _("Đề nghị tạm dừng? Việc tạm dừng do người có quyền duyệt địa điểm quyết định."),
        _("Chờ người có quyền duyệt địa điểm quyết định"),
    ),
    False: (
        _("Đề nghị cấp trên can thiệp"),
        _("Đề nghị cấp trên can thiệp? Cấp trên của đơn vị, cơ quan này quyết định làm gì."),
        _("Chờ cấp trên xem xét"),
    ),
}
"""What the last step is, what it asks first and whom it waits for: for a place, and for a unit or agency, which nobody
can suspend.
"""
CHANNELS = (
    (rules.ACCOUNT, _("Trên hệ thống")),
    ("phone", _("Điện thoại")),
    ("paper", _("Công văn giấy")),
    ("mail", _("Thư điện tử")),
    ("chat", _("Zalo, tin nhắn")),
    ("meeting", _("Gặp trực tiếp")),
)
OUTCOMES = (
    (rules.CALLED, _("Đã nói chuyện")),
    (rules.NO_ANSWER, _("Không nghe máy")),
    (rules.PROMISED, _("Hứa thực hiện")),
    (rules.REFUSED, _("Từ chối")),
)
ASK_STATES = (
    (rules.ASKED, _("Chờ giao")),
    (rules.ASSIGNED, _("Đã giao")),
    (rules.ANSWERED, _("Đã làm")),
    (rules.DECLINED, _("Không làm được")),
)


class Form(models.TextChoices):
    """What kind of document it is; a công văn has no name of its kind, its subject stands under the number."""

    LETTER = "letter", _("Công văn")
    PLAN = "plan", _("Kế hoạch")
    NOTICE = "notice", _("Thông báo")
    INSTRUCTION = "instruction", _("Chỉ thị")
    DECISION = "decision", _("Quyết định")


class Purpose(models.TextChoices):
    ORDER = "order", _("Chỉ đạo")
    REMINDER = "reminder", _("Đôn đốc")


class Role(models.TextChoices):
    """As what somebody gets a document."""

    EXECUTE = "execute", _("Thực hiện")
    REPORT = "report", _("Báo cáo")
    COORDINATE = "coordinate", _("Phối hợp")
    INFORM = "inform", _("Để biết")
    FILE = "file", _("Để lưu")
