"""Registering many places at once: the same list given twice makes every place once.

A place is known again by its external code (of the integrator, or of the officers' own files), without one by unit,
name and address. Statements work on whole lists; a list is one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Credential, Officer
from dauchan.accounts.queries import Reach, reach_of
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, NotPermitted, Problem
from dauchan.kernel.search import sort_key
from dauchan.places import rules
from dauchan.places.models import Place, PlaceChange, PlacePeriod, Point
from dauchan.places.owners import owners_of
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.places.storing import COLUMNS, begin_periods, place_search_key, store, tell_gateways
from dauchan.units import queries as units

Actor = Officer | Credential | None
CREATED, MATCHED, UPDATED, FAILED = "created", "matched", "updated", "failed"
OFFICERS = "officers"
"""The source of external codes in files that officers bring; an integrator's is its credential's id."""


class CodeTwice(Conflict):
    vi = "Mã {code} đã có ở một dòng trước trong cùng danh sách."
    en = "The code {code} stands in an earlier line of the same list."


class OutsideScope(NotPermitted):
    vi = "Địa điểm này nằm ngoài phạm vi được giao."
    en = "This place lies outside the scope given to you."


@dataclass(frozen=True)
class Outcome:
    """What became of one place of a list: created, matched, updated or failed with a problem.

    `points` are (external code, id) in the order of their numbers; `changed` names the fields that became different.
    """

    status: str
    place_id: int | None = None
    points: tuple[tuple[str | None, int], ...] = ()
    changed: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass
class _Batch:
    """One list on its way into the database; positions are those of the list given."""

    by: Actor
    now: datetime
    mode: str
    source: str
    reach: Reach
    approves: Reach
    failed: dict[int, Problem] = field(default_factory=dict)
    new: dict[int, Place] = field(default_factory=dict)
    known: dict[int, Place] = field(default_factory=dict)
    changed: dict[int, list[str]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return clock.local_day(self.now)


@transaction.atomic
def register_places(
    given: Sequence[PlaceInput | Problem],
    *,
    by: Actor,
    now: datetime,
    mode: str = rules.FILL_BLANKS,
) -> list[Outcome]:
    """Register, match or update a list of places; one outcome for each, in order.

    given    places with ids of unit and category; a Problem stands for a line that could not be understood
    by       an officer with place.import at the units; a credential with places:register, bound to its unit if any;
             None for the installation itself (the command line)
    mode     create only | fill blanks | update: what happens to a place that is there already. A blank never erases
    """
    batch = _Batch(by, now, mode, _source(by), *_reaches(by, clock.local_day(now)))
    _take_turns(batch.source)
    inputs = _acceptable(given, batch)
    existing = _existing(inputs, batch)
    owners = _owners(inputs, existing, batch)
    for position, place in inputs.items():
        if position not in batch.failed:
            _sort_out(position, place, existing, batch, owners.get(position))
    _create(batch, inputs)
    _update(batch, inputs)
    _record(batch)
    tell_gateways()
    return _outcomes(len(given), batch)


def _source(by: Actor) -> str:
    return f"credential:{by.pk}" if isinstance(by, Credential) else OFFICERS


def _reaches(by: Actor, on: date) -> tuple[Reach, Reach]:
    """Where the list may lie, and where its places need no further approval."""
    if by is None:
        return Reach(everywhere=True), Reach(everywhere=True)
    if isinstance(by, Officer):
        return reach_of(by, "place.import", on), reach_of(by, "place.approve", on)
    if by.unit_id is None:
        return Reach(everywhere=True), Reach()
    return Reach(unit_ids=frozenset(units.unit_ids_within(by.unit_id, on))), Reach()


def _take_turns(source: str) -> None:
    """Lists of one source wait for each other, so that a code is never created twice."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"places:{source}"])


def _acceptable(given: Sequence[PlaceInput | Problem], batch: _Batch) -> dict[int, PlaceInput]:
    """The places that are well formed, in scope and named once; what isn't goes to `batch.failed`."""
    found: dict[int, PlaceInput] = {}
    codes: set[str] = set()
    for position, place in enumerate(given):
        try:
            found[position] = _accepted(place, codes, batch)
        except Problem as problem:
            batch.failed[position] = problem
    return found


def _accepted(place: PlaceInput | Problem, codes: set[str], batch: _Batch) -> PlaceInput:
    if isinstance(place, Problem):
        raise place
    clean = rules.checked(place)
    if not rules.lies_within(clean, batch.reach):
        raise OutsideScope
    if clean.external_code in codes:
        raise CodeTwice(code=clean.external_code)
    if clean.external_code:
        codes.add(clean.external_code)
    return clean


def _existing(inputs: Mapping[int, PlaceInput], batch: _Batch) -> dict[Any, Place]:
    """Places that are there already: by external code, and by unit, name and address for lines without one."""
    codes = [place.external_code for place in inputs.values() if place.external_code]
    found: dict[Any, Place] = {}
    for place in Place.objects.filter(external_source=batch.source, external_code__in=codes):
        found[place.external_code] = place
    nameless = [place for place in inputs.values() if not place.external_code]
    for place in _same_name_and_address(nameless):
        found.setdefault((place.unit_id, place.sort_key, place.search_key), place)
    return found


SAME_NAME_AND_ADDRESS = """
select place.id
from places_place place
join unnest(%s::bigint[], %s::text[], %s::text[]) as asked(unit_id, sort_key, search_key)
  on place.unit_id = asked.unit_id and place.sort_key = asked.sort_key and place.search_key = asked.search_key
order by place.id
"""


def _same_name_and_address(places: Sequence[PlaceInput]) -> list[Place]:
    if not places:
        return []
    asked: list[Any] = [
        [place.unit_id for place in places],
        [sort_key(place.name) for place in places],
        [place_search_key(place.name, place.address) for place in places],
    ]
    with connection.cursor() as cursor:
        cursor.execute(SAME_NAME_AND_ADDRESS, asked)
        ids = [row[0] for row in cursor.fetchall()]
    return list(Place.objects.filter(pk__in=ids).order_by("pk"))


def _owners(inputs: Mapping[int, PlaceInput], existing: Mapping[Any, Place], batch: _Batch) -> dict[int, UUID]:
    """The owners of the places that will have one written; who can't be registered fails the line."""
    wanted = {
        position: place
        for position, place in inputs.items()
        if _takes_owner(existing.get(place.external_code or likeness(place)), batch.mode)
    }
    people, problems = owners_of(wanted, batch.now)
    batch.failed.update(problems)
    return people


def _takes_owner(place: Place | None, mode: str) -> bool:
    if place is None or mode == rules.UPDATE:
        return True
    return mode == rules.FILL_BLANKS and place.owner_id is None


def likeness(given: PlaceInput) -> tuple[int, str, str]:
    """By what a place without an external code is known again."""
    return given.unit_id, sort_key(given.name), place_search_key(given.name, given.address)


def _sort_out(position: int, given: PlaceInput, existing: dict[Any, Place], batch: _Batch, owner: Any) -> None:
    """Decide whether a line makes a place or meets one, and what it changes there."""
    key = given.external_code or likeness(given)
    place = existing.get(key)
    if place is None:
        batch.new[position] = existing[key] = _new_place(given, batch, owner)
    elif place.pk is not None and not rules.lies_within(place, batch.reach):
        batch.failed[position] = OutsideScope()
    else:
        batch.known[position] = place
        if place.pk is not None:
            batch.changed[position] = _changes(place, given, batch.mode, owner)


def _new_place(given: PlaceInput, batch: _Batch, owner: Any) -> Place:
    approved = rules.lies_within(given, batch.approves)
    return Place(
        name=given.name,
        category_id=given.category_id,
        unit_id=given.unit_id,
        address=given.address,
        latitude=given.latitude,
        longitude=given.longitude,
        agency_id=given.agency_id,
        owner_id=owner,
        capacity=given.capacity,
        opening_hours=given.opening_hours,
        external_source=batch.source,
        external_code=given.external_code,
        state=rules.APPROVED if approved else rules.PENDING,
        search_key=place_search_key(given.name, given.address),
        sort_key=sort_key(given.name),
        created_at=batch.now,
        updated_at=batch.now,
    )


def _changes(place: Place, given: PlaceInput, mode: str, owner: Any) -> list[str]:
    """Put what the line brings onto the place; returns the fields that became different."""
    if mode == rules.CREATE_ONLY:
        return []
    brought = {column: getattr(given, column, None) for column in COLUMNS if column != "owner_id"} | {"owner_id": owner}
    changed = []
    for column, value in brought.items():
        before = getattr(place, column)
        blank = before is None or before == ""
        if value not in (None, "") and value != before and (blank or mode == rules.UPDATE):
            setattr(place, column, value)
            changed.append(column)
    return changed


def _create(batch: _Batch, inputs: Mapping[int, PlaceInput]) -> None:
    places = list(batch.new.values())
    Place.objects.bulk_create(places, batch_size=2000)
    PlacePeriod.objects.bulk_create(
        (
            PlacePeriod(
                place=place,
                valid_from=rules.SINCE_ALWAYS,
                category_id=place.category_id,
                opening_hours=place.opening_hours,
            )
            for place in places
        ),
        batch_size=2000,
    )
    points = [_points(place, inputs[position].points, 1, batch.now) for position, place in batch.new.items()]
    Point.objects.bulk_create((point for some in points for point in some), batch_size=2000)


def _points(place: Place, given: Iterable[PointInput], first: int, now: datetime) -> list[Point]:
    return [
        Point(
            place=place,
            number=number,
            name=point.name,
            kind=point.kind,
            direction=point.direction,
            external_code=point.external_code,
            active_from=now,
            needs_poster=True,
        )
        for number, point in enumerate(given, first)
    ]


def _update(batch: _Batch, inputs: Mapping[int, PlaceInput]) -> None:
    changed = {position: batch.known[position] for position, fields in batch.changed.items() if fields}
    store(list(changed.values()), batch.now)
    dated = [
        place.pk
        for position, place in changed.items()
        if {"category_id", "opening_hours"} & set(batch.changed[position])
    ]
    begin_periods(dated, batch.today + timedelta(days=1))
    if batch.mode != rules.CREATE_ONLY:
        _add_missing_points(batch, inputs)


def _add_missing_points(batch: _Batch, inputs: Mapping[int, PlaceInput]) -> None:
    """Points that a known place doesn't have yet, told apart by their external codes."""
    known = {position: place for position, place in batch.known.items() if position in batch.changed}
    there: dict[int, list[Point]] = {}
    for point in Point.objects.filter(place__in=[place.pk for place in known.values()]).order_by("number"):
        there.setdefault(point.place_id, []).append(point)
    added = []
    for position, place in known.items():
        codes = {point.external_code for point in there.get(place.pk, [])}
        missing = [
            point for point in inputs[position].points if point.external_code and point.external_code not in codes
        ]
        first = max((point.number for point in there.get(place.pk, [])), default=0) + 1
        added += _points(place, missing[: rules.POINTS_LIMIT - first + 1], first, batch.now)
        if missing:
            batch.changed[position].append("points")
    Point.objects.bulk_create(added, batch_size=2000)


def _record(batch: _Batch) -> None:
    changes = [_change(place, batch, "registered", "", []) for place in batch.new.values()]
    changes += [
        _change(batch.known[position], batch, "edited", batch.known[position].state, fields)
        for position, fields in batch.changed.items()
        if fields
    ]
    PlaceChange.objects.bulk_create(changes, batch_size=2000)
    if batch.new or any(batch.changed.values()):
        counts = {"created": len(batch.new), "updated": sum(map(bool, batch.changed.values())), "mode": batch.mode}
        audit.record("places.registered", by=batch.by, at=batch.now, detail=counts, count=len(changes))


def _change(place: Place, batch: _Batch, event: str, before: str, fields: Sequence[str]) -> PlaceChange:
    by = {"by_credential": batch.by} if isinstance(batch.by, Credential) else {"by_officer": batch.by}
    names = [name.removesuffix("_id") for name in fields]
    return PlaceChange(
        place=place, at=batch.now, event=event, from_state=before, to_state=place.state, fields=names, **by
    )


def _outcomes(size: int, batch: _Batch) -> list[Outcome]:
    places = batch.new | batch.known
    points: dict[int, list[tuple[str | None, int]]] = {}
    found = Point.objects.filter(place__in={place.pk for place in places.values()}).order_by("number")
    for place_id, code, point_id in found.values_list("place_id", "external_code", "id"):
        points.setdefault(place_id, []).append((code, point_id))
    return [_outcome(position, batch, places, points) for position in range(size)]


def _outcome(
    position: int, batch: _Batch, places: Mapping[int, Place], points: Mapping[int, list[tuple[str | None, int]]]
) -> Outcome:
    if position in batch.failed:
        return Outcome(FAILED, problem=batch.failed[position])
    place, changed = places[position], batch.changed.get(position, [])
    status = CREATED if position in batch.new else UPDATED if changed else MATCHED
    names = tuple(name.removesuffix("_id") for name in changed)
    return Outcome(status, place.pk, tuple(points.get(place.pk, ())), names)
