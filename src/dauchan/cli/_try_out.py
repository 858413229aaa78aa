"""What only a try-out on this machine has: an integrator's token that lies beside it, and the address it runs at."""

import json
import os
from datetime import timedelta
from pathlib import Path

from dauchan.cli import _installation
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, NotFound

TOKEN_FILE = "integrator.token"  # noqa: S105  a file's name
LIFETIME = timedelta(days=365)
SCOPES = ("scans:write", "scans:backfill", "places:register", "people:register")


class NoTryOut(Conflict):
    kind = "no_try_out"
    vi = "{data_dir} không phải bản dùng thử (hoặc chưa được tạo). Không thay đổi gì."
    en = "{data_dir} is no try-out (or was not made yet). Nothing was changed."


class NotRunning(NotFound):
    kind = "not_running"
    vi = "{data_dir} hiện không chạy. Hãy chạy dauchan up hoặc dauchan demo trước."
    en = "{data_dir} does not run now. Start dauchan up or dauchan demo first."


def running_at(data_dir: Path) -> str:
    """The address at which the installation in a directory runs.

    raises   NotRunning
    """
    lock = data_dir / "up.lock"
    try:
        url = str(json.loads(lock.read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        raise NotRunning(data_dir=str(data_dir)) from None
    return url


def integrator_token(data_dir: Path) -> str:
    """The token of a try-out's own integrator, made at the first time and kept readable for its owner alone.

    raises   NoTryOut
    """
    if not _installation.enter(data_dir).try_out:
        raise NoTryOut(data_dir=str(data_dir))
    file = data_dir / TOKEN_FILE
    with _installation.opened(data_dir):
        return _kept(file) or _made(file)


def _kept(file: Path) -> str:
    from dauchan.accounts.queries import authenticate_credential

    token = file.read_text("ascii").strip() if file.exists() else ""
    return token if token and authenticate_credential(token, clock.now()) else ""


def _made(file: Path) -> str:
    from dauchan.accounts.actions import create_credential

    now = clock.now()
    _, token = create_credential(
        kind="integrator", name="Dữ liệu giả", scopes=SCOPES, expires_at=now + LIFETIME, by=None, now=now
    )
    with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as handle:
        handle.write(token)
    return token
