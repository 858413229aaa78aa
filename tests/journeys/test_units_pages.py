"""Anyone looks at units in a browser or by program; an officer picks one in a form."""

from collections.abc import Iterator
from datetime import date

import pytest
from django import forms
from django.test import Client, override_settings

from dauchan.units import queries
from dauchan.units.forms import UnitField

pytestmark = pytest.mark.usefixtures("database")

CLOCK = "2026-11-23T08:00+07:00"


@pytest.fixture(scope="module", autouse=True)
def _static_files_as_they_lie() -> Iterator[None]:
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=plain):
        yield


def browser(**headers: str) -> Client:
    return Client(SERVER_NAME="localhost", headers=headers)


@pytest.fixture
def visitor() -> Client:
    return browser()


def page(visitor: Client, address: str, status: int = 200) -> str:
    answer = visitor.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_first_page_lists_the_34_provinces_of_today(visitor: Client) -> None:
    shown = page(visitor, "/don-vi")
    assert shown.count('class="list-group-item"') == 34
    assert "Thành phố Đồng Nai" in shown


def test_the_date_switch_shows_the_63_provinces_of_2021_and_says_when_the_list_is_not_exact(visitor: Client) -> None:
    shown = page(visitor, "/don-vi?on=2021-07-15")
    assert shown.count('class="list-group-item"') == 63
    assert "Chưa có danh mục cũ hơn ngày 01/11/2021" in shown
    assert "Chưa có danh mục cũ hơn" not in page(visitor, "/don-vi?on=2021-11-01")


def test_a_search_by_an_old_name_shows_the_present_unit_and_the_name_that_matched(visitor: Client) -> None:
    shown = page(visitor, "/don-vi?q=nghia+duc+gia+nghia")
    assert "Phường Bắc Gia Nghĩa, Lâm Đồng" in shown
    assert "theo tên “Phường Nghĩa Đức, Thành phố Gia Nghĩa, Đắk Nông”" in shown


def test_a_search_without_result_says_what_to_try(visitor: Client) -> None:
    assert "Thử một phần tên" in page(visitor, "/don-vi?q=zzzz")


def test_a_unit_shows_its_population_what_it_was_and_what_became_of_it(visitor: Client) -> None:
    now = page(visitor, "/don-vi/24611")
    assert "Phường Quảng Thành, Thành phố Gia Nghĩa, Đắk Nông" in now
    assert "Dân số" in now
    old = page(visitor, "/don-vi/24611?on=2021-11-01")
    assert "Từ 01/07/2025 thuộc về" in old
    assert "Phường Bắc Gia Nghĩa, Lâm Đồng" in old


def test_a_province_shows_its_communes_a_hundred_a_page(visitor: Client) -> None:
    assert "Xem tiếp" in page(visitor, "/don-vi/68")


def test_a_unit_of_another_day_says_where_its_area_belongs(visitor: Client) -> None:
    shown = page(visitor, "/don-vi/67", status=404)
    assert "không có trong danh mục của ngày 23/11/2026" in shown
    assert "Tỉnh Lâm Đồng" in shown


def test_a_code_that_never_was_is_not_found(visitor: Client) -> None:
    assert "00000" in page(visitor, "/don-vi/00000", status=404)


def test_a_day_that_is_none_is_a_bad_request_with_a_sentence(visitor: Client) -> None:
    assert "không phải là một ngày" in page(visitor, "/don-vi?on=hom-qua", status=400)


def test_suggestions_are_options_with_ids_and_full_names(visitor: Client) -> None:
    shown = page(visitor, "/don-vi/goi-y?unit_text=bac+gia+nghia&on=2026-11-23&level=commune")
    unit = queries.unit_by_code("24611", date(2026, 11, 23))
    assert unit
    assert f'data-unit-id="{unit.id}" data-unit-name="Phường Bắc Gia Nghĩa, Lâm Đồng"' in shown


def test_the_pages_speak_english_when_asked() -> None:
    shown = page(browser(**{"accept-language": "en"}), "/don-vi?on=2021-07-15")
    assert "There is no list older than 01/11/2021" in shown


def test_a_program_finds_units_and_reads_one(visitor: Client) -> None:
    found = visitor.get("/api/v1/units?q=bac%20gia%20nghia").json()
    assert found[0]["code"] == "24611"
    unit = visitor.get("/api/v1/units/24611?on=2025-07-01").json()
    assert (unit["name"], unit["valid_to"]) == ("Phường Bắc Gia Nghĩa", None)
    assert {earlier["code"] for earlier in unit["earlier"]} == {"24611", "24612", "24619", "24622"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/units/99999", 404),
        ("/api/v1/units/24611?on=x", 422),
        ("/api/v1/units", 422),
        ("/api/v1/units?q=%00", 400),
    ],
)
def test_a_program_that_asks_wrongly_is_told_so(visitor: Client, address: str, status: int) -> None:
    assert visitor.get(address).status_code == status


class Residence(forms.Form):
    unit = UnitField(level="commune", on=lambda: date(2025, 7, 1))


@pytest.mark.parametrize("text", ["24611", "bac gia nghia", "Phường Bắc Gia Nghĩa, Lâm Đồng", "Bắc Gia Nghĩa"])
def test_without_script_a_unit_is_taken_by_code_or_name(text: str) -> None:
    form = Residence({"unit": "", "unit_text": text})
    assert form.is_valid(), form.errors
    assert str(form.cleaned_data["unit"]) == "Phường Bắc Gia Nghĩa, Lâm Đồng"


def test_a_suggestion_that_was_taken_is_sent_as_its_id() -> None:
    unit = queries.unit_by_code("24611", date(2025, 7, 1))
    assert unit
    form = Residence({"unit": str(unit.id), "unit_text": str(unit)})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["unit"] == unit


def test_a_text_changed_after_the_choice_wins_over_the_hidden_id() -> None:
    unit = queries.unit_by_code("24611", date(2025, 7, 1))
    assert unit
    form = Residence({"unit": str(unit.id), "unit_text": "Phường Nam Gia Nghĩa"})
    assert form.is_valid(), form.errors
    assert str(form.cleaned_data["unit"]) == "Phường Nam Gia Nghĩa, Lâm Đồng"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"unit": "", "unit_text": ""}, ""),
        ({"unit": "", "unit_text": "zzzz"}, "Không tìm thấy đơn vị “zzzz”"),
        ({"unit": "", "unit_text": "gia nghia"}, "Có nhiều đơn vị"),
        ({"unit": "", "unit_text": "Tỉnh Lâm Đồng"}, ""),
        ({"unit": "9" * 30, "unit_text": ""}, ""),
    ],
)
def test_what_is_no_single_commune_is_refused_with_a_way_out(sent: dict[str, str], says: str) -> None:
    form = Residence(sent)
    assert not form.is_valid()
    assert says in str(form.errors["unit"])


def test_the_picker_is_a_labelled_combobox_that_keeps_what_was_chosen() -> None:
    unit = queries.unit_by_code("24611", date(2025, 7, 1))
    shown = str(Residence(initial={"unit": unit})["unit"])
    assert 'role="combobox"' in shown
    assert 'value="Phường Bắc Gia Nghĩa, Lâm Đồng"' in shown
    assert "/don-vi/goi-y?on=2025-07-01&amp;level=commune" in shown


def test_a_map_is_told_a_communes_outline_and_its_neighbours_with_names_that_lie_near_the_border(
    visitor: Client,
) -> None:
    answer = visitor.get("/don-vi/24611/vien.json")
    assert answer["Cache-Control"] == "public, max-age=86400"
    told = answer.json()
    assert (told["name"], told["outline"]["type"]) == ("Phường Bắc Gia Nghĩa", "Polygon")
    assert [each["name"] for each in told["neighbours"]] == [
        "Phường Đông Gia Nghĩa",
        "Phường Nam Gia Nghĩa",
        "Xã Quảng Khê",
        "Xã Quảng Sơn",
        "Xã Tà Đùng",
        "Xã Trường Xuân",
    ]
    (ring, *_) = told["outline"]["coordinates"]
    west, east = min(x for x, _ in ring) - 0.05, max(x for x, _ in ring) + 0.05
    assert all(west < each["label"][0] < east for each in told["neighbours"])


@pytest.mark.parametrize(("code", "most_kb"), [("24611", 40), ("06652", 90), ("24597", 60)])
def test_outlines_stay_small_even_where_a_coast_has_a_thousand_islands(
    visitor: Client, code: str, most_kb: int
) -> None:
    assert 0 < len(visitor.get(f"/don-vi/{code}/vien.json").content) < most_kb * 1000


def test_a_unit_without_an_outline_is_told_with_none(visitor: Client) -> None:
    assert visitor.get("/don-vi/24611/vien.json?on=2021-11-01").json() == {
        "name": "Phường Nghĩa Đức",
        "outline": None,
        "neighbours": [],
    }
    assert visitor.get("/don-vi/00000/vien.json").status_code == 404
    assert visitor.get("/don-vi/68/vien.json").status_code == 404


def test_the_pickers_field_names_the_code_of_a_unit_of_today_alone() -> None:
    today, before = queries.unit_by_code("24611", date(2026, 11, 23)), queries.unit_by_code("24611", date(2021, 11, 1))
    assert today
    assert before
    shown = [str(UnitField(level="commune").widget.render("unit", unit)) for unit in (today, before)]
    assert ['data-unit-code="24611"' in each for each in shown] == [True, False]
