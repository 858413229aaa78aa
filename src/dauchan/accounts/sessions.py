"""How long a sign-in lasts: one shift at most, and half an hour when nobody is there.

Sessions are rows of the database; an officer switched off, or given a new password, is out with the next request
(`Officer.get_session_auth_hash`). Nothing personal is kept in a session: times and the officer's number.
"""

from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from dauchan.accounts import rules
from dauchan.accounts.models import Officer

SIGNED_IN_AT = "signed_in_at"
TRY_OUT = "try_out"
SEEN_AT = "seen_at"
SEEN_STEP = timedelta(minutes=1)  # our number: one write a minute keeps the idle clock right enough


def officer_of(request: HttpRequest) -> Officer:
    """The signed-in officer: the route table lets nobody else in."""
    return cast(Officer, request.user)


def begin(request: HttpRequest, now: datetime) -> None:
    """Start the clocks of a fresh sign-in."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now.isoformat()


def end_if_over(request: HttpRequest, now: datetime) -> None:
    """Sign the officer out when the session has lasted too long or was left alone; else note that they are here."""
    if not request.user.is_authenticated:
        return
    if SIGNED_IN_AT not in request.session:
        begin(request, now)
    seen_at = datetime.fromisoformat(request.session[SEEN_AT])
    signed_in_at = datetime.fromisoformat(request.session[SIGNED_IN_AT])
    if rules.session_is_over(now, signed_in_at=signed_in_at, seen_at=seen_at):
        logout(request)
    elif now - seen_at >= SEEN_STEP:
        request.session[SEEN_AT] = now.isoformat()


def mark_try_out(request: HttpRequest) -> None:
    """Note that this sign-in came from a try-out's link."""
    request.session[TRY_OUT] = True


def needs_no_second_factor(request: HttpRequest) -> bool:
    """Whether this sign-in came from a try-out's link; nothing but a try-out honours that."""
    return settings.INSTALLATION.try_out and bool(request.session.get(TRY_OUT))
