"""What is kept of gates: who keeps them and when, and how much waits on a device."""

from dauchan.kernel.inventory import Table

_BASIS = "prevention of infectious diseases (Law 114/2025/QH15): places record who comes and goes"

TABLES = (
    Table(
        name="gates_device",
        lifetime="as long as its credential is kept",
        purpose="which gates work, and which have not sent for hours",
        basis=_BASIS,
        columns={
            "credential_id": "none",
            "place_id": "none",
            "heard_at": "none",
            "waiting": "none",
            "oldest_waiting": "none",
            "app": "none",
        },
    ),
    Table(
        name="gates_keeper",
        lifetime="until 30 days after the retention of what they recorded",
        purpose="who answers for what a gate recorded",
        basis=_BASIS,
        columns={
            "id": "none",
            "device_id": "none",
            "name": "officer",
            "joined_at": "officer",
            "until": "none",
            "ended_at": "officer",
        },
    ),
    Table(
        name="gates_joincode",
        lifetime="15 minutes; the row a day longer",
        purpose="letting a phone or a keeper join a gate",
        basis=_BASIS,
        columns={
            "id": "none",
            "kind": "none",
            "code_hash": "secret",
            "place_id": "none",
            "device_id": "none",
            "name": "none",
            "until": "none",
            "takes_paper": "none",
            "made_by_id": "officer",
            "made_at": "none",
            "expires_at": "none",
            "used_at": "none",
        },
    ),
    Table(
        name="gates_shift",
        lifetime="until 30 days after the retention of what was recorded in it",
        purpose="who had a gate's device in hand when",
        basis=_BASIS,
        columns={"id": "none", "keeper_id": "officer", "began_at": "officer", "ended_at": "officer"},
    ),
)
