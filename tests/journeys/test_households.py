"""Households: a carer adds a child or somebody old, checks them in with one tap, sees only what they may."""

from datetime import timedelta
from uuid import UUID

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from support.citizens import Phone, code_sent_to, derive, hidden
from support.officers import browser, officer_with
from support.scene import place_of_here, two_communes

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock, ids
from dauchan.kernel.sealing import unseal
from dauchan.people import queries, subjects, vault
from dauchan.people.actions import merge
from dauchan.people.erasing import erase_person
from dauchan.people.models import Care, MergeProposal, Person
from dauchan.people.queries import find_by_document, find_by_phone, valid_pass
from dauchan.places.models import Point
from dauchan.visits import recording
from dauchan.visits.recording import PageScan
from dauchan.visits.rules import Confidence, Direction

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
EMPTY = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address"), "")


@pytest.fixture(scope="module")
def chief(database) -> Officer:
    return officer_with("province_health_officer")


@pytest.fixture(scope="module")
def point(database) -> Point:
    return Point.objects.select_related("place").get(place_id=place_of_here(two_communes())["place_id"])


def signed(number: str) -> Phone:
    phone = Phone(number)
    phone.client.post("/vao", {"phone": number})
    assert phone.client.post("/vao", {"phone": number, "code": code_sent_to(number)}).status_code == 302
    return phone


def carer(number: str, name: str = "Nguyễn Thị Mẹ") -> Phone:
    """Somebody who has said who they are."""
    phone = signed(number)
    here = str(two_communes().here.pk)
    told = EMPTY | {"name": name, "birth": "12/03/1985", "residence": here, "residence_text": ""}
    assert phone.client.post("/toi/danh-tinh", told).status_code == 302
    return phone


def adds(phone: Phone, name: str = "Nguyễn Văn An", birth: str = "2016", **told: str) -> Care:
    answer = phone.client.post("/toi/nguoi-nha/them", EMPTY | {"name": name, "birth": birth} | told)
    assert answer.status_code == 302, answer.content.decode()
    return Care.objects.get(pk=int(answer["Location"].rpartition("/")[2]))


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


def taps(phone: Phone, point: Point, direction: str, *cares: Care, ticket: str = "") -> str:
    ticket = ticket or hidden(phone.opens(point))["ticket"]
    return phone.sends(point, {"ticket": ticket, "direction": direction, "with": [care.pk for care in cares]})


def scans_of(*people: UUID) -> list[tuple[UUID, int, UUID | None, UUID | None]]:
    """Who, direction, group and proxy of each scan of these people, in order."""
    with connection.cursor() as cursor:
        cursor.execute("select day, token, direction, group_token, proxy_token from visits_scan order by at, id")
        rows = cursor.fetchall()
    found = []
    for day, token, direction, group, proxy in rows:
        key = vault.the_keyring().day_key(day)
        who = unseal(key, bytes(token))
        if who in people:
            found.append((who, direction, *(unseal(key, bytes(one)) if one else None for one in (group, proxy))))
    return found


def writes(person: UUID, point: Point, at: str) -> None:
    """A scan of somebody's own pass, at a gate."""
    instant = clock.now().fromisoformat(f"{at}+07:00")
    scan = PageScan(ids.random_uuid7(instant), person, point.pk, Direction.IN, Confidence.STAFF_SCANNED)
    recording.record([scan], keyring=vault.the_keyring(), now=clock.now())
    derive()


def person_with(document: str) -> UUID:
    """Who a gate takes the bearer of a document for."""
    subject = subjects.normalise("document", f"cccd:{document}")
    return subjects.resolve_on_page([subject], keyring=vault.the_keyring(), now=clock.now())[subject]


def events_about(person: UUID) -> list[str]:
    return sorted(row.event for row in audit.rows_about(person))


def test_a_child_gets_a_code_and_a_card_of_its_own(point):
    mother = carer("0912900001")
    child = adds(mother, birth="15/08/2016", sex="male")
    page = text(mother.client, f"/toi/nguoi-nha/{child.pk}")
    assert "Nguyễn Văn An" in page
    issued = valid_pass(child.cared_id)
    assert issued is not None
    assert issued.person_id not in find_by_phone(mother.number)
    assert issued.number in page
    card = pypdfium2.PdfDocument(mother.client.get(f"/toi/nguoi-nha/{child.pk}/the.pdf").content)
    words = card[0].get_textpage().get_text_range()
    assert "Nguyễn Văn ***" in words
    assert issued.number in words
    mother.client.post(f"/toi/nguoi-nha/{child.pk}")
    renewed = valid_pass(child.cared_id)
    assert (renewed.serial, queries.has_ended(child.cared_id, 1)) == (2, True)
    assert not Person.objects.get(pk=child.cared_id).provisional
    assert "Nguyễn Văn An" in text(mother.client, "/toi/nguoi-nha")


def test_one_tap_records_the_group_and_who_answered_for_it(point):
    mother = carer("0912900002")
    an, ba = adds(mother), adds(mother, "Nguyễn Thị Bà", "1940")
    me = find_by_phone(mother.number)[0]
    page = mother.opens(point)
    assert "An (2016)" in page
    assert "Bà (1940)" in page
    assert "checked" not in page
    done = taps(mother, point, "in", an, ba)
    assert "An (2016), Bà (1940)" in done
    rows = scans_of(me, an.cared_id, ba.cared_id)
    assert {(who, direction, proxy) for who, direction, _, proxy in rows} == {
        (me, 1, None),
        (an.cared_id, 1, me),
        (ba.cared_id, 1, me),
    }
    assert len({group for *_, group, _ in rows}) == 1
    assert rows[0][2] is not None


def test_a_tap_sent_again_records_nobody_twice_and_a_tick_added_only_that_one(point):
    mother = carer("0912900003")
    an, ba = adds(mother), adds(mother, "Nguyễn Thị Bà", "1940")
    ticket = hidden(mother.opens(point))["ticket"]
    for household in ([an], [an], [an, ba]):
        taps(mother, point, "in", *household, ticket=ticket)
    me = find_by_phone(mother.number)[0]
    assert sorted(who for who, *_ in scans_of(me, an.cared_id, ba.cared_id)) == sorted([me, an.cared_id, ba.cared_id])


def test_those_who_came_along_are_ticked_when_one_leaves(point, at):
    mother = carer("0912900004")
    an, ba = adds(mother), adds(mother, "Nguyễn Thị Bà", "1940")
    done = taps(mother, point, "in", an)
    assert f'type="hidden" name="with" value="{an.pk}"' in done
    at.tick(minutes=20)
    page = mother.opens(point)
    assert f'name="with" value="{an.pk}" checked' in page
    assert f'name="with" value="{ba.pk}">' in page
    taps(mother, point, "out", an)
    assert [direction for _, direction, *_ in scans_of(an.cared_id)] == [1, 2]
    assert scans_of(ba.cared_id) == []
    derive()
    assert "08:" in text(mother.client, f"/toi/nguoi-nha/{an.pk}")


def test_visits_from_before_the_care_are_not_seen(point, at):
    at("2026-03-03T09:00")
    mother = carer("0912900005")
    child = adds(mother)
    writes(child.cared_id, point, "2026-03-03T08:30")
    at("2026-03-03T10:00")
    writes(child.cared_id, point, "2026-03-03T09:45")
    page = text(mother.client, f"/toi/nguoi-nha/{child.pk}")
    assert "09:45" in page
    assert "08:30" not in page


def test_after_the_end_of_care_nothing_is_seen_and_nothing_recorded(point, at):
    at("2026-03-04T09:00")
    mother = carer("0912900006")
    child = adds(mother)
    stale = hidden(mother.opens(point))["ticket"]
    assert mother.client.post(f"/toi/nguoi-nha/{child.pk}/ket-thuc").status_code == 302
    child.refresh_from_db()
    assert child.ends_at == clock.now()
    for path in ("", "/the.pdf"):
        text(mother.client, f"/toi/nguoi-nha/{child.pk}{path}", 404)
    assert mother.client.post(f"/toi/nguoi-nha/{child.pk}").status_code == 404
    assert mother.client.post(f"/toi/nguoi-nha/{child.pk}/ket-thuc").status_code == 404
    assert "Nguyễn Văn An" not in text(mother.client, "/toi/nguoi-nha")
    assert "An (2016)" not in mother.opens(point)
    assert "Đi cùng" not in taps(mother, point, "in", child, ticket=stale)
    assert scans_of(child.cared_id) == []
    assert len(scans_of(find_by_phone(mother.number)[0])) == 1
    assert valid_pass(child.cared_id) is None


def test_strangers_find_nobody_of_another_household(point):
    mother, stranger = carer("0912900007"), carer("0912900008", "Lê Thị Lạ")
    child = adds(mother)
    for path in ("", "/the.pdf"):
        text(stranger.client, f"/toi/nguoi-nha/{child.pk}{path}", 404)
        assert browser().get(f"/toi/nguoi-nha/{child.pk}{path}")["Location"].startswith("/vao?next=")
    assert stranger.client.post(f"/toi/nguoi-nha/{child.pk}").status_code == 404
    assert stranger.client.post(f"/toi/nguoi-nha/{child.pk}/ket-thuc").status_code == 404
    taps(stranger, point, "in", child)
    assert scans_of(child.cared_id) == []
    child.refresh_from_db()
    assert child.ends_at is None


def test_a_ticket_of_somebody_else_brings_nobody_of_mine_along(point):
    mother, other = carer("0912900009"), carer("0912900010", "Lê Thị Khác")
    child = adds(mother)
    ticket = hidden(other.opens(point))["ticket"]
    mother.sends(point, {"ticket": ticket, "direction": "in", "with": [child.pk]}, status=400)
    assert scans_of(child.cared_id, find_by_phone(other.number)[0]) == []


def test_a_phone_that_is_not_proved_sees_no_household_and_adds_nobody(point):
    mother = carer("0912900011")
    child = adds(mother)
    newcomer = signed(mother.number)
    page = text(newcomer.client, "/toi/nguoi-nha")
    assert "Nguyễn Văn An" not in page
    assert "/toi/chung-minh" in page
    text(newcomer.client, f"/toi/nguoi-nha/{child.pk}", 404)
    assert "An (2016)" not in newcomer.opens(point)
    assert "An (2016)" not in taps(newcomer, point, "in", child)
    assert scans_of(child.cared_id) == []
    before = Care.objects.count()
    assert newcomer.client.post("/toi/nguoi-nha/them", EMPTY | {"name": "Ai Đó", "birth": "2010"}).status_code == 302
    assert Care.objects.count() == before


def test_who_types_the_document_of_somebody_sees_none_of_their_visits(point, chief, at):
    at("2026-03-05T09:00")
    mother = carer("0912900012")
    old = person_with("067141000000")
    fresh = adds(mother, "Bà Mới", "1940", document="067140000123")
    taken = adds(mother, "Bà Cũ", "1941", document="067141000000")
    gate = person_with("067140000123")
    assert gate != fresh.cared_id
    assert set(find_by_document("067140000123")) == {gate, fresh.cared_id}
    proposal = MergeProposal.objects.get(canonical_id=taken.cared_id)
    assert proposal.alias_id == old
    merge(old, into=taken.cared_id, by=chief, now=clock.now())
    at("2026-03-05T11:00")
    for person in (gate, old):
        writes(person, point, "2026-03-05T10:15")
    for care in (fresh, taken):
        assert "10:15" not in text(mother.client, f"/toi/nguoi-nha/{care.pk}")


def test_beginning_ending_and_looking_are_written_down_for_both(point):
    mother = carer("0912900013")
    child = adds(mother)
    text(mother.client, f"/toi/nguoi-nha/{child.pk}")
    mother.client.post(f"/toi/nguoi-nha/{child.pk}/ket-thuc")
    me = find_by_phone(mother.number)[0]
    assert events_about(child.cared_id) == ["care.begun", "care.ended", "care.visits_seen", "pass.issued"]
    assert {"care.begun", "care.ended"} <= set(events_about(me))
    assert "Bắt đầu chăm sóc người nhà" in text(mother.client, "/toi/ai-da-xem")


def test_whoever_is_in_care_needs_a_name_and_a_year_and_a_household_has_an_end(point):
    mother = carer("0912900014")
    for told in ({"name": "", "birth": "2016"}, {"name": "An", "birth": ""}, {"name": "An", "birth": "hôm qua"}):
        assert mother.client.post("/toi/nguoi-nha/them", EMPTY | told).status_code == 400
    for number in range(12):
        adds(mother, f"Nguyễn Văn Số {number}")
    full = mother.client.post("/toi/nguoi-nha/them", EMPTY | {"name": "An", "birth": "2016"})
    assert "Đã đủ số người nhà" in full.content.decode()


def test_one_takes_the_list_of_ones_household_along_and_not_their_visits(point):
    mother = carer("0912900015")
    child = adds(mother)
    taps(mother, point, "in", child)
    derive()
    told = mother.client.get("/toi/du-lieu/tai-ve.json").json()
    assert [(one["name"], one["birth_year"]) for one in told["household"]] == [("Nguyễn Văn An", 2016)]
    assert len(told["visits"]) == 1
    pdf = pypdfium2.PdfDocument(mother.client.get("/toi/du-lieu/tai-ve.pdf").content)
    assert "Nguyễn Văn An" in "".join(page.get_textpage().get_text_range() for page in pdf)


def test_erasing_a_carer_ends_what_is_known_of_the_care(point):
    mother = carer("0912900016")
    child = adds(mother)
    chief = officer_with("data_protection_officer")
    erase_person(find_by_phone(mother.number)[0], purpose="đơn 12", by=chief, now=clock.now() + timedelta(minutes=1))
    assert not Care.objects.filter(pk=child.pk).exists()
    assert queries.is_living(child.cared_id)


def test_nobody_is_ticked_because_of_what_was_recorded_under_a_merged_id(point, chief, at):
    at("2026-03-05T13:00")
    mother = carer("0912900030")
    old = person_with("067141000300")
    taken = adds(mother, "Bà Cũ", "1941", document="067141000300")
    merge(old, into=taken.cared_id, by=chief, now=clock.now())
    writes(old, point, "2026-03-05T12:55")
    taps(mother, point, "in")
    at.tick(minutes=5)
    assert f'name="with" value="{taken.pk}">' in mother.opens(point)
