"""Figures that others counted: entered with source and day, imported line by line, the newest as of a day counts."""

import re
from datetime import date

import pytest
from support.database import Database
from support.officers import officer_with, signed_in
from support.rollout import unit

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.coverage import supplied
from dauchan.coverage.figures import Subject, figures, series
from dauchan.coverage.models import DayCounts, SuppliedFigure
from dauchan.coverage.overview import known_of
from dauchan.coverage.supplied_files import ColumnMissing, import_supplied
from dauchan.coverage.supplying import AppMissing, MoreThanHeads, NotSupplied, NotYet, SourceMissing, Told, supply
from dauchan.kernel import clock
from dauchan.kernel.errors import NotPermitted, Problem
from dauchan.units.models import Agency, Unit

CLOCK = "2026-11-20T09:00+07:00"
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def province(database: Database) -> Unit:
    return unit("68", TODAY)


@pytest.fixture(scope="module")
def communes(province: Unit) -> list[Unit]:
    return list(Unit.objects.filter(parent=province, valid_to__isnull=True).order_by("code")[:3])


@pytest.fixture(scope="module")
def school_board(province: Unit) -> Agency:
    return Agency.objects.create(
        name="Phòng Giáo dục", kind="other", sector="education", unit=province, valid_from=date(2025, 7, 1),
        search_key="phong giao duc",
    )  # fmt: skip


@pytest.fixture(scope="module")
def school(school_board: Agency, province: Unit) -> Agency:
    return Agency.objects.create(
        name="Trường A", kind="public_service", sector="education", unit=province, parent=school_board,
        valid_from=date(2025, 7, 1), search_key="truong a",
    )  # fmt: skip


def tell(kind: str, subject: int, code: str, value: int, *, day: date = TODAY, app: str = "") -> SuppliedFigure:
    return supply(Told(kind, subject, code, value, day, "Niên giám 2025", app), by=None, now=clock.now())


def shown(kind: str, subject: int, code: str, *, day: date = TODAY) -> float | None:
    asked = Subject(kind, subject)
    return figures([asked], [code], day)[asked][code].value


def test_the_newest_figure_as_of_the_day_counts(communes: list[Unit]) -> None:
    first = communes[0].pk
    tell("unit", first, "population", 10_000, day=date(2026, 1, 1))
    tell("unit", first, "population", 10_400, day=date(2026, 7, 1))
    tell("unit", first, "population", 10_100, day=date(2026, 1, 1))
    assert shown("unit", first, "population", day=date(2025, 12, 31)) is None
    assert shown("unit", first, "population", day=date(2026, 6, 30)) == 10_100
    assert shown("unit", first, "population") == 10_400
    assert [entry.value for entry in supplied.entries("unit", first, "population")] == [10_400, 10_100, 10_000]


def test_a_share_of_a_whole_is_not_known_while_a_part_of_the_whole_is_not(province: Unit, communes: list[Unit]) -> None:
    tell("unit", communes[1].pk, "population", 5_000)
    DayCounts.objects.create(
        day=TODAY, kind="unit", subject_id=province.pk, as_of=clock.now(), residents_with_pass=60_000
    )
    answer = signed_in(officer_with("rollout_manager")).get(
        f"/api/v1/coverage/units/{province.code}", {"codes": "population,residents_with_pass,pass_share"}
    )
    assert [each["value"] for each in answer.json()["figures"]] == [None, 60_000, None]
    tell("unit", province.pk, "population", 3_000_000)
    assert shown("unit", province.pk, "pass_share") == pytest.approx(2)


def test_without_a_figure_of_its_own_a_unit_has_the_sum_of_all_that_lies_beneath() -> None:
    day = date(2021, 12, 16)
    district = unit("660", day)
    *most, last = Unit.objects.filter(parent=district)
    for commune in most:
        tell("unit", commune.pk, "population", 1_000, day=day)
    assert shown("unit", district.pk, "population", day=day) is None
    tell("unit", last.pk, "population", 500, day=day)
    assert shown("unit", district.pk, "population", day=day) == 1_000 * len(most) + 500
    tell("unit", district.pk, "population", 12_345, day=day)
    assert shown("unit", district.pk, "population", day=day) == 12_345


def test_of_units_shown_together_each_must_have_what_was_entered(communes: list[Unit]) -> None:
    whose = [Subject("unit", commune.pk) for commune in communes[:2]]
    for subject, installs in zip(whose, (300, 500), strict=True):
        tell("unit", subject.id, "installs", installs, app="Zalo")
    tell("unit", whose[0].id, "smartphones", 400)
    together = known_of(whose, ["installs", "install_share"], TODAY)
    assert (together["installs"].value, together["install_share"].value) == (800, None)
    tell("unit", whose[1].id, "smartphones", 600)
    assert known_of(whose, ["install_share"], TODAY)["install_share"].value == pytest.approx(80)


def test_installs_of_several_apps_are_added_up_and_divided_by_smartphones(communes: list[Unit]) -> None:
    third = communes[2].pk
    tell("unit", third, "installs", 300, app="Bluezone")
    tell("unit", third, "installs", 500, app="NCOVI")
    tell("unit", third, "installs", 350, app="Bluezone")
    tell("unit", third, "smartphones", 2_000)
    assert shown("unit", third, "install_share") == pytest.approx(42.5)


def test_staff_is_a_count_by_agency_and_few_are_hidden_from_superiors(school_board: Agency, school: Agency) -> None:
    tell("agency", school.pk, "headcount", 40)
    tell("agency", school.pk, "staff_with_pass", 25)
    assert shown("agency", school_board.pk, "staff_pass_share") == pytest.approx(62.5)


def test_all_but_few_staff_are_hidden_as_a_count_and_as_a_share(school: Agency) -> None:
    tell("agency", school.pk, "staff_with_pass", 38)
    manager = signed_in(officer_with("rollout_manager"))
    asked = {"codes": "headcount,staff_with_pass,staff_pass_share"}
    said = manager.get(f"/api/v1/coverage/agencies/{school.pk}", asked).json()["figures"]
    assert [(each["value"], each["numerator"], each["suppressed"]) for each in said] == [
        (40, 40, False),
        (None, None, True),  # beside 40 it would say that two have no pass
        (None, None, True),
    ]
    page = manager.get(f"/trien-khai/co-quan/{school.pk}/do-phu").content.decode()
    values = re.findall(r'class="figure-value [^"]*">([^<]*)<', page.split('id="staff-title"')[1])
    assert values[:3] == ["40", "ẩn (giữ kín)", "ẩn (giữ kín)"]


def test_all_but_few_residents_are_hidden_as_a_count_too(communes: list[Unit]) -> None:
    third = communes[2].pk
    tell("unit", third, "population", 1_000)
    DayCounts.objects.create(day=TODAY, kind="unit", subject_id=third, as_of=clock.now(), residents_with_pass=995)
    found = figures([Subject("unit", third)], ["residents_with_pass", "pass_share"], TODAY)[Subject("unit", third)]
    assert all(figure.suppressed and figure.numerator is None for figure in found.values())


def test_installs_stand_on_the_units_page_app_by_app(communes: list[Unit]) -> None:
    page = signed_in(officer_with("rollout_manager")).get(f"/trien-khai/dia-ban/{communes[2].code}").content.decode()
    rows = re.findall(r'data-label="Ứng dụng">(\w+)</td><td [^>]*>(\d+)</td>', page)
    assert rows == [("Bluezone", "350"), ("NCOVI", "500")]


@pytest.mark.parametrize("few", [3, 38])
def test_few_staff_as_they_were_entered_are_read_by_the_agency_itself_alone(school: Agency, few: int) -> None:
    tell("agency", school.pk, "staff_with_pass", few)
    page = f"/trien-khai/so-lieu?agency={school.pk}"
    for scope, is_shown in ((Scope("agency", str(school.pk)), True), (Scope("unit", str(school.unit_id)), False)):
        text = signed_in(officer_with("focal_officer", scope)).get(page).content.decode()
        cells = re.findall(r'data-label="Giá trị">([^<]*)<', text)
        assert (str(few) in cells, "ẩn (giữ kín)" in cells) == (is_shown, not is_shown)


def test_residents_with_a_pass_are_divided_by_the_population(communes: list[Unit]) -> None:
    DayCounts.objects.create(
        day=TODAY, kind="unit", subject_id=communes[1].pk, as_of=clock.now(), residents_with_pass=1_250
    )
    assert shown("unit", communes[1].pk, "pass_share") == pytest.approx(25)


def test_a_run_of_days_changes_with_what_was_entered_and_with_the_agencies_there_are(school_board: Agency) -> None:
    def heads() -> list[float | None]:
        run = series(Subject("agency", school_board.pk), ["headcount"], date(2026, 3, 1), date(2026, 3, 5))
        return [figure.value for figure in run["headcount"]]

    founded = Agency.objects.create(
        name="Trường B", kind="public_service", sector="education", unit=school_board.unit, parent=school_board,
        valid_from=date(2026, 3, 4), search_key="truong b",
    )  # fmt: skip
    school = Agency.objects.get(name="Trường A")
    tell("agency", school.pk, "headcount", 30, day=date(2026, 3, 2))
    assert heads() == [None, 30, 30, None, None]
    tell("agency", founded.pk, "headcount", 20, day=date(2026, 3, 5))
    assert heads() == [None, 30, 30, None, 50]


def test_a_figure_says_that_it_or_what_it_is_divided_by_was_supplied(communes: list[Unit]) -> None:
    asked = Subject("unit", communes[0].pk)
    found = figures([asked], ["population", "pass_share", "residents_with_pass", "active_day_share"], TODAY)[asked]
    assert [figure.supplied for figure in found.values()] == [True, True, False, False]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"indicator": "scans"}, NotSupplied),
        ({"indicator": "headcount"}, NotSupplied),
        ({"source": "  "}, SourceMissing),
        ({"as_of_day": date(2026, 11, 21)}, NotYet),
        ({"app": "Bluezone"}, AppMissing),
        ({"indicator": "installs"}, AppMissing),
        ({"subject_id": 99_999_999}, NotPermitted),
    ],
)
def test_a_figure_that_cannot_be_is_refused(
    communes: list[Unit], told: dict[str, object], problem: type[Problem]
) -> None:
    good = {"kind": "unit", "subject_id": communes[0].pk, "indicator": "population", "value": 1, "as_of_day": TODAY}
    with pytest.raises(problem):
        # a wrong field is the point
        supply(Told(**{**good, "source": "x", **told}), by=None, now=clock.now())  # type: ignore[arg-type]


def test_more_staff_with_a_pass_than_staff_is_refused(school: Agency) -> None:
    with pytest.raises(MoreThanHeads):
        tell("agency", school.pk, "staff_with_pass", 41)


def test_an_officer_enters_figures_of_their_own_scope_only(communes: list[Unit]) -> None:
    officer = officer_with("focal_officer", Scope("unit", str(communes[0].pk)))
    own = Told("unit", communes[0].pk, "smartphones", 700, TODAY, "Báo cáo xã")
    entered = supply(own, by=officer, now=clock.now())
    assert (entered.entered_by, entered.source) == (officer, "Báo cáo xã")
    assert AuditRow.objects.filter(event="figure.supplied", officer_id=officer.pk).count() == 1
    with pytest.raises(NotPermitted):
        supply(Told("unit", communes[1].pk, "smartphones", 1, TODAY, "x"), by=officer, now=clock.now())


FILE = """\
Đơn vị (mã hoặc tên),Cơ quan,Chỉ tiêu,Ứng dụng,Giá trị,Ngày số liệu,Nguồn
{first},,Dân số,,12.345,01/10/2026,Niên giám
{second},,Population,,"9,876",2026-10-01,Niên giám
,Trường A,Số người làm việc,,52,01/10/2026,Báo cáo
{first},,Lượt cài ứng dụng,,5,01/10/2026,Cục CNTT
Không Có Xã Này,,Dân số,,5,01/10/2026,Niên giám
{first},,Dân số,,khoảng 5,01/10/2026,Niên giám
{first},,Số thú nuôi,,5,01/10/2026,Niên giám
{first},,Dân số,,5,hôm qua,Niên giám
"""


def test_good_lines_of_a_file_are_taken_and_bad_ones_told_by_number(communes: list[Unit], school: Agency) -> None:
    content = FILE.format(first=communes[0].code, second=communes[1].code).encode()
    before = SuppliedFigure.objects.count()
    tried = import_supplied(content, by=None, now=clock.now(), dry_run=True)
    assert SuppliedFigure.objects.count() == before
    done = import_supplied(content, by=None, now=clock.now())
    assert (done.lines, done.taken, done.failed) == (tried.lines, tried.taken, tried.failed) == (8, 3, 5)
    assert [(fault.line, fault.column) for fault in done.faults] == [
        (5, "Ứng dụng"),
        (6, "Đơn vị (mã hoặc tên)"),
        (7, "Giá trị"),
        (8, "Chỉ tiêu"),
        (9, "Ngày số liệu"),
    ]
    assert shown("unit", communes[0].pk, "population") == 12_345
    assert shown("agency", school.pk, "headcount", day=date(2026, 10, 2)) == 52


def test_a_file_sent_again_changes_nothing(communes: list[Unit]) -> None:
    content = FILE.format(first=communes[0].code, second=communes[1].code).encode()
    before = SuppliedFigure.objects.count()
    assert import_supplied(content, by=None, now=clock.now()).taken == 3
    assert SuppliedFigure.objects.count() == before


def test_a_file_without_a_needed_column_is_refused_whole() -> None:
    with pytest.raises(ColumnMissing):
        import_supplied("Đơn vị,Giá trị\n68,5\n".encode(), by=None, now=clock.now())
