"""The door of a try-out: a one-time link shows what there is to try, and its button signs that officer in.

What the made-up province holds is told by `dauchan demo` in a file of the data directory; without it nothing is told.
"""

import json
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from dauchan.accounts import sessions
from dauchan.accounts.allauth_adapter import sign_in
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission, open_try_out_link, roles_of
from dauchan.accounts.rules import ROLE_NAMES, LinkUsedUp
from dauchan.accounts.try_out import check_try_out, enter_by_link
from dauchan.kernel import clock
from dauchan.notify.queries import on_the_try_out_phone

FACTS_FILE = "demo.json"


@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """What this officer can try, and on the button the way in."""
    check_try_out()
    now = clock.now()
    if request.method == "POST":
        officer = enter_by_link(token, now=now)
        sign_in(request, officer)
        sessions.mark_try_out(request)
        return redirect(_next_page(officer, request.POST.get("to", "")))
    link = open_try_out_link(token, now)
    if link is None:
        raise LinkUsedUp()
    officer = cast(Officer, link.officer)
    sees = {"sees_cases": _sees_cases(officer), "sees_rollout": _sees_rollout(officer)}
    page = {"officer": officer, "roles": _role_names(officer), "facts": facts(), **sees}
    return render(request, "web/try_out.html", page)


def facts() -> dict[str, Any]:
    """What the made-up province holds; {} when nobody told."""
    try:
        told = json.loads((settings.INSTALLATION.data_dir / FACTS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], told) if isinstance(told, dict) and told.get("complete") else {}


def _sees_cases(officer: Officer) -> bool:
    return has_permission(officer, "case.view", clock.local_day(clock.now()))


def _sees_rollout(officer: Officer) -> bool:
    return has_permission(officer, "rollout.view", clock.local_day(clock.now()))


def _next_page(officer: Officer, wish: str) -> str:
    """The outbreak's case or the rollout when that was asked for and may be seen; else the morning page."""
    if wish == "rollout" and _sees_rollout(officer):
        return "/trien-khai"
    case = str(facts().get("case", ""))
    return f"/ca-benh/{case}" if wish == "case" and case and _sees_cases(officer) else "/ban-lam-viec"


def _role_names(officer: Officer) -> list[str]:
    language = 0 if (get_language() or "vi").startswith("vi") else 1
    return [ROLE_NAMES[role.role][language] for role in roles_of(officer, clock.local_day(clock.now()))]


@never_cache
def phone(request: HttpRequest) -> HttpResponse:
    """The made-up phone of a try-out, with the messages that it got; part of it alone when the page asks again."""
    check_try_out()
    part = "web/try_out_messages.html" if request.headers.get("HX-Request") else "web/try_out_phone.html"
    return render(request, part, {"messages_sent": on_the_try_out_phone(clock.now())})
