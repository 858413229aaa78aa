"""The programs that `dauchan up` runs beside PostgreSQL, and how one child is started, watched and ended."""

import sys

MOST_CONNECTIONS = 1_000
"""Requests at a time before the web process answers 503 by itself. Ours."""


def web_command(host: str, port: int) -> list[str]:
    """The web process: fast lane and pages in one, no access log (addresses are personal data)."""
    options = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "on", "--ws", "none"]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    limits = ["--limit-concurrency", str(MOST_CONNECTIONS), "--backlog", "2048", "--timeout-graceful-shutdown", "10"]
    address = ["--host", host, "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", "dauchan.asgi:application", *address, *options, *quiet, *limits]


def worker_command() -> list[str]:
    """The worker: visits derived, audit rows chained, jobs done, keys and partitions made ahead."""
    return [sys.executable, "-m", "dauchan", "worker"]
