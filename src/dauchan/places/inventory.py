"""What this slice keeps about people: who owns a place (by the register's id) and what officers did."""

from dauchan.kernel.inventory import Table

_WHILE = "as long as the place is registered; closed places are kept while visits there can be read"
_SETTINGS = "kept for good: how long people stay, so that visits of any day come out the same"
_BASIS = "duty of places to record visitors in an outbreak (Law on Disease Prevention; letter 1324/BTTTT-THH of 2021)"

TABLES = (
    Table(
        name="places_category",
        lifetime=_SETTINGS,
        purpose="settings of places",
        basis="no personal data",
        columns=dict.fromkeys(("id", "code", "name_vi", "name_en", "is_indoor", "sector", "position"), "none"),
    ),
    Table(
        name="places_categorystay",
        lifetime=_SETTINGS,
        purpose="how long people stay in a setting, by date",
        basis="no personal data",
        columns=dict.fromkeys(
            (
                "id",
                "category_id",
                "valid_from",
                "valid_to",
                "default_stay_minutes",
                "longest_stay_minutes",
                "source",
            ),
            "none",
        ),
    ),
    Table(
        name="places_place",
        lifetime=_WHILE,
        purpose="where visits are recorded",
        basis=_BASIS,
        columns={
            "id": "none",
            "name": "none",
            "category_id": "none",
            "unit_id": "none",
            "address": "none",
            "latitude": "none",
            "longitude": "none",
            "owner_id": "pseudonym",
            "agency_id": "none",
            "capacity": "none",
            "opening_hours": "none",
            "external_source": "none",
            "external_code": "none",
            "state": "none",
            "search_key": "none",
            "sort_key": "none",
            "created_at": "none",
            "updated_at": "none",
        },
    ),
    Table(
        name="places_placeperiod",
        lifetime=_WHILE,
        purpose="a place's setting and opening hours, by date",
        basis="no personal data",
        columns=dict.fromkeys(("id", "place_id", "valid_from", "valid_to", "category_id", "opening_hours"), "none"),
    ),
    Table(
        name="places_point",
        lifetime=_WHILE,
        purpose="gates, floors, rooms and vehicles of a place, and their codes",
        basis="no personal data",
        columns=dict.fromkeys(
            (
                "id",
                "place_id",
                "number",
                "name",
                "kind",
                "direction",
                "external_code",
                "active_from",
                "active_to",
                "serial",
                "needs_poster",
            ),
            "none",
        ),
    ),
    Table(
        name="places_posterreport",
        lifetime=_WHILE,
        purpose="posters that hang where they do not belong; nothing of who told",
        basis="no personal data",
        columns=dict.fromkeys(
            ("id", "point_id", "serial", "count", "first_at", "last_at", "closed_at", "note"), "none"
        ),
    ),
    Table(
        name="places_placechange",
        lifetime=_WHILE,
        purpose="what was done to a place, by whom and why",
        basis="accountability of officers",
        columns={
            "id": "none",
            "place_id": "none",
            "at": "none",
            "by_officer_id": "officer",
            "by_credential_id": "officer",
            "event": "none",
            "from_state": "none",
            "to_state": "none",
            "reason": "none",
            "fields": "none",
        },
    ),
    Table(
        name="places_scanshare",
        lifetime=_WHILE,
        purpose="which share of visitors scans, so that a short contact list is not read as safety",
        basis="no personal data",
        columns=dict.fromkeys(
            ("id", "place_id", "unit_id", "category_id", "share", "low", "high", "counted", "as_of", "basis"), "none"
        ),
    ),
    Table(
        name="places_importrun",
        lifetime="30 days; the file itself, encrypted, until it is brought in, 24 hours at most",
        purpose="bringing in files of places",
        basis=_BASIS,
        columns={
            "id": "none",
            "officer_id": "officer",
            "file_name": "none",
            "content": "contact",
            "mapping": "none",
            "mode": "none",
            "state": "none",
            "lines": "none",
            "lines_done": "none",
            "created": "none",
            "matched": "none",
            "updated": "none",
            "failed": "none",
            "started_at": "none",
            "finished_at": "none",
            "expires_at": "none",
        },
    ),
    Table(
        name="places_importfault",
        lifetime="30 days, with its run",
        purpose="which lines of a file could not be taken, and why",
        basis=_BASIS,
        columns={
            "id": "none",
            "run_id": "none",
            "line": "none",
            "column": "none",
            "reason_vi": "contact",
            "reason_en": "contact",
        },
    ),
)
