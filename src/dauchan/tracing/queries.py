"""Lists of proposals and contacts, what stands behind one row, and who may see it.

Scope by noun: proposals are the case's; a contact is seen by the case's units, by the unit where the person lives and
by the unit it is assigned to. A contact without a known residence stays with the case's units and the province above.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import EVERYWHERE, scope_unit_ids
from dauchan.cases.evidence import Vault, vault_of
from dauchan.cases.models import Case, CaseKey
from dauchan.cases.queries import visible_to
from dauchan.kernel.errors import BadInput, NotFound
from dauchan.kernel.intervals import Interval
from dauchan.kernel.numbers import row_number
from dauchan.people.queries import Masked, masked
from dauchan.places.queries import PlaceCard, place_cards, point_names
from dauchan.tracing import rules
from dauchan.tracing.evidence import ENCOUNTERS, TOLD, Met, Told, Trail
from dauchan.tracing.finding import ruleset_of
from dauchan.tracing.models import Contact, DecisionBatch, EvidenceClass, Grade, Proposal, Run, VenueGroup
from dauchan.tracing.proposing import Crowd
from dauchan.tracing.runs import UNFINISHED, last_run, newest_run
from dauchan.units.models import Unit
from dauchan.units.queries import unit_ids_within, units_of

PAGE = 50
UNASSIGNED = "none"


class ContactNotFound(NotFound):
    kind = "contact_not_found"
    vi = "Không có người tiếp xúc này, hoặc nằm ngoài phạm vi của bạn."
    en = "There is no such contact, or it lies outside your scope."


class FilterNotUnderstood(BadInput):
    kind = "filter_not_understood"
    vi = "Bộ lọc không đúng ({what}), nên không hiện ai. Hãy bỏ lọc rồi chọn lại."
    en = "The filter is not right ({what}), so nobody is shown. Clear the filters and choose again."


class ProposalNotFound(NotFound):
    kind = "proposal_not_found"
    vi = "Không có đề xuất này trong ca bệnh."
    en = "The case has no such proposal."


def contacts_visible_to(officer: Officer, on: date, permission: str = "case.view") -> QuerySet[Contact]:
    """The contacts an officer may see: of the officer's cases, living in the officer's units, or assigned there."""
    scope = scope_unit_ids(officer, permission, on)
    if scope is EVERYWHERE:
        return Contact.objects.all()
    cases = visible_to(officer, on, permission).values("pk")
    return Contact.objects.filter(Q(residence_id__in=scope) | Q(assigned_unit_id__in=scope) | Q(case_id__in=cases))


def contact_of(contact_id: int, officer: Officer, on: date) -> Contact:
    """One contact that an officer may see.

    raises   ContactNotFound
    """
    visible = contacts_visible_to(officer, on).filter(pk=contact_id)
    found = visible.select_related("case", "residence", "assigned_unit", "decided_by").first()
    if found is None:
        raise ContactNotFound
    return found


@dataclass(frozen=True)
class ProposalFilter:
    """What a case's proposals are narrowed to; empty parts narrow nothing.

    place_ids   places of which one must be in the evidence; None narrows nothing, () leaves nobody
    weak        whether nothing sure stands behind it (`evidence.Trail.weak`)
    state   open | decided | ""; residence: a unit's id, or "none" for those whose residence nobody knows
    """

    place_id: int | None = None
    place_ids: tuple[int, ...] | None = None
    place_unit: int | None = None
    residence: str = ""
    day: date | None = None
    generation: int | None = None
    evidence_class: str = ""
    group_id: int | None = None
    state: str = ""
    mark: str = ""
    weak: bool | None = None


def narrowed(case: Case, wanted: ProposalFilter, on: date) -> QuerySet[Proposal]:
    """The proposals of a case that pass the filter, in no order yet."""
    found = Proposal.objects.filter(case=case)
    for facets in _facets(case, wanted, on):
        found = found.filter(facets__overlap=facets)
    if wanted.residence:
        found = found.filter(_lives(wanted.residence, on))
    for part in ("generation", "evidence_class", "group_id", "mark"):
        if value := getattr(wanted, part):
            found = found.filter(**{part: value})
    if wanted.state:
        found = found.filter(decided=wanted.state == "decided")
    return found if wanted.weak is None else found.filter(weak=wanted.weak)


def _facets(case: Case, wanted: ProposalFilter, on: date) -> list[list[int]]:
    """Each part of the filter that is evidence, as the facets of which one must be there."""
    if not (wanted.place_id or wanted.place_ids is not None or wanted.place_unit or wanted.day):
        return []
    vault = vault_of(case)
    parts: list[list[int]] = []
    if wanted.place_id:
        parts.append([vault.facet("place", wanted.place_id)])
    if wanted.place_ids is not None:
        parts.append(sorted(vault.facets("place", wanted.place_ids)))
    if wanted.place_unit:
        parts.append(sorted(vault.facets("unit", unit_ids_within(wanted.place_unit, on))))
    if wanted.day:
        parts.append([vault.facet("day", wanted.day)])
    return parts


def _lives(residence: str, on: date) -> Q:
    unit = row_number(residence)
    return Q(residence__isnull=True) if unit is None else Q(residence_id__in=unit_ids_within(unit, on))


@dataclass(frozen=True)
class ProposalPage:
    """One page of proposals, with the key of the next ("" after the last)."""

    rows: list[Proposal]
    next_after: str


def list_proposals(found: QuerySet[Proposal], *, after: str = "", limit: int = PAGE) -> ProposalPage:
    """One page in the order of the list: generation, class of evidence, most certain minutes first."""
    place = _after(after)
    if place:
        found = found.filter(Q(rank__gt=place[0]) | Q(rank=place[0], pk__gt=place[1])).filter(rank__gte=place[0])
    rows = list(found.select_related("residence", "group").defer("facets").order_by("rank", "pk")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return ProposalPage(rows[:limit], f"{last.rank}-{last.pk}" if last else "")


def _after(text: str) -> tuple[int, int] | None:
    rank, _, row = text.partition("-")
    plain = rank.isascii() and rank.isdigit() and row.isascii() and row.isdigit() and len(text) < 40
    return (int(rank), int(row)) if plain else None


@dataclass(frozen=True)
class ContactFilter:
    """What a list of contacts is narrowed to; `grades` empty means everybody but "not a contact"."""

    grades: Sequence[str] = ()
    generation: int | None = None
    residence: str = ""
    mark: str = ""


def narrowed_contacts(found: QuerySet[Contact], wanted: ContactFilter, on: date) -> QuerySet[Contact]:
    """The contacts that pass the filter, in no order yet."""
    found = found.filter(grade__in=wanted.grades) if wanted.grades else found.exclude(grade=Grade.NOT_CONTACT)
    if wanted.generation:
        found = found.filter(generation=wanted.generation)
    if wanted.residence:
        found = found.filter(_lives(wanted.residence, on))
    return found.filter(mark=wanted.mark) if wanted.mark else found


def list_contacts(found: QuerySet[Contact], *, after: int | None = None, limit: int = PAGE) -> list[Contact]:
    """One page of contacts, newest decision rows first."""
    if after:
        found = found.filter(pk__lt=after)
    return list(found.select_related("case", "residence", "assigned_unit", "decided_by").order_by("-pk")[:limit])


# --- what stands behind a row -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Encountered:
    """One encounter with names, for a page."""

    met: Met
    place: str
    point: str
    unit: str


@dataclass(frozen=True)
class Opened:
    """The evidence of one person of a case, opened: through whom (masked), every encounter, the reason in words.

    exposed_at, via             the exposure of the least generation
    earliest_at, earliest_via   the earliest of all generations; when it is the same, the same
    """

    via: Masked | None
    via_is_case: bool
    exposed_at: datetime | None
    earliest_via: Masked | None
    earliest_at: datetime | None
    encounters: tuple[Encountered, ...]
    reason_vi: str
    reason_en: str
    told: Told | None = None


def open_rows(case: Case, rows: Iterable[Proposal | Contact]) -> dict[int, Opened]:
    """The evidence behind rows of one case, by the row's id; names of places are looked up once for all."""
    return _open({case.pk: vault_of(case)}, rows)


def open_contacts(contacts: Iterable[Contact]) -> dict[int, Opened]:
    """The evidence behind contacts of several cases; contacts whose case's evidence was destroyed are left out."""
    listed = list(contacts)
    vaults = {case.pk: vault for case in {row.case for row in listed} if (vault := _vault_if_kept(case))}
    return _open(vaults, [row for row in listed if row.case_id in vaults])


def _vault_if_kept(case: Case) -> Vault | None:
    try:
        return vault_of(case)
    except CaseKey.DoesNotExist:
        return None


def _open(vaults: Mapping[int, Vault], rows: Iterable[Proposal | Contact]) -> dict[int, Opened]:
    listed = list(rows)
    trails = {row.pk: _trail(vaults[row.case_id], row) for row in listed}
    told = {row.pk: _told(vaults[row.case_id], row) for row in listed}
    met = [each for trail in trails.values() if trail for each in trail.encounters]
    cards, points = place_cards({each.place_id for each in met}), point_names({m.point_id for m in met if m.point_id})
    people = masked({person for trail in trails.values() if trail for person in (trail.via, trail.best_via)})
    return {
        row.pk: _opened(row, trails[row.pk], told[row.pk], cards=cards, points=points, people=people) for row in listed
    }


def _trail(vault: Vault, row: Proposal | Contact) -> Trail | None:
    return vault.open(ENCOUNTERS, row.person_id.bytes, row.evidence, Trail) if row.evidence is not None else None


def _told(vault: Vault, row: Proposal | Contact) -> Told | None:
    sealed = row.told if isinstance(row, Contact) else None
    return vault.open(TOLD, row.person_id.bytes, sealed, Told) if sealed is not None else None


def _opened(
    row: Proposal | Contact,
    trail: Trail | None,
    told: Told | None,
    *,
    cards: dict[int, PlaceCard],
    points: dict[int, str],
    people: dict[UUID, Masked],
) -> Opened:
    if trail is None:
        return Opened(None, True, None, None, None, (), "", "", told)
    encounters = tuple(encountered(each, cards, points) for each in trail.encounters)
    named = [each.met.encounter(each.place, each.point or None) for each in encounters]
    vi, en = rules.reason_in_words(named)
    via_is_case = row.generation == 1
    via, best = people.get(trail.via), people.get(trail.best_via)
    return Opened(via, via_is_case, trail.exposed_at, best, trail.best_at, encounters, vi, en, told)


def encountered(met: Met, cards: dict[int, PlaceCard], points: dict[int, str]) -> Encountered:
    """An encounter with the names of its place, point and unit; a place that is gone is "?"."""
    card = cards.get(met.place_id)
    point = points.get(met.point_id, "") if met.point_id else ""
    return Encountered(met, card.name if card else "?", point, card.unit if card else "")


def class_label(evidence_class: str) -> str:
    """The class of evidence in words; "" for a contact that was only told."""
    return str(EvidenceClass(evidence_class).label) if evidence_class else ""


@dataclass(frozen=True)
class OpenGroup:
    """A venue group with its place and window."""

    row: VenueGroup
    place: str
    place_id: int
    start: datetime
    end: datetime
    undecided: int


def venue_groups(case: Case) -> list[OpenGroup]:
    """The crowds of a case, largest first."""
    undecided = Count("members", filter=Q(members__decided=False))
    vault, rows = vault_of(case), list(case.venue_groups.annotate(undecided=undecided).order_by("-people", "pk"))
    opened = {row.pk: vault.open("crowd", bytes(row.key), row.evidence, Crowd) for row in rows}
    cards = place_cards({crowd.place_id for crowd in opened.values()})
    return [
        OpenGroup(
            row,
            cards[opened[row.pk].place_id].name if opened[row.pk].place_id in cards else "?",
            opened[row.pk].place_id,
            opened[row.pk].start,
            opened[row.pk].end,
            row.undecided,
        )
        for row in rows
    ]


def period_by_hand(case: Case) -> Interval | None:
    """The infectious period that an officer set instead of the ruleset's; None when the rules made it."""
    if not case.override_reason:
        return None
    try:
        dates = (case.onset_on, case.sampled_on, case.confirmed_on, case.isolated_at)
        by_rules = rules.infectious_period(*dates, ruleset_of(case))
    except rules.NoPeriodInRuleset:
        return case.period
    return None if by_rules == case.period else case.period


@dataclass(frozen=True)
class Overview:
    """What a case page shows above its tabs: runs, figures by generation, the units people live in.

    `last_run` made the list that stands; `newest_run` may still wait, or have failed.
    """

    last_run: Run | None
    newest_run: Run | None
    proposals: dict[int, int]
    undecided: int
    contacts: dict[str, int]
    residences: list[Unit]
    without_residence: bool

    @property
    def is_being_made(self) -> bool:
        """Whether a new list was asked for and isn't there yet."""
        return self.newest_run is not None and self.newest_run.state in UNFINISHED


def overview(case: Case) -> Overview:
    """The figures of one case; counted exactly, since one case's rows are few."""
    counts = list(case.proposals.values_list("generation", "decided").annotate(rows=Count("pk")).order_by("generation"))
    by_generation: dict[int, int] = {}
    for generation, _, rows in counts:
        by_generation[generation] = by_generation.get(generation, 0) + rows
    homes = set(case.proposals.values_list("residence_id", flat=True).distinct())
    return Overview(
        last_run=last_run(case),
        newest_run=newest_run(case),
        proposals=by_generation,
        undecided=sum(rows for _, decided, rows in counts if not decided),
        contacts=dict(case.contacts.values_list("grade").annotate(rows=Count("pk")).order_by("grade")),
        residences=units_of(home for home in homes if home is not None),
        without_residence=None in homes,
    )


def undecided_by_case(officer: Officer, on: date, newest: int = 5) -> list[tuple[str, int]]:
    """How many proposals wait in each of the newest cases that this officer decides on; cases without any left out."""
    cases = visible_to(officer, on, "contact.decide").order_by("-pk").values_list("pk", flat=True)[:newest]
    open_ones = Proposal.objects.filter(case__in=list(cases), decided=False)
    return list(open_ones.values_list("case__code").annotate(rows=Count("pk")).order_by("-case_id"))


def decisions_of(case: Case, limit: int = 50) -> list[DecisionBatch]:
    """What was decided for a case, newest first."""
    return list(case.decisions.select_related("by", "undone_by").order_by("-pk")[:limit])


def proposal_of(case: Case, proposal_id: int) -> Proposal:
    """One proposal of a case.

    raises   ProposalNotFound
    """
    found = case.proposals.select_related("residence", "group").filter(pk=proposal_id).first()
    if found is None:
        raise ProposalNotFound
    return found


def traced_among(people: Sequence[UUID]) -> set[UUID]:
    """Those of some people who stand in the list of a case, proposed or decided."""
    proposed = Proposal.objects.filter(person__in=people).values_list("person_id", flat=True)
    decided = Contact.objects.filter(person__in=people).values_list("person_id", flat=True)
    return {*proposed, *decided}
