"""What an inspector's phone asks and tells, as JSON, under the officer's own session."""

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.gates.queries import signing_keys
from dauchan.inspections import actions, queries, rules
from dauchan.inspections.models import Assignment
from dauchan.kernel import clock
from dauchan.people import vault
from dauchan.places.queries import points_of_places

router = Router(tags=["inspections"])
Id = Annotated[int, Field(ge=1, lt=2**63)]


class PlaceToInspect(Schema):
    """Where to go; nothing of anybody."""

    assignment: int
    place: int
    name: str
    address: str
    unit: str
    setting: str
    latitude: float | None
    longitude: float | None
    day: str
    points: list[int]


class PlaceKey(Schema):
    """A public key that verifies posters, 32 bytes in base 64."""

    id: int
    key: str


class ReasonOut(Schema):
    code: str
    vi: str
    en: str


class TodayOut(Schema):
    """What a phone takes along: the places in the order to go, and the reasons to choose from.

    `officer` names the account: a record is sent under the account that made it alone. A poster is tried on the phone:
    its code is of this place when it is of `issuer`, signed by one of `keys`, and names one of the place's `points`.
    """

    officer: int
    day: str
    places: list[PlaceToInspect]
    reasons: list[ReasonOut]
    issuer: int
    keys: list[PlaceKey]
    now: datetime


class CountIn(Schema):
    """Visitors counted between two instants; `scanned` is left out where nobody watched who scanned."""

    start: AwareDatetime
    end: AwareDatetime
    visitors: Annotated[int, Field(ge=0, le=rules.MOST_COUNTED)]
    scanned: Annotated[int, Field(ge=0, le=rules.MOST_COUNTED)] | None = None


class InspectionIn(Schema):
    """One inspection; questions left out were not answered. The same `id` sent again is the same inspection."""

    id: UUID
    officer: Id
    place: Id
    assignment: Id | None = None
    at: AwareDatetime
    poster_shown: bool | None = None
    right_size: bool | None = None
    own_code: bool | None = None
    readable: bool | None = None
    right_place: bool | None = None
    exits_scanned: bool | None = None
    staff_remind: bool | None = None
    scanning: Literal["", "all", "some", "none", "empty"] = ""
    reasons: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=len(rules.REASONS))] = []
    note: Annotated[str, Field(max_length=500)] = ""
    count: CountIn | None = None


class RecordedOut(Schema):
    """The server has it: the phone may forget it."""

    id: UUID
    status: Literal["accepted", "duplicate"]


@router.get("/inspections/today", response=TodayOut, url_name="inspections-today", summary="Where to inspect today")
def today(request: HttpRequest) -> TodayOut:
    officer, now = cast(Officer, request.user), clock.now()
    day = clock.local_day(now)
    get_token(request)  # the app's page comes from the phone itself, without the cookie that a POST needs
    reasons = [ReasonOut(code=code, vi=vi, en=en) for code, (vi, en) in rules.REASONS.items()]
    assigned = queries.assigned_to(officer, day)
    points = points_of_places(each.place_id for each in assigned)
    places = [_to_go(each, [point for point, of in points.items() if of == each.place_id]) for each in assigned]
    return TodayOut(
        officer=officer.pk,
        day=day.isoformat(),
        places=places,
        reasons=reasons,
        issuer=config.load().issuer,
        keys=[PlaceKey(**key) for key in signing_keys(vault.the_keyring(), "place")],
        now=now,
    )


@router.post(
    "/inspections",
    response={200: RecordedOut, 201: RecordedOut},
    url_name="inspections",
    summary="Tell one inspection",
)
def record(request: HttpRequest, body: InspectionIn) -> Status[RecordedOut]:
    officer = cast(Officer, request.user)
    if body.officer != officer.pk:
        raise actions.AnotherOfficer
    _made, is_new = actions.record_inspection(_told(body), by=officer, now=clock.now())
    said = RecordedOut(id=body.id, status="accepted" if is_new else "duplicate")
    return Status(201 if is_new else 200, said)


def _to_go(assignment: Assignment, points: list[int]) -> PlaceToInspect:
    place = assignment.place
    return PlaceToInspect(
        assignment=assignment.pk,
        place=place.pk,
        name=place.name,
        address=place.address,
        unit=str(place.unit),
        setting=str(place.category),
        latitude=place.latitude,
        longitude=place.longitude,
        day=assignment.day.isoformat(),
        points=points,
    )


def _told(body: InspectionIn) -> rules.Finding:
    answers = {name: getattr(body, name) for name in rules.QUESTIONS}
    found = rules.Answers(**answers, scanning=body.scanning, reasons=tuple(sorted(set(body.reasons))))
    counted = body.count
    count = rules.Count(counted.start, counted.end, counted.visitors, counted.scanned) if counted else None
    return rules.Finding(body.id, body.place, body.at, found, body.note, count, body.assignment)
