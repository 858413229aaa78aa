"""The pages of whoever got a document: my tasks, one task, acknowledging; and recording by hand for others."""

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from dauchan.directives import charts, queries, rules, scope, working
from dauchan.directives.forms import ByHandForm, StepForm
from dauchan.directives.models import Recipient
from dauchan.directives.views import attempt, me, rooms, today
from dauchan.directives.writing_views import valid
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.places.forms import query_without

MINE, ISSUED = "mine", "issued"


def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of the officer's agencies, or those that these gave to others, earliest deadline first."""
    frame, state = rooms(request, "tasks"), request.GET.get("state", "open")
    state = state if state in ("open", "", *charts.WORDS) else "open"
    usual = MINE if frame["may_act"] or not frame["may_issue"] else ISSUED
    whose = asked if (asked := request.GET.get("whose", "")) in (MINE, ISSUED) else usual
    found = (scope.tasks_issued if whose == ISSUED else scope.tasks_answered_for)(me(request), today())
    page = queries.tasks(found, today(), state=state, after=request.GET.get("after", ""))
    due = queries.tally(found, today())
    measured = queries.measured(page.rows, today())
    shown = {
        "whose": whose,
        "page": page,
        "rows": [(task, measured.get(task.pk)) for task in page.rows],
        "state": state,
        "states": [("open", _("Chưa xong")), *charts.WORDS.items(), ("", _("Tất cả"))],
        "due": due,
        "bar": charts.parts(due),
        "query": query_without(request, "after"),
    }
    return render(request, "directives/tasks.html", frame | shown)


def task_page(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task: what is asked, what figures say, what was done, the next step."""
    on, officer = today(), me(request)
    known = scope.tasks_seen(officer, on).select_related("order__directive__issuer", "agency__unit", "recipient")
    task = known.filter(pk=task_id).first()
    if task is None:
        raise NotFound
    answers = scope.tasks_answered_for(officer, on).filter(pk=task_id).exists()
    issues = scope.may_issue(officer, task.order.directive, on)
    forward = [state for state in (rules.STARTED, rules.DONE) if state in rules.NEXT[task.state]]
    passed = answers and task.order.directive.state == "sent"
    shown = {
        "passing": working.passing_on([task.agency], officer, on) if passed else [],
        "task": task,
        "order": task.order,
        "directive": task.order.directive,
        "measured": queries.measured([task], on).get(task.pk),
        "changes": list(task.changes.select_related("by").order_by("-id")),
        "evidence": list(task.evidence.defer("content").order_by("id")),
        "forward": forward if answers else [],
        "may_return": issues and task.state == rules.DONE and task.order.directive.state == "sent",
        "form": StepForm(),
    }
    return render(request, "directives/task.html", rooms(request, "tasks") | shown)


@require_POST
def move(request: HttpRequest, task_id: int) -> HttpResponse:
    """Move a task forward, with words or a file."""

    def act() -> None:
        given = valid(StepForm(request.POST, request.FILES)).cleaned_data
        file, after = given["file"], request.POST.get("after", "")
        if after not in (rules.ACKNOWLEDGED, rules.STARTED, rules.DONE):
            raise rules.StepNotPossible
        evidence = (file.name or "", file.read()) if file else None
        working.move(task_id, after, given["note"], by=me(request), now=clock.now(), file=evidence)

    return attempt(request, act, "directives:task", task_id)


@require_POST
def give_back(request: HttpRequest, task_id: int) -> HttpResponse:
    """Return a task that isn't done, with the reason."""
    why = request.POST.get("note", "")
    return attempt(
        request,
        lambda: working.move(task_id, rules.RETURNED, why, by=me(request), now=clock.now()),
        "directives:task",
        task_id,
    )


@require_POST
def acknowledge(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Say that a document was received."""
    count = working.acknowledge(directive_id, by=me(request), now=clock.now())
    said = ngettext("Đã báo nhận cho %(count)d cơ quan.", "Đã báo nhận cho %(count)d cơ quan.", count)
    messages.success(request, said % {"count": count})
    return redirect("directives:document", directive_id)


@require_POST
def record_by_hand(request: HttpRequest, recipient_id: int) -> HttpResponse:
    """Write down an acknowledgement that came by other ways."""
    row = Recipient.objects.filter(pk=recipient_id).first()
    if row is None:
        raise NotFound
    scope.own_directive(row.directive_id, me(request), today())

    def act() -> None:
        given = valid(ByHandForm(request.POST)).cleaned_data
        at = datetime.combine(given["at"], time(12), tzinfo=clock.LOCAL)
        working.record_by_hand(recipient_id, given["who"], given["how"], at, by=me(request), now=clock.now())

    return attempt(request, act, "directives:document", row.directive_id)
