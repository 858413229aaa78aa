"""What an agency still lacks, as one figure: how many of its places are not in regular use. Values in, values out.

Three parts that exclude each other make it up: listed in a register but not registered, registered but not approved,
approved but not active within the week.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dauchan.coverage.publishing import Figure

CODES = ("should_exist", "coverage", "registered", "approved", "active_7d")


@dataclass(frozen=True, slots=True)
class Gap:
    """The parts of the gap, and how many places are registered."""

    unregistered: int
    unapproved: int
    unused: int
    registered: int

    @property
    def whole(self) -> int:
        return self.registered + self.unregistered

    @property
    def missing(self) -> int:
        return self.unregistered + self.unapproved + self.unused


def gap_of(known: Mapping[str, Figure]) -> Gap | None:
    """The gap that these figures tell; None while no place is listed or registered."""
    registered = int(known["registered"].value or 0)
    approved = int(known["approved"].value or 0)
    listed = int(known["should_exist"].value or 0)
    unregistered = max(listed - int(known["coverage"].numerator or 0), 0)
    if not registered + listed:
        return None
    unused = max(approved - int(known["active_7d"].value or 0), 0)
    return Gap(unregistered, max(registered - approved, 0), unused, registered)
