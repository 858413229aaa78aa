"""What happens to a place after somebody looked again: a second registration, a rejection, another name."""

import time
from datetime import timedelta

import httpx
import pypdfium2
import pytest
from support.citizens import Phone, derive
from support.officers import officer_with, signed_in
from support.owners import particulars, registers, signed, text

from dauchan.accounts.actions import Scope, create_credential
from dauchan.kernel import clock, ids
from dauchan.places import actions, own, posters
from dauchan.places.models import Category, Place, Point
from dauchan.places.queries import officer_approved
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code
from dauchan.visits.queries import kept_waiting

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
AGAIN = "đã có nơi giống vậy"


@pytest.fixture(scope="module")
def here(database) -> Unit:
    return unit_named("24611")


def unit_named(code: str) -> Unit:
    found = unit_by_code(code, clock.local_day(clock.now()))
    assert found
    return found


@pytest.fixture(scope="module")
def clerk(here):
    return signed_in(officer_with("commune_health_officer", Scope("unit", str(here.pk))))


@pytest.fixture(scope="module")
def chief(database):
    return signed_in(officer_with("province_health_officer"))


def point_of(place: Place) -> Point:
    return Point.objects.select_related("place").get(place=place)


# --- registered twice -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "is_asked"),
    [
        ({"name": "tap hoa BA"}, True),
        ({"address": "12 hung vuong"}, True),
        ({}, False),
        ({"name": "Tạp hóa Ba Mươi"}, False),
        ({"name": "Tạp hóa Ba", "unit": "24617"}, False),
    ],
    ids=["the same name", "the same address", "neither", "a longer name", "another commune"],
)
def test_a_second_owner_is_asked_when_name_or_address_are_known_in_the_commune(here, told, is_asked):
    if not Place.objects.filter(name="Tạp hóa Ba").exists():
        said = particulars(here, name="Tạp hóa Ba", address="12 Hùng Vương")
        assert signed("0912600001").post("/cua-toi/dia-diem/them", said).status_code == 302
    other, before = signed("0912600002"), Place.objects.count()
    said = particulars(here, **({"name": "Tên Riêng", "address": "nơi riêng"} | told))
    if "unit" in told:
        elsewhere = unit_named(told["unit"])
        said |= {"unit": str(elsewhere.pk), "unit_text": str(elsewhere)}
    answer = other.post("/cua-toi/dia-diem/them", said)
    assert (AGAIN in answer.content.decode(), Place.objects.count() - before) == (is_asked, int(not is_asked))
    Place.objects.exclude(name="Tạp hóa Ba").filter(address="nơi riêng").delete()


def test_the_same_phone_is_asked_before_a_second_place_of_the_same_setting(here):
    owner = signed("0912600003")
    registers(owner, here, "Sạp vải số 1")
    said = particulars(here, name="Gian hàng khác hẳn", address="đầu kia")
    assert AGAIN in owner.post("/cua-toi/dia-diem/them", said).content.decode()
    bus = said | {"category": str(Category.objects.exclude(code="market").first().pk)}
    assert owner.post("/cua-toi/dia-diem/them", bus).status_code == 302, "another setting is another place"
    assert owner.post("/cua-toi/dia-diem/them", said | {"another": "1"}).status_code == 302


def test_an_officer_is_asked_for_name_address_and_the_phone_in_charge(here, clerk):
    place = registers(signed("0912600004"), here, "Lò bánh Năm")
    officers = particulars(here, owner_name="", owner_phone="", agency="")
    for told in (
        {"name": "lo banh nam", "address": ""},
        {"name": "Khác", "address": "lò bánh năm 1"},
        {"name": "Khác hẳn", "address": "", "owner_name": "Năm", "owner_phone": "+84 912 600 004"},
    ):
        page = clerk.post("/dia-diem/them", officers | told).content.decode()
        assert AGAIN in page, told
        assert f'href="/dia-diem/{place.pk}"' in page
    assert not Place.objects.filter(name__startswith="Khác").exists()
    assert clerk.post("/dia-diem/them", officers | {"name": "Khác", "address": "x"}).status_code == 302


def test_a_rejected_place_stands_in_nobodys_way(here, chief):
    place = registers(signed("0912600005"), here, "Quán Gõ Nhầm")
    chief.post(f"/dia-diem/{place.pk}/buoc", {"step": "reject", "reason": "đăng ký nhầm"})
    said = particulars(here, name="Quán Gõ Nhầm", address="nơi khác")
    assert signed("0912600006").post("/cua-toi/dia-diem/them", said).status_code == 302


# --- rejected ---------------------------------------------------------------------------------------------------------


def test_scans_at_a_rejected_place_are_kept_and_its_code_answers_in_words(server, here, chief, clerk):
    owner = signed("0912600007")
    place = registers(owner, here, "Quán Không Thật")
    point = point_of(place)
    before = Phone("0912600008")
    before.checks("in", point)
    _, token = create_credential(
        kind="gate",
        name="Cổng",
        scopes=["scans:write"],
        expires_at=clock.now().replace(year=2027),
        place_id=place.pk,
        by=None,
        now=clock.now(),
    )
    chief.post(f"/dia-diem/{place.pk}/buoc", {"step": "reject", "reason": "không có nơi này"})
    assert Place.objects.get(pk=place.pk).state == "rejected"
    scan = kept_at_last(server, point, token)
    officer = officer_with("commune_health_officer", Scope("unit", str(here.pk)))
    assert scan in {str(line.id) for line in kept_waiting(officer, clock.local_day(clock.now())).lines}

    visitor = Phone("0912600010")
    page = visitor.opens(point)
    assert "Địa điểm này không được duyệt. Đừng dùng mã này." in page
    assert "This place was rejected" in visitor.opens(point, **{"accept-language": "en"})
    assert 'name="direction"' not in page
    assert "Đừng dùng mã này" in visitor.sends(point, {"phone": "0912600010", "direction": "in", "nonce": "0" * 16})

    derive()
    own = text(owner, f"/cua-toi/dia-diem/{place.pk}")
    assert "lượt quét được giữ chờ xem xét" in own
    assert "không có nơi này" in own, "the owner reads why"
    assert owner.get(f"/cua-toi/dia-diem/{place.pk}/ma/a4").status_code == 409
    assert "<strong>1</strong>" in own, "who came before stays recorded"


def kept_at_last(server: str, point: Point, token: str) -> str:
    """The id of a scan that the gateway kept, once it has heard of the place's state."""
    for _ in range(50):
        scan = {
            "id": str(ids.random_uuid7(clock.now())),
            "subject": {"kind": "phone", "number": "0912600009"},
            "point": point.pk,
            "direction": "in",
        }
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"{server}/api/v1/scans", json={"scans": [scan]}, headers=headers, timeout=30)
        if answer.status_code == 200 and answer.json()["results"][0]["status"] == "kept":
            return str(scan["id"])
        time.sleep(0.2)
    raise AssertionError(answer.text)


# --- renamed ----------------------------------------------------------------------------------------------------------


def test_a_changed_name_asks_for_new_sheets_while_the_old_code_goes_on(here):
    owner = signed("0912600011")
    place = registers(owner, here, "Quán Tên Cũ")
    old = posters.code_text(point_of(place))
    owner.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Quán Tên Cũ", address="số nhà mới"))
    assert "in và dán lại" not in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    owner.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Quán Tên Mới"))
    assert "in và dán lại" in text(owner, f"/cua-toi/dia-diem/{place.pk}")
    assert posters.code_text(point_of(place)) == old
    assert "Quán Tên Mới" in text(Phone("0912600012").client, f"/P/{old}")
    sheet = pypdfium2.PdfDocument(owner.get(f"/cua-toi/dia-diem/{place.pk}/ma/a4").content)[0]
    assert "Quán Tên Mới" in sheet.get_textpage().get_text_range()


def test_an_approved_place_that_its_owner_renames_goes_on_working_and_waits_for_a_new_look(here):
    owner = signed("0912600013")
    place = registers(owner, here, "Quán Đã Duyệt")
    actions.approve(place.pk, by=officer_with("province_health_officer"), now=clock.now())
    owner.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Quán Đã Duyệt", address="số nhà mới"))
    assert Place.objects.get(pk=place.pk).state == "approved", "an address is no other place"
    owner.post(f"/cua-toi/dia-diem/{place.pk}/sua", particulars(here, name="Trạm Y Tế"))
    renamed = Place.objects.get(pk=place.pk)
    assert (renamed.state, officer_approved(renamed)) == ("pending", False)
    assert "Trạm Y Tế" in text(Phone("0912600014").client, f"/P/{posters.code_text(point_of(place))}")
    own.approve_waited(clock.now() + timedelta(days=8))
    assert not officer_approved(Place.objects.get(pk=place.pk)), "time approves the place, not its new name"
