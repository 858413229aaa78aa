"""Words for templates of documents: how a task stands on a day, what its indicator is called, its amounts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template

from dauchan.coverage.definitions import indicators
from dauchan.coverage.words import number
from dauchan.directives import rules

register = template.Library()


@register.filter
def stands(task: Any, today: date) -> str:
    """How a task stands: overdue from the day after its deadline until it is done or its target reached."""
    return rules.standing(task.state, task.deadline, today, task.reached_on)


@register.filter
def indicator_name(code: str) -> str:
    """What an indicator is called; nothing for none."""
    found = indicators().get(code)
    return found.name if found else ""


@register.filter
def frozen_day(text: str | None) -> str:
    """A day as it was frozen with a reminder, as it is read here."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""


@register.filter
def frozen(figures: Mapping[str, Any], code: str) -> Any:
    """The value of an indicator as it was frozen with a reminder."""
    return (figures.get(code) or {}).get("value")


@register.filter
def amount(value: Any, code: str) -> str:
    """A value of an indicator with its sign, as the reader's language writes it."""
    found = indicators().get(code)
    if value in (None, "") or found is None:
        return "–"
    text = number(float(value))
    return f"{text} %" if found.unit == "percent" else text
