"""Schedules whose unit or agency is renamed, has a successor or is no more; and more of them than one page holds."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from support.bulletin import counted
from support.officers import officer_with, signed_in
from support.reports import office

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Officer
from dauchan.coverage.models import CountedDay
from dauchan.kernel import clock
from dauchan.reports import actions, scheduling
from dauchan.reports.models import Report, Schedule
from dauchan.units.models import Agency, Unit, UnitSuccession
from dauchan.units.queries import unit_by_code

CLOCK = "2025-06-29T10:00+07:00"
BEFORE, LAST, MERGED, AFTER = (date(2025, 6, 29), date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2))
PAGE = "/trien-khai/bao-cao/lich"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return clock.day_start(day) + timedelta(hours=hour, minutes=minute)


@pytest.fixture(scope="module")
def manager(database) -> Officer:
    for day in (BEFORE, LAST, MERGED, AFTER):
        CountedDay.objects.create(day=day, as_of=at(AFTER, 16), scans=0)
    return officer_with("rollout_manager")


@pytest.fixture(autouse=True)
def counting_is_over(monkeypatch):
    """Each of these days was counted after its hour: nothing asks for it again."""

    def refuse(day: date, *_given: object) -> None:
        raise AssertionError(f"{day} is counted again")

    monkeypatch.setattr(scheduling, "count_day", refuse)


def scheduled(
    subject: Unit | Agency, issuer: Agency, by: Officer, to: Sequence[Agency] = (), *, now: datetime | None = None
) -> Schedule:
    now = now or at(BEFORE, 10)
    return scheduling.schedule("daily", subject, issuer, at=time(16), weekday=None, to=to, by=by, now=now)


def days_of(row: Schedule) -> list[date]:
    return list(Report.objects.filter(schedule=row).order_by("last_day").values_list("last_day", flat=True))


def listed(by: Officer, on: date, query: str = "") -> str:
    with clock.at(at(on, 17)):
        return signed_in(by).get(PAGE + query).content.decode()


def test_a_schedule_of_a_merged_province_counts_no_day_again_ends_by_itself_and_names_what_came_instead(manager):
    province = unit_by_code("67", BEFORE)
    assert province is not None
    row = scheduled(province, office("Sở Thông tin Đắk Nông", province), manager)
    for day in (BEFORE, LAST):
        counted(province, day, as_of=at(day, 16), registered=3, approved=3)
    for minute in range(3):
        scheduling.make_due(at(AFTER, 16, minute))
    assert days_of(row) == [BEFORE, LAST], "what was missed before the merger is made up, nothing after it"
    row.refresh_from_db()
    assert (row.valid_to, row.ended_by) == (AFTER, None)
    assert AuditRow.objects.filter(event="report_schedule.ended", detail__contains=f'"schedule":{row.pk}').count() == 1
    left, kept = Report.objects.filter(schedule=row).order_by("last_day")
    for later, can in ((AFTER, False), (BEFORE + timedelta(days=8), True)):
        with clock.at(at(later, 17)):
            page = signed_in(manager).get(f"/trien-khai/bao-cao/{left.pk}").content.decode()
            assert ('value="discard"' in page) == can, later
    with pytest.raises(actions.MadeBySchedule):
        actions.discard(kept.pk, by=manager, now=at(AFTER, 17))
    actions.discard(left.pk, by=manager, now=at(BEFORE + timedelta(days=8), 17))
    page = listed(manager, AFTER)
    assert "Tự kết thúc ngày 02/07/2025" in page
    assert "Thay bằng: Tỉnh Lâm Đồng." in page


def test_a_renamed_units_series_goes_on_under_its_new_name(manager):
    renamed = date(2026, 4, 30)
    day_before = renamed - timedelta(days=1)
    link = UnitSuccession.objects.filter(continues=True, old__valid_to=renamed).select_related("old", "new")[0]
    row = scheduled(link.old, office("Văn phòng xã", link.old), manager, now=at(day_before, 10))
    for unit, day in ((link.old, day_before), (link.new, renamed)):
        CountedDay.objects.create(day=day, as_of=at(day, 16), scans=0)
        counted(unit, day, as_of=at(day, 16), registered=3, approved=3)
    for minute in range(3):
        scheduling.make_due(at(renamed, 16, minute))
    made = Report.objects.filter(schedule=row).order_by("last_day")
    assert [(one.last_day, one.unit) for one in made] == [(day_before, link.old), (renamed, link.new)]
    row.refresh_from_db()
    assert row.valid_to is None
    assert f"nay là {link.new}" in listed(manager, renamed)


def test_an_agencys_series_its_issuer_and_its_recipients_go_on_as_their_successors(manager):
    province = unit_by_code("68", BEFORE)
    assert province is not None
    old, new, told, heir = (office(f"Sở {name}", province) for name in ("Cũ", "Mới", "Nhận Cũ", "Nhận Mới"))
    row = scheduled(old, old, manager, [told])
    for was, now in ((old, new), (told, heir)):
        was.valid_to, was.successor = MERGED, now
        was.save()
    counted(new, MERGED, as_of=at(MERGED, 16), registered=4, approved=4)
    scheduling.make_due(at(MERGED, 16, 5))
    made = Report.objects.get(schedule=row)
    assert (made.agency, made.issuer, [one.to_agency for one in made.recipients.all()]) == (new, new, [heir])
    assert listed(manager, MERGED).count("nay là Sở Mới") == 2
    of_heir = officer_with("focal_officer", Scope("agency", str(new.pk)))
    with clock.at(at(MERGED, 17)):
        assert signed_in(of_heir).post(f"{PAGE}/{row.pk}/ket-thuc").status_code == 302
    row.refresh_from_db()
    assert row.ended_by == of_heir


def test_a_report_that_can_not_be_made_stops_no_other_and_is_tried_again(manager, monkeypatch, caplog):
    province = unit_by_code("68", BEFORE)
    assert province is not None
    counted(province, BEFORE, as_of=at(BEFORE, 16), registered=3, approved=3)
    broken, whole = (scheduled(province, office(f"Sở {name}", province), manager) for name in ("Vỡ", "Lành"))

    def store(asked: actions.Asked, **given: Any) -> Report:
        if asked.issuer == broken.issuer:
            raise RuntimeError
        return actions.store(asked, **given)

    with monkeypatch.context() as patched:
        patched.setattr(scheduling, "store", store)
        scheduling.make_due(at(BEFORE, 16))
    assert (days_of(broken), days_of(whole)) == ([], [BEFORE])
    assert f"reports.not_made schedule={broken.pk} day={BEFORE}" in caplog.text
    scheduling.make_due(at(BEFORE, 16, 1))
    assert days_of(broken) == [BEFORE]


def rows_in(page: str) -> int:
    return page.count('data-label="Lúc"')


def test_every_schedule_can_be_seen_and_ended_however_many_there_are(manager):
    province = unit_by_code("68", BEFORE)
    assert province is not None
    rows = [scheduled(province, office(f"Phòng {number}", province), manager) for number in range(32)]
    first = listed(manager, BEFORE)
    assert rows_in(first) == 30
    (after,) = {part.split('"')[0] for part in first.split("?after=")[1:]}
    assert rows_in(listed(manager, BEFORE, f"?after={after}")) >= 2
    assert f"{PAGE}/{rows[-1].pk}/ket-thuc" in listed(manager, BEFORE, f"?after={rows[-2].pk}")
    client = signed_in(manager)
    assert client.post(f"{PAGE}/{rows[-1].pk}/ket-thuc").status_code == 302
    assert client.post(f"{PAGE}/{rows[-1].pk}/ket-thuc").status_code == 404, "it has ended"
    rows[-1].refresh_from_db()
    assert rows[-1].ended_by == manager
