"""The pages of one case: its proposals, contacts, milestones, possible sources and log; and my queue."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dauchan.accounts.queries import has_permission, reach_of
from dauchan.cases.forms import ShareForm, ToldMilestoneForm
from dauchan.cases.models import Case
from dauchan.cases.queries import case_by_code, milestones_of, require_on, visible_to
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotPermitted
from dauchan.kernel.intervals import Interval
from dauchan.kernel.numbers import row_number
from dauchan.people.queries import masked
from dauchan.places.forms import refuse
from dauchan.tracing import finding, holding, queries, rules, timeline
from dauchan.tracing.choosing import choices_of
from dauchan.tracing.forms import (
    SURENESS,
    AssignForm,
    ContactFilterForm,
    FilterForm,
    NameForm,
    shown,
)
from dauchan.tracing.models import Contact, EvidenceClass, Grade, Mark
from dauchan.tracing.searching import find_by_name
from dauchan.visits.queries import deriving_is_behind

SOURCES_SHOWN = 200


def case_of(request: HttpRequest, code: str) -> Case:
    """The case of an address, for an officer who may see it.

    raises   CaseNotFound
    """
    return case_by_code(officer_of(request), code, clock.local_day(clock.now()))


def may(request: HttpRequest, case: Case, permission: str) -> bool:
    """Whether the officer may do this with the case."""
    try:
        require_on(case, permission, officer_of(request), clock.local_day(clock.now()))
    except NotPermitted:
        return False
    return True


def frame(request: HttpRequest, case: Case, tab: str) -> dict[str, Any]:
    """What stands around every tab of a case."""
    ruleset = finding.ruleset_of(case)
    vietnamese = request.LANGUAGE_CODE.startswith("vi")
    return {
        "case": case,
        "tab": tab,
        "person": masked([case.person_id]).get(case.person_id),
        "overview": queries.overview(case),
        "ruleset_title": ruleset.title_vi if vietnamese else ruleset.title_en,
        "setting": ruleset.setting_vi if vietnamese else ruleset.setting_en,
        "may_propose": may(request, case, "trace.propose"),
        "may_decide": may(request, case, "contact.decide"),
        "may_edit": may(request, case, "case.edit"),
        "may_release": may(request, case, "case.release"),
        "may_hold": may(request, case, "case.hold"),
        "held_until": holding.case_held_until(case),
        "grades": Grade.choices,
        "grade_labels": dict(Grade.choices),
    }


# --- the tabs of a case -----------------------------------------------------------------------------------------------


def case_page(request: HttpRequest, code: str) -> HttpResponse:
    """The proposals of a case, narrowed by the filters of the address."""
    case, today = case_of(request, code), clock.local_day(clock.now())
    form = FilterForm(request.GET)
    wanted, found, filter_problem = _narrowed(form, case, today)
    after = request.GET.get("after", "")
    page = queries.list_proposals(found, after=after)
    opened = queries.open_rows(case, page.rows)
    people = masked(row.person_id for row in page.rows)
    trail = timeline.days_of(case)
    shown_page = {
        **frame(request, case, "proposals"),
        "unreadable": finding.unreadable_days(_until_now(case.period)),
        "deriving": deriving_is_behind(),
        "rows": [(row, people.get(row.person_id), opened[row.pk]) for row in page.rows],
        "next_after": page.next_after,
        "count": found.count(),
        "wanted": wanted,
        "filter_problem": filter_problem,
        "groups": queries.venue_groups(case),
        "timeline": trail,
        "scanned": timeline.scanned_where(case),
        "choices": choices_of(case, trail, wanted),
        "form": form,
        "classes": EvidenceClass.choices,
        "marks": [choice for choice in Mark.choices if choice[0]],
        "sureness": SURENESS,
        "query": query_without(request, "after"),
        "filter_fields": form.given(),
        "last_batch": _undoable(case),
    }
    template = "tracing/proposal_rows.html" if request.headers.get("HX-Request") else "tracing/proposals.html"
    return render(request, template, shown_page)


def _until_now(period: Interval) -> Interval:
    return Interval(period.start, max(period.start, min(period.end, clock.now())))


def _narrowed(form: FilterForm, case: Case, today: date) -> tuple[queries.ProposalFilter, Any, str]:
    """The proposals that the address asks for: nobody, and why, when it makes no sense."""
    try:
        wanted = form.wanted()
    except queries.FilterNotUnderstood as problem:
        return queries.ProposalFilter(), case.proposals.none(), shown(problem)
    return wanted, queries.narrowed(case, wanted, today), ""


def query_without(request: HttpRequest, *names: str) -> str:
    """The address's own parameters without some."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()


def _undoable(case: Case) -> Any:
    last = queries.decisions_of(case, limit=1)
    return last[0] if last and last[0].undone_at is None else None


def evidence(request: HttpRequest, code: str, proposal_id: int) -> HttpResponse:
    """Everything that stands behind one proposal: a fragment inside the list, or a page of its own."""
    case = case_of(request, code)
    row = queries.proposal_of(case, proposal_id)
    person = masked([row.person_id]).get(row.person_id)
    behind = {"case": case, "row": row, "person": person, "opened": queries.open_rows(case, [row])[row.pk]}
    if request.headers.get("HX-Request"):
        return render(request, "tracing/evidence.html", behind)
    return render(request, "tracing/evidence_page.html", frame(request, case, "proposals") | behind)


def contacts(request: HttpRequest, code: str) -> HttpResponse:
    """The people decided on for a case, narrowed by the address; or those of them with a name that was posted."""
    case, today = case_of(request, code), clock.local_day(clock.now())
    if request.method == "POST":
        return _named_contacts(request, case)
    wanted = ContactFilterForm(request.GET).wanted()
    found = queries.narrowed_contacts(Contact.objects.filter(case=case), wanted, today)
    rows, next_after = contact_page(request, found)
    around = {"count": found.count(), "wanted": wanted, "query": query_without(request, "after"), "name": NameForm()}
    return _contact_list(request, case, rows, around | {"next_after": next_after})


def _named_contacts(request: HttpRequest, case: Case) -> HttpResponse:
    form, rows = NameForm(request.POST), list[Contact]()
    if form.is_valid():
        try:
            rows = find_by_name(case, form.cleaned_data["name"], by=officer_of(request), now=clock.now())
        except BadInput as problem:
            refuse(form, problem)
    around = {"count": len(rows), "wanted": queries.ContactFilter(), "name": form, "named": form.is_valid()}
    return _contact_list(request, case, rows, around)


def _contact_list(request: HttpRequest, case: Case, rows: list[Contact], around: dict[str, Any]) -> HttpResponse:
    opened, people = queries.open_rows(case, rows), masked(row.person_id for row in rows)
    page = {
        **frame(request, case, "contacts"),
        **around,
        "rows": [(row, people.get(row.person_id), opened[row.pk]) for row in rows],
        "may_reveal": may(request, case, "person.reveal"),
        "assign": AssignForm(),
        "scanned": timeline.scanned_where(case),
    }
    return render(request, "tracing/contacts.html", page)


def contact_page(request: HttpRequest, found: Any) -> tuple[list[Contact], int | str]:
    """One page of contacts and the key of the next."""
    rows = queries.list_contacts(found, after=row_number(request.GET.get("after", "")), limit=queries.PAGE + 1)
    return rows[: queries.PAGE], rows[queries.PAGE - 1].pk if len(rows) > queries.PAGE else ""


def milestones(request: HttpRequest, code: str) -> HttpResponse:
    """The case's days as a picture and a table, and its milestones to decide on.

    A half-filled form may be posted here: it comes back with the points of its place to choose from.
    """
    form = ToldMilestoneForm(request.POST or None)
    form.errors.clear()  # what is missing may still be written
    return milestones_page(request, case_of(request, code), form)


def milestones_page(request: HttpRequest, case: Case, form: ToldMilestoneForm) -> HttpResponse:
    """The milestones, with the form as it stands."""
    listed = milestones_of(case)
    names = timeline.milestone_places(listed)
    page = {
        **frame(request, case, "milestones"),
        "timeline": timeline.days_of(case),
        "milestones": [(each, names[each.row.pk]) for each in listed],
        "may_ask_at": [number for number, where in names.items() if _may_ask(request, where.lies_in)],
        "form": form,
    }
    return render(request, "tracing/milestones.html", page)


def _may_ask(request: HttpRequest, unit_id: int | None) -> bool:
    """Whether the officer may ask for scanning at a place in this unit."""
    reach = reach_of(officer_of(request), "rollout.ask", clock.local_day(clock.now()))
    return unit_id is not None and (reach.everywhere or unit_id in reach.unit_ids)


def sources(request: HttpRequest, code: str) -> HttpResponse:
    """Backward: whom the case may have caught it from."""
    case = case_of(request, code)
    try:
        found = finding.find_sources(case)
    except rules.NoPeriodInRuleset:
        return render(request, "tracing/sources.html", frame(request, case, "sources") | {"no_incubation": True})
    ranked = sorted(found.findings, key=lambda each: (-each.weight.certain, -each.weight.possible))
    top = ranked[:SOURCES_SHOWN]
    page = {
        **frame(request, case, "sources"),
        "unreadable": finding.unreadable_days(finding.exposed_in(case)),
        "rows": timeline.named_findings(top),
        "total": len(ranked),
        "shown": len(top),
        "crowded": found.ruleset.crowd_persons,
    }
    return render(request, "tracing/sources.html", page)


def log(request: HttpRequest, code: str) -> HttpResponse:
    """Runs, decisions, releases and shares of a case."""
    case = case_of(request, code)
    page = {
        **frame(request, case, "log"),
        "runs": case.runs.select_related("by").order_by("-pk")[:50],
        "decisions": queries.decisions_of(case),
        "releases": case.releases.select_related("requested_by", "approved_by").order_by("-pk")[:50],
        "holds": case.holds.select_related("ordered_by", "ended_by").order_by("-pk"),
        "shares": case.shares.select_related("unit", "shared_by").order_by("pk"),
        "share_form": ShareForm(),
    }
    return render(request, "tracing/log.html", page)


# --- my queue ---------------------------------------------------------------------------------------------------------


def my_contacts(request: HttpRequest) -> HttpResponse:
    """The contacts in this officer's scope: living there, assigned there, or of the officer's cases; masked."""
    officer, today = officer_of(request), clock.local_day(clock.now())
    visible, wanted = queries.contacts_visible_to(officer, today), ContactFilterForm(request.GET).wanted()
    rows, next_after = contact_page(request, queries.narrowed_contacts(visible, wanted, today))
    people, opened = masked(row.person_id for row in rows), queries.open_contacts(rows)
    own = set(visible_to(officer, today).filter(pk__in={row.case_id for row in rows}).values_list("pk", flat=True))
    page = {
        "rows": [(row, people.get(row.person_id), opened.get(row.pk), row.case_id in own) for row in rows],
        "next_after": next_after,
        "wanted": wanted,
        "grades": Grade.choices,
        "may_reveal": has_permission(officer, "person.reveal", today),
        "query": query_without(request, "after"),
    }
    return render(request, "tracing/my_contacts.html", page)


def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Everything that stands behind one contact, masked, for whoever may see the contact."""
    officer, today = officer_of(request), clock.local_day(clock.now())
    row = queries.contact_of(contact_id, officer, today)
    page = {
        "row": row,
        "person": masked([row.person_id]).get(row.person_id),
        "opened": queries.open_contacts([row]).get(row.pk),
        "evidence_class": queries.class_label(row.evidence_class),
        "own": visible_to(officer, today).filter(pk=row.case_id).exists(),
        "may_reveal": has_permission(officer, "person.reveal", today),
    }
    return render(request, "tracing/contact.html", page)
