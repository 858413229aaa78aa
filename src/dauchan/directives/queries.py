"""Reads on documents, tasks and reminders: lists page by page, how far a document is, what is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from dauchan.accounts.models import Officer
from dauchan.coverage.definitions import indicator
from dauchan.coverage.figures import Figure, Subject, figures, latest_day
from dauchan.directives import ladder, rules, scope
from dauchan.directives.models import Addressee, Attachment, Directive, Ladder, Lag, Order, Recipient, Task
from dauchan.kernel.numbers import row_number
from dauchan.kernel.search import search_key
from dauchan.places import queries as places
from dauchan.places.rules import APPROVED
from dauchan.units import queries as units
from dauchan.units.models import Agency, AgencyKind

PAGE = 50


Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A page of a list, and what the next begins behind ("" after the last)."""

    rows: list[Row]
    next_after: str


def outgoing(officer: Officer, on: date, *, text: str = "", state: str = "", after: str = "") -> Page[Directive]:
    """The documents that the officer's agencies wrote, and those that they took over, newest first."""
    found = Directive.objects.filter(scope.issued_by(officer, on))
    return _directives(found, text, state, after)


def incoming(officer: Officer, on: date, *, text: str = "", state: str = "", after: str = "") -> Page[Directive]:
    """The documents sent to agencies for which the officer answers, newest first."""
    got = Recipient.objects.filter(agency_id__in=scope.answers_for(officer, on)).values("directive_id")
    return _directives(Directive.objects.filter(id__in=got).exclude(state="draft"), text, state, after)


def others(officer: Officer, on: date, *, text: str = "", state: str = "", after: str = "") -> Page[Directive]:
    """All documents that the officer sees, newest first."""
    return _directives(scope.directives_seen(officer, on), text, state, after)


def _directives(found: QuerySet[Directive], text: str, state: str, after: str) -> Page[Directive]:
    for word in search_key(text.replace("\0", " ")[:200]).split()[:8]:
        found = found.filter(search_key__contains=word)
    if state:
        found = found.filter(state=state)
    if (last := row_number(after)) is not None:
        found = found.filter(id__lt=last)
    rows = list(found.select_related("issuer").order_by("-id")[: PAGE + 1])
    return Page(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "")


def tasks(found: QuerySet[Task], on: date, *, state: str = "open", after: str = "") -> Page[Task]:
    """One page of these tasks, earliest deadline first.

    found   `scope.tasks_answered_for` or `scope.tasks_issued`
    state   open | overdue | reached | one of the states
    after   deadline and id of the last one shown, as `next_after` gave it
    """
    if state == "open":
        found = found.exclude(state=rules.DONE)
    elif state:
        found = stood(found, state, on)
    day, _, number = after.partition("_")
    if (last := row_number(number)) is not None and (since := _day(day)):
        found = found.filter(Q(deadline__gt=since) | Q(deadline=since, id__gt=last))
    shown = found.select_related("order__directive__issuer", "agency__unit", "recipient").order_by("deadline", "id")
    rows = list(shown[: PAGE + 1])
    last_row = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last_row.deadline.isoformat()}_{last_row.pk}" if last_row else "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def open_tasks(agency_id: int) -> int:
    """How many tasks of an agency aren't done: what its successor takes over."""
    return Task.objects.filter(agency=agency_id).exclude(state=rules.DONE).count()


def overdue(found: QuerySet[Task], on: date) -> QuerySet[Task]:
    """Those of some tasks that are neither done nor reached after their day."""
    return stood(found, rules.OVERDUE, on)


def stood(found: QuerySet[Task], state: str, on: date) -> QuerySet[Task]:
    """Those of some tasks that stand so: overdue or reached as they are shown, else by their state, late or not."""
    if state in (rules.OVERDUE, rules.REACHED):
        return found.filter(id__in=found.annotate(shown=_standing(on)).filter(shown=state).values("id"))
    return found.filter(state=state)


def due(officer: Officer, on: date) -> rules.Tally:
    """How the tasks of the officer's agencies stand."""
    return tally(scope.tasks_answered_for(officer, on), on)


def tally(found: QuerySet[Task], on: date) -> rules.Tally:
    """How some tasks stand."""
    rows = found.values(shown=_standing(on)).annotate(count=Count("id"))
    return rules.Tally({row["shown"]: row["count"] for row in rows.order_by()})


def _standing(on: date) -> Case:
    """`rules.standing` for the database."""
    return Case(
        When(state=rules.DONE, then=Value(rules.DONE)),
        When(~Q(state=rules.RETURNED), reached_on__isnull=False, then=Value(rules.REACHED)),
        When(deadline__lt=on, then=Value(rules.OVERDUE)),
        default=F("state"),
    )


BELOW = """
with recursive below as (
    select id, issuer_id as top from directives_directive where carries_out_id = %(directive)s and state = 'sent'
    union all
    select child.id, below.top
    from below
    join directives_directive child on child.carries_out_id = below.id and child.state = 'sent'
)
select below.top,
    case
        when task.state = 'done' then task.state
        when task.state <> 'returned' and task.reached_on is not null then 'reached'
        when task.deadline < %(on)s then 'overdue'
        else task.state
    end,
    count(*)
from below
join directives_order task_order on task_order.directive_id = below.id
join directives_task task on task.order_id = task_order.id
group by 1, 2
"""


def below(directive_id: int, on: date) -> dict[int, rules.Tally]:
    """What became of a document further down: for each agency that passed it on, the tasks that came of it there."""
    with connection.cursor() as cursor:
        cursor.execute(BELOW, {"directive": directive_id, "on": on})
        rows = cursor.fetchall()
    return _tallies(rows, {row[0] for row in rows})


def _tallies(rows: Iterable[tuple[int, str, int]], keys: Iterable[int]) -> dict[int, rules.Tally]:
    """Counts of how tasks stand, by what they belong to."""
    counted = list(rows)
    return {key: rules.Tally({shown: count for each, shown, count in counted if each == key}) for key in keys}


def tallies(directives: Iterable[Directive], on: date) -> dict[int, rules.Tally]:
    """How the own tasks of each of these documents stand."""
    ids = [directive.pk for directive in directives]
    found = Task.objects.filter(order__directive__in=ids).values("order__directive_id", shown=_standing(on))
    rows = found.annotate(count=Count("id")).order_by()
    return _tallies(rows.values_list("order__directive_id", "shown", "count"), ids)


def tally_of(directive: Directive, on: date) -> rules.Tally:
    """How a document's own tasks stand."""
    return tallies([directive], on)[directive.pk]


def tallies_by_order(directive: Directive, on: date) -> list[tuple[Order, rules.Tally]]:
    """How each of a document's orders stands."""
    orders = list(directive.orders.all())
    found = Task.objects.filter(order__directive=directive).values("order_id", shown=_standing(on))
    rows = found.annotate(count=Count("id")).order_by().values_list("order_id", "shown", "count")
    counted = _tallies(rows, [order.pk for order in orders])
    return [(order, counted[order.pk]) for order in orders]


def recipients(
    found: QuerySet[Recipient], directive: Directive, on: date, *, state: str = "", after: str = "", role: str = ""
) -> Page[Recipient]:
    """Those of a document's recipients, in the order of its lines; narrowed to whose task stands so.

    found   as far as the officer sees them
    state   unread | overdue | reached | one of the tasks' states
    """
    if role:
        found = found.filter(role=role)
    if state == "unread":
        found = found.filter(acknowledged_at__isnull=True)
    elif state:
        so = stood(Task.objects.filter(order__directive=directive), state, on)
        found = found.filter(id__in=so.values("recipient_id"))
    if (last := row_number(after)) is not None:
        found = found.filter(id__gt=last)
    rows = list(found.select_related("agency__unit", "addressee", "recorded_by").order_by("id")[: PAGE + 1])
    return Page(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "")


def lines_of(directive: Directive) -> list[tuple[Addressee, int]]:
    """A document's lines of addressees, each with how many agencies it means."""
    return [(line, line.count) for line in directive.addressees.annotate(count=Count("recipients")).order_by("id")]


def steps_due(found: QuerySet[Ladder], on: date) -> QuerySet[Ladder]:
    """Those of some ladders whose next step may be decided by now."""
    latest = on - timedelta(days=ladder.in_force(on).days_between)
    return found.filter(left_at=None, proposed=False, last_step_on__lte=latest)


def suspensions_proposed(found: QuerySet[Ladder], officer: Officer, on: date) -> QuerySet[Ladder]:
    """Those of some ladders with a proposal on which the officer decides: to suspend a place that they may approve."""
    theirs = places.visible_to(officer, "place.approve", on).filter(state=APPROVED)
    return found.filter(left_at=None, proposed=True, kind=Lag.PLACE, subject_id__in=theirs.values("pk"))


def subjects_of(agencies: Iterable[Agency], on: date) -> dict[int, Subject]:
    """Whose figures show how an agency gets on: those of its unit for a People's Committee, else its own."""
    given = list(agencies)
    governing = {agency.unit_id for agency in given if agency.kind == AgencyKind.COMMITTEE}
    standing = units.standing(governing, on)
    return {
        agency.pk: Subject("unit", standing[agency.unit_id].pk)
        if agency.kind == AgencyKind.COMMITTEE and agency.unit_id in standing
        else Subject("agency", agency.pk)
        for agency in given
    }


@dataclass(frozen=True)
class Measured:
    """What a figure says of an order at one agency: reached or not, None where it isn't known."""

    figure: Figure | None
    target: float | None
    reached: bool | None


def measured(tasks: Sequence[Task], on: date) -> dict[int, Measured]:
    """For each of these tasks, what the newest figures say; those whose order no figure shows are missing."""
    asked = [task for task in tasks if task.order.indicator]
    day = latest_day()
    if not asked or day is None:
        return {task.pk: Measured(None, task.order.target, None) for task in asked}
    subjects = subjects_of({task.agency_id: task.agency for task in asked}.values(), day)
    found = figures(list(set(subjects.values())), {task.order.indicator for task in asked}, day)
    return {task.pk: _measured(task.order, found[subjects[task.agency_id]][task.order.indicator]) for task in asked}


def _measured(order: Order, figure: Figure) -> Measured:
    better = indicator(order.indicator).better
    return Measured(figure, order.target, rules.reached(figure.value, order.target, better))


def files_of(directive: Directive) -> list[Attachment]:
    """A document's files without their content, signed ones first."""
    return list(directive.attachments.defer("content").order_by("-is_signed", "id"))


def attachment_of(attachment_id: int, officer: Officer, on: date) -> Attachment | None:
    """A file that the officer may open: of a document that they see, or evidence of a task that they see."""
    seen = scope.directives_seen(officer, on).values("id")
    named = Q(directive__in=seen) | Q(task__in=scope.tasks_seen(officer, on).values("id"))
    return Attachment.objects.filter(named, pk=attachment_id).first()
