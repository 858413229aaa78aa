"""What the rollout's morning page says is due: each officer reads their own lines, follows them, and they go away."""

import re
from datetime import time
from html import unescape

import pytest
from django.test import Client
from django.utils.translation import override
from support.letter import BASE, Province, dak_nong, seen, text, the_letter, words_of
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.agencies import handing, tree
from dauchan.agencies.models import HandOver, Question
from dauchan.coverage.computing import count_day
from dauchan.directives.models import Ask, Directive, Ladder, Task
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.reports import scheduling
from dauchan.reports.models import Report
from dauchan.units.models import Agency
from dauchan.web.waiting import CAP, Waiting

CLOCK = "2021-08-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
AGENCIES = "/trien-khai/co-quan"
TILE = re.compile(r'<a class="tile" href="([^"]+)">.*?<strong>([^<]+)</strong><span class="tile-count">([^<]+)<')

OVERDUE, GIVEN = "Nhiệm vụ quá hạn", "Nhiệm vụ đã giao, quá hạn"
TO_HAND_ON, TO_ANSWER = "Y tế yêu cầu: chờ giao", "Y tế yêu cầu: chờ kết quả"
STEPS, SUSPENSIONS = "Nơi chậm đến hạn bước tiếp theo", "Đề nghị tạm dừng chờ bạn quyết định"
QUESTIONS, DRAFTS = "Câu hỏi của địa điểm chờ trả lời", "Bản thảo báo cáo chờ ban hành"
HAND_OVERS, UNSIGNED, ENDING = "Bàn giao chờ ký nhận", "Danh sách địa điểm chưa ký cam kết", "Cam kết sắp hết hạn"
OF_THESE = {OVERDUE, GIVEN, TO_HAND_ON, TO_ANSWER, STEPS, SUSPENSIONS, QUESTIONS, DRAFTS, HAND_OVERS, ENDING}


@pytest.fixture(scope="module")
def province(database) -> Province:
    made = dak_nong()
    return Province(made.unit, made.department, officer_with("rollout_manager", Scope("unit", str(made.unit.pk))))


@pytest.fixture(scope="module")
def commune(province) -> Agency:
    return province.commune("Ủy ban nhân dân xã Nhân Cơ")


@pytest.fixture(scope="module")
def focal(province, commune) -> Officer:
    return province.focal(commune)


@pytest.fixture(scope="module")
def head(commune) -> Officer:
    return officer_with("agency_head", Scope("agency", str(commune.pk)))


@pytest.fixture(scope="module")
def health(province) -> Officer:
    """The department of health's: of the whole province."""
    return officer_with("province_health_officer", Scope("unit", str(province.unit.pk)))


@pytest.fixture(scope="module")
def market(commune) -> Place:
    given = PlaceInput("Chợ Nhân Cơ", commune.unit_id, Category.objects.get(code="market").pk)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def lines(officer: Officer) -> dict[str, tuple[str, str]]:
    """By what the line says, how many it counts and where it leads."""
    page = text(signed_in(officer), "/trien-khai")
    return {words: (count, unescape(path)) for path, words, count in TILE.findall(page)}


def follows(officer: Officer, words: str, count: int = 1) -> str:
    """The list behind a line that counts so many; behind every line stand as many rows as it says."""
    found, client = lines(officer), signed_in(officer)
    assert found[words][0] == str(count), found
    pages = {line: text(client, path) for line, (_shown, path) in found.items()}
    rows = {line: rows_of(client, page) for line, page in pages.items()}
    assert {line: str(n) if n <= CAP else f"{CAP}+" for line, n in rows.items()} == {
        line: shown for line, (shown, _path) in found.items()
    }
    return pages[words]


def rows_of(client: Client, page: str) -> int:
    """How many rows a list has, on this page and those that follow."""
    rows = len(re.findall(r"<tr\b", page)) - len(re.findall(r"<thead><tr", page))
    rows += page.count('<section class="card mb-3">')
    following = re.search(r'href="([^"]+)" rel="next"', page)
    return rows + (rows_of(client, text(client, f"{AGENCIES}{unescape(following[1])}")) if following else 0)


def named(agency: Agency) -> str:
    """An agency as a form's list offers it."""
    return f"{agency.name} ({agency.unit.name})"


def none_of(words: str, *officers: Officer) -> None:
    assert [officer for officer in officers if words in lines(officer)] == []


def does(officer: Officer, path: str, **told: object) -> Client:
    client = signed_in(officer)
    answer = client.post(path, told)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return client


@pytest.mark.parametrize(("count", "shown"), [(7, "7"), (100, "100"), (9_999, "9.999"), (10_000, "9.999+")])
def test_a_line_says_how_many_wait_up_to_ten_thousand(count, shown):
    with override("vi"):
        assert Waiting("Địa điểm im lặng", "volume-off", "/", count).shown == shown


def test_nothing_is_due_before_anything_was_done(province, focal, head, health):
    for officer in (province.manager, focal, head, health):
        assert not lines(officer).keys() & OF_THESE


def test_an_overdue_task_is_due_for_who_gave_it_and_who_has_it(province, commune, focal, head, health, at):
    at("2021-08-02T09:00")
    client = signed_in(province.manager)
    page = client.post(f"{BASE}/moi", words_of(the_letter(), issuer=province.department.name))["Location"]
    client.post(f"{page}/noi-nhan", {"role": "execute", "agency": named(commune)})
    client.post(f"{page}/nhiem-vu", {"text": "Đăng ký chợ", "deadline": "2021-08-04"})
    client.post(f"{page}/gui")
    task = Task.objects.get(agency=commune)
    none_of(GIVEN, province.manager)
    at("2021-08-05T08:00")
    for officer, words in ((province.manager, GIVEN), (focal, OVERDUE), (head, OVERDUE)):
        assert f'href="{BASE}/nhiem-vu/{task.pk}"' in follows(officer, words)
    assert "Nhiệm vụ đã giao" in text(signed_in(province.manager), f"{BASE}/nhiem-vu")
    assert not lines(health).keys() & {GIVEN, OVERDUE}
    does(focal, f"{BASE}/nhiem-vu/{task.pk}/buoc", after="done", note="Đã đăng ký chợ")
    none_of(GIVEN, province.manager)
    none_of(OVERDUE, focal, head)


def test_what_health_asks_for_waits_for_all_three_sides_until_it_is_answered(province, commune, focal, head, health):
    wish = {"begins": "2021-08-02", "ends": "2021-08-09", "target": "Mọi người đều quét"}
    does(health, f"{BASE}/yeu-cau/moi", unit=str(commune.unit_id), **wish)
    asked = Ask.objects.get()
    for officer in (province.manager, health):
        assert "Mọi người đều quét" in follows(officer, TO_HAND_ON)
    none_of(TO_HAND_ON, focal, head)
    does(province.manager, f"{BASE}/yeu-cau/{asked.pk}/giao", agency=named(commune))
    none_of(TO_HAND_ON, province.manager, health)
    for officer in (province.manager, focal, head, health):
        assert "Mọi người đều quét" in follows(officer, TO_ANSWER)
    does(focal, f"{BASE}/yeu-cau/{asked.pk}/tra-loi", state="done", outcome="Đã có người ở cổng")
    none_of(TO_ANSWER, province.manager, focal, head, health)


def reminds(province: Province, place: Place, number: int) -> None:
    words = {"issuer": province.department.name, "form": "letter", "symbol": "STTTT-CNTT", "place": "Đắk Nông"}
    words |= {"subject": "đôn đốc", "body": "Khẩn trương.", "filed": "VT", "indicator": "coverage"}
    client = signed_in(province.manager)
    page = client.post(f"{BASE}/don-doc/moi", words | {"place": place.pk})["Location"]
    signed = words | {"number": f"8{number}", "dated": clock.local_day(clock.now()).isoformat()}
    client.post(f"{page}/sua", signed | seen(client, page))
    client.post(f"{page}/gui", {"reason": "không đáp"})


def test_the_ladders_next_step_waits_for_the_manager_and_its_last_for_who_approves(
    province, market, focal, head, health, at
):
    for number, day in enumerate(("10", "13", "16"), 1):
        at(f"2021-08-{day}T08:00")
        assert (STEPS in lines(province.manager)) == (number > 1)
        reminds(province, market, number)
        none_of(STEPS, province.manager)
    at("2021-08-19T08:00")
    standing = Ladder.objects.get(subject_id=market.pk)
    assert f'href="{BASE}/don-doc/{standing.pk}"' in follows(province.manager, STEPS)
    none_of(STEPS, focal, head, health)
    none_of(SUSPENSIONS, province.manager, head, health)
    does(province.manager, f"{BASE}/don-doc/{standing.pk}/de-nghi", reason="Ba lần không đáp")
    none_of(STEPS, province.manager)
    for officer in (province.manager, head, health):
        assert f'href="{BASE}/don-doc/{standing.pk}"' in follows(officer, SUSPENSIONS)
    none_of(SUSPENSIONS, focal)
    assert f'href="/dia-diem/{market.pk}"' in text(signed_in(head), f"{BASE}/don-doc/{standing.pk}")
    does(head, f"/dia-diem/{market.pk}/buoc", step="suspend", reason="Ba lần không đáp")
    none_of(SUSPENSIONS, province.manager, head, health)


def test_questions_of_places_wait_for_the_agency_that_answers(province, market, focal, head, health):
    does(focal, f"{AGENCIES}/hoi-dap", place_id=market.pk, text="Dán mã ở đâu?")
    for officer in (focal, head):
        assert "Dán mã ở đâu?" in follows(officer, QUESTIONS)
    none_of(QUESTIONS, province.manager, health, province.focal(province.commune("Ủy ban nhân dân xã Đắk Wil")))
    does(head, f"{AGENCIES}/hoi-dap/{Question.objects.get().pk}", answer="Ngang tầm mắt, ngay cửa.")
    none_of(QUESTIONS, focal, head)


def test_a_report_that_the_schedule_made_waits_to_be_issued(database, province, health, at):
    at("2021-08-02T16:00")
    count_day(clock.local_day(clock.now()), database.keyring, clock.now())
    scheduled = (province.unit, province.department)
    scheduling.schedule("daily", *scheduled, at=time(16), weekday=None, to=[], by=province.manager, now=clock.now())
    assert scheduling.make_due(clock.now()) == 1
    draft = Report.objects.get()
    assert f'href="/trien-khai/bao-cao/{draft.pk}"' in follows(province.manager, DRAFTS)
    none_of(DRAFTS, health)
    signature = {"symbol": "BC-STTTT", "signer_title": "GIÁM ĐỐC", "signer_name": "Nguyễn Văn A"}
    does(province.manager, f"/trien-khai/bao-cao/{draft.pk}/ban-hanh", **signature)
    none_of(DRAFTS, province.manager)


def test_a_hand_over_waits_for_the_successors_signature(province, health, at):
    at("2021-09-01T09:00")
    by, day = province.manager, clock.local_day(clock.now())
    made = {"unit": province.unit, "parent": None, "begins": day, "by": by}
    old, new = (tree.add_agency(name, "department", "trade", now=clock.now(), **made) for name in ("Ban Cũ", "Sở Mới"))
    tree.close_agency(old, ends=day.replace(day=2), by=by, now=clock.now())
    at("2021-09-02T09:00")
    old = Agency.objects.get(pk=old.pk)
    handing.hand_over(old, new, keep=[], seen=handing.preview(old).seen, by=by, now=clock.now())
    focal, receipt = province.focal(new), HandOver.objects.get().receipt
    assert "Sở Mới" in (listed := follows(focal, HAND_OVERS))
    assert "Chưa ký nhận bàn giao" in listed
    assert f"{AGENCIES}/ban-giao/{receipt}" in text(signed_in(focal), f"{AGENCIES}/{new.pk}")
    none_of(HAND_OVERS, by, health)
    does(focal, f"{AGENCIES}/ban-giao/{receipt}/nhan")
    none_of(HAND_OVERS, focal)


def signs(head: Officer, agency: Agency) -> None:
    """Sign the list of places as the agency's page shows it."""
    shown = text(signed_in(head), f"{AGENCIES}/{agency.pk}")
    does(head, f"{AGENCIES}/{agency.pk}/cam-ket", seen=shown.partition('name="seen" value="')[2].partition('"')[0])


def test_an_attestation_waits_until_it_is_signed_and_again_when_it_runs_out(province, commune, focal, head, health, at):
    at("2021-09-06T09:00")
    assert f'{AGENCIES}/{commune.pk}"' in follows(head, UNSIGNED)
    signs(head, commune)
    none_of(UNSIGNED, head, focal)
    none_of(ENDING, head, focal, province.manager)
    at("2021-11-23T09:00")
    for officer in (head, focal, province.manager):
        assert f'{AGENCIES}/{commune.pk}"' in follows(officer, ENDING)
    none_of(ENDING, health)
    signs(head, commune)
    none_of(ENDING, head, focal, province.manager)


def test_a_line_counts_where_the_officer_may_do_something_and_so_does_its_list(province, commune, at):
    at("2022-02-15T09:00")
    focal = province.focal(province.department)
    boss = officer_with("rollout_manager", Scope("agency", str(province.department.pk)))
    guided = follows(boss, ENDING)
    assert f'{AGENCIES}/{commune.pk}"' in guided, "whoever guides an agency urges it to sign again"
    assert "Chỉ nơi bạn đôn đốc" in guided
    own = follows(focal, UNSIGNED)
    assert f'{AGENCIES}/{province.department.pk}"' in own
    assert 'href="?gap=not-attested">Bỏ lọc' in own
    none_of(ENDING, focal)
    client = signed_in(focal)
    assert rows_of(client, text(client, f"{AGENCIES}?gap=not-attested")) > 1, "the guided ones are seen all the same"
    answer = client.get(f"{AGENCIES}?gap=not-attested&may=officer.manage")
    assert answer.status_code == 400


def test_a_document_of_another_office_is_not_ones_own(province, commune):
    district = province.agency("Ủy ban nhân dân huyện Cư Jút")
    theirs = officer_with("rollout_manager", Scope("agency", str(district.pk)))
    assert Directive.objects.filter(issuer=province.department, state="sent").exists()
    assert str(commune) not in text(signed_in(theirs), f"{BASE}/nhiem-vu?whose=issued&state=")
