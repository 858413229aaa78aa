"""The first contact list of somebody new: from the link of a try-out to an exported list, most of it by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.outbreak import Outbreak, build
from support.runs import make_list, work_off_runs

from dauchan.accounts.try_out import try_out_link
from dauchan.cases.models import Case
from dauchan.kernel import clock

CLOCK = "2021-08-17T08:00+07:00"
PHONE = 360
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")


@pytest.fixture(scope="module")
def town(database) -> Outbreak:
    made = build(database)
    made.add_people("An", "Bình", "Chi")
    for name, times in {"An": "08:00-10:00", "Bình": "08:10-09:50", "Chi": "09:00-09:40"}.items():
        made.stay(name, "chợ", times)
    return made


@pytest.fixture(scope="module")
def case(town: Outbreak) -> Case:
    made = town.case("An")
    make_list(made, by=town.tracer)
    return made


def test_a_newcomer_reaches_the_proposals_confirms_one_takes_it_back_and_exports(look, town, case, tmp_path) -> None:
    page = look()
    page.goto(f"/vao-thu/{try_out_link(town.tracer, now=clock.now())}")
    page.click("main button.btn-primary")
    page.click(f"main a[href='/ca-benh/{case.code}']")
    rows = page.locator("table[data-rows] tbody tr")
    expect(rows).to_have_count(2)

    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(rows.first.locator("td >> text=08:10")).to_have_count(1)
    for key in ("x", "d", "Enter"):
        page.keyboard.press(key)
    expect(rows).to_have_count(1)
    page.wait_for_load_state()
    assert [contact.label for contact in case.contacts.all()] == ["F1"]

    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    assert not case.contacts.exists()

    with page.expect_download() as download:
        page.click("main a[href*='csv']")
    download.value.save_as(tmp_path / "proposals.csv")
    lines = (tmp_path / "proposals.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) >= 3
    assert "Nguyễn Văn Bình" not in "".join(lines)


def test_the_slash_key_searches_the_list_of_cases_and_enter_opens_the_first(look, town, case) -> None:
    page = look(officer=town.tracer)
    page.goto("/ca-benh")
    page.keyboard.press("/")
    page.keyboard.type(case.code)
    page.keyboard.press("Enter")
    page.wait_for_url("**code=**")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ca-benh/{case.code}")


def test_a_list_is_asked_for_on_a_phone_and_comes_by_itself_when_it_is_made(look, town) -> None:
    page, made = look(PHONE, officer=town.tracer), town.case("Bình", confirmed="2021-08-16")
    page.goto(f"/ca-benh/{made.code}")
    page.click("button:has-text('Lập danh sách tiếp xúc')")
    waiting = page.get_by_role("status").filter(has_text="Đang lập danh sách")
    expect(waiting).to_be_visible()
    expect(page.locator("button:has-text('Lập danh sách tiếp xúc')")).to_have_count(0)
    assert page.evaluate(FAULTS) == []
    work_off_runs()
    expect(page.locator("main")).to_contain_text("Đã lập danh sách: thêm 2")
    expect(waiting).to_have_count(0)
