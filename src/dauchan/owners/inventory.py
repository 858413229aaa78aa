"""What is kept of owners' words to the health authority."""

from dauchan.kernel.inventory import Table

TABLES = (
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
)
