"""Somebody finds a printed card, or takes a picture of one: every route is asked with it, as a stranger, as another
citizen and as a gate; none answers a visit, a name or a number.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.citizens import Phone, code_sent_to, derive
from support.officers import browser
from support.routes import addresses
from support.scene import place_of_here, two_communes

from dauchan.gates.actions import join, offer_device
from dauchan.kernel import clock
from dauchan.people import actions, queries
from dauchan.people.models import Person
from dauchan.people.queries import find_by_phone
from dauchan.places.models import Place, Point
from dauchan.web.route import SAFE
from dauchan.web.routes import ROUTES

CLOCK = "2026-03-02T08:00+07:00"
NUMBER, NAME, PLACE = "0912470001", "Tô Thị Thẻ", "Quán Chỉ Người Này Đến"
MADE_UP_PHONE = "try-out-phone"
"""A try-out's page of messages, which shows numbers on purpose and stands in no other installation."""
FIELDS = ("pass", "code", "q", "value", "find_value", "person", "handle", "key", "phone", "text", "card", "token")


@pytest.fixture(scope="module")
def point(database) -> Point:
    found = Point.objects.select_related("place").get(place_id=place_of_here(two_communes())["place_id"])
    Place.objects.filter(pk=found.place_id).update(name=PLACE)
    return Point.objects.select_related("place").get(pk=found.pk)


@pytest.fixture(scope="module")
def card(point: Point) -> str:
    """The text on the card of somebody who was at a place that nothing else names."""
    owner = Phone(NUMBER)
    owner.signs_in_at(point)
    derive()
    (person,) = find_by_phone(NUMBER)
    empty = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address", "residence_text"), "")
    told = empty | {"name": NAME, "residence": str(two_communes().here.pk)}
    assert owner.client.post("/toi/danh-tinh", told).status_code == 302
    issued = actions.issue_pass(Person.objects.get(pk=person), now=clock.now())
    visits = owner.client.get("/toi/luot-den").content.decode()
    assert PLACE in visits, "the bearer of the phone does see it"
    return queries.pass_text(person, issued.serial)


def another_citizen() -> Client:
    other = Phone("0912470002")
    other.client.post("/vao", {"phone": other.number, "next": "/toi"})
    other.client.post("/vao", {"phone": other.number, "code": code_sent_to(other.number), "next": "/toi"})
    assert other.client.get("/toi").status_code == 200
    return other.client


def a_gate(point: Point) -> str:
    """The token of a gate at the very place."""
    now = clock.now()
    code = offer_device(point.place, "Cổng", until=now + timedelta(days=1), takes_paper=True, by=None, now=now)[1]
    return str(join(code, "Trực", network="10.0.0.0/24", now=now).token)


def asked(client: Client, card: str, headers: dict[str, str]) -> list[tuple[str, int, str]]:
    """Every address with the card where it can be put."""
    client.raise_request_exception = False
    answers = []
    methods = {route.name: route.methods for route in ROUTES}
    for address in addresses():
        if address.name == MADE_UP_PHONE:
            continue
        for path in {address.sample(), address.path(lambda _: card)}:
            told: dict[str, Any] = dict.fromkeys(FIELDS, card)
            answer = client.get(path, told, headers=headers)
            answers.append((f"GET {path}", answer.status_code, _text(answer)))
            if set(methods.get(address.name, ())) - set(SAFE):
                for kind in ("application/json", "multipart/form-data"):
                    options = {"content_type": kind} if kind == "application/json" else {}
                    answer = client.post(path, told, headers=headers, **options)
                    answers.append((f"POST {path}", answer.status_code, _text(answer)))
    return answers


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


@pytest.mark.parametrize("who", ["a stranger", "another citizen", "a gate of the place"])
def test_a_card_alone_opens_nothing(card: str, point: Point, who: str) -> None:
    client = another_citizen() if who == "another citizen" else browser()
    headers = {"Authorization": f"Bearer {a_gate(point)}"} if who == "a gate of the place" else {}
    answers = asked(client, card, headers)
    assert len(answers) > 200
    names = (NAME, NUMBER) if headers else (NAME, NUMBER, PLACE)  # a gate knows where it stands
    told = [(path, status) for path, status, text in answers if any(name in text for name in names)]
    assert told == []
    assert not [path for path, status, _ in answers if status >= 500]
