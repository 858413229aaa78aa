"""The hosts that this installation had before: posters that show them hang for years and can't be called back.

On an old host the page behind a code answers, with what it needs; everything else leads to the present host. Scans are
taken on every host: the fast lane answers before Django.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.urls import reverse

Handler = Callable[[HttpRequest], HttpResponse]
POSTERS = ("/P/", "/p/")


class OldHostMiddleware:
    """Leads from an old host to the present one, for a while: an old host may be taken up again.

    It stands behind the static files, since the page behind a code loads its own from where it was opened.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_old(request) or _answers_everywhere(request):
            return self.get_response(request)
        scheme = "https" if settings.BEHIND_TLS else request.scheme
        there = f"{scheme}://{settings.INSTALLATION.public_host}{request.get_full_path()}"
        return HttpResponseRedirect(there, preserve_request=True)


def _is_old(request: HttpRequest) -> bool:
    """Whether the request came to an old host.

    raises   DisallowedHost, when it is none of this installation's at all
    """
    domain, _port = split_domain_port(request.get_host())
    return domain in settings.INSTALLATION.old_hosts


def _answers_everywhere(request: HttpRequest) -> bool:
    """The pages behind codes with what is recorded there, and their switch of language."""
    if request.path == reverse("set_language"):
        return request.method == "POST"
    return request.path.startswith(POSTERS)
