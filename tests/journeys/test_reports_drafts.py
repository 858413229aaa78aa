"""Drafts that wait to be issued: who is told of them, who sees that they wait, and what each of them corrects."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from support.bulletin import counted
from support.officers import officer_with, signed_in
from support.reports import SIGNATURE, drafted, issued, office, words
from support.scene import Scene, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.agencies.models import GuidanceGiven
from dauchan.coverage.models import CountedDay
from dauchan.guides.models import Broadcast, Guide
from dauchan.kernel import clock
from dauchan.notify import actions as notify
from dauchan.notify.actions import opened
from dauchan.notify.budgets import Budget
from dauchan.notify.models import Message
from dauchan.reports import actions, announcing, grids, queries, scheduling
from dauchan.reports.jobs import tell
from dauchan.reports.models import Report, Told
from dauchan.reports.snapshot import Correction, digest, read
from dauchan.units.models import Unit

CLOCK = "2026-11-20T16:30+07:00"
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    scene = two_communes()
    counted(scene.here, TODAY, registered=3, approved=3, active_day=1)
    return scene


def officer_at(unit: Unit) -> Officer:
    return officer_with("focal_officer", Scope("unit", str(unit.pk)))


# --- who sees that they wait ------------------------------------------------------------------------------------------


def test_drafts_wait_for_whoever_may_issue_them_and_the_list_shows_just_these(scene, monkeypatch):
    here, elsewhere = (officer_at(one) for one in (scene.here, scene.elsewhere))
    inspector = officer_with("inspector", Scope("unit", str(scene.here.pk)))
    made = [drafted(scene.here, office(f"Phòng {name}", scene.here), TODAY, here) for name in "ABC"]
    assert [queries.drafts_waiting(one, TODAY) for one in (here, elsewhere, inspector)] == [3, 0, 0]
    actions.issue(made[0].pk, SIGNATURE, by=here, now=clock.now())
    assert queries.drafts_waiting(here, TODAY) == 2
    page = signed_in(here).get("/trien-khai/bao-cao?state=draft").content.decode()
    assert [f'/trien-khai/bao-cao/{one.pk}"' in page for one in made] == [False, True, True]
    page = signed_in(here).get(f"/trien-khai/bao-cao?unit={scene.elsewhere.pk}").content.decode()
    assert not any(f'/trien-khai/bao-cao/{one.pk}"' in page for one in made), "a unit alone narrows too"
    monkeypatch.setattr(queries, "DRAFTS_COUNTED", 1)
    assert queries.drafts_waiting(here, TODAY) == 1


# --- who is told ------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_sms(monkeypatch) -> None:
    """An installation that sends no e-mail, and has a name."""
    monkeypatch.setenv("DAUCHAN_PUBLIC_HOST", "quetma.test")
    monkeypatch.setattr(announcing, "can_mail", lambda: False)


def with_phone(officer: Officer, phone: str) -> Officer:
    officer.phone = phone
    officer.save()
    return officer


def told_of(report: Report) -> list[str]:
    return [one.officer.phone for one in Told.objects.filter(report=report).order_by("officer__phone")]


def test_when_the_budget_is_spent_the_others_are_told_and_the_rest_later_and_nobody_is_paid_for_twice(
    scene, by_sms, monkeypatch
):
    monkeypatch.setattr(notify, "BLOCK", Budget("sms.block", capacity=1, per_hour=1))
    maker, office_there = officer_at(scene.here), office("Phòng Đọc", scene.here)
    at_office = Scope("agency", str(office_there.pk))
    for phone in ("0912345601", "0912345602", "0987654303"):
        with_phone(officer_with("focal_officer", at_office), phone)
    report = drafted(scene.here, office("Phòng Gửi", scene.here), TODAY, maker)
    actions.issue(report.pk, SIGNATURE, by=maker, now=clock.now())
    actions.send(report.pk, [office_there], by=maker, now=clock.now())
    messages = Message.objects.filter(purpose="report").count()
    with pytest.raises(notify.SmsBudgetSpent):
        announcing.tell(report.pk, now=clock.now())
    assert len(told_of(report)) == 2
    assert told_of(report)[-1] == "0987654303"
    before = jobs_waiting("reports.tell", report)
    tell(report_id=report.pk)
    assert jobs_waiting("reports.tell", report) == before + 1
    with clock.at(clock.now() + timedelta(hours=1)):
        assert [announcing.tell(report.pk, now=clock.now()) for _again in range(2)] == [1, 0]
    assert told_of(report) == ["0912345601", "0912345602", "0987654303"]
    assert Message.objects.filter(purpose="report").count() == messages + 3


def jobs_waiting(task: str, report: Report) -> int:
    with connection.cursor() as cursor:
        asked = "select count(*) from procrastinate_jobs where task_name = %s and (args->>'report_id')::bigint = %s"
        cursor.execute(asked, [task, report.pk])
        return int(cursor.fetchone()[0])


def test_whoever_may_issue_it_is_told_once_that_the_schedule_made_a_draft(scene, by_sms):
    issuer = office("Phòng Lịch", scene.here)
    maker = with_phone(officer_at(scene.here), "0912000001")
    with_phone(officer_with("focal_officer", Scope("agency", str(issuer.pk))), "0912000002")
    with_phone(officer_with("focal_officer", Scope("agency", str(issuer.pk))), "")
    with_phone(officer_with("inspector", Scope("agency", str(issuer.pk))), "0912000003")
    now = clock.now()
    CountedDay.objects.update_or_create(day=TODAY, defaults={"as_of": now, "scans": 0})
    for subject in (scene.here, issuer):
        counted(subject, TODAY, registered=3, approved=3)
        scheduling.schedule("daily", subject, issuer, at=time(16), weekday=None, to=[], by=maker, now=now)
    assert scheduling.make_due(now) == 2
    first, second = Report.objects.filter(issuer=issuer).order_by("pk")
    assert [jobs_waiting("reports.tell_draft", one) for one in (first, second)] == [1, 1]
    assert [announcing.tell_draft(first.pk, now=now) for _again in range(2)] == [1, 0], "it is about a unit"
    assert [announcing.tell_draft(second.pk, now=now) for _again in range(2)] == [1, 0], "the maker knows already"
    assert [told_of(one) for one in (first, second)] == [["0912000001"], ["0912000001", "0912000002"]]
    texts = {opened(message).text for message in Message.objects.order_by("-pk")[:2]}
    address = "https://quetma.test/trien-khai/bao-cao?state=draft"
    assert texts == {f"Có bản thảo báo cáo chờ bạn ban hành. Xem tại {address}"}
    actions.issue(first.pk, SIGNATURE, by=maker, now=now)
    assert announcing.tell_draft(first.pk, now=now) == 0


def test_of_drafts_that_come_all_day_each_hours_are_told_anew(scene, by_sms):
    issuer = office("Phòng Cả Ngày", scene.here)
    maker = with_phone(officer_with("focal_officer", Scope("agency", str(issuer.pk))), "0912000009")
    counted(issuer, TODAY, registered=3, approved=3)
    told = []
    for minutes in (0, 50, 100, 150, 200):
        at = clock.now() + timedelta(minutes=minutes)
        draft = actions.make_report("ad_hoc", issuer, issuer, first=TODAY, last=TODAY, by=maker, now=at)
        told.append(announcing.tell_draft(draft.pk, now=at))
    assert told == [1, 0, 1, 0, 1]


# --- what it corrects -------------------------------------------------------------------------------------------------


def test_a_backlog_of_drafts_is_issued_one_after_the_other_each_with_its_cut_off_and_correcting_the_one_before(scene):
    maker, issuer = officer_at(scene.here), office("Phòng Cuối Tuần", scene.here)
    thursday, friday = (TODAY - timedelta(days=back) for back in (1, 0))
    four = {day: clock.day_start(day) + timedelta(hours=16) for day in (thursday, friday)}
    for day in (thursday, friday):
        counted(scene.here, day, as_of=four[day], registered=3, approved=3, scans=10)
    first, second = (drafted(scene.here, issuer, day, maker) for day in (thursday, friday))
    first = actions.issue(first.pk, SIGNATURE, by=maker, now=clock.now())
    counted(scene.here, thursday, registered=3, approved=3, scans=12)
    counted(scene.here, friday, registered=3, approved=3, scans=25)
    frozen = read(second.content)
    told = {"symbol": "BC", "signer_title": "TRƯỞNG PHÒNG", "signer_name": "Nguyễn Văn A"}
    assert signed_in(maker).post(f"/trien-khai/bao-cao/{second.pk}/ban-hanh", told).status_code == 302
    second.refresh_from_db()
    content = read(second.content)
    assert (second.corrects, second.sha256) == (first, digest(second.content))
    assert (second.as_of, content.as_of, content.compared_with) == (four[friday], four[friday], "whole_day")
    assert (content.subject, content.rows, content.sectors) == (frozen.subject, frozen.rows, frozen.sectors)
    assert content.subject.figures["scans"].value == 10
    assert f"Báo cáo số {first} ngày 20/11/2026 được đính chính như bảng dưới" in words(second)
    assert [(one.old, one.new) for one in scans_of(second)] == [(10, 12)]


def test_a_backlog_of_the_third_day_is_corrected_by_the_next_report_once(scene):
    maker, issuer = officer_at(scene.elsewhere), office("Phòng Cổng", scene.elsewhere)
    days = [TODAY - timedelta(days=back) for back in (4, 3, 2, 1, 0)]
    made = []
    for day, scans in zip(days, (10, 10, 10, 14, 14), strict=True):
        counted(scene.elsewhere, day, registered=3, approved=3, scans=5)
        counted(scene.elsewhere, days[0], registered=3, approved=3, scans=scans)
        made.append(issued(scene.elsewhere, issuer, day, maker))
    corrections = [[(one.day, one.old, one.new) for one in scans_of(report)] for report in made]
    assert corrections == [[], [], [], [(days[0], 10, 14)], []]
    assert queries.corrections_of(made[0]) == [made[1], made[3]]
    said = words(made[3])
    assert f"Số liệu của báo cáo số {made[2]} ngày 20/11/2026 không thay đổi." in said
    assert "Số liệu đã báo cáo của 16/11/2026 cũng được đính chính như bảng dưới" in said
    page = signed_in(maker).get(f"/trien-khai/bao-cao/{made[0].pk}").content.decode()
    assert f"/trien-khai/bao-cao/{made[3].pk}" in page


def scans_of(report: Report) -> list[Correction]:
    return [one for one in read(report.content).corrections if one.indicator == "scans"]


# --- how far guidance went --------------------------------------------------------------------------------------------


def test_a_report_and_the_pages_of_figures_say_how_far_guidance_and_guides_went(scene):
    maker, giver = officer_at(scene.here), office("Phòng Hướng Dẫn", scene.here)
    held = {"kind": "training", "subject": "Dán mã", "audience": "tiểu thương", "reached": 40}
    GuidanceGiven.objects.create(**held, agency=giver, held_on=TODAY, by=maker, at=clock.now())
    guide = Guide.objects.order_by("pk")[0]
    told = {"means": "loudspeaker", "language": "vi", "place": "Loa thôn", "day": TODAY, "audience": 400}
    Broadcast.objects.create(**told, guide=guide, agency=giver, unit=scene.here, told_at=clock.now(), told_by=maker)
    report = drafted(scene.here, giver, TODAY, maker)
    spreading = read(report.content).spreading
    assert {key: spreading[key] for key in ("sessions", "people", "times", "audience", "read")} == {
        "sessions": 1, "people": 40, "times": 1, "audience": 400, "read": 0,
    }  # fmt: skip
    assert spreading["expected"] > 0
    assert "Buổi hướng dẫn đã tổ chức trong kỳ: 1, với 40 người; lượt xác nhận" in words(report)
    (grid,) = grids.spreading(read(report.content))
    assert [row[1].value for row in grid.rows][:4] == [1, 40, 1, 400]
    for path in (f"/trien-khai/dia-ban/{scene.here.code}", f"/trien-khai/co-quan/{giver.pk}/do-phu"):
        assert "trong 30 ngày qua, 1 buổi hướng dẫn với 40 người" in signed_in(maker).get(path).content.decode(), path
