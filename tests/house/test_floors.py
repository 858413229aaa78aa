"""The floors and rooms of the house: who may import whom, who may touch which table, how long a file may be."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dauchan"
SLICES = sorted(file.parent.name for file in PACKAGE.glob("*/apps.py"))
FRAMEWORKS = {"django", "ninja", "allauth", "procrastinate", "psycopg", "httpx", "requests", "socket", "urllib"}
LONGEST_FILE = 400
SQL = re.compile(r"\b(select|insert into|update|delete from|truncate|copy|create|alter|drop)\b", re.IGNORECASE)
TABLE = re.compile(r"\b(?:from|join|into|update|truncate(?: table)?|copy|table)\s+(?:only\s+)?\"?([a-z_][a-z0-9_]*)\"?")


def python_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.py") if "migrations" not in file.parts)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def rules_files() -> list[Path]:
    return [file for file in python_files(PACKAGE) if file.name == "rules.py" or file.parent.name == "rules"]


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string constant that is not a docstring, with its line."""
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    first = (body[0] for body in bodies if body)
    docstrings = {id(node.value) for node in first if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def owners() -> dict[str, str]:
    """Each table of the inventories with the slice that owns it."""
    with_inventory = [name for name in SLICES if (PACKAGE / name / "inventory.py").exists()]
    return {table.name: name for name in with_inventory for table in import_module(f"dauchan.{name}.inventory").TABLES}


def foreign_tables(name: str) -> list[str]:
    """Places where a slice names another slice's table in SQL."""
    owner = owners()
    found = []
    for file in python_files(PACKAGE / name):
        if file.name == "inventory.py":
            continue
        for line, text in texts(ast.parse(file.read_text("utf-8"))):
            if SQL.search(text):
                touched = {table for table in TABLE.findall(text.lower()) if owner.get(table, name) != name}
                found += [f"{file.relative_to(ROOT)}:{line} names {table} of {owner[table]}" for table in touched]
    return found


def test_every_import_goes_down_the_floors() -> None:
    linter = Path(sys.executable).with_name("lint-imports")  # a process of its own: it sets up logging anew
    said = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("file", rules_files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_rules_know_no_framework_and_no_network(file: Path) -> None:
    known = {module.partition(".")[0] for module in imported(ast.parse(file.read_text("utf-8")))}
    assert not known & FRAMEWORKS


@pytest.mark.parametrize("file", rules_files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_rules_are_told_the_time_and_never_ask_for_it(file: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
    ]
    assert asked == []


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_writes_sql_on_its_own_tables_only(name: str) -> None:
    assert foreign_tables(name) == []


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_asks_its_neighbours_and_never_their_models(name: str) -> None:
    found = []
    for file in python_files(PACKAGE / name):
        tree = ast.parse(file.read_text("utf-8"))
        borrowed = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".models")
            if (node.module or "").startswith("dauchan.") and (node.module or "").split(".")[1] != name
            for alias in node.names
        }
        found += [
            f"{file.relative_to(ROOT)}:{node.lineno} {node.value.id}.objects"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "objects"
            if isinstance(node.value, ast.Name) and node.value.id in borrowed
        ]
    assert found == []


def test_no_file_is_longer_than_one_sitting() -> None:
    written = [*python_files(PACKAGE), *(ROOT / "tests").rglob("*.py"), *(ROOT / "frontend/src").rglob("*.ts")]
    lengths = {str(file.relative_to(ROOT)): file.read_text("utf-8").count("\n") for file in written}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
