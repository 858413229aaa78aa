"""The verbs of deciding: an officer makes contacts of proposals, takes it back, writes down whom the case told of.

Only an officer makes a contact. Each verb is one transaction with its audit row inside.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.cases.actions import lock_case
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.cases.rules import is_near
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.people.queries import aliases_of, expand, residences_of
from dauchan.tracing.evidence import ENCOUNTERS, TOLD, Told, Trail
from dauchan.tracing.models import (
    Basis,
    Contact,
    Decision,
    DecisionBatch,
    Grade,
    Mark,
    Proposal,
    ReleasedContact,
    Source,
)
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


class NotThroughContact(Conflict):
    kind = "not_through_contact"
    vi = "Người ở giữa chưa (hoặc không còn) là tiếp xúc gần. Hãy xác nhận người đó trước, rồi lập lại danh sách."
    en = "The person in between is not (or no longer) a close contact. Confirm that person first, then propose again."


class AlreadyUndone(Conflict):
    kind = "already_undone"
    vi = "Không hoàn tác được: quyết định này đã được hoàn tác hoặc đã có quyết định mới hơn cho cùng người."
    en = "This can't be undone: it was undone before, or there is a newer decision on the same people."


class AlreadyReleased(Conflict):
    kind = "already_released"
    vi = "Không hoàn tác được: có người đã nằm trong danh sách gọi. Hãy ghi lại là “Không phải người tiếp xúc”."
    en = "This can't be undone: some of them are on a call sheet. Decide again that they are not contacts."


class CaseIsNoContact(BadInput):
    kind = "case_is_no_contact"
    vi = "Người này chính là ca bệnh."
    en = "This person is the case."


@transaction.atomic
def decide(
    case: Case, chosen: QuerySet[Proposal], grade: str, *, by: Officer, now: datetime, expected: int | None = None
) -> DecisionBatch:
    """Make contacts of proposals, one or many, or say that they are none; `expected` is the number the officer saw.

    raises   NotPermitted, CountChanged, NobodyChosen, OnlyWhatIf, NotThroughContact, BadInput
    """
    case = lock_case(case)
    require_on(case, "contact.decide", by, clock.local_day(now))
    proposals = list(chosen.filter(case=case).select_for_update(of=("self",)).order_by("pk"))
    _check_choice(proposals, grade, expected)
    if grade != Grade.NOT_CONTACT:
        _check_links(case, proposals)
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
    chosen = Proposal.objects.filter(pk__in=[each.pk for each in proposals])
    chosen.update(decided=True)
    chosen.exclude(mark=Mark.NO_LONGER_FOUND).update(mark=Mark.NONE)
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


def _check_links(case: Case, proposals: Sequence[Proposal]) -> None:
    """Later generations stand on the person in between: one whom an officer holds to be a close contact.

    raises   NotThroughContact
    """
    later, vault = [each for each in proposals if each.generation > 1], vault_of(case)
    if not later:
        return
    links = {vault.open(ENCOUNTERS, each.person_id.bytes, each.evidence, Trail).via for each in later}
    close = case.contacts.filter(grade=Grade.CLOSE).values_list("person_id", flat=True)
    if links - set(aliases_of(close).values()):
        raise NotThroughContact


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
    case = lock_case(case)
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

    raises   NotPermitted, NotFound, AlreadyUndone, AlreadyReleased
    """
    case = lock_case(case)
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
    if ReleasedContact.objects.filter(contact__in=contacts).exists():
        raise AlreadyReleased
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
    case = lock_case(case)
    require_on(case, "contact.decide", by, clock.local_day(now))
    _check_told(case, told, grade, now)
    person_id = _listed_as(case, person_id)
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


def _listed_as(case: Case, person_id: UUID) -> UUID:
    """The id under which the case already lists this human, else the canonical one: nobody is listed twice.

    raises   CaseIsNoContact, under whichever id
    """
    canonical, ids = next(iter(expand([person_id]).items()))
    if aliases_of([case.person_id])[case.person_id] == canonical:
        raise CaseIsNoContact
    for listed in (Contact.objects, Proposal.objects):
        found = listed.filter(case=case, person_id__in=ids).values_list("person_id", flat=True).first()
        if found is not None:
            return found
    return canonical


def _check_told(case: Case, told: Told, grade: str, now: datetime) -> None:
    if grade not in Grade.values or not told.relation.strip():
        raise BadInput(field="relation" if grade in Grade.values else "grade")
    if told.last_exposure > now or not is_near(told.last_exposure, case.period_start):
        raise BadInput(field="last_exposure")
    first = told.first_exposure
    if first and (first > told.last_exposure or not is_near(first, case.period_start)):
        raise BadInput(field="first_exposure")


@transaction.atomic
def assign_contacts(case: Case, people: Iterable[UUID], unit: Unit | None, *, by: Officer, now: datetime) -> int:
    """Give contacts to another unit to look after, beside the unit where they live; None takes them back.

    raises   NotPermitted, NobodyChosen
    """
    case = lock_case(case)
    require_on(case, "contact.decide", by, clock.local_day(now))
    changed = Contact.objects.filter(case=case, person_id__in=list(people)).update(assigned_unit=unit)
    if not changed:
        raise NobodyChosen
    detail = {"to": unit.code if unit else ""}
    audit.record("contacts.assigned", by=by, case=case.code, unit=case.unit_id, at=now, count=changed, detail=detail)
    return changed
