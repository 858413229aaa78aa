"""Which citizen a browser belongs to: one cookie with a random secret, and one for whoever is just asking for a code.

Both are of no use to scripts and say nothing about anybody; what they stand for is in `people.signing_in`.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dauchan.accounts.networks import network_of
from dauchan.kernel import clock
from dauchan.people.models import Device
from dauchan.people.signing_in import CODE_LIFETIME, DEVICE_LIFETIME, Asker, SignedIn, device_of, new_secret

ME = "dc_me"
ASKED = "dc_asked"


def citizen_of(request: HttpRequest) -> Device | None:
    """The signed-in device that this request comes from."""
    if not hasattr(request, "_citizen"):
        secret = request.COOKIES.get(ME, "")
        request._citizen = device_of(secret, clock.now()) if secret else None  # type: ignore[attr-defined]  # kept for this request
    return request._citizen  # type: ignore[attr-defined, no-any-return]  # set above


def asker_of(request: HttpRequest, *, where: str = "") -> Asker:
    """Who asks for a code or gives one back; a browser that comes for the first time gets its secret now."""
    return Asker(request.COOKIES.get(ASKED) or new_secret(), network_of(request), where)


def remember_asker(response: HttpResponse, asker: Asker) -> None:
    """Bind the code that was asked for to this browser."""
    _set(response, ASKED, asker.request, seconds=int(2 * CODE_LIFETIME.total_seconds()))


def remember(response: HttpResponse, signed_in: SignedIn) -> None:
    """Keep this browser signed in."""
    _set(response, ME, signed_in.secret, seconds=int(DEVICE_LIFETIME.total_seconds()))
    response.delete_cookie(ASKED)


def forget(response: HttpResponse) -> None:
    """Sign this browser out."""
    response.delete_cookie(ME)


def _set(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, secure=settings.BEHIND_TLS, httponly=True, samesite="Lax")
