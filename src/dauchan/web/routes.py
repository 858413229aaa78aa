"""The route table: every HTTP route of this installation, who may use it and what kind of data it shows.

Deny by default: `web.middleware` refuses a route that has no row here, and a house test refuses a row without a route.

A row is found by the URL name (`resolver_match.view_name`) and the method:

- a page: its URL name, with namespace if any (`"place-list"`, `"places:detail"`)
- a JSON operation: `"api:<url name>"`; two operations on one path share the name of the first, with one row a method
- the fast lane: `"lane:<path>"`, answered by `visits.gateway` before Django

`permission` is one of
- `"public"` anyone; `"signed-in"` any active officer; `"citizen"` a person by a citizen's ticket (the view checks it)
- `"credential:<scope>"` a gate's or integrator's token with that scope (the view or lane checks it)
- a name of `accounts.rules.PERMISSIONS`: an officer who holds it anywhere today. How far it reaches is the view's
  own question to `visible_to` or `require`, and `scope` says which noun it asks about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SAFE = ("GET", "HEAD", "OPTIONS")
PAGE = SAFE
FORM = (*SAFE, "POST")
ACT = ("POST",)


@dataclass(frozen=True)
class Route:
    """One row: a route, its methods, who may use it.

    data_class  what it can show: none | identity | health | location | contact | pseudonym | officer | secret
    scope       the noun whose scope the view checks: none | self | unit | place | person | case | contact
    """

    name: str
    methods: tuple[str, ...]
    permission: str
    data_class: str = "none"
    scope: str = "none"


ROUTES: tuple[Route, ...] = (
    # --- accounts: signing in -------------------------------------------------------------------------------------
    # --- accounts: officers, credentials, audit -------------------------------------------------------------------
    # --- web: desk, public pages ----------------------------------------------------------------------------------
    Route("home", PAGE, "public"),
    Route("desk", PAGE, "signed-in", "officer", "self"),
    Route("health", PAGE, "public"),
    Route("set_language", ACT, "public"),
    # --- units ----------------------------------------------------------------------------------------------------
    # --- people ---------------------------------------------------------------------------------------------------
    # --- places ---------------------------------------------------------------------------------------------------
    # --- visits ---------------------------------------------------------------------------------------------------
    # --- cases ----------------------------------------------------------------------------------------------------
    # --- tracing --------------------------------------------------------------------------------------------------
    # --- JSON API -------------------------------------------------------------------------------------------------
    Route("api:openapi-json", PAGE, "public"),
    # --- fast lane ------------------------------------------------------------------------------------------------
    Route("lane:/api/v1/scans", ACT, "credential:scans:write", "location"),
)


def by_name_and_method(routes: Iterable[Route]) -> dict[tuple[str, str], Route]:
    """The table as a look-up.

    raises  ValueError when two rows speak about the same method of one name
    """
    found: dict[tuple[str, str], Route] = {}
    for route in routes:
        for method in route.methods:
            if (route.name, method) in found:
                raise ValueError(f"two rows of the route table for {method} {route.name}")
            found[route.name, method] = route
    return found


_TABLE = by_name_and_method(ROUTES)


def route_for(name: str, method: str) -> Route | None:
    """The row that governs a request, or none: then it is refused."""
    return _TABLE.get((name, method))
