"""An agency's own people join it by its code, of their own accord: they are counted, and never listed to anybody."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from dauchan.accounts.models import Officer
from dauchan.agencies import rules
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
    rows = Membership.objects.filter(agency__in=list(agency_ids), joined_on__lte=on)
    pairs = list(rows.values_list("agency_id", "person_id"))
    canonical = aliases_of({person for _agency, person in pairs})
    holders = with_pass({person for _agency, person in pairs}, on)
    counted: dict[int, set[UUID]] = {}
    for agency, person in pairs:
        if person in holders:
            counted.setdefault(agency, set()).add(canonical.get(person, person))
    return {agency: len(people) for agency, people in counted.items()}


def staff_with_pass(agency_ids: Iterable[int], on: date) -> dict[int, int | None]:
    """How many staff of each agency have a pass, as anybody above it may see: None for a count below the limit.

    An agency where nobody joined counts 0; none that was asked about is missing.
    """
    asked = list(agency_ids)
    counts = members_with_pass(asked, on)
    return {agency: rules.shown(counts.get(agency, 0), own=False) for agency in asked}
