"""The verbs of inspection: draw a plan, add a place by hand, take in what was found, tell the owner."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of
from dauchan.inspections import measuring, queries, rules, sampling
from dauchan.inspections.models import Assignment, Inspection, Plan, Stratify
from dauchan.inspections.rules import Finding
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, NotPermitted
from dauchan.owners.actions import tell_owner
from dauchan.people.rules import normal_text
from dauchan.places import queries as places
from dauchan.places.actions import hold
from dauchan.units.models import Unit

MOST_PLANNED = 600
"""Places of one plan: more than a commune has people to send. Ours."""


class OutsideYourPlaces(NotPermitted):
    kind = "outside_scope"
    vi = "Địa điểm này nằm ngoài phạm vi kiểm tra của bạn. Bản ghi vẫn còn trên máy: hãy báo người giao việc."
    en = "This place is outside what you may inspect. The record stays on the phone: tell whoever gave you the work."


class AnotherOfficer(NotPermitted):
    kind = "another_officer"
    vi = "Bản ghi này của tài khoản khác. Hãy đăng nhập bằng tài khoản đã ghi để gửi."
    en = "This record belongs to another account. Sign in with the account that made it to send it."


class ToldOtherwise(Conflict):
    vi = "Bản ghi này đã gửi trước đó với nội dung khác; bản trước được giữ. Hãy kiểm tra lại nơi đó nếu cần."
    en = "This record was sent before with other words; the earlier one stays. Inspect the place again if need be."


class NoPlaces(BadInput):
    vi = "Không có địa điểm nào đang hoạt động ở đó trong phạm vi của bạn."
    en = "There is no place in use there within your scope."


class NotYourCommune(NotPermitted):
    vi = "Bạn không kiểm tra cả đơn vị này nên không rút mẫu ở đó được. Hãy mở từng nơi, bấm Kiểm tra hôm nay."
    en = "You don't inspect all of this unit, so you can't draw its sample. Open each place and press Inspect today."


class InspectorCannot(BadInput):
    vi = "Người này không được kiểm tra ở đó. Hãy chọn người khác."
    en = "This officer may not inspect there. Choose another."


class NoOwner(Conflict):
    vi = "Địa điểm này chưa có người phụ trách trên hệ thống. Hãy nhắc trực tiếp."
    en = "Nobody looks after this place in the system. Tell them in person."


# --- planning ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def draw_plan(
    unit: Unit,
    *,
    stratify: str,
    half_width: float,
    inspector_id: int,
    first_day: date,
    a_day: int,
    by: Officer,
    now: datetime,
    seed: int | None = None,
) -> Plan:
    """Draw a sample of a unit's places and give it to an inspector, so many a day, in an order to go.

    half_width   how close the share of places with a code should be known, 0.1 for ten points either way
    seed         for drawing the same again; by chance when left out

    raises   NotYourCommune, NoPlaces, InspectorCannot
    """
    on = clock.local_day(now)
    if not scope_of(by, "inspection.do", on).holds_unit(unit.pk):
        raise NotYourCommune(field="unit")  # a sample of some of its places would stand for all of them
    frame = queries.frame_of(by, unit, stratify, on)
    if not frame:
        raise NoPlaces(field="unit")
    size = min(sampling.sample_size(sum(map(len, frame.values())), half_width=half_width), MOST_PLANNED)
    seed = secrets.randbits(53) if seed is None else seed
    plan = Plan.objects.create(
        unit=unit,
        stratify=stratify,
        half_width=half_width,
        size=size,
        seed=seed,
        frame=frame,
        inspector_id=inspector_id,
        first_day=first_day,
        made_by=by,
        made_at=now,
    )
    _assign(plan, drawn_for(plan), a_day, on)
    detail = {"plan": plan.pk, "places": plan.places, "size": size, "seed": str(seed)}
    audit.record("inspection.planned", by=by, unit=unit.pk, at=now, detail=detail, count=size)
    return plan


def drawn_for(plan: Plan) -> dict[str, list[int]]:
    """The sample of a plan by stratum, drawn from its frame with its seed: always the same."""
    first = queries.FIRST if plan.stratify == Stratify.SILENT else ""
    return sampling.draw(plan.frame, plan.size, plan.seed, first=first)


def _assign(plan: Plan, drawn: Mapping[str, list[int]], a_day: int, on: date) -> None:
    stratum = {place: name for name, ids in drawn.items() for place in ids}
    may = places.visible_to(plan.inspector, "inspection.do", on).filter(pk__in=stratum)
    stops = [sampling.Stop(*row) for row in may.order_by("sort_key").values_list("pk", "latitude", "longitude")]
    if len(stops) < len(stratum):
        raise InspectorCannot(field="inspector")
    Assignment.objects.bulk_create(
        Assignment(
            plan=plan,
            place_id=place,
            stratum=stratum[place],
            inspector=plan.inspector,
            day=plan.first_day + timedelta(days=position // a_day),
            position=position + 1,
        )
        for position, place in enumerate(sampling.walk(stops))
    )


@transaction.atomic
def take_along(place_id: int, *, by: Officer, now: datetime) -> Assignment:
    """Put a place on one's own list of today; a place that is on it already stays there once.

    raises   NotFound
    """
    on = clock.local_day(now)
    place = places.visible_to(by, "inspection.do", on).filter(pk=place_id).first()
    if place is None:
        raise NotFound
    waiting = Assignment.objects.filter(inspector=by, place=place, day__lte=on, day__gt=on - queries.LATE)
    known = waiting.filter(done_at__isnull=True).first()
    if known is not None:
        return known
    made, is_new = Assignment.objects.get_or_create(
        inspector=by, place=place, day=on, plan=None, defaults={"position": 0}
    )
    if not is_new:
        made.done_at = None
        made.save(update_fields=["done_at"])
    audit.record("inspection.assigned", by=by, unit=place.unit_id, at=now, detail={"place": place.pk})
    return made


# --- what was found ---------------------------------------------------------------------------------------------------


def body_hash(told: Finding) -> bytes:
    """What an inspection says, as a hash: the same record sent again has the same."""
    said = asdict(told)
    said["found"]["reasons"] = sorted(told.found.reasons)
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).digest()


def record_inspection(told: Finding, *, by: Officer, now: datetime) -> tuple[Inspection, bool]:
    """Take in an inspection once; whether it is new. The same record sent again changes nothing.

    raises   OutsideYourPlaces, ToldOtherwise, AnswersUnclear, CountUnclear, TooOld, BadText
    """
    known = _known(told, by)
    if known is not None:
        return known, False
    clean = rules.checked(told, now)
    on = clock.local_day(now)
    place = places.visible_to(by, "inspection.do", on).filter(pk=told.place_id).first()
    if place is None:
        raise OutsideYourPlaces
    with transaction.atomic():
        hold(place)
        known = _known(told, by)
        if known is not None:
            return known, False
        made = _store(clean, by, now)
        _settle_latest(place.pk)
        audit.record("inspection.recorded", by=by, unit=place.unit_id, at=now, detail={"place": place.pk})
        measuring.measure(made)
    return made, True


def _known(told: Finding, by: Officer) -> Inspection | None:
    found = Inspection.objects.filter(client_id=told.client_id).first()
    if found is not None and (bytes(found.body_hash) != body_hash(told) or found.by_id != by.pk):
        raise ToldOtherwise
    return found


def _store(told: Finding, by: Officer, now: datetime) -> Inspection:
    found, at = told.found, min(told.at, now)
    count = told.count if told.count is not None and told.count.end <= now else None
    assignment = _done(told, by, at)
    day = clock.local_day(at)
    return Inspection.objects.create(
        client_id=told.client_id,
        body_hash=body_hash(told),
        place_id=told.place_id,
        assignment=assignment,
        by=by,
        at=at,
        day=day,
        received_at=now,
        **{name: getattr(found, name) for name in rules.QUESTIONS},
        scanning=found.scanning,
        reasons=sorted(found.reasons),
        note=normal_text(told.note, field="note", longest=500),
        result=rules.result_of(found),
        displayed=rules.is_displayed(found),
        due_on=rules.due_on(found, day),
        counted_from=count.start if count else None,
        counted_to=count.end if count else None,
        visitors=told.count.visitors if told.count else None,
        seen_scans=told.count.seen_scans if told.count else None,
    )


def _done(told: Finding, by: Officer, at: datetime) -> Assignment | None:
    """The errand that this inspection does: the one named, else any of the officer's that waits for the place."""
    own = Assignment.objects.filter(place_id=told.place_id, inspector=by)
    found = own.filter(pk=told.assignment_id).first() if told.assignment_id else None
    found = found or own.filter(done_at__isnull=True).order_by("plan", "day").first()
    if found is not None and found.done_at is None:
        found.done_at = at
        found.save(update_fields=["done_at"])
    return found


def _settle_latest(place_id: int) -> None:
    """Mark the newest inspection of a place: one made earlier may come in later."""
    found = Inspection.objects.filter(place_id=place_id)
    newest = found.order_by("-at", "-pk")[:1].get()
    found.filter(is_latest=True).exclude(pk=newest.pk).update(is_latest=False)
    found.filter(pk=newest.pk).update(is_latest=True)


@transaction.atomic
def tell_findings(inspection_id: int, *, by: Officer, now: datetime) -> Inspection:
    """Send what is to be mended to the owner's page, in words; a finding is sent once.

    raises   NotFound, NoOwner
    """
    on = clock.local_day(now)
    may = places.visible_to(by, "inspection.do", on).values("pk")
    found = Inspection.objects.select_for_update(of=("self",)).select_related("place").filter(place__in=may)
    inspection = found.filter(pk=inspection_id).first()
    if inspection is None:
        raise NotFound
    if inspection.told_at is not None:
        return inspection
    if inspection.place.owner_id is None:
        raise NoOwner
    tell_owner(inspection.place, measuring.words_for_owner(inspection), by=by, now=now)
    inspection.told_at, inspection.told_by = now, by
    inspection.save(update_fields=["told_at", "told_by"])
    return inspection
