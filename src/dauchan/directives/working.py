"""The verbs of whoever got a document: acknowledge it, do its tasks; and of the issuer: record, return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_at_agencies
from dauchan.directives import queries, rules, scope, wording
from dauchan.directives.models import Directive, Recipient, Task, TaskChange
from dauchan.directives.writing import store_file
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.people.rules import normal_text
from dauchan.units.models import Agency, AgencyKind

CHANNELS = dict(wording.CHANNELS)


def got_by(directive: Directive, officer: Officer, on: date) -> list[Recipient]:
    """As which recipients the officer has this document, the unread ones first."""
    mine = directive.recipients.filter(agency_id__in=scope.answers_for(officer, on))
    return list(mine.select_related("agency__unit").order_by("acknowledged_at", "id"))


@dataclass(frozen=True)
class Passing:
    """How a document can be passed on from an agency: to how many, whether the officer may, who at the agency may."""

    agency: Agency
    count: int
    may: bool
    who: Sequence[Officer]


def passing_on(given: Iterable[Agency], officer: Officer, on: date) -> list[Passing]:
    """How what these agencies got can be passed on; those with nobody below them are left out."""
    asked = {agency.pk: agency for agency in given}
    may = set(scope.own(officer, scope.ISSUE, on).filter(id__in=asked).values_list("id", flat=True))
    sits = {pk: one.unit_id if one.kind == AgencyKind.COMMITTEE else 0 for pk, one in asked.items()}
    who = officers_at_agencies(scope.ISSUE, sits, on)
    found = [Passing(one, scope.below(one, on).count(), pk in may, who[pk]) for pk, one in asked.items()]
    return [one for one in found if one.count]


@transaction.atomic
def acknowledge(directive_id: int, *, by: Officer, now: datetime) -> int:
    """Say that a document was received, for every agency of the officer's that got it; again changes nothing.

    returns  how many agencies had not said so yet
    raises   NotFound
    """
    on = clock.local_day(now)
    got = Recipient.objects.filter(
        directive_id=directive_id, directive__state="sent", agency_id__in=scope.answers_for(by, on)
    )
    rows = list(got.select_for_update(of=("self",)).select_related("agency").order_by("id"))
    if not rows:
        raise NotFound
    unread = [row for row in rows if row.acknowledged_at is None]
    for row in unread:
        _received(row, rules.ACCOUNT, by.name, by=by, now=now)
    return len(unread)


def _received(row: Recipient, how: str, who: str, *, by: Officer, now: datetime) -> None:
    row.acknowledged_at, row.acknowledged_how, row.acknowledged_who, row.recorded_by = now, how, who[:120], by
    row.save(update_fields=["acknowledged_at", "acknowledged_how", "acknowledged_who", "recorded_by"])
    for task in row.tasks.select_for_update().filter(state=rules.SENT):
        _step(task, rules.ACKNOWLEDGED, "", by=by, now=now)
    detail = {"recipient": row.pk, "how": how}
    audit.record("directive.acknowledged", by=by, at=now, unit=row.agency.unit_id, detail=detail)


@transaction.atomic
def record_by_hand(recipient_id: int, who: str, how: str, at: datetime, *, by: Officer, now: datetime) -> Recipient:
    """Write down that an agency without an account received a document: who said so, when and how.

    raises   NotFound, ReasonMissing
    """
    row = (
        Recipient.objects.select_for_update(of=("self",))
        .select_related("agency", "directive")
        .filter(pk=recipient_id, directive__state="sent", acknowledged_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound
    scope.own_directive(row.directive_id, by, clock.local_day(now))
    told = normal_text(who, field="who", longest=120)
    if not told or how not in CHANNELS or how == rules.ACCOUNT:
        raise rules.ReasonMissing(field="who")
    sent_at = row.directive.sent_at or now
    _received(row, how, told, by=by, now=min(max(at, sent_at), now))
    return row


@transaction.atomic
def move(
    task_id: int,
    after: str,
    note: str,
    *,
    by: Officer,
    now: datetime,
    file: tuple[str, bytes] | None = None,
) -> Task:
    """Move a task on, with words or a file; whoever begins a task has received the document too.

    raises   NotFound, StepNotPossible, EvidenceMissing, ReasonMissing, FileNotTaken
    """
    on = clock.local_day(now)
    task = _task_for(task_id, after, by, on)
    told = normal_text(note, field="note", longest=rules.NOTE_LENGTH)
    rules.check_step(task.state, after, note=told, has_file=file is not None)
    if file:
        if task.evidence.count() >= rules.FILES_EACH:
            raise rules.FileNotTaken(field="file")
        store_file(*file, by=by, now=now, task=task)
    if task.recipient.acknowledged_at is None and after != rules.RETURNED:
        _received(task.recipient, rules.ACCOUNT, by.name, by=by, now=now)
        task.refresh_from_db(fields=["state"])
    if task.state != after:
        _step(task, after, told, by=by, now=now)
    audit.record("task.moved", by=by, at=now, unit=task.agency.unit_id, detail={"task": task.pk, "to": after})
    return task


def mark_reached(now: datetime) -> int:
    """Keep since when the newest figures show the target of a task reached that isn't reported done; where they show
    that it isn't any more, take that back.

    returns  how many tasks changed
    """
    going = Task.objects.filter(order__directive__state="sent").exclude(state=rules.DONE).exclude(order__indicator="")
    tasks = list(going.select_related("order", "agency"))
    measured = queries.measured(tasks, clock.local_day(now))
    changed = []
    for task in tasks:
        seen = measured[task.pk]
        if seen.figure and seen.reached is not None and seen.reached is (task.reached_on is None):
            task.reached_on = seen.figure.day if seen.reached else None
            changed.append(task)
    Task.objects.bulk_update(changed, ["reached_on"], batch_size=1000)
    return len(changed)


def _task_for(task_id: int, after: str, by: Officer, on: date) -> Task:
    """The task, locked behind its recipient, as `acknowledge` locks them: the agency moves it forward, the issuer
    returns it.

    raises   NotFound
    """
    known = Task.objects.select_related("agency", "recipient", "order__directive")
    theirs = (scope.tasks_issued if after == rules.RETURNED else scope.tasks_answered_for)(by, on)
    found = known.filter(pk__in=theirs.filter(pk=task_id).values("pk")).first()
    if found is None:
        raise NotFound
    Recipient.objects.select_for_update().get(pk=found.recipient_id)
    return known.select_for_update(of=("self",)).get(pk=found.pk)


def _step(task: Task, after: str, note: str, *, by: Officer, now: datetime) -> None:
    TaskChange.objects.create(task=task, at=now, by=by, before=task.state, after=after, note=note)
    task.state, task.changed_at, task.note = after, now, note or task.note
    task.save(update_fields=["state", "changed_at", "note"])
