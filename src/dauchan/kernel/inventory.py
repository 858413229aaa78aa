"""What personal data there is: every table with its lifetime and purpose, every column with its class.

Each slice lists its own tables in `inventory.py`; a house test holds the lists against the database, so a column that
nobody classified fails the build.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DataClass = Literal["none", "pseudonym", "identity", "contact", "health", "location", "officer", "secret"]


@dataclass(frozen=True)
class Table:
    """One table: how long a row lives, for what purpose, on what legal basis, and the class of each column.

    `lifetime` and `basis` are sentences for the data-protection officer; columns not personal are class "none".
    """

    name: str
    lifetime: str
    purpose: str
    basis: str
    columns: Mapping[str, DataClass] = field(default_factory=dict)
