"""Reads on registers: what an officer may see, what waits for a decision, what should exist and what is registered.

`on` is a local day. Lists of entries are read page by page by key; counts are of a register, as its own page shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.agencies.queries import Scope, scope_of
from dauchan.kernel import clock
from dauchan.kernel.numbers import row_number
from dauchan.kernel.search import search_key
from dauchan.registers import rules
from dauchan.registers.models import Candidate, Decision, DecisionItem, Entry, MatchRun, Register
from dauchan.units import agencies

PAGE_SIZE = 50
WORDS_SEARCHED = 8
MATCHED, PROPOSED, UNMATCHED, MISSING, SAME = "matched", "proposed", "unmatched", "missing", "same"
WAITING = Q(state=rules.OPEN, place__isnull=True, same_as__isnull=True)
"""What still lacks a place: open, and the one entry of its premise that counts."""
CONDITIONS: dict[str, Q] = {
    MATCHED: Q(place__isnull=False),
    PROPOSED: WAITING & Q(best_score__isnull=False),
    UNMATCHED: WAITING & Q(best_score__isnull=True),
    MISSING: Q(missing_since__isnull=False, state=rules.OPEN),
    SAME: Q(same_as__isnull=False),
    rules.CLOSED: Q(state=rules.CLOSED),
    rules.EXEMPT: Q(state=rules.EXEMPT),
}


def scope_at(officer: Officer, permission: str, on: date) -> Scope:
    """Where an officer holds a permission on a day; what names a dissolved agency is its successor's."""
    scope = scope_of(officer, permission, on)
    return scope if scope.everywhere else replace(scope, agency_ids=agencies.with_predecessors(scope.agency_ids))


def visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Entry]:
    """The entries where an officer holds a permission on a day: those in their units, and those of their agencies."""
    scope = scope_at(officer, permission, on)
    return Entry.objects.all() if scope.everywhere else Entry.objects.filter(_reached(scope))


def _reached(scope: Scope) -> Q:
    return Q(unit__in=sorted(scope.unit_ids)) | Q(agency__in=sorted(scope.agency_ids))


def registers_visible_to(officer: Officer, permission: str, on: date) -> QuerySet[Register]:
    """The registers of an officer's units and agencies, and those that list something there."""
    scope = scope_at(officer, permission, on)
    if scope.everywhere:
        return Register.objects.all()
    listed = Entry.objects.filter(_reached(scope), register=OuterRef("pk"))
    return Register.objects.filter(_reached(scope) | Q(Exists(listed)))


class Counts(NamedTuple):
    """What of a register an officer sees: all entries, and of those what became of them."""

    entries: int = 0
    matched: int = 0
    proposed: int = 0
    unmatched: int = 0
    closed: int = 0
    exempt: int = 0
    missing: int = 0
    same: int = 0


def counts(visible: QuerySet[Entry]) -> dict[int, Counts]:
    """The counts of each register among these entries; a register without any is missing from the answer."""
    names = (MATCHED, PROPOSED, UNMATCHED, rules.CLOSED, rules.EXEMPT, MISSING, SAME)
    counted = {f"count_{name}": Count("register", filter=CONDITIONS[name]) for name in names}
    rows = visible.order_by().values("register").annotate(entries=Count("*"), **counted)
    columns = ("register", "entries", *counted)
    return {row[0]: Counts(*row[1:]) for row in rows.values_list(*columns)}


@dataclass(frozen=True)
class Filters:
    """What a list of entries is narrowed to; empty fields narrow nothing."""

    text: str = ""
    unit_ids: Sequence[int] | None = None
    sector: str = ""
    agency_id: int | None = None
    condition: str = ""


@dataclass(frozen=True)
class Page:
    """A page of entries and the key of the next one ("" after the last)."""

    entries: list[Entry]
    next_after: str


def narrowed(entries: QuerySet[Entry], filters: Filters) -> QuerySet[Entry]:
    """The entries that pass every filter; words of the text may stand in any order, without accents."""
    for word in search_key(filters.text.replace("\0", " ")[:200]).split()[:WORDS_SEARCHED]:
        entries = entries.filter(search_key__contains=word if len(word) > 2 else f" {word}")
    if filters.unit_ids is not None:
        entries = entries.filter(unit__in=list(filters.unit_ids))
    if filters.sector:
        entries = entries.filter(sector=filters.sector)
    if filters.agency_id is not None:
        entries = entries.filter(agency=filters.agency_id)
    return entries.filter(CONDITIONS[filters.condition]) if filters.condition in CONDITIONS else entries


def page_of(entries: QuerySet[Entry], *, after: str = "", size: int = PAGE_SIZE) -> Page:
    """One page of entries in Vietnamese order; `after` is the id of the last one seen."""
    last = Entry.objects.filter(pk=row_number(after) or 0).first()
    if last:
        entries = entries.filter(sort_key__gte=last.sort_key).filter(
            Q(sort_key__gt=last.sort_key) | Q(sort_key=last.sort_key, pk__gt=last.pk)
        )
    related = entries.select_related("unit", "agency", "place", "category")
    found = list(related.order_by("sort_key", "pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def next_to_decide(entries: QuerySet[Entry], after: Entry | None = None) -> Entry | None:
    """The entry that waits for a decision and has the likest candidate, behind another one if named."""
    waiting = entries.filter(CONDITIONS[PROPOSED])
    if after is not None and after.best_score is not None:
        waiting = waiting.filter(
            Q(best_score__lt=after.best_score) | Q(best_score=after.best_score, pk__gt=after.pk),
            best_score__lte=after.best_score,
        )
    return waiting.order_by("-best_score", "pk").first()


def candidates_of(entry: Entry) -> list[Candidate]:
    """The places that an entry may be, the likest first, without those that somebody rejected."""
    found = Candidate.objects.filter(entry=entry, rejected_by__isnull=True)
    return list(found.select_related("place", "place__category", "place__unit").order_by("-score", "place_id"))


def premise_of(entry: Entry) -> list[Entry]:
    """The other entries that are the same premise as this one."""
    first = entry.same_as_id or entry.pk
    same = Entry.objects.filter(Q(pk=first) | Q(same_as=first)).exclude(pk=entry.pk)
    return list(same.select_related("register").order_by("pk"))


def history_of(entry: Entry, limit: int = 20) -> list[DecisionItem]:
    """What was said of an entry, newest first."""
    items = DecisionItem.objects.filter(entry=entry).select_related("decision__by", "decision__undone_by")
    return list(items.order_by("-pk")[:limit])


def latest_decision(officer: Officer, register: Register) -> Decision | None:
    """What an officer said last in a list and has not taken back."""
    mine = Decision.objects.filter(register=register, by=officer, undone_at__isnull=True)
    return mine.select_related("entry").order_by("-pk").first()


def search_under_way(register: Register) -> MatchRun | None:
    """The search for candidates that works on a register now."""
    return MatchRun.objects.filter(register=register, finished_at__isnull=True).first()


# --- for coverage -----------------------------------------------------------------------------------------------------


class Counted(NamedTuple):
    """How many premises of a unit, sector and agency responsible."""

    unit_id: int
    sector: str
    agency_id: int | None
    premises: int


SHOULD_EXIST = """
select unit_id, sector, agency_id, count(*)
from registers_entry
where same_as_id is null and listed_from <= %(on)s and (state = 'open' or state_from > %(on)s)
group by unit_id, sector, agency_id
order by unit_id, sector, agency_id
"""
MATCHED_ON = """
select unit_id, sector, agency_id, count(*)
from registers_entry
where same_as_id is null and listed_from <= %(on)s and (state = 'open' or state_from > %(on)s)
  and matched_on <= %(on)s
group by unit_id, sector, agency_id
order by unit_id, sector, agency_id
"""


def should_exist(on: date) -> list[Counted]:
    """How many premises should use the system on a day, by the unit of their list, sector and agency responsible.

    A premise in several registers counts once; closed and exempt ones don't count from the day of that word on.
    """
    return _counted(SHOULD_EXIST, on)


def matched(on: date) -> list[Counted]:
    """How many of those were matched to a registered place by that day."""
    return _counted(MATCHED_ON, on)


def _counted(statement: str, on: date) -> list[Counted]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"on": on})
        return [Counted(*row) for row in cursor.fetchall()]


def unregistered_of(agency_id: int) -> int:
    """How many premises that an agency itself answers for today lack a registered place, counted as coverage does.

    Its own and those of the agencies that it took over from; a People's Committee's also those of its units that have
    no agency.
    """
    whose = Q(agency__in=agencies.with_predecessors([agency_id]))
    governed = agencies.units_governed([agency_id], clock.local_day(clock.now()))
    return Entry.objects.filter(WAITING, whose | Q(agency__isnull=True, unit__in=governed)).count()


def waiting_units(register: Register | None) -> list[int]:
    """The units where entries still lack a place: of one register, or of all."""
    waiting = Entry.objects.filter(WAITING) if register is None else Entry.objects.filter(WAITING, register=register)
    return sorted(waiting.order_by().values_list("unit_id", flat=True).distinct())
