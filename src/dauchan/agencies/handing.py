"""A dissolved agency's business passes to its successor: one confirmation with the numbers seen, one receipt.

Places, agencies that belonged to it and guidance go over; its officers' roles end that day, and those whom the officer
chose are named anew at the successor. What upper slices keep about an agency follows by reading
`units.agencies.heirs`. They may have it counted on the preview (`count_also`).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from dauchan.accounts import actions as accounts
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.agencies import naming
from dauchan.agencies.models import Appointment, HandOver
from dauchan.agencies.naming import Named
from dauchan.agencies.tree import note, require_all, require_at
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import Conflict, NotFound
from dauchan.places.of_agencies import hand_places_over, places_held
from dauchan.units import actions as units
from dauchan.units import agencies
from dauchan.units.models import Agency

RECEIPT_BYTES = 5
_counted: list[tuple[Any, Callable[[int], int]]] = []


class StillThere(Conflict):
    vi = "Cơ quan này chưa giải thể. Hãy ghi ngày kết thúc trước; bàn giao từ ngày đó."
    en = "This agency is not dissolved yet. Record its end first; hand over from that day on."


class NoSuccessor(Conflict):
    vi = "Cơ quan nhận phải đang hoạt động và khác cơ quan bàn giao."
    en = "The successor must be in force and another agency."


class AlreadyHandedOver(Conflict):
    vi = "Cơ quan này đã bàn giao cho cơ quan khác, biên nhận {receipt}."
    en = "This agency has handed over to another one, receipt {receipt}."


class NumbersChanged(Conflict):
    vi = "Số liệu vừa thay đổi. Hãy xem lại rồi xác nhận."
    en = "The numbers have just changed. Look again, then confirm."


def count_also(label: Any, count: Callable[[int], int]) -> None:
    """Have something else of an agency counted on the preview; called once, when the process starts."""
    _counted.append((label, count))


@dataclass(frozen=True)
class Preview:
    """What a hand-over would move; `seen` is what a confirmation must have seen."""

    places: int
    children: int
    guidances: int
    appointments: Sequence[Appointment]
    besides: Sequence[tuple[Any, int]]

    @property
    def seen(self) -> str:
        return f"{self.places}-{self.children}-{self.guidances}-{len(self.appointments)}"


def preview(old: Agency) -> Preview:
    """The numbers of a hand-over."""
    return Preview(
        places=places_held(old.pk),
        children=agencies.open_children(old),
        guidances=agencies.open_guidances(old),
        appointments=list(Appointment.objects.filter(agency=old, ended_at=None).order_by("duty", "name", "pk")),
        besides=[(label, count(old.pk)) for label, count in _counted],
    )


@transaction.atomic
def hand_over(old: Agency, new: Agency, *, keep: Sequence[int], seen: str, by: Officer, now: datetime) -> HandOver:
    """Confirm it. Again with the same successor it is the same hand-over, and nothing is moved twice.

    keep     ids of the appointments that go on at the successor
    seen     `Preview.seen` of the page that was confirmed
    raises   NotFound, NotPermitted, StillThere, NoSuccessor, AlreadyHandedOver, NumbersChanged
    """
    today = clock.local_day(now)
    require_at(by, "agency.edit", new, today)
    require_all(by, old, today)
    old, new = _locked(old, new)
    known = HandOver.objects.filter(old=old).first()
    if known is not None:
        if known.new_id == new.pk:
            return known
        raise AlreadyHandedOver(receipt=known.receipt)
    if old.valid_to is None or old.valid_to > today:
        raise StillThere()
    if new.pk == old.pk or (new.valid_to is not None and new.valid_to <= today) or new.valid_from > today:
        raise NoSuccessor()
    found = preview(old)
    if found.seen != seen:
        raise NumbersChanged()
    return _carry_out(old, new, found, frozenset(keep), by=by, now=now)


def _locked(old: Agency, new: Agency) -> tuple[Agency, Agency]:
    """Both, as they stand, held until the transaction ends; in one order, so that nobody waits for the other."""
    rows = agencies.locked([old.pk, new.pk])
    return rows[old.pk], rows[new.pk]


def _carry_out(
    old: Agency, new: Agency, found: Preview, keep: frozenset[int], *, by: Officer, now: datetime
) -> HandOver:
    today = clock.local_day(now)
    places = hand_places_over(old.pk, new.pk, by=by, now=now)
    kept = [_goes_on(one, new, by=by, now=now) for one in found.appointments if one.pk in keep]
    for one in found.appointments:
        naming.finish(one, by=by, now=now)
    accounts.end_roles_at(Scope("agency", str(old.pk)), by=by, now=now)
    children, guidances = units.succeed(old, new, on=today)
    made = HandOver.objects.create(
        receipt=base32.encode(secrets.token_bytes(RECEIPT_BYTES)),
        old=old,
        new=new,
        on=today,
        places=places,
        children=children,
        guidances=guidances,
        officers_ended=len(found.appointments),
        officers_kept=len(kept),
        given_by=by,
        given_at=now,
    )
    note("handed_over", old, by=by, now=now, detail=f"{made.receipt} → {new.pk}")
    note("took_over", new, by=by, now=now, detail=f"{made.receipt} ← {old.pk}")
    return made


def _goes_on(one: Appointment, new: Agency, *, by: Officer, now: datetime) -> Appointment:
    """The same person named at the successor, for the rest of the term."""
    today = clock.local_day(now)
    until = one.valid_to if one.valid_to is not None and one.valid_to > today else None
    officer = naming.account_of(one)
    made = naming.appoint_at(new, Named(one.name, one.duty, one.post, one.phone, one.email, until), by=by, now=now)
    if officer is not None:
        naming.link_account(made, officer, by=by, now=now)
    return made


@transaction.atomic
def take(receipt: str, *, by: Officer, now: datetime) -> HandOver:
    """Sign for what was handed over, for the successor; the first signature counts.

    What the old agency took over itself and never signed for is signed with it: nobody acts for that one any more.

    raises   NotFound, NotPermitted
    """
    found = HandOver.objects.select_for_update(of=("self",)).select_related("new").filter(receipt=receipt).first()
    if found is None:
        raise NotFound()
    require_at(by, "agency.act", found.new, clock.local_day(now))
    _sign(found, by, now)
    return found


def _sign(one: HandOver, by: Officer, now: datetime) -> None:
    if one.taken_at is None:
        one.taken_by, one.taken_at = by, now
        one.save(update_fields=["taken_by", "taken_at"])
        note("signed_for", one.new, by=by, now=now, detail=one.receipt)
    earlier = HandOver.objects.select_for_update(of=("self",)).select_related("new")
    for unsigned in earlier.filter(new=one.old_id, taken_at=None).order_by("pk"):
        _sign(unsigned, by, now)
