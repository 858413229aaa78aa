"""Words that tell of a person or a case, and words that don't."""

import pytest

from dauchan.cases.rules import case_code
from dauchan.directives import impersonal


@pytest.mark.parametrize(
    "text",
    [
        "CB-2026-0001 Nguyễn Văn A 0912345678 là F0",
        f"theo {case_code(2026, 1)}",
        "cb 2026 0001",
        "gọi 0912 345 678",
        "gọi +84.912.345.678",
        "CCCD 067156000001",
        "CMND 245123456",
        "BHYT DN4670123456789",
        "hộ chiếu C1234567",
        "thẻ DCA1B2C3D4E",
        "sinh ngày 3/2",
        "ngày 03/02/1956",
        "SN 1956",
        "người bán cá là F0",
        "hai f1 đã đến",
        "có ca bệnh đến chợ",
        "BN 1234",
        "bệnh nhân đã đến",
        "người dương tính",
        "bà Tư bán cá",
        "Ông Nguyễn đến chợ",
        "Trần Thị Bê",
        "a patient was here",
        "F\u200b0 đã đến",
        "０９１２３４５６７８",
    ],
)
def test_words_that_tell_of_a_person_or_a_case_are_refused(text):
    with pytest.raises(impersonal.TellsOfAPerson) as refused:
        impersonal.check(text, field="target")
    assert refused.value.detail["field"] == "target"


@pytest.mark.parametrize(
    "text",
    [
        "Mọi người vào ra đều quét",
        "80 % khách quét mã, treo mã ở 3 cổng",
        "ít nhất 1.000.000 lượt trong 7 ngày",
        "mọi học sinh 100 % quét mã",
        "em bé không cần quét; chị em Hội Phụ nữ trực cổng",
        "bố trí anh chị em trực cổng từ 5h30 đến 18h",
        "mở đủ cổng A, B và C",
    ],
)
def test_words_that_say_what_is_to_be_reached_are_taken(text):
    impersonal.check(text, field="target")
