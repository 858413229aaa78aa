"""Writing a document: what is typed wrong is refused at its field and stays typed; tasks are numbered as printed."""

import io
from datetime import date

import docx as word
import pytest
from django.test import Client
from support.letter import BASE, Province, dak_nong, seen, text, the_letter, words_of, writer, writes
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.directives import letters
from dauchan.directives.models import Directive, Order

CLOCK = "2021-07-19T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
PDF = b"%PDF-1.7 signed"


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


@pytest.fixture(scope="module")
def draft(province: Province) -> Directive:
    return writes(writer(province), the_letter())


def field(page: str, name: str) -> str:
    """What stands between a field's label and the next label."""
    return page.partition(f'for="id_{name}"')[2].partition("<label")[0]


def posted(client: Client, path: str, given: dict[str, str]) -> str:
    answer = client.post(path, given)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("number", "0", "từ 1"),
        ("number", "-7", "từ 1"),
        ("number", "số 7", "từ 1"),
        ("dated", "2021-07-20", "Ngày ký chưa đến"),
    ],
)
def test_a_number_or_day_that_no_signed_document_has_is_refused_at_its_field(province, draft, name, typed, said):
    client, before = writer(province), Directive.objects.count()
    wrong = words_of(the_letter()) | {name: typed}
    for refused in (
        posted(client, f"{BASE}/moi", wrong),
        posted(client, f"{BASE}/{draft.pk}/sua", wrong | seen(client, f"{BASE}/{draft.pk}")),
    ):
        assert said in field(refused, name)
        assert f'value="{typed}"' in field(refused, name)
    assert Directive.objects.count() == before
    draft.refresh_from_db()
    assert (draft.number, draft.dated) == ("702", date(2021, 7, 19))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("deadline", {"deadline": "2021-07-18"}, "Hạn đã qua"),
        ("target", {"indicator": "coverage", "target": "250"}, "từ 0 đến 100"),
        ("target", {"indicator": "coverage"}, "ghi mức phải đạt"),
        ("target", {"target": "50"}, "để trống mức phải đạt"),
    ],
)
def test_an_order_that_nobody_can_carry_out_is_refused_at_its_field_and_stays_typed(province, draft, name, given, said):
    before = Order.objects.count()
    wrong = {"text": "Việc không làm được", "deadline": "2021-07-31"} | given
    refused = posted(writer(province), f"{BASE}/{draft.pk}/nhiem-vu", wrong)
    assert said in field(refused, name)
    assert "Việc không làm được" in field(refused, "text")
    assert Order.objects.count() == before


def test_a_line_of_addressees_that_means_nobody_is_shown_again_as_it_was_typed(province, draft):
    client = writer(province)
    wrong = {"role": "coordinate", "kind": "enterprise", "level": "district", "words": "Các doanh nghiệp"}
    refused = posted(client, f"{BASE}/{draft.pk}/noi-nhan", wrong)
    assert "Không có cơ quan nào như vậy" in field(refused, "kind")
    assert 'value="Các doanh nghiệp"' in field(refused, "words")
    assert '<option value="coordinate" selected>' in field(refused, "role")
    neither = posted(client, f"{BASE}/{draft.pk}/noi-nhan", wrong | {"kind": ""})
    assert "Hãy chọn một cơ quan, hoặc một loại cơ quan." in neither
    assert 'value="Các doanh nghiệp"' in field(neither, "words")
    assert f'name="next" value="{BASE}/{draft.pk}"' in neither  # to read it in the other language


def test_a_cited_document_that_is_wrong_is_shown_again_as_it_was_typed(province, draft):
    wrong = {"reference": "5/CT-TTg", "dated": "31/02/2021", "subject": "phòng dịch"}
    refused = posted(writer(province), f"{BASE}/{draft.pk}/can-cu", wrong)
    assert 'value="5/CT-TTg"' in field(refused, "reference")
    assert 'role="alert"' in field(refused, "dated")


def test_a_draft_whose_deadlines_have_passed_waits_for_new_ones_before_it_is_sent(province, draft, at):
    at("2021-07-24T08:00")
    client = writer(province)
    assert "hạn mới cho nhiệm vụ đã quá hạn" in text(client, f"{BASE}/{draft.pk}")
    client.post(f"{BASE}/{draft.pk}/gui")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_tasks_are_numbered_by_their_order_after_one_was_dropped_as_the_letter_prints_them(province):
    client = writer(province)
    made = writes(client, the_letter(), number="707")
    client.post(f"{BASE}/{made.pk}/nhiem-vu/{made.orders.first().pk}/bo")
    assert [str(order)[:12] for order in made.orders.all()] == ["1. Phân công", "2. Khai báo ", "3. Phổ biến "]
    file = word.Document(io.BytesIO(client.get(f"{BASE}/{made.pk}/in.docx").content))
    assert any(paragraph.text.startswith("1. Phân công") for paragraph in file.paragraphs)
    client.post(f"{BASE}/{made.pk}/nhiem-vu", {"text": "Báo cáo", "deadline": "2021-08-31"})
    assert [order.position for order in made.orders.all()] == [1, 2, 3, 4]
    client.post(f"{BASE}/{made.pk}/gui")
    assert "1. Phân công" in text(client, f"{BASE}/{made.pk}")


def test_a_decision_names_each_ground_in_a_line_of_its_own_and_none_that_its_words_name(province):
    body = "Theo Công văn số 2242/UBND-KGVX, nay quyết định:"
    made = writes(writer(province), the_letter(), number="708", form="decision", body=body)
    writer(province).post(f"{BASE}/{made.pk}/can-cu", {"reference": "16/CT-TTg", "issuer": "Thủ tướng Chính phủ"})
    grounds = [block.text for block in letters.official(made).body if getattr(block, "text", "").startswith("Căn cứ")]
    assert [line.partition(" của ")[0] for line in grounds] == [
        "Căn cứ Công văn số 1324/BTTTT-THH ngày 29/04/2021",
        "Căn cứ Chỉ thị số 16/CT-TTg",
    ]


def test_whoever_writes_writes_for_their_own_agency_unless_they_choose_another(province):
    assert f'value="{province.department.name} (' in field(text(writer(province), f"{BASE}/moi"), "issuer")
    everywhere = officer_with("rollout_manager", Scope("unit", str(province.unit.pk)))
    client = signed_in(everywhere)
    assert "value=" not in field(text(client, f"{BASE}/moi"), "issuer").partition(" list=")[0]
    district = province.agency("Ủy ban nhân dân huyện Cư Jút")
    client.post(f"{BASE}/moi", words_of(the_letter(), issuer=f"{district.name} ({district.unit.name})"))
    assert f'value="{district.name} (' in field(text(client, f"{BASE}/moi"), "issuer")  # as they did last


def test_the_second_of_two_who_change_a_draft_overwrites_nothing_and_loses_no_word(province):
    first, second = writer(province), writer(province)
    given = {"issuer": province.department.name, "form": "letter", "symbol": "STTTT", "place": "Đắk Nông"}
    given |= {"subject": "thử", "filed": "VT"}
    page = first.post(f"{BASE}/moi", given)["Location"]
    before = seen(second, page)
    first.post(f"{page}/sua", given | {"subject": "của người thứ nhất"} | seen(first, page))
    wrong = second.post(f"{page}/sua", given | {"subject": ""} | before).content.decode()
    assert before["seen"] in wrong  # a form that is wrong learns nothing of what the other one saved
    refused = second.post(f"{page}/sua", given | {"subject": "của người thứ hai"} | before).content.decode()
    assert "người khác đã lưu bản nháp này" in refused
    assert "của người thứ hai" in refused
    assert before["seen"] not in refused
    made = Directive.objects.get(pk=int(page.rpartition("/")[2]))
    assert made.subject == "của người thứ nhất"
    second.post(f"{page}/sua", given | {"subject": "của cả hai"} | seen(second, page))
    made.refresh_from_db()
    assert made.subject == "của cả hai"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ"), ("a.pdf", b"MZ"), ("a.pdf", b""), ("a.svg", b"<svg/>"), ("a.pdf", PDF + b"x" * (8 << 20))],
)
def test_files_that_are_not_what_they_say_are_not_taken(province, draft, name, content):
    client = writer(province)
    file = io.BytesIO(content)
    file.name = name
    client.post(f"{BASE}/{draft.pk}/tep", {"file": file, "signed": "1"})
    assert draft.attachments.count() == 0
