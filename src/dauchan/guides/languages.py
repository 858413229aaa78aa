"""In which languages guides are written: data, not code (`languages.toml`). A further language is a further entry."""

import tomllib
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

SOURCE = "vi"
"""The language that a guide is written in first: nothing is published without it."""


@dataclass(frozen=True)
class Language:
    """One language: its BCP 47 code, its Vietnamese and own name, and how fast an announcer reads it.

    ready   the product's own pages speak it, too
    """

    code: str
    name: str
    own_name: str
    ready: bool
    a_minute: int

    def seconds(self, text: str) -> int:
        """How long it takes to read a text aloud, slowly; 0 for none."""
        return ceil(len(text.split()) * 60 / self.a_minute)


@cache
def languages() -> dict[str, Language]:
    """All of them by code, in the order of the file."""
    told = tomllib.loads((Path(__file__).parent / "languages.toml").read_text("utf-8"))
    return {one["code"]: Language(**one) for one in told["languages"]}
