"""The short way through the gateway: told apart from the long one by nothing but speed."""

import json
import socket
import time

import pytest
from support.town import Town, build

CLOCK = "2026-11-20T12:00+07:00"
CRLF = b"\r\n"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


class Gate:
    """A connection that writes bytes as they are given, and reads answers one by one."""

    def __init__(self, town: Town) -> None:
        host, _, port = town.address.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def sends(self, *packets: bytes) -> None:
        for packet in packets:
            self.socket.sendall(packet)
            time.sleep(0.02 if len(packets) > 1 else 0)

    def hears(self) -> tuple[int, dict[bytes, bytes], dict]:
        """Status, headers and body of the next answer."""
        while CRLF * 2 not in self._rest:
            self._rest += self._more()
        head, _, rest = self._rest.partition(CRLF * 2)
        lines = head.split(CRLF)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        length = int(headers[b"content-length"])
        while len(rest) < length:
            rest += self._more()
        self._rest = rest[length:]
        return int(lines[0].split()[1]), headers, json.loads(rest[:length])

    def is_shut(self) -> bool:
        return self.socket.recv(1) == b""

    def _more(self) -> bytes:
        part = self.socket.recv(65536)
        assert part, "the connection was closed"
        return part


def request(town: Town, body: object, *more: str, token: str | None = None) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        "POST /api/v1/scans HTTP/1.1",
        "Host: dauchan.test",
        f"Authorization: Bearer {token or town.integrator_token}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *more,
    ]
    return "\r\n".join(lines).encode() + CRLF * 2 + content


def in_two(packet: bytes) -> tuple[bytes, bytes]:
    """Head and body apart: that goes the long way."""
    middle = packet.index(CRLF * 2) + 4
    return packet[:middle], packet[middle:]


def test_the_short_way_says_what_the_long_way_says_about_every_fate(town):
    first = town.scan("ana", "market", "08:00")
    bodies = [
        first,
        {**first, "direction": "out"},
        town.scan("ben", "market", "23:59"),
        {"scans": [town.scan("ana", "cafe", "09:00"), town.scan("ben", "cafe", "09:01")]},
        {"scans": [town.scan("ana", "cafe", "09:02"), {"id": "no scan"}]},
        b"{",
    ]
    gate = Gate(town)
    for body in bodies:
        packet = request(town, body, "Accept-Language: en")
        gate.sends(packet)
        short_status, _, short = gate.hears()
        if short_status != 200:  # a refusal ends the connection
            gate = Gate(town)
        gate.sends(*in_two(packet))
        long_status, _, long = gate.hears()
        assert short_status == long_status, body
        if short_status != 200:
            assert short == long
            continue
        for told, retold in zip(short["results"], long["results"], strict=True):
            again = "duplicate" if told["status"] == "accepted" else told["status"]
            assert (retold["status"], retold.get("code")) == (again, told.get("code")), body


def test_both_ways_answer_with_the_same_headers(town):
    gate = Gate(town)
    packet = request(town, town.scan("ana", "market", "08:10"))
    gate.sends(packet)
    _, short, _ = gate.hears()
    gate.sends(*in_two(packet))
    _, long, _ = gate.hears()
    volatile = {b"date", b"content-length"}
    assert {name: short[name] for name in short.keys() - volatile} == {
        name: long[name] for name in long.keys() - volatile
    }
    assert b"date" in short


def test_requests_sent_without_waiting_are_answered_in_order(town):
    gate = Gate(town)
    scans = [town.scan("ana", "market", f"08:{minute}") for minute in range(20, 30)]
    gate.sends(b"".join(request(town, scan) for scan in scans))
    gate.sends(*(request(town, scan) for scan in reversed(scans)))
    heard = [gate.hears()[2]["results"][0] for _ in range(2 * len(scans))]
    assert [each["id"] for each in heard] == [scan["id"] for scan in [*scans, *reversed(scans)]]
    assert [each["status"] for each in heard] == ["accepted"] * 10 + ["duplicate"] * 10


def test_a_request_cut_at_any_byte_is_the_same_request(town):
    packet = request(town, town.scan("chi", "market", "08:40"))
    gate = Gate(town)
    for place in range(1, len(packet), 7):
        gate.sends(packet[:place], packet[place:])
        status, _, told = gate.hears()
        assert (status, told["accepted"] + told["duplicate"]) == (200, 1), place


@pytest.mark.parametrize(
    "line",
    [
        "Connection: close",
        "Transfer-Encoding: chunked",
        "Content-Length: 5",
        "Content-Encoding: gzip",
        "Expect: 100-continue",
        " folded: line",
        "X-Odd: \x01",
        "Authorization: Basic eA==",
    ],
)
def test_an_odd_request_is_left_to_the_long_way(town, line):
    from dauchan.visits.gateway.shortcut import START, read_head

    head = request(town, b"{}", line).partition(CRLF * 2)[0]
    assert read_head(head[len(START) :] + CRLF) is None


def test_a_usual_request_takes_the_short_way(town):
    from dauchan.visits.gateway.shortcut import START, read_head

    head = request(town, b"{}", "Accept-Language: en-GB,en;q=0.9", "Connection: keep-alive").partition(CRLF * 2)[0]
    read = read_head(head[len(START) :] + CRLF)
    assert read is not None
    assert (read.length, read.language, read.token) == (2, "en", town.integrator_token)


def test_a_wrong_credential_is_refused_on_the_short_way_too(town):
    gate = Gate(town)
    gate.sends(request(town, town.scan("ana", "market", "08:50"), token="dc_abcdefgh_wrong"))
    status, _, told = gate.hears()
    assert (status, told["code"]) == (401, "credential_unknown")


def test_a_connection_left_alone_is_closed(town):
    gate = Gate(town)
    gate.sends(request(town, town.scan("ana", "market", "08:55")))
    assert gate.hears()[0] == 200
    began = time.monotonic()
    assert gate.is_shut()
    assert 2 < time.monotonic() - began < 9
