"""From a positive test to a decided contact list, through the pages, as an investigator of one commune."""

import re

import pytest
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import work_off_runs

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.cases.actions import DuplicateCase
from dauchan.cases.models import Case, Milestone
from dauchan.people.queries import masked
from dauchan.places.models import Place, Point
from dauchan.tracing.models import Contact, Proposal, Run

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi", "Dũng")
    town.stay("An", "chợ", "08:00-09:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    town.stay("Chi", "quán", "12:00-12:05-13:00")
    town.stay("An", "quán", "12:30-12:40-13:00")
    town.stay("Dũng", "trạm", "08:00-09:00")
    return town


@pytest.fixture(scope="module")
def page(outbreak):
    return signed_in(outbreak.tracer)


def handle(outbreak: Outbreak, name: str) -> str:
    return masked([outbreak.people[name]])[outbreak.people[name]].handle


def test_a_case_is_found_by_phone_confirmed_and_traced_in_a_few_clicks(outbreak, page):
    listed = page.get("/ca-benh").content.decode()
    assert "Chưa có ca bệnh nào" in listed
    assert "/ca-benh/moi" in listed
    found = page.post("/ca-benh/moi", {"find": "1", "find_by": "phone", "find_value": "0912 000 000"}).content.decode()
    assert handle(outbreak, "An") in found
    assert "Nguyễn Văn An" not in found, "masked until somebody reveals"
    answer = page.post(
        "/ca-benh/moi",
        {
            "person": handle(outbreak, "An"),
            "onset_on": "2021-08-16",
            "confirmed_on": "2021-08-17",
            "unit": outbreak.home.pk,
        },
    )
    case = Case.objects.get()
    assert answer.headers["location"] == f"/ca-benh/{case.code}"
    assert case.code == "CB-2021-0001"
    assert case.ruleset.startswith("5053@")
    assert (case.period_start, case.period_end) == (
        outbreak.at("00:00", "2021-08-13"),
        outbreak.at("00:00", "2021-08-30"),
    )
    fresh = page.get(f"/ca-benh/{case.code}").content.decode()
    assert "Chưa lập danh sách tiếp xúc" in fresh
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    shown = page.get(f"/ca-benh/{case.code}").content.decode()
    assert "Cùng Chợ, Cổng, 08:20–09:00 ngày 15/08/2021: 40 phút chắc chắn" in shown
    assert "0 phút chắc chắn, có thể tới 30 phút" in shown
    assert "Theo ước tính chỉ một phần lượt đến được quét" in shown
    assert "Dũng" not in shown
    rows = [(row.person_id, row.generation, row.evidence_class) for row in Proposal.objects.order_by("rank")]
    assert rows == [(outbreak.people["Bình"], 1, "close"), (outbreak.people["Chi"], 1, "possible")]


def test_a_row_opens_everything_that_stands_behind_it(outbreak, page):
    row = Proposal.objects.get(person_id=outbreak.people["Bình"])
    fragment = page.get(f"/ca-benh/CB-2021-0001/de-xuat/{row.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "08:20 15/08/2021" in fragment
    assert "40 phút chắc chắn" in fragment
    assert "<html" not in fragment
    whole = page.get(f"/ca-benh/CB-2021-0001/de-xuat/{row.pk}")
    assert "<html" in whole.content.decode()


def test_running_again_changes_nothing_when_nothing_is_different(outbreak, page):
    before = list(Proposal.objects.order_by("pk").values_list("pk", "fingerprint", "mark"))
    page.post("/ca-benh/CB-2021-0001/lap-danh-sach")
    work_off_runs()
    after = list(Proposal.objects.order_by("pk").values_list("pk", "fingerprint", "mark"))
    assert [(pk, bytes(mark)) for pk, mark, _ in before] == [(pk, bytes(mark)) for pk, mark, _ in after]
    last = Run.objects.order_by("-pk").first()
    assert (last.found, last.added, last.changed, last.dropped) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("evidence_class=close", {"Bình"}),
        ("day=2021-08-15", {"Bình", "Chi"}),
        ("day=2021-08-14", set()),
        ("generation=2", set()),
        ("residence=none", set()),
        ("place={chợ}", {"Bình"}),
        ("place={quán}&day=2021-08-15", {"Chi"}),
        ("place_unit={home}", {"Bình", "Chi"}),
        ("place_unit={elsewhere}", set()),
        ("residence={home}", {"Bình", "Chi"}),
        ("place=;drop&day=31/31/2021&generation=zz", set()),
    ],
)
def test_filters_in_the_address_narrow_the_proposals(outbreak, page, query, people):
    filled = query.format(home=outbreak.home.pk, elsewhere=outbreak.elsewhere.pk, **outbreak.places)
    shown = page.get(f"/ca-benh/CB-2021-0001?{filled}").content.decode()
    ids = {int(number) for number in re.findall(r'name="proposal" value="(\d+)"', shown)}
    found = set(Proposal.objects.filter(pk__in=ids).values_list("person_id", flat=True))
    assert found == {outbreak.people[name] for name in people}


def test_the_case_itself_was_there_as_proposed_milestones(outbreak, page):
    assert Milestone.objects.filter(state="proposed").count() == 2
    first = Milestone.objects.order_by("pk").first()
    page.post(f"/ca-benh/CB-2021-0001/moc-dich-te/{first.pk}", {"state": "decided"})
    first.refresh_from_db()
    assert (first.state, first.decided_by) == ("decided", outbreak.tracer)
    shown = page.get("/ca-benh/CB-2021-0001/moc-dich-te").content.decode()
    assert "Chợ" in shown
    assert "<svg" in shown
    assert "style=" not in shown


def test_a_told_place_that_is_registered_brings_those_who_were_there_into_the_list(outbreak, page):
    told = {"place_id": outbreak.places["trạm"], "start": "2021-08-15T08:30", "end": "2021-08-15T08:50"}
    page.post("/ca-benh/CB-2021-0001/moc-dich-te/them", told)
    page.post("/ca-benh/CB-2021-0001/lap-danh-sach")
    work_off_runs()
    row = Proposal.objects.get(person_id=outbreak.people["Dũng"])
    assert (row.certain_minutes, row.possible_minutes, row.mark) == (0, 20, "new")
    fragment = page.get(f"/ca-benh/CB-2021-0001/de-xuat/{row.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "(ca bệnh kể)" in fragment


def test_a_told_place_that_nobody_registered_is_kept_with_name_and_commune(outbreak, page):
    told = {
        "place_name": "Đám cưới nhà ông Ba",
        "unit": outbreak.home.pk,
        "start": "2021-08-14T10:00",
        "end": "2021-08-14T14:00",
    }
    page.post("/ca-benh/CB-2021-0001/moc-dich-te/them", told)
    shown = page.get("/ca-benh/CB-2021-0001/moc-dich-te").content.decode()
    assert "Đám cưới nhà ông Ba" in shown
    assert "chưa đăng ký" in shown


def test_a_milestone_from_visits_shows_its_point_as_a_point(outbreak, page):
    shown = re.sub(r"<[^>]+>|\s+", " ", page.get("/ca-benh/CB-2021-0001/moc-dich-te").content.decode())
    assert "Chợ (điểm quét Cổng)" in shown.replace("  ", " ")


def test_setting_a_scanned_milestone_aside_says_that_the_list_stays_as_it_is(outbreak, page):
    case = Case.objects.get(code="CB-2021-0001")
    scanned = case.milestones.filter(source="visits").order_by("pk").first()
    before = scanned.state
    assert "lượt quét vẫn được tính" in page.get("/ca-benh/CB-2021-0001/moc-dich-te").content.decode()
    path = f"/ca-benh/CB-2021-0001/moc-dich-te/{scanned.pk}"
    said = page.post(path, {"state": "set_aside"}, follow=True).content.decode()
    assert "danh sách tiếp xúc không đổi" in said
    page.post(path, {"state": before})


def test_a_told_place_may_be_told_to_the_point(outbreak, page):
    place = Place.objects.get(pk=outbreak.places["trạm"])
    first = place.points.get()
    second = Point.objects.create(place=place, number=2, name="Kho", active_from=first.active_from)
    outbreak.add_people("Oanh", "Phú")
    outbreak.stay("Oanh", "trạm", "16:00-17:00")
    outbreak.points["trạm"] = second.pk
    outbreak.stay("Phú", "trạm", "16:00-17:00")
    half = {"place_id": place.pk, "note": "gặp người giao hàng"}
    shown = page.post("/ca-benh/CB-2021-0001/moc-dich-te", half).content.decode()
    assert f'<option value="{second.pk}">Kho</option>' in shown
    assert "gặp người giao hàng" in shown, "what was written stays written"
    assert 'role="alert"' not in shown
    told = half | {"point_id": second.pk, "start": "2021-08-15T16:10", "end": "2021-08-15T16:30"}
    foreign = told | {"place_id": outbreak.places["chợ"]}
    refused = page.post("/ca-benh/CB-2021-0001/moc-dich-te/them", foreign, follow=True).content.decode()
    assert "không thuộc địa điểm đã chọn" in refused
    page.post("/ca-benh/CB-2021-0001/moc-dich-te/them", told)
    listed = page.get("/ca-benh/CB-2021-0001/moc-dich-te").content.decode()
    assert "(điểm quét Kho)" in listed
    page.post("/ca-benh/CB-2021-0001/lap-danh-sach")
    work_off_runs()
    found = set(Proposal.objects.values_list("person_id", flat=True))
    assert outbreak.people["Phú"] in found
    assert outbreak.people["Oanh"] not in found, "she was at another point"


def test_a_person_nobody_knows_is_registered_while_confirming(outbreak, page):
    known = set(Case.objects.values_list("pk", flat=True))
    answer = page.post(
        "/ca-benh/moi",
        {
            "person": "new",
            "name": "Trần Thị Mới",
            "phone": "0987000111",
            "residence": outbreak.home.pk,
            "sampled_on": "2021-08-16",
            "confirmed_on": "2021-08-16",
            "unit": outbreak.home.pk,
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.exclude(pk__in=known).get()
    assert (case.code, case.onset_on) == ("CB-2021-0002", None)
    assert case.period_start == outbreak.at("00:00", "2021-08-13")


def test_the_same_person_is_not_confirmed_twice_on_one_day(outbreak):
    with pytest.raises(DuplicateCase):
        outbreak.case("An")


def test_another_window_or_ruleset_needs_a_reason(outbreak, page):
    given = {"person": handle(outbreak, "Dũng"), "onset_on": "2021-08-16", "confirmed_on": "2021-08-17"}
    given |= {"unit": outbreak.home.pk, "ruleset": "1909"}
    refused = page.post("/ca-benh/moi", given)
    assert "Hãy ghi lý do" in refused.content.decode()
    answer = page.post("/ca-benh/moi", given | {"reason": "Theo chỉ đạo của CDC tỉnh"})
    case = Case.objects.get(code=answer.headers["location"].rpartition("/")[2])
    assert case.ruleset.startswith("1909@")
    assert case.period_start == outbreak.at("00:00", "2021-08-14")


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"confirmed_on": "2021-08-18", "onset_on": "2021-08-16"}, "tương lai"),
        ({"confirmed_on": "2021-08-17"}, "Cần ngày khởi phát"),
        ({"confirmed_on": "2021-08-17", "onset_on": "2021-01-01"}, "chưa hợp lý"),
        (
            {"confirmed_on": "2021-08-17", "onset_on": "2021-08-16", "isolated_at": "2021-08-01T10:00"},
            "Khoảng thời gian",
        ),
        ({"confirmed_on": "x", "onset_on": "2021-08-16"}, "ngày"),
    ],
)
def test_impossible_dates_are_said_and_nothing_is_recorded(outbreak, page, dates, said):
    before = Case.objects.count()
    answer = page.post("/ca-benh/moi", {"person": handle(outbreak, "Chi"), "unit": outbreak.home.pk, **dates})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Case.objects.count() == before


def test_an_officer_of_another_commune_sees_neither_the_case_nor_its_pages(outbreak):
    other = signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))
    assert "CB-2021-0001" not in other.get("/ca-benh").content.decode()
    row = Proposal.objects.first()
    for path in ("", "/tiep-xuc", "/moc-dich-te", "/nguon-lay", "/nhat-ky", "/sua", f"/de-xuat/{row.pk}", "/xuat.xlsx"):
        assert other.get(f"/ca-benh/CB-2021-0001{path}").status_code == 404, path
    for path in ("/lap-danh-sach", "/quyet-dinh", "/chia-se", "/danh-tinh", "/danh-sach-goi"):
        assert other.post(f"/ca-benh/CB-2021-0001{path}", {"purpose": "x"}).status_code == 404, path


def test_sharing_opens_the_case_to_another_unit_and_taking_it_back_closes_it(outbreak, page):
    other = signed_in(officer_with("commune_health_officer", Scope("unit", str(outbreak.elsewhere.pk))))
    page.post("/ca-benh/CB-2021-0001/chia-se", {"unit": outbreak.elsewhere.pk})
    assert other.get("/ca-benh/CB-2021-0001").status_code == 200
    page.post("/ca-benh/CB-2021-0001/chia-se", {"stop": outbreak.elsewhere.pk})
    assert other.get("/ca-benh/CB-2021-0001").status_code == 404


def test_the_list_of_cases_is_narrowed_and_pages_by_key(outbreak, page):
    assert "CB-2021-0001" in page.get("/ca-benh?code=0001").content.decode()
    assert "CB-2021-0001" not in page.get("/ca-benh?confirmed_to=2021-08-01").content.decode()
    for wrong in ("confirmed_from=hôm+qua", "unit=nowhere"):
        answer = page.get(f"/ca-benh?{wrong}").content.decode()
        assert "CB-2021-0001" not in answer, "a wrong filter is not “all”"
        assert 'text-danger col-12" role="alert"' in answer
    newest = Case.objects.order_by("-pk").first()
    older = page.get(f"/ca-benh?after={newest.pk}").content.decode()
    assert newest.code not in older
    assert "CB-2021-0001" in older


def test_looking_at_the_case_s_identity_asks_why_and_is_written_down(outbreak, page):
    page.post("/ca-benh/CB-2021-0001/danh-tinh", {"purpose": ""})
    before = AuditRow.objects.filter(event="person.revealed").count()
    assert "Nguyễn Văn An" not in page.get("/ca-benh/CB-2021-0001/danh-tinh").content.decode()
    shown = page.post("/ca-benh/CB-2021-0001/danh-tinh", {"purpose": "Hỏi ca bệnh về lịch trình"})
    assert "Nguyễn Văn An" in shown.content.decode()
    assert shown.headers["cache-control"].startswith("max-age=0") or "no-store" in shown.headers["cache-control"]
    row = AuditRow.objects.filter(event="person.revealed").latest("pk")
    assert AuditRow.objects.filter(event="person.revealed").count() == before + 1
    assert (row.case_ref, row.purpose) == ("CB-2021-0001", "Hỏi ca bệnh về lịch trình")


def test_every_step_left_an_audit_row(outbreak):
    assert {"case.confirmed", "contacts.proposed", "milestone.told", "case.shared"} <= set(
        AuditRow.objects.values_list("event", flat=True)
    )
    assert Contact.objects.count() == 0, "the engine proposes, only an officer makes a contact"


def test_pages_in_english_have_no_vietnamese_left_over(outbreak, page):
    page.cookies["django_language"] = "en"
    shown = page.get("/ca-benh/CB-2021-0001").content.decode()
    del page.cookies["django_language"]
    assert "certain minutes" in shown
