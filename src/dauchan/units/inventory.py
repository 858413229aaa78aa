"""What this slice keeps: no personal data at all."""

from dauchan.kernel.inventory import Table

_PUBLIC = "published facts about the State's units; no personal data"
_LASTING = "kept for good: old units stay so that old records can be read"

TABLES = (
    Table(
        name="units_unit",
        lifetime=_LASTING,
        purpose="the dated tree of administrative units",
        basis=_PUBLIC,
        columns={
            "id": "none",
            "code": "none",
            "level": "none",
            "name": "none",
            "kind": "none",
            "parent_id": "none",
            "path": "none",
            "full_name": "none",
            "valid_from": "none",
            "valid_to": "none",
            "search_key": "none",
            "name_key": "none",
            "sort_key": "none",
            "population": "none",
            "area_km2": "none",
            "latitude": "none",
            "longitude": "none",
        },
    ),
    Table(
        name="units_unitsuccession",
        lifetime=_LASTING,
        purpose="which unit went into which",
        basis=_PUBLIC,
        columns={
            "id": "none",
            "old_id": "none",
            "new_id": "none",
            "divided": "none",
            "share": "none",
            "continues": "none",
        },
    ),
    Table(
        name="units_unitboundary",
        lifetime=_LASTING,
        purpose="finding the unit of a position",
        basis=_PUBLIC,
        columns={
            "unit_id": "none",
            "geojson": "none",
            "west": "none",
            "south": "none",
            "east": "none",
            "north": "none",
        },
    ),
    Table(
        name="units_agency",
        lifetime=_LASTING,
        purpose="bodies that answer for places",
        basis="duties of public bodies; no personal data",
        columns={
            "id": "none",
            "name": "none",
            "kind": "none",
            "sector": "none",
            "unit_id": "none",
            "parent_id": "none",
            "successor_id": "none",
            "valid_from": "none",
            "valid_to": "none",
            "search_key": "none",
        },
    ),
    Table(
        name="units_guidance",
        lifetime=_LASTING,
        purpose="which body sees and urges which",
        basis="duties of public bodies; no personal data",
        columns={
            "id": "none",
            "guide_id": "none",
            "guided_id": "none",
            "valid_from": "none",
            "valid_to": "none",
        },
    ),
)
