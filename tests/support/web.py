"""The whole application as its own process on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from support.database import Database
from support.keeper import ROOT

READY_SECONDS = 60


@contextmanager
def serving(database: Database, log: Path, *, port: int = 0, **more: str) -> Iterator[str]:
    """Run the web process on this installation, on a free port if none is named; `more` goes into its environment.

    yields   its address, "http://127.0.0.1:PORT"
    """
    from dauchan.cli._children import web_command

    port = port or free_port()
    environment = {**os.environ, **database.environment, "PYTHONPATH": str(ROOT / "src"), **more}
    with log.open("ab") as output:
        process = subprocess.Popen(
            web_command("--host", "127.0.0.1", "--port", str(port)),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{address}/healthz", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    print(log.read_text("utf-8", "replace")[-4000:], file=sys.stderr)
    raise RuntimeError("the web process did not come up; its log stands above")
