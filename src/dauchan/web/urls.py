"""Every address of the pages: the house's own, then each slice's."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from dauchan.web import rollout, try_out, views
from dauchan.web.api import api

SLICES = (
    *("accounts", "units", "people", "places", "visits", "citizens", "gates", "owners", "cases", "tracing"),
    *("agencies", "registers", "inspections", "guides", "coverage", "directives", "reports"),
)


def _slices() -> list[URLPattern | URLResolver]:
    """Each slice's own urls.py, mounted at the root: slices choose their words themselves."""
    return [path("", include(f"dauchan.{name}.urls")) for name in SLICES if find_spec(f"dauchan.{name}.urls")]


urlpatterns = [
    path("", views.home, name="home"),
    path("ban-lam-viec", views.desk, name="desk"),
    path("trien-khai", rollout.morning, name="rollout"),
    path("vao-thu/tin-nhan", try_out.phone, name="try-out-phone"),
    path("vao-thu/<slug:token>", try_out.enter, name="try-out"),
    path("healthz", views.health, name="health"),
    path("ngon-ngu", set_language, name="set_language"),
    path("api/v1/", api.urls),
    *_slices(),
]

handler400 = "dauchan.web.problems.bad_request"
handler403 = "dauchan.web.problems.forbidden"
handler404 = "dauchan.web.problems.not_found"
handler500 = "dauchan.web.problems.crashed"
