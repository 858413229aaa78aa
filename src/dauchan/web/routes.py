"""The route table: every HTTP route of this installation, who may use it and what kind of data it shows.

Deny by default: `web.middleware` refuses a route that has no row here, and a house test refuses a row without a route.

A row is found by the URL name (`resolver_match.view_name`) and the method:

- a page: its URL name, with namespace if any (`"place-list"`, `"places:detail"`)
- a JSON operation: `"api:<url name>"`; two operations on one path share the name of the first, with one row a method
- the fast lane: `"lane:<path>"`, answered by `visits.gateway` before Django

`permission` is one of
- `"public"` anyone; `"signed-in"` any active officer
- `"citizen"` anyone, but only a citizen's signed-in phone sees something, its own (the view checks it)
- `"credential:<scope>"` a gate's or integrator's token with that scope (the view or lane checks it)
- a name of `accounts.rules.PERMISSIONS`, or several joined by `|`: an officer who holds one anywhere today.
  How far it reaches is the view's own question to `visible_to` or `require`; `scope` says about which noun.
"""

from collections.abc import Iterable

from dauchan.web.rollout_routes import ROLLOUT_ROUTES
from dauchan.web.route import ACT, CITIZEN, FORM, PAGE, PUBLIC, SIGNED_IN, Route

ROUTES: tuple[Route, ...] = (
    # --- accounts: signing in -------------------------------------------------------------------------------------
    Route("account_login", FORM, PUBLIC),
    Route("account_logout", FORM, PUBLIC),
    Route("account_reauthenticate", FORM, SIGNED_IN, "officer", "self"),
    Route("account_change_password", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_authenticate", FORM, PUBLIC),
    Route("mfa_login_webauthn", FORM, PUBLIC),
    Route("mfa_reauthenticate", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_reauthenticate_webauthn", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_index", PAGE, SIGNED_IN, "officer", "self"),
    Route("mfa_activate_totp", FORM, SIGNED_IN, "secret", "self"),
    Route("mfa_deactivate_totp", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_list_webauthn", PAGE, SIGNED_IN, "officer", "self"),
    Route("mfa_add_webauthn", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_remove_webauthn", FORM, SIGNED_IN, "officer", "self"),
    Route("mfa_view_recovery_codes", PAGE, SIGNED_IN, "secret", "self"),
    Route("mfa_generate_recovery_codes", FORM, SIGNED_IN, "secret", "self"),
    Route("accounts:accept", FORM, PUBLIC, "officer"),
    Route("accounts:enter-code", FORM, PUBLIC),
    Route("accounts:shared", ACT, SIGNED_IN, "none", "self"),
    Route("accounts:here", FORM, SIGNED_IN, "none", "self"),
    Route("accounts:unlocked", PAGE, SIGNED_IN, "none", "self"),
    # --- accounts: officers, credentials, audit -------------------------------------------------------------------
    Route("accounts:admin", PAGE, "officer.manage|credential.manage|audit.view|keys.manage", "none"),
    Route("accounts:officers", FORM, "officer.manage", "officer", "unit"),
    Route("accounts:invite", FORM, "officer.manage", "officer", "unit"),
    Route("accounts:officer", PAGE, "officer.manage", "officer", "unit"),
    Route("accounts:grant", ACT, "officer.manage", "officer", "unit"),
    Route("accounts:end-role", ACT, "officer.manage", "officer", "unit"),
    Route("accounts:switch-off", ACT, "officer.manage", "officer", "unit"),
    Route("accounts:switch-on", ACT, "officer.manage", "officer", "unit"),
    Route("accounts:reset", ACT, "officer.manage", "secret", "unit"),
    Route("accounts:recoveries", FORM, "officer.manage|agency.edit", "officer", "none"),
    Route("accounts:decide-recovery", ACT, SIGNED_IN, "secret", "self"),
    Route("accounts:revoke-link", ACT, "officer.manage", "officer", "unit"),
    Route("accounts:credentials", FORM, "credential.manage", "secret", "unit"),
    Route("accounts:revoke-credential", ACT, "credential.manage", "officer", "unit"),
    Route("accounts:audit", PAGE, "audit.view", "officer", "unit"),
    # --- web: desk, public pages ----------------------------------------------------------------------------------
    Route("home", PAGE, "public"),
    Route("desk", PAGE, "signed-in", "officer", "self"),
    Route("rollout", PAGE, "rollout.view", "none", "unit"),
    Route("try-out", FORM, "public", "officer"),
    Route("try-out-phone", PAGE, "public"),
    Route("health", PAGE, "public"),
    Route("set_language", ACT, "public"),
    # --- units ----------------------------------------------------------------------------------------------------
    Route("units:browse", PAGE, PUBLIC),
    Route("units:suggest", PAGE, PUBLIC),
    Route("units:unit", PAGE, PUBLIC),
    Route("units:outlines", PAGE, PUBLIC),
    Route("api:units", PAGE, PUBLIC),
    Route("api:unit", PAGE, PUBLIC),
    # --- people ---------------------------------------------------------------------------------------------------
    Route("people:find", FORM, "person.register", "pseudonym", "person"),
    Route("people:register", FORM, "person.register", "identity", "person"),
    Route("people:proposals", PAGE, "person.register", "pseudonym", "person"),
    Route("people:decide-proposal", ACT, "person.register", "pseudonym", "person"),
    Route("people:speak-code", FORM, "person.register", "secret", "person"),
    Route("people:erase", FORM, "person.erase", "pseudonym", "person"),
    Route("people:person", PAGE, "person.register", "pseudonym", "person"),
    Route("people:card", FORM, "person.register", "pseudonym", "person"),
    Route("people:reissue", ACT, "person.register", "pseudonym", "person"),
    Route("people:standing", FORM, "person.standing", "health", "person"),
    Route("people:merge", ACT, "person.register", "pseudonym", "person"),
    Route("people:part", ACT, "person.register", "pseudonym", "person"),
    Route("api:people", ACT, "credential:people:register", "identity", "person"),
    Route("api:find-people", ACT, "person.register", "pseudonym", "person"),
    # --- places ---------------------------------------------------------------------------------------------------
    Route("places:list", PAGE, "place.view", "none", "place"),
    Route("places:new", FORM, "place.edit", "contact", "unit"),
    Route("places:approve-all", ACT, "place.approve", "none", "place"),
    Route("places:on-map", PAGE, "place.view", "none", "place"),
    Route("places:export", PAGE, "place.view", "contact", "place"),
    Route("places:posters", PAGE, "place.view", "none", "place"),
    Route("places:imports", FORM, "place.import", "contact", "self"),
    Route("places:import-template", PAGE, "place.import"),
    Route("places:import-run", FORM, "place.import", "contact", "self"),
    Route("places:import-progress", PAGE, "place.import", "none", "self"),
    Route("places:import-start", ACT, "place.import", "none", "self"),
    Route("places:import-faults", PAGE, "place.import", "contact", "self"),
    Route("places:place", PAGE, "place.view", "contact", "place"),
    Route("places:edit", FORM, "place.edit", "contact", "place"),
    Route("places:step", ACT, "place.approve", "none", "place"),
    Route("places:add-point", ACT, "place.edit", "none", "place"),
    Route("places:point-step", ACT, "place.edit", "none", "place"),
    Route("places:close-report", ACT, "place.edit", "none", "place"),
    Route("places:poster", PAGE, "place.view", "none", "place"),
    Route("places:paper", PAGE, "place.view", "none", "place"),
    Route("api:places", PAGE, "place.view", "none", "place"),
    Route("api:places", ACT, "credential:places:register", "contact", "place"),
    Route("api:place", PAGE, "place.view", "none", "place"),
    # --- visits ---------------------------------------------------------------------------------------------------
    Route("visits:kept", PAGE, "scan.review", "location", "place"),
    Route("visits:type-in", FORM, "place.edit", "identity", "place"),
    Route("visits:decide", ACT, "scan.review", "location", "place"),
    # --- citizens -------------------------------------------------------------------------------------------------
    Route("citizens:place", FORM, CITIZEN, "location", "self"),
    Route("citizens:give-code", ACT, CITIZEN, "location", "self"),
    Route("citizens:report-poster", FORM, PUBLIC),
    Route("citizens:lower-code", PAGE, PUBLIC),
    Route("citizens:sign-in", FORM, PUBLIC),
    Route("citizens:me", PAGE, CITIZEN, "location", "self"),
    Route("citizens:pass", FORM, CITIZEN, "pseudonym", "self"),
    Route("citizens:certificate", ACT, CITIZEN, "pseudonym", "self"),
    Route("citizens:pass-pdf", PAGE, CITIZEN, "pseudonym", "self"),
    Route("citizens:visits", PAGE, CITIZEN, "location", "self"),
    Route("citizens:looks", PAGE, CITIZEN, "officer", "self"),
    Route("citizens:identity", FORM, CITIZEN, "identity", "self"),
    Route("citizens:prove", FORM, CITIZEN, "identity", "self"),
    Route("citizens:data", PAGE, CITIZEN, "none", "self"),
    Route("citizens:take-data", PAGE, CITIZEN, "identity", "self"),
    Route("citizens:household", PAGE, CITIZEN, "identity", "self"),
    Route("citizens:add-member", FORM, CITIZEN, "identity", "self"),
    Route("citizens:member", FORM, CITIZEN, "location", "self"),
    Route("citizens:member-card", PAGE, CITIZEN, "pseudonym", "self"),
    Route("citizens:end-care", ACT, CITIZEN, "none", "self"),
    Route("citizens:requests", FORM, CITIZEN, "identity", "self"),
    Route("citizens:request-desk", PAGE, "person.erase", "identity", "person"),
    Route("citizens:request-act", ACT, "person.erase", "identity", "person"),
    Route("citizens:sign-out", ACT, CITIZEN, "none", "self"),
    # --- gates ----------------------------------------------------------------------------------------------------
    Route("gates:devices", FORM, "place.edit", "officer", "place"),
    Route("gates:add-keeper", ACT, "place.edit", "officer", "place"),
    Route("gates:revoke", ACT, "place.edit", "officer", "place"),
    Route("gates:end-keeper", ACT, "place.edit", "officer", "place"),
    Route("gates:slow", PAGE, "place.view", "none", "place"),
    Route("gates:app", PAGE, PUBLIC),
    Route("gates:pass", PAGE, PUBLIC),
    Route("gates:inspect", PAGE, PUBLIC),
    Route("gates:manifest", PAGE, PUBLIC),
    Route("gates:worker", PAGE, PUBLIC),
    Route("gates:decoder", PAGE, PUBLIC),
    Route("api:gate-join", ACT, PUBLIC, "officer"),
    Route("api:gate-here", PAGE, "credential:scans:write", "officer", "place"),
    Route("api:gate-ended", PAGE, "credential:scans:write"),
    Route("api:gate-face", ACT, "credential:scans:write", "health", "person"),
    Route("api:gate-code", ACT, "credential:scans:write", "secret", "person"),
    Route("api:gate-screen", PAGE, "credential:scans:write", "none", "place"),
    Route("api:gate-shifts", ACT, "credential:scans:write", "officer", "place"),
    Route("api:gate-waiting", ACT, "credential:scans:write", "none", "place"),
    # --- notify ---------------------------------------------------------------------------------------------------
    Route("api:sms-status", ACT, "credential:messages:status", "pseudonym"),
    # --- owners ---------------------------------------------------------------------------------------------------
    Route("owners:places", PAGE, CITIZEN, "location", "self"),
    Route("owners:register", FORM, CITIZEN, "location", "self"),
    Route("owners:place", PAGE, CITIZEN, "location", "self"),
    Route("owners:edit", FORM, CITIZEN, "location", "self"),
    Route("owners:poster", PAGE, CITIZEN, "none", "self"),
    Route("owners:paper", PAGE, CITIZEN, "none", "self"),
    Route("owners:type-in", FORM, CITIZEN, "identity", "self"),
    Route("owners:visitors", PAGE, CITIZEN, "pseudonym", "self"),
    Route("owners:hand-over", FORM, CITIZEN, "location", "self"),
    Route("owners:devices", FORM, CITIZEN, "officer", "self"),
    Route("owners:act-on-device", ACT, CITIZEN, "officer", "self"),
    Route("owners:staff", FORM, CITIZEN, "contact", "self"),
    Route("owners:end-staff", ACT, CITIZEN, "contact", "self"),
    Route("owners:renew-poster", ACT, CITIZEN, "none", "self"),
    Route("owners:close-report", ACT, CITIZEN, "none", "self"),
    Route("owners:handed-over", PAGE, "case.view", "location", "place"),
    Route("owners:take", ACT, "case.view", "location", "place"),
    # --- cases ----------------------------------------------------------------------------------------------------
    Route("cases:list", PAGE, "case.view", "health", "case"),
    Route("cases:decide-milestone", ACT, "case.edit", "health", "case"),
    Route("cases:share", ACT, "case.edit", "health", "case"),
    # --- tracing --------------------------------------------------------------------------------------------------
    Route("tracing:new-case", FORM, "case.confirm", "health", "unit"),
    Route("tracing:case", PAGE, "case.view", "health", "case"),
    Route("tracing:contacts", PAGE, "case.view", "health", "case"),
    Route("tracing:contacts", ACT, "person.reveal", "identity", "case"),
    Route("tracing:tell-contact", FORM, "contact.decide", "health", "case"),
    Route("tracing:regrade", ACT, "contact.decide", "health", "case"),
    Route("tracing:milestones", FORM, "case.view", "location", "case"),
    Route("tracing:tell-milestone", FORM, "case.edit", "location", "case"),
    Route("tracing:sources", PAGE, "case.view", "health", "case"),
    Route("tracing:log", PAGE, "case.view", "officer", "case"),
    Route("tracing:revise", FORM, "case.edit", "health", "case"),
    Route("tracing:reveal-case", FORM, "person.reveal", "identity", "case"),
    Route("tracing:propose", ACT, "trace.propose", "health", "case"),
    Route("tracing:progress", PAGE, "case.view", "none", "case"),
    Route("tracing:decide", ACT, "contact.decide", "health", "case"),
    Route("tracing:undo", ACT, "contact.decide", "health", "case"),
    Route("tracing:evidence", PAGE, "case.view", "location", "case"),
    Route("tracing:reveal-proposal", FORM, "person.reveal", "identity", "case"),
    Route("tracing:export", PAGE, "case.view", "health", "case"),
    Route("tracing:holds", FORM, "case.hold", "health", "case"),
    Route("tracing:hold", PAGE, "case.hold", "location", "case"),
    Route("tracing:end-hold", ACT, "case.hold", "health", "case"),
    Route("tracing:ask-release", FORM, "case.release", "health", "case"),
    Route("tracing:my-contacts", PAGE, "case.view", "health", "contact"),
    Route("tracing:contact", PAGE, "case.view", "location", "contact"),
    Route("tracing:reveal-contact", FORM, "person.reveal", "identity", "contact"),
    Route("tracing:releases", FORM, "case.release", "health", "case"),
    Route("tracing:release", PAGE, "case.release", "health", "case"),
    Route("tracing:decide-release", ACT, "case.approve_release", "health", "case"),
    Route("tracing:sheet", ACT, "case.release", "identity", "case"),
    Route("tracing:spreadsheet", ACT, "case.release", "identity", "case"),
    Route("api:cases", ACT, "case.confirm", "health", "unit"),
    Route("api:case", PAGE, "case.view", "health", "case"),
    Route("api:propose", ACT, "trace.propose", "health", "case"),
    Route("api:run", PAGE, "case.view", "none", "case"),
    Route("api:proposals", PAGE, "case.view", "location", "case"),
    Route("api:decisions", ACT, "contact.decide", "health", "case"),
    Route("api:undo-decision", ACT, "contact.decide", "health", "case"),
    # --- JSON API -------------------------------------------------------------------------------------------------
    Route("api:api-root", PAGE, PUBLIC),
    Route("api:openapi-json", PAGE, "public"),
    Route("api:installation", PAGE, "public"),
    # --- fast lane ------------------------------------------------------------------------------------------------
    Route("lane:/api/v1/scans", ACT, "credential:scans:write", "location"),
    *ROLLOUT_ROUTES,
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

SECOND_FACTOR_PAGES = frozenset(
    {
        "account_reauthenticate",
        "account_change_password",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "accounts:shared",
        "accounts:here",
    }
)
"""Where an officer who still lacks the second factor may go; every other page sends them to `mfa_index`."""


UNLOCKING_PAGES = frozenset(
    {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "accounts:here", "account_logout"}
)
"""Where a locked session may go; every other page sends it to prove again who it is."""


def route_for(name: str, method: str) -> Route | None:
    """The row that governs a request, or none: then it is refused."""
    return _TABLE.get((name, method))


def methods_of(name: str) -> frozenset[str]:
    """The methods that the table knows for a route name; empty for a route that is not in it."""
    return _METHODS.get(name, frozenset())


_METHODS = {name: frozenset(m for n, m in _TABLE if n == name) for name, _ in _TABLE}
