"""The bar of how tasks stand: where its parts begin and end. Values in, values out; drawn by `directives/bar.html`."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dauchan.directives import rules, wording
from dauchan.directives.rules import Tally

WIDTH = 400
WORDS: dict[str, Any] = {
    rules.OVERDUE: _("Quá hạn"),
    rules.REACHED: _("Đạt chỉ tiêu"),
    **dict(wording.STATES),
}
ORDER = (rules.DONE, rules.REACHED, rules.STARTED, rules.ACKNOWLEDGED, rules.SENT, rules.RETURNED, rules.OVERDUE)
FILLS = {
    rules.DONE: "#0b5563",
    rules.REACHED: "#337d8a",
    rules.STARTED: "#5b9aa6",
    rules.ACKNOWLEDGED: "#b7d4d9",
    rules.SENT: "#ffffff",
}
"""Dark to light where work is under way; what is wrong has a pattern: it reads in black and white."""


@dataclass(frozen=True)
class Part:
    """One part of the bar."""

    state: str
    words: Any
    count: int
    left: str
    across: str
    fill: str


def parts(tally: Tally) -> list[Part]:
    """The parts of a bar of this tally; nothing for a tally of nothing."""
    made, x = [], 0.0
    for state in ORDER:
        count = tally.by_state.get(state, 0)
        if count:
            width = WIDTH * count / tally.total
            made.append(Part(state, WORDS[state], count, f"{x:.1f}", f"{width:.1f}", FILLS.get(state, "")))
            x += width
    return made
