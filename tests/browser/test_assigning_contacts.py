"""Contacts handed to another commune from the case's list, at a phone's width: by touch, with the unit search."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.tracing import decisions

CLOCK = "2021-08-17T08:00+07:00"
PHONE = 360
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")


@pytest.fixture(scope="module")
def town(database) -> Outbreak:
    made = build(database)
    made.add_people("An", "Bình", "Chi")
    for name in ("An", "Bình", "Chi"):
        made.stay(name, "chợ", "08:00-10:00")
    return made


@pytest.fixture(scope="module")
def case(town: Outbreak) -> Case:
    made, now = town.case("An"), clock.now()
    make_list(made, by=town.tracer)
    decisions.decide(made, made.proposals.all(), "close", by=town.tracer, now=now)
    return made


def test_a_chosen_contact_is_assigned_on_a_phone_and_enter_regrades_nobody(look, town, case) -> None:
    page = look(PHONE, officer=town.tracer)
    page.goto(f"/ca-benh/{case.code}/tiep-xuc")
    page.locator("[data-bulk-item]").first.check()
    page.click(".assign summary")
    field = page.locator(".assign [role=combobox]")
    field.press_sequentially("quang thanh, gia nghia")
    option = page.locator(".assign [data-unit-id]").first
    expect(option).to_be_visible()
    box = option.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 740
    option.click()
    assert page.evaluate(FAULTS) == []
    field.press("Enter")
    expect(page.locator("#confirm[open]")).to_have_count(0)
    page.click("button[name=assign]")
    expect(page.locator("#confirm-question")).to_contain_text("Giao 1 người")
    page.click("#confirm [data-yes]")
    expect(page.locator("main")).to_contain_text("Đã giao 1 người cho")
    assert [each.assigned_unit for each in case.contacts.filter(assigned_unit__isnull=False)] == [town.elsewhere]
    assert set(case.contacts.values_list("grade", flat=True)) == {"close"}
