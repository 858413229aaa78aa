"""What this slice keeps: requests about one's own data. Codes and devices are the people slice's."""

from dauchan.kernel.inventory import Table

TABLES = (
    Table(
        name="citizens_datarequest",
        lifetime="with the person; its words can't be read once the person is erased",
        purpose="answering in time what people ask about their data",
        basis="personal data protection (Law 91/2025/QH15, Decree 356/2025/NĐ-CP)",
        columns={
            "id": "none",
            "person_id": "pseudonym",
            "kind": "none",
            "sealed": "identity",
            "made_at": "none",
            "answer_by": "none",
            "do_by": "none",
            "answered_at": "officer",
            "answered_by_id": "officer",
            "extended_at": "officer",
            "extended_why": "none",
            "closed_at": "officer",
            "closed_by_id": "officer",
            "outcome": "none",
            "outcome_why": "none",
        },
    ),
)
