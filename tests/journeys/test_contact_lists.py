"""Lists of contacts: why each is there, everything behind one row, and handing people to another commune."""

from datetime import datetime

import pytest
from django.utils.html import escape
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.cases.models import Case, CaseKey
from dauchan.kernel import clock
from dauchan.tracing import decisions
from dauchan.tracing.evidence import Told
from dauchan.tracing.models import Contact

CLOCK = "2021-08-17T08:00+07:00"
LANGUAGES = ["vi", "en"]


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi", "Dũng", "Em")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    town.stay("Em", "chợ", "09:00-09:30")
    town.stay("Dũng", "quán", "13:00-14:00")
    town.stay("Em", "quán", "13:00-14:00")
    return town


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    """A case with two contacts who were found and one whom it told of."""
    made, now = outbreak.case("An"), clock.now()
    make_list(made, by=outbreak.tracer)
    decisions.decide(made, made.proposals.all(), "close", by=outbreak.tracer, now=now)
    last, first = (datetime.fromisoformat(f"2021-08-16T{time}+07:00") for time in ("19:30", "07:15"))
    told = Told("hàng xóm", last, first, "hay sang chơi")
    decisions.tell_contact(made, outbreak.people["Chi"], told, by=outbreak.tracer, now=now, grade="close")
    return made


@pytest.fixture
def page(outbreak, case):
    return signed_in(outbreak.tracer)


@pytest.fixture
def there(outbreak):
    """The desk of an officer of the other commune."""
    return signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))


def contact(outbreak: Outbreak, case: Case, name: str) -> Contact:
    return case.contacts.get(person_id=outbreak.people[name])


def assign(page, case: Case, *contacts: Contact, **given: object):
    chosen = {"contact": [each.pk for each in contacts], **given}
    return page.post(f"/ca-benh/{case.code}/tiep-xuc/quyet-dinh", chosen, follow=True).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_my_queue_says_where_each_contact_lives_and_why_they_are_on_it(outbreak, case, page, language):
    shown = page.get("/tiep-xuc", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert "70 phút" in shown if language == "vi" else "70 " in shown
    assert str(outbreak.home) in shown
    for told in ("hàng xóm", "19:30 16/08/2021", "hay sang chơi"):
        assert told in shown


@pytest.mark.parametrize("path", ["/tiep-xuc", "/ca-benh/{case}/tiep-xuc"])
def test_a_row_of_either_list_leads_to_its_evidence_first_and_to_the_identity_beside_it(outbreak, case, page, path):
    shown = page.get(path.format(case=case.code)).content.decode()
    for name in ("Bình", "Chi"):
        row = contact(outbreak, case, name).pk
        evidence, identity = f'href="/tiep-xuc/{row}"', f'href="/tiep-xuc/{row}/danh-tinh"'
        assert shown.index(evidence) < shown.index(identity)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_of_a_contact_is_every_encounter_masked(outbreak, case, page, language):
    row = contact(outbreak, case, "Bình")
    shown = page.get(f"/tiep-xuc/{row.pk}", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    for expected in ("Chợ", "Cổng", "08:20 15/08/2021", "09:30", row.ruleset, str(outbreak.home)):
        assert expected in shown, expected
    assert "Nguyễn Văn Bình" not in shown
    assert "0912000001" not in shown


def test_the_evidence_of_a_told_contact_is_what_the_case_told(outbreak, case, page):
    shown = page.get(f"/tiep-xuc/{contact(outbreak, case, 'Chi').pk}").content.decode()
    for expected in ("hàng xóm", "19:30 16/08/2021", "hay sang chơi", "07:15 16/08/2021"):
        assert expected in shown, expected


def test_nobody_outside_a_contact_s_units_sees_its_evidence(outbreak, case, there):
    assert there.get(f"/tiep-xuc/{contact(outbreak, case, 'Bình').pk}").status_code == 404


def test_my_queue_stands_when_the_evidence_of_one_case_was_destroyed(outbreak, page):
    other, now = outbreak.case("Dũng"), clock.now()
    make_list(other, by=outbreak.tracer)
    decisions.decide(other, other.proposals.all(), "close", by=outbreak.tracer, now=now)
    row = other.contacts.get()
    CaseKey.objects.filter(case=other).delete()
    for path in ("/tiep-xuc", f"/tiep-xuc/{row.pk}"):
        assert "Bằng chứng đã được hủy" in page.get(path).content.decode()
    assert "hàng xóm" in page.get("/tiep-xuc").content.decode()


def test_contacts_are_assigned_to_a_commune_which_then_sees_them_until_they_are_taken_back(outbreak, case, page, there):
    row = contact(outbreak, case, "Bình")
    given = {"unit": outbreak.elsewhere.pk, "unit_text": str(outbreak.elsewhere)}
    said = assign(page, case, row, assign="1", query="grade=close", **given)
    assert escape(f"Đã giao 1 người cho {outbreak.elsewhere}.") in said
    assert '<option value="close" selected>' in said, "the list keeps its filter"
    assert there.get(f"/tiep-xuc/{row.pk}").status_code == 200
    assert f'href="/ca-benh/{case.code}' not in there.get(f"/tiep-xuc/{row.pk}").content.decode()
    assert AuditRow.objects.filter(event="contacts.assigned").exists()
    assert "Đã thôi giao 1 người." in assign(page, case, row, unassign="1")
    assert there.get(f"/tiep-xuc/{row.pk}").status_code == 404


def test_an_assignment_needs_a_commune_and_somebody_chosen(outbreak, case, page):
    row = contact(outbreak, case, "Bình")
    assert "Hãy chọn xã, phường để giao." in assign(page, case, row, assign="1", unit="", unit_text="")
    assert "Không tìm thấy đơn vị" in assign(page, case, row, assign="1", unit="", unit_text="qqqqq")
    province = outbreak.elsewhere.parent.parent or outbreak.elsewhere.parent
    assign(page, case, row, assign="1", unit=province.pk, unit_text=str(province))
    given = {"unit": outbreak.elsewhere.pk, "unit_text": str(outbreak.elsewhere)}
    assign(page, case, assign="1", **given)
    assert not case.contacts.filter(assigned_unit__isnull=False).exists()


@pytest.mark.parametrize(("language", "words"), [("vi", "Giao cho xã"), ("en", "Assign to commune")])
def test_the_case_s_list_has_the_button_that_assigns(case, page, language, words):
    shown = page.get(f"/ca-benh/{case.code}/tiep-xuc", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert words in shown.partition('name="assign"')[2].partition("</button>")[0]
