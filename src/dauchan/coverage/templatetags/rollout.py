"""For the rollout's templates: addresses with the filters of the page, one changed; lines the size of a word."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString

from dauchan.coverage import pictures
from dauchan.coverage.asked import Asked

register = template.Library()
FILTERS = {field.name for field in fields(Asked)}


@register.simple_tag
def address(path: str, asked: Asked, **changes: Any) -> str:
    """An address with the page's filters, some of them changed, and whatever else is said.

    A day of None leaves the day as it is.
    """
    filters: dict[str, Any] = {name: value for name, value in changes.items() if name in FILTERS}
    if not isinstance(filters.get("day", asked.day), date):
        filters.pop("day")
    to = replace(asked, **filters).link(path)
    more = urlencode({name: value for name, value in changes.items() if name not in FILTERS})
    return to if not more else f"{to}{'&' if '?' in to else '?'}{more}"


@register.simple_tag
def spark(run: Sequence[float | None]) -> SafeString:
    """A line the size of a word."""
    return pictures.spark_picture(run)
