"""Every sentence of the app's inspection pages, by the key under which its script asks for it."""

from django.utils.translation import gettext as _


def texts() -> dict[str, str]:
    """The sentences in the language that is active."""
    return {
        "ins_title": _("Kiểm tra tại chỗ"),
        "ins_day": _("Danh sách ngày {day}"),
        "ins_old_list": _("Danh sách này của ngày {day}. Có mạng thì tải lại."),
        "ins_load": _("Tải danh sách hôm nay"),
        "ins_first": _("Lần đầu cần có mạng: đăng nhập và tải danh sách nơi cần kiểm tra."),
        "ins_none": _("Hôm nay bạn không có nơi nào phải kiểm tra. Lập kế hoạch hoặc thêm địa điểm ở trang Kiểm tra."),
        "ins_sign_in": _("Phiên làm việc đã hết. Bản ghi vẫn còn trên máy này: hãy đăng nhập lại để gửi."),
        "ins_another": _("Có bản ghi của tài khoản khác trên máy này. Người đã ghi cần đăng nhập để gửi."),
        "ins_not_yet": _("Máy chủ chưa nhận được. Bản ghi vẫn còn trên máy, sẽ tự gửi lại."),
        "ins_safe": _(
            "Ghi xong là lưu ngay trên máy. Tắt máy hay mất mạng không mất bản ghi; máy chủ nhận rồi mới xóa."
        ),
        "ins_late_days": _("chưa gửi được {days} ngày"),
        "ins_draft": _("đang ghi dở"),
        "ins_waiting": _("đã ghi, chờ gửi"),
        "ins_refused": _("máy chủ không nhận"),
        "ins_sent": _("đã gửi"),
        "ins_edit": _("Sửa"),
        "ins_drop": _("Bỏ bản ghi này"),
        "ins_drop_sure": _("Bỏ hẳn bản ghi này khỏi máy?"),
        "ins_yes": _("Có"),
        "ins_no": _("Không"),
        "ins_unknown": _("Chưa rõ"),
        "ask_poster_shown": _("Có treo mã không?"),
        "ask_right_size": _("Mã đủ cỡ 15 × 15 cm không?"),
        "ask_own_code": _("Đúng mã của hệ thống này, của nơi này không?"),
        "ask_readable": _("Quét thử có được không?"),
        "ask_right_place": _("Treo đúng chỗ, dễ thấy không?"),
        "ins_scanning": _("Khách có quét thật không? Hãy đứng xem vài phút."),
        "ins_scanning_all": _("Hầu hết quét"),
        "ins_scanning_some": _("Một số quét"),
        "ins_scanning_none": _("Không ai quét"),
        "ins_scanning_empty": _("Không có khách"),
        "ask_exits_scanned": _("Khi ra có quét không?"),
        "ask_staff_remind": _("Có người nhắc khách không?"),
        "ins_reasons": _("Vì sao chưa đạt? (chọn mọi điều đúng)"),
        "ins_note": _("Ghi chú"),
        "ins_note_hint": _("Không ghi tên, số điện thoại của ai."),
        "ins_count": _("Đếm khách"),
        "ins_count_how": _("Đứng ở cửa từ 15 đến 30 phút. Bấm một lần cho mỗi người đến."),
        "ins_count_start": _("Bắt đầu đếm"),
        "ins_count_again": _("Đếm lại từ đầu"),
        "ins_count_again_sure": _("Bỏ số đã đếm và bắt đầu lại?"),
        "ins_count_go_on": _("Đếm tiếp"),
        "ins_count_stop": _("Dừng đếm"),
        "ins_came_scanned": _("Đến và quét"),
        "ins_came_only": _("Đến, không quét"),
        "ins_came": _("Người đến"),
        "ins_blind": _("Tôi không nhìn được ai quét (hệ thống sẽ đếm lượt quét nhận được)"),
        "ins_undo": _("Bớt lần bấm cuối"),
        "ins_tally": _("Người đến: {visitors} · Đã quét: {scanned}"),
        "ins_tally_blind": _("Người đến: {visitors}"),
        "ins_window": _("đếm từ {from} đến {to}"),
        "ins_window_open": _("đang đếm, từ {from}"),
        "ins_save": _("Lưu kết quả"),
        "ins_need_answer": _(
            "Hãy trả lời có treo mã hay không; nếu không xem được, chọn lý do: đóng cửa, chuyển đi hoặc từ chối."
        ),
        "ins_stop_first": _("Hãy dừng đếm trước khi lưu."),
    }
