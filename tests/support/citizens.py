"""Citizens with phones: browsers that scan a place's code, and the messages that they get."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from support.officers import browser

from dauchan.kernel import clock
from dauchan.notify import actions
from dauchan.notify.models import Message, State
from dauchan.notify.queries import on_the_try_out_phone
from dauchan.people import vault
from dauchan.places import posters
from dauchan.places.models import Point
from dauchan.visits.actions import derive_all

CODE = re.compile(r"\b\d{6,8}\b")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def send_messages() -> None:
    """Have the worker's part done: hand over every message that waits."""
    for number in Message.objects.filter(state=State.WAITING).values_list("pk", flat=True):
        actions.deliver(number, now=clock.now())


def messages_to(phone: str) -> list[str]:
    """The texts of the messages that a phone has got, the newest first."""
    send_messages()
    return [sent.envelope.text for sent in on_the_try_out_phone(clock.now()) if sent.envelope.to == phone]


def code_sent_to(phone: str) -> str:
    """The one-time code in the newest message to a phone."""
    found = CODE.search(messages_to(phone)[0])
    assert found
    return found.group()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(HIDDEN.findall(page))


@dataclass
class Phone:
    """Somebody's phone: a browser with its cookies, and a number."""

    number: str
    client: Client = field(default_factory=browser)

    def opens(self, point: Point, **headers: str) -> str:
        answer = self.client.get(f"/P/{posters.code_text(point)}", headers=headers)
        assert answer.status_code == 200, answer.content.decode()
        return str(answer.content.decode())

    def sends(self, point: Point, said: dict[str, Any], *, to: str = "", status: int = 200) -> str:
        answer = self.client.post(f"/P/{posters.code_text(point)}{to}", said)
        assert answer.status_code == status, answer.content.decode()
        return str(answer.content.decode())

    def checks(self, direction: str, point: Point) -> str:
        """Open the page behind the code and tap; a phone that isn't signed in types its number."""
        fields = hidden(self.opens(point))
        said = {"ticket": fields["ticket"]} if "ticket" in fields else {"nonce": fields["nonce"], "phone": self.number}
        return self.sends(point, {**said, "direction": direction})

    def gives_code(self, point: Point, page: str, code: str = "", status: int = 200) -> str:
        """Type the code that came by SMS into the page that asks for it."""
        fields = hidden(page)
        said = {"receipt": fields["receipt"], "phone": self.number, "code": code or code_sent_to(self.number)}
        return self.sends(point, said, to="/ma", status=status)

    def signs_in_at(self, point: Point) -> str:
        return self.gives_code(point, self.checks("in", point))


def derive() -> None:
    derive_all(vault.the_keyring(), clock.now())
