"""What an officer enters: a case, other dates for it, places and contacts that the case told of."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from dauchan.cases.actions import tell_milestone as record_milestone
from dauchan.cases.forms import ToldMilestoneForm
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.people.queries import by_handle, masked
from dauchan.places.forms import refuse
from dauchan.tracing import actions, decisions, queries, revising, rulesets
from dauchan.tracing.forms import (
    NEW,
    NewCaseForm,
    OverrideForm,
    PersonForm,
    ToldContactForm,
    shown,
)
from dauchan.tracing.models import Grade
from dauchan.tracing.views.pages import case_of, frame, milestones_page
from dauchan.units.models import Unit
from dauchan.units.queries import units_of


def new_case(request: HttpRequest) -> HttpResponse:
    """Find or register the person, give the dates, confirm."""
    officer, now = officer_of(request), clock.now()
    if request.method != "POST":
        own = _own_unit(request)
        form = NewCaseForm(initial={"confirmed_on": clock.local_day(now), "unit": own, "find_by": "phone"})
        return render(request, "tracing/new_case.html", {"form": form})
    form = NewCaseForm(request.POST)
    if "find" in request.POST:
        return render(request, "tracing/new_case.html", {"form": form, **find_person(form, request, now)})
    if form.is_valid():
        try:
            with transaction.atomic():
                person = form.take_person(by=officer, now=now)
                unit: Unit = form.cleaned_data["unit"]
                case = actions.confirm_case(person, unit, form.dates(), by=officer, now=now, override=form.override())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, gettext("Đã xác nhận ca bệnh %(code)s.") % {"code": case.code})
            return redirect("tracing:case", case.code)
    return render(request, "tracing/new_case.html", {"form": form, **_chosen_again(form)})


def _own_unit(request: HttpRequest) -> Unit | None:
    """The officer's own unit, when there is exactly one."""
    held = officer_of(request).roles.filter(scope_kind="unit").values_list("scope_id", flat=True)
    ids = {int(unit_id) for unit_id in held if unit_id.isdecimal()}
    found = units_of(ids)
    return found[0] if len(found) == 1 else None


def find_person(form: PersonForm, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What a search by phone, document or pass found; errors of the other fields wait until the form is sent."""
    form.errors.clear()
    try:
        return {"searched": True, "found": form.find(by=officer_of(request), now=now)}
    except Problem as problem:
        return {"searched": True, "found": [], "find_error": shown(problem)}


def _chosen_again(form: PersonForm) -> dict[str, Any]:
    """Show the same choice again when something else in the form was wrong."""
    if form.chosen in ("", NEW):
        return {"searched": bool(form.chosen), "found": [], "chosen": form.chosen}
    try:
        person = by_handle(form.chosen).pk
    except Problem:
        return {}
    return {"searched": True, "found": list(masked([person]).values()), "chosen": form.chosen}


def revise(request: HttpRequest, code: str) -> HttpResponse:
    """Other dates: first what they would add, change and drop, then the change itself."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    require_on(case, "case.edit", officer, clock.local_day(now))
    if request.method != "POST":
        return render(
            request, "tracing/revise.html", frame(request, case, "") | {"form": OverrideForm(initial=_dates(case))}
        )
    form, preview = OverrideForm(request.POST), None
    if form.is_valid():
        try:
            preview = actions.preview_revision(case, form.dates(), form.override(), now=now)
            if request.POST.get("apply") == "1" and request.POST.get("seen") == revising.seen(
                form.dates(), form.override(), preview
            ):
                actions.revise_case(case, form.dates(), form.override(), by=officer, now=now)
                messages.success(request, gettext("Đã đổi thời gian của ca bệnh."))
                return redirect("tracing:case", case.code)
        except Problem as problem:
            refuse(form, problem)
    shown_page = {"form": form, "preview": preview} | (_previewed(case, form, preview) if preview else {})
    return render(request, "tracing/revise.html", frame(request, case, "") | shown_page)


def _previewed(case: Case, form: OverrideForm, preview: actions.Revision) -> dict[str, Any]:
    """What stands beside a preview: by what it is known again, and which change by hand goes."""
    by_hand, kept = queries.period_by_hand(case), form.override().period
    return {
        "seen": revising.seen(form.dates(), form.override(), preview),
        "affected": revising.affected_by(case, preview),
        "period_goes": by_hand if kept is None else None,
        "reason_goes": "" if preview.judgement.reason else form.override().reason or case.override_reason,
    }


def _dates(case: Case) -> dict[str, Any]:
    named = case.ruleset.partition("@")[0]
    automatic = rulesets.in_force(case.confirmed_on).name == named if _any_in_force(case) else False
    dates: dict[str, Any] = {
        name: getattr(case, name) for name in ("onset_on", "sampled_on", "confirmed_on", "isolated_at")
    }
    by_hand = queries.period_by_hand(case)
    if by_hand:
        dates |= {"period_start": by_hand.start, "period_end": by_hand.end}
    return {**dates, "ruleset": "" if automatic else named, "reason": case.override_reason}


def _any_in_force(case: Case) -> bool:
    try:
        rulesets.in_force(case.confirmed_on)
    except rulesets.NoRulesetInForce:
        return False
    return True


def tell_milestone(request: HttpRequest, code: str) -> HttpResponse:
    """A place that the case told; what was typed comes back with what is wrong in it."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    require_on(case, "case.edit", officer, clock.local_day(now))
    form = ToldMilestoneForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            record_milestone(case, form.told(), by=officer, now=now)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, gettext("Đã ghi mốc dịch tễ. Lập lại danh sách để tìm người cùng có mặt."))
            return redirect("tracing:milestones", case.code)
    return milestones_page(request, case, form)


def tell_contact(request: HttpRequest, code: str) -> HttpResponse:
    """A contact that the case told of: found or registered, with relation and last exposure."""
    case, officer, now = case_of(request, code), officer_of(request), clock.now()
    require_on(case, "contact.decide", officer, clock.local_day(now))
    if request.method != "POST":
        form = ToldContactForm(initial={"grade": Grade.CLOSE, "find_by": "phone"})
        return render(request, "tracing/tell_contact.html", frame(request, case, "contacts") | {"form": form})
    form = ToldContactForm(request.POST)
    if "find" in request.POST:
        found = find_person(form, request, now)
        return render(request, "tracing/tell_contact.html", frame(request, case, "contacts") | {"form": form, **found})
    if form.is_valid():
        try:
            with transaction.atomic():
                person = form.take_person(by=officer, now=now)
                decisions.tell_contact(case, person, form.told(), by=officer, now=now, grade=form.cleaned_data["grade"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, gettext("Đã thêm người tiếp xúc."))
            return redirect("tracing:contacts", case.code)
    page = frame(request, case, "contacts") | {"form": form, **_chosen_again(form)}
    return render(request, "tracing/tell_contact.html", page)
