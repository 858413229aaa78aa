"""Decisions, undo, the second generation, changed dates, scope by noun, call sheets, exports: through the pages."""

import io
import re

import pytest
from django.db import connection
from openpyxl import load_workbook
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list, work_off_runs

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.people.actions import merge, undo_merge
from dauchan.tracing import decisions
from dauchan.tracing.models import Contact, DecisionBatch, Proposal, Release

CLOCK = "2021-08-17T08:00+07:00"
CROWD = [f"Khách {number}" for number in range(55)]


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database, places=("chợ", "quán", "sân", "trạm"))
    town.add_people("An", "Bình", "Chi", "Em")
    town.add_people("Gấm", home=town.elsewhere)
    town.add_people("Hoa", nobody_knows_where=True, phones=False)
    town.add_people("=cmd|'/c calc'!A1", "Bình khác")
    town.add_people(*CROWD)
    town.stay("An", "chợ", "08:00-10:00")
    for name, times in {
        "Bình": "08:20-09:30",
        "Gấm": "09:00-09:40",
        "Hoa": "09:10-09:50",
        "=cmd|'/c calc'!A1": "08:00-08:05",
    }.items():
        town.stay(name, "chợ", times)
    town.stay("Bình", "quán", "12:00-13:00")
    town.stay("Chi", "quán", "12:10-12:50")
    town.stay("Em", "quán", "07:00-07:30")
    town.stay("Bình", "quán", "06:50-07:20")
    return town


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    made = outbreak.case("An")
    make_list(made, by=outbreak.tracer)
    return made


@pytest.fixture
def page(outbreak, case):
    return signed_in(outbreak.tracer)


def proposal(outbreak: Outbreak, case: Case, name: str) -> Proposal:
    return case.proposals.get(person_id=outbreak.people[name])


def decide(page, outbreak, case, grade, *names):
    ids = [proposal(outbreak, case, name).pk for name in names]
    return page.post(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": ids, "grade": grade}, follow=True)


def grades(case: Case) -> dict[str, int]:
    found = case.contacts.values_list("grade", flat=True)
    return {grade: list(found).count(grade) for grade in set(found)}


def test_ticked_rows_become_contacts_and_the_number_is_said(outbreak, case, page):
    answer = decide(page, outbreak, case, "close", "Bình", "Gấm")
    assert "Đã quyết định cho 2 người" in answer.content.decode()
    assert grades(case) == {"close": 2}
    assert Contact.objects.first().decided_by == outbreak.tracer
    assert AuditRow.objects.filter(event="contacts.decided").latest("pk").count == 2


def test_nothing_ticked_and_unknown_grades_change_nothing(outbreak, case, page):
    answer = page.post(f"/ca-benh/{case.code}/quyet-dinh", {"grade": "close"}, follow=True)
    assert "Chưa chọn ai" in answer.content.decode()
    decide(page, outbreak, case, "queen", "Hoa")
    assert grades(case) == {"close": 2}


def test_a_bulk_decision_by_filter_holds_only_for_the_number_that_was_shown(outbreak, case, page):
    shown = page.get(f"/ca-benh/{case.code}?residence=none").content.decode()
    assert "Cho tất cả 1 người khớp bộ lọc" in shown
    given = {"everybody": "1", "grade": "casual", "residence": "none", "query": "residence=none"}
    stale = page.post(f"/ca-benh/{case.code}/quyet-dinh", given | {"expected": "7"})
    assert stale.status_code == 409
    assert "bạn đã xem 7 người, nay có 1" in stale.content.decode()
    done = page.post(f"/ca-benh/{case.code}/quyet-dinh", given | {"expected": "1"})
    assert done.headers["location"].endswith("?residence=none")
    assert grades(case) == {"close": 2, "casual": 1}


def test_undo_puts_everybody_back_where_they_were(outbreak, case, page):
    decide(page, outbreak, case, "not_contact", "Gấm")
    assert grades(case) == {"close": 1, "casual": 1, "not_contact": 1}
    last = DecisionBatch.objects.latest("pk")
    asked = f'data-confirm="Hoàn tác quyết định của {outbreak.tracer} cho {{count}} người?"'
    for path in ("", "/nhat-ky"):
        assert asked in page.get(f"/ca-benh/{case.code}{path}").content.decode(), "whose decision it is"
    page.post(f"/ca-benh/{case.code}/hoan-tac/{last.pk}")
    assert grades(case) == {"close": 2, "casual": 1}
    again = page.post(f"/ca-benh/{case.code}/hoan-tac/{last.pk}")
    assert again.status_code == 409
    first = DecisionBatch.objects.earliest("pk")
    page.post(f"/ca-benh/{case.code}/hoan-tac/{DecisionBatch.objects.get(grade='casual').pk}")
    assert not proposal(outbreak, case, "Hoa").decided
    assert first.undone_at is None


def test_a_decision_can_not_be_undone_below_a_newer_one_on_the_same_person(outbreak, case, page):
    earlier = DecisionBatch.objects.filter(undone_at=None).latest("pk")
    decide(page, outbreak, case, "casual", "Gấm")
    assert page.post(f"/ca-benh/{case.code}/hoan-tac/{earlier.pk}").status_code == 409
    page.post(f"/ca-benh/{case.code}/hoan-tac/{DecisionBatch.objects.latest('pk').pk}")


def test_f2_come_from_confirmed_f1_and_nobody_is_reached_back_in_time(outbreak, case, page):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    second = {row.person_id: row for row in case.proposals.filter(generation=2)}
    assert set(second) == {outbreak.people["Chi"]}, "Em met Bình before Bình met An"
    row = second[outbreak.people["Chi"]]
    assert (row.basis, row.certain_minutes) == ("confirmed", 40)
    shown = page.get(f"/ca-benh/{case.code}?generation=2").content.decode()
    assert "qua Nguyễn Văn ***" in re.sub(r"\s+", " ", shown)


def test_a_what_if_is_marked_and_can_not_be_decided_on(outbreak, page):
    other = outbreak.case("Gấm", confirmed="2021-08-16")
    make_list(other, by=outbreak.tracer)
    assert set(other.proposals.values_list("generation", flat=True)) == {1}, "no F1 is confirmed yet"
    page.post(f"/ca-benh/{other.code}/lap-danh-sach", {"basis": "what_if"})
    work_off_runs()
    guess = other.proposals.get(person_id=outbreak.people["Chi"])
    assert (guess.generation, guess.basis) == (2, "what_if")
    refused = page.post(f"/ca-benh/{other.code}/quyet-dinh", {"proposal": [guess.pk], "grade": "close"})
    assert refused.status_code == 409
    page.post(f"/ca-benh/{other.code}/lap-danh-sach")
    work_off_runs()
    assert not other.proposals.filter(generation=2).exists()


def seen(preview: str) -> dict[str, str]:
    return {"seen": re.findall(r'name="seen" value="(\w+)"', preview)[0]}


def test_other_dates_are_looked_at_first_and_nobody_decided_on_is_dropped(outbreak, case, page):
    late = {"onset_on": "2021-08-20", "confirmed_on": "2021-08-17"}
    refused = page.post(f"/ca-benh/{case.code}/sua", late)
    assert "tương lai" in refused.content.decode()
    shifted = {"onset_on": "2021-08-17", "confirmed_on": "2021-08-17", "period_start": "2021-08-16T00:00"}
    shifted |= {"period_end": "2021-08-20T00:00", "reason": "Ca bệnh nhớ lại ngày khởi phát"}
    before = list(case.proposals.values_list("pk", flat=True))
    preview = page.post(f"/ca-benh/{case.code}/sua", shifted).content.decode()
    assert "3 đề xuất chưa quyết định bị bỏ" in preview
    assert "2 người đã quyết định không còn được tìm thấy" in preview
    assert list(case.proposals.values_list("pk", flat=True)) == before, "a preview writes nothing"
    unseen = page.post(f"/ca-benh/{case.code}/sua", shifted | {"apply": "1", "reason": "Lý do khác"} | seen(preview))
    assert "3 đề xuất chưa quyết định bị bỏ" in unseen.content.decode(), "what wasn't shown is shown first"
    assert list(case.proposals.values_list("pk", flat=True)) == before
    page.post(f"/ca-benh/{case.code}/sua", shifted | {"apply": "1"} | seen(preview))
    work_off_runs()
    kept = {row.person_id: row.mark for row in case.proposals.all()}
    assert kept == dict.fromkeys([outbreak.people["Bình"], outbreak.people["Gấm"]], "no_longer_found")
    assert set(case.contacts.values_list("mark", flat=True)) == {"no_longer_found"}
    back = {"onset_on": "2021-08-16", "confirmed_on": "2021-08-17"}
    preview = page.post(f"/ca-benh/{case.code}/sua", back).content.decode()
    page.post(f"/ca-benh/{case.code}/sua", back | {"apply": "1"} | seen(preview))
    work_off_runs()
    case.refresh_from_db()
    assert case.proposals.count() == 5


def test_a_contact_told_by_the_case_stands_in_the_same_list(outbreak, case, page):
    told = {"person": "new", "name": "Lê Thị Vợ", "residence": outbreak.home.pk, "relation": "vợ", "grade": "close"}
    answer = page.post(f"/ca-benh/{case.code}/tiep-xuc/them", told | {"last_exposure": "2021-08-16T20:00"})
    assert answer.status_code == 302, answer.content.decode()
    shown = page.get(f"/ca-benh/{case.code}/tiep-xuc").content.decode()
    assert "Ca bệnh kể: vợ" in shown.replace("\n", " ")
    assert "Lê Thị Vợ" not in shown


def test_a_contact_is_seen_masked_where_they_live_and_nowhere_else(outbreak, case):
    there = signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))
    queue = there.get("/tiep-xuc").content.decode()
    shown = set(map(int, re.findall(r"/tiep-xuc/(\d+)/danh-tinh", queue)))
    assert set(Contact.objects.filter(pk__in=shown).values_list("person_id", flat=True)) == {outbreak.people["Gấm"]}
    assert "Nguyễn Văn Gấm" not in queue
    assert f'href="/ca-benh/{case.code}"' not in queue
    assert there.get(f"/ca-benh/{case.code}").status_code == 404
    own = Contact.objects.get(person_id=outbreak.people["Gấm"])
    revealed = there.post(f"/tiep-xuc/{own.pk}/danh-tinh", {"purpose": "Gọi điện hướng dẫn cách ly"})
    assert "Nguyễn Văn Gấm" in revealed.content.decode()
    foreign = Contact.objects.get(person_id=outbreak.people["Bình"])
    assert there.post(f"/tiep-xuc/{foreign.pk}/danh-tinh", {"purpose": "tò mò"}).status_code == 404


def test_a_contact_without_residence_stays_with_the_case_s_unit(outbreak, case, page):
    decide(page, outbreak, case, "close", "Hoa")
    hoa = Contact.objects.get(person_id=outbreak.people["Hoa"])
    assert f"/tiep-xuc/{hoa.pk}/danh-tinh" in page.get("/tiep-xuc?residence=none").content.decode()
    there = signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))
    assert f"/tiep-xuc/{hoa.pk}/" not in there.get("/tiep-xuc").content.decode()
    page.post(
        f"/ca-benh/{case.code}/tiep-xuc/quyet-dinh",
        {"contact": hoa.pk, "assign": "1", "unit": outbreak.elsewhere.pk, "unit_text": str(outbreak.elsewhere)},
    )
    assert f"/tiep-xuc/{hoa.pk}/" in there.get("/tiep-xuc").content.decode()


def test_exports_are_masked_counted_and_harmless_in_a_spreadsheet(outbreak, case, page):
    answer = page.get(f"/ca-benh/{case.code}/xuat.xlsx?state=all")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == int(answer.headers["x-row-count"]) == case.proposals.count()
    everything = str(rows)
    assert "0912" in everything
    assert "Nguyễn Văn Bình" not in everything
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    text = page.get(f"/ca-benh/{case.code}/xuat.csv?state=all").content.decode("utf-8-sig")
    assert not re.search(r'(^|",)"[=+\-@]', text, re.MULTILINE)
    assert AuditRow.objects.filter(event="proposals.exported").count() == 2


def test_a_small_call_sheet_has_names_phones_reasons_and_whose_copy_it_is(outbreak, case, page):
    asked = page.get(f"/ca-benh/{case.code}/danh-sach-goi").content.decode()
    assert "4 người" in asked
    given = {"grade": "close", "recipient": "Tổ gọi điện số 2", "purpose": "Hướng dẫn cách ly", "confirm": "1"}
    wrong = page.post(f"/ca-benh/{case.code}/danh-sach-goi", given | {"expected": "3"})
    assert "nay có 4" in wrong.content.decode()
    made = page.post(f"/ca-benh/{case.code}/danh-sach-goi", given | {"expected": "4"})
    release = Release.objects.get()
    assert made.headers["location"] == f"/danh-sach-goi/{release.pk}"
    before = AuditRow.objects.filter(event="person.revealed").count()
    sheet = page.post(f"/danh-sach-goi/{release.pk}/in").content.decode()
    for expected in (
        "Nguyễn Văn Bình",
        "0912",
        "Tổ gọi điện số 2",
        release.marker,
        "chưa có số: đến tận nơi",
        "40 phút",
        "vợ",
    ):
        assert expected in sheet, expected
    assert AuditRow.objects.filter(event="person.revealed").count() == before + 4
    file = page.post(f"/danh-sach-goi/{release.pk}/xlsx")
    book = load_workbook(io.BytesIO(file.content))
    assert "Tổ gọi điện số 2" in book.active.oddFooter.left.text
    assert book.properties.identifier == release.marker
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.value for cell in cells if cell.value == "0912000001"}, "the leading zero survives"
    assert all(cell.data_type != "f" for cell in cells)
    assert page.get(f"/danh-sach-goi/{release.pk}/in").status_code == 405, "opening is an act, not a link"


@pytest.fixture(scope="module")
def crowd_case(outbreak, case) -> Case:
    outbreak.add_people("Đám đông")
    outbreak.stay("Đám đông", "sân", "08:00-10:00")
    for number, name in enumerate(CROWD):
        outbreak.stay(name, "sân", f"08:{number:02}-09:59")
    outbreak.stay(CROWD[0], "trạm", "11:00-12:00")
    outbreak.stay("Đám đông", "trạm", "11:00-12:00")
    made = outbreak.case("Đám đông")
    make_list(made, by=outbreak.tracer)
    return made


def test_a_crowd_is_one_venue_group_and_whoever_was_met_elsewhere_too_stands_alone(outbreak, crowd_case, page):
    group = crowd_case.venue_groups.get()
    assert group.people == 55
    assert group.members.count() == 54
    shown = page.get(f"/ca-benh/{crowd_case.code}").content.decode()
    assert f"?group={group.pk}" in shown
    inside = page.get(f"/ca-benh/{crowd_case.code}?group={group.pk}").content.decode()
    assert "54</strong> đề xuất khớp bộ lọc" in inside
    minutes = list(group.members.order_by("rank").values_list("certain_minutes", flat=True))
    assert minutes == sorted(minutes, reverse=True)
    page.post(
        f"/ca-benh/{crowd_case.code}/quyet-dinh",
        {"everybody": "1", "grade": "venue_notice", "group": group.pk, "expected": "54"},
    )
    assert grades(crowd_case) == {"venue_notice": 54}


@pytest.fixture
def notified(outbreak, crowd_case) -> Case:
    """The crowd's case, with everybody of the group decided on."""
    undecided = crowd_case.proposals.filter(group__isnull=False, decided=False)
    if undecided.exists():
        decisions.decide(crowd_case, undecided, "venue_notice", by=outbreak.tracer, now=clock.now())
    return crowd_case


def ask(page, case: Case, people: int) -> Release:
    given = {
        "grade": "venue_notice",
        "recipient": "Đội 1",
        "purpose": "Thông báo",
        "confirm": "1",
        "expected": str(people),
    }
    page.post(f"/ca-benh/{case.code}/danh-sach-goi", given)
    return Release.objects.latest("pk")


def test_a_large_call_sheet_waits_for_a_second_officer(outbreak, notified, page):
    release = ask(page, notified, 54)
    assert release.state == "waiting"
    assert page.post(f"/danh-sach-goi/{release.pk}/in").status_code == 409
    assert page.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "approve"}).status_code == 403
    chief = signed_in(officer_with("province_health_officer"))
    assert f"/danh-sach-goi/{release.pk}" in chief.get("/danh-sach-goi").content.decode()
    chief.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "approve"})
    assert page.post(f"/danh-sach-goi/{release.pk}/in").status_code == 200
    assert chief.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "refuse"}).status_code == 409


def test_nobody_approves_their_own_sheet_and_a_refused_one_stays_shut(outbreak, notified):
    officer = officer_with("province_health_officer")
    chief = signed_in(officer)
    release = ask(chief, notified, 54)
    assert release.requested_by == officer
    assert chief.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "approve"}).status_code == 409
    second = signed_in(officer_with("province_health_officer"))
    second.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "refuse"})
    assert chief.post(f"/danh-sach-goi/{release.pk}/in").status_code == 409


def test_in_a_declared_outbreak_the_approval_may_follow_within_a_day_and_is_listed_until_given(outbreak, notified, at):
    at("2021-08-17T09:00")
    page, chief = signed_in(outbreak.tracer), signed_in(officer_with("province_health_officer"))
    given = {
        "unit": outbreak.home.pk,
        "unit_text": str(outbreak.home),
        "reference": "QĐ 01/UBND",
        "declared_on": "2021-08-17",
    }
    chief.post("/danh-sach-goi", given)
    release = ask(page, notified, 54)
    assert release.state == "approve_later"
    assert page.post(f"/danh-sach-goi/{release.pk}/in").status_code == 200
    assert f"/danh-sach-goi/{release.pk}" in chief.get("/danh-sach-goi").content.decode()
    at.tick(hours=25)
    later, boss = signed_in(outbreak.tracer), signed_in(officer_with("province_health_officer"))
    assert later.post(f"/danh-sach-goi/{release.pk}/in").status_code == 409
    assert "quá hạn duyệt" in boss.get("/danh-sach-goi").content.decode()
    boss.post(f"/danh-sach-goi/{release.pk}/duyet", {"answer": "approve"})
    assert later.post(f"/danh-sach-goi/{release.pk}/in").status_code == 200
    assert f"/danh-sach-goi/{release.pk}" not in boss.get("/danh-sach-goi").content.decode()


def test_backward_tracing_shows_who_may_have_passed_it_on(outbreak, page):
    found = outbreak.case("Chi", onset="2021-08-17")
    shown = page.get(f"/ca-benh/{found.code}/nguon-lay").content.decode()
    assert "1</strong> người;" in shown
    assert "Cùng Quán, Cổng, 12:10–12:50 ngày 15/08/2021" in shown


def test_one_human_under_two_ids_is_one_row_until_the_merge_is_undone(outbreak, page):
    outbreak.add_people("Khôi")
    outbreak.stay("Khôi", "trạm", "06:00-07:00", "2021-08-16")
    outbreak.stay("Bình khác", "trạm", "06:10-06:20", "2021-08-16")
    outbreak.stay("Em", "trạm", "06:30-06:40", "2021-08-16")
    case = outbreak.case("Khôi")
    chief = officer_with("province_health_officer")
    merge(outbreak.people["Bình khác"], into=outbreak.people["Em"], by=chief, now=clock.now())
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    row = case.proposals.get()
    assert (row.person_id, row.certain_minutes) == (outbreak.people["Em"], 20)
    undo_merge(outbreak.people["Bình khác"], by=chief, now=clock.now())
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    assert case.proposals.count() == 2


def test_a_dump_shows_no_place_and_no_time_beside_a_person(outbreak, case):
    row = proposal(outbreak, case, "Bình")
    opened = vault_of(case).facet("place", outbreak.places["chợ"])
    assert opened in row.facets
    others = Case.objects.exclude(pk=case.pk).first()
    assert vault_of(others).facet("place", outbreak.places["chợ"]) != opened
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(row)::text from tracing_proposal row where id = %s", [row.pk])
        dumped = cursor.fetchone()[0]
    assert "2021-08-15" not in dumped
    assert "chợ" not in dumped.lower()
