"""What people are told where something about them is collected: the same controller, law and rights everywhere."""

from datetime import date

import pytest

from dauchan.kernel import notices

BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


def test_each_notice_names_controller_purpose_basis_days_kept_and_rights_in_two_lines():
    told = notices.notice(notices.VISITS, BEFORE, province="Lâm Đồng", host="dauchan.test", days=30)
    assert told.vi == (
        (
            "Dữ liệu cá nhân: Sở Y tế Lâm Đồng kiểm soát, chỉ dùng để truy vết dịch bệnh, theo Luật Phòng, chống bệnh "
            "truyền nhiễm 03/2007/QH12; lượt đến được lưu 30 ngày."
        ),
        "Mỗi người có quyền xem, sửa, yêu cầu xóa dữ liệu về mình và biết ai đã xem, tại dauchan.test.",
    )
    assert told.en == (
        (
            "Personal data: controlled by the Department of Health of Lâm Đồng, used for contact tracing only, under "
            "the Law on Prevention and Control of Infectious Diseases 03/2007/QH12; visits are kept 30 days."
        ),
        "Everyone may see, correct and ask to erase what is kept about them, and learn who looked.",
    )


@pytest.mark.parametrize("collected", notices.COLLECTED.values())
def test_the_law_is_that_of_the_day(collected):
    assert "03/2007/QH12" in notices.notice(collected, BEFORE, days=30).vi[0]
    assert "114/2025/QH15" in notices.notice(collected, AFTER, days=30).vi[0]


@pytest.mark.parametrize("collected", notices.COLLECTED.values())
def test_all_of_them_name_one_controller_and_the_same_rights(collected):
    told, other = notices.notice(collected, AFTER, days=30), notices.notice(notices.VISITS, AFTER, days=30)
    assert "Sở Y tế của tỉnh, thành phố kiểm soát" in told.vi[0]
    assert "the province's Department of Health" in told.en[0]
    assert (told.vi[1], told.en[1]) == (other.vi[1], other.en[1])
