"""A commune's officer finds, registers and serves people through the pages; an integrator registers them by program."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.database import Database
from support.officers import browser, officer_with, signed_in
from support.people import resolved

from dauchan.accounts.actions import Scope, create_credential
from dauchan.accounts.models import AuditRow, Officer
from dauchan.kernel import clock
from dauchan.people import actions, queries, subjects
from dauchan.people.models import Person
from dauchan.people.rules import Document, Identity
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")
HANDLE = re.compile(r"/nguoi-dan/([0-9A-Z]{26})")


@pytest.fixture(scope="module")
def here(database) -> Unit:
    found = unit_by_code("24611", clock.local_day(clock.now()))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def officer(here: Unit) -> Officer:
    return officer_with("commune_health_officer", Scope("unit", str(here.pk)))


@pytest.fixture
def desk(officer: Officer) -> Client:
    return signed_in(officer)


@pytest.fixture(scope="module")
def token(database) -> str:
    until = clock.now() + timedelta(days=30)
    made = create_credential(
        kind="integrator", name="Trường", scopes=["people:register"], expires_at=until, by=None, now=clock.now()
    )
    return made[1]


def someone(officer: Officer, here: Unit, **told: Any) -> Person:
    return actions.register_person(Identity(**told), here.pk, by=officer, now=clock.now())


def text_of(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def search(desk: Client, kind: str, value: str, status: int = 200) -> str:
    return text_of(desk.post("/nguoi-dan/tim", {"kind": kind, "value": value}), status)


def form(here: Unit, **told: str) -> dict[str, str]:
    empty = dict.fromkeys(("phone", "document", "insurance", "birth", "sex", "address"), "")
    return empty | {"residence": str(here.pk), "residence_text": ""} | told


def test_an_officer_registers_a_woman_and_finds_her_by_any_of_her_numbers(desk: Client, here: Unit) -> None:
    told = form(
        here,
        name="Trần Thị Mẫu",
        phone="+84 912 345 345",
        document="067156000001",
        insurance="GD4676700000001",
        birth="15/08/1956",
        sex="male",
    )
    answer = desk.post("/nguoi-dan/dang-ky", told, follow=True)
    page = text_of(answer)
    assert "Số căn cước và giới tính không khớp" in page
    assert "Trần Thị ***" in page
    assert "067 *** 001" in page
    for kind, value in (("phone", "0912345345"), ("document", "067156000001"), ("document", "6700000001")):
        found = search(desk, kind, value)
        assert "Trần Thị ***" in found
        assert "Trần Thị Mẫu" not in found
        assert "Phường Bắc Gia Nghĩa" in found


def test_neither_addresses_nor_logs_hold_what_was_searched(desk: Client, officer, here, caplog) -> None:
    someone(officer, here, name="Nguyễn Kín Đáo", phone="0919000001")
    with caplog.at_level(logging.DEBUG):
        found = search(desk, "phone", "0919000001")
    (handle,) = set(HANDLE.findall(found))
    person = queries.by_handle(handle)
    assert person.pk.hex not in found.replace("-", "")
    assert "0919000001" not in caplog.text
    assert "0919000001" not in "".join(row.detail + row.purpose for row in AuditRow.objects.all())


def test_a_search_that_finds_nobody_says_what_to_do_next(desk: Client) -> None:
    assert "đăng ký người mới" in search(desk, "phone", "0912999999")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("phone", "12", "10 chữ số"),
        ("document", "12", "CCCD có 12 chữ số"),
        ("pass", "KHONGPHAIMA", "không phải mã"),
        ("phone", "0912\ud800", ""),
        ("name", "Mẫu", ""),
    ],
)
def test_what_can_not_be_searched_is_answered_with_a_sentence(desk: Client, kind: str, value: str, said: str) -> None:
    assert said in search(desk, kind, value.encode("utf-8", "replace").decode(), 400)


def test_a_card_is_issued_once_found_by_its_code_and_void_after_the_next(desk: Client, officer, here) -> None:
    person = someone(officer, here, name="Hồ Văn Thẻ")
    address = f"/nguoi-dan/{queries.handle_of(person.pk)}"
    assert "Cấp mã" in text_of(desk.get(f"{address}/ma"))
    assert not person.passes.exists()
    assert "data:image/svg" in text_of(desk.post(f"{address}/ma"))
    first = queries.valid_pass(person.pk)
    assert first is not None
    assert "Hồ Văn ***" in search(desk, "pass", first.text)
    desk.post(f"{address}/cap-lai", {"reason": "lost"})
    assert (person.pk, 1) in queries.revoked_passes()
    assert "Hết hiệu lực" in text_of(desk.get(address))


def test_a_standing_is_set_for_gates_and_shown_until_its_day_ends(desk: Client, officer, here) -> None:
    person = someone(officer, here, name="Mai Văn Đỏ")
    address = f"/nguoi-dan/{queries.handle_of(person.pk)}"
    told = {
        "colour": "red",
        "action_vi": "Mời sang bàn y tế",
        "action_en": "",
        "until": "2026-03-05",
        "reason": "Ca 12",
    }
    assert "Mời sang bàn y tế" in text_of(desk.post(f"{address}/trang-thai", told, follow=True))
    until = queries.standings_of([person.pk], clock.now())[person.pk].until
    assert until == clock.day_start(clock.local_day(clock.now()) + timedelta(days=4))
    past = told | {"until": "2026-03-01"}
    assert desk.post(f"{address}/trang-thai", past).status_code == 400


def test_two_entries_of_one_man_are_merged_and_parted_again(desk: Client, officer, here) -> None:
    one = someone(officer, here, name="Cao Văn Một")
    two = someone(officer, here, name="Cao Văn Một", documents=(Document("cmnd", "245999001"),))
    address = f"/nguoi-dan/{queries.handle_of(one.pk)}"
    page = text_of(desk.post(f"{address}/gop", {"kind": "document", "value": "245999001"}, follow=True))
    assert "Đã gộp" in page
    assert queries.aliases_of([one.pk]) == {one.pk: two.pk}
    assert "Đã gộp vào người khác" in text_of(desk.get(address))
    text_of(desk.post(f"{address}/tach", follow=True))
    assert queries.aliases_of([one.pk]) == {one.pk: one.pk}
    assert "đúng một người khác" in text_of(
        desk.post(f"{address}/gop", {"kind": "document", "value": "245999999"}, follow=True)
    )


def test_somebody_whose_phone_was_scanned_is_asked_about_before_both_are_joined(
    desk: Client, here: Unit, database: Database
) -> None:
    (scanned,) = resolved(database, subjects.normalise("phone", "0919000030"))
    told = form(here, name="Ngô Thị Quét", phone="0919000030")
    asked = text_of(desk.post("/nguoi-dan/dang-ky", told))
    assert "Có phải cùng một người không" in asked
    (handle,) = set(re.findall(r'value="([0-9A-Z]{26})"', asked))
    text_of(desk.post("/nguoi-dan/dang-ky", told | {"who": handle}, follow=True))
    assert queries.masked([scanned])[scanned].name == "Ngô Thị ***"
    child = text_of(desk.post("/nguoi-dan/dang-ky", form(here, name="Ngô Văn Con", phone="0919000030"), follow=True))
    assert "Ngô Văn ***" in child
    assert len(queries.find_by_phone("0919000030")) == 2


def test_a_document_of_somebody_else_is_refused_at_its_field(desk: Client, officer, here) -> None:
    someone(officer, here, name="Phạm Văn Một", documents=(Document("cmnd", "245999002"),))
    told = form(here, name="Phạm Văn Hai", document="245999002")
    assert "đã thuộc về một người khác" in text_of(desk.post("/nguoi-dan/dang-ky", told), 400)


@pytest.mark.parametrize("birth", ["31/02/1990", "hôm qua", "99", "15/08/2090", "1890"])
def test_a_birth_that_can_not_be_is_refused(desk: Client, here: Unit, birth: str) -> None:
    text_of(desk.post("/nguoi-dan/dang-ky", form(here, name="An Bình", birth=birth)), 400)


def test_an_officer_of_another_commune_finds_a_person_masked_but_does_not_open_their_page(officer, here) -> None:
    elsewhere = unit_by_code("24617", clock.local_day(clock.now()))
    assert elsewhere is not None
    stranger = signed_in(officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk))))
    person = someone(officer, here, name="Lê Thị Xa", phone="0919000002")
    found = search(stranger, "phone", "0919000002")
    assert "Ở ngoài phạm vi của bạn" in found
    assert queries.handle_of(person.pk) not in found
    for page in ("", "/ma", "/trang-thai"):
        assert stranger.get(f"/nguoi-dan/{queries.handle_of(person.pk)}{page}").status_code == 403


def test_who_looked_is_on_the_page_but_not_what_belongs_to_a_case(desk: Client, officer, here) -> None:
    person = someone(officer, here, name="Đinh Thị Riêng", phone="0919000003")
    search(desk, "phone", "0919000003")
    actions.reveal_identity(person.pk, actions.Grant(officer, "Gọi F1 của ca 7", clock.now(), case="CA-7"))
    page = text_of(desk.get(f"/nguoi-dan/{queries.handle_of(person.pk)}"))
    assert "Tìm bằng số hoặc mã" in page
    assert "Cán bộ y tế xã" in page
    assert "Gọi F1" not in page
    assert "Gọi F1 của ca 7" in [look.purpose for look in queries.looks_at(person.pk)]


def test_every_page_is_there_in_english(desk: Client, officer, here) -> None:
    address = f"/nguoi-dan/{queries.handle_of(someone(officer, here, name='Lý Văn Anh').pk)}"
    english = {"accept-language": "en"}
    for page, word in (("", "Who looked"), ("/ma", "Issue a pass"), ("/trang-thai", "Words for the gate keeper")):
        assert word in text_of(desk.get(address + page, headers=english))
    assert "Names are not searched" in text_of(desk.get("/nguoi-dan/tim", headers=english))
    assert "Commune of residence" in text_of(desk.get("/nguoi-dan/dang-ky", headers=english))


# --- by program -------------------------------------------------------------------------------------------------------


def send(token: str, people: object, status: int = 200):
    answer = browser().post(
        "/api/v1/people",
        {"people": people},
        content_type="application/json",
        headers={"authorization": f"Bearer {token}", "accept-language": "en"},
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_school_registers_its_pupils_and_reads_back_masks_only(token: str) -> None:
    pupils = [
        {"reference": "HS1", "name": "Vũ Thị Hồng", "phone": "0919000010", "residence": "24611", "birth_year": 2012},
        {"reference": "HS2", "name": "Vũ Văn Lam", "phone": "12"},
        {"reference": "HS3", "name": "Vũ Văn Tím", "residence": "99999"},
    ]
    answer = send(token, pupils)
    assert (answer["created"], answer["matched"], answer["rejected"]) == (1, 0, 2)
    assert [line["code"] for line in answer["results"]] == ["", "bad_phone", "not_found"]
    assert answer["results"][0]["name"] == "Vũ Thị ***"
    assert "Hồng" not in str(answer)
    assert send(token, pupils[:1])["matched"] == 1


@pytest.mark.parametrize(
    "people",
    [
        [{"reference": "X" * 101}],
        [{"name": "Vũ"}],
        [{"reference": "N", "documents": [{"number": "1" * 500}]}],
        [{"reference": str(number)} for number in range(1001)],
        "no list",
        [{"reference": "B", "birth_date": "2020-13-40"}],
    ],
)
def test_a_list_of_another_shape_is_refused_whole(token: str, people: object) -> None:
    assert send(token, people, 422)["code"] == "bad_input"


def test_nul_bytes_and_blank_references_are_one_lines_own_fault(token: str) -> None:
    people = [{"reference": "A\x00", "name": "x"}, {"reference": " ", "name": "x"}, {"reference": "OK", "name": "An"}]
    assert [line["outcome"] for line in send(token, people)["results"]] == ["rejected", "rejected", "created"]


def test_an_officer_finds_somebody_by_program(desk: Client, officer, here) -> None:
    someone(officer, here, name="Kiều Thị Máy", phone="0919000020")
    body = {"kind": "phone", "value": "0919000020"}
    answer = desk.post("/api/v1/people/find", body, content_type="application/json")
    assert answer.status_code == 200
    (found,) = answer.json()
    assert (found["name"], found["standing"]) == ("Kiều Thị ***", "unknown")
    bad = desk.post("/api/v1/people/find", body | {"value": "12"}, content_type="application/json")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_phone")


def test_a_card_typed_in_by_a_scanner_fills_the_form_and_stores_nothing(desk: Client, here: Unit, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    card = "067200000001|245000002|Lê Văn Quét|15082000|Nam|Tổ 2, Nghĩa Thành|02072021"
    before = Person.objects.count()
    shown = text_of(desk.post("/nguoi-dan/dang-ky", {"card": card}))
    assert Person.objects.count() == before
    assert "Đã đọc thẻ" in shown
    filled = {name: value for value, name in re.findall(r'value="([^"]*)"[^>]*? id="id_(\w+)"', shown)}
    filled |= dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown))
    assert filled["name"] == "Lê Văn Quét"
    assert (filled["document"], filled["old_document"]) == ("067200000001", "245000002")
    assert (filled["birth"], filled["address"]) == ("15/08/2000", "Tổ 2, Nghĩa Thành")
    assert '<option value="male" selected>' in shown
    told = form(
        here, name="Lê Văn Quét", document="067200000001", old_document="245000002", birth="15/08/2000", sex="male"
    )
    assert desk.post("/nguoi-dan/dang-ky", told).status_code == 302
    assert len(set(HANDLE.findall(search(desk, "document", "245000002")))) == 1
    assert "067200000001" not in caplog.text
    assert "Quét" not in caplog.text


def test_a_card_that_is_none_is_refused_and_one_that_contradicts_itself_says_so(desk: Client) -> None:
    refused = text_of(desk.post("/nguoi-dan/dang-ky", {"card": "xin chào"}), 400)
    assert "Đây không phải mã trên CCCD" in refused
    assert "xin chào" not in refused
    shown = text_of(
        desk.post("/nguoi-dan/dang-ky", {"card": "067156000001||Trần Thị Mẫu|15081956|Nam|Gia Nghĩa|02072021"})
    )
    assert "Số căn cước và giới tính không khớp." in shown
    english = desk.post("/nguoi-dan/dang-ky", {"card": "067156000001"}, headers={"Accept-Language": "en"})
    assert "Only the number was read; ask for the rest." in english.content.decode()
