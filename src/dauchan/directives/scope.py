"""Who may write as whom and to whom, who sees a document, who answers for a task.

An agency writes to those that sit in the area of its own unit, that belong to it, or that it guides. A document is seen
by whoever sees how its issuer or one of its recipients gets on; how far a recipient is with it, with notes and files,
only by who sees the issuer or that recipient. Only an agency's own officers answer for it.
"""

from datetime import date

from django.db.models import Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import Reach, officers_holding, reach_of, roles_of
from dauchan.agencies.queries import Scope, scope_of, visible_to
from dauchan.directives.models import Ask, Directive, Ladder, Recipient, Task
from dauchan.directives.rules import OutOfScope
from dauchan.kernel.errors import NotFound
from dauchan.kernel.once import once
from dauchan.units import agencies
from dauchan.units import queries as units
from dauchan.units.models import Agency, AgencyKind

ISSUE, ACT, SEE, ASK = "directive.issue", "agency.act", "rollout.view", "rollout.ask"


def own(officer: Officer, permission: str, on: date) -> QuerySet[Agency]:
    """The agencies in force in whose name the officer may do this: not those that they only guide."""
    reach, found = reach_of(officer, permission, on), agencies.agencies_in_force(on)
    if reach.everywhere:
        return found
    ids = [int(agency) for agency in reach.agency_ids]
    return found.filter(Q(id__in=ids) | Q(unit_id__in=reach.unit_ids))


def usual_issuer(officer: Officer, on: date) -> Agency | None:
    """In whose name the officer writes unless they choose: where they work, else whose document they wrote last, else
    the only one.
    """
    mine = own(officer, ISSUE, on).select_related("unit")
    works_at = [int(role.scope_id) for role in roles_of(officer, on) if role.scope_kind == "agency"]
    last = Directive.objects.filter(written_by=officer, issuer__in=mine.values("id")).order_by("-id").first()
    chosen = mine.filter(id__in=works_at).order_by("id").first() or (last and mine.get(id=last.issuer_id))
    few = list(mine[:2])
    return chosen or (few[0] if len(few) == 1 else None)


def answers_for(officer: Officer, on: date) -> frozenset[int]:
    """The agencies for which the officer answers, with all that these took over from."""
    ids = own(officer, ACT, on).values_list("id", flat=True)
    return agencies.with_predecessors(ids)


@once
def issues_for(officer: Officer, on: date) -> frozenset[int]:
    """The agencies in whose name the officer writes, with all that these took over from."""
    ids = own(officer, ISSUE, on).values_list("id", flat=True)
    return agencies.with_predecessors(ids)


def issued_by(officer: Officer, on: date) -> Q:
    """The documents in whose issuer's name the officer writes; of those taken over from, only what had been sent."""
    mine = Q(issuer__in=own(officer, ISSUE, on).values("id"))
    return mine | (~Q(state="draft") & Q(issuer_id__in=issues_for(officer, on)))


def require_own(officer: Officer, permission: str, agency_id: int, on: date) -> None:
    """Let the officer go on only in the name of this agency.

    raises   OutOfScope
    """
    if not own(officer, permission, on).filter(id=agency_id).exists():
        raise OutOfScope


def may_be_told(officer: Officer, issuer: Agency, on: date) -> QuerySet[Agency]:
    """The agencies of a day to which this one may write."""
    scope = scope_of(officer, ISSUE, on)
    found = agencies.agencies_in_force(on).exclude(id=issuer.id)
    if scope.everywhere:
        return found
    in_area = Q(unit_id__in=units.unit_ids_within(issuer.unit, on))
    below = Q(id__in=agencies.agency_ids_guided([issuer.id], on) | agencies.agency_ids_within([issuer.id], on))
    if issuer.id not in scope.agency_ids:  # it only sits in the officer's unit, and may reach far beyond
        below &= Q(id__in=scope.agency_ids) | Q(unit_id__in=scope.unit_ids)
    return found.filter(in_area | below)


def below(agency: Agency, on: date) -> QuerySet[Agency]:
    """The agencies to which one can pass a document on: what belongs to it, what it guides, what a People's Committee
    has in its area.
    """
    there = Q(id__in=agencies.agency_ids_within([agency.id], on) | agencies.agency_ids_guided([agency.id], on))
    if agency.kind == AgencyKind.COMMITTEE:
        there |= Q(unit_id__in=units.unit_ids_within(agency.unit, on))
    return agencies.agencies_in_force(on).exclude(id=agency.id).filter(there)


def directives_seen(officer: Officer, on: date) -> QuerySet[Directive]:
    """The documents that an officer sees: drafts only of agencies in whose name they write."""
    seen = visible_to(officer, SEE, on).values("id")
    sent = ~Q(state="draft") & (Q(issuer__in=seen) | Q(recipients__agency__in=seen))
    found = Directive.objects.filter(sent | issued_by(officer, on)).values("id")
    return Directive.objects.filter(id__in=found)


def directive_of(directive_id: int, officer: Officer, on: date) -> Directive:
    """One document that the officer sees.

    raises   NotFound
    """
    seen = directives_seen(officer, on).select_related("issuer__unit", "carries_out", "written_by", "sent_by")
    found = seen.filter(pk=directive_id).first()
    if found is None:
        raise NotFound
    return found


def may_issue(officer: Officer, directive: Directive, on: date) -> bool:
    """Whether the officer writes in the name of the document's issuer, or for who took over from it."""
    return Directive.objects.filter(issued_by(officer, on), pk=directive.pk).exists()


def own_directive(directive_id: int, officer: Officer, on: date, *, lock: bool = False) -> Directive:
    """A document in whose issuer's name the officer writes, or that an agency which they took over from had sent.

    raises   NotFound
    """
    rows = Directive.objects.select_for_update(of=("self",)) if lock else Directive.objects.all()
    mine = rows.filter(issued_by(officer, on), pk=directive_id)
    found = mine.select_related("issuer__unit").first()
    if found is None:
        raise NotFound
    return found


def tasks_answered_for(officer: Officer, on: date) -> QuerySet[Task]:
    """The tasks of documents sent and not withdrawn, of agencies for which the officer answers."""
    return Task.objects.filter(agency_id__in=answers_for(officer, on), order__directive__state="sent")


def tasks_issued(officer: Officer, on: date) -> QuerySet[Task]:
    """The tasks of documents sent and not withdrawn, by those whose documents are the officer's (`issues_for`)."""
    return Task.objects.filter(order__directive__issuer_id__in=issues_for(officer, on), order__directive__state="sent")


def recipients_seen(directive: Directive, officer: Officer, on: date, *, issues: bool) -> QuerySet[Recipient]:
    """Whose progress with a document the officer sees: everybody's with its issuer's, else that in their own scope.

    issues   whether the officer writes in the issuer's name
    """
    found = directive.recipients.all()
    if issues:
        return found
    seen = visible_to(officer, SEE, on)
    if seen.filter(pk=directive.issuer_id).exists():
        return found
    return found.filter(Q(agency__in=seen.values("id")) | Q(agency_id__in=answers_for(officer, on)))


def tasks_seen(officer: Officer, on: date) -> QuerySet[Task]:
    """The tasks that the officer sees: of the issuers and of the agencies in their scope, with words and evidence."""
    seen = visible_to(officer, SEE, on).values("id")
    issued = Q(order__directive__issuer__in=seen) | Q(order__directive__issuer_id__in=issues_for(officer, on))
    theirs = Q(agency__in=seen) | Q(agency_id__in=answers_for(officer, on))
    return Task.objects.exclude(order__directive__state="draft").filter(issued | theirs)


def rollout_scope(officer: Officer, on: date) -> Scope:
    """Where the officer urges: own agencies and units, and those guided."""
    return scope_of(officer, ISSUE, on)


def managers_of(unit_id: int, on: date) -> list[Officer]:
    """Who urges in a unit: the officers of all whose scope `rollout_scope` holds it, by name."""
    above = units.unit_ids_above(unit_id, on)
    governing = agencies.agency_ids_above(above, on)
    return officers_holding(ISSUE, Reach(unit_ids=above, agency_ids=frozenset(map(str, governing))), on, limit=None)


def ladders_seen(officer: Officer, on: date) -> QuerySet[Ladder]:
    """Those who lag within the officer's scope."""
    scope = scope_of(officer, SEE, on)
    if scope.everywhere:
        return Ladder.objects.all()
    return Ladder.objects.filter(Q(unit_id__in=scope.unit_ids) | Q(agency_id__in=scope.agency_ids))


def asks_seen(officer: Officer, on: date) -> QuerySet[Ask]:
    """What health asked for: seen by those who ask there, who hand it on there, and the agency that has it."""
    asking, managing = reach_of(officer, ASK, on), scope_of(officer, ISSUE, on)
    if asking.everywhere or managing.everywhere:
        return Ask.objects.all()
    there = Q(unit_id__in=asking.unit_ids | managing.unit_ids)
    return Ask.objects.filter(there | Q(agency_id__in=answers_for(officer, on)))
