"""The guides that come with the product: one file each under `content/`, taken in whenever the database is migrated.

A changed file makes a new version. It goes into use where the version in use came with the product, too; where officers
wrote their own, theirs stays, and the new one waits among the earlier versions.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from dauchan.guides import rules
from dauchan.guides.actions import new_version
from dauchan.guides.languages import languages
from dauchan.guides.models import Guide, State, Version
from dauchan.guides.rules import Content, Step, Told
from dauchan.kernel import clock

CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True)
class Shipped:
    """One file: its address, for whom and where, what it says, since when, and the digest of its bytes."""

    slug: str
    audience: str
    settings: tuple[str, ...]
    position: int
    dated: datetime
    content: Content
    digest: str


def shipped() -> Iterator[Shipped]:
    """Every guide that comes with the product, by its file's name."""
    for file in sorted(CONTENT.glob("*.toml")):
        text = file.read_bytes()
        yield _read(file.stem, tomllib.loads(text.decode()), hashlib.sha256(text).hexdigest())


def _read(slug: str, told: dict[str, Any], digest: str) -> Shipped:
    spoken = [code for code in languages() if code in told]
    steps = tuple(
        Step(
            step["picture"],
            {code: step[code][0] for code in spoken if code in step},
            {code: step[code][1] for code in spoken if code in step},
        )
        for step in told["steps"]
    )
    texts = {code: Told(**{name: " ".join(text.split()) for name, text in told[code].items()}) for code in spoken}
    dated = datetime.combine(told["dated"], time(7), tzinfo=clock.LOCAL)
    content = Content(steps, texts)
    return Shipped(slug, told["audience"], tuple(told["settings"]), told["position"], dated, content, digest)


def has_tables() -> bool:
    """Whether the database has the tables of guides by now."""
    return Version._meta.db_table in connection.introspection.table_names()


@transaction.atomic
def take_shipped(guides: Iterable[Shipped] | None = None) -> int:
    """Store what came with this release (or these guides) and isn't there yet; returns how many versions are new."""
    return sum(_take(one) for one in (shipped() if guides is None else guides))


def _take(one: Shipped) -> bool:
    rules.check(one.content)
    rules.check_complete(one.content)
    guide, _made = Guide.objects.get_or_create(
        slug=one.slug,
        defaults={
            "audience": one.audience,
            "settings": list(one.settings),
            "position": one.position,
            "made_at": one.dated,
        },
    )
    if guide.versions.filter(digest=one.digest).exists():
        return False
    before = guide.versions.filter(state=State.PUBLISHED).first()
    if before and before.made_by_id is None:
        before.state, before.ended_at = State.REPLACED, one.dated
        before.save(update_fields=["state", "ended_at"])
    takes_effect = before.made_by_id is None if before else not guide.versions.exists()
    state, ended = (State.PUBLISHED, None) if takes_effect else (State.REPLACED, one.dated)
    told = {"state": state, "ended_at": ended, "published_at": one.dated, "digest": one.digest}
    new_version(guide, one.content, by=None, now=one.dated, **told)
    return True
