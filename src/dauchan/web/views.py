"""The pages that belong to no slice: what this is, the officer's morning page, and whether the system is well."""

from typing import cast

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import roles_of
from dauchan.kernel import clock
from dauchan.kernel.keyring import open_keyring
from dauchan.visits.queries import partitions_ahead
from dauchan.visits.retention import status
from dauchan.web.context import entries_for
from dauchan.web.waiting import waiting_for

FUTURE_PARTITIONS_WANTED = 3


def home(request: HttpRequest) -> HttpResponse:
    """What is this, and what can I do here."""
    return render(request, "web/home.html")


def desk(request: HttpRequest) -> HttpResponse:
    """The morning page: where this officer's work is."""
    officer, today = cast(Officer, request.user), clock.local_day(clock.now())
    page = {
        "entries": entries_for(officer),
        "has_a_role": bool(roles_of(officer, today)),
        "waiting": waiting_for(officer, today),
    }
    return render(request, "web/desk_home.html", page)


def health(request: HttpRequest) -> HttpResponse:
    """200 only while the database answers and the coming days have their partitions; no detail for strangers.

    An overdue retention is told, but turns nobody away: whoever watches must act, not the load balancer.
    """
    try:
        ahead = partitions_ahead()
        overdue = status(open_keyring(settings.INSTALLATION.keyring_dir), clock.now()).overdue
    except DatabaseError:
        return JsonResponse({"ok": False, "database": False}, status=503)
    ok = ahead >= FUTURE_PARTITIONS_WANTED
    told = {"ok": ok, "database": True, "partitions_ahead": ahead, "retention": not overdue}
    return JsonResponse(told, status=200 if ok else 503)
