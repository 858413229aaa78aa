"""The pages that belong to no slice: what this is, the officer's morning page, and whether the system is well."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dauchan.visits.queries import partitions_ahead
from dauchan.web.context import entries_for

FUTURE_PARTITIONS_WANTED = 3


def home(request: HttpRequest) -> HttpResponse:
    """What is this, and what can I do here."""
    return render(request, "web/home.html")


def desk(request: HttpRequest) -> HttpResponse:
    """The morning page: where this officer's work is."""
    return render(request, "web/desk_home.html", {"entries": entries_for(request.user)})


def health(request: HttpRequest) -> HttpResponse:
    """200 only while the database answers and the coming days have their partitions; no detail for strangers."""
    try:
        ahead = partitions_ahead()
    except DatabaseError:
        return JsonResponse({"ok": False, "database": False}, status=503)
    return JsonResponse(
        {"ok": ahead >= FUTURE_PARTITIONS_WANTED, "database": True, "partitions_ahead": ahead},
        status=200 if ahead >= FUTURE_PARTITIONS_WANTED else 503,
    )
