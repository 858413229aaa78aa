"""A name is looked for among the contacts of one case: by POST, masked, written down, and nowhere else."""

import re

import pytest
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build

from dauchan.accounts.actions import Scope
from dauchan.accounts.audit import rows_about
from dauchan.accounts.models import AuditRow
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.tracing import decisions, searching
from dauchan.tracing.evidence import Told

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Ẩn Danh", "Đỗ Quyên", "Quyền", "Chi")
    return town


def case_with(outbreak: Outbreak, sick: str, *contacts: str) -> Case:
    case = outbreak.case(sick)
    for name in contacts:
        told = Told("bạn", outbreak.at("20:00"))
        decisions.tell_contact(case, outbreak.people[name], told, by=outbreak.tracer, now=clock.now())
    return case


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    return case_with(outbreak, "An", "Ẩn Danh", "Đỗ Quyên")


@pytest.fixture(scope="module")
def other_case(outbreak) -> Case:
    return case_with(outbreak, "Chi", "Quyền")


@pytest.fixture
def page(outbreak, case, other_case):
    return signed_in(outbreak.tracer)


def found_in(answer, outbreak: Outbreak) -> set[str]:
    pages = {int(number) for number in re.findall(r'href="/tiep-xuc/(\d+)"', answer.content.decode())}
    cases = [case.contacts.filter(pk__in=pages) for case in Case.objects.all()]
    people = {row.person_id for rows in cases for row in rows}
    return {name for name, person in outbreak.people.items() if person in people}


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("quyen", {"Đỗ Quyên"}),
        ("  QUYÊN ", {"Đỗ Quyên"}),
        ("do quyen", {"Đỗ Quyên"}),
        ("Nguyen Van", {"Ẩn Danh", "Đỗ Quyên"}),
        ("an", {"Ẩn Danh"}),
        ("Quyền Khác", set()),
        ("chi", set()),
    ],
)
def test_a_name_without_accents_finds_the_contacts_of_this_case_only(outbreak, case, page, name, people):
    assert found_in(page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": name}), outbreak) == people


def test_whoever_is_found_stays_masked(case, page):
    answer = page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": "quyen"})
    shown = answer.content.decode()
    assert "Nguyễn Văn ***" in re.sub(r"&\w+;", "", shown)
    assert "Đỗ Quyên" not in shown


def test_nobody_found_is_said_in_both_languages(case, page):
    path = f"/ca-benh/{case.code}/tiep-xuc"
    said = {"vi": "Không ai trong danh sách này có tên như vậy", "en": "Nobody in this list has such a name"}
    for language, sentence in said.items():
        answer = page.post(path, {"name": "Zyx"}, headers={"accept-language": language})
        assert sentence in answer.content.decode()


@pytest.mark.parametrize(("name", "said"), [("q", "ít nhất 2 chữ cái"), ("´", "ít nhất 2"), ("", "bắt buộc")])
def test_a_name_that_says_too_little_finds_nobody_and_says_so(outbreak, case, page, name, said):
    answer = page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": name})
    assert "Tìm thấy theo tên: <strong>0</strong>" in answer.content.decode()
    assert said in answer.content.decode()
    assert found_in(answer, outbreak) == set()


def test_a_name_that_half_the_list_bears_finds_nobody_and_says_so(outbreak, case, page, monkeypatch):
    monkeypatch.setattr(searching, "MOST_FOUND", 1)
    answer = page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": "nguyen"})
    assert "Hơn 1 người khớp" in answer.content.decode()
    assert found_in(answer, outbreak) == set()
    row = AuditRow.objects.latest("pk")
    assert (row.event, row.case_ref) == ("person.searched", case.code)
    assert row.count > 1, "that many bear the name is an answer too, and written down"


def test_everybody_found_can_read_who_looked_and_a_look_at_nobody_is_written_down_too(outbreak, case, page):
    last = AuditRow.objects.latest("pk").pk
    page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": "quyen"})
    page.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": "zyx"})
    looked = AuditRow.objects.filter(pk__gt=last, event="person.searched").order_by("pk")
    assert [(row.case_ref, row.count, row.officer_id) for row in looked] == [
        (case.code, 1, outbreak.tracer.pk),
        (case.code, 0, outbreak.tracer.pk),
    ]
    assert rows_about(outbreak.people["Đỗ Quyên"])[0].pk == looked[0].pk
    assert all("quyen" not in row.detail.lower() for row in looked)


def test_a_name_stands_in_no_address_no_session_and_no_log(case, page, caplog):
    caplog.set_level("DEBUG")
    path = f"/ca-benh/{case.code}/tiep-xuc"
    answer = page.post(path, {"name": "do quyen"})
    addresses = re.findall(r'(?:href|action|value)="([^"]*)"', answer.content.decode())
    assert [each for each in addresses if "quyen" in each.lower()] == ["do quyen"], "only the box itself holds it"
    assert "quyen" not in str(dict(page.session)).lower()
    assert "quyen" not in caplog.text.lower()
    assert page.get(f"{path}?name=quyen").status_code == 400, "a name in an address is no filter"
    assert "quyen" not in caplog.text.lower()


def test_officers_of_another_unit_find_nobody(outbreak, case, other_case):
    stranger = signed_in(officer_with("investigator", Scope("unit", str(outbreak.elsewhere.pk))))
    assert stranger.post(f"/ca-benh/{case.code}/tiep-xuc", {"name": "quyen"}).status_code == 404
