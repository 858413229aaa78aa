"""What an officer types in of what a case told: with something wrong in it, it comes back and nothing is recorded."""

import html
import re

import pytest
from support.officers import signed_in
from support.outbreak import Outbreak, build

from dauchan.cases.models import Case, Milestone
from dauchan.people.models import Person
from dauchan.tracing.models import Contact

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An")
    return town


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    return outbreak.case("An")


@pytest.fixture(scope="module")
def page(outbreak):
    return signed_in(outbreak.tracer)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"place_name": ""}, "ghi tên địa điểm và xã"),
        ({"end": "2021-08-14T09:00"}, "phải sau thời điểm bắt đầu"),
        ({"start": "14/08/2021"}, "Nhập một ngày/thời gian hợp lệ"),
        ({"place_id": "987654"}, "Không có địa điểm mang số này"),
        ({"unit": "", "unit_text": "Xã Không Đâu"}, "Không tìm thấy đơn vị"),
    ],
)
def test_a_told_place_with_something_wrong_comes_back_as_it_was_typed_and_is_not_recorded(
    outbreak, case, page, wrong, said
):
    told = {
        "place_name": "Đám giỗ nhà bà Tư",
        "address": "Thôn 7",
        "note": "mâm thứ hai",
        "start": "2021-08-14T10:00",
        "end": "2021-08-14T14:00",
        "unit": str(outbreak.home.pk),
        "unit_text": "",
    } | wrong
    before = Milestone.objects.count()
    answer = page.post(f"/ca-benh/{case.code}/moc-dich-te/them", told)
    shown = html.unescape(answer.content.decode())
    assert re.search(r'role="alert">[^<]*' + said, shown)
    kept = [value for value in told.values() if value]
    assert [value for value in kept if f'value="{value}"' not in shown] == []
    assert Milestone.objects.count() == before
    assert page.get(f"/ca-benh/{case.code}/moc-dich-te/them").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"last_exposure": "2031-08-16T20:00"}, "chưa đúng: Tiếp xúc lần cuối"),
        ({"first_exposure": "2021-08-17T07:00"}, "chưa đúng: Tiếp xúc lần đầu"),
        ({"relation": ""}, "Trường này là bắt buộc"),
        ({"phone": "12"}, "Số điện thoại"),
        ({"grade": "friend"}, "friend"),
    ],
)
def test_a_told_contact_with_something_wrong_comes_back_as_typed_and_registers_nobody(
    outbreak, case, page, wrong, said
):
    told = {
        "person": "new",
        "name": "Lê Thị Bạn",
        "phone": "0912 000 777",
        "address": "Thôn 9",
        "relation": "bạn học",
        "first_exposure": "2021-08-15T20:00",
        "last_exposure": "2021-08-16T20:00",
        "note": "ngồi cùng bàn",
        "grade": "close",
    } | wrong
    before = Person.objects.count(), Contact.objects.count()
    answer = page.post(f"/ca-benh/{case.code}/tiep-xuc/them", told)
    shown = html.unescape(answer.content.decode())
    assert re.search(r'role="alert">[^<]*' + said, shown)
    kept = [value for name, value in told.items() if value and name not in ("person", "grade")]
    assert [value for value in kept if f'value="{value}"' not in shown] == []
    assert re.search(r'value="new" checked', shown)
    assert (Person.objects.count(), Contact.objects.count()) == before
