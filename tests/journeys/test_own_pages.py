"""A citizen's own pages: sign in, say once who one is, carry a pass, see visits and who looked, take it all along."""

import base64
import json
from datetime import date, timedelta
from functools import partial

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from support.citizens import Phone, code_sent_to, derive
from support.officers import browser, officer_with, signed_in
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Officer
from dauchan.kernel import clock, codes
from dauchan.people import actions, queries, subjects, vault
from dauchan.people.actions import Grant, reveal_identity
from dauchan.people.models import Device, MergeProposal, Person
from dauchan.people.queries import find_by_document, find_by_phone
from dauchan.people.rules import Document, Identity
from dauchan.places.models import Point
from dauchan.units.models import Unit

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    return two_communes().here


@pytest.fixture(scope="module")
def officer(here: Unit) -> Officer:
    return officer_with("commune_health_officer", Scope("unit", str(here.pk)))


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Point.objects.select_related("place").get(place_id=place_of_here(two_communes())["place_id"])


def signed(number: str) -> Client:
    """A browser that is signed in by a code to this number."""
    client = browser()
    page = client.post("/vao", {"phone": number, "next": "/toi"})
    assert "0912 ***" in page.content.decode()
    answer = client.post("/vao", {"phone": number, "code": code_sent_to(number), "next": "/toi"})
    assert (answer.status_code, answer["Location"]) == (302, "/toi")
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


def told(here: Unit, **said: str) -> dict[str, str]:
    empty = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address"), "")
    return empty | {"residence": str(here.pk), "residence_text": ""} | said


def test_strangers_are_sent_to_sign_in_and_come_back(point):
    answer = browser().get("/toi/luot-den")
    assert answer["Location"] == "/vao?next=/toi/luot-den"
    for foreign in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        page = browser().get("/vao", {"next": foreign}).content.decode()
        assert 'name="next" value="/toi"' in page


def test_a_wrong_number_and_a_wrong_code_are_explained_where_they_stand():
    client = browser()
    assert "10 chữ số" in client.post("/vao", {"phone": "123"}).content.decode()
    client.post("/vao", {"phone": "0912400001"})
    page = client.post("/vao", {"phone": "0912400001", "code": "000000"})
    assert page.status_code == 400
    assert "Mã chưa đúng" in page.content.decode()
    assert "0912 *** 001" in page.content.decode()


def test_somebody_says_once_who_they_are_and_an_officer_finds_them(here, officer):
    client = signed("0912400002")
    assert "Khai danh tính một lần" in text(client, "/toi")
    said = told(here, name="Trần Thị Mẫu", document="067156000202", birth="15/08/1956", sex="female")
    assert client.post("/toi/danh-tinh", said)["Location"] == "/toi"
    (person,) = find_by_phone("0912400002")
    grant = Grant(officer=officer, purpose="hỏi", at=clock.now())
    known = reveal_identity(person, grant)
    assert (known.name, known.phone, known.birth_date) == ("Trần Thị Mẫu", "0912400002", date(1956, 8, 15))
    assert known.documents == (Document("cccd", "067156000202"),)
    assert not Person.objects.get(pk=person).provisional
    assert "Trần Thị ***" in text(client, "/toi")
    assert "hỏi" in text(client, "/toi/ai-da-xem")


def test_a_number_that_changed_hands_opens_nothing_older_than_its_new_phone(here, point, at):
    at("2026-03-02T09:00")
    first = Phone("0912400003")
    first.signs_in_at(point)
    first.client.post("/toi/danh-tinh", told(here, name="Lê Văn Cũ", birth="01/02/1980"))
    derive()
    at.tick(days=2)
    second = signed("0912400003")
    page = text(second, "/toi/luot-den")
    assert "Chợ Mẫu" not in page
    assert "có thể đổi chủ" in page
    assert "Chứng minh" in text(second, "/toi/ai-da-xem")
    taken = json.loads(second.get("/toi/du-lieu/tai-ve.json").content)
    assert (taken["identity"], taken["visits"], taken["looks"]) == (None, [], [])
    assert "chứng minh đây là bạn" in text(second, "/toi/danh-tinh")
    assert second.post("/toi/danh-tinh", told(here, name="Kẻ Lạ")).status_code == 400
    assert "không khớp" in second.post("/toi/chung-minh", {"birth_date": "02/02/1980"}).content.decode().lower()
    second.post("/toi/chung-minh", {"birth_date": "01/02/1980"})
    assert "Chợ Mẫu" in text(second, "/toi/luot-den")


def test_guessing_who_somebody_is_ends_after_five_tries(here, at):
    at("2026-03-03T09:00")
    client = signed("0912400004")
    client.post("/toi/danh-tinh", told(here, name="Lê Văn Mẫu", birth="01/02/1980"))
    Device.objects.filter(person_id=find_by_phone("0912400004")[0]).update(proved_at=None)
    for year in range(1970, 1975):
        client.post("/toi/chung-minh", {"birth_date": f"01/02/{year}"})
    page = client.post("/toi/chung-minh", {"birth_date": "01/02/1980"}).content.decode()
    assert "quá nhiều lần" in page
    assert Device.objects.get(person_id=find_by_phone("0912400004")[0]).proved_at is None


def test_visits_are_shown_with_how_sure_they_are_and_taken_along_as_json_and_pdf(here, point, at):
    at("2026-03-04T09:00")
    phone = Phone("0912400005")
    phone.signs_in_at(point)
    at.tick(minutes=25)
    phone.checks("out", point)
    derive()
    page = text(phone.client, "/toi/luot-den")
    assert "09:00 04/03/2026" in page
    assert "09:25" in page
    assert "tự quét mã địa điểm" in page
    phone.client.post("/toi/danh-tinh", told(here, name="Võ Thị Mẫu"))
    taken = json.loads(phone.client.get("/toi/du-lieu/tai-ve.json").content)
    assert taken["identity"]["name"] == "Võ Thị Mẫu"
    assert [visit["place"] for visit in taken["visits"]] == ["Chợ Mẫu"]
    pdf = pypdfium2.PdfDocument(phone.client.get("/toi/du-lieu/tai-ve.pdf").content)
    words = pdf[0].get_textpage().get_text_range()
    for wanted in ("Võ Thị Mẫu", "Chợ Mẫu", "09:00 04/03/2026", "0912400005"):
        assert wanted in words
    english = phone.client.get("/toi/luot-den", headers={"accept-language": "en"}).content.decode()
    assert "scanned the place&#x27;s code themselves" in english


def test_the_printed_card_is_five_centimetres_wide_and_reads_as_the_pass_beside_a_number_and_nothing_else(here, point):
    phone = Phone("0912400006")
    phone.signs_in_at(point)
    phone.client.post("/toi/danh-tinh", told(here, name="Đỗ Thị Mẫu", document="067156000206"))
    pdf = pypdfium2.PdfDocument(phone.client.get("/toi/ma/the.pdf").content)
    dots_per_mm = 300 / 25.4
    picture = pdf[0].render(scale=300 / 72).to_numpy()
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    corners = found.position
    width_mm = (corners.top_right.x - corners.top_left.x) / dots_per_mm
    assert width_mm >= 50
    keyring = vault.the_keyring()
    opened = codes.decode_pass(found.text, lambda number: keyring.named("pass", number), issuer=67)
    assert [opened.person_id] == find_by_phone("0912400006")
    words = pdf[0].get_textpage().get_text_range()
    assert "Đỗ Thị ***" in words
    number = queries.valid_pass(opened.person_id).number
    assert number in words
    assert find_by_document(number) == [opened.person_id]
    assert number in text(phone.client, "/toi/ma")
    for secret in ("Đỗ Thị Mẫu", "0912400006", "067156000206"):
        assert secret not in words


def test_a_new_code_ends_the_old_one(point):
    client = signed("0912400007")
    text(client, "/toi/ma")
    (person,) = find_by_phone("0912400007")
    old = queries.valid_pass(person)
    client.post("/toi/ma")
    fresh = queries.valid_pass(person)
    assert old.serial + 1 == fresh.serial
    assert queries.has_ended(person, old.serial)


def test_a_look_for_a_case_is_told_after_three_weeks(here, officer, point, at):
    at("2026-03-05T09:00")
    phone = Phone("0912400008")
    phone.signs_in_at(point)
    phone.client.post("/toi/danh-tinh", told(here, name="Hồ Thị Mẫu"))
    (person,) = find_by_phone("0912400008")
    reveal_identity(person, Grant(officer=officer, purpose="gọi điện truy vết", at=clock.now(), case="CB-2026-0001"))
    assert "gọi điện truy vết" not in text(phone.client, "/toi/ai-da-xem")
    at.tick(days=21)
    assert "gọi điện truy vết" in text(phone.client, "/toi/ai-da-xem")


def test_a_document_that_is_known_already_joins_nobody_until_an_officer_says_so_and_can_be_parted_again(
    here, officer, point, at
):
    at("2026-03-05T12:00")
    subject = subjects.normalise("document", "cccd:067156000299")
    scanned = subjects.resolve_on_page([subject], keyring=vault.the_keyring(), now=clock.now())[subject]
    phone = Phone("0912400009")
    phone.signs_in_at(point)
    phone.client.post("/toi/danh-tinh", told(here, name="Bùi Thị Mẫu", document="067156000299"))
    (person,) = find_by_phone("0912400009")
    assert queries.aliases_of([scanned])[scanned] == scanned, "a number alone merges nobody"
    assert reveal_identity(person, Grant(officer, "xem", clock.now())).documents == ()
    proposal = MergeProposal.objects.get(alias_id=scanned, canonical_id=person)
    desk = signed_in(officer)
    assert "Có thể là một người" in text(desk, "/ban-lam-viec")
    assert "Bùi Thị ***" in text(desk, "/nguoi-dan/co-the-la-mot")
    desk.post(f"/nguoi-dan/co-the-la-mot/{proposal.pk}", {"act": "accept"})
    assert queries.aliases_of([scanned])[scanned] == person
    actions.undo_merge(scanned, by=officer, now=clock.now())
    assert queries.aliases_of([scanned])[scanned] == scanned
    assert Person.objects.filter(pk__in=[scanned, person], tombstoned_at__isnull=True).count() == 2


def test_a_phone_is_signed_out_from_another_and_strangers_end_nothing(point):
    first, second = signed("0912400010"), signed("0912400010")
    devices = list(Device.objects.filter(person_id=find_by_phone("0912400010")[0]).order_by("pk"))
    stranger = signed("0912400011")
    assert stranger.post(f"/toi/thiet-bi/{devices[0].pk}/dang-xuat").status_code == 404
    second.post(f"/toi/thiet-bi/{devices[0].pk}/dang-xuat")
    assert first.get("/toi")["Location"] == "/vao?next=/toi"
    assert second.get("/toi").status_code == 200
    assert second.post(f"/toi/thiet-bi/{devices[1].pk}/dang-xuat")["Location"] == "/"
    assert second.get("/toi")["Location"] == "/vao?next=/toi"


def test_nothing_of_these_pages_stays_in_a_cache(point):
    client = signed("0912400012")
    for path in ("/toi", "/toi/ma", "/toi/luot-den", "/toi/ai-da-xem", "/toi/du-lieu", "/toi/du-lieu/tai-ve.json"):
        assert "no-store" in client.get(path)["Cache-Control"], path


def test_an_identity_given_by_officers_can_be_taken_over_by_proof_alone(here, officer, at):
    at("2026-03-05T15:00")
    person = actions.register_person(
        Identity(name="Phan Văn Mẫu", phone="0912400013", documents=(Document("cccd", "067056000213"),)),
        here.pk,
        by=officer,
        now=clock.now() - timedelta(days=1),
    )
    client = signed("0912400013")
    assert "Chứng minh" in text(client, "/toi")
    assert "Phan Văn" not in text(client, "/toi"), "the number may have changed hands"
    assert client.get("/toi/ma")["Location"] == "/toi/chung-minh?next=/toi/ma"
    assert client.post("/toi/ma/chung-nhan", b"{}", content_type="application/json").status_code == 400
    client.post("/toi/chung-minh", {"document": "067 056 000 213"})
    assert json.loads(client.get("/toi/du-lieu/tai-ve.json").content)["identity"]["name"] == "Phan Văn Mẫu"
    assert Device.objects.get(person=person).proved_at


def test_what_was_kept_of_a_number_before_a_phone_had_it_is_not_shown_to_who_says_by_it_who_they_are(here, point, at):
    at("2026-03-02T09:00")
    Phone("0912400113").checks("in", point)
    at("2026-03-04T09:00")
    phone = Phone("0912400113")
    phone.signs_in_at(point)
    at.tick(hours=20)
    phone.client.post("/toi/danh-tinh", told(here, name="Người Mới", birth="01/01/1990"))
    derive()
    page = text(phone.client, "/toi/luot-den")
    assert "04/03/2026" in page
    assert "02/03/2026" not in page
    again = signed("0912400113")
    again.post("/toi/chung-minh", {"birth_date": "01/01/1990"})
    assert "02/03/2026" not in text(again, "/toi/luot-den"), "a proof of what one told oneself opens nothing older"


def test_a_phone_gets_a_certificate_for_its_own_key_in_the_colour_of_now(here, officer, at):
    at("2026-03-05T16:00")
    client = signed("0912400014")
    (person,) = find_by_phone("0912400014")
    device = ec.generate_private_key(ec.SECP256R1())
    key = device.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    asked = {"key": base64.b64encode(key).decode()}
    told_of = client.post("/toi/ma/chung-nhan", asked, content_type="application/json").json()
    assert (told_of["colour"], told_of["name"]) == ("grey", "Chưa có tên")
    until = clock.now() + timedelta(hours=3)
    actions.set_standing(
        Person.objects.get(pk=person), "manual", colour="green", until=until, reason="x", by=officer, now=clock.now()
    )
    told_of = client.post("/toi/ma/chung-nhan", asked, content_type="application/json").json()
    keyring = vault.the_keyring()
    text = codes.encode_rotating_pass(base64.b64decode(told_of["certificate"]), device, clock.now())
    shown = codes.decode_rotating_pass(
        text, partial(keyring.named, "pass"), partial(keyring.named, "standing"), issuer=67, now=clock.now()
    )
    assert shown.pass_code.person_id == person
    assert (shown.standing, told_of["colour"]) == (1, "green")
    assert shown.until == until.replace(microsecond=0), "a colour is shown no longer than it holds"


NO_KEYS = (
    b"",
    b"{}",
    b"[]",
    b'{"key": 1}',
    b'{"key": "AAAA"}',
    b'{"key": "' + b"A" * 44 + b'"}',
    b"\xff",
    b"[" * 200_000,
)


@pytest.mark.parametrize("body", NO_KEYS, ids=range(len(NO_KEYS)))
def test_what_is_no_key_gets_no_certificate(body):
    client = signed(f"09124001{len(body) % 100:02d}")
    assert client.post("/toi/ma/chung-nhan", body, content_type="application/json").status_code == 400


def test_a_key_sent_as_a_form_gets_no_certificate():
    assert signed("0912400190").post("/toi/ma/chung-nhan", {"key": "AAAA"}).status_code == 400


def test_a_stranger_gets_no_certificate():
    answer = browser().post("/toi/ma/chung-nhan", {"key": ""}, content_type="application/json")
    assert answer.status_code == 302


def test_nobody_tries_out_document_numbers_on_the_page_of_their_identity(here, at):
    at("2026-03-06T09:00")
    client = signed("0912400020")
    said = [told(here, name="Kẻ Dò", document=f"0670560003{number:02d}") for number in range(6)]
    for each in said[:5]:
        assert client.post("/toi/danh-tinh", each).status_code == 302
    answer = client.post("/toi/danh-tinh", said[5])
    assert answer.status_code == 400
    assert "quá nhiều lần" in answer.content.decode()
    assert client.post("/toi/danh-tinh", told(here, name="Kẻ Dò")).status_code == 302, "a name alone finds nobody"


def test_a_number_that_changed_hands_ends_neither_code_nor_phone_of_who_had_it(here, at):
    at("2026-03-06T10:00")
    first = signed("0912400021")
    first.post("/toi/danh-tinh", told(here, name="Lê Văn Cũ", birth="01/02/1980"))
    text(first, "/toi/ma")
    (person,) = find_by_phone("0912400021")
    carried, phone = queries.valid_pass(person), Device.objects.get(person=person)
    at.tick(days=2)
    second = signed("0912400021")
    assert "chưa chứng minh" in second.post("/toi/ma").content.decode()
    assert queries.valid_pass(person) == carried
    assert second.post(f"/toi/thiet-bi/{phone.pk}/dang-xuat").status_code == 403
    assert first.get("/toi").status_code == 200
    second.post("/toi/chung-minh", {"birth_date": "01/02/1980"})
    second.post("/toi/ma")
    assert queries.valid_pass(person).serial == carried.serial + 1
    second.post(f"/toi/thiet-bi/{phone.pk}/dang-xuat")
    assert first.get("/toi").status_code == 302


@pytest.mark.parametrize("form", ["exe", "a" * 5000])
def test_a_form_that_there_is_not_is_taken_by_nobody_and_written_down_nowhere(form):
    client = signed("0912400022")
    before = AuditRow.objects.filter(event="person.took_data").count()
    text(client, f"/toi/du-lieu/tai-ve.{form}", 404)
    assert AuditRow.objects.filter(event="person.took_data").count() == before


def test_nobody_ends_codes_without_end_for_every_gate_carries_the_list_of_them(here, at):
    at("2026-03-06T12:00")
    client = signed("0912400023")
    said = told(here, name="Lê Văn Đổi", birth="1980")
    client.post("/toi/danh-tinh", said)
    for _ in range(5):
        assert client.post("/toi/ma").status_code == 302
    assert client.post("/toi/ma").status_code == 429
    text(client, "/toi/ma")
    added = client.post("/toi/nguoi-nha/them", told(here, name="Lê Văn Con", birth="2018"))
    member = added["Location"]
    text(client, member)
    for _ in range(5):
        assert client.post(member).status_code == 302
    assert client.post(member).status_code == 429
