"""What is kept of inspections: of places and of officers' work; visitors are a number."""

from dauchan.kernel.inventory import Table

_WHILE = "with the place; the newest of a place as long as it is registered, older ones are kept for their figures"
_BASIS = "accountability of places and officers (prevention of infectious diseases, Law 114/2025/QH15)"

TABLES = (
    Table(
        name="inspections_plan",
        lifetime="kept: a sample must be possible to draw again",
        purpose="which places of a commune were drawn by lot, from which",
        basis=_BASIS,
        columns={
            **dict.fromkeys(("id", "unit_id", "stratify", "half_width", "size", "seed", "frame", "first_day"), "none"),
            "inspector_id": "officer",
            "made_by_id": "officer",
            "made_at": "none",
        },
    ),
    Table(
        name="inspections_assignment",
        lifetime=_WHILE,
        purpose="who inspects which place on which day",
        basis=_BASIS,
        columns={
            **dict.fromkeys(("id", "plan_id", "place_id", "stratum", "day", "position", "done_at"), "none"),
            "inspector_id": "officer",
        },
    ),
    Table(
        name="inspections_inspection",
        lifetime=_WHILE,
        purpose="what was found at a place, and how many visitors scanned",
        basis=_BASIS,
        columns={
            **dict.fromkeys(("id", "client_id", "body_hash", "place_id", "assignment_id", "at", "day"), "none"),
            **dict.fromkeys(("received_at", "poster_shown", "right_size", "own_code", "readable"), "none"),
            **dict.fromkeys(("right_place", "exits_scanned", "staff_remind", "scanning", "reasons"), "none"),
            **dict.fromkeys(("note", "result", "displayed", "due_on", "is_latest", "counted_from"), "none"),
            **dict.fromkeys(("counted_to", "visitors", "seen_scans", "ledger_scans", "told_at"), "none"),
            "by_id": "officer",
            "told_by_id": "officer",
        },
    ),
)
