"""The places that agencies answer for: how many, which, and what becomes of them when an agency is dissolved."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.places import rules
from dauchan.places.models import Place
from dauchan.places.queries import on_list_of
from dauchan.places.storing import tell_gateways


def place_counts(agency_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """How many places each of these agencies answers for, and how many of them are approved; none is missing."""
    listed = on_list_of(Place.objects.all(), agency_ids)
    approved = Count("pk", filter=Q(state=rules.APPROVED))
    rows = listed.order_by().values("agency").annotate(all=Count("pk"), approved=approved)
    return {row["agency"]: (row["all"], row["approved"]) for row in rows}


def place_list(agency_id: int) -> list[int]:
    """The ids of the places that an agency answers for, in order: what it attests to be complete."""
    return list(on_list_of(Place.objects.all(), [agency_id]).order_by("pk").values_list("pk", flat=True))


def places_held(agency_id: int) -> int:
    """How many places point at an agency, closed ones too: what a hand-over moves."""
    return Place.objects.filter(agency=agency_id).count()


def lie_within(agency_ids: Iterable[int], unit_ids: Iterable[int]) -> bool:
    """Whether every place of some agencies, closed ones too, lies in these units."""
    return not Place.objects.filter(agency__in=list(agency_ids)).exclude(unit__in=list(unit_ids)).exists()


HAND_PLACES_OVER = """
with moved as (
    update places_place
    set agency_id = %(new)s, updated_at = %(now)s
    where agency_id = %(old)s
    returning id, state
)
insert into places_placechange (place_id, at, by_officer_id, event, from_state, to_state, reason, fields)
select id, %(now)s, %(by)s, 'agency_changed', state, state, '', '["agency"]'
from moved
"""


@transaction.atomic
def hand_places_over(old_id: int, new_id: int, *, by: Officer, now: datetime) -> int:
    """Give every place of one agency to another; whether the officer may is the caller's question.

    returns  how many
    """
    with connection.cursor() as cursor:
        cursor.execute(HAND_PLACES_OVER, {"old": old_id, "new": new_id, "now": now, "by": by.pk})
        count = int(cursor.rowcount)
    audit.record("places.agency_changed", by=by, at=now, count=count, detail={"from": old_id, "to": new_id})
    tell_gateways()
    return count
