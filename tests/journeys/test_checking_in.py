"""Visitors scan a place's code with their own phones: recorded first, verified after, one stay at a time."""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from support.citizens import Phone, code_sent_to, derive, hidden, messages_to
from support.town import GIA_NGHIA

from dauchan.kernel import clock
from dauchan.kernel.sealing import unseal
from dauchan.people import vault
from dauchan.people.queries import find_by_phone
from dauchan.people.rules import mask_phone
from dauchan.people.signing_in import devices_of
from dauchan.people.subjects import RESOLVING_LOCK
from dauchan.places import posters
from dauchan.places.bulk import register_places
from dauchan.places.models import Category, Place, Point
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units.queries import unit_by_code
from dauchan.visits import checking_in
from dauchan.visits.rules import Confidence, DepartedBy

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


def a_place(name: str, *, capacity: int | None = None, opening_hours: str = "", kind: str = "market") -> Point:
    unit = unit_by_code(GIA_NGHIA, clock.local_day(clock.now()))
    assert unit
    category = Category.objects.get(code=kind)
    told = PlaceInput(name, unit.pk, category.pk, points=(PointInput("Cổng chính"),), capacity=capacity)
    register_places([told], by=None, now=clock.now())
    found = Point.objects.select_related("place").get(place__name=name)
    if opening_hours:
        from dauchan.places.hours import OpeningHours

        found.place.periods.update(opening_hours=OpeningHours.parse(opening_hours).written())
    return found


@pytest.fixture(scope="module")
def market(database) -> Point:
    return a_place("Chợ Gia Nghĩa")


@pytest.fixture(scope="module")
def cafe(database) -> Point:
    return a_place("Cà phê Nắng")


def scans_of(phone: str) -> list[tuple[str, int, int]]:
    """The place, direction and confidence of every scan of the people with a phone, in order."""
    people = set(find_by_phone(phone))
    with connection.cursor() as cursor:
        cursor.execute(
            "select day, token, place.name, scan.direction, confidence from visits_scan scan "
            "join places_point point on point.id = point_id join places_place place on place.id = point.place_id "
            "order by at, scan.id"
        )
        rows = cursor.fetchall()
    keyring = vault.the_keyring()
    return [row[2:] for row in rows if unseal(keyring.day_key(row[0]), bytes(row[1])) in people]


def visits_of(phone: str) -> list[tuple[str, str, str, int, int]]:
    derive()
    people = set(find_by_phone(phone))
    with connection.cursor() as cursor:
        cursor.execute(
            "select day, token, place.name, arrived_at, departed_at, departed_by, confidence from visits_visit visit "
            "join places_place place on place.id = visit.place_id order by arrived_at"
        )
        rows = cursor.fetchall()
    keyring = vault.the_keyring()
    return [
        (name, f"{arrived.astimezone(clock.LOCAL):%H:%M}", f"{departed.astimezone(clock.LOCAL):%H:%M}", by, confidence)
        for day, token, name, arrived, departed, by, confidence in rows
        if unseal(keyring.day_key(day), bytes(token)) in people
    ]


def test_a_number_typed_at_a_poster_is_recorded_at_once_and_the_page_says_when(market, at):
    at("2026-03-02T08:12")
    phone = Phone("0912000001")
    page = phone.checks("in", market)
    assert scans_of(phone.number) == [("Chợ Gia Nghĩa", 1, Confidence.TYPED)]
    assert "Đã vào" in page
    assert "08:12" in page
    assert "Chợ Gia Nghĩa" in page
    assert "0912 *** 001" in page


def test_giving_the_code_back_signs_the_phone_in_and_makes_the_same_arrival_sure(market, at):
    at("2026-03-02T08:20")
    phone = Phone("0912000002")
    page = phone.checks("in", market)
    at.tick(minutes=3)
    assert "chỉ chạm một lần" in phone.gives_code(market, page)
    assert [line[1] for line in scans_of(phone.number)] == [1, 1]
    at.tick(minutes=30)
    phone.checks("out", market)
    assert visits_of(phone.number) == [("Chợ Gia Nghĩa", "08:20", "08:53", DepartedBy.SCAN, Confidence.POSTER)]


def test_whoever_leaves_the_code_undone_has_lost_nothing(market, at):
    at("2026-03-02T08:30")
    phone = Phone("0912000003")
    phone.checks("in", market)
    at.tick(hours=1)
    assert scans_of(phone.number) == [("Chợ Gia Nghĩa", 1, Confidence.TYPED)]
    assert visits_of(phone.number)[0][:2] == ("Chợ Gia Nghĩa", "08:30")


def test_a_signed_in_phone_taps_once_and_is_told_that_it_is_here(market, at):
    at("2026-03-02T09:00")
    phone = Phone("0912000004")
    phone.signs_in_at(market)
    at.tick(hours=4)
    page = phone.checks("in", market)
    assert "Đã vào" in page
    assert 'name="phone"' not in page
    at.tick(minutes=10)
    assert "từ <strong>13:00</strong>" in phone.opens(market)


def test_arriving_elsewhere_ends_the_stay_before(market, cafe, at):
    at("2026-03-02T09:10")
    phone = Phone("0912000005")
    phone.signs_in_at(market)
    at.tick(minutes=20)
    assert "ở nơi khác" in phone.opens(cafe)
    phone.checks("in", cafe)
    assert visits_of(phone.number)[0] == (
        "Chợ Gia Nghĩa", "09:10", "09:30", DepartedBy.NEXT_SCAN, Confidence.POSTER,
    )  # fmt: skip


def test_a_form_sent_twice_counts_once_at_the_first_instant(market, at):
    at("2026-03-02T09:40")
    phone = Phone("0912000006")
    known = Phone("0912000007")
    known.signs_in_at(market)
    at.tick(minutes=5)
    typed = {"nonce": hidden(phone.opens(market))["nonce"], "phone": phone.number, "direction": "in"}
    ticket = {"ticket": hidden(known.opens(market))["ticket"], "direction": "out"}
    phone.sends(market, typed)
    known.sends(market, ticket)
    at.tick(minutes=2)
    assert "09:45" in phone.sends(market, typed)
    assert "09:45" in known.sends(market, ticket)
    assert len(scans_of(phone.number)) == 1
    assert [line[1] for line in scans_of(known.number)] == [1, 1, 2]
    assert len(messages_to(phone.number)) == 1, "the second sending asks for no second code"


def test_an_old_page_is_refused_in_words_and_a_fresh_one_is_there_at_once(market, at):
    at("2026-03-02T10:00")
    phone = Phone("0912000008")
    phone.signs_in_at(market)
    ticket = {"ticket": hidden(phone.opens(market))["ticket"], "direction": "out"}
    at.tick(minutes=11)
    page = phone.sends(market, ticket, status=400)
    assert "hết hạn" in page
    assert phone.sends(market, {"ticket": hidden(page)["ticket"], "direction": "out"})


def test_a_ticket_is_good_at_its_own_point_only(market, cafe, at):
    at("2026-03-02T10:20")
    phone = Phone("0912000009")
    phone.signs_in_at(market)
    ticket = hidden(phone.opens(market))["ticket"]
    phone.sends(cafe, {"ticket": ticket, "direction": "in"}, status=400)
    assert [line[0] for line in scans_of(phone.number)] == ["Chợ Gia Nghĩa", "Chợ Gia Nghĩa"]


def test_a_wrong_number_is_explained_and_nothing_is_recorded(market, at):
    at("2026-03-02T10:30")
    phone = Phone("0112")
    page = phone.sends(market, {"phone": "0112", "nonce": "0" * 16, "direction": "in"}, status=400)
    assert "10 chữ số" in page
    assert 'value="0112"' in page


def test_a_pending_place_records_and_warns_and_a_closed_one_says_so(at):
    at("2026-03-02T10:40")
    point = a_place("Quán chờ duyệt")
    Place.objects.filter(pk=point.place_id).update(state="pending")
    phone = Phone("0912000010")
    assert "đang chờ duyệt" in phone.opens(point)
    phone.checks("in", point)
    assert [line[0] for line in scans_of(phone.number)] == ["Quán chờ duyệt"]
    Place.objects.filter(pk=point.place_id).update(state="closed")
    page = phone.sends(point, {"phone": phone.number, "nonce": "1" * 16, "direction": "in"})
    assert "đã đóng cửa" in page
    assert len(scans_of(phone.number)) == 1


def test_a_burst_of_unverified_arrivals_is_kept_apart_and_known_phones_still_count(at):
    at("2026-03-02T11:00")
    point = a_place("Quán nhỏ", capacity=5)
    crowd = [Phone(f"09130000{number:02d}") for number in range(14)]
    for phone in crowd:
        phone.checks("in", point)
    assert sum(len(scans_of(phone.number)) for phone in crowd) == 10
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from visits_kept where point_id = %s and reason = 'burst'", [point.pk])
        assert cursor.fetchone() == (4,)
    late = crowd[-1]
    page = late.checks("in", point)
    late.gives_code(point, page)
    assert [line[2] for line in scans_of(late.number)] == [Confidence.POSTER], "who proves the number counts at once"


def test_in_the_night_only_a_few_unverified_arrivals_are_taken_at_a_place_with_hours(at):
    point = a_place("Quán có giờ", capacity=100, opening_hours="07:00-21:00")
    at("2026-03-03T02:00")
    for number in range(12):
        Phone(f"09140000{number:02d}").checks("in", point)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from visits_kept where point_id = %s and reason = 'burst'", [point.pk])
        assert cursor.fetchone() == (2,)


def test_the_page_is_complete_in_english(market, at):
    at("2026-03-02T12:00")
    page = Phone("0912000011").opens(market, accept_language="en")
    for words in ("A true code", "Check in", "Check out", "Your visit is recorded at once", "controlled by"):
        assert words in page


def test_no_cookie_and_no_address_says_anything_about_the_visitor(market, at):
    at("2026-03-02T12:10")
    phone = Phone("0912000012")
    phone.signs_in_at(market)
    cookies = {name: morsel.value for name, morsel in phone.client.cookies.items()}
    person = find_by_phone(phone.number)[0]
    assert set(cookies) == {"csrftoken", "dc_me", "dc_asked"}
    for value in cookies.values():
        assert phone.number not in value
        assert person.hex not in value
    assert phone.client.cookies["dc_me"]["httponly"]
    assert phone.client.cookies["dc_me"]["samesite"] == "Lax"
    assert len(devices_of(person, clock.now())) == 1


def test_the_message_names_no_place_and_lets_the_browser_fill_the_code_in(market, at):
    at("2026-03-02T12:20")
    phone = Phone("0912000013")
    phone.checks("in", market)
    text = messages_to(phone.number)[0]
    code = code_sent_to(phone.number)
    assert text.endswith(f"@localhost #{code}")
    assert "Cho" not in text
    assert text.isascii()


def on_screen(point: Point) -> str:
    """The path of what a screen at a point shows now."""
    ((_, url),) = posters.screen_urls(point, clock.now(), lasting=timedelta(seconds=30))
    return url.removeprefix("HTTPS://DAUCHAN.TEST")


def test_a_code_that_a_screen_shows_just_then_counts_as_surer_than_a_poster_and_its_picture_later_as_a_poster(cafe, at):
    at("2026-03-02T15:00")
    phone = Phone("0912000031")
    phone.signs_in_at(cafe)
    shown_at_three = on_screen(cafe)
    for minutes, expected in ((0, Confidence.SCREEN), (10, Confidence.POSTER)):
        at.tick(minutes=minutes)
        fields = hidden(phone.client.get(shown_at_three).content.decode())
        at.tick(minutes=4)
        said = {"ticket": fields["ticket"], "proof": fields["proof"], "direction": "in"}
        assert phone.client.post(shown_at_three, said).status_code == 200
        assert scans_of(phone.number)[-1] == ("Cà phê Nắng", 1, expected)


def test_the_proof_of_one_ticket_is_worth_nothing_beside_another(cafe, at):
    at("2026-03-02T16:00")
    there, elsewhere = Phone("0912000032"), Phone("0912000033")
    for phone in (there, elsewhere):
        phone.signs_in_at(cafe)
    at.tick(minutes=5)
    seen = hidden(there.client.get(on_screen(cafe)).content.decode())
    own = hidden(elsewhere.opens(cafe))
    assert (bool(seen["proof"]), own["proof"]) == (True, "")
    elsewhere.sends(cafe, {"ticket": own["ticket"], "proof": seen["proof"], "direction": "in"})
    assert scans_of(elsewhere.number)[-1] == ("Cà phê Nắng", 1, Confidence.POSTER)


def test_the_page_after_a_known_number_is_the_page_after_a_new_one_to_the_byte_but_for_its_own_digits(market, at):
    at("2026-03-02T10:00")
    known = [f"0912{block:03d}111" for block in range(100, 112)]
    for number in known:
        Phone(number).signs_in_at(market)
    at.tick(hours=2)
    pages, sizes = set(), set()
    for number in [*known, *(f"0913{block:03d}222" for block in range(100, 112))]:
        page = Phone(number).checks("in", market)
        pages.add(re.sub(r'value="[^"]*"', "", page).replace(mask_phone(number), "…"))
        sizes.add(tuple(len(value) for value in hidden(page).values()))
    assert (len(pages), len(sizes)) == (1, 1)


def test_what_a_phone_told_while_it_waited_for_its_code_is_shown_to_it(market, at):
    at("2026-03-04T09:00")
    phone = Phone("0912000050")
    page = phone.checks("in", market)
    at.tick(minutes=2)
    phone.gives_code(market, page)
    derive()
    assert "Chợ Gia Nghĩa" in phone.client.get("/toi/luot-den").content.decode()
    assert "Bạn đang ở đây từ" in phone.opens(market)


def test_a_number_that_changed_hands_tells_nobody_where_its_former_bearer_is(market, at):
    at("2026-03-04T10:00")
    Phone("0912000051").signs_in_at(market)
    at.tick(minutes=25)
    page = signed("0912000051").opens(market)
    assert "Bạn đang ở đây từ" not in page
    assert 'name="ticket"' in page


def signed(number: str) -> Phone:
    phone = Phone(number)
    phone.client.post("/vao", {"phone": number})
    assert phone.client.post("/vao", {"phone": number, "code": code_sent_to(number)}).status_code == 302
    return phone


def test_nobody_expires_between_being_found_by_a_number_and_being_recorded(market, database, at, monkeypatch):
    at("2026-03-04T11:00")
    free: list[bool] = []
    check_in = checking_in.check_in

    def looked_at(*told: Any, **named: Any) -> checking_in.CheckedIn:
        with psycopg.connect(database.dsn) as retention:
            free.append(retention.execute("select pg_try_advisory_lock(%s)", [RESOLVING_LOCK]).fetchone()[0])
        return check_in(*told, **named)

    monkeypatch.setattr(checking_in, "check_in", looked_at)
    Phone("0912000052").checks("in", market)
    assert free == [False]
