"""How an SMS leaves this installation: over a provider's HTTP interface, or, in a try-out, to a made-up phone.

What a provider wants is set in `installation.toml`, section `[sms]` (docs/reference/messages.md). Whatever goes wrong
is either worth another try (`NotNow`) or final (`Refused`); neither says anything of the message.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from dauchan import config
from dauchan.kernel.errors import Problem, Unavailable

SECONDS = 10.0
"""How long a provider may take to answer. Ours."""
LARGEST_ANSWER = 65_536
PLAIN = (("http", "127.0.0.1"), ("http", "localhost"))
"""Where a provider's program on this very machine may be asked without a certificate."""
NEEDED = ("{phone}", "{text}")


class NotNow(Exception):
    """It may work later: the provider is busy, away, or did not answer; `wait` is how long it asks us to."""

    def __init__(self, why: str, *, wait: timedelta = timedelta(0)) -> None:
        super().__init__(why)
        self.wait = wait


class Refused(Exception):
    """It never will: the provider says no."""


class NoSms(Unavailable):
    kind = "sms_unavailable"
    vi = "Hệ thống này chưa gửi được tin nhắn. Hãy nhờ người trực hoặc cán bộ xã cấp mã tại chỗ."
    en = "This system can't send messages yet. Ask the gate keeper or a commune officer for a code."


class SmsUnclear(Problem):
    kind = "sms_unclear"
    vi = "Phần [sms] trong installation.toml chưa đúng: {field}."
    en = "The section [sms] of installation.toml is not right: {field}."


class SmsGateway(Protocol):
    """Somebody who delivers short messages."""

    def send(self, phone: str, text: str, *, reference: str) -> str:
        """Hand a message over; the same reference again is the same message.

        returns  the provider's id of it, "" where it gives none
        raises   NotNow, Refused
        """


@dataclass(frozen=True)
class TryOutPhone:
    """The made-up phone of a try-out: a message is sent by standing in the list that its page shows."""

    def send(self, phone: str, text: str, *, reference: str) -> str:
        return f"try-out-{reference}"


@dataclass(frozen=True)
class HttpGateway:
    """A provider's HTTP interface.

    body     what is sent, with {phone}, {text} and {reference} where they belong; as JSON, or as a form
    headers  may hold a secret, which stands in the environment as the setting says
    id_at    the way to the provider's id in its JSON answer, "data.id"; "" where there is none
    """

    url: str
    body: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    as_form: bool = False
    country_code: str = ""
    id_at: str = ""

    def send(self, phone: str, text: str, *, reference: str) -> str:
        said = {"phone": self._number(phone), "text": text, "reference": reference}
        body = {name: _filled(value, said) for name, value in self.body.items()}
        sent: dict[str, Any] = {"data": body} if self.as_form else {"json": body}
        try:
            with httpx.stream("POST", self.url, headers=dict(self.headers), timeout=SECONDS, **sent) as answer:
                return self._judge(answer)
        except httpx.HTTPError as error:
            raise NotNow(type(error).__name__) from None  # its text may hold the address with a key in it

    def _number(self, phone: str) -> str:
        return f"{self.country_code}{phone[1:]}" if self.country_code else phone

    def _judge(self, answer: httpx.Response) -> str:
        status = answer.status_code
        if status in (408, 425, 429) or status >= 500:
            raise NotNow(str(status), wait=_asked_to_wait(answer))
        if not answer.is_success:
            raise Refused(str(status))
        return found_at(_read(_beginning(answer)), self.id_at) if self.id_at else ""


def _asked_to_wait(answer: httpx.Response) -> timedelta:
    """The `Retry-After` of an answer in seconds; none for a date, a nonsense or more than a message's life."""
    told = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(told)) if told.isascii() and told.isdigit() and len(told) <= 3 else timedelta(0)


def _filled(template: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def _beginning(answer: httpx.Response) -> bytes:
    content = b""
    for part in answer.iter_bytes():
        content += part
        if len(content) > LARGEST_ANSWER:
            break
    return content[:LARGEST_ANSWER]


def _read(content: bytes) -> Any:
    """A JSON answer; None for anything else: the message is on its way anyhow."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def found_at(there: Any, path: str) -> str:
    """The word or number at a way like "data.0.id" in something read from JSON or a form; "" for nothing."""
    try:
        for step in path.split("."):
            there = there[int(step)] if isinstance(there, list) else there[step]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    found = str(there)[:100] if isinstance(there, str | int) else ""
    return "" if "\x00" in found else found  # a text that PostgreSQL can't hold is no id


def the_gateway() -> SmsGateway:
    """The gateway of this installation.

    raises   NoSms where none is set, SmsUnclear
    """
    installation = config.load()
    if installation.sms:
        return configured(installation.sms)
    if installation.try_out:
        return TryOutPhone()
    raise NoSms(seconds=600)


def can_text() -> bool:
    """Whether this installation sends SMS at all."""
    installation = config.load()
    return bool(installation.sms) or installation.try_out


def configured(told: Mapping[str, Any]) -> HttpGateway:
    """What section `[sms]` says.

    raises   SmsUnclear
    """
    url = urlsplit(str(told.get("url", "")))
    if not url.hostname or (url.scheme != "https" and (url.scheme, url.hostname) not in PLAIN):
        raise SmsUnclear(field="url")
    body = told.get("body")
    if not isinstance(body, dict) or not all(any(part in str(v) for v in body.values()) for part in NEEDED):
        raise SmsUnclear(field="body")
    headers = {str(name): _with_secrets(str(value)) for name, value in dict(told.get("headers", {})).items()}
    return HttpGateway(
        url=str(told["url"]),
        body={str(name): str(value) for name, value in body.items()},
        headers=headers,
        as_form=told.get("format", "json") == "form",
        country_code=str(told.get("country_code", "")),
        id_at=str(told.get("id_at", "")),
    )


def _with_secrets(value: str) -> str:
    """A header with `$NAME` replaced by what stands under that name in the environment.

    raises   SmsUnclear
    """
    words = value.split(" ")
    for number, word in enumerate(words):
        if word.startswith("$"):
            if word[1:] not in os.environ:
                raise SmsUnclear(field=word)
            words[number] = os.environ[word[1:]]
    return " ".join(words)
