"""What is done to places: register, edit, approve, suspend, close; each step leaves a change and an audit row."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, NotFound, NotPermitted
from dauchan.kernel.search import sort_key
from dauchan.places import rules
from dauchan.places.bulk import Outcome, register_places
from dauchan.places.models import Place, PlaceChange, PlacePeriod, Point
from dauchan.places.owners import owners_of
from dauchan.places.queries import visible_to
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.places.storing import COLUMNS, begin_periods, place_search_key, store, tell_gateways

__all__ = ["Outcome", "register_places"]
SERIAL_LIMIT = 65_535
APPROVED_AT_ONCE = 5000
"""How many places one press of a button approves, so that a transaction stays short. Our number."""


class TooManyPoints(Conflict):
    vi = "Địa điểm này đã có {limit} điểm quét, không thêm được nữa."
    en = "This place already has {limit} points; no more can be added."


class LastPoint(Conflict):
    vi = "Địa điểm phải còn ít nhất một điểm quét."
    en = "A place keeps at least one point."


@transaction.atomic
def register_place(given: PlaceInput, *, by: Officer, now: datetime) -> Place:
    """Make a place with its points; it waits for approval unless the officer may approve it.

    raises   NotPermitted, BadInput
    """
    on, clean = clock.local_day(now), rules.checked(given)
    _require_there(by, "place.edit", clean, on)
    approves = rules.lies_within(clean, reach_of(by, "place.approve", on))
    state = rules.APPROVED if approves else rules.PENDING
    return make_place(clean, owner_id=_owner(clean, now), state=state, by=by, now=now)


def make_place(clean: PlaceInput, *, owner_id: UUID | None, state: str, by: Officer | None, now: datetime) -> Place:
    """A place with its points, inside the caller's transaction; `by` is None when its owner registers it."""
    place = Place.objects.create(
        **{column: getattr(clean, column) for column in COLUMNS if column != "owner_id"},
        owner_id=owner_id,
        state=state,
        search_key=place_search_key(clean.name, clean.address),
        sort_key=sort_key(clean.name),
        created_at=now,
        updated_at=now,
    )
    PlacePeriod.objects.create(
        place=place, valid_from=rules.SINCE_ALWAYS, category_id=place.category_id, opening_hours=place.opening_hours
    )
    for number, point in enumerate(clean.points, 1):
        _make_point(place, number, point, now)
    record("registered", place, by=by, now=now)
    return place


@transaction.atomic
def edit_place(place_id: int, given: PlaceInput, *, by: Officer, now: datetime) -> Place:
    """Give a place new particulars; a new setting or new opening hours hold from tomorrow.

    given      without owner's name and phone the owner stays; the points are left alone
    raises     NotFound, NotPermitted (also for a unit outside the officer's scope), BadInput
    """
    on, clean = clock.local_day(now), rules.checked(replace(given, points=()))
    place = locked(place_id, by, "place.edit", on)
    if (clean.unit_id, clean.agency_id) != (place.unit_id, place.agency_id):
        _require_there(by, "place.edit", clean, on)
    return change_place(place, clean, owner_id=_owner(clean, now) or place.owner_id, by=by, now=now)


def change_place(place: Place, clean: PlaceInput, *, owner_id: UUID | None, by: Officer | None, now: datetime) -> Place:
    """New particulars for a locked place; `by` is None when its owner changes it."""
    brought = {column: getattr(clean, column) for column in COLUMNS if column != "owner_id"} | {"owner_id": owner_id}
    changed = [column for column, value in brought.items() if value != getattr(place, column)]
    for column in changed:
        setattr(place, column, brought[column])
    if not changed:
        return place
    store([place], now)
    if {"category_id", "opening_hours"} & set(changed):
        begin_periods([place.pk], clock.local_day(now) + timedelta(days=1))
    record("edited", place, by=by, now=now, fields=changed)
    return place


@transaction.atomic
def add_point(place_id: int, given: PointInput, *, by: Officer, now: datetime) -> Point:
    """Add a gate, floor, room or vehicle to a place.

    raises   NotFound, NotPermitted, BadInput, TooManyPoints
    """
    place = locked(place_id, by, "place.edit", clock.local_day(now))
    numbers = list(place.points.values_list("number", flat=True))
    if len(numbers) >= rules.POINTS_LIMIT:
        raise TooManyPoints(limit=rules.POINTS_LIMIT)
    number = max(numbers, default=0) + 1
    named = replace(given, name=given.name.strip() or rules.default_point_name(number))
    point = _make_point(place, number, rules.checked_points([named])[0], now)
    _touch(place, now)
    record("point_added", place, by=by, now=now)
    return point


@transaction.atomic
def end_point(point_id: int, *, by: Officer, now: datetime) -> Point:
    """Take a point out of use: scans there are kept for review from now on, its past stays.

    raises   NotFound, NotPermitted, LastPoint
    """
    point = _point(point_id)
    place = locked(point.place_id, by, "place.edit", clock.local_day(now))
    if not place.points.filter(active_to__isnull=True).exclude(pk=point.pk).exists():
        raise LastPoint
    place.points.filter(pk=point.pk, active_to__isnull=True).update(active_to=now)
    _touch(place, now)
    record("point_ended", place, by=by, now=now)
    return _point(point_id)


@transaction.atomic
def renew_poster(point_id: int, *, by: Officer, now: datetime) -> Point:
    """Start a new printing of a point's poster: the next serial. Older printings stay valid, told apart by theirs.

    raises   NotFound, NotPermitted, Conflict
    """
    place = locked(_point(point_id).place_id, by, "place.edit", clock.local_day(now))
    return begin_printing(place, point_id, by=by, now=now)


def begin_printing(place: Place, point_id: int, *, by: Officer | None, now: datetime) -> Point:
    """The next serial of a point, inside the caller's transaction; `by` is None for the place's owner or staff.

    raises   NotFound, Conflict
    """
    point = place.points.select_for_update().filter(pk=point_id, active_to__isnull=True).first()
    if point is None:
        raise NotFound
    if point.serial >= SERIAL_LIMIT:
        raise Conflict
    point.serial += 1
    point.save(update_fields=["serial"])
    record("poster_renewed", place, by=by, now=now)
    return point


def approve(place_id: int, *, by: Officer, now: datetime) -> Place:
    """Approve a place that waits, or open a suspended or closed one again.

    raises   NotFound, NotPermitted, StepNotAllowed
    """
    return _step(place_id, rules.APPROVED, "approved", by=by, now=now)


def reject(place_id: int, *, by: Officer, reason: str, now: datetime) -> Place:
    """Turn down a place that waits for approval: scans there are kept for review.

    raises   NotFound, NotPermitted, StepNotAllowed, ReasonMissing
    """
    return _step(place_id, rules.REJECTED, "rejected", by=by, now=now, reason=reason)


def reconsider(place_id: int, *, by: Officer, now: datetime) -> Place:
    """Let a rejected place wait for approval again.

    raises   NotFound, NotPermitted, StepNotAllowed
    """
    return _step(place_id, rules.PENDING, "reconsidered", by=by, now=now)


def suspend(place_id: int, *, by: Officer, reason: str, now: datetime) -> Place:
    """Stop a place for a while: scans there are kept for review until it is approved again.

    raises   NotFound, NotPermitted, StepNotAllowed, ReasonMissing
    """
    return _step(place_id, rules.SUSPENDED, "suspended", by=by, now=now, reason=reason)


def close(place_id: int, *, by: Officer, reason: str, now: datetime) -> Place:
    """Close a place: scans there are kept for review from now on, its past stays.

    raises   NotFound, NotPermitted, StepNotAllowed, ReasonMissing
    """
    return _step(place_id, rules.CLOSED, "closed", by=by, now=now, reason=reason)


@transaction.atomic
def approve_all(waiting: QuerySet[Place], *, by: Officer, now: datetime) -> int:
    """Approve the waiting places of a list that the officer saw, as far as the officer may; at most APPROVED_AT_ONCE.

    returns  how many were approved
    """
    allowed = visible_to(by, "place.approve", clock.local_day(now)).filter(state=rules.PENDING)
    chosen = waiting.filter(state=rules.PENDING).order_by("pk").values("pk")[:APPROVED_AT_ONCE]
    places = list(allowed.filter(pk__in=chosen).select_for_update(of=("self",)))
    Place.objects.filter(pk__in=[place.pk for place in places]).update(state=rules.APPROVED, updated_at=now)
    PlaceChange.objects.bulk_create(
        PlaceChange(
            place=place, at=now, by_officer=by, event="approved", from_state=rules.PENDING, to_state=rules.APPROVED
        )
        for place in places
    )
    audit.record("places.approved", by=by, at=now, count=len(places))
    tell_gateways()
    return len(places)


@transaction.atomic
def _step(place_id: int, after: str, event: str, *, by: Officer, now: datetime, reason: str = "") -> Place:
    """One step between states, with who, when and why."""
    place = locked(place_id, by, "place.approve", clock.local_day(now))
    before = place.state
    clean = rules.clean_text(reason, name="reason", limit=rules.REASON_LENGTH)
    rules.check_step(before, after, clean)
    place.state, place.updated_at = after, now
    place.save(update_fields=["state", "updated_at"])
    record(event, place, by=by, now=now, before=before, reason=clean)
    return place


def _owner(given: PlaceInput, now: datetime) -> UUID | None:
    """The owner as a person of the register; None when nobody is named.

    raises   BadInput for a name or a phone that can't be one
    """
    people, problems = owners_of({0: given}, now)
    if problems:
        raise problems[0]
    return people.get(0)


def hold(place: Place) -> None:
    """Lock a place until the transaction ends: before the people whom an act there finds, as its editing does."""
    Place.objects.select_for_update().get(pk=place.pk)


def hold_all(place_ids: Iterable[int]) -> None:
    """Lock places until the transaction ends, in order, against others who hold them; what refers to them goes on."""
    held = Place.objects.select_for_update(no_key=True).filter(pk__in=list(place_ids))
    list(held.order_by("pk").values_list("pk", flat=True))


def locked(place_id: int, by: Officer, permission: str, on: date) -> Place:
    """The place, locked, once the officer is known to hold the permission there.

    raises   NotFound for a place that the officer doesn't even see, NotPermitted
    """
    place = visible_to(by, permission, on).filter(pk=place_id).select_for_update(of=("self",)).first()
    if place is not None:
        return place
    if visible_to(by, "place.view", on).filter(pk=place_id).exists():
        raise NotPermitted
    raise NotFound


def _point(point_id: int) -> Point:
    point = Point.objects.filter(pk=point_id).first()
    if point is None:
        raise NotFound
    return point


def _require_there(by: Officer, permission: str, given: PlaceInput, on: date) -> None:
    if not rules.lies_within(given, reach_of(by, permission, on)):
        raise NotPermitted


def _make_point(place: Place, number: int, given: PointInput, now: datetime) -> Point:
    return Point.objects.create(
        place=place,
        number=number,
        name=given.name,
        kind=given.kind,
        direction=given.direction,
        external_code=given.external_code,
        active_from=now,
    )


def _touch(place: Place, now: datetime) -> None:
    """Mark a place as changed, so that gates which ask only for changes see its points."""
    Place.objects.filter(pk=place.pk).update(updated_at=now)


def record(
    event: str,
    place: Place,
    *,
    by: Officer | None,
    now: datetime,
    before: str | None = None,
    reason: str = "",
    fields: Sequence[str] = (),
) -> None:
    """Write down what was done to a place, and tell the gates; `by` is None for its owner or the installation."""
    names = [name.removesuffix("_id") for name in fields]
    PlaceChange.objects.create(
        place=place,
        at=now,
        by_officer=by,
        event=event,
        from_state=place.state if before is None else before,
        to_state=place.state,
        reason=reason,
        fields=names,
    )
    audit.record(f"place.{event}", by=by, at=now, unit=place.unit_id, detail={"place": place.pk, "fields": names})
    tell_gateways()
