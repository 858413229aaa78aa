"""Changing when a case was ill: a period set by hand stays until an officer takes it back, and who changes is shown."""

import re

import pytest
from support.officers import signed_in
from support.outbreak import Outbreak, build
from support.runs import work_off_runs

from dauchan.cases.models import Case
from dauchan.tracing import revising
from dauchan.tracing.queries import period_by_hand

CLOCK = "2021-08-17T08:00+07:00"
BY_HAND = {"period_start": "2021-08-14T06:00", "period_end": "2021-08-18T00:00", "reason": "Ca bệnh kể ở nhà trước đó"}
DATES = {"onset_on": "2021-08-16", "confirmed_on": "2021-08-17"}


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi", "Dũng", "Em")
    return town


@pytest.fixture
def page(outbreak):
    return signed_in(outbreak.tracer)


def change(page, case: Case, given: dict[str, str]) -> str:
    """What the preview says; then the change is applied."""
    preview = page.post(f"/ca-benh/{case.code}/sua", given).content.decode()
    seen = re.findall(r'name="seen" value="(\w+)"', preview)
    assert seen, preview
    page.post(f"/ca-benh/{case.code}/sua", given | {"apply": "1", "seen": seen[0]})
    work_off_runs()
    case.refresh_from_db()
    return preview


def filled_in(page, case: Case) -> dict[str, str]:
    """The fields as the page gives them, sent back unchanged."""
    shown = page.get(f"/ca-benh/{case.code}/sua").content.decode()
    names = ("onset_on", "sampled_on", "confirmed_on", "isolated_at", "period_start", "period_end", "reason")
    inputs = {name: re.search(rf'<input[^>]*name="{name}"[^>]*>', shown) for name in names}
    values = {name: re.search(r'value="([^"]*)"', found[0]) for name, found in inputs.items() if found}
    chosen = re.search(r'<select name="ruleset".*?</select>', shown, re.DOTALL)
    assert chosen
    ruleset = re.search(r'<option value="([^"]*)" selected', chosen[0])
    return {name: found[1] for name, found in values.items() if found} | {"ruleset": ruleset[1] if ruleset else ""}


def test_a_period_set_by_hand_survives_a_later_day_of_isolation(outbreak, page):
    case = outbreak.case("An")
    change(page, case, DATES | BY_HAND)
    by_hand = (outbreak.at("06:00", "2021-08-14"), outbreak.at("00:00", "2021-08-18"))
    assert (case.period_start, case.period_end) == by_hand
    change(page, case, filled_in(page, case) | {"isolated_at": "2021-08-16T20:00"})
    assert case.isolated_at == outbreak.at("20:00", "2021-08-16")
    assert (case.period_start, case.period_end) == by_hand
    assert case.override_reason == BY_HAND["reason"]


def test_a_period_taken_back_is_announced_and_its_reason_goes_with_it(outbreak, page):
    case = outbreak.case("Bình")
    change(page, case, DATES | BY_HAND)
    assert period_by_hand(case) == case.period
    said = change(page, case, filled_in(page, case) | {"period_start": "", "period_end": ""})
    assert "Thời kỳ lây do cán bộ đặt (06:00 14/08/2021 – 00:00 18/08/2021) sẽ bị bỏ" in said
    assert "không giữ lý do “Ca bệnh kể ở nhà trước đó”" in said
    assert case.period_start == outbreak.at("00:00", "2021-08-13")
    assert (case.override_reason, period_by_hand(case)) == ("", None)


def test_dates_that_the_rules_made_a_period_of_are_not_taken_for_a_change_by_hand(outbreak, page):
    case = outbreak.case("Chi")
    given = filled_in(page, case)
    assert {name: given.get(name, "") for name in BY_HAND} == dict.fromkeys(BY_HAND, "")
    said = change(page, case, given | {"ruleset": "1909", "reason": "Theo chỉ đạo của CDC tỉnh"})
    assert "sẽ bị bỏ" not in said
    again = filled_in(page, case)
    assert (again["ruleset"], again["reason"], again.get("period_start", "")) == (
        "1909",
        "Theo chỉ đạo của CDC tỉnh",
        "",
    )


def test_a_ruleset_without_incubation_says_why_it_finds_no_source(outbreak, page):
    case = outbreak.case("Dũng")
    change(page, case, DATES | BY_HAND | {"ruleset": "any-overlap"})
    assert period_by_hand(case) == case.period
    answer = page.get(f"/ca-benh/{case.code}/nguon-lay")
    assert answer.status_code == 200
    assert "không có thời gian ủ bệnh" in answer.content.decode()
    assert f'href="/ca-benh/{case.code}/sua"' in answer.content.decode()


def folded(preview: str, words: str) -> list[str]:
    """The lines of one list of a preview, without tags."""
    found = re.search(rf"<details[^>]*><summary>\d+ {words}.*?</details>", preview, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def test_a_preview_names_under_masks_whom_it_adds_changes_drops_and_keeps(outbreak, page):
    outbreak.add_people("Gấm", "Hoa", "Khôi", "Lan", "Mai")
    outbreak.stay("Gấm", "chợ", "08:00-09:00", "2021-08-13")
    outbreak.stay("Gấm", "chợ", "08:00-09:00", "2021-08-15")
    outbreak.stay("Hoa", "chợ", "08:00-08:30", "2021-08-15")
    outbreak.stay("Khôi", "chợ", "08:35-09:00", "2021-08-15")
    outbreak.stay("Lan", "chợ", "08:00-08:05", "2021-08-15")
    outbreak.stay("Lan", "chợ", "08:00-08:40", "2021-08-13")
    outbreak.stay("Mai", "chợ", "08:30-09:00", "2021-08-13")
    case = outbreak.case("Gấm", onset="2021-08-17")
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    hoa = case.proposals.get(person_id=outbreak.people["Hoa"])
    page.post(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": [hoa.pk], "grade": "close"})
    earlier = DATES | {"onset_on": "2021-08-16"}
    preview = page.post(f"/ca-benh/{case.code}/sua", earlier).content.decode()
    assert folded(preview, "đề xuất được thêm") == ["Nguyễn Văn *** · 0912 *** 009 · F1, Gần"]
    assert folded(preview, "đề xuất thay đổi") == ["Nguyễn Văn *** · 0912 *** 008 · F1, Ngắn → F1, Gần"]
    only_before = earlier | {"period_start": "2021-08-13T00:00", "period_end": "2021-08-14T00:00", "reason": "x"}
    preview = page.post(f"/ca-benh/{case.code}/sua", only_before).content.decode()
    assert folded(preview, "đề xuất chưa quyết định bị bỏ") == ["Nguyễn Văn *** · 0912 *** 007 · F1, Gần"]
    kept = folded(preview, "người đã quyết định không còn")
    assert kept == ["Nguyễn Văn *** · 0912 *** 006 · F1, Gần đã quyết định"]
    for name in ("Hoa", "Khôi", "Lan", "Mai"):
        assert f"Nguyễn Văn {name}" not in preview


def test_a_long_preview_shows_the_first_and_says_how_many_more(outbreak, page, monkeypatch):
    monkeypatch.setattr(revising, "SHOWN", 2)
    names = [f"Khách {number}" for number in range(5)]
    outbreak.add_people("Nga", *names)
    outbreak.stay("Nga", "quán", "08:00-09:00", "2021-08-13")
    for name in names:
        outbreak.stay(name, "quán", "08:00-08:30", "2021-08-13")
    case = outbreak.case("Nga", onset="2021-08-17")
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    preview = page.post(f"/ca-benh/{case.code}/sua", DATES).content.decode()
    assert "5 đề xuất được thêm" in preview
    assert len(folded(preview, "đề xuất được thêm")) == 3
    assert folded(preview, "đề xuất được thêm")[-1] == "và 3 người nữa"
