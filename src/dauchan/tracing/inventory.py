"""What tracing keeps of people: whose contact somebody may be or is; where and when only as sealed evidence."""

from collections.abc import Mapping

from dauchan.kernel.inventory import DataClass, Table

_BASIS = "Law on prevention and control of infectious diseases (2007): surveillance and contact tracing"
_WITH_CASE = "as long as the case; evidence until the case's key is destroyed"

_PERSON_OF_CASE: Mapping[str, DataClass] = {"id": "none", "case_id": "pseudonym", "person_id": "pseudonym"}
_EVIDENCE: Mapping[str, DataClass] = {
    "generation": "health",
    "evidence_class": "health",
    "certain_minutes": "health",
    "possible_minutes": "health",
    "residence_id": "location",
    "evidence": "location",
    "ruleset": "none",
    "mark": "none",
}

TABLES = (
    Table(
        name="tracing_run",
        lifetime="as long as the case",
        purpose="which engine runs were made for a case, with counts",
        basis=_BASIS,
        columns={
            "id": "none",
            "case_id": "pseudonym",
            "at": "none",
            "by_id": "officer",
            "generations": "none",
            "basis": "none",
            "state": "none",
            "finished_at": "none",
            "ruleset": "none",
            "found": "none",
            "written": "none",
            "added": "none",
            "changed": "none",
            "dropped": "none",
            "kept": "none",
        },
    ),
    Table(
        name="tracing_venuegroup",
        lifetime=_WITH_CASE,
        purpose="crowds met by a case, told as one",
        basis=_BASIS,
        columns={"id": "none", "case_id": "pseudonym", "key": "pseudonym", "people": "none", "evidence": "location"},
    ),
    Table(
        name="tracing_proposal",
        lifetime=_WITH_CASE,
        purpose="people the engine found for a case, for an officer to decide on",
        basis=_BASIS,
        columns={
            **_PERSON_OF_CASE,
            **_EVIDENCE,
            "weak": "health",
            "basis": "none",
            "cumulative_minutes": "health",
            "rank": "health",
            "facets": "pseudonym",
            "fingerprint": "pseudonym",
            "group_id": "pseudonym",
            "decided": "none",
            "found_at": "none",
        },
    ),
    Table(
        name="tracing_contact",
        lifetime=_WITH_CASE,
        purpose="decisions on the contacts of a case",
        basis=_BASIS,
        columns={
            **_PERSON_OF_CASE,
            **_EVIDENCE,
            "grade": "health",
            "source": "none",
            "assigned_unit_id": "none",
            "told": "location",
            "decided_by_id": "officer",
            "decided_at": "none",
        },
    ),
    Table(
        name="tracing_decisionbatch",
        lifetime="as long as the case",
        purpose="who decided on how many people, and what was taken back",
        basis=_BASIS,
        columns={
            "id": "none",
            "case_id": "pseudonym",
            "by_id": "officer",
            "at": "none",
            "grade": "none",
            "people": "none",
            "undone_by_id": "officer",
            "undone_at": "none",
        },
    ),
    Table(
        name="tracing_decision",
        lifetime="as long as the case",
        purpose="what each person of a decision was before, to take it back",
        basis=_BASIS,
        columns={"id": "none", "batch_id": "pseudonym", "person_id": "pseudonym", "before": "health"},
    ),
    Table(
        name="tracing_declaredoutbreak",
        lifetime="kept for good: it explains why releases were approved afterwards",
        purpose="declared outbreaks by unit and document",
        basis=_BASIS,
        columns={
            "id": "none",
            "unit_id": "none",
            "reference": "none",
            "declared_on": "none",
            "ended_on": "none",
            "recorded_by_id": "officer",
        },
    ),
    Table(
        name="tracing_release",
        lifetime="as long as the case; it is the proof of who received which call sheet",
        purpose="call sheets that left the house",
        basis=_BASIS,
        columns={
            "id": "none",
            "case_id": "pseudonym",
            "requested_by_id": "officer",
            "requested_at": "none",
            "recipient": "officer",
            "purpose": "none",
            "people": "none",
            "state": "none",
            "marker": "none",
            "approve_before": "none",
            "approved_by_id": "officer",
            "approved_at": "none",
        },
    ),
    Table(
        name="tracing_releasedcontact",
        lifetime="as long as the release",
        purpose="which contacts stood on a call sheet",
        basis=_BASIS,
        columns={"id": "none", "release_id": "none", "contact_id": "pseudonym"},
    ),
)
