"""Owners of places as browsers: signed in by a one-time code, with a place of their own."""

from typing import Any

from django.test import Client
from support.citizens import code_sent_to
from support.officers import browser

from dauchan.places.models import Category, Place
from dauchan.units.models import Unit


def signed(number: str) -> Client:
    """A phone signed in by the code that came to it."""
    client = browser()
    client.post("/vao", {"phone": number})
    assert client.post("/vao", {"phone": number, "code": code_sent_to(number)}).status_code == 302
    return client


def particulars(here: Unit, **told: str) -> dict[str, str]:
    """What the form of a place sends."""
    empty = dict.fromkeys(("opening_hours", "capacity", "latitude", "longitude"), "")
    market = str(Category.objects.get(code="market").pk)
    return empty | {"category": market, "unit": str(here.pk), "unit_text": str(here), "address": "1 Lê Lợi"} | told


def registers(owner: Client, here: Unit, name: str, **told: str) -> Place:
    """A place of this owner's, another than those that they may have."""
    said = particulars(here, name=name, address=f"{name} 1", another="1", **told)
    answer = owner.post("/cua-toi/dia-diem/them", said)
    assert answer.status_code == 302, answer.content.decode()
    return Place.objects.get(name=name)


def text(client: Client, path: str, status: int = 200, **headers: Any) -> str:
    """The page at a path, once its status is the one expected."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())
