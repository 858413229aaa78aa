"""The gate app's shell, its manifest and its service worker: the same for everybody, nothing of anybody in it.

The worker's scope is /app/: pages of the desk and of citizens are never controlled by it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import ensure_csrf_cookie

from dauchan.gates.texts import texts

LANGUAGES = ("vi", "en")
KEPT = ("gate.js", "gate.css", "mark.svg", "zxing_reader.wasm")
"""What the app needs from the built front end, beside its shell."""
APP = {"script-src": ["'wasm-unsafe-eval'"], "worker-src": ["'self'"]}
"""What the app needs beside the policy of all pages: a decoder in WebAssembly, in a worker of its own."""


@ensure_csrf_cookie
@csp_update(APP)
@cache_control(no_cache=True)
def app(request: HttpRequest) -> HttpResponse:
    """The shell of all starts, gate, pass and inspection: texts in every language, and where its files are."""
    files = {name: static(f"built/{name}") for name in KEPT} | {"decoder.js": _decoder()}
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = texts()
    told = {
        "texts": said,
        "files": files,
        "worker": reverse("gates:worker"),
        "version": _version(),
        "pass": reverse("gates:pass"),
        "certificate": reverse("citizens:certificate"),
        "sign_in": f"{reverse('citizens:sign-in')}?next={reverse('gates:pass')}",
        "prove": f"{reverse('citizens:prove')}?next={reverse('gates:pass')}",
        "mine": reverse("citizens:me"),
        "inspect": reverse("gates:inspect"),
        "officer_sign_in": f"{settings.LOGIN_URL}?next={reverse('gates:inspect')}",
    }
    shown = {"told": told, "icon": files["mark.svg"], "style": files["gate.css"], "script": files["gate.js"]}
    return render(request, "gates/app.html", shown)


@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the app installable."""
    icon = {"src": static("built/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    told = {
        "name": _("Dấu Chân: cổng"),
        "short_name": "Dấu Chân",
        "start_url": reverse("gates:app"),
        "scope": "/app/",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f5f7f8",
        "theme_color": "#0b5563",
        "icons": [icon],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps: another version of the app is another worker."""
    own = [reverse(f"gates:{name}") for name in ("app", "pass", "inspect", "manifest")]
    kept = [*own, _decoder(), *(static(f"built/{name}") for name in KEPT)]
    told = json.dumps({"version": _version(), "kept": kept})
    code = f"self.TOLD = {told};\n{_built('sw.js')}"
    return HttpResponse(code, content_type="text/javascript", headers={"Service-Worker-Allowed": "/app/"})


@csp_update(APP)
@cache_control(no_cache=True)
def decoder(request: HttpRequest) -> HttpResponse:
    """The decoder's worker, from here and not from the static files: a worker lives under its own answer's policy."""
    return HttpResponse(_built("decoder.js"), content_type="text/javascript")


def _decoder() -> str:
    """Its address holds the version, so that a page of an older one goes on with its own."""
    return f"{reverse('gates:decoder')}?{_version()}"


def _built(name: str) -> str:
    return Path(staticfiles_storage.path(f"built/{name}")).read_text("utf-8")


def _version() -> str:
    """One for each state of the app: its files' addresses hold their hashes, and its texts are in the shell."""
    parts: list[Any] = [[static(f"built/{name}") for name in (*KEPT, "decoder.js", "sw.js")]]
    for language in LANGUAGES:
        with translation.override(language):
            parts.append(texts())
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12]
