"""Reports with the numbers of the Hanoi bulletin of 16 December 2021: told right, frozen, corrected, sent."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from support.bulletin import by_channel, counted, supplied
from support.officers import officer_with, signed_in
from support.reports import SIGNATURE, drafted, issued, office, words

from dauchan import config
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.coverage.models import CountedDay
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.notify.actions import opened
from dauchan.notify.models import Message
from dauchan.reports import actions, announcing, queries, scheduling, snapshot
from dauchan.reports.models import Report, Told
from dauchan.reports.snapshot import read
from dauchan.units import queries as units
from dauchan.units.models import Agency, Unit

CLOCK = "2021-12-16T16:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
THE_15TH, THE_16TH, THE_17TH = (date(2021, 12, day) for day in (15, 16, 17))
ON_THE_16TH = {
    "registered": 750_120,
    "approved": 750_120,
    "new_places": 920,
    "active_day": 70_639,
    "scans": 402_300,
    "check_ins": 380_120,
    "check_outs": 22_180,
    "people": 360_864,
    "communes": 579,
    "communes_at_zero": 9,
    "reporting_zero": 282,
    "not_reporting": 209,
}
AT_ZERO = {"Phường Phúc Xá": 4, "Phường Trúc Bạch": 1}
WITHOUT_PLACES = "Phường Vĩnh Phúc"


def four_o_clock(day: date) -> datetime:
    return clock.day_start(day) + timedelta(hours=16)


@pytest.fixture(scope="module")
def hanoi(database) -> Unit:
    """The city's figures of two days, as they were computed at four o'clock."""
    city = units.unit_by_code("01", THE_16TH)
    assert city is not None
    the_day_before = ON_THE_16TH | {"registered": 749_200, "new_places": 810, "active_day": 72_198, "scans": 410_500}
    counted(city, THE_15TH, as_of=four_o_clock(THE_15TH), **the_day_before)
    counted(city, THE_16TH, as_of=four_o_clock(THE_16TH), **ON_THE_16TH)
    for day in (THE_15TH, THE_16TH):
        CountedDay.objects.create(day=day, as_of=four_o_clock(day), scans=0)
    for district in units.children(city, THE_16TH):
        counted(district, THE_16TH, registered=25_000, approved=25_000, active_day=2_000 + district.pk % 500)
        for commune in units.children(district, THE_16TH):
            if commune.name in AT_ZERO:
                counted(commune, THE_16TH, registered=900, approved=900, days_at_zero=AT_ZERO[commune.name])
            if commune.name == WITHOUT_PLACES:
                counted(commune, THE_16TH, days_at_zero=300)
    supplied(city, "smartphones", 6_685_289, THE_15TH)
    supplied(city, "installs", 3_980_483, THE_15TH)
    supplied(city, "installs", 3_983_727, THE_16TH)
    counted(city, THE_16TH, sector="education", registered=3_000, approved=3_000, active_day=1_500, scans=9_000)
    by_channel(city, THE_16TH, "paper", scans=1_000, check_ins=900)
    by_channel(city, THE_16TH, "own", scans=401_300, check_ins=379_220)
    return city


@pytest.fixture(scope="module")
def department(hanoi) -> Agency:
    return office("Sở Thông tin và Truyền thông", hanoi)


@pytest.fixture(scope="module")
def health(hanoi) -> Agency:
    return office("Sở Y tế", hanoi, sector="health")


@pytest.fixture(scope="module")
def manager(hanoi) -> Officer:
    return officer_with("rollout_manager", Scope("unit", str(hanoi.pk)))


@pytest.fixture(scope="module")
def the_15th(hanoi, department, manager) -> Report:
    return issued(hanoi, department, THE_15TH, manager)


@pytest.fixture(scope="module")
def bulletin(the_15th, hanoi, department, manager) -> Report:
    return issued(hanoi, department, THE_16TH, manager)


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Tổng số địa điểm đăng ký mã QR: 750.120 địa điểm.",
        "Đăng ký mới trong ngày: 920 địa điểm; tăng 110 địa điểm so với báo cáo trước (số liệu 15/12/2021)",
        "trong ngày: 70.639 địa điểm; bằng 9,42% số địa điểm đã duyệt; giảm 1.559 địa điểm so với báo cáo trước",
        "Tổng số lượt quét: 402.300 lượt; giảm 8.200 lượt so với báo cáo trước",
        "Lượt đến: 380.120 lượt; không thay đổi so với báo cáo trước (số liệu 15/12/2021); lượt đi: 22.180 lượt.",
        "Số người đến trong ngày, mỗi người tính một lần: 360.864 người",
        "Báo không có khách: 282 địa điểm.",
        "Không báo cáo: 209 địa điểm.",
        "Có 8 đơn vị cấp xã không có lượt quét nào trong ngày 16/12/2021: Phường Phúc Xá (Quận Ba Đình; 4 ngày liên",
        "; Phường Trúc Bạch (Quận Ba Đình; 1 ngày).",
        "Trong đó 1 đơn vị cấp xã lặp lại từ 2 ngày liên tiếp trở lên.",
        "Chưa khai nơi nào nên không có lượt quét: 1 đơn vị cấp xã.",
        "Lượt cài ứng dụng: 3.983.727 trên 6.685.289 điện thoại thông minh, đạt 59,59%; tăng 3.244",
        "Số liệu của báo cáo số 01/BC-STTTT ngày 16/12/2021 không thay đổi.",
    ],
)
def test_each_line_of_the_bulletin_is_told_right(bulletin, line):
    assert line in words(bulletin)


def test_the_bulletins_mistake_is_not_repeated_a_change_of_places_is_never_printed_as_scans(bulletin):
    assert "69.080" not in words(bulletin)
    told = [line for line in words(bulletin).splitlines() if "1.559" in line]
    assert told
    assert all(line.startswith("Địa điểm có ít nhất một lượt quét") for line in told)


def test_leagues_sectors_and_channels_are_in_it(bulletin):
    content = read(bulletin.content)
    assert "Dẫn đầu về tỷ lệ địa điểm có lượt quét: " in words(bulletin)
    assert "Chậm nhất về tỷ lệ địa điểm có lượt quét: " in words(bulletin)
    assert [(row.name, row.figures["scans"].value) for row in content.sectors] == [("Giáo dục", 9_000)]
    assert [(row.code, row.figures["scans"].value) for row in content.channels] == [("own", 401_300), ("paper", 1_000)]


# --- frozen -----------------------------------------------------------------------------------------------------------


def test_a_late_scan_changes_the_live_figure_not_the_report_and_the_next_says_corrected_by(
    bulletin, hanoi, department, manager
):
    before = words(bulletin)
    counted(hanoi, THE_16TH, as_of=four_o_clock(THE_17TH), **ON_THE_16TH | {"active_day": 70_700, "scans": 403_000})
    counted(hanoi, THE_17TH, as_of=four_o_clock(THE_17TH), **ON_THE_16TH | {"active_day": 71_000})
    kept = Report.objects.get(pk=bulletin.pk)
    assert words(kept) == before
    assert snapshot.digest(kept.content) == kept.sha256
    with clock.at(four_o_clock(THE_17TH)):
        following = issued(hanoi, department, THE_17TH, manager)
    content = read(following.content)
    assert following.corrects == bulletin
    corrected = {one.indicator: (one.old, one.new) for one in content.corrections}
    assert corrected == {
        "active_day": (70_639, 70_700),
        "active_day_share": (9.42, 9.43),
        "scans": (402_300, 403_000),
    }
    assert f"Báo cáo số {bulletin} ngày 16/12/2021 được đính chính như bảng dưới" in words(following)
    page = signed_in(manager).get(f"/trien-khai/bao-cao/{bulletin.pk}").content.decode()
    assert "Được đính chính bởi:" in page


def test_the_database_itself_refuses_to_change_or_delete_an_issued_report(bulletin):
    for attempt in ("update reports_report set content = '{}'", "delete from reports_report"):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{attempt} where id = %s", [bulletin.pk])


def test_an_issued_report_can_be_neither_remade_nor_discarded_nor_issued_again(bulletin, manager):
    for act in (
        lambda: actions.remake(bulletin.pk, by=manager, now=clock.now()),
        lambda: actions.discard(bulletin.pk, by=manager, now=clock.now()),
        lambda: actions.issue(bulletin.pk, SIGNATURE, by=manager, now=clock.now()),
    ):
        with pytest.raises(actions.NotADraft):
            act()


def test_each_issuer_counts_its_own_reports_of_a_year(bulletin, the_15th, hanoi, manager):
    other = office("Văn phòng UBND", hanoi)
    first = issued(hanoi, other, THE_15TH, manager)
    assert (the_15th.number, bulletin.number, first.number) == (1, 2, 1)


def test_a_period_is_reported_once_a_series_and_ad_hoc_as_often_as_one_likes(bulletin, hanoi, department, manager):
    with pytest.raises(actions.AlreadyMade):
        drafted(hanoi, department, THE_16TH, manager)
    for _ in range(2):
        drafted(hanoi, department, THE_16TH, manager, kind="ad_hoc")


def test_a_day_without_figures_and_a_day_to_come_are_refused(hanoi, department, manager):
    with pytest.raises(actions.NothingCounted):
        drafted(hanoi, department, date(2021, 11, 1), manager)
    with pytest.raises(actions.PeriodWrong):
        drafted(hanoi, department, THE_16TH + timedelta(days=30), manager)


def test_a_day_cut_off_early_is_compared_with_the_former_report_of_the_same_hour_else_it_says_with_what(
    hanoi, department, manager
):
    committee = office("Ủy ban nhân dân thành phố", hanoi, kind="committee")
    alone = drafted(hanoi, committee, THE_15TH, manager)
    assert read(alone.content).compared_with == "whole_day"
    weekly = drafted(hanoi, department, THE_16TH, manager, kind="weekly")
    assert read(weekly.content).compared_with == "day"
    assert "Đăng ký mới trong kỳ: 1.730 địa điểm" in words(weekly)


# --- the schedule -----------------------------------------------------------------------------------------------------


def scheduled(subject: Unit, issuer: Agency, by: Officer, to: list[Agency]):
    at = four_o_clock(THE_16TH).astimezone(clock.LOCAL).time()
    return scheduling.schedule("daily", subject, issuer, at=at, weekday=None, to=to, by=by, now=clock.now())


def test_a_due_report_is_made_once_however_often_and_by_however_many_workers(hanoi, health, manager):
    issuer = office("Trung tâm Công nghệ thông tin", hanoi)
    row = scheduled(hanoi, issuer, manager, [health])
    now = four_o_clock(THE_16TH) + timedelta(minutes=1)
    workers = [threading.Thread(target=_work, args=(now,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert scheduling.make_due(now) == 0
    made = Report.objects.get(schedule=row)
    assert (made.last_day, made.state) == (THE_16TH, "draft")
    assert [one.to_agency for one in made.recipients.all()] == [health]
    scheduling.end_schedule(row.pk, by=manager, now=clock.now())


def _work(now: datetime) -> None:
    try:
        scheduling.make_due(now)
    finally:
        connection.close()


def test_a_worker_that_dies_in_the_middle_leaves_nothing_and_the_next_makes_it_once(hanoi, manager):
    issuer = office("Đài Phát thanh", hanoi)
    row = scheduled(hanoi, issuer, manager, [])
    now = four_o_clock(THE_16TH) + timedelta(minutes=1)
    with transaction.atomic():
        assert scheduling.make_due(now) == 1
        transaction.set_rollback(True)  # what the database does when the worker is gone before the end
    assert not Report.objects.filter(schedule=row).exists()
    assert [scheduling.make_due(now), scheduling.make_due(now)] == [1, 0]
    draft = Report.objects.get(schedule=row)
    with pytest.raises(actions.MadeBySchedule):
        actions.discard(draft.pk, by=manager, now=clock.now())
    scheduling.end_schedule(row.pk, by=manager, now=clock.now())


def test_one_series_has_one_schedule(hanoi, department, manager):
    row = scheduled(hanoi, department, manager, [])
    with pytest.raises(scheduling.ScheduledAlready):
        scheduled(hanoi, department, manager, [])
    scheduling.end_schedule(row.pk, by=manager, now=clock.now())


# --- who receives and who sees it -------------------------------------------------------------------------------------


def test_whom_it_was_sent_to_is_told_once_without_a_word_of_it_and_finds_it_in_the_list(
    bulletin, health, manager, monkeypatch
):
    monkeypatch.setenv("DAUCHAN_PUBLIC_HOST", "quetma.test")
    doctor = officer_with("focal_officer", Scope("agency", str(health.pk)))
    theirs = signed_in(doctor)
    assert theirs.get(f"/trien-khai/bao-cao/{bulletin.pk}").status_code == 404
    actions.send(bulletin.pk, [health], by=manager, now=clock.now())
    assert config.load().public_host == "quetma.test"
    assert [announcing.tell(bulletin.pk, now=clock.now()), announcing.tell(bulletin.pk, now=clock.now())] == [1, 0]
    assert Told.objects.get(report=bulletin).officer == doctor
    message = Message.objects.filter(purpose="report").get()
    told = opened(message)
    assert told is not None
    assert told.text == "Có báo cáo mới gửi đến bạn. Xem tại https://quetma.test/trien-khai/bao-cao?for=me"
    listed = theirs.get("/trien-khai/bao-cao?for=me").content.decode()
    assert "Chưa mở" in listed
    assert theirs.get(f"/trien-khai/bao-cao/{bulletin.pk}").status_code == 200
    assert "Chưa mở" not in theirs.get("/trien-khai/bao-cao?for=me").content.decode()
    assert bulletin.recipients.get().opened_at is not None


def test_a_report_is_seen_within_its_scope_and_a_draft_only_by_those_who_make_it(hanoi, department, manager):
    ba_dinh, other = units.children(hanoi, THE_16TH)[:2]
    issuer = office("Phòng Văn hóa Ba Đình", ba_dinh)
    draft = drafted(ba_dinh, issuer, THE_16TH, manager)
    address = f"/trien-khai/bao-cao/{draft.pk}"
    inside, outside = (officer_with("inspector", Scope("unit", str(one.pk))) for one in (ba_dinh, other))
    maker = officer_with("focal_officer", Scope("unit", str(ba_dinh.pk)))
    assert [signed_in(one).get(address).status_code for one in (maker, inside, outside)] == [200, 404, 404]
    actions.issue(draft.pk, SIGNATURE, by=maker, now=clock.now())
    assert [signed_in(one).get(address).status_code for one in (maker, inside, outside)] == [200, 200, 404]
    for kind in ("pdf", "docx", "xlsx"):
        assert signed_in(outside).get(f"{address}/tep/{kind}").status_code == 404
    assert draft.pk not in [one.pk for one in queries.search(outside, on=THE_16TH).reports]


def test_nobody_reports_about_a_unit_or_in_the_name_of_an_agency_that_is_not_theirs(hanoi, department):
    ba_dinh, other = units.children(hanoi, THE_16TH)[:2]
    maker = officer_with("focal_officer", Scope("unit", str(ba_dinh.pk)))
    own = office("Phòng Y tế Ba Đình", ba_dinh)
    for subject, issuer in ((other, own), (ba_dinh, department)):
        with pytest.raises(NotPermitted):
            drafted(subject, issuer, THE_16TH, maker)
    elsewhere = drafted(ba_dinh, own, THE_16TH, maker)
    stranger = officer_with("focal_officer", Scope("unit", str(other.pk)))
    with pytest.raises(NotFound):
        actions.issue(elsewhere.pk, SIGNATURE, by=stranger, now=clock.now())
