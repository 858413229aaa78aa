"""The pages of the rollout's figures: whose they show, by which filters, and that a file is the page."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook
from support.figures import counted, made_up_days, registered_place
from support.officers import officer_with, signed_in
from support.rollout import unit as unit_on

from dauchan.accounts.actions import Scope
from dauchan.coverage.models import DayCounts, SuppliedFigure
from dauchan.kernel.search import search_key
from dauchan.units.models import Agency, AgencyKind, Guidance, Unit

CLOCK = "2026-03-02T16:40+07:00"
TODAY, OLD_DAY = date(2026, 3, 2), date(2021, 12, 16)
HERE, ELSEWHERE = "24611", "24617"
pytestmark = pytest.mark.usefixtures("counted_days")


def unit(code: str, day: date = TODAY) -> Unit:
    return unit_on(code, day)


def agency(name: str, kind: str, unit_code: str, parent: Agency | None = None) -> Agency:
    begins = date(2025, 7, 1)
    return Agency.objects.create(
        name=name, kind=kind, unit=unit(unit_code), parent=parent, valid_from=begins, search_key=search_key(name)
    )


@pytest.fixture(scope="module")
def counted_days(database) -> None:
    made_up_days(unit("68"), [TODAY - timedelta(days=back) for back in range(9)])
    made_up_days(unit("67", OLD_DAY), [OLD_DAY, OLD_DAY - timedelta(days=1)])


@pytest.fixture(scope="module")
def manager(counted_days) -> Client:
    return signed_in(officer_with("rollout_manager"))


@pytest.fixture(scope="module")
def of_elsewhere(counted_days) -> Client:
    return signed_in(officer_with("focal_officer", Scope("unit", str(unit(ELSEWHERE).pk))))


@pytest.fixture(scope="module")
def school(counted_days) -> Agency:
    made = agency("Trường THPT Mẫu", AgencyKind.PUBLIC_SERVICE, HERE)
    counts = {"should_exist": 12, "matched": 9, "registered": 9, "approved": 8, "active_day": 3, "active_7d": 5}
    counted("agency", made.pk, TODAY, **counts, agencies=1, attested=0, focal_officers=1, silent=2)
    return made


@pytest.fixture(scope="module")
def head(school) -> Client:
    return signed_in(officer_with("agency_head", Scope("agency", str(school.pk))))


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return unescape(answer.content.decode())


# --- down and back ----------------------------------------------------------------------------------------------------


def test_todays_tree_leads_from_province_to_commune_to_its_places_and_back(manager):
    page = text_of(manager, "/trien-khai/dia-ban/68")
    assert page.count("<title>Xã") + page.count("<title>Phường") + page.count("<title>Đặc khu") == 124
    assert f'href="/trien-khai/dia-ban/{HERE}"' in page
    below = text_of(manager, f"/trien-khai/dia-ban/{HERE}")
    assert 'href="/trien-khai/dia-ban/68"' in below
    assert f"/dia-diem?unit={unit(HERE).pk}" in below
    assert manager.get(f"/dia-diem?unit={unit(HERE).pk}").status_code == 200


def test_the_tree_of_2021_leads_through_the_district_and_says_why_there_is_no_outline(manager):
    page = text_of(manager, "/trien-khai/dia-ban/67?day=2021-12-16")
    assert "/trien-khai/dia-ban/660?day=2021-12-16" in page
    assert "Chưa có ranh giới" in page
    assert page.count("picture-map") == 1
    district = text_of(manager, "/trien-khai/dia-ban/660?day=2021-12-16")
    assert "/trien-khai/dia-ban/67?day=2021-12-16" in district
    commune = unit("24611", OLD_DAY)
    assert f"/trien-khai/dia-ban/{commune.code}?day=2021-12-16" in district
    back = text_of(manager, f"/trien-khai/dia-ban/{commune.code}?day=2021-12-16")
    assert "/trien-khai/dia-ban/660?day=2021-12-16" in back


def test_a_province_of_three_tiers_is_compared_by_districts_or_by_communes(manager):
    page = text_of(manager, "/trien-khai/dia-ban/67/bang?day=2021-12-16")
    assert "Thành phố Gia Nghĩa" in page
    assert "Xã Đắk Sắk" not in page
    page = text_of(manager, "/trien-khai/dia-ban/67/bang?day=2021-12-16&level=commune")
    assert "Xã Đắk Sắk" in page
    assert "Thành phố Gia Nghĩa" not in page.split("<table")[1]


def test_a_day_of_the_old_list_can_be_shown_in_todays_units_without_losing_a_place(manager):
    page = text_of(manager, "/trien-khai/dia-ban/67/bang?day=2021-12-16&units=today&indicator=registered")
    assert "Xã Đức Lập" in page
    assert "xã bị chia tính vào nơi nhận phần lớn nhất" in page
    then = sheet(manager, "/trien-khai/dia-ban/67/bang/tai-ve?day=2021-12-16&level=commune&indicator=registered")
    now = sheet(manager, "/trien-khai/dia-ban/67/bang/tai-ve?day=2021-12-16&units=today&indicator=registered")
    assert len(now) < len(then)
    assert sum(line[3] for line in now) == sum(line[3] for line in then) > 0


# --- filters ----------------------------------------------------------------------------------------------------------


def test_day_indicator_and_sector_stand_in_the_address_and_go_along_to_the_next_unit(manager):
    page = text_of(manager, "/trien-khai/dia-ban/68?day=2026-03-01&indicator=scans&sector=education")
    assert f"/trien-khai/dia-ban/{HERE}?day=2026-03-01&indicator=scans&sector=education" in page
    assert "tính đến 18:00 01/03/2026" in page
    assert "Cách quét chỉ đếm chung mọi lĩnh vực" in page
    whole = sheet(manager, "/trien-khai/dia-ban/68/bang/tai-ve?indicator=scans")
    part = sheet(manager, "/trien-khai/dia-ban/68/bang/tai-ve?indicator=scans&sector=education")
    assert 0 < sum(line[3] for line in part) < sum(line[3] for line in whole)


@pytest.mark.parametrize("query", ["indicator=nothing", "sector=x", "level=x", "day=31/31/2021", "units=x", "order=x"])
@pytest.mark.parametrize("path", ["/trien-khai/dia-ban/68", "/trien-khai/dia-ban/68/bang/tai-ve"])
def test_a_filter_that_means_nothing_is_refused_and_never_means_all(manager, path, query):
    assert manager.get(f"{path}?{query}").status_code == 400


def test_a_day_without_figures_says_so(manager):
    assert "Chưa có số liệu của ngày này" in text_of(manager, "/trien-khai/dia-ban/68?day=2024-01-01")
    assert "Chưa có số liệu của ngày này" in text_of(manager, "/trien-khai?day=2024-01-01")


def test_few_people_read_as_words_and_not_as_a_number(manager):
    commune = unit(HERE)
    counted("unit", commune.pk, date(2025, 9, 1), people=3, registered=20, approved=20)
    page = text_of(manager, f"/trien-khai/dia-ban/{commune.code}?day=2025-09-01&indicator=people")
    assert "ẩn (giữ kín)" in text_of(manager, "/trien-khai/dia-ban/68/bang?day=2025-09-01&indicator=people")
    assert "<strong>3</strong>" not in page


# --- files ------------------------------------------------------------------------------------------------------------


def sheet(client: Client, path: str) -> list[tuple]:
    answer = client.get(f"{path}&format=xlsx")
    assert answer.status_code == 200
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(min_row=2, values_only=True))


def names_on(page: str) -> list[str]:
    return re.findall(r'<a class="fw-bold" href="/trien-khai/dia-ban/[^"]*">([^<]*)</a>', page)


def test_the_file_has_the_rows_of_all_pages_in_their_order(manager):
    listed, path = [], "/trien-khai/dia-ban/68/bang?indicator=scans"
    for _page in range(3):
        page = text_of(manager, path)
        listed += names_on(page)
        following = re.search(r'href="(/trien-khai/dia-ban/68/bang\?[^"]*after=[0-9]+)"', page)
        if not following:
            break
        path = following[1]
    rows = sheet(manager, "/trien-khai/dia-ban/68/bang/tai-ve?indicator=scans")
    assert [row[2] for row in rows] == listed
    assert len(listed) == len(set(listed)) == 124
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)


def test_a_csv_file_has_the_same_rows(manager):
    answer = manager.get("/trien-khai/dia-ban/68/bang/tai-ve?format=csv")
    assert answer.headers["X-Rows"] == "124"
    lines = answer.content.decode("utf-8-sig")
    assert (lines.count("\r\n"), re.findall(r"\.\d\d", lines)) == (125, [])


# --- whose ------------------------------------------------------------------------------------------------------------

OF_HERE = (
    f"/trien-khai/dia-ban/{HERE}",
    f"/trien-khai/dia-ban/{HERE}/bang",
    f"/trien-khai/dia-ban/{HERE}/bang/tai-ve",
    "/trien-khai/dia-ban/68",
    "/trien-khai/dia-ban/99999",
)


@pytest.mark.parametrize("path", OF_HERE)
def test_an_officer_of_another_unit_sees_nothing_of_this_one(of_elsewhere, head, path):
    assert of_elsewhere.get(path).status_code == 404
    assert head.get(path).status_code == 404


def test_an_officers_own_unit_is_where_the_rollout_begins(of_elsewhere):
    assert unit(ELSEWHERE).name in text_of(of_elsewhere, "/trien-khai")
    assert f"<h1>{unit(ELSEWHERE).name}</h1>" in text_of(of_elsewhere, "/trien-khai/dia-ban")
    page = text_of(of_elsewhere, f"/trien-khai/dia-ban/{ELSEWHERE}")
    assert 'href="/trien-khai/dia-ban/68"' not in page


def test_the_head_of_an_agency_sees_its_gap_as_one_figure_and_what_it_is_made_of(head, school):
    page = text_of(head, f"/trien-khai/co-quan/{school.pk}/do-phu")
    assert re.search(r'class="big-figure">7<span class="text-secondary"> / 12<', page)
    parts = [int(number) for number in re.findall(r"<li><svg.*?<strong>(\d+)</strong> nơi", page, re.DOTALL)]
    assert parts == [3, 1, 3]
    assert school.name in text_of(head, "/trien-khai")


def test_a_reminder_to_an_agency_complains_of_what_it_lacks_first(manager, school):
    fault = '<input type="hidden" name="indicator" value="{}"><button'.format
    assert fault("coverage") in text_of(manager, f"/trien-khai/co-quan/{school.pk}/do-phu")  # three are not registered
    registered = agency("Trường Đủ", AgencyKind.PUBLIC_SERVICE, HERE)
    counted("agency", registered.pk, TODAY, should_exist=4, matched=4, registered=4, approved=4, active_7d=1)
    assert fault("active_7d_share") in text_of(manager, f"/trien-khai/co-quan/{registered.pk}/do-phu")


def test_another_agencys_page_is_not_there(head, of_elsewhere, school):
    other = agency("Trường THPT Khác", AgencyKind.PUBLIC_SERVICE, HERE)
    assert head.get(f"/trien-khai/co-quan/{other.pk}/do-phu").status_code == 404
    assert of_elsewhere.get(f"/trien-khai/co-quan/{school.pk}/do-phu").status_code == 404
    assert head.get("/trien-khai/co-quan/999999/do-phu").status_code == 404


def test_a_department_sees_the_communes_that_it_guides_and_no_other(counted_days):
    department = agency("Sở Thông tin Mẫu", AgencyKind.DEPARTMENT, "68")
    committee = agency("UBND phường Mẫu", AgencyKind.COMMITTEE, HERE)
    Guidance.objects.create(guide=department, guided=committee, valid_from=date(2025, 7, 1))
    guide = signed_in(officer_with("rollout_manager", Scope("agency", str(department.pk))))
    assert unit(HERE).name in text_of(guide, "/trien-khai")
    assert guide.get(f"/trien-khai/dia-ban/{HERE}").status_code == 200
    assert guide.get(f"/trien-khai/dia-ban/{ELSEWHERE}").status_code == 404
    assert guide.get(f"/trien-khai/co-quan/{committee.pk}/do-phu").status_code == 200


# --- silent places ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def silent(counted_days, school) -> dict[str, int]:
    here, there = unit(HERE), unit(ELSEWHERE)
    made = {
        "Chợ Im Lặng": registered_place("Chợ Im Lặng", here, last_day=TODAY - timedelta(days=20)),
        "Quán Chưa Dùng": registered_place("Quán Chưa Dùng", here, last_day=None),
        "Cổng Trường": registered_place("Cổng Trường", here, last_day=None, agency=school),
        "Chợ Đang Dùng": registered_place("Chợ Đang Dùng", here, last_day=TODAY),
        "Chợ Nơi Khác": registered_place("Chợ Nơi Khác", there, last_day=TODAY - timedelta(days=9)),
    }
    return {name: place.pk for name, place in made.items()}


def test_silent_places_are_named_never_used_ones_first_then_the_longest_silent(manager, silent):
    page = text_of(manager, "/trien-khai/im-lang")
    order = sorted((name for name in silent if name in page), key=page.index)
    assert order == ["Quán Chưa Dùng", "Cổng Trường", "Chợ Im Lặng", "Chợ Nơi Khác"]
    assert "20 ngày" in page
    assert "Trường THPT Mẫu" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (f"unit={ELSEWHERE}", {"Chợ Nơi Khác"}),
        ("used=never", {"Quán Chưa Dùng", "Cổng Trường"}),
        ("sector=education", set()),
        ("sector=trade", {"Quán Chưa Dùng", "Cổng Trường", "Chợ Im Lặng", "Chợ Nơi Khác"}),
    ],
)
def test_silent_places_are_narrowed_and_the_file_has_the_same(manager, silent, query, names):
    if query.startswith("unit="):
        query = f"unit={unit(query[5:]).pk}"
    page = text_of(manager, f"/trien-khai/im-lang?{query}")
    assert {name for name in silent if name in page} == names
    rows = sheet(manager, f"/trien-khai/im-lang/tai-ve?{query}")
    assert {row[1] for row in rows} == names


def test_an_agencys_silent_places_are_its_own(head, school, silent):
    page = text_of(head, f"/trien-khai/im-lang?agency={school.pk}")
    assert {name for name in silent if name in page} == {"Cổng Trường"}
    assert {name for name in silent if name in text_of(head, "/trien-khai/im-lang")} == {"Cổng Trường"}
    assert "Soạn đôn đốc" not in page


def test_silent_places_of_another_unit_are_not_shown(of_elsewhere, silent):
    page = text_of(of_elsewhere, "/trien-khai/im-lang")
    assert {name for name in silent if name in page} == {"Chợ Nơi Khác"}
    assert of_elsewhere.get(f"/trien-khai/im-lang?unit={unit(HERE).pk}").status_code == 404
    assert of_elsewhere.get(f"/trien-khai/im-lang/tai-ve?unit={unit(HERE).pk}").status_code == 404


def test_chosen_places_are_sent_to_the_letter(manager, silent):
    page = text_of(manager, "/trien-khai/im-lang")
    assert 'action="/trien-khai/van-ban/don-doc/moi"' in page
    assert f'name="place" value="{silent["Chợ Im Lặng"]}"' in page


def test_the_morning_page_names_the_communes_at_zero(manager, silent):
    page = text_of(manager, "/trien-khai")
    assert "Xã, phường không có lượt quét nào" in page
    assert unit(HERE).name in page
    assert "Địa điểm im lặng" in text_of(manager, "/ban-lam-viec")


def test_a_commune_at_zero_says_whether_it_has_any_place(manager, silent):
    assert "chưa khai nơi nào" not in text_of(manager, "/trien-khai")
    zero = list(DayCounts.objects.filter(day=TODAY, kind="unit", sector="", scans=0))
    DayCounts.objects.filter(pk__in=[row.pk for row in zero]).update(registered=0)
    assert "chưa khai nơi nào" in text_of(manager, "/trien-khai")
    DayCounts.objects.bulk_update(zero, ["registered"])


def test_the_morning_page_of_an_agency_names_its_silent_places_and_says_nothing_of_communes(head, silent):
    page = text_of(head, "/trien-khai").split('id="lags"')[1].split("</section>")[0]
    assert "Cổng Trường" in page
    assert "chưa từng dùng" in page
    assert "Xã, phường" not in page
    assert "bằng 0" not in page


def test_an_agency_without_a_place_is_not_told_that_all_is_well(counted_days):
    paper = agency("Báo Mẫu", AgencyKind.PUBLIC_SERVICE, HERE)
    counted("agency", paper.pk, TODAY, agencies=1)
    editor = signed_in(officer_with("agency_head", Scope("agency", str(paper.pk))))
    page = text_of(editor, "/trien-khai").split('id="lags"')[1].split("</section>")[0]
    assert "Cơ quan chưa khai địa điểm nào" in page
    assert "im lặng." not in page


# --- figures that others counted --------------------------------------------------------------------------------------


def supplied(**change: str) -> dict[str, str]:
    commune = unit(HERE)
    told = {"unit": str(commune.pk), "unit_text": str(commune), "indicator": "population", "value": "21000"}
    return told | {"as_of_day": "2026-01-01", "source": "Niên giám thống kê 2025"} | change


def test_a_supplied_figure_is_entered_with_its_source_and_marked(manager):
    answer = manager.post("/trien-khai/so-lieu", supplied())
    assert answer.status_code == 302
    page = text_of(manager, answer.headers["location"])
    assert "Niên giám thống kê 2025" in page
    shown = text_of(manager, f"/trien-khai/dia-ban/{HERE}")
    assert "21.000" in shown
    assert "số nhập" in shown
    assert "Nguồn: Niên giám thống kê 2025, ngày 01/01/2026" in shown
    assert "mới có 1 trên 124 nơi trực thuộc" in text_of(manager, "/trien-khai/dia-ban/68")


@pytest.mark.parametrize("change", [{"value": "-1"}, {"source": ""}, {"as_of_day": "2027-01-01"}, {"app": "Bluezone"}])
def test_a_supplied_figure_that_cannot_be_is_told_on_its_field(manager, change):
    before = SuppliedFigure.objects.count()
    answer = manager.post("/trien-khai/so-lieu", supplied(**change))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert SuppliedFigure.objects.count() == before


def test_nobody_enters_figures_of_a_unit_that_is_not_theirs(of_elsewhere):
    before = SuppliedFigure.objects.count()
    assert of_elsewhere.post("/trien-khai/so-lieu", supplied(value="7")).status_code in (400, 403)
    assert of_elsewhere.get(f"/trien-khai/so-lieu?unit={unit(HERE).pk}").status_code == 404
    assert SuppliedFigure.objects.count() == before


def test_a_file_of_figures_is_tried_first_and_told_line_by_line(manager):
    content = (
        "Đơn vị (mã hoặc tên),Chỉ tiêu,Giá trị,Ngày số liệu,Nguồn\n24617,Dân số,15000,01/01/2026,NGTK\n1,Dân số,x,?,\n"
    )

    def send(**more: str) -> str:
        file = BytesIO(content.encode())
        file.name = "so-lieu.csv"
        answer = manager.post("/trien-khai/so-lieu/tep", {"file": file, **more})
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    before = SuppliedFigure.objects.count()
    assert "Xem thử 2 dòng: 1 dòng nhận được, 1 dòng có lỗi. Chưa ghi gì." in send(dry_run="on")
    assert SuppliedFigure.objects.count() == before
    assert "Trong 2 dòng đã ghi 1 dòng, 1 dòng có lỗi." in send()
    assert SuppliedFigure.objects.count() == before + 1


def test_the_file_to_fill_in_names_what_can_be_entered(manager):
    rows = sheet(manager, "/trien-khai/so-lieu/mau?x=1")
    assert {"Dân số", "Số người làm việc"} <= {row[2] for row in rows}


def test_every_indicator_is_explained(manager):
    page = text_of(manager, "/trien-khai/chi-so")
    assert page.count("<tr id=") > 35
    assert "Do nhóm phát triển tự chọn" in page
