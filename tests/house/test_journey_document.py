"""The way of one scan names files, functions and tables that exist, and opens each file once."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dauchan"
PAGE = ROOT / "docs" / "journeys" / "scan-to-contact-list.md"
STEP = re.compile(r"^### (\d+)\. `([a-z_/]+\.py)`: .+$", re.MULTILINE)
FUNCTION = re.compile(r"`([A-Za-z_][\w.]*)\(\)`")
SLICES = ("units", "accounts", "people", "places", "visits", "cases", "tracing")
TABLE = re.compile(rf"`((?:{'|'.join(SLICES)})_[a-z_]+)`")


def steps() -> list[tuple[str, str]]:
    """Each step's file with its text."""
    parts = STEP.split(PAGE.read_text("utf-8"))
    return list(zip(parts[2::3], parts[3::3], strict=True))


def defined_in(file: Path) -> set[str]:
    """Every function and class of a module, methods as Class.method."""
    names: set[str] = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            names.update(f"{node.name}.{each.name}" for each in methods)
    return names | {name.partition(".")[2] for name in names if name.partition(".")[2].startswith("_")}


def tables() -> set[str]:
    return {table.name for name in SLICES for table in import_module(f"dauchan.{name}.inventory").TABLES}


@pytest.mark.parametrize(("file", "text"), steps(), ids=[file for file, _ in steps()])
def test_a_step_names_a_file_its_functions_and_tables_that_exist(file: str, text: str) -> None:
    named = set(FUNCTION.findall(text))
    assert named, "a step names at least one function"
    assert named - defined_in(PACKAGE / file) == set()
    assert set(TABLE.findall(text)) - tables() == set()


def test_each_file_is_opened_once_and_the_steps_are_counted() -> None:
    numbers = [int(number) for number, _ in STEP.findall(PAGE.read_text("utf-8"))]
    files = [file for file, _ in steps()]
    assert numbers == list(range(1, len(files) + 1))
    assert len(files) > 10
    assert len(set(files)) == len(files)


def test_every_other_file_it_names_exists_too() -> None:
    named = set(re.findall(r"`((?:src|tests|docs)/[\w/.-]+)`", PAGE.read_text("utf-8")))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
