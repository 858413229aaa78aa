"""Small things at the ends of the rollout: where a link leads, what a file of faults says, whose name a report has."""

import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook
from support.bulletin import counted
from support.directing import sent_of_here
from support.officers import officer_with, signed_in
from support.reports import SIGNATURE, drafted, office
from support.scene import Scene, agency_of_here, two_communes

from dauchan.accounts.actions import Scope, grant_role
from dauchan.agencies.handing import preview
from dauchan.agencies.models import Question
from dauchan.coverage.models import CountedDay, PlaceUse
from dauchan.directives.models import Ladder, Task
from dauchan.guides import queries as guides
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.reports import actions, document, grids, surroundings
from dauchan.reports.actions import NoSuchReader
from dauchan.reports.snapshot import read
from dauchan.units.models import Agency
from dauchan.units.queries import any_by_code, unit_by_code

CLOCK = "2026-11-20T09:00+07:00"
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    return two_communes()


@pytest.fixture
def chief(database) -> Client:
    return signed_in(officer_with("province_health_officer"))


def a_place(scene: Scene, name: str, agency: int | None = None) -> Place:
    market, by = Category.objects.get(code="market").pk, officer_with("province_health_officer")
    return register_place(PlaceInput(name, scene.here.pk, market, agency_id=agency), by=by, now=clock.now())


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_list_of_places_is_narrowed_to_an_agency_and_says_so(scene, chief):
    one = agency_of_here(scene)["agency_id"]
    a_place(scene, "Kho Của Trạm", one)
    a_place(scene, "Chợ Không Ai Quản")
    page = text(chief, f"/dia-diem?agency={one}")
    assert "Kho Của Trạm" in page
    assert "Chợ Không Ai Quản" not in page
    assert f"Địa điểm của {Agency.objects.get(pk=one).name}" in page
    exported = chief.get(f"/dia-diem/xuat?format=csv&agency={one}")
    assert "Chợ Không Ai Quản" not in b"".join(exported).decode("utf-8-sig")
    assert "Kho Của Trạm" not in text(chief, "/dia-diem?agency=99999999999")


def test_a_committee_has_the_places_of_its_unit_that_no_agency_has(scene, chief):
    committee = Agency.objects.create(
        name="Ủy ban nhân dân phường Mẫu", kind="committee", unit=scene.here, valid_from=date(2025, 7, 1),
        search_key="uy ban nhan dan phuong mau",
    )  # fmt: skip
    a_place(scene, "Bến Không Ai Quản")
    a_place(scene, "Kho Của Trạm Khác", agency_of_here(scene)["agency_id"])
    page = text(chief, f"/dia-diem?agency={committee.pk}&q=quan")
    assert "Bến Không Ai Quản" in page
    assert "Kho Của Trạm Khác" not in text(chief, f"/dia-diem?agency={committee.pk}&q=kho")


def test_a_unit_of_an_older_list_means_what_has_its_area_now(scene, chief):
    older = unit_by_code("24611", date(2021, 12, 16))
    assert older is not None
    province = any_by_code("67")
    assert province is not None
    a_place(scene, "Chợ Của Danh Mục Mới")
    for unit in (older, province):
        assert "Chợ Của Danh Mục Mới" in text(chief, f"/dia-diem?unit={unit.pk}")


def test_every_fault_of_a_file_of_figures_can_be_taken_away(scene):
    client = signed_in(officer_with("rollout_manager"))
    lines = [f"{scene.here.code},Dân số,{'x' * number},20/11/2026,Niên giám" for number in range(1, 4)]
    told = "\n".join(["Đơn vị (mã hoặc tên),Chỉ tiêu,Giá trị,Ngày số liệu,Nguồn", *lines])
    file = io.BytesIO(told.encode())
    file.name = "so.csv"
    page = client.post("/trien-khai/so-lieu/tep", {"file": file, "dry_run": "on"}).content.decode()
    (carried,) = re.findall('name="faults" value="([^"]+)"', page)
    answer = client.post("/trien-khai/so-lieu/tep/loi", {"faults": carried})
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    assert [str(row[0]) for row in rows[-3:]] == ["2", "3", "4"]
    assert client.post("/trien-khai/so-lieu/tep/loi", {"faults": carried + "x"}).status_code == 404


def test_a_unit_cannot_be_suspended_so_its_superior_is_asked(scene):
    assert str(Ladder(kind="unit").proposal[0]) == str(Ladder(kind="agency").proposal[0])
    assert str(Ladder(kind="agency").proposal[0]) == "Đề nghị cấp trên can thiệp"
    assert str(Ladder(kind="place").proposal[0]) == "Đề nghị tạm dừng"


def test_a_hand_over_counts_the_tasks_that_are_not_done(scene):
    task = Task.objects.get(pk=sent_of_here(scene)["task_id"])
    agency = Agency.objects.get(pk=task.agency_id)
    assert [(str(label), count) for label, count in preview(agency).besides] == [("nhiệm vụ chưa xong", 1)]
    Task.objects.filter(pk=task.pk).update(state="done")
    assert [count for _label, count in preview(agency).besides] == [0]


def test_an_answer_becomes_the_first_steps_of_a_guide_by_its_number(scene):
    told = {"place": a_place(scene, "Quán Hỏi"), "text": "Dán mã ở đâu?", "asked_at": clock.now()}
    by = officer_with("rollout_manager")
    grant_role(by, "focal_officer", Scope("all"), by=None, now=clock.now())
    answered = {"answer": "Ngang tầm mắt.\nNgay cửa.", "answered_by": by, "answered_at": clock.now()}
    asked = Question.objects.create(**told, **answered, for_guide=True)
    other = Question.objects.create(**told, **answered)
    client = signed_in(by)
    assert f"/trien-khai/huong-dan/moi?question={asked.pk}" in text(client, "/trien-khai/co-quan/hoi-dap?answered=1")
    path = f"/trien-khai/huong-dan/moi?question={asked.pk}"
    page = text(client, path)
    assert "Ngang tầm mắt." in page
    assert "Quán Hỏi" not in page
    assert "Ngang tầm mắt." not in text(client, f"/trien-khai/huong-dan/moi?question={other.pk}")
    given = {"title": "Dán mã ở đâu?", "audience": "place_owner", "settings": ["general"]}
    assert client.post(path, given).status_code == 302
    draft = guides.draft_of(guides.guide_named("dan-ma-o-dau"))
    assert draft is not None
    assert [step.words["vi"] for step in guides.content_of(draft).steps] == ["Ngang tầm mắt.", "Ngay cửa."]


def test_health_officers_have_a_guide_to_coverage_beside_a_milestone_in_both_languages():
    content = guides.content_of(guides.public_version(guides.guide_named("do-phu-canh-moc-dich-te")))
    assert content.has("vi")
    assert content.has("en")


def test_a_report_names_the_places_without_a_check_in_and_says_how_many_more(scene, monkeypatch):
    monkeypatch.setattr(surroundings, "UNUSED_NAMED", 1)
    CountedDay.objects.update_or_create(day=TODAY, defaults={"as_of": clock.now(), "scans": 9})
    by = officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    for number, last in enumerate((None, TODAY - timedelta(days=3), TODAY)):
        place = a_place(scene, f"Chợ Im {number}")
        told = {"unit_id": scene.here.pk, "sector": "trade", "open_from": date(2026, 11, 1), "last_day": last}
        PlaceUse.objects.update_or_create(place=place, defaults=told)
    counted(scene.here, TODAY, registered=3, approved=3, active_day=1)
    made = drafted(scene.here, office("Phòng Tên", scene.here), TODAY, by)
    content = read(made.content)
    assert [(one.name, one.last_day) for one in content.unused] == [("Chợ Im 0", None)]
    assert content.unused_count == 2
    (grid,) = grids.unused(content)
    assert grid.notes == ("và 1 nơi khác",)
    annexes = document.document(made, []).annexes
    assert "Địa điểm không có lượt đến ngày 20/11/2026" in [annex.title for annex in annexes]


def test_a_report_is_sent_to_single_officers_who_may_see_the_rollout(scene):
    by = officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    counted(scene.here, TODAY, registered=3, approved=3, active_day=1)
    made = drafted(scene.here, office("Phòng Gửi", scene.here), TODAY, by)
    actions.issue(made.pk, SIGNATURE, by=by, now=clock.now())
    reader = officer_with("inspector", Scope("unit", str(scene.elsewhere.pk)))
    blind = officer_with("auditor")
    for email in ("khong.co@dauchan.test", blind.email):
        with pytest.raises(NoSuchReader):
            actions.send(made.pk, [], emails=[email], by=by, now=clock.now())
    answer = signed_in(by).post(f"/trien-khai/bao-cao/{made.pk}/gui", {"emails": f" {reader.email},"})
    assert answer.status_code == 302
    assert [one.officer for one in made.recipients.all()] == [reader]
    assert signed_in(reader).get(f"/trien-khai/bao-cao/{made.pk}").status_code == 200
