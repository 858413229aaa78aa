"""The style sheets, scripts and icons of a test run: collected once, shared by all its processes."""

import fcntl
import os
from pathlib import Path

from support.database import RUN

PLACE = "DAUCHAN_STATIC_DIR"


def share() -> None:
    """Let every process of this run keep them in the run's own directory."""
    os.environ.setdefault(PLACE, f"{os.environ[RUN]}/static")


def collect_once() -> None:
    """Collect them unless another process of this run did."""
    from dauchan.web.static_files import collect

    with Path(os.environ[RUN], "static.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        collect()
