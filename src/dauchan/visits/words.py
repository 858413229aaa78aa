"""In words, for every page that shows a visit: how it was recorded, and what speaks against it."""

from django.utils.translation import gettext as _

from dauchan.visits.rules import Confidence, Doubt


def recorded_how(confidence: int) -> str:
    """How a visit was recorded, from the least sure (typed) to the surest (a rotating code)."""
    words = {
        Confidence.TYPED: _("nhập tay, chưa xác minh"),
        Confidence.POSTER: _("tự quét mã địa điểm"),
        Confidence.INTEGRATOR: _("ứng dụng khác gửi"),
        Confidence.SCREEN: _("tự quét mã đổi liên tục trên màn hình"),
        Confidence.STAFF_SCANNED: _("người trực quét"),
        Confidence.ROTATING_PASS: _("người trực quét mã đổi liên tục"),
    }
    return words[Confidence(confidence)]


def doubts_in_words(doubts: int) -> list[str]:
    """What speaks against a visit; nothing for most."""
    words = {Doubt.SHUT: _("ngoài giờ mở cửa"), Doubt.FAR: _("không thể đi từ nơi trước đến kịp")}
    return [words[doubt] for doubt in Doubt(doubts)]


def sureness(confidence: int, doubts: int = Doubt.NONE) -> str:
    """Both in one line."""
    return " · ".join([recorded_how(confidence), *doubts_in_words(doubts)])
