"""Connections that break the rules of HTTP, or take their time, neither break the server nor keep it waiting."""

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from support.town import Town, build

from dauchan.visits.gateway import intake, patience

CLOCK = "2026-11-20T12:00+07:00"
SLOW_SECONDS = 2.0
HTTP = httpx.Client(timeout=30)


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def raw(town: Town, request: bytes, *, seconds: float = 5.0) -> bytes:
    """What comes back over a bare connection until it ends or falls silent."""
    parts = urlsplit(town.address)
    received = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as connection:
        connection.sendall(request)
        try:
            while part := connection.recv(65_536):
                received += part
                if b"\r\n\r\n" in received:
                    break
        except (TimeoutError, ConnectionResetError):
            pass
    return received


HOST = b"Host: localhost\r\n"
REQUESTS: dict[str, bytes] = {
    "a header with CR": b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\rX-Y: 1\r\n\r\n",
    "a header with LF": b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\nSet-Cookie: a=b\r\n\r\n",
    "a header with NUL": b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: \0\r\n\r\n",
    "CR and LF within an address": b"GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\n" + HOST + b"\r\n",
    "CR and LF in the next page": b"GET /dang-nhap?next=%0d%0aSet-Cookie:a=b HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in an address": b"GET /don-vi/%00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes that are no UTF-8": b"GET /%ff%fe?q=%ff%fe%ed%a0%80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "up and out": b"GET /static/../../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "up and out, encoded": b"GET /static/..%2f..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n" + HOST + b"\r\n",
    "up and out, twice encoded": b"GET /static/%252e%252e%252fetc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "up by backslash": b"GET /static/..%5c..%5cetc%5cpasswd HTTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a host of somebody else": b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "a host of nonsense": b"GET / HTTP/1.1\r\nHost: \xff<script>\r\n\r\n",
    "two lengths": b"POST /api/v1/scans HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{",
    "length and chunks": b"POST /api/v1/scans HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below nothing": b"POST /api/v1/scans HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a length without end": b"POST /api/v1/scans HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a chunk without end": b"POST /api/v1/scans HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"f" * 30
    + b"\r\n",
    "a method of its own": b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a web socket": b"GET / HTTP/1.1\r\n"
    + HOST
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "a whole address": b"GET http://localhost/don-vi HTTP/1.1\r\n" + HOST + b"\r\n",
    "absurd cookies": b"GET / HTTP/1.1\r\n"
    + HOST
    + b"Cookie: sessionid=\xff\xfe; =; a=%00; csrftoken="
    + b"x" * 9000
    + b"\r\n\r\n",
    "a token of another script": b"POST /api/v1/scans HTTP/1.1\r\n"
    + HOST
    + b"Authorization: Bearer dc_\xc3\xa9_\xe1\xbb\x87\r\nContent-Length: 2\r\n\r\n{}",
    "a token of another script for pages": b"POST /api/v1/people HTTP/1.1\r\n"
    + HOST
    + b"Authorization: Bearer dc_\xc3\xa9\x01_\xe1\xbb\x87\r\nContent-Length: 2\r\n\r\n{}",
    "absurd languages": b"GET / HTTP/1.1\r\n" + HOST + b"Accept-Language: " + b"vi-" * 3000 + b";q=\xff\r\n\r\n",
    "an absurd type": b"POST /api/v1/people HTTP/1.1\r\n"
    + HOST
    + b"Content-Type: multipart/form-data; boundary=\xff\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_against_the_rules_of_http_breaks_nothing(town, what):
    began = time.monotonic()
    answer = raw(town, REQUESTS[what])
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert not re.match(rb"http/1\.1 5", head), head
    assert b"set-cookie: a=b" not in head
    assert b"root:" not in answer
    assert time.monotonic() - began < 5
    assert HTTP.get(f"{town.address}/healthz").status_code == 200


QUERIES = (
    "q=" + "a" * 20_000,
    "&".join(f"x{number}=1" for number in range(2_000)),
    "q" * 30_000,
    "[]=[]&[$ne]=1",
    "q=%",
)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("path", ["/api/v1/units", "/don-vi", "/", "/dang-nhap", "/api/v1/scans"])
def test_an_absurd_query_is_answered_or_refused(town, path, query):
    answer = HTTP.get(f"{town.address}{path}?{query}", timeout=10)
    assert answer.status_code < 500
    assert answer.elapsed.total_seconds() < SLOW_SECONDS


# --- those who take their time ----------------------------------------------------------------------------------------


def dribble(town: Town, head: bytes, piece: bytes, *, seconds: float) -> tuple[float, bytes]:
    """Send a head, then a piece a second, until the server has had enough; how long that took and what it said."""
    parts = urlsplit(town.address)
    began, received = time.monotonic(), b""
    with socket.create_connection((parts.hostname, parts.port), timeout=1) as connection:
        connection.sendall(head)
        while time.monotonic() - began < seconds:
            try:
                part = connection.recv(65_536)
                received += part
                if not part:
                    break
            except TimeoutError:
                try:
                    connection.sendall(piece)
                except OSError:
                    break
            except ConnectionResetError:
                break
    return time.monotonic() - began, received


def test_those_who_take_their_time_are_given_up_and_told_so_where_they_can_hear_it(town):
    signed = f"Authorization: Bearer {town.integrator_token}\r\nAccept-Language: vi\r\n".encode()
    dawdlers = {
        "a scan byte by byte": (
            b"POST /api/v1/scans HTTP/1.1\r\n" + HOST + signed + b"Content-Length: 5000\r\n\r\n",
            b" ",
        ),
        "people byte by byte": (
            b"POST /api/v1/people HTTP/1.1\r\n" + HOST + signed + b"Content-Length: 5000\r\n\r\n",
            b" ",
        ),
        "a form byte by byte": (b"POST /dang-nhap HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\n\r\n", b"a"),
        "a form that stops": (b"POST /dang-nhap HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\n\r\na=1", b""),
        "headers byte by byte": (b"GET / HTTP/1.1\r\nHost: local", b"x"),
        "nothing at all": (b"", b""),
    }
    patient = max(intake.LANE.seconds, intake.PAGES.seconds, patience.HEADER_SECONDS)
    with ThreadPoolExecutor(len(dawdlers)) as pool:
        running = {
            what: pool.submit(dribble, town, head, piece, seconds=patient + 10)
            for what, (head, piece) in dawdlers.items()
        }
        found = {what: each.result() for what, each in running.items()}
    for what, (took, answer) in found.items():
        assert patience.HEADER_SECONDS - 1 < took < patient + 5, what
        if "Content-Length" in dawdlers[what][0].decode():
            assert answer.startswith(b"HTTP/1.1 408"), (what, answer)
    assert "quá chậm" in found["a scan byte by byte"][1].decode()


def test_headers_without_end_are_cut_off(town):
    head = b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(200))
    assert not raw(town, head).startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))


def test_a_body_without_end_is_refused_whatever_length_it_promised(town):
    def endless():
        for _ in range(60):
            yield b"x" * 1024 * 1024

    for path, status in (("/api/v1/scans", 413), ("/api/v1/people", 413), ("/dang-nhap", 413)):
        try:
            answer = httpx.post(
                f"{town.address}{path}",
                content=endless(),
                headers={"authorization": f"Bearer {town.integrator_token}"},
                timeout=30,
            )
        except httpx.WriteError:  # the connection was closed while more was being sent
            continue
        assert answer.status_code == status, path


def test_scans_are_taken_while_many_dawdle(town):
    parts = urlsplit(town.address)
    dawdlers = [socket.create_connection((parts.hostname, parts.port)) for _ in range(200)]
    try:
        for each in dawdlers:
            each.sendall(b"POST /api/v1/scans HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        began = time.monotonic()
        assert town.statuses(town.scan("ana", "market", "08:30")) == ["accepted"]
        assert time.monotonic() - began < SLOW_SECONDS
    finally:
        for each in dawdlers:
            each.close()
