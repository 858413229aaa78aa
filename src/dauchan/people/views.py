"""Pages about people: find exactly, register, one person's page, card, standing, merging.

Everything stands under masks. Searching is a POST, so that numbers stay out of addresses and logs.
"""

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from dauchan.accounts.actions import require
from dauchan.accounts.forms import refuse
from dauchan.accounts.models import Officer
from dauchan.accounts.pages import roles_in_words
from dauchan.accounts.queries import reach_of
from dauchan.accounts.sessions import officer_of
from dauchan.kernel import clock
from dauchan.kernel.codes import CodeProblem
from dauchan.kernel.errors import BadInput, NotPermitted, Problem
from dauchan.people import actions, cards, erasing, forms, proposals, queries, rules, signing_in
from dauchan.people.holding import PersonHeld
from dauchan.people.models import Person
from dauchan.people.registering import DocumentTaken
from dauchan.units.queries import units_of

NOBODY = "nobody"


@sensitive_post_parameters()
def find(request: HttpRequest) -> HttpResponse:
    """Find somebody by pass, phone or document."""
    form = forms.FindForm(request.POST or None)
    found = _search(request, form) if request.method == "POST" else None
    page = {"form": form, "found": found, "lines": _lines(found or [], by=officer_of(request))}
    return render(request, "people/find.html", page, status=400 if form.errors else 200)


def _search(
    request: HttpRequest, form: forms.FindForm, permission: str = "person.register"
) -> list[queries.Masked] | None:
    """Whom the form means; None when it could not be read, and then the form says why."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        return actions.search(
            said["kind"], said["value"], by=officer_of(request), now=clock.now(), permission=permission
        )
    except (BadInput, CodeProblem) as problem:
        form.add_error("value", problem.text(get_language() or "vi"))
        return None


def _lines(people: list[queries.Masked], *, by: Officer) -> list[dict[str, Any]]:
    """People with their standing now, the name of where they live, and whether their page is in the officer's reach."""
    now = clock.now()
    standings = queries.standings_of([person.id for person in people], now)
    units = {unit.pk: unit for unit in units_of(person.residence_id for person in people if person.residence_id)}
    reach = reach_of(by, "person.register", clock.local_day(now))
    return [
        {
            "person": person,
            "standing": standings[person.id],
            "residence": units.get(person.residence_id or 0),
            "in_reach": reach.everywhere or person.residence_id is None or person.residence_id in reach.unit_ids,
        }
        for person in people
    ]


@sensitive_post_parameters()
def erase(request: HttpRequest) -> HttpResponse:
    """Find somebody who asks to be forgotten, say what is lost, and forget them once that is confirmed."""
    if "handle" in request.POST:
        return _erase(request, forms.EraseForm(request.POST))
    form = forms.FindForm(request.POST or None)
    found = _search(request, form, "person.erase") if request.method == "POST" else None
    lines = [
        {"person": person, "form": forms.EraseForm(initial={"handle": person.handle}, auto_id=f"id{n}_%s")}
        for n, person in enumerate(found or [])
    ]
    page = {"form": form, "found": found, "lines": lines}
    return render(request, "people/erase.html", page, status=400 if form.errors else 200)


def _erase(request: HttpRequest, form: forms.EraseForm) -> HttpResponse:
    if form.is_valid():
        person, purpose = queries.by_handle(form.cleaned_data["handle"]), form.cleaned_data["purpose"]
        try:
            erasing.erase_person(person.pk, purpose=purpose, by=officer_of(request), now=clock.now())
        except PersonHeld as problem:
            messages.error(request, problem.text(get_language() or "vi"))
        else:
            messages.success(request, _("Đã xóa danh tính. Không ai khôi phục được."))
    else:
        messages.error(request, _("Chưa xóa ai: cần ghi theo yêu cầu nào và đánh dấu ô đã hiểu."))
    return redirect("people:erase")


@sensitive_post_parameters()
def register(request: HttpRequest) -> HttpResponse:
    """Register somebody; whoever scans already know by this phone is asked about first."""
    if "card" in request.POST:
        return _read_card(request)
    form = forms.RegisterForm(request.POST or None)
    page: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            identity = rules.normal_identity(form.identity(), today=clock.local_day(clock.now()))
            known = [] if "who" in request.POST else _known_from_scans(request, identity.phone)
            page["scanned"] = _lines(known, by=officer_of(request))
            if not page["scanned"]:
                return _register(request, form, identity)
        except DocumentTaken as problem:
            refuse(form, problem)
        except NotPermitted as problem:
            form.add_error("residence", problem.text(get_language() or "vi"))
        except (BadInput, rules.NotProvisional) as problem:
            refuse(form, problem)
    return render(request, "people/register.html", page, status=400 if form.errors else 200)


def _read_card(request: HttpRequest) -> HttpResponse:
    """The form filled in from a card that a scanner typed into the page; nothing is stored yet."""
    language = get_language() or "vi"
    try:
        card = cards.read_card(request.POST["card"], today=clock.local_day(clock.now()))
    except cards.NotACard as problem:
        page = {"form": forms.RegisterForm(), "card_error": problem.text(language)}
        return render(request, "people/register.html", page, status=400)
    told = {"read": True, "card_warnings": [cards.in_words(each, language) for each in card.warnings]}
    form = forms.RegisterForm(initial=forms.typed(card.identity))
    return render(request, "people/register.html", {"form": form, **told})


def _known_from_scans(request: HttpRequest, phone: str) -> list[queries.Masked]:
    """Provisional people with this phone: perhaps the one who stands here."""
    found = actions.search("phone", phone, by=officer_of(request), now=clock.now()) if phone else []
    return [person for person in found if person.provisional]


def _register(request: HttpRequest, form: forms.RegisterForm, identity: rules.Identity) -> HttpResponse:
    residence, who = form.cleaned_data["residence"], request.POST.get("who", NOBODY)
    adopt = None if who == NOBODY else queries.by_handle(who).pk
    person = actions.register_person(
        identity, residence.pk if residence else None, by=officer_of(request), now=clock.now(), adopt=adopt
    )
    messages.success(request, _("Đã đăng ký."))
    for warning in rules.all_warnings(identity):
        messages.warning(request, cards.in_words(warning, get_language() or "vi"))
    return redirect("people:person", queries.handle_of(person.pk))


def person_page(request: HttpRequest, handle: str) -> HttpResponse:
    """One person under a mask: standing, passes, other ids, who looked."""
    person = queries.by_handle(handle)
    shown = actions.open_page(person, by=officer_of(request), now=clock.now())
    return render(request, "people/person.html", _person(person, shown, by=officer_of(request)))


def _person(person: Person, shown: queries.Masked, *, by: Officer) -> dict[str, Any]:
    canonical = queries.aliases_of([person.pk])[person.pk]
    every_id = queries.expand([person.pk])[canonical]
    others = queries.masked(other for other in every_id if other != person.pk)
    return _lines([shown], by=by)[0] | {
        "passes": person.passes.order_by("-serial"),
        "others": list(others.values()),
        "merged_into": others.get(canonical),
        "looks": _looks(person),
        "merge_form": forms.MergeForm(),
        "reissue_form": forms.ReissueForm(),
    }


EVENTS = {
    "person.registered": gettext_lazy("Được đăng ký"),
    "person.searched": gettext_lazy("Tìm bằng số hoặc mã"),
    "person.opened": gettext_lazy("Mở trang này"),
    "person.merged": gettext_lazy("Gộp với người khác"),
    "person.merge_undone": gettext_lazy("Tách ra lại"),
    "pass.issued": gettext_lazy("Được cấp mã"),
    "pass.reissued": gettext_lazy("Được cấp mã mới"),
    "standing.set": gettext_lazy("Được đặt trạng thái"),
}


def _looks(person: Person) -> list[dict[str, Any]]:
    """Who looked, as far as an officer at a desk may know: what belongs to a case stays there."""
    return [
        {"at": look.at, "what": EVENTS[look.event], "role": roles_in_words(look.role), "purpose": look.purpose}
        for look in queries.looks_at(person.pk)
        if look.event in EVENTS and not look.case
    ]


@sensitive_post_parameters()
def speak_code(request: HttpRequest) -> HttpResponse:
    """A sign-in code for whoever stands at the desk with their papers, when no message reaches them."""
    form, code = forms.SpokenCodeForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            code = signing_in.speak_code(form.cleaned_data["phone"], by=officer_of(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
    page = {"form": form, "code": code, "minutes": signing_in.CODE_LIFETIME.seconds // 60}
    return render(request, "people/speak_code.html", page, status=400 if form.errors else 200)


MOST_PROPOSALS = 50


def proposal_list(request: HttpRequest) -> HttpResponse:
    """Who may be one human registered twice."""
    waiting = list(
        proposals.waiting_for(officer_of(request), clock.local_day(clock.now())).order_by("pk")[:MOST_PROPOSALS]
    )
    people = queries.masked({person for one in waiting for person in (one.alias_id, one.canonical_id)})
    lines = [
        {
            "id": one.pk,
            "alias": people[one.alias_id],
            "canonical": people[one.canonical_id],
            "kind": one.kind,
            "at": one.made_at,
        }
        for one in waiting
    ]
    return render(request, "people/proposals.html", {"lines": lines})


def decide_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """One human, or two."""
    accept, now = request.POST.get("act") == "accept", clock.now()
    proposals.decide(proposal_id, accept=accept, by=officer_of(request), on=clock.local_day(now), now=now)
    messages.success(
        request, _("Đã gộp; tách lại được ở trang của người đó.") if accept else _("Đã ghi: hai người khác nhau.")
    )
    return redirect("people:proposals")


def card(request: HttpRequest, handle: str) -> HttpResponse:
    """The person's code, which says nothing but a random number. A POST issues the first."""
    person, me = queries.by_handle(handle), officer_of(request)
    shown = actions.open_page(person, by=me, now=clock.now())
    issued = queries.valid_pass(person.pk)
    if request.method == "POST":
        issued = actions.issue_pass(person, by=me, now=clock.now())
    picture = segno.make(issued.text, error="m").svg_data_uri(scale=8, border=4, light="white") if issued else ""
    page = {"person": shown, "issued": issued, "picture": picture}
    return render(request, "people/card.html", page)


def reissue(request: HttpRequest, handle: str) -> HttpResponse:
    """End the person's code and give another."""
    form = forms.ReissueForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        actions.reissue_pass(queries.by_handle(handle), by=officer_of(request), now=clock.now(), reason=reason)
        messages.success(request, _("Mã cũ không còn dùng được; đây là mã mới."))
        return redirect("people:card", handle)
    return redirect("people:person", handle)


def standing(request: HttpRequest, handle: str) -> HttpResponse:
    """Set what gates may know of a person."""
    person, me = queries.by_handle(handle), officer_of(request)
    require(me, "person.standing", unit_id=person.residence_id, on=clock.local_day(clock.now()))
    form = forms.StandingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.set_standing(person, form.standing, **said, by=me, now=clock.now())
            messages.success(request, _("Đã đặt trạng thái; các cổng biết trong vài giây."))
            return redirect("people:person", handle)
        except BadInput as problem:
            refuse(form, problem)
    page = _lines([actions.open_page(person, by=me, now=clock.now())], by=me)[0] | {"form": form}
    return render(request, "people/standing.html", page, status=400 if form.errors else 200)


def merge(request: HttpRequest, handle: str) -> HttpResponse:
    """Say that this is the same human as the one whom the officer names by pass, phone or document."""
    person, form = queries.by_handle(handle), forms.MergeForm(request.POST)
    found = [other for other in _search(request, form) or [] if other.id != person.pk]
    if len(found) != 1:
        messages.error(
            request, _("Cần tìm thấy đúng một người khác. Hãy dùng số giấy tờ hoặc mã cá nhân của người đó.")
        )
        return redirect("people:person", handle)
    try:
        actions.merge(person.pk, into=found[0].id, by=officer_of(request), now=clock.now())
        messages.success(request, _("Đã gộp. Có thể tách ra lại bất cứ lúc nào."))
    except rules.AlreadyMerged as problem:
        messages.error(request, problem.text(get_language() or "vi"))
    return redirect("people:person", found[0].handle)


def part(request: HttpRequest, handle: str) -> HttpResponse:
    """Take a merge back."""
    actions.undo_merge(queries.by_handle(handle).pk, by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã tách ra: lại là hai người, mỗi người đủ như trước."))
    return redirect("people:person", handle)
