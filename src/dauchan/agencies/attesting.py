"""An agency signs that its list of places is complete, or that it has none; it signs again every quarter.

What is signed is the very list that was shown: its fingerprint comes back with the word. Registers may have it counted
how many more places they name (`warn_of`); that warns and refuses nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from dauchan.accounts.models import Officer
from dauchan.agencies import rules
from dauchan.agencies.models import Attestation
from dauchan.agencies.tree import note, require_at
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict
from dauchan.places.of_agencies import place_list
from dauchan.units.models import Agency


class ListChanged(Conflict):
    vi = "Danh sách đã thay đổi từ khi bạn xem: nay có {now} địa điểm. Hãy xem lại rồi ký."
    en = "The list has changed since you saw it: it has {now} places now. Look again, then sign."


class AgencyGone(Conflict):
    vi = "Cơ quan này không còn hoạt động vào ngày hôm nay."
    en = "This agency is not in force today."


_unregistered: list[Callable[[int], int]] = []


def warn_of(count: Callable[[int], int]) -> None:
    """Have the listed places of an agency that aren't registered counted; called once, when the process starts."""
    _unregistered.append(count)


def to_sign(agency_id: int) -> dict[str, Any]:
    """The list of an agency as its page shows it: how many places, its fingerprint, how many more registers name."""
    places = place_list(agency_id)
    more = sum(count(agency_id) for count in _unregistered)
    return {"listed": len(places), "fingerprint": rules.hash_of(places), "unregistered": more}


@transaction.atomic
def attest(agency: Agency, *, seen: str, by: Officer, now: datetime) -> Attestation:
    """Sign the list as it stands; signing again on one day replaces that day's word.

    seen     the fingerprint of the list that the officer saw on the page
    raises   NotFound, NotPermitted, ListChanged, AgencyGone
    """
    today = clock.local_day(now)
    require_at(by, "agency.act", agency, today)
    if not agency.valid_from <= today or (agency.valid_to is not None and agency.valid_to <= today):
        raise AgencyGone()
    places = place_list(agency.pk)
    fingerprint = rules.hash_of(places)
    if fingerprint != seen:
        raise ListChanged(now=len(places))
    what = {
        "due_on": rules.due_on(today),
        "places": len(places),
        "places_hash": fingerprint,
        "signed_by": by,
        "signed_at": now,
    }
    made, _new = Attestation.objects.update_or_create(agency=agency, signed_on=today, defaults=what)
    note("attested", agency, by=by, now=now, detail=f"{len(places)}")
    return made


def still_holds(attestation: Attestation) -> bool:
    """Whether the list is the one that was signed."""
    return rules.hash_of(place_list(attestation.agency_id)) == attestation.places_hash
