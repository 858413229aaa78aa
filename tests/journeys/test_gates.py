"""Gate devices: join by a one-time code, learn a colour, know ended passes without network, and end when revoked."""

import base64
import struct
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client
from support.officers import browser, officer_with, signed_in
from support.scene import place_of_here, two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.gates import actions, ended, queries
from dauchan.gates.models import Device, JoinCode, Keeper, Shift
from dauchan.kernel import clock, ids
from dauchan.people.actions import issue_pass, register_person, reissue_pass, set_standing
from dauchan.people.erasing import erase_person
from dauchan.people.models import Person
from dauchan.people.rules import Document, Identity
from dauchan.places import posters
from dauchan.places.models import Place

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
TOKEN = dict[str, str]


@pytest.fixture(scope="module")
def place(database) -> Place:
    return Place.objects.select_related("unit").get(pk=place_of_here(two_communes())["place_id"])


@pytest.fixture(scope="module")
def owner(place: Place) -> Officer:
    return officer_with("commune_health_officer", Scope("unit", str(place.unit_id)))


def code_for(place: Place, owner: Officer, *, days: int = 30) -> str:
    until = clock.now() + timedelta(days=days)
    return actions.offer_device(place, "Cổng trước", until=until, takes_paper=False, by=owner, now=clock.now())[1]


def post(path: str, said: dict, token: str = "", status: int = 200) -> dict:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = browser().post(f"/api/v1/gate/{path}", said, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content.decode()
    return answer.json() if answer.content else {}


def get(path: str, token: str, status: int = 200, **headers: str):
    answer = browser().get(f"/api/v1/gate/{path}", headers={"Authorization": f"Bearer {token}", **headers})
    assert answer.status_code == status, answer.content.decode()
    return answer


@pytest.fixture
def token(place: Place, owner: Officer) -> str:
    return post("join", {"code": code_for(place, owner), "keeper": "Chị Tư"}, status=201)["token"]


def somebody(owner: Officer, place: Place, **told: object) -> Person:
    return register_person(Identity(**told), place.unit_id, by=owner, now=clock.now())  # type: ignore[arg-type]  # literal


def test_a_phone_joins_by_a_code_once_however_it_is_typed(place, owner):
    code = code_for(place, owner)
    typed = f"{code[:5].lower()}-{code[5:].lower()}"
    joined = post("join", {"code": typed, "keeper": "Chị Tư"}, status=201)
    assert joined["here"]["place"]["name"] == place.name
    assert joined["here"]["keepers"] == [joined["keeper"]]
    assert [point["direction"] for point in joined["here"]["points"]] == ["both"]
    assert get("here", joined["token"]).json()["device"] == joined["here"]["device"]
    assert post("join", {"code": code, "keeper": "Ai đó"}, status=409)["code"] == "join_code_used_up"


def test_a_code_ends_after_a_quarter_of_an_hour_and_guessing_is_bounded(place, owner, at):
    at("2026-03-02T09:00")
    code = code_for(place, owner)
    at.tick(minutes=16)
    post("join", {"code": code, "keeper": "Chị Tư"}, status=409)
    told = [post("join", {"code": f"ABCDE{number:05d}", "keeper": "x"}, status=409) for number in range(19)]
    assert {answer["code"] for answer in told} == {"join_code_used_up"}
    post("join", {"code": code_for(place, owner), "keeper": "x"}, status=429)


def test_one_more_keeper_joins_the_device_that_asks_and_no_other(place, owner, token):
    device = Device.objects.select_related("place", "credential").latest("credential__made_at")
    until = clock.now() + timedelta(days=400)
    row, code = actions.offer_keeper(device, until=until, by=owner, now=clock.now())
    assert row.until == device.credential.expires_at, "nobody keeps a device longer than it lasts"
    post("join", {"code": code, "keeper": "Anh Năm", "device": "other123"}, status=409)
    joined = post("join", {"code": code, "keeper": "Anh Năm", "device": device.pk}, status=201)
    assert joined["token"] == ""
    assert [keeper["name"] for keeper in get("here", token).json()["keepers"]] == ["Chị Tư", "Anh Năm"]


def test_a_pass_shows_a_masked_name_and_a_colour_and_numbers_show_a_colour_alone(place, owner, token):
    document = Document("cccd", "067156000077")
    person = somebody(
        owner, place, name="Trần Thị Mẫu", phone="0912000077", documents=(document,), sex="female", birth_year=1956
    )
    shown = issue_pass(person, now=clock.now(), by=owner)
    face = post("face", {"subject": {"kind": "pass", "code": shown.text}}, token)
    assert (face["name"], face["sex"], face["birth_year"]) == ("Trần Thị ***", "female", 1956)
    assert (face["colour"], face["standing"]) == ("grey", "unknown")
    set_standing(
        person,
        "manual",
        colour="red",
        action_vi="Mời đứng riêng",
        action_en="Stand aside",
        reason="x",
        by=owner,
        now=clock.now(),
    )
    by_number = post("face", {"subject": {"kind": "document", "type": "cccd", "number": "067156000077"}}, token)
    by_phone = post("face", {"subject": {"kind": "phone", "number": "0912 000 077"}}, token)
    for face in (by_number, by_phone):
        assert (face["known"], face["name"], face["sex"], face["birth_year"]) == (True, "", "", None)
        assert (face["colour"], face["action"]["vi"]) == ("red", "Mời đứng riêng")
    stranger = post("face", {"subject": {"kind": "phone", "number": "0912000078"}}, token)
    assert (stranger["known"], stranger["colour"]) == (False, "grey")
    text = str([face, by_number, by_phone])
    assert not any(secret in text for secret in ("0912000077", "067156000077", "Mẫu", str(person.pk), person.pk.hex))


def test_replaced_altered_and_erased_passes_are_refused_in_words(place, owner, token):
    person = somebody(owner, place, name="Lê Văn Mẫu")
    old = issue_pass(person, now=clock.now(), by=owner).text
    fresh = reissue_pass(person, by=owner, now=clock.now(), reason="lost").text
    assert post("face", {"subject": {"kind": "pass", "code": old}}, token, status=400)["code"] == "pass_ended"
    assert post("face", {"subject": {"kind": "pass", "code": fresh}}, token)["name"] == "Lê Văn ***"
    altered = fresh[:-1] + ("0" if fresh[-1] != "0" else "1")
    assert post("face", {"subject": {"kind": "pass", "code": altered}}, token, status=400)["code"].startswith("code_")
    dpo = officer_with("data_protection_officer")
    erase_person(person.pk, purpose="yêu cầu", by=dpo, now=clock.now())
    assert post("face", {"subject": {"kind": "pass", "code": fresh}}, token, status=400)["code"] == "pass_ended"


def test_a_device_that_asks_for_faces_without_end_is_slowed_down(token, at):
    at("2026-03-02T08:30")
    statuses = []
    for number in range(125):
        answer = browser().post(
            "/api/v1/gate/face",
            {"subject": {"kind": "phone", "number": f"0913{number:06d}"}},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        statuses.append(answer.status_code)
    assert statuses.count(200) in range(118, 123)
    assert statuses[-1] == 429


def test_the_list_of_ended_passes_is_signed_and_known_by_the_code_alone(place, owner, token):
    person = somebody(owner, place, name="Võ Thị Mẫu")
    old = issue_pass(person, now=clock.now(), by=owner).text
    before = get("ended", token)
    assert ended.entry_of(old) not in entries(before.content)
    fresh = reissue_pass(person, by=owner, now=clock.now(), reason="stolen").text
    after = get("ended", token)
    keys = {key["id"]: base64.b64decode(key["key"]) for key in get("here", token).json()["keys"]["standing"]}
    Ed25519PublicKey.from_public_bytes(keys[after.content[3]]).verify(after.content[-64:], after.content[:-64])
    found = entries(after.content)
    assert ended.entry_of(old) in found
    assert ended.entry_of(fresh) not in found
    assert found == sorted(set(found))
    assert before["ETag"] != after["ETag"]
    assert get("ended", token, 304, **{"If-None-Match": after["ETag"]}).content == b""


def entries(content: bytes) -> list[bytes]:
    version, _issuer, _key, _made, count = struct.unpack_from(">BHBII", content)
    assert (version, len(content)) == (1, 12 + 8 * count + 64)
    return [content[12 + 8 * place : 20 + 8 * place] for place in range(count)]


def test_shifts_and_backlog_are_told_again_and_again_without_harm(place, owner, token, at):
    at("2026-03-02T10:00")
    device = Device.objects.latest("credential__made_at")
    keeper = Keeper.objects.get(device=device)
    shift = {"id": "0195e000-0000-7000-8000-000000000001", "keeper": keeper.pk, "began_at": "2026-03-02T01:00:00Z"}
    other = {**shift, "id": "0195e000-0000-7000-8000-000000000002", "keeper": keeper.pk + 1000}
    for said in (
        {"shifts": [shift, other]},
        {"shifts": [{**shift, "ended_at": "2026-03-02T05:00:00Z"}]},
        {"shifts": [shift]},
    ):
        assert post("shifts", said, token) == {"taken": 1}
    assert [str(one.ended_at) for one in Shift.objects.filter(keeper=keeper)] == ["2026-03-02 05:00:00+00:00"]
    for _ in range(2):
        post("waiting", {"waiting": 3, "oldest": "2026-03-01T22:00:00Z", "app": "a1"}, token, status=204)
    assert [found.pk for found in queries.slow_page(owner, clock.now()).devices] == [device.pk]
    page = signed_in(owner).get("/cong-cham").content.decode()
    assert place.name in page
    assert "Cổng chưa gửi" in signed_in(owner).get("/ban-lam-viec").content.decode()
    post("waiting", {"waiting": 0}, token, status=204)
    assert queries.slow_page(owner, clock.now()).devices == []


def test_a_lost_device_is_revoked_on_the_page_and_refused_at_once(place, owner, token):
    device = Device.objects.latest("credential__made_at")
    desk = signed_in(owner)
    assert "Chị Tư" in desk.get(f"/dia-diem/{place.pk}/thiet-bi").content.decode()
    desk.post(f"/dia-diem/{place.pk}/thiet-bi/{device.pk}/thu-hoi")
    get("here", token, status=401)
    assert device.pk not in desk.get(f"/dia-diem/{place.pk}/thiet-bi").content.decode()


def test_the_page_shows_a_code_once_as_text_and_picture_and_the_app_takes_it(place, owner):
    desk: Client = signed_in(owner)
    page = desk.post(f"/dia-diem/{place.pk}/thiet-bi", {"name": "Cổng sau", "days": "30"}).content.decode()
    code = page.split('class="join-code"><strong>')[1].split("</strong>")[0]
    assert "data:image/svg+xml" in page
    assert code not in desk.get(f"/dia-diem/{place.pk}/thiet-bi").content.decode()
    assert post("join", {"code": code, "keeper": "Bác Sáu"}, status=201)["here"]["device"]["name"] == "Cổng sau"


def test_the_app_is_served_with_a_worker_that_reaches_nothing_but_the_app(database):
    shell = browser().get("/app/cong")
    assert shell.status_code == 200
    policy = shell["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "'wasm-unsafe-eval'" not in browser().get("/")["Content-Security-Policy"]
    worker = browser().get("/app/sw.js")
    assert worker["Service-Worker-Allowed"] == "/app/"
    assert "no-cache" in worker["Cache-Control"]
    assert browser().get("/app/manifest.webmanifest").json()["scope"] == "/app/"


def test_a_screen_gets_two_hours_of_codes_for_its_own_points_alone(place, token, at):
    at("2026-03-02T08:00:10")
    point = place.points.first()
    shown = get(f"screen?point={point.pk}", token).json()
    assert shown["now"] == "2026-03-02T01:00:10Z"
    assert (len(shown["codes"]), shown["codes"][0]["at"], shown["codes"][-1]["at"]) == (
        240, "2026-03-02T01:00:00Z", "2026-03-02T02:59:30Z",
    )  # fmt: skip
    urls = {code["url"] for code in shown["codes"]}
    assert len(urls) == 240
    found, code = posters.point_of_code(shown["codes"][0]["url"])
    assert (found.pk, code.step) == (point.pk, 1772413200 // 30)
    elsewhere = Place.objects.exclude(pk=place.pk).filter(points__isnull=False).first()
    for other in (elsewhere.points.first().pk if elsewhere else point.pk + 99, 999_999):
        get(f"screen?point={other}", token, status=404)
    get("screen?point=0", token, status=422)


def test_nobody_joins_a_device_that_was_revoked(place, owner, token):
    device = Device.objects.select_related("place", "credential").latest("credential__made_at")
    _, code = actions.offer_keeper(device, until=clock.now() + timedelta(days=3), by=owner, now=clock.now())
    actions.revoke_device(device, by=owner, now=clock.now())
    post("join", {"code": code, "keeper": "Anh Năm", "device": device.pk}, status=409)
    assert queries.keepers_of(device, clock.now()) == []


def test_who_kept_a_gate_is_forgotten_a_month_after_nothing_of_it_can_be_read(place, owner, at):
    at("2026-03-03T08:00")
    joined = post("join", {"code": code_for(place, owner, days=2), "keeper": "Cô Tám", "device": ""}, status=201)
    keeper, now = Keeper.objects.get(name="Cô Tám"), clock.now()
    told = actions.ShiftTold(ids.random_uuid7(now), keeper.pk, now, None)
    actions.tell_shifts(keeper.device, [told], now=now)
    assert joined["token"]
    at("2026-03-04T09:00")
    actions.forget_over(clock.now())
    assert not JoinCode.objects.filter(used_at__isnull=False, made_at=now).exists()
    at("2026-05-03T07:00")
    actions.forget_over(clock.now())
    assert Keeper.objects.filter(pk=keeper.pk).exists()
    at("2026-05-06T08:00")
    actions.forget_over(clock.now())
    assert not Keeper.objects.filter(pk=keeper.pk).exists()
    assert not Shift.objects.filter(pk=told.id).exists()
    assert Device.objects.filter(pk=keeper.device_id).exists()
