"""Reads on agencies as their officers see them: whose they are, whom they guide, what they have and what they lack.

Figures by day (`attested`, `attested_by_unit`, `focal_officer_counts`) are for the coverage above.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.agencies import rules
from dauchan.agencies.models import AgencyChange, Appointment, Attestation, Duty, GuidanceGiven, HandOver
from dauchan.kernel.numbers import row_number
from dauchan.kernel.once import once
from dauchan.kernel.search import search_key
from dauchan.units import agencies as units
from dauchan.units.models import Agency

GUIDES_MAY = frozenset({"rollout.view", "directive.issue"})
"""What reaches the agencies that one only guides: to see them and to urge them."""
PAGE_SIZE = 50
NO_OFFICER, NOT_ATTESTED, DUE_SOON, NOT_TAKEN = "no-officer", "not-attested", "due-soon", "not-taken"
"""Gaps that a list is narrowed to."""


@dataclass(frozen=True)
class Scope:
    """Where an officer holds a permission of the rollout: ids of units and agencies, or everywhere."""

    everywhere: bool = False
    unit_ids: frozenset[int] = frozenset()
    agency_ids: frozenset[int] = frozenset()

    def holds_unit(self, unit_id: int) -> bool:
        return self.everywhere or unit_id in self.unit_ids

    def holds_agency(self, agency: Agency) -> bool:
        return self.everywhere or agency.id in self.agency_ids or agency.unit_id in self.unit_ids


@once
def scope_of(officer: Officer, permission: str, on: date) -> Scope:
    """Where the officer holds the permission on that day, with what their agencies guide where that counts."""
    reach = reach_of(officer, permission, on)
    if reach.everywhere:
        return Scope(everywhere=True)
    own = frozenset(int(agency) for agency in reach.agency_ids)
    guided = units.agency_ids_guided(own, on) if permission in GUIDES_MAY and own else frozenset()
    return Scope(unit_ids=reach.unit_ids | units.units_governed(guided, on), agency_ids=own | guided)


def visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Agency]:
    """The agencies of every day where the officer holds the permission: own ones, those below, those in their units."""
    scope = scope_of(officer, permission, on)
    if scope.everywhere:
        return units.all_agencies()
    return units.agencies_among(scope.agency_ids, scope.unit_ids)


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """What a list of agencies is narrowed to; empty fields narrow nothing. Dissolved ones are shown when asked for.

    permission   what the officer must hold at them; to see them alone, with those that are only guided
    """

    text: str = ""
    kind: str = ""
    unit_ids: Sequence[int] | None = None
    gap: str = ""
    permission: str = "rollout.view"
    dissolved: bool = False


@dataclass(frozen=True)
class Page:
    """A page of agencies and the key of the next one ("" after the last)."""

    agencies: list[Agency]
    next_after: str


def search(officer: Officer, filters: Filters, *, after: str = "", on: date, size: int = PAGE_SIZE) -> Page:
    """One page of the agencies that an officer sees, by name without accents."""
    found = narrowed(officer, filters, on)
    last = units.agency_by_id(row_number(after) or 0)
    if last:
        found = found.filter(Q(search_key__gt=last.search_key) | Q(search_key=last.search_key, id__gt=last.pk))
    rows = list(found.select_related("unit", "parent").order_by("search_key", "id")[: size + 1])
    return Page(rows[:size], str(rows[size - 1].pk) if len(rows) > size else "")


def narrowed(officer: Officer, filters: Filters, on: date) -> QuerySet[Agency]:
    """The agencies of an officer that pass every filter."""
    alive = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    found = visible_to(officer, filters.permission, on).filter(~alive if filters.dissolved else alive)
    for word in search_key(filters.text.replace("\0", " ")[:200]).split()[:8]:
        found = found.filter(search_key__contains=word)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.unit_ids is not None:
        found = found.filter(unit_id__in=list(filters.unit_ids))
    return _with_gap(found, filters.gap, on) if filters.gap else found


def _with_gap(found: QuerySet[Agency], gap: str, on: date) -> QuerySet[Agency]:
    signed = Attestation.objects.filter(agency=OuterRef("pk"), signed_on__lte=on, due_on__gt=on)
    if gap == NO_OFFICER:
        return found.filter(~Exists(_named(on).filter(agency=OuterRef("pk"), duty=Duty.FOCAL_OFFICER)))
    if gap == NOT_ATTESTED:
        return found.filter(~Exists(signed))
    if gap == DUE_SOON:
        later = signed.filter(due_on__gt=on + timedelta(days=rules.DUE_SOON_DAYS))
        return found.filter(Exists(signed), ~Exists(later))
    if gap == NOT_TAKEN:
        return found.filter(id__in=_not_taken())
    return found.none()


def _not_taken() -> QuerySet[HandOver, int]:
    """The agencies that took over and have not signed for it."""
    return HandOver.objects.filter(taken_at=None).values_list("new_id", flat=True)


def _named(on: date) -> QuerySet[Appointment]:
    return Appointment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)


# --- figures ----------------------------------------------------------------------------------------------------------


def attested(agency_ids: Iterable[int], on: date) -> frozenset[int]:
    """Those of some agencies whose word that their list is complete holds on a day."""
    asked = list(agency_ids)
    signed = Attestation.objects.filter(agency__in=asked, signed_on__lte=on, due_on__gt=on)
    return frozenset(signed.values_list("agency_id", flat=True))


def attested_by_unit(on: date) -> dict[int, tuple[int, int]]:
    """By unit in which agencies sit: how many of them have attested as of a day, and how many there are."""
    counts = units.counts_within_units(on)
    signed = Attestation.objects.filter(signed_on__lte=on, due_on__gt=on).values_list("agency_id", flat=True)
    by_unit = units.unit_of_each(set(signed), on)
    done: dict[int, int] = {}
    for unit in by_unit.values():
        done[unit] = done.get(unit, 0) + 1
    return {unit: (done.get(unit, 0), count) for unit, count in counts.items()}


def focal_officer_counts(on: date) -> dict[int, int]:
    """How many focal officers each agency has named as of a day; an agency without any is missing."""
    found: dict[int, int] = {}
    for agency in _named(on).filter(duty=Duty.FOCAL_OFFICER).values_list("agency_id", flat=True):
        found[agency] = found.get(agency, 0) + 1
    return found


# --- one agency -------------------------------------------------------------------------------------------------------


def latest_attestation(agency_id: int, on: date) -> Attestation | None:
    """The last word of an agency as of a day, whether it still holds or not."""
    said = Attestation.objects.filter(agency=agency_id, signed_on__lte=on).select_related("signed_by")
    return said.order_by("-signed_on").first()


def appointments_of(agency_id: int) -> list[Appointment]:
    """Everybody named at an agency, those whose term goes on first, then the newest."""
    rows = Appointment.objects.filter(agency=agency_id).select_related("officer").order_by("-valid_from", "-pk")
    return sorted(rows, key=lambda one: one.ended_at is not None)


def history_of(agency_id: int, limit: int = 30) -> list[AgencyChange]:
    """What was done to an agency, the newest first."""
    return list(AgencyChange.objects.filter(agency=agency_id).select_related("by").order_by("-pk")[:limit])


def sessions_of(agency_id: int, limit: int = 30) -> list[GuidanceGiven]:
    """The guidance that an agency gave, the newest first."""
    held = GuidanceGiven.objects.filter(agency=agency_id).select_related("by")
    return list(held.order_by("-held_on", "-pk")[:limit])


def hand_overs_of(agency_id: int) -> list[HandOver]:
    """The hand-overs that an agency gave or took."""
    rows = HandOver.objects.filter(Q(old=agency_id) | Q(new=agency_id))
    return list(rows.select_related("old", "new", "given_by", "taken_by").order_by("-pk"))


@dataclass(frozen=True)
class Contact:
    """How a named officer is reached: for call lists and letters of the slices above."""

    agency_id: int
    duty: str
    name: str
    phone: str
    email: str


def contacts_of(agency_ids: Iterable[int], on: date) -> dict[int, list[Contact]]:
    """The named officers of some agencies on a day, focal officers first; an agency without any is missing."""
    found: dict[int, list[Contact]] = {}
    for one in _named(on).filter(agency__in=list(agency_ids)).order_by("-duty", "name", "pk"):
        found.setdefault(one.agency_id, []).append(Contact(one.agency_id, one.duty, one.name, one.phone, one.email))
    return found


@dataclass(frozen=True)
class Gaps:
    """What an agency lacks on a day."""

    no_officer: bool = False
    not_attested: bool = False
    overdue: bool = False
    not_taken: bool = False


def gaps_of(agency_ids: Sequence[int], on: date) -> dict[int, Gaps]:
    """What each of some agencies lacks on a day."""
    signed, named = attested(agency_ids, on), focal_officer_counts(on)
    ever = set(Attestation.objects.filter(agency__in=agency_ids, signed_on__lte=on).values_list("agency_id", flat=True))
    waiting = set(_not_taken().filter(new__in=agency_ids))
    return {
        agency: Gaps(
            no_officer=agency not in named,
            not_attested=agency not in signed,
            overdue=agency in ever and agency not in signed,
            not_taken=agency in waiting,
        )
        for agency in agency_ids
    }
