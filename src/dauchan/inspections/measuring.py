"""From counts of visitors to the share who scan: scans of the window are counted in the ledger, shares written down.

A scan that waited on a gate's phone arrives up to a week later: windows are counted anew each night for that long.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import override

from dauchan.inspections import estimating
from dauchan.inspections.estimating import Share, Stratum
from dauchan.inspections.models import QUESTION_WORDS, Inspection, Plan
from dauchan.inspections.queries import counted_of, displayed_of
from dauchan.inspections.rules import QUESTIONS
from dauchan.kernel import clock
from dauchan.places import rules as place_rules
from dauchan.places.models import Place
from dauchan.places.queries import points_of
from dauchan.places.shares import Figure, note_area_share, note_scan_share
from dauchan.visits.at_place import arrivals

BACKLOG = timedelta(days=8)
"""A gate's seven days, and one for the night."""
FEWEST_PLACES = 5
"""A setting's own estimate rests on so many places at least; with fewer its commune's stands for it. Ours."""


def measure(inspection: Inspection) -> None:
    """Count the window's scans, and write down what that says of the place, its setting and its commune."""
    _count(inspection)
    if not inspection.visitors:
        return
    _note_place(inspection)
    plan = inspection.assignment.plan if inspection.assignment else None
    if plan is not None:
        note_plan(plan)


def recount(now: datetime) -> int:
    """Count the windows of the last days anew; how many changed."""
    since = clock.local_day(now - BACKLOG)
    changed = 0
    for inspection in Inspection.objects.filter(day__gte=since, counted_from__isnull=False).order_by("at"):
        with transaction.atomic():
            before = inspection.ledger_scans
            _count(inspection)
            if inspection.ledger_scans != before:
                measure(inspection)
                changed += 1
    return changed


def _count(inspection: Inspection) -> None:
    if inspection.counted_from is None or inspection.counted_to is None:
        return
    points = [point.pk for point in points_of(inspection.place_id)]
    inspection.ledger_scans = arrivals(points, inspection.counted_from, inspection.counted_to)
    inspection.save(update_fields=["ledger_scans"])


def scans_of(inspection: Inspection) -> int | None:
    """How many of the visitors counted scanned: as seen, else as it arrived in the ledger."""
    return inspection.seen_scans if inspection.seen_scans is not None else inspection.ledger_scans


def share_of(inspection: Inspection) -> Share | None:
    """The share of visitors who scanned while they were counted; None where nobody was."""
    scans = scans_of(inspection)
    return estimating.at_place(inspection.visitors, scans) if inspection.visitors and scans is not None else None


def _note_place(inspection: Inspection) -> None:
    share = share_of(inspection)
    if share is not None:
        basis = place_rules.BY_EYE if inspection.seen_scans is not None else place_rules.BY_LEDGER
        note_scan_share(inspection.place_id, _figure(share, inspection.at, basis))


def _figure(share: Share, as_of: datetime, basis: str) -> Figure:
    return Figure(share.share, share.low, share.high, share.visitors, as_of, basis)


# --- a commune --------------------------------------------------------------------------------------------------------


def pairs_of(plan: Plan) -> dict[int, tuple[int, int]]:
    """Visitors and scans at each place of a plan where they were counted."""
    told = {place: (each.visitors, scans_of(each)) for place, each in counted_of(plan).items()}
    return {place: (visitors, min(scans, visitors)) for place, (visitors, scans) in told.items() if scans is not None}


def share_in(plan: Plan, *, only: Iterable[int] | None = None) -> Share | None:
    """The share in a plan's commune, or among some of its places: those outside count as without visitors."""
    pairs = pairs_of(plan)
    kept = set(pairs) if only is None else set(only)
    strata = [_stratum(ids, pairs, kept) for ids in plan.frame.values() if not kept.isdisjoint(ids)]
    return estimating.in_commune(strata, among=len(kept & set(pairs)))


def _stratum(ids: Sequence[int], pairs: dict[int, tuple[int, int]], kept: set[int]) -> Stratum:
    return Stratum(len(ids), [pairs[place] if place in kept else (0, 0) for place in ids if place in pairs])


def displayed_in(plan: Plan) -> Share | None:
    """The share of a commune's places where a code hangs, by those of a plan where somebody could look."""
    seen = displayed_of(plan)
    pairs = {place: (1, int(shown)) for place, shown in seen.items()}
    return estimating.in_commune([_stratum(ids, pairs, set(pairs)) for ids in plan.frame.values()])


def note_plan(plan: Plan) -> None:
    """Write down what a plan's counts say of its commune, and of each setting with enough places."""
    counted = counted_of(plan)
    whole = share_in(plan)
    if whole is None:
        return
    as_of = max(each.at for each in counted.values())
    rows = plan_places(plan)
    for unit_id in {place.unit_id for place in rows}:
        note_area_share(unit_id, _figure(whole, as_of, place_rules.OF_SAMPLE))
    by_setting: dict[int, list[Place]] = defaultdict(list)
    for place in rows:
        by_setting[place.category_id].append(place)
    for category_id, alike in by_setting.items():
        ids = {place.pk for place in alike}
        share = share_in(plan, only=ids) if len(ids & counted.keys()) >= FEWEST_PLACES else None
        if share is None:
            continue
        for unit_id in {place.unit_id for place in alike}:
            note_area_share(unit_id, _figure(share, as_of, place_rules.OF_SAMPLE), category_id=category_id)


def plan_places(plan: Plan) -> list[Any]:
    """The places drawn by a plan."""
    return [each.place for each in plan.assignments.select_related("place")]


# --- words ------------------------------------------------------------------------------------------------------------


def words_for_owner(inspection: Inspection) -> str:
    """What is to be mended, in Vietnamese: the owner's page shows it as it is."""
    with override("vi"):
        lacking = [str(QUESTION_WORDS[name]).lower() for name in QUESTIONS if getattr(inspection, name) is False]
        parts = ["; ".join(words.lower() for words in inspection.reason_words())]
        parts += ["chưa đạt: " + ", ".join(lacking)] if lacking else []
        return "; ".join(part for part in parts if part) or "đạt, cảm ơn"
