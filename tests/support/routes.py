"""Every address of the pages, as the URLconf has it, with its blanks filled."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

BLANK = re.compile(r"\(\?P<(?P<group>\w+)>(?P<rule>[^)]*)\)|<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Address:
    """A route as the URLconf has it."""

    name: str
    pattern: str

    @property
    def blanks(self) -> list[str]:
        return [found["name"] or found["group"] for found in BLANK.finditer(self.pattern)]

    def path(self, filled: Callable[[str], Any]) -> str:
        """The address with each blank as `filled` says, by its name."""
        return "/" + BLANK.sub(lambda found: str(filled(found["name"] or found["group"])), self.pattern)


def addresses(patterns: Any = None, before: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[Address]:
    """All of them; those without a name are called "unnamed ..."."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern).strip("^$")
        if isinstance(pattern, URLResolver):
            inside = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from addresses(pattern.url_patterns, here, inside)
        elif isinstance(pattern, URLPattern):
            yield Address(":".join((*namespaces, pattern.name or f"unnamed {here}")), here)
