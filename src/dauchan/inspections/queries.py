"""Reads on inspections: an inspector's list of the day, what was found, what is due, how many places show a code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of
from dauchan.inspections.models import Assignment, Inspection, Plan, Stratify
from dauchan.kernel.errors import NotFound
from dauchan.places import queries as places
from dauchan.places import rules as place_rules
from dauchan.places.models import Place
from dauchan.units.models import Unit
from dauchan.units.queries import unit_ids_within
from dauchan.visits import at_place

PAGE = 50
MOST_A_DAY = 60
"""How many places one phone takes along: more than anybody can visit in a day. Ours."""
SILENT_DAYS = 7
"""How long a place had no visit when it counts as silent for a sample. Ours."""
FIRST = "silent"
"""The stratum that a sample of silent places looks at first."""
LATE = timedelta(days=7)
"""For how long a place that was not inspected on its day stays on the list. Ours."""


def visible_to(officer: Officer, on: date) -> QuerySet[Inspection]:
    """The inspections of places in the units and agencies whose rollout the officer sees."""
    scope = scope_of(officer, "rollout.view", on)
    if scope.everywhere:
        return Inspection.objects.all()
    return Inspection.objects.filter(
        Q(place__unit__in=sorted(scope.unit_ids)) | Q(place__agency__in=sorted(scope.agency_ids))
    )


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty fields narrow nothing."""

    unit_ids: Sequence[int] | None = None
    result: str = ""
    reason: str = ""
    due_by: date | None = None
    latest: bool = True


def narrowed(found: QuerySet[Inspection], wanted: Filters) -> QuerySet[Inspection]:
    """The inspections that pass every filter: each place's newest alone unless all are asked for."""
    if wanted.latest or wanted.due_by:
        found = found.filter(is_latest=True)
    if wanted.unit_ids is not None:
        found = found.filter(place__unit__in=list(wanted.unit_ids))
    if wanted.due_by:
        found = found.filter(due_on__lte=wanted.due_by)
    if wanted.reason:
        found = found.filter(reasons__contains=[wanted.reason])
    return found.filter(result=wanted.result) if wanted.result else found


def page_of(found: QuerySet[Inspection], after: int | None) -> tuple[list[Inspection], int | str]:
    """One page, those received last first, and the key of the next ("" after the last)."""
    rows = found.filter(pk__lt=after) if after else found
    listed = list(rows.select_related("place", "place__unit", "by").order_by("-pk")[: PAGE + 1])
    return listed[:PAGE], listed[PAGE - 1].pk if len(listed) > PAGE else ""


class Standing(NamedTuple):
    """How many places were inspected, at how many a code hung, and to how many somebody should go again."""

    inspected: int
    displayed: int
    due: int


def standing_of(visible: QuerySet[Inspection], on: date) -> Standing:
    """Of the places behind these inspections, by the newest of each."""
    counted = visible.filter(is_latest=True).aggregate(
        inspected=Count("pk", filter=Q(displayed__isnull=False)),
        displayed=Count("pk", filter=Q(displayed=True)),
        due=Count("pk", filter=Q(due_on__lte=on)),
    )
    return Standing(**counted)


def inspections_of(place_id: int, limit: int = 20) -> list[Inspection]:
    """What was found at a place, newest first."""
    found = Inspection.objects.filter(place_id=place_id).select_related("by", "told_by")
    return list(found.order_by("-at", "-pk")[:limit])


def place_seen(officer: Officer, place_id: int, on: date) -> Place:
    """A place whose rollout the officer sees.

    raises   NotFound
    """
    scope = scope_of(officer, "rollout.view", on)
    place = places.place_by_id(place_id)
    reached = place is not None and (
        scope.holds_unit(place.unit_id) or (place.agency_id is not None and place.agency_id in scope.agency_ids)
    )
    if place is None or not reached:
        raise NotFound
    return place


# --- an inspector's day -----------------------------------------------------------------------------------------------


def assigned_to(officer: Officer, day: date) -> list[Assignment]:
    """What an inspector has to visit by a day and has not, in the order to go, a few days' arrears included.

    Only places where the officer may inspect today; at most MOST_A_DAY.
    """
    may = places.visible_to(officer, "inspection.do", day).values("pk")
    waiting = Assignment.objects.filter(
        inspector=officer, day__lte=day, day__gt=day - LATE, done_at__isnull=True, place__in=may
    )
    waiting = waiting.exclude(place__state__in=(place_rules.CLOSED, place_rules.REJECTED))
    ordered = waiting.select_related("place", "place__unit", "place__category").order_by("-day", "position", "pk")
    return list(ordered[:MOST_A_DAY])


def plans_of(officer: Officer, on: date, limit: int = 50) -> list[Plan]:
    """The newest plans of units where the officer sees the rollout, with how many places are done."""
    scope = scope_of(officer, "rollout.view", on)
    found = Plan.objects.all() if scope.everywhere else Plan.objects.filter(unit__in=sorted(scope.unit_ids))
    counted = found.annotate(done=Count("assignments", filter=Q(assignments__done_at__isnull=False)))
    return list(counted.select_related("unit", "inspector").defer("frame").order_by("-pk")[:limit])


def plan_of(officer: Officer, plan_id: int, on: date) -> Plan:
    """One plan of a unit where the officer sees the rollout.

    raises   NotFound
    """
    plan = Plan.objects.select_related("unit", "inspector", "made_by").filter(pk=plan_id).first()
    if plan is None or not scope_of(officer, "rollout.view", on).holds_unit(plan.unit_id):
        raise NotFound
    return plan


def visits_of(plan: Plan) -> list[tuple[Assignment, Inspection | None]]:
    """The places of a plan in the order to go, and what was found there."""
    listed = list(plan.assignments.select_related("place", "place__unit", "place__category"))
    found = {each.assignment_id: each for each in Inspection.objects.filter(assignment__in=listed).order_by("at")}
    return [(each, found.get(each.pk)) for each in listed]


# --- the frame of a sample --------------------------------------------------------------------------------------------


def frame_of(officer: Officer, unit: Unit, stratify: str, on: date) -> dict[str, list[int]]:
    """The places of a unit from which lots are drawn, by stratum: those in use where the officer may inspect."""
    within = places.visible_to(officer, "inspection.do", on).filter(unit__in=unit_ids_within(unit, on))
    in_use = within.filter(state__in=(place_rules.PENDING, place_rules.APPROVED))
    rows = list(in_use.values_list("pk", "category__code").order_by("pk"))
    if stratify == Stratify.SETTING:
        return _grouped(rows)
    if stratify == Stratify.SILENT:
        heard = _heard([pk for pk, _ in rows], on)
        return _grouped((pk, "active" if pk in heard else FIRST) for pk, _ in rows)
    return _grouped((pk, "all") for pk, _ in rows)


def _grouped(rows: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    strata: dict[str, list[int]] = {}
    for pk, name in rows:
        strata.setdefault(name, []).append(pk)
    return strata


def _heard(place_ids: Sequence[int], on: date) -> set[int]:
    days = [on - timedelta(days=back) for back in range(SILENT_DAYS)]
    return at_place.visited_among(places.points_of_places(place_ids), days)


# --- for coverage -----------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """Places of one unit, agency and field: how many were inspected up to a day, and at how many a code hung."""

    unit_id: int
    agency_id: int | None
    sector: str
    inspected: int
    displayed: int


def displayed(on: date) -> list[Shown]:
    """By unit, agency and field of places: inspected ever up to a day, and displayed by the newest inspection then.

    Inspections where nobody could look (closed, refused) say nothing.
    """
    told = Inspection.objects.filter(day__lte=on, displayed__isnull=False)
    newest = told.order_by("place_id", "-at", "-pk").distinct("place_id").values("pk")
    by = ("place__unit_id", "place__agency_id", "place__category__sector")
    rows = Inspection.objects.filter(pk__in=newest).order_by(*by).values_list(*by)
    counted = rows.annotate(inspected=Count("pk"), shown=Count("pk", filter=Q(displayed=True)))
    return [Shown(*row) for row in counted]


class Counted(NamedTuple):
    """One count of visitors: at which place, when, how many came, and how many of them scanned by eye and by ledger."""

    place_id: int
    day: date
    visitors: int
    seen_scans: int | None
    ledger_scans: int | None

    @property
    def scans(self) -> int | None:
        """By eye where they were watched, else as they arrived."""
        return self.seen_scans if self.seen_scans is not None else self.ledger_scans


def counts_between(first: date, last: date) -> list[Counted]:
    """Every count of visitors on some days: for scan ratios of units and fields."""
    told = Inspection.objects.filter(day__range=(first, last), visitors__gt=0)
    rows = told.values_list("place_id", "day", "visitors", "seen_scans", "ledger_scans")
    return [Counted(place, day, visitors or 0, seen, arrived) for place, day, visitors, seen, arrived in rows]


def counted_of(plan: Plan) -> dict[int, Any]:
    """The counts of a plan's places, by place: the newest of each."""
    found = Inspection.objects.filter(assignment__plan=plan, visitors__gt=0).order_by("at", "pk")
    return {each.place_id: each for each in found}


def displayed_of(plan: Plan) -> dict[int, bool]:
    """Whether a code hung at each place of a plan where somebody could look."""
    found = Inspection.objects.filter(assignment__plan=plan, displayed__isnull=False).order_by("at", "pk")
    return {place: bool(shown) for place, shown in found.values_list("place_id", "displayed")}
