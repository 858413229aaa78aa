"""Places of a commune to inspect, an inspector, and records as a phone sends them."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from support.officers import PASSWORD, officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.inspections.actions import draw_plan
from dauchan.inspections.models import Plan
from dauchan.kernel import clock, ids
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.units.models import Unit


def places_along(unit: Unit, count: int, *, category: str = "cafe") -> list[Place]:
    """Places along a road, a hundred metres from one to the next."""
    by, kind = officer_with("province_health_officer"), Category.objects.get(code=category).pk
    named = [
        PlaceInput(f"Quán {number:02}", unit.pk, kind, f"{number} Lê Lợi", 12.0, 107.6 + number / 1000)
        for number in range(1, count + 1)
    ]
    return [register_place(given, by=by, now=clock.now()) for given in named]


def inspector_at(unit: Unit) -> Officer:
    """A field inspector of a unit who signs in with a password alone, as no data of people is open to them."""
    return officer_with("inspector", Scope("unit", str(unit.pk)), password=PASSWORD, second_factor=False)


def plan_for(inspector: Officer, unit: Unit, **wanted: Any) -> Plan:
    """A plan from today on, drawn by the inspector."""
    told = {"stratify": "setting", "half_width": 0.1, "a_day": 40, "first_day": clock.local_day(clock.now())}
    return draw_plan(unit, inspector_id=inspector.pk, by=inspector, now=clock.now(), **(told | wanted))


def record(inspector: Officer, place: Place, at: datetime | None = None, **said: Any) -> dict[str, Any]:
    """What a phone sends of a place."""
    at = at or clock.now() - timedelta(minutes=20)
    told = {"id": str(ids.random_uuid7(at)), "officer": inspector.pk, "place": place.pk, "at": at.isoformat()}
    return told | {"poster_shown": True} | said


def count(end: datetime, visitors: int, scanned: int | None, *, minutes: int = 20) -> dict[str, Any]:
    """Visitors counted up to an instant."""
    start = end - timedelta(minutes=minutes)
    return {"start": start.isoformat(), "end": end.isoformat(), "visitors": visitors, "scanned": scanned}


def send(inspector: Officer, body: dict[str, Any], *, client: Client | None = None, language: str = "vi") -> Any:
    """The answer to a record sent under the inspector's session."""
    sender = client or signed_in(inspector)
    headers = {"accept-language": language}
    return sender.post("/api/v1/inspections", body, content_type="application/json", headers=headers)
