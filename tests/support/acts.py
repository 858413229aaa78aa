"""A request about one object, and who may do it: what the house test of acts is told by each slice."""

from dataclasses import dataclass, field
from typing import Any

from support.officers import officer_with
from support.scene import Scene

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer


@dataclass(frozen=True)
class Act:
    """A request about one object: what fills the address, and the form or JSON sent."""

    arguments: dict[str, Any]
    body: dict[str, Any] = field(default_factory=dict)
    by: Officer | None = None
    """Whose act it must be, where not every officer of the unit may."""


def here(role: str, scene: Scene) -> Officer:
    return officer_with(role, Scope("unit", str(scene.here.pk)))
