"""Guides from the public's side: found, read in a language, printed, counted without anybody being known."""

import io
import re

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from support.officers import browser

from dauchan.guides import papers, queries, reach, shipping
from dauchan.guides.languages import languages
from dauchan.guides.models import Guide, Version
from dauchan.kernel import clock

pytestmark = pytest.mark.usefixtures("database")

CLOCK = "2026-11-25T08:00+07:00"
TEN_OR_MORE = 10


@pytest.fixture
def visitor() -> Client:
    return browser()


def page(client: Client, path: str, status: int = 200, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    return " ".join(" ".join(document[at].get_textpage().get_text_range() for at in range(len(document))).split())


def published() -> list[Version]:
    return list(Version.objects.filter(state="published").select_related("guide"))


def test_more_than_ten_guides_are_there_after_migrating_in_vietnamese_and_english():
    found = published()
    assert len(found) > TEN_OR_MORE
    assert all(queries.content_of(one).has(language) for one in found for language in ("vi", "en"))


def test_migrating_again_brings_no_second_version():
    before = Version.objects.count()
    assert shipping.take_shipped() == 0
    assert Version.objects.count() == before


def test_the_library_groups_guides_by_audience_and_narrows_them_by_setting(visitor):
    shown = page(visitor, "/huong-dan")
    assert shown.index("Người dân") < shown.index("Vào và ra bằng mã dán ở cửa")
    at_school = page(visitor, "/huong-dan?setting=school")
    assert "Trường học, nhà trẻ" in at_school
    assert "Khách sạn, nhà nghỉ</strong>" not in at_school
    keepers = page(visitor, "/huong-dan?audience=gate_keeper")
    assert keepers.count('class="list-group-item"') == 1


@pytest.mark.parametrize(
    "words", ["khong co dien thoai", "KHÔNG CÓ ĐIỆN THOẠI", "paper form id card", "thẻ giấy căn cước"]
)
def test_search_forgives_accents_case_and_language(visitor, words):
    assert "Không có điện thoại thông minh" in page(visitor, f"/huong-dan?q={words.replace(' ', '+')}")


@pytest.mark.parametrize("words", ["cho", "chợ", "CHO"])
def test_the_guide_that_a_search_names_comes_first(visitor, words):
    assert re.findall(r'href="/huong-dan/([a-z-]+)"><strong>', page(visitor, f"/huong-dan?q={words}"))[0] == "cho"


def test_a_search_without_result_says_what_to_try(visitor):
    assert "không cần dấu" in page(visitor, "/huong-dan?q=zzzz")


def test_a_guide_is_short_steps_with_pictures_and_speaks_the_readers_language(visitor):
    shown = page(visitor, "/huong-dan/vao-ra-bang-ap-phich")
    assert shown.count('<li><svg class="icon"') >= 6
    assert "<strong>Vào</strong>" in shown
    english = page(visitor, "/huong-dan/vao-ra-bang-ap-phich", **{"accept-language": "en"})
    assert "<strong>Check in</strong>" in english
    assert "<strong>Check in</strong>" in page(visitor, "/huong-dan/vao-ra-bang-ap-phich?lang=en")


def test_languages_that_wait_for_a_translator_say_so_and_show_the_vietnamese(visitor):
    assert [code for code, one in languages().items() if not one.ready] == ["cmo", "rad", "hmn"]
    shown = page(visitor, "/huong-dan/cho?lang=rad")
    assert "Klei Êđê" in shown
    assert shown.count(">chưa dịch<") == 3
    assert "chưa dịch: Klei Êđê" in shown
    assert "Tiểu thương quét mỗi sáng" in shown


def test_the_first_guide_names_the_older_apps_and_the_letters_attachment_that_is_not_shipped(visitor):
    for slug in ("bo-giai-phap", "bo-giai-phap-can-bo"):
        shown = page(visitor, f"/huong-dan/{slug}")
        assert all(app in shown for app in ("Bluezone", "NCOVI", "VHD", "An toàn", "tokhaiyte.vn"))
        assert "1324/BTTTT-THH" in shown
        assert "phần mềm không mang theo nó" in shown


def test_unknown_guides_versions_papers_and_languages_are_not_found(visitor):
    number = published()[0].number
    for path in (
        "khong-co",
        "cho/ban/99",
        f"cho/ban/{number}/ban-in-xx.pdf",
        f"cho/ban/{number}/bay-vi.pdf",
        f"cho/ban/{number}/ban-in-rad.pdf",
        "cho/van-ban/1.pdf",
    ):
        page(visitor, f"/huong-dan/{path}", 404)


# --- on paper ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_guide_prints_as_steps_and_as_a_poster_of_one_page(language):
    for version in published():
        content = queries.content_of(version)
        steps = pdf_text(papers.paper_pdf(version, language))
        assert content.texts[language].title in steps
        assert all(str(number) in steps for number in range(1, len(content.steps) + 1))
        assert "**" not in steps
        poster = papers.poster_pdf(version, language)
        assert len(pypdfium2.PdfDocument(io.BytesIO(poster))) == 1
        assert all(step.few[language] in pdf_text(poster) for step in content.steps), version.guide.slug


def test_a_script_says_how_long_it_takes_and_comes_as_pdf_and_as_text(visitor):
    number = queries.in_use(queries.guide_named("cho")).number
    text = page(visitor, f"/huong-dan/cho/ban/{number}/loa-vi.txt")
    seconds = int(re.search(r"khoảng (\d+) giây", text)[1])
    assert 20 <= seconds <= 60
    answer = visitor.get(f"/huong-dan/cho/ban/{number}/loa-vi.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert f"khoảng {seconds} giây" in pdf_text(answer.content)


def test_a_guide_without_script_has_no_script_to_fetch(visitor):
    number = queries.in_use(queries.guide_named("truc-cong")).number
    assert "Lời đọc loa" not in page(visitor, "/huong-dan/truc-cong")
    page(visitor, f"/huong-dan/truc-cong/ban/{number}/loa-vi.pdf", 404)
    page(visitor, f"/huong-dan/truc-cong/ban/{number}/loa-vi.txt", 404)


def test_papers_lead_to_the_newest_version():
    version = published()[0]
    assert f"dauchan.test/huong-dan/{version.guide.slug}" in pdf_text(papers.paper_pdf(version, "vi"))


# --- reach ------------------------------------------------------------------------------------------------------------


def times(slug: str) -> dict[str, int]:
    today = clock.local_day(clock.now())
    guide = Guide.objects.get(slug=slug)
    return reach.reached([guide], today, today).get(guide.pk, {})


def test_openings_and_downloads_are_counted_by_channel(visitor):
    before, number = times("khach-san"), queries.in_use(queries.guide_named("khach-san")).number
    for path in (
        "",
        "",
        "?lang=en",
        f"/ban/{number}/ban-in-vi.pdf",
        f"/ban/{number}/ap-phich-en.pdf",
        f"/ban/{number}/loa-vi.txt",
    ):
        assert visitor.get(f"/huong-dan/khach-san{path}").status_code == 200
    assert before == {}
    assert times("khach-san") == {"view": 3, "paper": 1, "poster": 1, "script": 1}


def test_what_a_browser_fetches_ahead_or_asks_the_head_of_is_no_opening(visitor):
    before = times("cuoc-hop")
    visitor.head("/huong-dan/cuoc-hop")
    page(visitor, "/huong-dan/cuoc-hop", **{"sec-purpose": "prefetch"})
    assert times("cuoc-hop") == before


def test_nothing_of_the_reader_is_kept(visitor):
    """A row of a count has a version, a day, a channel, a language and a number, and the reader gets no cookie."""
    answer = visitor.get("/huong-dan/cho", headers={"user-agent": "Máy của An", "x-forwarded-for": "203.0.113.9"})
    assert set(answer.cookies) <= {"csrftoken"}  # of the language's switch, on every public page
    with connection.cursor() as cursor:
        cursor.execute("select column_name from information_schema.columns where table_name = 'guides_reach'")
        columns = {row[0] for row in cursor.fetchall()}
    assert columns == {"id", "version_id", "day", "channel", "language", "times"}


# --- help one click away ----------------------------------------------------------------------------------------------


def test_pages_lead_to_the_guide_for_what_is_done_there(visitor):
    assert "/huong-dan" in page(visitor, "/")
