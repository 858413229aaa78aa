"""Where this installation keeps its things, and what it is: read once from the environment and `installation.toml`.

Decides nothing about people; only paths, addresses and the installation's marks.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dauchan.kernel.keyring import RETENTION_DAYS

SHORTEST_RETENTION, LONGEST_RETENTION = 8, 365


@dataclass(frozen=True)
class Installation:
    """One installation = one issuer of codes (a province, or the nation)."""

    data_dir: Path
    keyring_dir: Path
    database_url: str
    issuer: int
    public_host: str
    try_out: bool
    secret_key: str
    clock: str
    log_level: str = "INFO"
    old_hosts: tuple[str, ...] = ()
    """Hosts that posters still show: the page behind a code answers there too."""
    retention_days: int = RETENTION_DAYS
    """How many days of visits can be read besides today's."""
    sms: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """How a provider wants messages (docs/reference/messages.md); empty where none is set."""

    email: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Which server takes e-mail (docs/reference/messages.md); empty where none is set."""

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def static_dir(self) -> Path:
        """Collected style sheets, scripts and icons; a proxy may serve them from a place of its own."""
        return Path(os.environ.get("DAUCHAN_STATIC_DIR", self.files_dir / "static")).resolve()


def load(environ: Mapping[str, str] = os.environ) -> Installation:
    """The installation that this process serves.

    The environment wins over `<data dir>/installation.toml`; an empty `public_host` means "not set yet",
    and then nothing is printed with a code on it.
    """
    data_dir = Path(environ.get("DAUCHAN_DATA_DIR", ".dauchan")).resolve()
    written = _written(data_dir / "installation.toml")
    stored = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in written.items()}
    public_host = environ.get("DAUCHAN_PUBLIC_HOST", stored.get("public_host", ""))
    old_hosts = environ.get("DAUCHAN_OLD_HOSTS", stored.get("old_hosts", ""))
    return Installation(
        data_dir=data_dir,
        keyring_dir=Path(environ.get("DAUCHAN_KEYRING_DIR", stored.get("keyring_dir", data_dir / "keyring"))).resolve(),
        database_url=environ.get("DATABASE_URL", ""),
        issuer=int(environ.get("DAUCHAN_ISSUER", stored.get("issuer", 67))),
        public_host=public_host,
        try_out=environ.get("DAUCHAN_TRY_OUT", stored.get("try_out", "")).lower() in {"1", "true"},
        secret_key=environ.get("DAUCHAN_SECRET_KEY", stored.get("secret_key", "")) or secrets.token_urlsafe(48),
        clock=environ.get("DAUCHAN_CLOCK", ""),
        log_level=environ.get("DAUCHAN_LOG_LEVEL", "INFO").upper(),
        old_hosts=_old_hosts(old_hosts, public_host),
        retention_days=_retention(environ.get("DAUCHAN_RETENTION_DAYS", stored.get("retention_days", RETENTION_DAYS))),
        sms=written.get("sms", {}),
        email=written.get("email", {}),
    )


def _retention(told: str | int) -> int:
    """How many days of visits are kept; less than a week would outrun gates without network, more than a year any need.

    raises   ValueError
    """
    days = int(told)
    if not SHORTEST_RETENTION <= days <= LONGEST_RETENTION:
        raise ValueError(f"retention_days is from {SHORTEST_RETENTION} to {LONGEST_RETENTION}")
    return days


def _old_hosts(written: str, public_host: str) -> tuple[str, ...]:
    """The old hosts among these words; none while there is no present host to lead to."""
    hosts = dict.fromkeys(written.lower().replace(",", " ").split())
    return tuple(host for host in hosts if host != public_host.lower()) if public_host else ()


def _written(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
