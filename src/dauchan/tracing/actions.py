"""The verbs of tracing: confirm a case, propose, decide, undo, write down a told contact, look at one identity.

The engine proposes; only an officer makes a contact. Each verb is one transaction with its audit row inside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.cases import actions as cases
from dauchan.cases import rules as case_rules
from dauchan.cases.actions import Judgement
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case
from dauchan.cases.queries import MilestoneEvidence, require_on
from dauchan.cases.rules import CaseDates
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.kernel.intervals import Interval
from dauchan.people.actions import Grant, reveal_identity
from dauchan.people.queries import residences_of
from dauchan.people.rules import Identity
from dauchan.places.queries import place_cards, point_names
from dauchan.tracing import proposing, rules, rulesets
from dauchan.tracing.evidence import TOLD, Told
from dauchan.tracing.finding import MOST_GENERATIONS, find_contacts, version, visits_of_case
from dauchan.tracing.models import (
    Basis,
    Contact,
    Decision,
    DecisionBatch,
    Grade,
    Mark,
    Proposal,
    Run,
    Source,
)
from dauchan.tracing.proposing import Difference
from dauchan.tracing.queries import ContactNotFound, contacts_visible_to
from dauchan.units.models import Unit

BATCH = 1000


class CountChanged(Conflict):
    kind = "count_changed"
    vi = "Danh sách vừa thay đổi: bạn đã xem {expected} người, nay có {found}. Hãy xem lại rồi quyết định."
    en = "The list has just changed: you saw {expected} people, now there are {found}. Look again, then decide."


class NobodyChosen(BadInput):
    kind = "nobody_chosen"
    vi = "Chưa chọn ai. Hãy đánh dấu ít nhất một người."
    en = "Nobody is chosen. Tick at least one person."


class OnlyWhatIf(Conflict):
    kind = "only_what_if"
    vi = "Có người mới chỉ là giả định (F1 chưa được xác nhận). Hãy xác nhận F1 trước, rồi lập lại danh sách."
    en = "Some are a what-if only (their F1 is not confirmed). Confirm the F1 first, then propose again."


class AlreadyUndone(Conflict):
    kind = "already_undone"
    vi = "Không hoàn tác được: quyết định này đã được hoàn tác hoặc đã có quyết định mới hơn cho cùng người."
    en = "This can't be undone: it was undone before, or there is a newer decision on the same people."


class CaseIsNoContact(BadInput):
    kind = "case_is_no_contact"
    vi = "Người này chính là ca bệnh."
    en = "This person is the case."


# --- the case ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Override:
    """What the officer changes of what the rules would say, and why; empty parts are left to the rules."""

    ruleset: str = ""
    period: Interval | None = None
    reason: str = ""


def judge(dates: CaseDates, override: Override = Override()) -> Judgement:
    """The infectious period by the ruleset in force at confirmation, or as the officer overrides it with a reason.

    raises   ReasonNeeded, NoRulesetInForce, UnknownRuleset, PeriodWrong
    """
    in_force = rulesets.in_force(dates.confirmed_on) if not override.ruleset else None
    ruleset = in_force or rulesets.load(override.ruleset)
    chosen = bool(override.ruleset) and _is_another(ruleset, dates)
    reason = case_rules.check_reason(override.reason, needed=chosen or override.period is not None)
    period = override.period or rules.infectious_period(
        dates.onset_on, dates.sampled_on, dates.confirmed_on, dates.isolated_at, ruleset
    )
    return Judgement(case_rules.check_period(period), version(ruleset), reason)


def _is_another(ruleset: rulesets.Ruleset, dates: CaseDates) -> bool:
    try:
        return rulesets.in_force(dates.confirmed_on) != ruleset
    except rulesets.NoRulesetInForce:
        return True


@transaction.atomic
def confirm_case(
    person_id: UUID, unit: Unit, dates: CaseDates, *, by: Officer, now: datetime, override: Override = Override()
) -> Case:
    """Record a confirmed index case, fix its infectious period, and propose its milestones from its own visits.

    raises   NotPermitted, DuplicateCase, ReasonNeeded, NoRulesetInForce, PeriodWrong
    """
    case = cases.record_case(person_id, unit, dates, judge(dates, override), by=by, now=now)
    cases.propose_milestones(case, _own_visits(case), now=now)
    return case


def _own_visits(case: Case) -> list[MilestoneEvidence]:
    visits = visits_of_case(case)
    cards = place_cards({place for place, *_ in visits})
    points = point_names({point for _, point, *_ in visits})
    return [
        MilestoneEvidence(
            start=possible.start,
            end=possible.end,
            place_id=place,
            point_id=point,
            place_name=cards[place].name if place in cards else "",
            address=points.get(point, ""),
            unit_id=cards[place].unit_id if place in cards else None,
        )
        for place, point, _, possible in visits
    ]


@dataclass(frozen=True)
class Revision:
    """Other dates for a case: what the period would be, and what that does to its proposals."""

    judgement: Judgement
    difference: Difference
    runs: bool


def preview_revision(case: Case, dates: CaseDates, override: Override, *, now: datetime) -> Revision:
    """What other dates would add, change and drop; nothing is written.

    raises   DatesOutOfOrder, ReasonNeeded, PeriodWrong, NoRulesetInForce
    """
    case_rules.check_not_in_future(dates, now)
    judgement, run = judge(dates, override), _last_run(case)
    if run is None:
        return Revision(judgement, Difference(), runs=False)
    changed = replace_dates(case, dates, judgement)
    found = find_contacts(changed, generations=run.generations, basis=Basis(run.basis), now=now)
    return Revision(judgement, proposing.difference(case, found), runs=True)


def replace_dates(case: Case, dates: CaseDates, judgement: Judgement) -> Case:
    """The case as it would be with these dates; not saved."""
    changed = Case.objects.get(pk=case.pk)
    changed.onset_on, changed.sampled_on, changed.confirmed_on = dates.onset_on, dates.sampled_on, dates.confirmed_on
    changed.isolated_at, changed.ruleset = dates.isolated_at, judgement.ruleset
    changed.period_start, changed.period_end = judgement.period.start, judgement.period.end
    return changed


@transaction.atomic
def revise_case(case: Case, dates: CaseDates, override: Override, *, by: Officer, now: datetime) -> Difference:
    """Change a case's dates, then its proposals with them; people already decided on stay and are marked.

    raises   NotPermitted, ReasonNeeded, PeriodWrong
    """
    run = _last_run(case)
    cases.revise_case(case, dates, judge(dates, override), by=by, now=now)
    cases.propose_milestones(case, _own_visits(case), now=now)
    if run is None:
        return Difference()
    return _propose(case, run.generations, Basis(run.basis), by=by, now=now)


def _last_run(case: Case) -> Run | None:
    return case.runs.order_by("-pk").first()


# --- proposals --------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose_contacts(
    case: Case, *, by: Officer, now: datetime, generations: int = 2, basis: Basis = Basis.CONFIRMED
) -> Difference:
    """Let the engine propose contacts of a case; a second run changes only what is really different.

    raises   NotPermitted, BadInput
    """
    require_on(case, "trace.propose", by, clock.local_day(now))
    if not 1 <= generations <= MOST_GENERATIONS:
        raise BadInput(field="generations")
    cases.propose_milestones(case, _own_visits(case), now=now)
    return _propose(case, generations, basis, by=by, now=now)


def _propose(case: Case, generations: int, basis: Basis, *, by: Officer, now: datetime) -> Difference:
    Case.objects.select_for_update().get(pk=case.pk)
    found = find_contacts(case, generations=generations, basis=basis, now=now)
    change = proposing.write(case, found, now)
    counts = {
        "found": len(found.findings),
        "added": len(change.added),
        "changed": len(change.changed),
        "dropped": len(change.dropped),
        "kept": len(change.kept),
    }
    ruleset = version(found.ruleset)
    Run.objects.create(case=case, at=now, by=by, generations=generations, basis=basis, ruleset=ruleset, **counts)
    audit.record(
        "contacts.proposed",
        by=by,
        case=case.code,
        unit=case.unit_id,
        at=now,
        count=len(found.findings),
        detail={**counts, "generations": generations, "basis": str(basis), "ruleset": ruleset},
    )
    return change


# --- decisions --------------------------------------------------------------------------------------------------------


@transaction.atomic
def decide(
    case: Case, chosen: QuerySet[Proposal], grade: str, *, by: Officer, now: datetime, expected: int | None = None
) -> DecisionBatch:
    """Make contacts of proposals, one or many, or say that they are none; `expected` is the number the officer saw.

    raises   NotPermitted, CountChanged, NobodyChosen, OnlyWhatIf, BadInput
    """
    require_on(case, "contact.decide", by, clock.local_day(now))
    proposals = list(chosen.filter(case=case).select_for_update(of=("self",)).order_by("pk"))
    _check_choice(proposals, grade, expected)
    batch = _new_batch(case, [each.person_id for each in proposals], grade, by=by, now=now)
    contacts = [_contact_of(each, grade, by=by, now=now) for each in proposals]
    for start in range(0, len(contacts), BATCH):
        Contact.objects.bulk_create(
            contacts[start : start + BATCH],
            update_conflicts=True,
            unique_fields=["case", "person"],
            update_fields=[
                "grade", "generation", "evidence_class", "certain_minutes", "possible_minutes", "residence", "evidence",
                "ruleset", "mark", "decided_by", "decided_at",
            ],
        )  # fmt: skip
    Proposal.objects.filter(pk__in=[each.pk for each in proposals]).update(decided=True, mark=Mark.NONE)
    return batch


def _check_choice(proposals: Sequence[Proposal], grade: str, expected: int | None) -> None:
    if grade not in Grade.values:
        raise BadInput(field="grade")
    if expected is not None and len(proposals) != expected:
        raise CountChanged(expected=expected, found=len(proposals))
    if not proposals:
        raise NobodyChosen
    if any(each.basis == Basis.WHAT_IF and each.generation > 1 for each in proposals):
        raise OnlyWhatIf


def _contact_of(proposal: Proposal, grade: str, *, by: Officer, now: datetime) -> Contact:
    """The contact that a decision makes of a proposal; evidence and ruleset stay as they were decided on."""
    return Contact(
        case_id=proposal.case_id,
        person_id=proposal.person_id,
        grade=grade,
        generation=proposal.generation,
        source=Source.VISITS,
        evidence_class=proposal.evidence_class,
        certain_minutes=proposal.certain_minutes,
        possible_minutes=proposal.possible_minutes,
        residence_id=proposal.residence_id,
        evidence=proposal.evidence,
        ruleset=proposal.ruleset,
        decided_by=by,
        decided_at=now,
    )


def _new_batch(case: Case, people: Sequence[UUID], grade: str, *, by: Officer, now: datetime) -> DecisionBatch:
    """Write down the decision, what everybody was before, and one audit row for all."""
    before = dict(Contact.objects.filter(case=case, person_id__in=people).values_list("person_id", "grade"))
    batch = DecisionBatch.objects.create(case=case, by=by, at=now, grade=grade, people=len(people))
    Decision.objects.bulk_create(
        [Decision(batch=batch, person_id=person, before=before.get(person, "")) for person in people], batch_size=BATCH
    )
    audit.record(
        "contacts.decided",
        by=by,
        case=case.code,
        unit=case.unit_id,
        at=now,
        count=len(people),
        detail={"grade": grade, "batch": batch.pk},
    )
    return batch


@transaction.atomic
def regrade(case: Case, people: Iterable[UUID], grade: str, *, by: Officer, now: datetime) -> DecisionBatch:
    """Decide again on people who already are on the contact list.

    raises   NotPermitted, NobodyChosen, BadInput
    """
    require_on(case, "contact.decide", by, clock.local_day(now))
    if grade not in Grade.values:
        raise BadInput(field="grade")
    contacts = Contact.objects.filter(case=case, person_id__in=list(people))
    chosen = list(contacts.values_list("person_id", flat=True))
    if not chosen:
        raise NobodyChosen
    batch = _new_batch(case, chosen, grade, by=by, now=now)
    contacts.update(grade=grade, decided_by=by, decided_at=now, mark=Mark.NONE)
    return batch


@transaction.atomic
def undo(case: Case, batch_id: int, *, by: Officer, now: datetime) -> DecisionBatch:
    """Take one decision back: everybody in it is again what they were before.

    raises   NotPermitted, NotFound, AlreadyUndone
    """
    require_on(case, "contact.decide", by, clock.local_day(now))
    batch = DecisionBatch.objects.select_for_update().filter(case=case, pk=batch_id).first()
    if batch is None:
        raise NotFound
    _refuse_undoing_twice(batch)
    for before in batch.decisions.values_list("before", flat=True).distinct():
        people = list(batch.decisions.filter(before=before).values_list("person_id", flat=True))
        _set_back(case, people, before, by=by, now=now)
    batch.undone_by, batch.undone_at = by, now
    batch.save(update_fields=["undone_by", "undone_at"])
    audit.record(
        "contacts.undone",
        by=by,
        case=case.code,
        unit=case.unit_id,
        at=now,
        count=batch.people,
        detail={"batch": batch.pk},
    )
    return batch


def _refuse_undoing_twice(batch: DecisionBatch) -> None:
    newer = DecisionBatch.objects.filter(case=batch.case_id, pk__gt=batch.pk, undone_at__isnull=True)
    people = batch.decisions.values("person_id")
    if batch.undone_at is not None or newer.filter(decisions__person_id__in=people).exists():
        raise AlreadyUndone


def _set_back(case: Case, people: Sequence[UUID], before: str, *, by: Officer, now: datetime) -> None:
    contacts = Contact.objects.filter(case=case, person_id__in=people)
    if before:
        contacts.update(grade=before, decided_by=by, decided_at=now)
        return
    contacts.delete()
    Proposal.objects.filter(case=case, person_id__in=people).update(decided=False)


@transaction.atomic
def tell_contact(
    case: Case,
    person_id: UUID,
    told: Told,
    *,
    by: Officer,
    now: datetime,
    grade: str = Grade.CLOSE,
    generation: int = 1,
) -> Contact:
    """Write down a contact that the case told of; an officer entered it, so it is decided at once.

    raises   NotPermitted, CaseIsNoContact, BadInput
    """
    require_on(case, "contact.decide", by, clock.local_day(now))
    if person_id == case.person_id:
        raise CaseIsNoContact
    if grade not in Grade.values or not told.relation.strip() or told.last_exposure > now:
        raise BadInput(field="last_exposure" if told.last_exposure > now else "relation")
    _new_batch(case, [person_id], grade, by=by, now=now)
    sealed = vault_of(case).seal(TOLD, person_id.bytes, told)
    decided = {"grade": grade, "told": sealed, "decided_by": by, "decided_at": now}
    fresh = {"generation": generation, "source": Source.TOLD, "residence_id": residences_of([person_id]).get(person_id)}
    contact, _ = Contact.objects.update_or_create(
        case=case, person_id=person_id, defaults=decided, create_defaults={**decided, **fresh}
    )
    Proposal.objects.filter(case=case, person_id=person_id).update(decided=True)
    audit.record("contact.told", by=by, about=person_id, case=case.code, unit=case.unit_id, at=now)
    return contact


@transaction.atomic
def assign_contacts(case: Case, people: Iterable[UUID], unit: Unit | None, *, by: Officer, now: datetime) -> int:
    """Give contacts to another unit to look after, beside the unit where they live; None takes them back.

    raises   NotPermitted
    """
    require_on(case, "contact.decide", by, clock.local_day(now))
    changed = Contact.objects.filter(case=case, person_id__in=list(people)).update(assigned_unit=unit)
    detail = {"to": unit.code if unit else ""}
    audit.record("contacts.assigned", by=by, case=case.code, unit=case.unit_id, at=now, count=changed, detail=detail)
    return changed


# --- one identity -----------------------------------------------------------------------------------------------------


def reveal_contact(contact_id: int, purpose: str, *, by: Officer, now: datetime) -> Identity:
    """Who one contact is, for a purpose that the contact will be able to read.

    raises   ContactNotFound, NotPermitted, NoPurpose
    """
    today = clock.local_day(now)
    contact = contacts_visible_to(by, today).select_related("case").filter(pk=contact_id).first()
    if contact is None:
        raise ContactNotFound
    if not contacts_visible_to(by, today, "person.reveal").filter(pk=contact_id).exists():
        require_on(contact.case, "person.reveal", by, today)
    return reveal_identity(contact.person_id, Grant(by, purpose, now, contact.case.code, contact.case.unit_id))


def reveal_proposal(case: Case, proposal: Proposal, purpose: str, *, by: Officer, now: datetime) -> Identity:
    """Who one proposed person is, for a purpose that the person will be able to read.

    raises   NotPermitted, NoPurpose
    """
    require_on(case, "person.reveal", by, clock.local_day(now))
    return reveal_identity(proposal.person_id, Grant(by, purpose, now, case.code, case.unit_id))


def reveal_case(case: Case, purpose: str, *, by: Officer, now: datetime) -> Identity:
    """Who the case is, for a purpose.

    raises   NotPermitted, NoPurpose
    """
    require_on(case, "person.reveal", by, clock.local_day(now))
    return reveal_identity(case.person_id, Grant(by, purpose, now, case.code, case.unit_id))
