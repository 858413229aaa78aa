"""An agency's own people join it by its code, of their own accord: they are counted, and never listed to anybody."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts.models import Officer
from dauchan.agencies.models import JoinCode, Membership
from dauchan.agencies.tree import note, require_at
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import NotFound, TooMany
from dauchan.notify.budgets import Budget
from dauchan.people.queries import aliases_of, with_pass
from dauchan.units.models import Agency

CODE_BYTES = 5
TRYING = Budget("agencies.join", capacity=10, per_hour=20)
"""Codes that one phone tries: eight letters are 40 bits. Ours."""


class NoSuchAgency(NotFound):
    vi = "Không có cơ quan nào có mã này. Hãy xem lại tờ mã, hoặc hỏi cán bộ đầu mối."
    en = "No agency has this code. Look at the sheet again, or ask the focal officer."


@transaction.atomic
def join_code(agency: Agency, *, by: Officer, now: datetime, anew: bool = False) -> str:
    """The code with which an agency's people join, made when first asked for; `anew` makes the old one useless.

    raises   NotFound, NotPermitted
    """
    require_at(by, "agency.act", agency, clock.local_day(now))
    known = JoinCode.objects.select_for_update().filter(agency=agency).first()
    if known is not None and not anew:
        return known.code
    code = base32.encode(secrets.token_bytes(CODE_BYTES))
    JoinCode.objects.update_or_create(agency=agency, defaults={"code": code, "made_at": now})
    note("join_code_made", agency, by=by, now=now)
    return code


def join(code: str, *, person: UUID, now: datetime) -> Membership:
    """Join an agency by its code; joining again changes nothing.

    raises   NoSuchAgency, TooMany
    """
    if not TRYING.take(person.hex, now=now):
        raise TooMany(seconds=180)
    today = clock.local_day(now)
    found = JoinCode.objects.select_related("agency").filter(code=base32.tidy(code)).first()
    if found is None or (found.agency.valid_to is not None and found.agency.valid_to <= today):
        raise NoSuchAgency()
    made, _new = Membership.objects.get_or_create(agency=found.agency, person_id=person, defaults={"joined_on": today})
    return made


def leave(agency_id: int, *, people: Sequence[UUID]) -> None:
    """Withdraw: nothing is left that says one was there."""
    Membership.objects.filter(agency=agency_id, person__in=people).delete()


def memberships_of(people: Sequence[UUID]) -> list[Membership]:
    """The agencies that somebody has joined."""
    return list(Membership.objects.filter(person__in=people).select_related("agency__unit"))


def members_with_pass(agency_ids: Iterable[int], on: date) -> dict[int, int]:
    """How many members of each agency could show a pass on a day: the bare count, which only its own page may show."""
    return _with_pass(Membership.objects.filter(agency__in=list(agency_ids)), on, lambda agency: (agency,))


def staff_joined(on: date, counts_in: Callable[[int], Iterable[int]]) -> dict[int, int]:
    """How many different people who joined could show a pass on a day, by each agency in which they count.

    counts_in   the agencies in which the people of one agency count: itself, those above it, its successor
    """
    return _with_pass(Membership.objects.all(), on, counts_in)


def _with_pass(
    memberships: QuerySet[Membership], on: date, counts_in: Callable[[int], Iterable[int]]
) -> dict[int, int]:
    pairs = list(memberships.filter(joined_on__lte=on).values_list("agency_id", "person_id"))
    canonical = aliases_of({person for _agency, person in pairs})
    holders = with_pass({person for _agency, person in pairs}, on)
    counting = {agency: tuple(counts_in(agency)) for agency in {agency for agency, _person in pairs}}
    counted: dict[int, set[UUID]] = defaultdict(set)
    for agency, person in pairs:
        if person in holders:
            for each in counting[agency]:
                counted[each].add(canonical.get(person, person))
    return {agency: len(people) for agency, people in counted.items()}
