"""Every page of the desk, at a phone's and a desk's width, in both languages: nothing too wide, pale, small or unnamed.

A page that writes an error or a warning to the console fails too; see `conftest.look`.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from support.bulletin import counted
from support.directing import sent_of_here
from support.officers import officer_with
from support.outbreak import build
from support.runs import make_list
from support.scene import agency_of_here, inspection_of_here, register_of_here, report_of_here, two_communes

from dauchan.accounts.actions import Scope, grant_role
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.people.queries import handle_of
from dauchan.tracing.decisions import decide
from dauchan.tracing.holding import order_hold
from dauchan.tracing.models import Grade

CLOCK = "2021-08-17T08:00+07:00"
PHONE, DESK = 360, 1280
FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
PAGES = (
    "/ban-lam-viec",
    "/dia-diem",
    "/dia-diem?state=pending",
    "/dia-diem?q=khong+co",
    "/dia-diem/{place}",
    "/dia-diem/{place}/sua",
    "/dia-diem/{place}/phieu",
    "/dia-diem/them",
    "/dia-diem/nhap",
    "/nguoi-dan/tim",
    "/nguoi-dan/dang-ky",
    "/nguoi-dan/{person}",
    "/nguoi-dan/{person}/ma",
    "/nguoi-dan/{person}/trang-thai",
    "/ca-benh",
    "/ca-benh?code=CB-1999-0001",
    "/ca-benh/moi",
    "/ca-benh/{case}",
    "/ca-benh/{case}?state=decided",
    "/ca-benh/{case}?day=2021-08-14",
    "/ca-benh/{case}/tiep-xuc",
    "/ca-benh/{case}/moc-dich-te",
    "/ca-benh/{case}/nguon-lay",
    "/ca-benh/{case}/nhat-ky",
    "/ca-benh/{case}/giu-lai",
    "/ca-benh/{case}/giu-lai/{hold}",
    "/tiep-xuc",
    "/tiep-xuc/{contact}",
    "/luot-quet",
    "/trien-khai/huong-dan",
    "/trien-khai/huong-dan/moi",
    "/trien-khai/huong-dan/pho-bien",
    "/trien-khai/huong-dan/xem/cho",
    "/trien-khai/huong-dan/xem/cho/ai-doc",
    "/trien-khai/huong-dan/xem/cho/pho-bien",
    "/trien-khai/huong-dan/xem/cho/soan/vi",
    "/trien-khai/huong-dan/xem/cho/soan/en",
    "/don-vi",
    "/don-vi?q=nghia",
    "/trien-khai",
    "/trien-khai/dia-ban",
    "/trien-khai/dia-ban/{unit}",
    "/trien-khai/dia-ban/{unit}/bang",
    "/trien-khai/im-lang",
    "/trien-khai/chi-so",
    "/trien-khai/so-lieu",
    "/trien-khai/so-lieu/tep",
    "/trien-khai/co-quan",
    "/trien-khai/co-quan/{agency}",
    "/trien-khai/co-quan/{agency}/do-phu",
    "/trien-khai/co-quan/hoi-dap",
    "/trien-khai/co-quan/loi-moi",
    "/dia-diem?agency={agency}",
    "/trien-khai/nguon",
    "/trien-khai/nguon/{register}",
    "/trien-khai/van-ban",
    "/trien-khai/van-ban/nhiem-vu",
    "/trien-khai/van-ban/don-doc",
    "/trien-khai/van-ban/{directive}",
    "/trien-khai/bao-cao",
    "/trien-khai/bao-cao/moi",
    "/trien-khai/bao-cao/lich",
    "/trien-khai/bao-cao/{report}",
    "/trien-khai/kiem-tra",
    "/trien-khai/kiem-tra?due=on",
    "/trien-khai/kiem-tra/ke-hoach",
    "/trien-khai/kiem-tra/ke-hoach/{plan}",
    "/trien-khai/kiem-tra/dia-diem/{inspected}",
    "/quan-tri",
    "/quan-tri/can-bo",
    "/quan-tri/can-bo/moi",
    "/quan-tri/can-bo/{officer}",
    "/quan-tri/ung-dung",
    "/quan-tri/nhat-ky",
    "/tai-khoan",
)


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    made = officer_with("province_health_officer")
    for role in ("administrator", "auditor", "rollout_manager", "focal_officer"):
        grant_role(made, role, Scope("all"), by=None, now=clock.now())
    return made


@pytest.fixture(scope="module")
def names(database, officer) -> dict[str, object]:
    """A case with one contact decided and others waiting, and what stands in its pages' addresses."""
    town = build(database)
    town.tracer.email = f"{'can.bo.truc.' * 5}phuong@dauchan.test"
    town.tracer.save()
    town.add_people("An", "Bình", "Chi", "Dũng")
    stays = {"An": "08:00-10:00", "Bình": "08:10-09:50", "Chi": "09:00-09:40", "Dũng": "09:50-09:55"}
    for name, times in stays.items():
        town.stay(name, "chợ", times)
    case = town.case("An")
    make_list(case, by=town.tracer)
    decide(case, case.proposals.filter(person_id=town.people["Bình"]), Grade.CLOSE, by=town.tracer, now=clock.now())
    held = order_hold(case, "Công văn 12/CV", clock.local_day(clock.now()), by=officer, now=clock.now())
    scene = two_communes()
    for back in range(8):
        day = clock.local_day(clock.now()) - timedelta(days=back)
        counted(scene.here, day, registered=750_120, approved=700_000, active_day=70_639, scans=150_000 - back)
    return {
        "case": case.code,
        "hold": held.pk,
        "contact": case.contacts.get().pk,
        "place": town.places["chợ"],
        "person": handle_of(town.people["Bình"]),
        "officer": town.tracer.pk,
        "plan": (inspected := inspection_of_here(scene))["plan_id"],
        "inspected": inspected["place_id"],
        "unit": scene.here.code,
        "agency": agency_of_here(scene)["agency_id"],
        "register": register_of_here(scene)["register_id"],
        "directive": sent_of_here(scene)["directive_id"],
        "report": report_of_here(scene)["report_id"],
    }


@pytest.mark.parametrize("language", ["vi-VN", "en-US"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_page_is_too_wide_too_pale_too_small_or_unnamed(look, officer, names, width, language) -> None:
    page = look(width, language=language, officer=officer)
    faults = {}
    for path in PAGES:
        answer = page.goto(path.format(**names))
        assert answer.status == 200, path
        assert page.locator("h1").inner_text() != "", path
        faults[path] = page.evaluate(FAULTS)
    assert {path: found for path, found in faults.items() if found} == {}


def test_a_form_sent_empty_says_at_the_field_what_is_missing(look, officer, names) -> None:
    page = look(PHONE, officer=officer)
    for path in ("/dia-diem/them", "/ca-benh/moi", "/quan-tri/can-bo/moi"):
        page.goto(path.format(**names))
        page.evaluate("document.querySelector('main form').noValidate = true")
        page.evaluate("document.querySelector('main form').submit()")
        page.wait_for_selector("main [role=alert]")
        assert page.evaluate(FAULTS) == [], path


def test_the_list_of_proposals_begins_on_the_first_screen_of_a_desk(look, officer, names) -> None:
    page = look(DESK, officer=officer)
    page.goto("/ca-benh/{case}".format(**names))
    assert page.locator("tbody tr").first.bounding_box()["y"] < 760
    page.set_viewport_size({"width": PHONE, "height": 740})
    page.reload()
    assert page.locator("[data-rows] tbody tr").first.bounding_box()["y"] < 740 * 1.2


def test_the_tab_that_is_open_is_in_sight_on_a_phone(look, officer, names) -> None:
    page = look(PHONE, officer=officer)
    page.goto("/ca-benh/{case}/nhat-ky".format(**names))
    box = page.locator(".nav-tabs .active").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE
    assert page.evaluate("window.scrollY") == 0
