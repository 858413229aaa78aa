"""Every column of the database has a data class, a lifetime, a purpose and a legal basis."""

from importlib import import_module
from pathlib import Path

import psycopg
import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "dauchan"

COLUMNS = """
select case nspname when 'public' then '' else nspname || '.' end || tables.relname, columns.attname
from pg_class as tables
join pg_namespace on pg_namespace.oid = tables.relnamespace
join pg_attribute as columns on columns.attrelid = tables.oid
where nspname in ('public', 'keystore')
and tables.relkind in ('r', 'p')
and not tables.relispartition
and columns.attnum > 0
and not columns.attisdropped
"""


@pytest.fixture(scope="module")
def columns(database) -> set[tuple[str, str]]:
    with psycopg.connect(database.dsn) as connection:
        return set(connection.execute(COLUMNS).fetchall())


def inventoried() -> list[tuple[str, str]]:
    slices = sorted(file.parent.name for file in PACKAGE.glob("*/inventory.py") if file.parent.name != "kernel")
    tables = [table for name in slices for table in import_module(f"dauchan.{name}.inventory").TABLES]
    return [(table.name, column) for table in tables for column in table.columns]


def test_every_column_of_the_database_is_in_the_inventory(columns) -> None:
    missing = sorted(f"{table}.{column}" for table, column in columns - set(inventoried()))
    assert not missing, "\n".join(["in no inventory", *missing])


def test_the_inventory_lists_nothing_that_is_gone(columns) -> None:
    assert sorted(set(inventoried()) - columns) == []


def test_no_column_stands_in_two_inventories() -> None:
    listed = inventoried()
    assert sorted({column for column in listed if listed.count(column) > 1}) == []


def test_every_table_says_how_long_why_and_on_what_basis() -> None:
    for file in PACKAGE.glob("*/inventory.py"):
        if file.parent.name == "kernel":
            continue
        for table in import_module(f"dauchan.{file.parent.name}.inventory").TABLES:
            assert all((table.lifetime, table.purpose, table.basis)), table.name
