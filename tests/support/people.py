"""People, an integrator and the fast lane's own question, for tests about people."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from support.database import Database

from dauchan.accounts.models import Credential, Officer
from dauchan.people import actions, subjects
from dauchan.people.models import Person
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity

Answer = TypeVar("Answer")
NOW = datetime(2021, 8, 17, 1, tzinfo=UTC)


def awaited(running: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of a coroutine, in a thread of its own: a browser test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, running).result()


def integrator(public: str) -> Credential:
    return Credential.objects.create(
        id=public,
        kind="integrator",
        name="Trường",
        secret_hash=public.encode(),
        scopes=["people:register"],
        made_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def someone(officer: Officer, **told: Any) -> Person:
    return actions.register_person(Identity(**told), None, by=officer, now=NOW)


def pupil(number: int, **told: Any) -> Registration:
    return Registration(Identity(name=f"Học Sinh {number}x", **told), reference=f"HS{number}")


def resolved(database: Database, *named: subjects.Subject) -> list[UUID]:
    """What the fast lane makes of these subjects, in one transaction of its own."""

    async def run() -> dict[subjects.Subject, UUID]:
        async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
            return await subjects.resolve(connection, named, keyring=database.keyring, now=NOW)

    found = awaited(run())
    return [found[subject] for subject in named]


def phones(first: int, number: int) -> list[subjects.Subject]:
    return [subjects.normalise("phone", f"03{first + each:08d}") for each in range(number)]
