"""How long a sign-in lasts: one shift at most, and half an hour when nobody is there.

A session on a computer that others use too locks itself after a few minutes (`rules.SHARED_IDLE`); it goes on where it
was once its officer has proved again who they are.

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
SHARED = "shared"
LOCKED = "locked"
SEEN_STEP = timedelta(minutes=1)  # our number: one write a minute keeps the idle clock right enough


def officer_of(request: HttpRequest) -> Officer:
    """The signed-in officer: the route table lets nobody else in."""
    return cast(Officer, request.user)


def begin(request: HttpRequest, now: datetime) -> None:
    """Start the clocks of a fresh sign-in."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now.isoformat()


def end_if_over(request: HttpRequest, now: datetime, *, looks_only: bool = False) -> None:
    """Sign the officer out when the session has lasted too long or was left alone, lock it on a shared computer; else
    note that they are here, unless a page `looks_only` by itself.
    """
    if not request.user.is_authenticated:
        return
    if SIGNED_IN_AT not in request.session:
        begin(request, now)
    seen_at = datetime.fromisoformat(request.session[SEEN_AT])
    signed_in_at = datetime.fromisoformat(request.session[SIGNED_IN_AT])
    if rules.session_is_over(now, signed_in_at=signed_in_at, seen_at=seen_at):
        logout(request)
    elif is_locked(request):
        return
    elif is_shared(request) and now - seen_at >= rules.SHARED_IDLE:
        request.session[LOCKED] = True
    elif not looks_only and now - seen_at >= SEEN_STEP:
        request.session[SEEN_AT] = now.isoformat()


def share(request: HttpRequest, *, on: bool) -> None:
    """Note whether others use this computer too; a try-out's link leaves nothing to unlock with."""
    request.session[SHARED] = on


def is_shared(request: HttpRequest) -> bool:
    return bool(request.session.get(SHARED)) and not request.session.get(TRY_OUT)


def is_locked(request: HttpRequest) -> bool:
    """Whether this session waits for its officer to prove again who they are."""
    return bool(request.session.get(LOCKED))


def unlock(request: HttpRequest, now: datetime) -> None:
    """Go on: the officer has just proved who they are."""
    request.session[LOCKED] = False
    request.session[SEEN_AT] = now.isoformat()


def mark_try_out(request: HttpRequest) -> None:
    """Note that this sign-in came from a try-out's link."""
    request.session[TRY_OUT] = True


def needs_no_second_factor(request: HttpRequest) -> bool:
    """Whether this sign-in came from a try-out's link; nothing but a try-out honours that."""
    return settings.INSTALLATION.try_out and bool(request.session.get(TRY_OUT))
