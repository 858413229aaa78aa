"""The lists of agencies that ship with this package (`data/CREDITS.md` says what they rest on)."""

from datetime import datetime
from pathlib import Path

from dauchan.agencies.listing import Brought, bring_in
from dauchan.kernel.errors import NotFound

DATA = Path(__file__).parent / "data"


def names() -> list[str]:
    """What can be brought in."""
    return sorted(file.stem for file in DATA.glob("*.csv"))


def seed(name: str, *, now: datetime, dry_run: bool = False) -> Brought:
    """Bring a list that ships in; again it changes nothing.

    raises   NotFound
    """
    if name not in names():
        raise NotFound(vi="Không có danh sách này.", en="There is no such list.")
    return bring_in((DATA / f"{name}.csv").read_bytes(), by=None, now=now, dry_run=dry_run)
