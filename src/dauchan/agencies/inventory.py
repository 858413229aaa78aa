"""What this slice keeps: named officers' contacts, what they did for their agency, and sealed-off memberships."""

from collections.abc import Mapping

from dauchan.kernel.inventory import DataClass, Table

_DUTY = "duty of each agency to name an officer and declare its places (2242/UBND-KGVX, 1324/BTTTT-THH)"
_HISTORY = "as long as the agency's history; names and contacts 5 years after the term (our number)"
_NO_PERSON = "kept for good: facts about agencies"


def _columns(plain: str, marked: Mapping[str, DataClass] | None = None) -> dict[str, DataClass]:
    columns: dict[str, DataClass] = dict.fromkeys(plain.split(), "none")
    return columns | dict(marked or {})


TABLES = (
    Table(
        name="agencies_agencychange",
        lifetime=_NO_PERSON,
        purpose="what was done to an agency, by whom",
        basis=_DUTY,
        columns=_columns("id agency_id at event detail", {"by_id": "officer"}),
    ),
    Table(
        name="agencies_appointment",
        lifetime=_HISTORY,
        purpose="who is named for what at which agency, and how they are reached",
        basis=_DUTY,
        columns=_columns(
            "id agency_id duty post valid_from valid_to named_at ended_at",
            {
                "name": "officer",
                "phone": "officer",
                "email": "officer",
                "officer_id": "officer",
                "named_by_id": "officer",
            },
        ),
    ),
    Table(
        name="agencies_batch",
        lifetime="a day while it is not confirmed; then as its invitations",
        purpose="lists of officers to invite",
        basis=_DUTY,
        columns=_columns("id made_at file_name lines base_url confirmed_at", {"made_by_id": "officer"}),
    ),
    Table(
        name="agencies_fault",
        lifetime="as its list",
        purpose="what of a list could not be taken",
        basis=_DUTY,
        columns=_columns("id batch_id line column reason_vi reason_en"),
    ),
    Table(
        name="agencies_invitation",
        lifetime=_HISTORY,
        purpose="who was invited to what, how, and what became of it",
        basis=_DUTY,
        columns=_columns(
            "id batch_id line role scope_kind scope_id agency_id appointment_id until channel link_id message_id times"
            " sent_at revoked_at problem_vi problem_en",
            {"name": "officer", "email": "officer", "phone": "officer", "officer_id": "officer"},
        ),
    ),
    Table(
        name="agencies_attestation",
        lifetime=_NO_PERSON,
        purpose="an agency's word that its list of places is complete",
        basis=_DUTY,
        columns=_columns("id agency_id signed_on due_on places places_hash signed_at", {"signed_by_id": "officer"}),
    ),
    Table(
        name="agencies_handover",
        lifetime=_NO_PERSON,
        purpose="what a dissolved agency gave to its successor",
        basis=_DUTY,
        columns=_columns(
            "id receipt old_id new_id on places children guidances officers_ended officers_kept given_at taken_at",
            {"given_by_id": "officer", "taken_by_id": "officer"},
        ),
    ),
    Table(
        name="agencies_guidancegiven",
        lifetime=_NO_PERSON,
        purpose="which guidance was given to whom and how many it reached",
        basis=_DUTY,
        columns=_columns("id agency_id kind subject audience reached held_on where at", {"by_id": "officer"}),
    ),
    Table(
        name="agencies_question",
        lifetime="2 years after the answer (our number); the link to whoever asked goes with their erasure",
        purpose="answering what places want to know",
        basis="steps that the owner asked for",
        columns=_columns(
            "id place_id asked_at answered_at for_guide",
            {
                "text": "contact",
                "answer": "contact",
                "asked_by_id": "pseudonym",
                "noted_by_id": "officer",
                "answered_by_id": "officer",
            },
        ),
    ),
    Table(
        name="agencies_joincode",
        lifetime="until a new one is drawn",
        purpose="joining one's own agency",
        basis=_DUTY,
        columns=_columns("agency_id made_at", {"code": "secret"}),
    ),
    Table(
        name="agencies_membership",
        lifetime="until the person leaves, or is erased",
        purpose="counting how many of an agency's people have a pass; never listed",
        basis="consent, given by joining and withdrawn as easily",
        columns=_columns("id agency_id joined_on", {"person_id": "pseudonym"}),
    ),
    Table(
        name="agencies_agencyfile",
        lifetime="30 days",
        purpose="bringing lists of agencies in",
        basis=_DUTY,
        columns=_columns("id file_name content uploaded_at done_at created", {"officer_id": "officer"}),
    ),
)
