"""Places as JSON: officers list and read those in their scope, integrators register up to 1,000 at once."""

from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Query, Router, Schema
from pydantic import Field

from dauchan.accounts.models import Credential, Officer
from dauchan.accounts.queries import Reach
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.places import bulk, columns, posters, queries, rules
from dauchan.places.finding import Finder, from_program
from dauchan.places.models import Category, Place, Point
from dauchan.places.rules import PlaceInput, PointInput

router = Router(tags=["places"])
MOST_AT_ONCE = 1000

ShortText = Annotated[str, Field(max_length=400)]
Code = Annotated[str, Field(max_length=100)]


class PointIn(Schema):
    """A gate, floor, room or vehicle; `external_code` is the sender's own, unique within the place."""

    external_code: Code | None = None
    name: ShortText = ""
    kind: Literal["gate", "floor", "room", "vehicle"] = "gate"
    direction: Literal["both", "in", "out"] = "both"


class PlaceIn(Schema):
    """One place; `unit` is a commune's code or name with its province, `category` a setting's code or name.

    `opening_hours` is text ("07:00-21:00", "T2-T6 07:00-17:00; T7 07:00-11:00"). The same `external_code` sent again
    is the same place.
    """

    external_code: Annotated[str, Field(min_length=1, max_length=100)]
    name: ShortText
    unit: ShortText
    category: ShortText = ""
    address: ShortText = ""
    latitude: float | None = None
    longitude: float | None = None
    agency: ShortText = ""
    capacity: Annotated[int, Field(ge=1, le=rules.CAPACITY_LIMIT)] | None = None
    opening_hours: ShortText = ""
    owner_name: ShortText = ""
    owner_phone: Annotated[str, Field(max_length=40)] = ""
    points: Annotated[list[PointIn], Field(max_length=rules.POINTS_LIMIT)] = []


class PlacesIn(Schema):
    """Up to 1,000 places; `mode` says what happens to known ones: create (leave), fill (blanks only) or update."""

    places: Annotated[list[PlaceIn], Field(max_length=MOST_AT_ONCE)]
    mode: Literal["create", "fill", "update"] = "fill"


class PointRef(Schema):
    """A point by the sender's code, with the number that scans name."""

    external_code: str | None
    id: int


class ResultOut(Schema):
    """What became of one place: created, matched, updated, or rejected with a code and a sentence."""

    outcome: Literal["created", "matched", "updated", "rejected"]
    external_code: str
    id: int | None = None
    points: list[PointRef] = []
    changed: list[str] = []
    code: str = ""
    field: str = ""
    message: str = ""


class ResultsOut(Schema):
    """One result a place, in order, and their counts."""

    created: int
    matched: int
    updated: int
    rejected: int
    results: list[ResultOut]


class PointOut(Schema):
    """A point with its signed code (upper-case text, as on its poster); `active` false when taken out of use."""

    id: int
    number: int
    name: str
    kind: str
    direction: str
    active: bool
    code: str


class PlaceOut(Schema):
    """A place without its owner; opening hours by weekday."""

    id: int
    name: str
    address: str
    unit: str
    unit_name: str
    category: str
    state: str
    latitude: float | None
    longitude: float | None
    capacity: int | None
    opening_hours: dict[str, list[list[str]]] | None
    external_code: str | None


class PlaceDetail(PlaceOut):
    """A place with its points."""

    points: list[PointOut]


class PlacesOut(Schema):
    """A page of places; `next_after` is empty after the last."""

    places: list[PlaceOut]
    next_after: str


@router.get("/places", response=PlacesOut, url_name="places", summary="Find places in the officer's scope")
def find_places(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=200)] = "",
    unit: Annotated[str, Query(max_length=5)] = "",
    category: Annotated[str, Query(max_length=30)] = "",
    state: Literal["", "pending", "approved", "suspended", "closed", "rejected"] = "",
    after: Annotated[str, Query(max_length=18)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = queries.PAGE_SIZE,
) -> dict[str, Any]:
    today = clock.local_day(clock.now())
    filters = queries.Filters(
        text=q,
        unit_ids=queries.place_units(unit.replace("\0", ""), today) or () if unit else None,
        category_id=_category_id(category) if category else None,
        state=state,
    )
    page = queries.search(cast(Officer, request.user), filters, after=after, on=today, size=limit)
    return {"places": [_shown(place) for place in page.places], "next_after": page.next_after}


@router.post("/places", response=ResultsOut, url_name="places", summary="Register up to 1,000 places with their points")
def register_places(request: HttpRequest, body: PlacesIn) -> ResultsOut:
    now, credential = clock.now(), cast(Credential, cast(Any, request).credential)
    finder = Finder(clock.local_day(now), Reach())
    given = [_understood(place, finder) for place in body.places]
    outcomes = bulk.register_places(given, by=credential, now=now, mode=body.mode)
    results = [_result(place, outcome) for place, outcome in zip(body.places, outcomes, strict=True)]
    names = ("created", "matched", "updated", "rejected")
    return ResultsOut(results=results, **{name: sum(each.outcome == name for each in results) for name in names})


@router.get("/places/{place_id}", response=PlaceDetail, url_name="place", summary="One place with its points and codes")
def one_place(request: HttpRequest, place_id: int) -> dict[str, Any]:
    visible = queries.visible_to(cast(Officer, request.user), "place.view", clock.local_day(clock.now()))
    found = visible.select_related("unit", "category").filter(pk=place_id) if 0 < place_id < 2**63 else None
    place = found.first() if found is not None else None
    if place is None:
        raise NotFound
    return _shown(place) | {"points": [_point(point) for point in queries.points_of(place.pk)]}


def _category_id(code: str) -> int:
    return Category.objects.filter(code=code.replace("\0", "")).values_list("pk", flat=True).first() or 0


def _understood(place: PlaceIn, finder: Finder) -> PlaceInput | Problem:
    told = place.dict()
    points = [PointInput(each.name, each.kind, each.direction, each.external_code or None) for each in place.points]
    try:
        return from_program(told | {"points": points, "opening_hours": columns.hours(place.opening_hours)}, finder)
    except Problem as problem:
        return problem


def _result(place: PlaceIn, outcome: bulk.Outcome) -> ResultOut:
    if outcome.problem is not None:
        return ResultOut(
            outcome="rejected",
            external_code=place.external_code,
            code=outcome.problem.kind,
            field=str(outcome.problem.detail.get("field", "")),
            message=outcome.problem.text(get_language() or "vi"),
        )
    return ResultOut(
        outcome=cast(Any, outcome.status),
        external_code=place.external_code,
        id=outcome.place_id,
        points=[PointRef(external_code=code, id=point) for code, point in outcome.points],
        changed=list(outcome.changed),
    )


def _shown(place: Place) -> dict[str, Any]:
    same = ("name", "address", "state", "latitude", "longitude", "capacity", "opening_hours", "external_code")
    return {name: getattr(place, name) for name in same} | {
        "id": place.pk,
        "unit": place.unit.code,
        "unit_name": place.unit.full_name,
        "category": place.category.code,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "id": point.pk,
        "number": point.number,
        "name": point.name,
        "kind": point.kind,
        "direction": point.direction,
        "active": point.active_to is None,
        "code": posters.code_text(point),
    }
