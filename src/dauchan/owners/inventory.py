"""What is kept of who looks after a place, and of owners' words to the health authority."""

from dauchan.kernel.inventory import Table

TABLES = (
    Table(
        name="owners_staff",
        lifetime="until 30 days after the right is over; name and number go with the person's key when they are erased",
        purpose="who looks after a place besides its owner, until when",
        basis="prevention of infectious diseases (Law 114/2025/QH15): places record who comes and goes",
        columns={
            "id": "none",
            "place_id": "none",
            "person_id": "pseudonym",
            "sealed": "contact",
            "given_at": "none",
            "until": "none",
            "ended_at": "none",
        },
    ),
    Table(
        name="owners_handover",
        lifetime="with the place; the person who made it goes when they are erased",
        purpose="an owner asks the health authority to look at a place and time",
        basis="prevention of infectious diseases (Law 114/2025/QH15)",
        columns={
            "id": "none",
            "receipt": "none",
            "place_id": "location",
            "by_id": "pseudonym",
            "begins": "location",
            "ends": "location",
            "reason": "health",
            "made_at": "none",
            "taken_at": "officer",
            "taken_by_id": "officer",
        },
    ),
    Table(
        name="owners_word",
        lifetime="30 days",
        purpose="what an officer asks the owner of a place to mend",
        basis="prevention of infectious diseases (Law 114/2025/QH15)",
        columns={"id": "none", "place_id": "none", "words": "none", "told_at": "none", "told_by_id": "officer"},
    ),
)
