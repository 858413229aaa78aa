"""Messages over a real HTTP provider that fails in every way: each is sent once, or its end is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test.client import MULTIPART_CONTENT
from support.officers import browser

from dauchan import config
from dauchan.accounts.actions import create_credential
from dauchan.kernel import clock
from dauchan.notify import actions, gateways
from dauchan.notify.models import Message, State

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")
PHONE, TEXT = "0912345678", "123456 la ma Dau Chan cua ban"
Answer = tuple[int, dict[str, str], bytes]
TAKEN: Answer = (200, {}, b'{"data": [{"id": 7001}]}')
LATE, CUT = "late", "cut"


@dataclass
class Provider:
    """A provider's server; `answers` says what it does with each request in turn, the last one for ever."""

    url: str = ""
    answers: list[Answer | str] = field(default_factory=lambda: [TAKEN])
    heard: list[dict[str, Any]] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    @property
    def next(self) -> Answer | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(provider: Provider) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = {"body": body, "headers": dict(self.headers), "path": self.path}
            provider.heard.append(said)
            answer = provider.next
            if answer == LATE:
                provider.enough.wait(10)
            if isinstance(answer, str):
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}/send"
    try:
        yield
    finally:
        provider.enough.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def provider(database: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that this installation is set up with."""
    monkeypatch.setenv("SMS_TOKEN", "the-secret")
    here, file = Provider(), database.data_dir / "installation.toml"
    before = file.read_text("utf-8")
    with serving(here):
        file.write_text(before + settings(here.url), encoding="utf-8")
        yield here
    file.write_text(before, encoding="utf-8")


def settings(url: str) -> str:
    return f"""
[sms]
url = "{url}"
country_code = "84"
id_at = "data.0.id"
body = {{ to = "{{phone}}", content = "{{text}}", request_id = "{{reference}}" }}
headers = {{ Authorization = "Bearer $SMS_TOKEN" }}

[sms.status]
id_at = "message.id"
state_at = "message.status"
delivered = ["DELIVRD"]
undelivered = ["UNDELIV", "EXPIRED"]
"""


def written() -> Message:
    now = clock.now()
    return actions.send_sms(PHONE, TEXT, purpose="code", expires_at=now + timedelta(minutes=10), now=now)


def delivered(message: Message) -> timedelta | None:
    pause = actions.deliver(message.pk, now=clock.now())
    message.refresh_from_db()
    return pause


def test_a_message_reaches_the_provider_in_its_own_words_and_with_the_secret(provider: Provider) -> None:
    message = written()
    assert delivered(message) is None
    (heard,) = provider.heard
    assert json.loads(heard["body"]) == {"to": "84912345678", "content": TEXT, "request_id": str(message.pk)}
    assert heard["headers"]["Authorization"] == "Bearer the-secret"
    assert (message.state, message.provider_id) == (State.ACCEPTED, "7001")


@pytest.mark.parametrize("failure", [(500, {}, b""), (503, {}, b"later"), (408, {}, b""), CUT], ids=str)
def test_what_may_work_later_is_tried_again_under_the_same_reference(provider: Provider, failure: Any) -> None:
    provider.answers = [failure, failure, TAKEN]
    message = written()
    assert [delivered(message) for _ in range(4)] == [timedelta(seconds=3), timedelta(seconds=9), None, None]
    assert message.state == State.ACCEPTED
    assert {json.loads(heard["body"])["request_id"] for heard in provider.heard} == {str(message.pk)}
    assert len(provider.heard) == 3, "once taken, never again"


def test_a_provider_that_does_not_answer_is_left_and_tried_again(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "SECONDS", 0.3)
    provider.answers = [LATE, TAKEN]
    message = written()
    assert delivered(message) == timedelta(seconds=3)
    assert delivered(message) is None
    assert message.state == State.ACCEPTED


def test_a_provider_that_asks_for_a_pause_gets_it(provider: Provider) -> None:
    provider.answers = [(429, {"Retry-After": "45"}, b""), (429, {"Retry-After": "Tue, 01 Sep 2099"}, b""), TAKEN]
    message = written()
    assert delivered(message) == timedelta(seconds=45)
    assert delivered(message) == timedelta(seconds=9)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
def test_a_refusal_is_final_and_empties_the_message(provider: Provider, status: int) -> None:
    provider.answers = [(status, {"Location": provider.url}, b"")]
    message = written()
    assert delivered(message) is None
    assert (message.state, message.sealed) == (State.FAILED, None)
    assert len(provider.heard) == 1, "a redirect would carry the number elsewhere"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[" * 60_000, b'{"data": {}}', b'{"data": [{"id": ["x"]}]}', b'{"data": [{"id": "a\\u0000"}]}'],
    ids=["nothing", "no text", "a bomb", "no id", "a list", "a nul"],
)
def test_a_taken_message_is_taken_whatever_the_answer_looks_like(provider: Provider, content: bytes) -> None:
    provider.answers = [(200, {}, content)]
    message = written()
    assert delivered(message) is None
    assert (message.state, message.provider_id) == (State.ACCEPTED, "")


def test_failures_name_neither_number_nor_secret(provider: Provider) -> None:
    for failure, kind in (((503, {}, b"0912345678"), gateways.NotNow), ((403, {}, b"the-secret"), gateways.Refused)):
        provider.answers = [failure]
        with pytest.raises(kind) as caught:
            gateways.the_gateway().send(PHONE, TEXT, reference="1")
        assert str(caught.value) in ("503", "403")
    assert "the-secret" not in repr(gateways.the_gateway())


# --- receipts ---------------------------------------------------------------------------------------------------------


def token(*scopes: str) -> str:
    now = clock.now()
    _, secret = create_credential(
        kind="integrator", name="sms", scopes=scopes, expires_at=now + timedelta(days=30), by=None, now=now
    )
    return secret


def tell(content: Any, *, secret: str, **extra: Any) -> tuple[int, bytes]:
    told: dict[str, Any] = {"content_type": "application/json", **extra}
    answer = browser().post("/api/v1/sms-status", content, headers={"Authorization": f"Bearer {secret}"}, **told)
    return answer.status_code, answer.content


def receipt(provider_id: Any, state: str) -> str:
    return json.dumps({"message": {"id": provider_id, "status": state}})


def test_the_first_last_word_of_a_provider_counts(provider: Provider) -> None:
    provider.answers = [(200, {}, b'{"data": [{"id": "once"}]}')]
    message, secret = written(), token("messages:status")
    delivered(message)
    for state, after in (("SENT", State.ACCEPTED), ("DELIVRD", State.DELIVERED), ("UNDELIV", State.DELIVERED)):
        assert tell(receipt("once", state), secret=secret) == (204, b"")
        message.refresh_from_db()
        assert message.state == after
    assert message.sealed is None


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_receipt_may_come_as_a_form(provider: Provider, database: Any, kind: str) -> None:
    provider.answers = [(200, {}, b'{"data": [{"id": "form"}]}')]
    flat = (database.data_dir / "installation.toml").read_text("utf-8").replace("message.", "")
    (database.data_dir / "installation.toml").write_text(flat, encoding="utf-8")
    message, said = written(), {"id": "form", "status": "UNDELIV"}
    delivered(message)
    content, sent_as = (said, MULTIPART_CONTENT) if kind == "multipart/form-data" else (urlencode(said), kind)
    assert tell(content, secret=token("messages:status"), content_type=sent_as) == (204, b"")
    message.refresh_from_db()
    assert message.state == State.UNDELIVERED


def test_a_known_and_an_unknown_message_are_answered_the_same(provider: Provider) -> None:
    provider.answers = [(200, {}, b'{"data": [{"id": "known"}]}')]
    delivered(written())
    secret = token("messages:status")
    assert tell(receipt("known", "DELIVRD"), secret=secret) == tell(receipt("unknown", "DELIVRD"), secret=secret)


UNREADABLE = [
    "",
    "{",
    "[]",
    "null",
    "1",
    '{"message": {"id": "x"}}',
    receipt("", "DELIVRD"),
    receipt("\x00", "X"),
    "[" * 9999,
]


@pytest.mark.parametrize("content", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_unreadable_receipt_is_refused_in_words(provider: Provider, content: str) -> None:
    status, answer = tell(content, secret=token("messages:status"))
    assert (status, json.loads(answer)["code"]) == (400, "receipt_unreadable")


def test_only_the_provider_tells(provider: Provider) -> None:
    assert tell(receipt("x", "DELIVRD"), secret="dc_1_nothing")[0] == 401
    assert tell(receipt("x", "DELIVRD"), secret=token("scans:write"))[0] == 403


SETTINGS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "url": lambda good: {**good, "url": "http://sms.example.vn/send"},
    "right: url": lambda good: {**good, "url": "http://127.0.0.1.example.vn/send"},
    "body": lambda good: {**good, "body": {"to": "{phone}"}},
    "$NOWHERE": lambda good: {**good, "headers": {"Authorization": "Bearer $NOWHERE"}},
}


@pytest.mark.parametrize("wrong", SETTINGS)
def test_a_wrong_setting_is_named(provider: Provider, wrong: str) -> None:
    with pytest.raises(gateways.SmsUnclear, match=wrong.replace("$", r"\$")):
        gateways.configured(SETTINGS[wrong](dict(config.load().sms)))
