"""What this slice keeps: messages until they are over, and budgets until they are full again."""

from dauchan.kernel.inventory import Table

TABLES = (
    Table(
        name="notify_message",
        lifetime="recipient and text until it is over, minutes or two days (invitations); the row without them 7 days",
        purpose="sending one-time codes, notices, and invitations of officers",
        basis="steps that the person asked for; officers' duties; Law 114/2025/QH15 (infectious diseases)",
        columns={
            "id": "none",
            "purpose": "none",
            "channel": "none",
            "sealed": "contact",
            "sealed_by": "none",
            "state": "none",
            "made_at": "none",
            "expires_at": "none",
            "tries": "none",
            "provider_id": "pseudonym",
            "told_at": "none",
        },
    ),
    Table(
        name="notify_budget",
        lifetime="until the budget is full again, hours at most",
        purpose="bounding what anybody can cause; of whom is a keyed hash",
        basis="security of the system",
        columns={"name_hash": "pseudonym", "tokens": "none", "at": "none", "full_at": "none"},
    ),
)
