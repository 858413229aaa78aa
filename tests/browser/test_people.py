"""The people pages in a real browser: a commune's officer at the desk and on a phone, in both languages."""

from pathlib import Path

import pytest
from support.officers import officer_with

from dauchan.kernel import clock
from dauchan.people import actions, queries
from dauchan.people.rules import Document, Identity
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-23T08:00+07:00"
PHONE, DESK = 360, 1280
CARD, PERSON, STANDING = "/nguoi-dan/{}/ma", "/nguoi-dan/{}", "/nguoi-dan/{}/trang-thai"


@pytest.fixture(scope="module")
def officer(database):
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def handle(officer) -> str:
    unit = unit_by_code("24611", clock.local_day(clock.now()))
    assert unit is not None
    told = Identity(
        name="Trần Thị Mẫu",
        phone="0912345345",
        documents=(Document("cccd", "067156000001"), Document("bhyt", "6700000001")),
        birth_year=1956,
        sex="female",
    )
    person = actions.register_person(told, unit.pk, by=officer, now=clock.now())
    actions.issue_pass(person, by=officer, now=clock.now())
    actions.set_standing(
        person, "manual", colour="orange", action_vi="Mời sang bàn y tế", reason="Ho", by=officer, now=clock.now()
    )
    return queries.handle_of(person.pk)


def is_within_its_width(page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
def test_every_people_page_fits_phone_and_desk(look, officer, handle, width, language, tmp_path: Path) -> None:
    page = look(width, language=language, officer=officer)
    for path in ("/nguoi-dan/tim", "/nguoi-dan/dang-ky", PERSON, CARD, STANDING):
        page.goto(path.format(handle))
        assert page.locator("h1").inner_text() != ""
        assert is_within_its_width(page), path
        page.screenshot(path=tmp_path / f"{path.rpartition('/')[2].format('person')}.png", full_page=True)


def test_an_officer_finds_somebody_by_phone_and_shows_the_code(look, officer, handle, tmp_path: Path) -> None:
    page = look(PHONE, officer=officer)
    page.goto("/nguoi-dan/tim")
    page.select_option("[name=kind]", "phone")
    page.fill("[name=value]", "0912 345 345")
    page.click("main button.btn-primary")
    assert "0912" not in page.url
    assert is_within_its_width(page)
    page.screenshot(path=tmp_path / "found.png", full_page=True)
    page.click("main table a >> text=Mã cá nhân")
    page.screenshot(path=tmp_path / "card.png", full_page=True)
    code = page.locator("main img")
    assert code.evaluate("image => image.naturalWidth") > 0


def test_a_standing_is_set_only_after_the_question_is_answered(look, officer, handle) -> None:
    page = look(DESK, officer=officer)
    page.goto(STANDING.format(handle))
    page.select_option("[name=colour]", "red")
    page.fill("[name=reason]", "Kết quả test nhanh")
    page.click("main button.btn-primary")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_url("**" + PERSON.format(handle))
    assert "Đỏ" in page.locator("main dl").inner_text()
