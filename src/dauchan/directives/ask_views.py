"""The pages of what health asks for: the list for both sides, asking, handing on, answering."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.agencies.queries import visible_to
from dauchan.coverage import uses
from dauchan.coverage.actions import PLACE_DAYS_KEPT
from dauchan.coverage.figures import counted_on, latest_day
from dauchan.coverage.words import number
from dauchan.directives import asking, charts, queries, rules, scope, wording
from dauchan.directives.forms import AskForm, AssignForm
from dauchan.directives.models import Ask
from dauchan.directives.views import attempt, me, rooms, today
from dauchan.directives.writing_views import valid
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import query_without, refuse
from dauchan.units.agencies import agencies_in_force


def asks(request: HttpRequest) -> HttpResponse:
    """What health asked for, newest first, with what each side may do."""
    on, officer = today(), me(request)
    state = request.GET.get("state", "")
    found = scope.asks_seen(officer, on)
    if state == rules.OVERDUE:
        found = found.filter(state__in=rules.WITHOUT_ANSWER, ends__lt=on)
    elif state in dict(wording.ASK_STATES):
        found = found.filter(state=state)
    if (last := row_number(request.GET.get("after", ""))) is not None:
        found = found.filter(pk__lt=last)
    rows = list(found.select_related("unit", "place", "asked_by", "agency").order_by("-pk")[: queries.PAGE + 1])
    counted_to = latest_day()
    counted_at = counted_on(counted_to) if counted_to else None
    shown = {
        "rows": _lines(rows[: queries.PAGE], request, counted_to),
        "counted_to": counted_to,
        "counted_at": counted_at,
        "whole_day": counted_to and counted_at and counted_to < clock.local_day(counted_at),
        "next_after": rows[queries.PAGE - 1].pk if len(rows) > queries.PAGE else "",
        "state": state,
        "states": [*wording.ASK_STATES, (rules.OVERDUE, charts.WORDS[rules.OVERDUE])],
        "form": _assigning(request),
        "query": query_without(request, "after"),
    }
    return render(request, "directives/asks.html", rooms(request, "asks") | shown)


@dataclass(frozen=True)
class Line:
    """An ask in the list: whether its days are over without an answer, how many came in them, what one may do.

    check_ins   as it is written; "" where none of its days was counted, or some of a place are forgotten
    """

    row: Ask
    is_late: bool
    check_ins: str
    may_assign: bool
    may_answer: bool


def _lines(rows: list[Ask], request: HttpRequest, counted_to: date | None) -> list[Line]:
    mine, known_from = scope.answers_for(me(request), today()), today() - PLACE_DAYS_KEPT
    known_to = counted_to or date.min
    counted = {
        row.pk: _span(row)
        for row in rows
        if row.begins <= known_to and (row.place_id is None or known_from <= row.begins)
    }
    came = uses.check_ins_of(counted.values())
    return [
        Line(
            row,
            _is_open(row) and row.ends < today(),
            number(came[counted[row.pk]]) if counted.get(row.pk) in came else "",
            _may_assign(row, request),
            _may_answer(row, request, mine),
        )
        for row in rows
    ]


def _span(row: Ask) -> uses.Span:
    kind, subject = ("place", row.place_id) if row.place_id else ("unit", row.unit_id)
    return uses.Span(kind, subject, row.begins, row.ends)


def _is_open(row: Ask) -> bool:
    return row.state in rules.WITHOUT_ANSWER


def _may_assign(row: Ask, request: HttpRequest) -> bool:
    return _is_open(row) and asking.manages(row, me(request), today())


def _may_answer(row: Ask, request: HttpRequest, mine: frozenset[int]) -> bool:
    return _is_open(row) and row.agency_id in mine


def _assigning(request: HttpRequest, given: Any = None) -> AssignForm:
    on = today()
    seen = visible_to(me(request), scope.ISSUE, on).values("id")
    return AssignForm(given, allowed=agencies_in_force(on).filter(id__in=seen))


def ask(request: HttpRequest) -> HttpResponse:
    """Ask for scanning at a place, which the address names by its number alone, or in a unit."""
    place_id = row_number(request.GET.get("place", ""))
    place = asking.place_to_ask_about(place_id) if place_id else None
    form = AskForm(request.POST or None, initial={"begins": today()})
    if request.method == "POST" and form.is_valid():
        try:
            asking.ask(form.wish(place_id), by=me(request), now=clock.now())
        except NotFound:
            raise
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã gửi yêu cầu. Kết quả sẽ hiện ở danh sách này."))
            return redirect("directives:asks")
    return render(request, "directives/ask.html", rooms(request, "asks") | {"form": form, "place": place})


@require_POST
def assign(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Hand an ask to an agency."""

    def act() -> None:
        if not scope.asks_seen(me(request), today()).filter(pk=ask_id).exists():
            raise NotFound
        agency = valid(_assigning(request, request.POST)).cleaned_data["agency"]
        asking.assign(ask_id, agency, by=me(request), now=clock.now())

    return attempt(request, act, "directives:asks")


@require_POST
def answer(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Say what the agency that has it made of an ask."""
    state, outcome = request.POST.get("state", ""), request.POST.get("outcome", "")
    act = partial(asking.answer, ask_id, state, outcome, by=me(request), now=clock.now())
    return attempt(request, act, "directives:asks")


@require_POST
def decline(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Say for the rollout that nothing can be made of an ask."""
    outcome = request.POST.get("outcome", "")
    act = partial(asking.answer, ask_id, rules.DECLINED, outcome, by=me(request), now=clock.now())
    return attempt(request, act, "directives:asks")
