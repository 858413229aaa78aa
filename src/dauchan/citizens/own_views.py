"""A citizen's own pages, for a phone that is signed in: pass, visits, who looked, identity, data, signing out."""

import base64
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dauchan.accounts import audit
from dauchan.accounts.events import event_words
from dauchan.accounts.forms import refuse
from dauchan.citizens import own_data
from dauchan.citizens.forms import CodeForm, OwnIdentityForm, PhoneForm, ProofForm
from dauchan.citizens.sessions import asker_of, citizen_of, forget, remember, remember_asker
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, Problem
from dauchan.people import own, queries, signing_in
from dauchan.people.cardprint import card_pdf
from dauchan.people.models import Device
from dauchan.people.rules import mask_phone
from dauchan.visits.words import recorded_how

OwnView = Callable[..., HttpResponse]
LATEST = 5
SCANS_CARDS = {"worker-src": ["'self'"]}
"""What a page that reads a card's code needs beside the policy of all pages: the gate app's decoder as a worker."""


def citizens_only(view: Callable[..., HttpResponse]) -> OwnView:
    """Let a signed-in phone in, and ask all others to sign in first; to prove first where a page needs that."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        device = citizen_of(request)
        if device is None:
            there = request.path if request.method == "GET" else reverse("citizens:me")
            return redirect(f"{reverse('citizens:sign-in')}?next={there}")
        try:
            return view(request, device, *arguments, **named)
        except own.NotProved:
            if request.method != "GET":
                raise
            return redirect(f"{reverse('citizens:prove')}?next={request.path}")

    return guarded


@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """A number, then the code that came; a code that an officer or gate keeper spoke is taken as well."""
    there = _next(request)
    if request.method != "POST":
        return redirect(there) if citizen_of(request) else _sign_in_page(request, PhoneForm(), there)
    asker, now = asker_of(request), clock.now()
    phone, code = request.POST.get("phone", ""), request.POST.get("code", "")
    try:
        if code:
            signed_in = signing_in.sign_in(phone, code, asker, now=now)
            welcome = redirect(there)
            remember(welcome, signed_in)
            return welcome
        signing_in.ask_for_code(phone, asker, language=get_language() or "vi", host=request.get_host(), now=now)
    except Problem as problem:
        return _refused(request, problem, there)
    response = _code_page(request, phone, CodeForm(), there)
    remember_asker(response, asker)
    return response


def _refused(request: HttpRequest, problem: Problem, there: str) -> HttpResponse:
    """What is wrong, where it can be mended; when nothing could be sent, a spoken code can still be typed."""
    said = problem.text(get_language() or "vi")
    if problem.detail.get("field") == "phone":
        phone_form = PhoneForm(request.POST)
        phone_form.add_error("phone", said)
        return _sign_in_page(request, phone_form, there)
    form = CodeForm(request.POST)
    form.add_error("code", said)
    return _code_page(request, request.POST.get("phone", ""), form, there)


def _sign_in_page(request: HttpRequest, form: PhoneForm, there: str) -> HttpResponse:
    page = {"form": form, "next": there}
    return render(request, "citizens/sign_in.html", page, status=400 if form.errors else 200)


def _code_page(request: HttpRequest, phone: str, form: CodeForm, there: str) -> HttpResponse:
    page = {"form": form, "phone": phone, "masked": mask_phone(phone), "next": there}
    return render(request, "citizens/give_code.html", page, status=400 if form.errors else 200)


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours, or one's own page."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(there, allowed_hosts=None, require_https=False)
    return there if ours and there.startswith("/") else reverse("citizens:me")


@citizens_only
def me(request: HttpRequest, device: Device) -> HttpResponse:
    """One's own page: what is next, one's code, the latest visits."""
    now = clock.now()
    visits = own_data.visits_of(device, now)[:LATEST]
    page = {
        "person": queries.masked([device.person_id])[device.person_id],
        "standing": queries.standings_of([device.person_id], now)[device.person_id],
        "visits": visits,
        "must_prove": not own.is_proved(device) and own.can_be_proved(device.person_id),
    }
    return render(request, "citizens/me.html", page)


@citizens_only
def pass_page(request: HttpRequest, device: Device) -> HttpResponse:
    """One's code, large; a POST ends it and gives another."""
    now = clock.now()
    if request.method == "POST":
        own.replace_own_pass(device, now=now)
        messages.success(request, _("Mã cũ không còn dùng được; đây là mã mới."))
        return redirect("citizens:pass")
    issued = own.own_pass(device, now=now)
    picture = segno.make(issued.text, error="m").svg_data_uri(scale=8, border=4, light="white")
    name = queries.masked([device.person_id])[device.person_id].name
    page = {"picture": picture, "serial": issued.serial, "number": issued.number, "name": name}
    return render(request, "citizens/pass.html", page)


@require_POST
@citizens_only
def certificate(request: HttpRequest, device: Device) -> HttpResponse:
    """What lets this phone show a rotating pass without network, until it ends."""
    try:
        key = base64.b64decode(json.loads(request.body)["key"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RawPostDataException) as error:
        raise BadInput(field="key") from error
    made = own.certify(device, key, now=clock.now())
    told = {
        "certificate": base64.b64encode(made.certificate).decode(),
        "colour": made.colour,
        "until": made.until.isoformat(),
        "name": queries.masked([device.person_id])[device.person_id].name or _("Chưa có tên"),
    }
    return JsonResponse(told)


@citizens_only
def pass_pdf(request: HttpRequest, device: Device) -> HttpResponse:
    """The card to print."""
    now = clock.now()
    name = queries.masked([device.person_id])[device.person_id].name
    return as_file(card_pdf(own.own_pass(device, now=now), name, now=now), "application/pdf", "the-ca-nhan.pdf")


@citizens_only
def visits(request: HttpRequest, device: Device) -> HttpResponse:
    """Every visit that can still be read."""
    told = [(visit, recorded_how(visit.confidence)) for visit in own_data.visits_of(device, clock.now())]
    page = {"visits": told, "since": own.known_since(device)}
    return render(request, "citizens/visits.html", page)


@citizens_only
def looks(request: HttpRequest, device: Device) -> HttpResponse:
    """Who looked at one's data."""
    told = [
        (look, event_words(look.event), own_data.who_looked(look)) for look in own_data.looks_of(device, clock.now())
    ]
    days = own_data.CASE_LOOKS_AFTER.days
    return render(request, "citizens/looks.html", {"looks": told, "proved": own.is_proved(device), "days": days})


@csp_update(SCANS_CARDS)
@citizens_only
@sensitive_post_parameters()
def identity(request: HttpRequest, device: Device) -> HttpResponse:
    """Say once who one is."""
    form = OwnIdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            home = form.cleaned_data["residence"]
            taken = own.introduce(device, form.identity(), home.pk if home else None, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã ghi. Bạn không cần khai lại ở nơi khác."))
            if taken:
                messages.info(request, _("Giấy tờ này đã có trong hệ thống; cán bộ y tế sẽ xem có phải chính là bạn."))
            return redirect("citizens:me")
    known = queries.masked([device.person_id])[device.person_id]
    page = {"form": form, "known": known, "may_change": known.provisional or own.is_proved(device)}
    return render(request, "citizens/identity.html", page, status=400 if form.errors else 200)


@citizens_only
@sensitive_post_parameters()
def prove(request: HttpRequest, device: Device) -> HttpResponse:
    """Prove that the person of this number is oneself."""
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            own.prove(device, birth_date=told["birth_date"], document=told["document"], now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Xong. Bạn xem được toàn bộ dữ liệu của mình."))
            return redirect(_next(request))
    return render(request, "citizens/prove.html", {"form": form}, status=400 if form.errors else 200)


@citizens_only
def data(request: HttpRequest, device: Device) -> HttpResponse:
    """What one can do with one's data, and which phones are signed in."""
    now = clock.now()
    page = {
        "devices": signing_in.devices_of(device.person_id, now),
        "own": device,
        "proved": own.is_proved(device),
        "can_be_proved": own.can_be_proved(device.person_id),
    }
    return render(request, "citizens/data.html", page)


@citizens_only
def take_data(request: HttpRequest, device: Device, form: str) -> HttpResponse:
    """Everything kept about oneself, as a file."""
    if form not in ("json", "pdf"):
        raise NotFound
    now = clock.now()
    gathered = own_data.gathered(device, now)
    audit.record("person.took_data", by=None, about=device.person_id, at=now, detail={"form": form})
    if form == "json":
        return as_file(own_data.as_json(gathered), "application/json", "du-lieu-cua-toi.json", attached=True)
    return as_file(own_data.as_pdf(gathered), "application/pdf", "du-lieu-cua-toi.pdf", attached=True)


@citizens_only
def sign_out(request: HttpRequest, device: Device, number: int) -> HttpResponse:
    """Sign a phone of one's own out: this one, or another."""
    chosen = next((one for one in signing_in.devices_of(device.person_id, clock.now()) if one.pk == number), None)
    if chosen is None:
        raise NotFound
    signing_in.sign_out(chosen, by=device, now=clock.now())
    if chosen.pk != device.pk:
        messages.success(request, _("Đã đăng xuất điện thoại đó."))
        return redirect("citizens:data")
    response = redirect("home")
    forget(response)
    return response


def as_file(content: bytes, media_type: str, name: str, *, attached: bool = False) -> HttpResponse:
    shown = "attachment" if attached else "inline"
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'{shown}; filename="{name}"'}
    )
