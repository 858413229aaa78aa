"""Every address that this installation answers: the pages', as the URLconf has them, and the gateway's lanes."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

import dauchan
from dauchan.visits.gateway.shortcut import START

BLANK = re.compile(r"\(\?P<(?P<group>\w+)>(?P<rule>[^)]*)\)|<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
SAMPLES = {"int": "987654321", "uuid": "00000000-0000-4000-8000-000000000000", "date": "2026-03-02", "str": "KHONGCO"}
TRIED = ("98765", "0" * 26, "KHONGCO", *SAMPLES.values())
"""What is tried for a blank that is a regular expression of its own."""

PACKAGE = Path(dauchan.__file__).parent
BEFORE_DJANGO = [PACKAGE / "asgi.py", *sorted((PACKAGE / "visits" / "gateway").glob("*.py"))]
"""The code that sees a request before the pages do."""


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

    def sample(self) -> str:
        """The address with its blanks filled by what is well written and matches nothing."""
        return "/" + BLANK.sub(_sample, self.pattern)


def _sample(blank: re.Match[str]) -> str:
    if blank["group"]:
        return next(text for text in TRIED if re.fullmatch(blank["rule"], text))
    return SAMPLES.get(blank["kind"] or "str", "KHONGCO")


def addresses(patterns: Any = None, before: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[Address]:
    """All of them; those without a name are called "unnamed ..."."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern).strip("^$").replace(r"\.", ".")  # a dot of a regular expression is a dot
        if isinstance(pattern, URLResolver):
            inside = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from addresses(pattern.url_patterns, here, inside)
        elif isinstance(pattern, URLPattern):
            yield Address(":".join((*namespaces, pattern.name or f"unnamed {here}")), here)


@cache
def lanes() -> frozenset[str]:
    """The paths that are answered before Django, as the gateway's own code tells them from all others.

    raises   AssertionError when that code looks at a request's path in a way that this reading doesn't understand
    """
    asked = {path for file in BEFORE_DJANGO for path in lanes_in(file.read_text("utf-8"), _module(file))}
    return frozenset({*asked, START.split()[1].decode()})


def lanes_in(source: str, module: str) -> Iterator[str]:
    """The paths that one module compares a request's path with."""
    nodes = list(_deciding(ast.parse(source)))
    compared = [node for node in nodes if isinstance(node, ast.Compare) and _reads_path(node.left)]
    understood = [node for node in compared if isinstance(node.ops[0], ast.Eq) and len(node.ops) == 1]
    reads = [node for node in nodes if _reads_path(node)]
    assert len(understood) == len(reads), f"{module} looks at a path in another way than `== PATH`"
    for node in understood:
        (right,) = node.comparators
        assert isinstance(right, ast.Constant | ast.Name), f"{module} compares a path with neither text nor name"
        yield right.value if isinstance(right, ast.Constant) else getattr(import_module(module), right.id)


def _deciding(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only choose how a refusal is worded."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.keyword) and child.arg == "as_json"):
            yield from _deciding(child)


def _reads_path(node: ast.AST) -> bool:
    """Whether this is `scope["path"]` or `scope.get("path")`, raw or decoded, of whatever name."""
    if isinstance(node, ast.Subscript):
        key: ast.AST | None = node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        key = node.args[0]
    else:
        return False
    return isinstance(key, ast.Constant) and key.value in ("path", "raw_path")


def _module(file: Path) -> str:
    return ".".join(("dauchan", *file.relative_to(PACKAGE).with_suffix("").parts))
