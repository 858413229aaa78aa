"""A supplied figure is held against what was known before: a digit that slipped is asked about once."""

from collections.abc import Iterator
from datetime import date

import pytest
from support.database import Database
from support.officers import officer_with, signed_in
from support.rollout import unit

from dauchan.accounts.models import AuditRow
from dauchan.coverage.models import SuppliedFigure
from dauchan.coverage.supplied_files import import_supplied
from dauchan.coverage.supplying import FarFromKnown, MoreThanProvince, Told, supply
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit

CLOCK = "2026-11-20T09:00+07:00"
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def province(database: Database) -> Unit:
    return unit("68", TODAY)


@pytest.fixture
def commune(province: Unit) -> Iterator[Unit]:
    yield unit("24611", TODAY)
    SuppliedFigure.objects.all().delete()


def tell(subject: Unit | Agency, code: str, value: int, *, sure: bool = False) -> None:
    kind = "unit" if isinstance(subject, Unit) else "agency"
    supply(Told(kind, subject.pk, code, value, TODAY, "Niên giám 2025", sure=sure), by=None, now=clock.now())


@pytest.mark.parametrize("value", [0, 1_039, 104_001, 12_345_678])
def test_a_figure_far_from_the_one_before_is_refused_with_it_until_somebody_says_it_is_right(
    commune: Unit, value: int
) -> None:
    tell(commune, "population", 10_400)
    with pytest.raises(FarFromKnown) as refused:
        tell(commune, "population", value)
    for language in ("vi", "en"):
        assert "10\u00a0400" in refused.value.text(language)
    tell(commune, "population", value, sure=True)
    assert SuppliedFigure.objects.latest("pk").value == value


@pytest.mark.parametrize("value", [1_040, 104_000])
def test_ten_times_as_much_and_a_tenth_are_taken(commune: Unit, value: int) -> None:
    tell(commune, "population", 10_400)
    tell(commune, "population", value)


def test_a_communes_first_population_is_not_more_than_its_provinces(commune: Unit, province: Unit) -> None:
    with pytest.raises(MoreThanProvince, match=r"3\u00a0[0-9]{3}\u00a0[0-9]{3}"):
        tell(commune, "population", 12_345_678)
    tell(province, "population", 3_000_000)
    with pytest.raises(MoreThanProvince, match="3\u00a0000\u00a0000"):
        tell(commune, "population", 3_000_001)
    tell(commune, "population", 150_000)


def test_a_headcount_of_few_is_told_by_no_refusal(commune: Unit) -> None:
    school = Agency.objects.create(
        name="Trường A", kind="public_service", sector="education", unit=commune, valid_from=date(2025, 7, 1),
        search_key="truong a",
    )  # fmt: skip
    tell(school, "headcount", 8)
    tell(school, "headcount", 400)
    with pytest.raises(FarFromKnown):
        tell(school, "headcount", 8)


def test_the_form_asks_once_whether_the_number_is_right(commune: Unit) -> None:
    tell(commune, "smartphones", 900)
    manager = signed_in(officer_with("rollout_manager"))
    told = {"unit": str(commune.pk), "unit_text": str(commune), "indicator": "smartphones", "value": "90000"}
    told |= {"as_of_day": "2026-11-20", "source": "Báo cáo"}
    assert "Số này đúng</span>" not in manager.get("/trien-khai/so-lieu").content.decode()
    asked = manager.post("/trien-khai/so-lieu", told).content.decode()
    assert "khác xa số đã biết là 900" in asked
    assert "Số này đúng</span>" in asked
    assert manager.post("/trien-khai/so-lieu", told | {"sure": "on"}).status_code == 302
    assert AuditRow.objects.filter(event="figure.supplied", detail__contains='"sure":true').exists()


def test_a_column_of_a_file_says_that_a_number_is_right(commune: Unit) -> None:
    tell(commune, "population", 10_400)
    head = "Đơn vị,Chỉ tiêu,Giá trị,Ngày số liệu,Nguồn,Số này đúng\n"
    lines = "".join(f"{commune.code},Dân số,{900 + n},20/11/2026,Niên giám,{sure}\n" for n, sure in enumerate("-x"))
    done = import_supplied((head + lines).encode(), by=None, now=clock.now())
    assert (done.taken, [(fault.line, fault.column) for fault in done.faults]) == (1, [(2, "Giá trị")])
