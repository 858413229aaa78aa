"""The page behind a place's code: which place this is, then one tap in or out.

A visitor whose phone is signed in taps once. Anybody else types a number: the arrival is recorded at once, as not
verified, and what may follow (a code by SMS, giving it back) can be left undone without losing it. No script is needed.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from dauchan.citizens import arriving
from dauchan.citizens.arriving import AtPoint
from dauchan.citizens.forms import CodeForm, PhoneForm
from dauchan.citizens.sessions import asker_of, citizen_of, remember, remember_asker
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.people import caring, own, signing_in
from dauchan.people.models import Device
from dauchan.people.rules import mask_phone, normal_phone
from dauchan.places import posters, reports
from dauchan.visits.rules import Direction

RECEIPT = "dauchan.citizens.receipt"


def place(request: HttpRequest, code: str) -> HttpResponse:
    """What a poster leads to: the place that it belongs to, once its signature was checked, and in or out."""
    point, told = posters.point_of_code(code)
    if not request.user.is_authenticated:  # an officer who looks where a code leads has not seen it hang
        posters.hangs([point])
    here = AtPoint(point, code, older=told.serial < point.serial, on_screen=told.is_on_screen(clock.now()))
    if request.method != "POST" or not here.in_use:
        return _page(request, here)
    try:
        return _known(request, here) if "ticket" in request.POST else _unknown(request, here)
    except Problem as problem:
        return _page(request, here, problem=problem)


def lower_code(request: HttpRequest, code: str) -> HttpResponse:
    """Codes are upper-case; an address in small letters leads there."""
    return redirect("citizens:place", code.upper(), permanent=True)


def report_poster(request: HttpRequest, code: str) -> HttpResponse:
    """Say that this poster hangs where it does not belong; nothing is asked or kept of who says so."""
    point, told = posters.point_of_code(code)
    shown: dict[str, Any] = {"code": code, "point": point, "place": point.place}
    if request.method == "POST":
        try:
            reports.report(point, told.serial, network=asker_of(request).network, now=clock.now())
        except Problem as problem:
            shown["problem"] = problem.text(get_language() or "vi")
        else:
            shown["reported"] = True
    return render(request, "citizens/report_poster.html", shown, status=429 if "problem" in shown else 200)


@require_POST
def give_code(request: HttpRequest, code: str) -> HttpResponse:
    """The code that came by SMS: this phone is signed in, and what it told before counts as sure."""
    point, _ = posters.point_of_code(code)
    here, receipt = AtPoint(point, code), _receipt(request)
    phone, form = request.POST.get("phone", ""), CodeForm(request.POST)
    asker = asker_of(request)
    try:
        signed_in = signing_in.sign_in(phone, request.POST.get("code", ""), asker, now=clock.now())
    except Problem as problem:
        form.add_error("code", problem.text(get_language() or "vi"))
        return _done(request, here, receipt, {"phone": phone, "code_form": form})
    arriving.vouch(receipt, signed_in.device.person_id, now=clock.now())
    response = _done(request, here, receipt, {"just_signed_in": True}, device=signed_in.device)
    remember(response, signed_in)
    return response


def _page(request: HttpRequest, here: AtPoint, problem: Problem | None = None) -> HttpResponse:
    """The place, and what can be done there."""
    device, now = citizen_of(request), clock.now()
    shown: dict[str, Any] = {
        "here": here,
        "point": here.point,
        "place": here.point.place,
        "now": now,
        "known": device is not None,
        "problem": problem.text(get_language() or "vi") if problem else "",
        "form": PhoneForm(initial={"phone": request.POST.get("phone", "")}),
        "nonce": arriving.new_nonce(),
    }
    if device is not None and here.in_use:
        shown |= arriving.offer(device, here, now=now)
    return render(request, "citizens/place.html", shown, status=400 if problem else 200)


def _known(request: HttpRequest, here: AtPoint) -> HttpResponse:
    """One tap of a signed-in phone, for its bearer and for those of the household who are ticked."""
    ticket, proof = request.POST["ticket"], request.POST.get("proof", "")
    device = citizen_of(request)
    along = caring.among(device, request.POST.getlist("with")) if device else []
    receipt = arriving.by_ticket(ticket, here, _direction(request), proof=proof, along=along, now=clock.now())
    return _done(request, here, receipt, {"along": along}, device=device)


def _unknown(request: HttpRequest, here: AtPoint) -> HttpResponse:
    """A number that nobody has verified: recorded first, then a code is sent to it."""
    phone, now = normal_phone(request.POST.get("phone", "")), clock.now()
    asker = asker_of(request, where=str(here.point.place_id))
    receipt = arriving.by_phone(
        phone, here, _direction(request), nonce=request.POST.get("nonce", ""), network=asker.network, now=now
    )
    after: dict[str, Any] = {"phone": phone, "code_form": CodeForm()}
    if not receipt.again and receipt.direction is Direction.IN:
        try:
            signing_in.ask_for_code(phone, asker, language=get_language() or "vi", host=request.get_host(), now=now)
        except Problem as problem:
            after = {"phone": phone, "unsent": problem.text(get_language() or "vi")}
    response = _done(request, here, receipt, after)
    remember_asker(response, asker)
    return response


def _done(
    request: HttpRequest,
    here: AtPoint,
    receipt: arriving.Receipt,
    after: dict[str, Any],
    *,
    device: Device | None = None,
) -> HttpResponse:
    """What was recorded, in large letters with the time; `after` says what may follow."""
    now = clock.now()
    shown = {
        "here": here,
        "point": here.point,
        "place": here.point.place,
        "receipt": receipt,
        "receipt_text": signing.dumps(receipt.written(), salt=RECEIPT),
        "arrived": receipt.direction is Direction.IN,
        "masked": mask_phone(after.get("phone", "")),
        "nonce": arriving.new_nonce(),
        "now": now,
        "known": device is not None,
        **after,
    }
    if device is not None:
        shown |= arriving.offer(device, here, now=now)
    return render(request, "citizens/recorded.html", shown)


def _receipt(request: HttpRequest) -> arriving.Receipt:
    """The receipt that our own page carried.

    raises   BadInput for one that is too old or not ours
    """
    try:
        written = signing.loads(request.POST.get("receipt", ""), salt=RECEIPT, max_age=own.TOLD_BEFORE)
    except signing.BadSignature as error:
        raise BadInput(field="receipt") from error
    return arriving.Receipt.read(written)


def _direction(request: HttpRequest) -> Direction:
    return Direction.OUT if request.POST.get("direction") == "out" else Direction.IN
