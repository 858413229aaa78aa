"""Which step comes next for one who lags, by the rules of the day: remind, remind ..., propose a suspension."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from dauchan.directives.rules import PROPOSE, REMIND

FILE = Path(__file__).parent / "ladder.toml"


@dataclass(frozen=True)
class Rules:
    """What holds from `valid_from` on, and where it is written."""

    valid_from: date
    reminders: int
    days_between: int
    source_vi: str
    source_en: str

    @property
    def source(self) -> str:
        return self.source_vi if (get_language() or "vi").startswith("vi") else self.source_en


@dataclass(frozen=True)
class Proposal:
    """The step that comes next, its number among the reminders, and from which day on."""

    step: str
    number: int
    due: date


@cache
def _all() -> tuple[Rules, ...]:
    written = tomllib.loads(FILE.read_text("utf-8"))["ladder"]
    return tuple(sorted((Rules(**one) for one in written), key=lambda each: each.valid_from))


def in_force(day: date) -> Rules:
    """The rules of a day; before the first ones, the first."""
    return next((rules for rules in reversed(_all()) if rules.valid_from <= day), _all()[0])


def next_step(reminders: int, *, proposed: bool, last_step_on: date | None, today: date) -> Proposal | None:
    """What comes next after so many reminders; None once a suspension is proposed, which goes to somebody else."""
    rules = in_force(today)
    if proposed:
        return None
    due = last_step_on + timedelta(days=rules.days_between) if last_step_on else today
    if reminders < rules.reminders:
        return Proposal(REMIND, reminders + 1, due)
    return Proposal(PROPOSE, reminders, due)
