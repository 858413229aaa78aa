"""The official definitions of a contact as dated data: one file a version, chosen by the day of confirmation.

Holds no number of its own: every number stands in a file beside this one, with its source, and `by` says whether the
official text states it ("text") or we chose it where the text is silent ("us").
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dauchan.kernel.errors import NotFound

FOLDER = Path(__file__).parent


class UnknownRuleset(NotFound):
    kind = "unknown_ruleset"
    vi = "Không có bộ quy định tên «{name}». Các bộ hiện có: {known}."
    en = "There is no ruleset named “{name}”. Known: {known}."


class NoRulesetInForce(NotFound):
    kind = "no_ruleset_in_force"
    vi = "Ngày {day} chưa có bộ quy định nào hiệu lực. Hãy chọn một bộ theo tên: {known}."
    en = "No ruleset was in force on {day}. Choose one by name: {known}."


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a ruleset with its origin; `value` None means "no limit" or "does not apply"."""

    value: float | None
    by: str
    source: str


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One official version of "who is a contact", or a ruleset for research.

    Days, hours and minutes as the names say; None means that the version sets no such limit.
    `digest` changes with any change of the file, so that a stored result names exactly what it was made with.
    """

    name: str
    effective_from: date | None
    title_vi: str
    title_en: str
    source: str
    setting_vi: str
    setting_en: str
    days_before_onset: float | None
    days_after_onset: float | None
    days_after_sample: float | None
    latent_days: float
    infectious_days: float | None
    incubation_min_days: float | None
    incubation_max_days: float | None
    close_minutes: float | None
    possible_minutes: float | None
    cumulative_hours: float
    cumulative_minutes: float | None
    distance_m: float | None
    crowd_persons: float | None
    default_stay_minutes: float
    numbers: Mapping[str, Number]
    digest: str

    @property
    def grades(self) -> bool:
        """Whether this version sorts evidence into classes."""
        return self.close_minutes is not None


@cache
def names() -> tuple[str, ...]:
    """Every ruleset in the package: official ones by date, then those for research."""
    rulesets = [load(path.stem) for path in FOLDER.glob("*.toml")]
    return tuple(each.name for each in sorted(rulesets, key=lambda each: (each.effective_from or date.max, each.name)))


@cache
def load(name: str) -> Ruleset:
    """The ruleset with this name.

    raises   UnknownRuleset
    """
    path = FOLDER / f"{name}.toml"
    if path.parent != FOLDER or not path.is_file():
        raise UnknownRuleset(name=name, known=", ".join(names()))
    content = path.read_bytes()
    return _ruleset(tomllib.loads(content.decode()), hashlib.sha256(content).hexdigest()[:12])


def in_force(on: date) -> Ruleset:
    """The latest version that took effect on or before this local day; a ruleset without a date is never in force.

    raises   NoRulesetInForce when the day lies before the first version
    """
    dated = [each for each in map(load, names()) if each.effective_from is not None and each.effective_from <= on]
    if not dated:
        raise NoRulesetInForce(day=f"{on:%d/%m/%Y}", known=", ".join(names()))
    return dated[-1]


def _ruleset(file: dict[str, Any], digest: str) -> Ruleset:
    numbers = {key: Number(each.get("value"), each["by"], each["source"]) for key, each in file.pop("numbers").items()}
    values: dict[str, Any] = {key: number.value for key, number in numbers.items()}
    settings = {key: file.pop(key).format_map(values) for key in ("setting_vi", "setting_en")}
    return Ruleset(**{"effective_from": None, **file}, **settings, **values, numbers=numbers, digest=digest)
