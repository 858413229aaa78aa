"""Five hundred invitations by e-mail while the worker is killed, twice: each goes out once, by one link."""

import os
import re
import signal
import socketserver
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest
from support.keeper import ROOT
from support.killed import missed
from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import OneTimeLink
from dauchan.agencies import inviting
from dauchan.agencies.models import Invitation
from dauchan.cli._children import worker_command
from dauchan.kernel import clock
from dauchan.notify.models import Message, State
from dauchan.units.actions import add_agency
from dauchan.units.queries import unit_by_code

PEOPLE = 500
KILLED_AFTER = (120, 180)
"""How many letters have come when the first worker is killed, and how many more when the second is. Ours."""
SECONDS = 240


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server that takes everything: what came, by Message-ID, recipient and link."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.letters: list[tuple[str, str, str]] = []


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 here")
        to = ""
        while line := self.rfile.readline().decode():
            word = line[:4].upper()
            if word == "RCPT":
                to = line.split("<")[1].split(">")[0]
            if word == "DATA":
                self._say("354 go on")
                self._take(to)
            self._say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def _take(self, to: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        link = re.search(r"/loi-moi/[0-9A-Z]+", letter.get_content())
        self.server.letters.append((str(letter["Message-ID"]), to, link[0] if link else ""))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mailbox(database) -> Iterator[Mailbox]:
    file = database.data_dir / "installation.toml"
    before = file.read_text("utf-8")
    with Mailbox() as box:
        thread = threading.Thread(target=box.serve_forever, args=(0.05,))
        thread.start()
        port = box.server_address[1]
        told = f'\n[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "moi@dauchan.test"\n'
        file.write_text(before + told, encoding="utf-8")
        yield box
        box.shutdown()
        thread.join()
    file.write_text(before, encoding="utf-8")


@contextmanager
def working(database) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, **database.environment, "PYTHONPATH": str(ROOT / "src")}
    with (database.data_dir / "worker.log").open("ab") as output:
        process = subprocess.Popen(worker_command(), env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def invited(by) -> int:
    rows = "\n".join(f"Người {n},Sở Thử,Cán bộ đầu mối,nguoi{n}@dauchan.test" for n in range(PEOPLE))
    content = f"Họ và tên,Cơ quan,Vai trò,Thư điện tử\n{rows}\n".encode()
    now = clock.now()
    batch = inviting.draft(content, file_name="a.csv", letters=False, base_url="https://dauchan.test", by=by, now=now)
    inviting.confirm(batch.pk, by=by, now=now)
    inviting.confirm(batch.pk, by=by, now=now)
    return batch.pk


def test_five_hundred_invitations_go_out_once_each_though_the_worker_is_killed_twice(database, mailbox, request):
    today = clock.local_day(clock.now())
    unit = unit_by_code("68", today)
    add_agency("Sở Thử", "department", unit=unit, begins=today)
    batch = invited(officer_with("rollout_manager", Scope("unit", str(unit.pk))))
    for more in KILLED_AFTER:
        enough = len(mailbox.letters) + more
        with working(database) as worker:
            wait_for(lambda enough=enough: len(mailbox.letters) >= enough, "the worker sends")
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        if not request.config.getoption("--long"):  # else the queue itself misses them, in its own time
            missed()
    assert len(mailbox.letters) < PEOPLE, "it was killed in the middle"
    with working(database):
        wait_for(lambda: Message.objects.filter(state=State.ACCEPTED).count() >= PEOPLE, "the last worker ends it")
    ids, links = Counter(letter[0] for letter in mailbox.letters), {letter[2] for letter in mailbox.letters}
    recipients = {letter[0]: letter[1] for letter in mailbox.letters}
    assert sorted(recipients.values()) == sorted(f"nguoi{n}@dauchan.test" for n in range(PEOPLE))
    assert len(ids) == len(links) == PEOPLE, "one message and one link for each"
    assert sum(ids.values()) - PEOPLE <= 2 * len(KILLED_AFTER), "at most what was in the server's hands is told again"
    assert list(Invitation.objects.filter(batch=batch).values_list("times", flat=True).distinct()) == [1]
    assert OneTimeLink.objects.filter(kind="invitation").count() == PEOPLE
