"""The matching desk: one entry on the left, the places that it may be on the right, one key for each answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.people.queries import find_by_phone
from dauchan.people.rules import BadPhone
from dauchan.places import own
from dauchan.places import queries as place_queries
from dauchan.places.forms import PlaceForm, refuse
from dauchan.places.models import Place
from dauchan.places.owners import check_phone
from dauchan.places.views import me, tell, today
from dauchan.registers import decisions, queries, words
from dauchan.registers.forms import WordForm
from dauchan.registers.models import Entry, Register
from dauchan.registers.views import done, may_edit, seen

PLACES_FOUND = 8


def desk(request: HttpRequest, register_id: int) -> HttpResponse:
    """The next entry of a register that waits for a decision."""
    register = seen(request, register_id, "register.edit")
    after = _entries(request, register).filter(pk=row_number(request.GET.get("after", "")) or 0).first()
    waiting = queries.next_to_decide(_entries(request, register), after)
    if waiting is None and after is not None:
        waiting = queries.next_to_decide(_entries(request, register))
    if waiting is None:
        messages.info(request, _("Không còn mục nào chờ đối chiếu."))
        return redirect("registers:register", register_id)
    return redirect("registers:entry", waiting.pk)


def _entries(request: HttpRequest, register: Register) -> Any:
    return queries.visible_to(me(request), "register.edit", today()).filter(register=register)


def _seen(request: HttpRequest, entry_id: int, permission: str = "rollout.view") -> Entry:
    """An entry in this officer's scope.

    raises   NotFound
    """
    visible = queries.visible_to(me(request), permission, today())
    related = visible.select_related("register", "unit", "agency", "category", "place", "place__unit", "same_as")
    entry = related.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    return entry


def entry_page(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry beside the places that it may be."""
    return _show(request, _seen(request, entry_id))


def _show(request: HttpRequest, entry: Entry, status: int = 200) -> HttpResponse:
    edits = may_edit(request) and queries.visible_to(me(request), "register.edit", today()).filter(pk=entry.pk).exists()
    text = request.GET.get("q", "")
    shown = {
        "entry": entry,
        "register": entry.register,
        "phone": f"{entry.phone[:4]} *** {entry.phone[-3:]}" if entry.phone else "",
        "candidates": [(each, words.reasons(each.evidence)) for each in queries.candidates_of(entry)],
        "same": queries.premise_of(entry),
        "history": [words.told(item) for item in queries.history_of(entry)],
        "may_edit": edits,
        "waits": entry.place_id is None and entry.state == "open",
        "word_form": WordForm(),
        "text": text,
        "found": _found(request, entry, text) if text and edits else [],
        "undoable": queries.latest_decision(me(request), entry.register) if edits else None,
    }
    return render(request, "registers/entry.html", shown, status=status)


def _found(request: HttpRequest, entry: Entry, text: str) -> list[Place]:
    """Registered places of the entry's commune that somebody looks for by name."""
    filters = place_queries.Filters(text=text, unit_ids=place_queries.place_units(entry.unit.code, today()))
    return place_queries.search(me(request), filters, on=today(), size=PLACES_FOUND).places


@require_POST
def decide(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Say which place an entry is, which it is not, or what else holds for it; then on to the next."""
    entry = _seen(request, entry_id, "register.edit")
    try:
        stays = _decided(request, entry)
    except decisions.Overtaken as problem:
        return _overtaken(request, entry_id, problem)
    except Problem as problem:
        tell(request, problem)
        return redirect("registers:entry", entry_id)
    if stays:
        return redirect("registers:entry", entry_id)
    return redirect(f"/trien-khai/nguon/{entry.register_id}/ban-doi-chieu?after={entry_id}")


def _overtaken(request: HttpRequest, entry_id: int, problem: Problem) -> HttpResponse:
    """The entry as somebody else has left it, and who did."""
    messages.warning(request, problem.text(get_language() or "vi"))
    return _show(request, _seen(request, entry_id), status=409)


def _decided(request: HttpRequest, entry: Entry) -> bool:
    """Do what the form asks; whether the page stays at the entry.

    raises   BadInput, NotFound, Overtaken and their kinds
    """
    asked, by, now = request.POST.get("act", ""), me(request), clock.now()
    version, place_id = _version(request), row_number(request.POST.get("place", ""))
    if asked == "confirm":
        _check_place(request, entry, place_id)
        decisions.confirm(entry.pk, place_id or 0, version=version, by=by, now=now)
        return False
    if asked == "reject":
        known = [candidate.place_id for candidate in queries.candidates_of(entry)]
        rejected = known if place_id is None else [place_id]
        decisions.reject(entry.pk, rejected, version=version, by=by, now=now)
        return len(known) > len(rejected)
    if asked == "part":
        decisions.part(entry.pk, version=version, by=by, now=now)
        return True
    word = WordForm(request.POST).word()
    decision = decisions.say(
        word, queries.visible_to(by, "register.edit", today()).filter(pk=entry.pk), by=by, now=now, version=version
    )
    done(request, decision.entries)
    return True


def _version(request: HttpRequest) -> int:
    """The version of the entry that the officer saw.

    raises   BadInput
    """
    version = row_number(request.POST.get("version", ""))
    if version is None:
        raise BadInput(field="version")
    return version


def _check_place(request: HttpRequest, entry: Entry, place_id: int | None) -> None:
    """A candidate, or a place that this officer sees.

    raises   NotFound
    """
    proposed = any(candidate.place_id == place_id for candidate in queries.candidates_of(entry))
    visible = place_queries.visible_to(me(request), "place.view", today())
    if not proposed and not visible.filter(pk=place_id or 0).exists():
        raise NotFound


def register_place(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Register the place that an entry tells of, and match the two."""
    entry = _seen(request, entry_id, "register.edit")
    form = PlaceForm(request.POST or None, initial=_place_values(entry))
    alike: list[Place] = []
    if request.method == "POST" and form.is_valid():
        told = form.told()
        in_charge = find_by_phone(told.owner_phone) if told.owner_phone else []
        alike = [] if request.POST.get("another") else own.alike(told, owners=in_charge)
        if not alike:
            try:
                seen_as, now = _version(request), clock.now()
                place = decisions.register_place(entry.pk, told, version=seen_as, by=me(request), now=now)
            except decisions.Overtaken as problem:
                return _overtaken(request, entry_id, problem)
            except Problem as problem:
                refuse(form, problem)
            else:
                messages.success(request, _("Đã đăng ký và khớp với mục trong danh sách."))
                return redirect("places:place", place.pk)
    version = request.POST.get("version", entry.version)
    shown = {"form": form, "place": None, "alike": alike, "version": version}
    return render(request, "registers/register_place.html", shown)


def _place_values(entry: Entry) -> dict[str, Any]:
    """What an entry tells, as the first values of a new place's form; a landline is no owner's phone."""
    same = ("name", "address", "unit", "latitude", "longitude")
    values = {name: getattr(entry, name) for name in same}
    agency = entry.agency.name if entry.agency else ""
    return values | {"category": entry.category_id, "agency": agency, "owner_phone": _mobile(entry.phone)}


def _mobile(phone: str) -> str:
    try:
        return check_phone(phone)
    except BadPhone:
        return ""
