"""A filter that means nothing is named as the page names it, with what was typed and a way back to the whole list."""

from html import unescape

import pytest
from django.test import Client
from support.officers import officer_with, signed_in

CLOCK = "2026-03-02T16:40+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def manager(database) -> Client:
    return signed_in(officer_with("rollout_manager"))


def refused(client: Client, address: str, language: str = "vi") -> str:
    client.cookies["django_language"] = language
    answer = client.get(address)
    assert answer.status_code == 400, address
    return unescape(answer.content.decode())


@pytest.mark.parametrize("path", ["/trien-khai/im-lang", "/trien-khai/co-quan"])
def test_a_mistyped_unit_is_told_by_its_label_with_a_way_back_to_the_whole_list(manager, path):
    page = refused(manager, f"{path}?unit_text=zzz")
    assert "Bộ lọc “Đơn vị” không nhận “zzz”. Không tìm thấy đơn vị “zzz”." in page
    assert f'href="{path}">Bỏ bộ lọc</a>' in page
    english = refused(manager, f"{path}?unit_text=zzz", "en")
    assert "The filter “Unit” does not take “zzz”." in english
    assert f'href="{path}">Clear filters</a>' in english
    assert "không nhận “zzz”" in refused(manager, f"{path}?unit=zzz")


@pytest.mark.parametrize(
    ("address", "label", "english"),
    [
        ("/trien-khai/im-lang?sector=zzz", "Lĩnh vực", "Sector"),
        ("/trien-khai/co-quan?kind=zzz", "Loại", "Kind"),
        ("/trien-khai/dia-ban/68?level=zzz", "So sánh theo", "Compare"),
        ("/trien-khai/dia-ban/68?sector=zzz", "Lĩnh vực", "Sector"),
        ("/trien-khai/im-lang?agency=zzz", "Cơ quan quản lý", "Agency in charge"),
    ],
)
def test_a_value_outside_the_list_is_told_by_the_filters_label(manager, address, label, english):
    assert f"Bộ lọc “{label}” không nhận “zzz”." in refused(manager, address)
    assert f"The filter “{english}” does not take “zzz”." in refused(manager, address, "en")
