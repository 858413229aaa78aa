"""A client that sends scans as fast as they are answered: `python -m dauchan.cli._bench.load`, a job as JSON on stdin.

A process of its own, so that its CPU time can be told apart. Requests are made before the clock starts; every
connection sends the next one as soon as the last is answered. Prints one JSON object.
"""

import json
import random
import re
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from uuid import UUID

from dauchan.kernel import clock, ids

CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
GRACE_SECONDS = 10
REPEATED_EVERY = 100
"""One request in so many was sent before, and must be told so. Ours: a gate on a bad line does worse."""
CHANCE = random.Random()  # noqa: S311  load, not secrets


@dataclass(frozen=True)
class Job:
    """What to send where: `connections` at once for `seconds`, `batch` scans a request (1: single, not in a batch)."""

    port: int
    token: str
    passes: list[str]
    points: list[int]
    connections: int
    batch: int
    seconds: float
    most_requests: int


@dataclass
class Outcome:
    """What came of it: scans newly taken, scans known before, requests answered otherwise, seconds, latencies."""

    scans: int = 0
    repeats: int = 0
    failures: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    said: str = ""
    latencies: list[float] = field(default_factory=list)


def main() -> None:
    job = Job(**json.load(sys.stdin))
    outcome = drive(job, requests(job))
    ordered = sorted(outcome.latencies)
    outcome.p50_ms, outcome.p99_ms = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99))
    print(json.dumps({name: value for name, value in asdict(outcome).items() if name != "latencies"}))


def requests(job: Job) -> list[bytes]:
    """All requests of a run, made before its clock starts; one in a hundred sends an earlier one again."""
    made = [request(job) for _ in range(job.most_requests)]
    made[REPEATED_EVERY::REPEATED_EVERY] = made[:-REPEATED_EVERY:REPEATED_EVERY]
    return made


def request(job: Job) -> bytes:
    """One whole HTTP request with fresh scans of the last minutes."""
    scans = [scan(job) for _ in range(job.batch)]
    body = scans[0] if job.batch == 1 else b'{"scans":[' + b",".join(scans) + b"]}"
    head = (
        f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nAuthorization: Bearer {job.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def scan(job: Job) -> bytes:
    at = ids.milliseconds(clock.now()) - CHANCE.randrange(600_000)
    scan_id = UUID(int=at << 80 | 0x7 << 76 | CHANCE.getrandbits(12) << 64 | 0b10 << 62 | CHANCE.getrandbits(62))
    text = (
        f'{{"id":"{scan_id}","subject":{{"kind":"pass","code":"{CHANCE.choice(job.passes)}"}},'
        f'"point":{CHANCE.choice(job.points)},"direction":"in"}}'
    )
    return text.encode()


def drive(job: Job, requests: list[bytes]) -> Outcome:
    """Send until the time or the requests are over, and wait for the last answers.

    One thread around epoll and plain sockets: half the CPU of an event loop with transports.
    raises   TimeoutError when answers stay away
    """
    outcome, waiting, ready = Outcome(), iter(requests), select.epoll()
    senders = {sender.fileno(): sender for sender in (_connected(job.port) for _ in range(job.connections))}
    sent_at: dict[int, float] = {}
    taken, repeated = f'"accepted":{job.batch},'.encode(), f'"duplicate":{job.batch},'.encode()
    started, cpu = time.perf_counter(), time.process_time()
    until, now = started + job.seconds, started
    for number, sender in senders.items():
        ready.register(number, select.EPOLLIN)
        sent_at[number] = now
        sender.sendall(next(waiting))
    while sent_at:
        if now > until + GRACE_SECONDS:
            raise TimeoutError(f"{len(sent_at)} requests were not answered")
        for number, _ in ready.poll(1.0):
            answer = _answer(senders[number])
            now = time.perf_counter()
            outcome.latencies.append(now - sent_at.pop(number))
            if taken in answer:
                outcome.scans += job.batch
            elif repeated in answer:
                outcome.repeats += job.batch
            else:
                outcome.failures += 1
                outcome.said = outcome.said or answer[:400].decode("utf-8", "replace")
            content = next(waiting, None) if now < until and answer else None
            if content:
                sent_at[number] = now
                senders[number].sendall(content)
        now = time.perf_counter()
    outcome.seconds, outcome.cpu_seconds = now - started, time.process_time() - cpu
    return outcome


def _connected(port: int) -> socket.socket:
    sender = socket.create_connection(("127.0.0.1", port), timeout=GRACE_SECONDS)
    sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sender


def _answer(sender: socket.socket) -> bytes:
    """One whole answer; empty when the server closed the connection."""
    answer = sender.recv(1 << 18)
    while answer:
        head = answer.find(b"\r\n\r\n")
        if head >= 0 and len(answer) >= head + 4 + _content_length(answer, head):
            return answer
        more = sender.recv(1 << 18)
        answer = answer + more if more else b""
    return answer


def _content_length(answer: bytes, head: int) -> int:
    found = CONTENT_LENGTH.search(answer, 0, head)
    return int(found.group(1)) if found else 0


if __name__ == "__main__":
    main()
