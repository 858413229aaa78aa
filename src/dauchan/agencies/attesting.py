"""An agency signs that its list of places is complete, or that it has none; it signs again every quarter."""

from datetime import datetime

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
    vi = "Danh sách vừa thay đổi: nay có {now} địa điểm, không phải {seen}. Hãy xem lại rồi ký."
    en = "The list has just changed: it has {now} places now, not {seen}. Look again, then sign."


class AgencyGone(Conflict):
    vi = "Cơ quan này không còn hoạt động vào ngày hôm nay."
    en = "This agency is not in force today."


@transaction.atomic
def attest(agency: Agency, *, seen: int, by: Officer, now: datetime) -> Attestation:
    """Sign the list as it stands; signing again on one day replaces that day's word.

    seen     how many places the officer saw on the page
    raises   NotFound, NotPermitted, ListChanged, AgencyGone
    """
    today = clock.local_day(now)
    require_at(by, "agency.act", agency, today)
    if not agency.valid_from <= today or (agency.valid_to is not None and agency.valid_to <= today):
        raise AgencyGone()
    places = place_list(agency.pk)
    if len(places) != seen:
        raise ListChanged(now=len(places), seen=seen)
    what = {
        "due_on": rules.due_on(today),
        "places": len(places),
        "places_hash": rules.hash_of(places),
        "signed_by": by,
        "signed_at": now,
    }
    made, _new = Attestation.objects.update_or_create(agency=agency, signed_on=today, defaults=what)
    note("attested", agency, by=by, now=now, detail=f"{len(places)}")
    return made


def still_holds(attestation: Attestation) -> bool:
    """Whether the list is the one that was signed."""
    return rules.hash_of(place_list(attestation.agency_id)) == attestation.places_hash
