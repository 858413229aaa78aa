"""What this slice keeps of people: who was a case, when; where they were only as sealed evidence."""

from dauchan.kernel.inventory import Table

_BASIS = "Law on prevention and control of infectious diseases (2007): surveillance and contact tracing"
_LIFETIME = "as long as the law keeps records of infectious diseases; evidence until the case's key is destroyed"

TABLES = (
    Table(
        name="cases_case",
        lifetime=_LIFETIME,
        purpose="confirmed cases, their dates and infectious period",
        basis=_BASIS,
        columns={
            "id": "none",
            "code": "pseudonym",
            "year": "none",
            "number": "none",
            "person_id": "pseudonym",
            "unit_id": "none",
            "onset_on": "health",
            "sampled_on": "health",
            "confirmed_on": "health",
            "isolated_at": "health",
            "period_start": "health",
            "period_end": "health",
            "ruleset": "none",
            "override_reason": "health",
            "confirmed_by_id": "officer",
            "recorded_at": "none",
        },
    ),
    Table(
        name="cases_caseshare",
        lifetime="as long as the case",
        purpose="which other units work on a case",
        basis=_BASIS,
        columns={
            "id": "none",
            "case_id": "pseudonym",
            "unit_id": "none",
            "shared_by_id": "officer",
            "shared_at": "none",
        },
    ),
    Table(
        name="cases_casekey",
        lifetime="as long as the evidence may be read; destroying the row makes it noise",
        purpose="the wrapped key of one case's evidence",
        basis=_BASIS,
        columns={"case_id": "pseudonym", "wrapping_key": "none", "wrapped": "secret"},
    ),
    Table(
        name="cases_milestone",
        lifetime="as long as the case's key",
        purpose="places and windows of a case, for tracing and notices",
        basis=_BASIS,
        columns={
            "id": "none",
            "case_id": "pseudonym",
            "key": "pseudonym",
            "source": "none",
            "state": "none",
            "evidence": "location",
            "decided_by_id": "officer",
            "decided_at": "none",
            "recorded_at": "none",
        },
    ),
)
