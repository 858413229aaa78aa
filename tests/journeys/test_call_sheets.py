"""What a call sheet may say, and for whom: what is asked for can be opened, and every copy says whose it is."""

import io
import zipfile
from datetime import datetime
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook
from support.officers import signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.accounts.models import AuditRow
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.tracing import decisions
from dauchan.tracing.evidence import Told
from dauchan.tracing.models import Contact, Release
from dauchan.tracing.release import LONGEST_PURPOSE, LONGEST_RECIPIENT, request_release

CLOCK = "2021-08-17T08:00+07:00"
FOOT = ".//{http://schemas.openxmlformats.org/spreadsheetml/2006/main}oddFooter"
UNREADABLE = ["Gọi\u202eđiện", "Gọi\x07điện", "Gọi\ue000điện"]
HIDDEN = {"vi": "Có ký tự ẩn hoặc không đọc được", "en": "It has hidden or unreadable characters"}


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    return town


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    """A case with one contact who was found and one whom it told of."""
    made, now = outbreak.case("An"), clock.now()
    make_list(made, by=outbreak.tracer)
    decisions.decide(made, made.proposals.all(), "close", by=outbreak.tracer, now=now)
    told = Told("hàng xóm", datetime.fromisoformat("2021-08-16T19:30+07:00"))
    decisions.tell_contact(made, outbreak.people["Chi"], told, by=outbreak.tracer, now=now, grade="close")
    return made


@pytest.fixture
def page(outbreak, case):
    return signed_in(outbreak.tracer)


def ask(page, case: Case, recipient: str, purpose: str, language: str = "vi"):
    given = {"grade": "close", "recipient": recipient, "purpose": purpose, "confirm": "1", "expected": "2"}
    return page.post(f"/ca-benh/{case.code}/danh-sach-goi", given, HTTP_ACCEPT_LANGUAGE=language)


def asked(page, case: Case, recipient: str, purpose: str) -> Release:
    assert ask(page, case, recipient, purpose).status_code == 302
    return Release.objects.latest("pk")


def test_the_longest_recipient_and_purpose_that_can_be_asked_for_can_be_opened(case, page):
    release = asked(page, case, "đ" * LONGEST_RECIPIENT, "ữ" * LONGEST_PURPOSE)
    assert page.post(f"/danh-sach-goi/{release.pk}/in").status_code == 200
    told = AuditRow.objects.filter(event="person.revealed").latest("pk").purpose
    assert told == f"{release.purpose} · {release.recipient} · {release.marker}"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("field", ["recipient", "purpose"])
def test_what_nobody_can_read_is_refused_at_its_field_when_the_sheet_is_asked_for(case, page, field, text, language):
    before = Release.objects.count()
    answer = ask(page, case, **{"recipient": "Đội 1", "purpose": "Gọi điện", field: text}, language=language)
    shown = answer.content.decode()
    assert shown.count(HIDDEN[language]) == 1
    assert HIDDEN[language] in shown.partition(f'id="id_{field}"')[2].partition("</div>")[0]
    assert Release.objects.count() == before


@pytest.mark.parametrize(
    ("recipient", "purpose"),
    [("Đội 1", " "), ("", "Gọi điện"), ("Đội 1", "g" * (LONGEST_PURPOSE + 1)), ("Đ" * 201, "Gọi"), ("Đội 1", "\u202e")],
)
def test_the_request_itself_refuses_what_could_not_be_opened_later(outbreak, case, recipient, purpose):
    everybody = Contact.objects.filter(case=case)
    with pytest.raises(BadInput):
        request_release(
            case, everybody, recipient=recipient, purpose=purpose, expected=2, by=outbreak.tracer, now=clock.now()
        )


def foot_of(workbook: bytes) -> str:
    sheet = zipfile.ZipFile(io.BytesIO(workbook)).read("xl/worksheets/sheet1.xml")
    return ElementTree.fromstring(sheet).findtext(FOOT) or ""


@pytest.mark.parametrize("letter", ["&", "Đ", "𠀀"])
def test_the_foot_of_a_workbook_is_never_longer_than_excel_opens_and_keeps_its_marker(case, page, letter):
    release = asked(page, case, letter * LONGEST_RECIPIENT, "Gọi điện")
    workbook = page.post(f"/danh-sach-goi/{release.pk}/xlsx").content
    foot = foot_of(workbook)
    assert 200 < len(foot.encode("utf-16-le")) // 2 <= 255
    assert release.marker in foot
    assert case.code in foot
    assert foot.endswith("&R&P / &N")
    assert foot.removeprefix("&L").removesuffix("&R&P / &N").replace("&&", "").count("&") == 0
    assert release.recipient in load_workbook(io.BytesIO(workbook)).properties.description


def test_an_ordinary_recipient_stands_whole_in_the_foot(case, page):
    release = asked(page, case, "Trạm A & Trạm B", "Gọi điện")
    foot = foot_of(page.post(f"/danh-sach-goi/{release.pk}/xlsx").content)
    assert foot.startswith(f"&LBản của Trạm A && Trạm B · {case.code} · lập 08:0")


@pytest.mark.parametrize(
    ("language", "reason"),
    [("vi", "Ca bệnh kể: hàng xóm, lần cuối 19:30 16/08/2021"), ("en", "hàng xóm, last")],
)
def test_a_told_contact_stands_on_the_sheet_with_relation_and_last_exposure(case, page, language, reason):
    release = asked(page, case, "Đội 1", "Gọi điện")
    sheet = page.post(f"/danh-sach-goi/{release.pk}/in", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert reason in sheet
    assert "19:30 16/08/2021" in sheet
    workbook = page.post(f"/danh-sach-goi/{release.pk}/xlsx", HTTP_ACCEPT_LANGUAGE=language).content
    rows = [*load_workbook(io.BytesIO(workbook)).active.iter_rows(min_row=2, values_only=True)]
    reasons = [str(value) for row in rows for value in row if value and "hàng xóm" in str(value)]
    assert len(reasons) == 1
    assert reason in reasons[0]
    assert "19:30 16/08/2021" in reasons[0]
