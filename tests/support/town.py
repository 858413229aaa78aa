"""A small made-up town for the journeys: an integrator, a gate, a market, a café and a ward, and people who move about.

Everybody acts through HTTP as they would outside; only the setting up goes through actions.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from support.database import Database

from dauchan.accounts.actions import create_credential
from dauchan.kernel import clock, ids
from dauchan.people.actions import issue_pass, register_people
from dauchan.people.models import Person
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.places.bulk import register_places
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units.queries import unit_by_code

GIA_NGHIA = "24611"
"""Phường Bắc Gia Nghĩa, Lâm Đồng (list of 2025)."""
PLACES = {"market": "market", "cafe": "cafe", "ward": "hospital"}
GIVEN_NAMES = {"ana": "An", "ben": "Bình", "chi": "Chi", "dung": "Dũng"}


def local(text: str, day: "datetime | None" = None) -> datetime:
    """An instant by local time: "10:00" today, or a whole ISO text."""
    if len(text) <= 8:
        text = f"{clock.local_day(day or clock.now())}T{text}"
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL).astimezone(UTC)


def eventually(holds: Callable[[], bool], seconds: float = 6.0) -> None:
    """Wait until something is so: a gateway hears of changes a moment later."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.1)


@dataclass
class Town:
    """Who and what there is, by name."""

    address: str
    database: Database
    integrator_token: str = ""
    gate_token: str = ""
    places: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    passes: dict[str, str] = field(default_factory=dict)

    def post(self, body: object, *, token: str | None = None, language: str = "en", **options: Any) -> httpx.Response:
        """Send scans as the integrator, or as whoever holds `token`."""
        return httpx.post(
            f"{self.address}/api/v1/scans",
            json=body,
            headers={"authorization": f"Bearer {token or self.integrator_token}", "accept-language": language},
            timeout=30,
            **options,
        )

    def scan(self, who: str, place: str, at: str | datetime, direction: str = "in", **fields: Any) -> dict[str, Any]:
        """One scan as it goes over the wire: by pass, fresh id."""
        instant = local(at) if isinstance(at, str) else at
        return {
            "id": str(ids.random_uuid7(instant)),
            "subject": {"kind": "pass", "code": self.passes[who]},
            "point": self.points[place],
            "direction": direction,
            **fields,
        }

    def statuses(self, *scans: dict[str, Any], **options: Any) -> list[str]:
        """Send scans in one batch and say what became of each: the status, with its code when there is one."""
        results = self.post({"scans": list(scans)}, **options).json()["results"]
        return [f"{result['status']} {result.get('code', '')}".strip() for result in results]


def build(address: str, database: Database) -> Town:
    """The town on a fresh installation."""
    now = clock.now()
    town = Town(address, database)
    credential, town.integrator_token = create_credential(
        kind="integrator",
        name="Ứng dụng thử",
        scopes=["scans:write", "scans:backfill", "places:register", "people:register"],
        expires_at=now + timedelta(days=90),
        by=None,
        now=now,
    )
    unit = unit_by_code(GIA_NGHIA, clock.local_day(now))
    assert unit is not None
    given = [
        PlaceInput(
            name=name.title(),
            unit_id=unit.pk,
            category_id=Category.objects.get(code=category).pk,
            external_code=name,
            points=(PointInput("Cổng 1", external_code="1"), PointInput("Cổng 2", external_code="2")),
        )
        for name, category in PLACES.items()
    ]
    for name, outcome in zip(PLACES, register_places(given, by=credential, now=now), strict=True):
        assert outcome.place_id is not None, outcome
        town.places[name], town.points[name] = outcome.place_id, outcome.points[0][1]
        town.points[f"{name} 2"] = outcome.points[1][1]
    registrations = [
        Registration(
            Identity(name=f"Nguyễn Văn {given}", phone=f"09120000{number:02}"), residence_id=unit.pk, reference=who
        )
        for number, (who, given) in enumerate(GIVEN_NAMES.items())
    ]
    for who, person in zip(GIVEN_NAMES, register_people(registrations, credential=credential, now=now), strict=True):
        assert person.person_id is not None, person
        town.people[who] = person.person_id
        town.passes[who] = issue_pass(Person.objects.get(pk=person.person_id), now=now).text
    _, town.gate_token = create_credential(
        kind="gate",
        name="Cổng chợ",
        scopes=["scans:write"],
        expires_at=now + timedelta(days=90),
        place_id=town.places["market"],
        by=None,
        now=now,
    )
    return town
