"""The verbs of tracing on a case: confirm it, change its dates, look at one identity.

The engine proposes (`runs.py`); only an officer makes a contact (`decisions.py`). Each verb is one transaction with its
audit row.
"""

import copy
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dauchan.accounts.models import Officer
from dauchan.cases import actions as cases
from dauchan.cases import rules as case_rules
from dauchan.cases.actions import Judgement
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.cases.rules import CaseDates
from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.people.actions import Grant, reveal_identity
from dauchan.people.rules import Identity
from dauchan.tracing import proposing, rules, rulesets
from dauchan.tracing.decisions import assign_contacts as assign_contacts
from dauchan.tracing.decisions import decide as decide
from dauchan.tracing.decisions import regrade as regrade
from dauchan.tracing.decisions import tell_contact as tell_contact
from dauchan.tracing.decisions import undo as undo
from dauchan.tracing.finding import Finding, find_contacts, own_visits, version
from dauchan.tracing.models import Basis, Proposal, Run
from dauchan.tracing.proposing import Difference
from dauchan.tracing.queries import ContactNotFound, contacts_visible_to
from dauchan.tracing.runs import ask, last_run
from dauchan.units.models import Unit

# --- the case ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Override:
    """What the officer changes of what the rules would say, and why; empty parts are left to the rules."""

    ruleset: str = ""
    period: Interval | None = None
    reason: str = ""


def judge(dates: CaseDates, override: Override = Override()) -> Judgement:
    """The infectious period by the ruleset in force at confirmation, or as the officer overrides it with a reason.

    A reason for nothing is not kept: beside a period by the rules it would speak of a change that isn't there.
    raises   ReasonNeeded, NoRulesetInForce, UnknownRuleset, PeriodWrong
    """
    in_force = rulesets.in_force(dates.confirmed_on) if not override.ruleset else None
    ruleset = in_force or rulesets.load(override.ruleset)
    needed = override.period is not None or (bool(override.ruleset) and _is_another(ruleset, dates))
    reason = case_rules.check_reason(override.reason, needed=needed) if needed else ""
    period = override.period or rules.infectious_period(
        dates.onset_on, dates.sampled_on, dates.confirmed_on, dates.isolated_at, ruleset
    )
    return Judgement(case_rules.check_period(period, dates.confirmed_on), version(ruleset), reason)


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
    cases.propose_milestones(case, own_visits(case), now=now)
    return case


@dataclass(frozen=True)
class Revision:
    """Other dates for a case: what the period would be, who would be found, what that does to its proposals."""

    judgement: Judgement
    difference: Difference
    runs: bool
    findings: tuple[Finding, ...] = ()


def preview_revision(case: Case, dates: CaseDates, override: Override, *, now: datetime) -> Revision:
    """What other dates would add, change and drop; nothing is written.

    raises   DatesOutOfOrder, ReasonNeeded, PeriodWrong, NoRulesetInForce, DuplicateCase
    """
    case_rules.check_not_in_future(dates, now)
    cases.check_day(case, dates)
    judgement, run = judge(dates, override), last_run(case)
    if run is None:
        return Revision(judgement, Difference(), runs=False)
    changed = replace_dates(case, dates, judgement)
    found = find_contacts(changed, generations=run.generations, basis=Basis(run.basis), now=now)
    return Revision(judgement, proposing.difference(case, found), runs=True, findings=found.findings)


def replace_dates(case: Case, dates: CaseDates, judgement: Judgement) -> Case:
    """The case as it would be with these dates; not saved."""
    changed = copy.copy(case)
    changed.onset_on, changed.sampled_on, changed.confirmed_on = dates.onset_on, dates.sampled_on, dates.confirmed_on
    changed.isolated_at, changed.ruleset = dates.isolated_at, judgement.ruleset
    changed.period_start, changed.period_end = judgement.period.start, judgement.period.end
    return changed


@transaction.atomic
def revise_case(case: Case, dates: CaseDates, override: Override, *, by: Officer, now: datetime) -> Run | None:
    """Change a case's dates and ask for its list to be made anew; people already decided on stay and are marked.

    returns  the run asked for; None when the case has no list yet
    raises   NotPermitted, ReasonNeeded, PeriodWrong, DuplicateCase
    """
    case = cases.lock_case(case)
    case = cases.revise_case(case, dates, judge(dates, override), by=by, now=now)
    cases.propose_milestones(case, own_visits(case), now=now)
    run = last_run(case)
    return ask(case, run.generations, Basis(run.basis), by=by, now=now) if run else None


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
